/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Part of Linux mm/hugetlb.c: page tables that several mappings of a file share
 * (CONFIG_ARCH_WANT_HUGE_PMD_SHARE).
 *
 * A PMD table maps 1 GiB of a file in pages of 2 MiB.  Two VMAs that map all of it shared,
 * with the same flags and at the same offset within a GiB, need one table only: the first
 * fault of the second VMA makes its PUD entry point to the table of the first.  A page that
 * one of them maps from then on is mapped for both, and counted once.
 *
 * pt_share_count of the table is how many others point to it.  It changes with i_mmap_rwsem
 * of the file held: for reading to join (which takes the file's VMAs as they are), for writing
 * to leave.  Who leaves must hold the VMA's lock for writing too: faults use entries of the
 * table under the VMA's lock alone.
 *
 * userfaultfd wants tables of its own where it protects pages or reports minor faults: an
 * entry there is a matter between one VMA and its context.  Missing faults are a matter of
 * the file, so such a VMA goes on sharing.
 */
#include <linux/mm.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/mmu_notifier.h>
#include <linux/pgtable.h>
#include <linux/rmap.h>
#include <linux/userfaultfd_k.h>
#include <asm/pgalloc.h>
#include <asm/tlb.h>
#include <uffdsim/bugs.h>

#include "sim/sim.h"

/*
 * Where another VMA has the page that @vma has at @addr, @idx in small pages: if both may use
 * one table for it, else 0.  @idx lies in both.
 */
static unsigned long page_table_shareable(struct vm_area_struct *svma, struct vm_area_struct *vma,
					  unsigned long addr, pgoff_t idx)
{
	unsigned long saddr = svma->vm_start + ((idx - svma->vm_pgoff) << PAGE_SHIFT);
	unsigned long first = saddr & PUD_MASK;

	if (pmd_index(saddr) != pmd_index(addr))
		return 0;
	/* A difference in the lock of the memory is one that entries do not show. */
	if ((svma->vm_flags ^ vma->vm_flags) & VM_LOCKED_CLEAR_MASK)
		return 0;
	if (!range_in_vma(svma, first, first + PUD_SIZE))
		return 0;
	/* Without a lock of the VMA nobody could leave safely. */
	return svma->vm_private_data ? saddr : 0;
}

/**
 * want_pmd_share - may a VMA use the PMD table of another mapping of the file?
 * @vma: hugetlb VMA
 * @addr: user address
 *
 * Linux: mm/hugetlb.c.
 */
bool want_pmd_share(struct vm_area_struct *vma, unsigned long addr)
{
	unsigned long first = addr & PUD_MASK;

	if (uffd_disable_huge_pmd_share(vma))
		return false;
	if (!(vma->vm_flags & VM_MAYSHARE))
		return false;
	if (!vma->vm_private_data)
		return false;
	return range_in_vma(vma, first, first + PUD_SIZE);
}

/**
 * adjust_range_if_pmd_sharing_possible - widen a range to the shared tables that it touches
 * @vma: hugetlb VMA
 * @start: first byte
 * @end: byte after the last
 *
 * Linux: mm/hugetlb.c.
 */
void adjust_range_if_pmd_sharing_possible(struct vm_area_struct *vma, unsigned long *start,
					  unsigned long *end)
{
	unsigned long v_start = ALIGN(vma->vm_start, PUD_SIZE);
	unsigned long v_end = ALIGN_DOWN(vma->vm_end, PUD_SIZE);

	if (!(vma->vm_flags & VM_MAYSHARE))
		return;
	if (v_start >= v_end)
		return;
	if (*end <= v_start || *start >= v_end)
		return;
	if (*start > v_start)
		*start = ALIGN_DOWN(*start, PUD_SIZE);
	if (*end < v_end)
		*end = ALIGN(*end, PUD_SIZE);
}

/* The table of another VMA that @addr can use, counted for one more user, or NULL. */
static struct ptable *find_shareable_table(struct vm_area_struct *vma, unsigned long addr)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	pgoff_t idx = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
	struct vm_area_struct *svma;

	vma_interval_tree_foreach(svma, &mapping->i_mmap, idx, idx) {
		unsigned long saddr;
		pte_t *spte;

		if (svma == vma)
			continue;
		saddr = page_table_shareable(svma, vma, addr, idx);
		if (!saddr)
			continue;
		spte = huge_pte_offset(svma->vm_mm, saddr, vma_mmu_pagesize(svma));
		if (!spte)
			continue;
		atomic_inc(&ptable_of(spte)->pt_share_count);
		return ptable_of(spte);
	}
	return NULL;
}

/*
 * The simulation's own: a table knows one place where it hangs, for the names in reports and
 * for the invariants.  When that place leaves it, it gets another one.
 */
static void ptable_leaves(struct ptable *table, struct vm_area_struct *vma, unsigned long addr)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	pgoff_t idx = vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
	struct vm_area_struct *svma;

	if (table->mm != vma->vm_mm || table->base != (addr & PUD_MASK))
		return;
	vma_interval_tree_foreach(svma, &mapping->i_mmap, idx, idx) {
		unsigned long saddr = svma->vm_start + ((idx - svma->vm_pgoff) << PAGE_SHIFT);
		pte_t *spte = huge_pte_offset(svma->vm_mm, saddr, PMD_SIZE);

		if (svma == vma || !spte || ptable_of(spte) != table)
			continue;
		table->mm = svma->vm_mm;
		table->base = saddr & PUD_MASK;
		return;
	}
	table->mm = NULL;
}

/* Whoever was counted as a user comes to be one when all others have left: without the lock. */
static void ptable_comes(struct ptable *table, struct mm_struct *mm, unsigned long addr)
{
	if (table->mm)
		return;
	table->mm = mm;
	table->base = addr & PUD_MASK;
}

/**
 * huge_pmd_share - the PMD entry of a huge page, in a table of another mapping if there is one
 * @mm: the address space
 * @vma: hugetlb VMA for which want_pmd_share() holds
 * @addr: user address
 * @pud: entry of the level above, found empty
 *
 * mmap_lock and the VMA's lock held; takes i_mmap_rwsem.  Sleeps.  NULL without memory.
 * Linux: mm/hugetlb.c.
 */
pte_t *huge_pmd_share(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr,
		      pud_t *pud)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	struct ptable *table;
	pte_t *pte;

	i_mmap_lock_read(mapping);
	table = find_shareable_table(vma, addr);
	if (table) {
		spinlock_t *ptl = huge_pte_lock(hstate_vma(vma), mm, table);

		/* Another fault of this address space may have been here first. */
		if (pud_none(*pud)) {
			ptable_comes(table, mm, addr);
			pud_populate(mm, pud, table);
			mm_inc_nr_pmds(mm);
		} else {
			atomic_dec(&table->pt_share_count);
		}
		spin_unlock(ptl);
	}
	/*
	 * Still under the semaphore when there was none to share, so that nobody who holds it
	 * for writing misses the new table.  Two mappings that come here together may well
	 * miss each other's, and each have its own.
	 */
	pte = (pte_t *)pmd_alloc(mm, pud, addr);
	i_mmap_unlock_read(mapping);
	return pte;
}

/* From the gather: one mapping fewer uses the table, whose PUD entry has been cleared. */
static void tlb_unshare_pmd_ptdesc(struct mmu_gather *tlb, struct ptable *table, unsigned long addr)
{
	VM_WARN_ON_ONCE(!table->pt_share_count.counter);
	if (atomic_dec_and_test(&table->pt_share_count))
		tlb->fully_unshared_tables = 1;
	tlb->unshared_tables = 1;
	tlb_adjust_range(tlb, addr & PUD_MASK, PUD_SIZE);
}

static int __huge_pmd_unshare(struct mmu_gather *tlb, struct vm_area_struct *vma,
			      unsigned long addr, pte_t *ptep, bool check_locks)
{
	struct ptable *table = ptable_of(ptep);
	struct mm_struct *mm = vma->vm_mm;
	pud_t *pud;

	if (huge_page_size(hstate_vma(vma)) != PMD_SIZE)
		return 0;
	if (!atomic_read(&table->pt_share_count))
		return 0;
	if (!kernel_has(hugetlb_split_unlocked) || check_locks)
		i_mmap_assert_write_locked(vma->vm_file->f_mapping);
	if (check_locks)
		hugetlb_vma_assert_locked(vma);

	pud = pud_offset(p4d_offset(pgd_offset(mm, addr), addr), addr);
	ptable_leaves(table, vma, addr);
	pud_clear(pud);
	tlb_unshare_pmd_ptdesc(tlb, table, addr);
	mm_dec_nr_pmds(mm);
	return 1;
}

/**
 * huge_pmd_unshare - part from a shared PMD table
 * @tlb: gathers what must be flushed
 * @vma: hugetlb VMA
 * @addr: user address
 * @ptep: entry in the table
 *
 * Page-table lock held, i_mmap_rwsem and the VMA's lock for writing; huge_pmd_unshare_flush()
 * must follow before the former is dropped.  Returns 1 if the table was shared and is gone from
 * here, with all that it maps; 0: nothing done.  Linux: mm/hugetlb.c.
 */
int huge_pmd_unshare(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr,
		     pte_t *ptep)
{
	return __huge_pmd_unshare(tlb, vma, addr, ptep, true);
}

/**
 * huge_pmd_unshare_flush - flush after a run of huge_pmd_unshare()
 * @tlb: the gather
 * @vma: hugetlb VMA
 *
 * i_mmap_rwsem held for writing: once it is free, who is left with the table alone may use it
 * for something else, and no TLB must lead there through this VMA.  Linux: mm/hugetlb.c.
 */
void huge_pmd_unshare_flush(struct mmu_gather *tlb, struct vm_area_struct *vma)
{
	if (!kernel_has(hugetlb_split_unlocked))
		i_mmap_assert_write_locked(vma->vm_file->f_mapping);
	if (!tlb->unshared_tables)
		return;
	tlb_flush_mmu_tlbonly(tlb);
	tlb->unshared_tables = 0;
	/* Linux also waits for walkers that take no lock (GUP-fast), which there are none of. */
	tlb->fully_unshared_tables = 0;
}

/* [start, end): whole tables.  @take_locks false: by a caller who holds i_mmap_rwsem. */
static void hugetlb_unshare_pmds(struct vm_area_struct *vma, unsigned long start, unsigned long end,
				 bool take_locks)
{
	unsigned long sz = huge_page_size(hstate_vma(vma));
	struct address_space *mapping = vma->vm_file->f_mapping;
	struct mmu_notifier_range range;
	struct mmu_gather tlb;
	unsigned long address;

	if (!(vma->vm_flags & VM_MAYSHARE))
		return;
	if (start >= end)
		return;

	tlb_gather_mmu_vma(&tlb, vma);
	mmu_notifier_range_init(&range, MMU_NOTIFY_CLEAR, 0, vma, vma->vm_mm, start, end);
	mmu_notifier_invalidate_range_start(&range);
	if (take_locks) {
		hugetlb_vma_lock_write(vma);
		i_mmap_lock_write(mapping);
	}
	for (address = start; address < end; address += PUD_SIZE) {
		pte_t *ptep = huge_pte_offset(vma->vm_mm, address, sz);
		spinlock_t *ptl;

		if (!ptep)
			continue;
		ptl = huge_pte_lock(hstate_vma(vma), vma->vm_mm, ptep);
		__huge_pmd_unshare(&tlb, vma, address, ptep, take_locks);
		spin_unlock(ptl);
	}
	huge_pmd_unshare_flush(&tlb, vma);
	if (take_locks) {
		i_mmap_unlock_write(mapping);
		hugetlb_vma_unlock_write(vma);
	}
	mmu_notifier_invalidate_range_end(&range);
	tlb_finish_mmu(&tlb);
}

/**
 * hugetlb_unshare_all_pmds - part from all shared PMD tables of a VMA
 * @vma: hugetlb VMA
 *
 * For userfaultfd, before it arms the VMA for write protection or minor faults.  The pages
 * stay where they are: later faults fill a table of the VMA's own.  mmap_lock held for
 * writing; takes the VMA's lock and i_mmap_rwsem.  Linux: mm/hugetlb.c.
 */
void hugetlb_unshare_all_pmds(struct vm_area_struct *vma)
{
	hugetlb_unshare_pmds(vma, ALIGN(vma->vm_start, PUD_SIZE), ALIGN_DOWN(vma->vm_end, PUD_SIZE),
			     true);
}

/**
 * hugetlb_split - a border of a VMA is about to move
 * @vma: hugetlb VMA, with its old borders
 * @addr: the border
 *
 * A shared PMD table must not reach across it: what unmaps one side would unmap the other.
 * mmap_lock and i_mmap_rwsem held for writing, so that no table is shared anew before the
 * border is there; the VMA's lock would be taken before the latter and is not needed, as
 * nobody walks the tables.  Linux: mm/hugetlb.c.
 */
void hugetlb_split(struct vm_area_struct *vma, unsigned long addr)
{
	unsigned long first = addr & PUD_MASK;

	mmap_assert_write_locked(vma->vm_mm);
	if (!kernel_has(hugetlb_split_unlocked))
		i_mmap_assert_write_locked(vma->vm_file->f_mapping);
	if (addr == first)
		return;
	if (range_in_vma(vma, first, first + PUD_SIZE))
		hugetlb_unshare_pmds(vma, first, first + PUD_SIZE, false);
}
