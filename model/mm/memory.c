/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/memory.c: page faults on small pages, the tearing down of page tables and of
 * what they map, and the operations on whole huge pages.
 *
 * fork() has its part in memory_fork.c.  Left out until something needs it: swap, migration, NUMA
 * hints, transparent huge pages, pfn mappings.
 */
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/highmem.h>
#include <linux/hugetlb.h>
#include <linux/memcontrol.h>
#include <linux/mmu_notifier.h>
#include <linux/oom.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/userfaultfd_k.h>
#include <linux/uaccess.h>
#include <asm/pgalloc.h>
#include <asm/tlb.h>
#include <asm/tlbflush.h>
#include <uffdsim/bugs.h>
#include <uffdsim/observe.h>

#include "internal.h"
#include "sim/sim.h"

/* ------------------------------------------------ freeing of page tables */

/*
 * Can anything outside [start, end) still use the table whose span is ~mask?  @floor and
 * @ceiling are the neighbours' borders; a ceiling of 0 stands for the top of the address
 * space, hence the comparisons of "last byte" rather than "end".
 */
static bool table_is_shared(unsigned long start, unsigned long end, unsigned long floor,
			    unsigned long ceiling, unsigned long mask)
{
	if ((start & mask) < floor)
		return true;
	if (ceiling) {
		ceiling &= mask;
		if (!ceiling)
			return true;
	}
	return end - 1 > ceiling - 1;
}

static void free_pte_range(struct mmu_gather *tlb, pmd_t *pmd, unsigned long addr)
{
	pgtable_t table = pmd_pgtable(*pmd);

	pmd_clear(pmd);
	pte_free_tlb(tlb, table, addr);
	mm_dec_nr_ptes(tlb->mm);
}

static void free_pmd_range(struct mmu_gather *tlb, pud_t *pud, unsigned long addr,
			   unsigned long end, unsigned long floor, unsigned long ceiling)
{
	unsigned long start = addr;
	unsigned long next;
	pmd_t *pmd = pmd_offset(pud, addr);

	for (; addr != end; pmd++, addr = next) {
		next = pmd_addr_end(addr, end);
		if (!pmd_none_or_clear_bad(pmd))
			free_pte_range(tlb, pmd, addr);
	}
	if (table_is_shared(start, end, floor, ceiling, PUD_MASK))
		return;

	start &= PUD_MASK;
	pmd = pmd_offset(pud, start);
	pud_clear(pud);
	pmd_free_tlb(tlb, pmd, start);
	mm_dec_nr_pmds(tlb->mm);
}

/* The p4d level is folded into the pgd: one entry each. */
static void free_pud_range(struct mmu_gather *tlb, p4d_t *p4d, unsigned long addr,
			   unsigned long end, unsigned long floor, unsigned long ceiling)
{
	unsigned long start = addr;
	unsigned long next;
	pud_t *pud = pud_offset(p4d, addr);

	for (; addr != end; pud++, addr = next) {
		next = pud_addr_end(addr, end);
		if (!pud_none_or_clear_bad(pud))
			free_pmd_range(tlb, pud, addr, next, floor, ceiling);
	}
	if (table_is_shared(start, end, floor, ceiling, P4D_MASK))
		return;

	start &= P4D_MASK;
	pud = pud_offset(p4d, start);
	p4d_clear(p4d);
	pud_free_tlb(tlb, pud, start);
	mm_dec_nr_puds(tlb->mm);
}

/**
 * free_pgd_range - free the page tables of a range that nothing maps any more
 * @tlb: gathers the tables; they are freed when it is flushed
 * @addr: first byte
 * @end: byte after the last
 * @floor: end of the mapping below, 0 for none
 * @ceiling: start of the mapping above, 0 for none
 *
 * A table goes only if its whole span lies between @floor and @ceiling.  The range has
 * been unmapped and hidden from rmap; mmap_lock is held (any mode once the range has
 * left the tree).  Linux: mm/memory.c.
 */
void free_pgd_range(struct mmu_gather *tlb, unsigned long addr, unsigned long end,
		    unsigned long floor, unsigned long ceiling)
{
	unsigned long next;
	pgd_t *pgd;

	/* Without a whole free PMD span inside there is nothing to do: the usual case. */
	if (ceiling && !(ceiling & PMD_MASK))
		return;
	ceiling &= PMD_MASK;
	if (end - 1 > ceiling - 1)
		end -= PMD_SIZE;
	addr &= PMD_MASK;
	if (addr < floor)
		addr += PMD_SIZE;
	/* It may have wrapped at the top of the address space. */
	if (addr < floor || addr > end - 1)
		return;

	tlb_change_page_size(tlb, PAGE_SIZE);
	pgd = pgd_offset(tlb->mm, addr);
	for (; addr != end; pgd++, addr = next) {
		p4d_t *p4d = p4d_offset(pgd, addr);

		next = pgd_addr_end(addr, end);
		if (!p4d_none_or_clear_bad(p4d))
			free_pud_range(tlb, p4d, addr, next, floor, ceiling);
	}
}

static void hide_vma_from_rmap(struct vm_area_struct *vma)
{
	unlink_anon_vmas(vma);
	unlink_file_vma(vma);
}

/**
 * free_pgtables - free the page tables under a run of VMAs
 * @tlb: gathers the tables
 * @mt: tree that holds the VMAs
 * @vma: the first of them
 * @floor: end of the VMA below the run, 0 for none
 * @ceiling: start of the VMA above it, 0 for none
 *
 * VMAs leave the interval trees first: truncation and rmap walks must not find a VMA
 * whose tables are going.  Same locks as free_pgd_range().  Linux: mm/memory.c.
 */
void free_pgtables(struct mmu_gather *tlb, struct maple_tree *mt, struct vm_area_struct *vma,
		   unsigned long floor, unsigned long ceiling)
{
	MA_STATE(mas, mt, vma->vm_end, vma->vm_end);

	while (vma) {
		struct vm_area_struct *above = mas_find(&mas, ceiling - 1);
		unsigned long addr = vma->vm_start;

		hide_vma_from_rmap(vma);
		if (is_vm_hugetlb_page(vma)) {
			hugetlb_free_pgd_range(tlb, addr, vma->vm_end, floor,
					       above ? above->vm_start : ceiling);
			vma = above;
			continue;
		}
		/* Neighbours that may share a PTE table are freed in one go. */
		while (above && above->vm_start <= vma->vm_end + PMD_SIZE &&
		       !is_vm_hugetlb_page(above)) {
			vma = above;
			above = mas_find(&mas, ceiling - 1);
			hide_vma_from_rmap(vma);
		}
		free_pgd_range(tlb, addr, vma->vm_end, floor, above ? above->vm_start : ceiling);
		vma = above;
	}
}

/* ---------------------------------------------- allocation of page tables */

/* The table is about to hang below @entry: the first user address that it maps. */
static void table_set_base(void *table, const void *entry)
{
	unsigned long nr = ((unsigned long)entry & ~PAGE_MASK) / sizeof(unsigned long);
	struct ptable *below = table;

	below->base = ptable_of(entry)->base + (nr << (PAGE_SHIFT + 9 * below->level));
}

/**
 * pmd_install - publish a PTE table unless somebody else was first
 * @mm: the address space
 * @pmd: entry to fill
 * @pte: the table; set to NULL when it has been used
 *
 * Takes and drops the PMD lock.  Linux: mm/memory.c.
 */
void pmd_install(struct mm_struct *mm, pmd_t *pmd, pgtable_t *pte)
{
	spinlock_t *lock = pmd_lock(mm, pmd);

	if (pmd_none(*pmd)) {
		mm_inc_nr_ptes(mm);
		table_set_base(*pte, pmd);
		/* A lock-free walker that sees the entry sees an initialised table. */
		smp_wmb();
		pmd_populate(mm, pmd, *pte);
		*pte = NULL;
	}
	spin_unlock(lock);
}

/**
 * __pte_alloc - give a PMD entry a PTE table
 * @mm: the address space
 * @pmd: entry that was found empty; may have been filled since
 *
 * mmap_lock held in any mode.  Sleeps.  Returns 0 or -ENOMEM.  Linux: mm/memory.c.
 */
int __pte_alloc(struct mm_struct *mm, pmd_t *pmd)
{
	pgtable_t fresh = pte_alloc_one(mm);

	if (!fresh)
		return -ENOMEM;
	pmd_install(mm, pmd, &fresh);
	if (fresh)
		pte_free(mm, fresh);
	return 0;
}

/**
 * __pud_alloc - give a P4D entry a PUD table; as __pte_alloc()
 * @mm: the address space
 * @p4d: entry that was found empty
 * @address: user address in its span
 *
 * Returns 0 or -ENOMEM.  Linux: mm/memory.c.
 */
int __pud_alloc(struct mm_struct *mm, p4d_t *p4d, unsigned long address)
{
	pud_t *fresh = pud_alloc_one(mm, address);

	if (!fresh)
		return -ENOMEM;

	spin_lock(&mm->page_table_lock);
	if (p4d_present(*p4d)) {
		pud_free(mm, fresh);
	} else {
		mm_inc_nr_puds(mm);
		table_set_base(fresh, p4d);
		smp_wmb();
		p4d_populate(mm, p4d, fresh);
	}
	spin_unlock(&mm->page_table_lock);
	return 0;
}

/**
 * __pmd_alloc - give a PUD entry a PMD table; as __pte_alloc()
 * @mm: the address space
 * @pud: entry that was found empty
 * @address: user address in its span
 *
 * Returns 0 or -ENOMEM.  Linux: mm/memory.c.
 */
int __pmd_alloc(struct mm_struct *mm, pud_t *pud, unsigned long address)
{
	pmd_t *fresh = pmd_alloc_one(mm, address);
	spinlock_t *lock;

	if (!fresh)
		return -ENOMEM;

	lock = pud_lock(mm, pud);
	if (pud_present(*pud)) {
		pmd_free(mm, fresh);
	} else {
		mm_inc_nr_pmds(mm);
		table_set_base(fresh, pud);
		smp_wmb();
		pud_populate(mm, pud, fresh);
	}
	spin_unlock(lock);
	return 0;
}

/* ------------------------------------------------------ pages of a range */

/**
 * linear_page_index_of - place of a user address in what its VMA maps
 * @vma: the VMA
 * @address: user address
 *
 * In pages of the VMA's size.  Linux: linear_page_index() of include/linux/pagemap.h.
 */
pgoff_t linear_page_index_of(struct vm_area_struct *vma, unsigned long address)
{
	if (is_vm_hugetlb_page(vma))
		return linear_hugepage_index(vma, address);
	return vma->vm_pgoff + ((address - vma->vm_start) >> PAGE_SHIFT);
}

/**
 * init_rss_vec - counters of pages, to be added to an address space in one go
 * @rss: NR_MM_COUNTERS of them
 *
 * Linux: mm/memory.c.
 */
void init_rss_vec(int *rss)
{
	int i;

	for (i = 0; i < NR_MM_COUNTERS; i++)
		rss[i] = 0;
}

/**
 * add_mm_rss_vec - add what was counted
 * @mm: the address space
 * @rss: from init_rss_vec()
 *
 * Linux: mm/memory.c.
 */
void add_mm_rss_vec(struct mm_struct *mm, const int *rss)
{
	int i;

	for (i = 0; i < NR_MM_COUNTERS; i++) {
		if (rss[i])
			add_mm_counter(mm, i, rss[i]);
	}
}

/* A PTE that no correct kernel can hold: the kernel prints and goes on, we stop. */
static void print_bad_pte(struct vm_area_struct *vma, unsigned long addr, pte_t pte)
{
	sim_trace("bad pte %lx at %lx, vma %p flags %lx", pte_val(pte), addr, (unsigned long)vma,
		  vma->vm_flags);
	WARN_ON(1);
}

/**
 * vm_normal_page - the page that a present PTE maps
 * @vma: its VMA
 * @addr: its user address
 * @pte: its value
 *
 * Returns NULL for mappings that are not counted: the zero page.  No lock of its own.
 * Linux: mm/memory.c.
 */
struct page *vm_normal_page(struct vm_area_struct *vma, unsigned long addr, pte_t pte)
{
	unsigned long pfn = pte_pfn(pte);

	if (pte_special(pte)) {
		if (!is_zero_pfn(pfn))
			print_bad_pte(vma, addr, pte);
		return NULL;
	}
	if (!pfn_valid(pfn)) {
		print_bad_pte(vma, addr, pte);
		return NULL;
	}
	return pfn_to_page(pfn);
}

/**
 * vm_normal_folio - vm_normal_page() for callers that want the folio
 * @vma: its VMA
 * @addr: its user address
 * @pte: its value
 *
 * Linux: mm/memory.c.
 */
struct folio *vm_normal_folio(struct vm_area_struct *vma, unsigned long addr, pte_t pte)
{
	struct page *page = vm_normal_page(vma, addr, pte);

	return page ? page_folio(page) : NULL;
}

/* Private copies go too, unless a file is only being invalidated. */
static bool should_zap_cows(const struct zap_details *details)
{
	return !details || details->even_cows;
}

static bool should_zap_page(const struct zap_details *details, struct page *page)
{
	if (should_zap_cows(details))
		return true;
	if (!page)
		return true;
	return !PageAnon(page);
}

static bool zap_drop_file_uffd_wp(const struct zap_details *details)
{
	return details && (details->zap_flags & ZAP_FLAG_DROP_MARKER);
}

/* The entry has been cleared; protection outlives what was mapped, if it is a file's. */
static void pte_install_uffd_wp_if_needed(struct vm_area_struct *vma, unsigned long addr,
					  pte_t *pte, pte_t old)
{
	bool arm = false;

	WARN_ON_ONCE(!pte_none(*pte));
	if (vma_is_anonymous(vma))
		return;
	if (!userfaultfd_wp(vma))
		return;
	if (pte_present(old))
		arm = pte_uffd_wp(old);
	if (pte_swp_uffd_wp_any(old))
		arm = true;
	if (arm)
		set_pte_at(vma->vm_mm, addr, pte, make_pte_marker(PTE_MARKER_UFFD_WP));
}

/* A write-protected file page leaves a marker behind, unless the mapping itself goes. */
static void zap_install_uffd_wp_if_needed(struct vm_area_struct *vma, unsigned long addr,
					  pte_t *pte, const struct zap_details *details, pte_t old)
{
	if (!zap_drop_file_uffd_wp(details))
		pte_install_uffd_wp_if_needed(vma, addr, pte, old);
}

struct zap_run {
	struct mmu_gather *tlb;
	struct vm_area_struct *vma;
	struct zap_details *details;
	int rss[NR_MM_COUNTERS];
	bool flush; /* before the PTE lock is dropped */
};

/* Returns whether the gather is full. */
static bool zap_present_pte(struct zap_run *run, pte_t *pte, pte_t old, unsigned long addr)
{
	struct mmu_gather *tlb = run->tlb;
	struct page *page = vm_normal_page(run->vma, addr, old);

	if (!should_zap_page(run->details, page))
		return false;
	old = ptep_get_and_clear_full(tlb->mm, addr, pte, tlb->fullmm);
	tlb_remove_tlb_entry(tlb, pte, addr);
	zap_install_uffd_wp_if_needed(run->vma, addr, pte, run->details, old);
	if (!page)
		return false;

	if (!PageAnon(page)) {
		/* Another processor may still write through its TLB: flush under the lock. */
		if (pte_dirty(old)) {
			run->flush = true;
			set_page_dirty(page);
		}
		if (pte_young(old))
			mark_page_accessed(page);
	}
	run->rss[mm_counter(page)]--;
	page_remove_rmap(page, run->vma, false);
	if (page_mapcount(page) < 0)
		print_bad_pte(run->vma, addr, old);
	if (!__tlb_remove_page(tlb, page))
		return false;
	run->flush = true;
	return true;
}

static void zap_nonpresent_pte(struct zap_run *run, pte_t *pte, pte_t old, unsigned long addr)
{
	swp_entry_t entry = pte_to_swp_entry(old);

	if (pte_marker_entry_uffd_wp(entry)) {
		/* That of anonymous memory remembers nothing that would outlive its page. */
		if (!vma_is_anonymous(run->vma) && !zap_drop_file_uffd_wp(run->details))
			return;
	} else if (is_poisoned_swp_entry(entry)) {
		/* It stands for a private page, whatever the mapping is. */
		if (!should_zap_cows(run->details))
			return;
	} else {
		WARN_ON_ONCE(1);
	}
	pte_clear_not_present_full(run->tlb->mm, addr, pte, run->tlb->fullmm);
	zap_install_uffd_wp_if_needed(run->vma, addr, pte, run->details, old);
}

static unsigned long zap_pte_range(struct mmu_gather *tlb, struct vm_area_struct *vma, pmd_t *pmd,
				   unsigned long addr, unsigned long end,
				   struct zap_details *details)
{
	struct zap_run run = { .tlb = tlb, .vma = vma, .details = details };
	struct mm_struct *mm = tlb->mm;
	pte_t *table, *pte;
	spinlock_t *lock;
	bool full;

	tlb_change_page_size(tlb, PAGE_SIZE);
	for (;;) {
		run.flush = false;
		full = false;
		init_rss_vec(run.rss);
		table = pte_offset_map_lock(mm, pmd, addr, &lock);
		flush_tlb_batched_pending(mm);
		arch_enter_lazy_mmu_mode();
		for (pte = table; addr != end && !full; pte++, addr += PAGE_SIZE) {
			pte_t old = *pte;

			if (pte_none(old))
				continue;
			if (pte_present(old))
				full = zap_present_pte(&run, pte, old, addr);
			else
				zap_nonpresent_pte(&run, pte, old, addr);
		}
		add_mm_rss_vec(mm, run.rss);
		arch_leave_lazy_mmu_mode();
		if (run.flush)
			tlb_flush_mmu_tlbonly(tlb);
		pte_unmap_unlock(table, lock);

		/* Pages that the flush made safe to free are freed now, without the lock. */
		if (run.flush)
			tlb_flush_mmu(tlb);
		if (addr == end)
			return addr;
		cond_resched();
	}
}

static unsigned long zap_pmd_range(struct mmu_gather *tlb, struct vm_area_struct *vma, pud_t *pud,
				   unsigned long addr, unsigned long end,
				   struct zap_details *details)
{
	unsigned long next;
	pmd_t *pmd = pmd_offset(pud, addr);

	for (; addr != end; pmd++, addr = next) {
		next = pmd_addr_end(addr, end);
		/* Faults run beside MADV_DONTNEED: the entry is read once, atomically. */
		if (!pmd_none_or_trans_huge_or_clear_bad(pmd))
			next = zap_pte_range(tlb, vma, pmd, addr, next, details);
		cond_resched();
	}
	return addr;
}

static unsigned long zap_pud_range(struct mmu_gather *tlb, struct vm_area_struct *vma, p4d_t *p4d,
				   unsigned long addr, unsigned long end,
				   struct zap_details *details)
{
	unsigned long next;
	pud_t *pud = pud_offset(p4d, addr);

	for (; addr != end; pud++, addr = next) {
		next = pud_addr_end(addr, end);
		if (pud_none_or_clear_bad(pud))
			continue;
		next = zap_pmd_range(tlb, vma, pud, addr, next, details);
		cond_resched();
	}
	return addr;
}

/**
 * unmap_page_range - clear the PTEs of part of one VMA of small pages
 * @tlb: gathers the pages; references are dropped when it is flushed
 * @vma: the VMA
 * @addr: first byte
 * @end: byte after the last, > @addr
 * @details: which pages stay, NULL: none
 *
 * mmap_lock, i_mmap_rwsem of the file, or nobody else on the mm.  Linux: mm/memory.c.
 */
void unmap_page_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr,
		      unsigned long end, struct zap_details *details)
{
	unsigned long next;
	pgd_t *pgd;

	BUG_ON(addr >= end);
	tlb_start_vma(tlb, vma);
	pgd = pgd_offset(vma->vm_mm, addr);
	for (; addr != end; pgd++, addr = next) {
		p4d_t *p4d = p4d_offset(pgd, addr);

		next = pgd_addr_end(addr, end);
		if (!p4d_none_or_clear_bad(p4d))
			next = zap_pud_range(tlb, vma, p4d, addr, next, details);
	}
	tlb_end_vma(tlb, vma);
}

static zap_flags_t zap_flags_of(const struct zap_details *details)
{
	return details ? details->zap_flags : 0;
}

static void unmap_single_vma(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long from,
			     unsigned long to, struct zap_details *details)
{
	unsigned long start = max(vma->vm_start, from);
	unsigned long end = min(vma->vm_end, to);

	if (start >= vma->vm_end)
		return;
	if (end <= vma->vm_start)
		return;
	if (start == end)
		return;

	if (!is_vm_hugetlb_page(vma)) {
		unmap_page_range(tlb, vma, start, end, details);
		return;
	}
	/* hugetlbfs refused the mapping: mmap_region() took the file away, nothing is mapped. */
	if (!vma->vm_file)
		return;
	__unmap_hugepage_range_final(tlb, vma, start, end, NULL, zap_flags_of(details));
}

/**
 * unmap_vmas - unmap the pages of a run of VMAs that are going away
 * @tlb: gathers the pages
 * @mt: tree that holds the VMAs
 * @vma: the first of them
 * @start_addr: first byte
 * @end_addr: byte after the last
 *
 * Same locks as unmap_page_range().  Linux: mm/memory.c.
 */
void unmap_vmas(struct mmu_gather *tlb, struct maple_tree *mt, struct vm_area_struct *vma,
		unsigned long start_addr, unsigned long end_addr)
{
	struct zap_details details = {
		.even_cows = true,
		.zap_flags = ZAP_FLAG_DROP_MARKER | ZAP_FLAG_UNMAP,
	};
	struct mmu_notifier_range range;
	MA_STATE(mas, mt, vma->vm_end, vma->vm_end);

	mmu_notifier_range_init(&range, MMU_NOTIFY_UNMAP, 0, vma, vma->vm_mm, start_addr, end_addr);
	mmu_notifier_invalidate_range_start(&range);
	while (vma) {
		unmap_single_vma(tlb, vma, start_addr, end_addr, &details);
		vma = mas_find(&mas, end_addr - 1);
	}
	mmu_notifier_invalidate_range_end(&range);
}

/**
 * zap_page_range - drop the pages of a range that may span VMAs
 * @vma: VMA of the first byte
 * @start: first byte
 * @size: bytes
 *
 * mmap_lock in any mode.  Linux: mm/memory.c.
 */
void zap_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long size)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long end = start + size;
	struct mmu_notifier_range range;
	struct mmu_gather tlb;
	MA_STATE(mas, &mm->mm_mt, vma->vm_end, vma->vm_end);

	lru_add_drain();
	mmu_notifier_range_init(&range, MMU_NOTIFY_CLEAR, 0, vma, mm, start, end);
	tlb_gather_mmu(&tlb, mm);
	update_hiwater_rss(mm);
	mmu_notifier_invalidate_range_start(&range);
	while (vma) {
		unmap_single_vma(&tlb, vma, start, end, NULL);
		vma = mas_find(&mas, end - 1);
	}
	mmu_notifier_invalidate_range_end(&range);
	tlb_finish_mmu(&tlb);
}

/**
 * zap_page_range_single - drop the pages of a range inside one VMA
 * @vma: the VMA, hugetlb too
 * @address: first byte
 * @size: bytes
 * @details: which pages stay, NULL: none
 *
 * mmap_lock in any mode, or i_mmap_rwsem of the file.  Linux: mm/memory.c.
 */
void zap_page_range_single(struct vm_area_struct *vma, unsigned long address, unsigned long size,
			   struct zap_details *details)
{
	bool huge = is_vm_hugetlb_page(vma), locked = huge && kernel_has(hugetlb_zap_stays_locked);
	struct mm_struct *mm = vma->vm_mm;
	unsigned long end = address + size;
	struct mmu_notifier_range range;
	struct mmu_gather tlb;

	lru_add_drain();
	mmu_notifier_range_init(&range, MMU_NOTIFY_CLEAR, 0, vma, mm, address, end);
	if (huge)
		adjust_range_if_pmd_sharing_possible(vma, &range.start, &range.end);
	if (locked)
		hugetlb_zap_begin(vma);
	tlb_gather_mmu(&tlb, mm);
	update_hiwater_rss(mm);
	mmu_notifier_invalidate_range_start(&range);
	/* The notifier range may be wider than what is unmapped. */
	if (locked)
		__unmap_hugepage_range(&tlb, vma, address, end, NULL, zap_flags_of(details));
	else
		unmap_single_vma(&tlb, vma, address, end, details);
	mmu_notifier_invalidate_range_end(&range);
	tlb_finish_mmu(&tlb);
	if (locked)
		hugetlb_zap_end(vma);
}

static void unmap_mapping_range_tree(struct address_space *mapping, pgoff_t first, pgoff_t last,
				     struct zap_details *details)
{
	struct vm_area_struct *vma;

	vma_interval_tree_foreach(vma, &mapping->i_mmap, first, last) {
		pgoff_t vma_last = vma->vm_pgoff + vma_pages(vma) - 1;
		pgoff_t from = max(first, vma->vm_pgoff) - vma->vm_pgoff;
		pgoff_t to = min(last, vma_last) - vma->vm_pgoff + 1;

		zap_page_range_single(vma, vma->vm_start + (from << PAGE_SHIFT),
				      (to - from) << PAGE_SHIFT, details);
	}
}

static void unmap_mapping_indices(struct address_space *mapping, pgoff_t first, pgoff_t last,
				  struct zap_details *details)
{
	i_mmap_lock_read(mapping);
	if (!RB_EMPTY_ROOT(&mapping->i_mmap.rb_root))
		unmap_mapping_range_tree(mapping, first, last, details);
	i_mmap_unlock_read(mapping);
}

/**
 * unmap_mapping_folio - unmap one folio from every process
 * @folio: locked
 *
 * For truncation and hole punch, which hold the page lock and find that the page has
 * been mapped again since unmap_mapping_range().  Private copies stay.  Takes
 * i_mmap_rwsem.  Linux: mm/memory.c.
 */
void unmap_mapping_folio(struct folio *folio)
{
	struct zap_details details = {
		.single_folio = folio,
		.zap_flags = ZAP_FLAG_DROP_MARKER,
	};

	VM_BUG_ON(!folio_test_locked(folio));
	unmap_mapping_indices(folio->mapping, folio->index,
			      folio->index + folio_nr_pages(folio) - 1, &details);
}

/**
 * unmap_mapping_pages - unmap a range of a file from every process
 * @mapping: the file's pages
 * @start: first index
 * @nr: how many; 0: to the end
 * @even_cows: private copies too
 *
 * Takes i_mmap_rwsem for reading.  Linux: mm/memory.c.
 */
void unmap_mapping_pages(struct address_space *mapping, pgoff_t start, pgoff_t nr, bool even_cows)
{
	struct zap_details details = { .even_cows = even_cows };
	pgoff_t last = start + nr - 1;

	if (last < start)
		last = ULONG_MAX;
	unmap_mapping_indices(mapping, start, last, &details);
}

/**
 * unmap_mapping_range - unmap_mapping_pages() in bytes
 * @mapping: the file's pages
 * @holebegin: first byte; its page goes
 * @holelen: bytes, rounded up to pages; 0: to the end
 * @even_cows: 1 when truncating, 0 when invalidating
 *
 * Linux: mm/memory.c.
 */
void unmap_mapping_range(struct address_space *mapping, loff_t const holebegin,
			 loff_t const holelen, int even_cows)
{
	pgoff_t pages = ((pgoff_t)holelen + PAGE_SIZE - 1) >> PAGE_SHIFT;

	unmap_mapping_pages(mapping, (pgoff_t)holebegin >> PAGE_SHIFT, pages, even_cows);
}

/* --------------------------------------------------------- write faults */

/* 0, or -EHWPOISON when the source cannot be read. */
static int __wp_page_copy_user(struct page *dst, struct page *src, struct vm_fault *vmf)
{
	if (copy_mc_user_highpage(dst, src, vmf->address, vmf->vma))
		return -EHWPOISON;
	return 0;
}

static gfp_t __get_fault_gfp_mask(struct vm_area_struct *vma)
{
	if (vma->vm_file)
		return mapping_gfp_mask(vma->vm_file->f_mapping) | __GFP_FS | __GFP_IO;
	return GFP_KERNEL;
}

/* Asks the file system before a shared page becomes writable; may sleep, no PTE lock. */
static vm_fault_t do_page_mkwrite(struct vm_fault *vmf)
{
	unsigned int saved = vmf->flags;
	struct page *page = vmf->page;
	vm_fault_t res;

	vmf->flags = FAULT_FLAG_WRITE | FAULT_FLAG_MKWRITE;
	res = vmf->vma->vm_ops->page_mkwrite(vmf);
	vmf->flags = saved;
	if (res & (VM_FAULT_ERROR | VM_FAULT_NOPAGE))
		return res;
	if (res & VM_FAULT_LOCKED) {
		VM_BUG_ON_PAGE(!PageLocked(page), page);
		return res;
	}
	lock_page(page);
	if (!page->mapping) {
		/* Truncated while nobody held its lock: fault again. */
		unlock_page(page);
		return 0;
	}
	return res | VM_FAULT_LOCKED;
}

/* A page of a shared mapping was made writable.  Entered with it locked, unlocks it. */
static vm_fault_t fault_dirty_shared_page(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct page *page = vmf->page;

	set_page_dirty(page);
	VM_BUG_ON_PAGE(PageAnon(page), page);
	unlock_page(page);

	if (!vma->vm_ops->page_mkwrite)
		(void)file_update_time(vma->vm_file);
	return 0;
}

/*
 * The page may be written in place.  Entered with the PTE lock, leaves without.
 */
static void wp_page_reuse(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	pte_t entry;

	VM_BUG_ON(!(vmf->flags & FAULT_FLAG_WRITE));
	if (vmf->page && PageAnon(vmf->page))
		VM_BUG_ON_PAGE(!PageAnonExclusive(vmf->page), vmf->page);

	flush_cache_page(vma, vmf->address, pte_pfn(vmf->orig_pte));
	entry = maybe_mkwrite(pte_mkdirty(pte_mkyoung(vmf->orig_pte)), vma);
	if (ptep_set_access_flags(vma, vmf->address, vmf->pte, entry, 1))
		update_mmu_cache(vma, vmf->address, vmf->pte);
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	count_vm_event(PGREUSE);
}

/* The PTE still maps what we copied: put the copy in its place.  PTE lock held. */
static void wp_page_install_copy(struct vm_fault *vmf, struct page *copy)
{
	bool unshare = vmf->flags & FAULT_FLAG_UNSHARE;
	struct vm_area_struct *vma = vmf->vma;
	struct mm_struct *mm = vma->vm_mm;
	struct page *old = vmf->page;
	pte_t entry;

	if (!old) {
		inc_mm_counter_fast(mm, MM_ANONPAGES);
	} else if (!PageAnon(old)) {
		dec_mm_counter_fast(mm, mm_counter_file(old));
		inc_mm_counter_fast(mm, MM_ANONPAGES);
	}
	flush_cache_page(vma, vmf->address, pte_pfn(vmf->orig_pte));
	entry = pte_sw_mkyoung(mk_pte(copy, vma->vm_page_prot));
	if (!unshare)
		entry = maybe_mkwrite(pte_mkdirty(entry), vma);
	else if (pte_uffd_wp(vmf->orig_pte))
		entry = pte_mkuffd_wp(entry);

	/*
	 * First empty and flush, then fill: no processor may load the new entry while
	 * another still uses the old one.
	 */
	ptep_clear_flush_notify(vma, vmf->address, vmf->pte);
	page_add_new_anon_rmap(copy, vma, vmf->address);
	lru_cache_add_inactive_or_unevictable(copy, vma);
	BUG_ON(unshare && pte_write(entry));
	set_pte_at_notify(mm, vmf->address, vmf->pte, entry);
	update_mmu_cache(vma, vmf->address, vmf->pte);
	/*
	 * Only now: whoever sees the lower mapcount may take the old page for its own and
	 * write to it, so nothing of ours may map it any more.
	 */
	if (old)
		page_remove_rmap(old, vma, false);
}

/* A page with the contents of the old one, or of the zero page; NULL with *@ret set. */
static struct page *wp_page_make_copy(struct vm_fault *vmf, vm_fault_t *ret)
{
	struct vm_area_struct *vma = vmf->vma;
	struct page *copy;

	*ret = VM_FAULT_OOM;
	if (is_zero_pfn(pte_pfn(vmf->orig_pte))) {
		copy = alloc_zeroed_user_highpage_movable(vma, vmf->address);
		if (!copy)
			return NULL;
	} else {
		copy = alloc_page_vma(GFP_HIGHUSER_MOVABLE, vma, vmf->address);
		if (!copy)
			return NULL;
		if (__wp_page_copy_user(copy, vmf->page, vmf)) {
			*ret = VM_FAULT_HWPOISON;
			goto out_free;
		}
	}

	if (mem_cgroup_charge(page_folio(copy), vma->vm_mm, GFP_KERNEL))
		goto out_free;
	cgroup_throttle_swaprate(copy, GFP_KERNEL);
	__SetPageUptodate(copy);
	*ret = 0;
	return copy;

out_free:
	put_page(copy);
	return NULL;
}

/*
 * Copy on write.  mmap_lock held, the old page referenced (none for the zero page), no PTE
 * lock: the copy is made without it and thrown away when the PTE has changed meanwhile.
 */
static vm_fault_t wp_page_copy(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mm_struct *mm = vma->vm_mm;
	struct mmu_notifier_range range;
	struct page *old = vmf->page;
	struct page *copy;
	vm_fault_t ret;
	bool installed = false;

	ret = VM_FAULT_OOM;
	if (anon_vma_prepare(vma))
		goto out_put_old;
	copy = wp_page_make_copy(vmf, &ret);
	if (!copy)
		goto out_put_old;

	mmu_notifier_range_init(&range, MMU_NOTIFY_CLEAR, 0, vma, mm, vmf->address & PAGE_MASK,
				(vmf->address & PAGE_MASK) + PAGE_SIZE);
	mmu_notifier_invalidate_range_start(&range);

	vmf->pte = pte_offset_map_lock(mm, vmf->pmd, vmf->address, &vmf->ptl);
	if (pte_same(*vmf->pte, vmf->orig_pte)) {
		wp_page_install_copy(vmf, copy);
		installed = true;
		copy = old; /* the reference that the PTE held */
	} else {
		update_mmu_tlb(vma, vmf->address, vmf->pte);
	}
	if (copy)
		put_page(copy);
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	mmu_notifier_invalidate_range_only_end(&range);

	if (installed && !(vmf->flags & FAULT_FLAG_UNSHARE))
		ret = VM_FAULT_WRITE;
	if (installed && old)
		free_swap_cache(old);
out_put_old:
	if (old)
		put_page(old);
	return ret;
}

/**
 * finish_mkwrite_fault - let a shared page be written that the file system has prepared
 * @vmf: the fault; its page is locked
 *
 * Returns 0, or VM_FAULT_NOPAGE when the PTE changed.  Linux: mm/memory.c.
 */
vm_fault_t finish_mkwrite_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;

	WARN_ON_ONCE(!(vma->vm_flags & VM_SHARED));
	vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
	if (pte_same(*vmf->pte, vmf->orig_pte)) {
		wp_page_reuse(vmf);
		return 0;
	}
	update_mmu_tlb(vma, vmf->address, vmf->pte);
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return VM_FAULT_NOPAGE;
}

/* A shared writable mapping without a struct page.  Entered with the PTE lock. */
static vm_fault_t wp_pfn_shared(struct vm_fault *vmf)
{
	const struct vm_operations_struct *ops = vmf->vma->vm_ops;
	vm_fault_t ret;

	if (!ops || !ops->pfn_mkwrite) {
		wp_page_reuse(vmf);
		return VM_FAULT_WRITE;
	}
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	vmf->flags |= FAULT_FLAG_MKWRITE;
	ret = ops->pfn_mkwrite(vmf);
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE))
		return ret;
	return finish_mkwrite_fault(vmf);
}

/* A write-protected page of a shared mapping.  Entered with the PTE lock. */
static vm_fault_t wp_page_shared(struct vm_fault *vmf)
{
	const struct vm_operations_struct *ops = vmf->vma->vm_ops;
	struct page *page = vmf->page;
	vm_fault_t ret;

	get_page(page);
	if (ops && ops->page_mkwrite) {
		pte_unmap_unlock(vmf->pte, vmf->ptl);
		ret = do_page_mkwrite(vmf);
		if (!ret || (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE)))
			goto out_put;
		ret = finish_mkwrite_fault(vmf);
		if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE)) {
			unlock_page(page);
			goto out_put;
		}
	} else {
		wp_page_reuse(vmf);
		lock_page(page);
	}
	ret = VM_FAULT_WRITE | fault_dirty_shared_page(vmf);
out_put:
	put_page(page);
	return ret;
}

/*
 * May this anonymous page be written in place?  PTE lock held.  Early counts save the
 * page lock where there is no hope; the verdict is the one under the page lock.
 */
static bool wp_can_reuse_anon_folio(struct vm_fault *vmf, struct folio *folio)
{
	if (kernel_has(wp_copy_keeps_stale_tlb))
		return false;
	if (PageAnonExclusive(vmf->page))
		return true;
	if (folio_ref_count(folio) > 3)
		return false;
	if (!folio_test_lru(folio))
		lru_add_drain();
	if (folio_ref_count(folio) > 1)
		return false;
	if (!folio_trylock(folio))
		return false;
	if (folio_ref_count(folio) != 1) {
		folio_unlock(folio);
		return false;
	}
	page_move_anon_rmap(vmf->page, vmf->vma);
	folio_unlock(folio);
	return true;
}

/*
 * A write (or a wish for an exclusive page) met a PTE without write permission.  Entered
 * with mmap_lock and the PTE lock, leaves without the PTE lock.
 */
static vm_fault_t do_wp_page(struct vm_fault *vmf)
{
	const vm_flags_t shared_rw = VM_WRITE | VM_SHARED;
	bool unshare = vmf->flags & FAULT_FLAG_UNSHARE;
	struct vm_area_struct *vma = vmf->vma;

	VM_BUG_ON(unshare == !!(vmf->flags & FAULT_FLAG_WRITE));
	if (!unshare) {
		if (userfaultfd_pte_wp(vma, *vmf->pte)) {
			if (!kernel_has(knows_wp_async) || !userfaultfd_wp_async(vma)) {
				pte_unmap_unlock(vmf->pte, vmf->ptl);
				return handle_userfault(vmf, VM_UFFD_WP);
			}
			/* Nobody is told: the bit goes, and the store goes on as any other. */
			vmf->orig_pte = pte_clear_uffd_wp(*vmf->pte);
			set_pte_at(vma->vm_mm, vmf->address, vmf->pte, vmf->orig_pte);
		}
		/* Write-protection may have left its flush for later; the copy needs it. */
		if (userfaultfd_wp(vma) && !kernel_has(wp_copy_keeps_stale_tlb) &&
		    mm_tlb_flush_pending(vma->vm_mm))
			flush_tlb_page(vma, vmf->address);
	}

	vmf->page = vm_normal_page(vma, vmf->address, vmf->orig_pte);
	if (!vmf->page) {
		if (unshare)
			goto out_unlock;
		if ((vma->vm_flags & shared_rw) == shared_rw)
			return wp_pfn_shared(vmf);
		pte_unmap_unlock(vmf->pte, vmf->ptl);
		return wp_page_copy(vmf);
	}

	if (PageAnon(vmf->page)) {
		if (wp_can_reuse_anon_folio(vmf, page_folio(vmf->page))) {
			if (unshare)
				goto out_unlock;
			wp_page_reuse(vmf);
			return VM_FAULT_WRITE;
		}
	} else if (unshare) {
		goto out_unlock;
	} else if ((vma->vm_flags & shared_rw) == shared_rw) {
		return wp_page_shared(vmf);
	}

	get_page(vmf->page);
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return wp_page_copy(vmf);

out_unlock:
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return 0;
}

/* --------------------------------------------------------- other faults */

static vm_fault_t do_fault(struct vm_fault *vmf);
static vm_fault_t do_anonymous_page(struct vm_fault *vmf);
static bool vmf_pte_changed(struct vm_fault *vmf);

static vm_fault_t pte_marker_clear(struct vm_fault *vmf)
{
	struct mm_struct *mm = vmf->vma->vm_mm;

	vmf->pte = pte_offset_map_lock(mm, vmf->pmd, vmf->address, &vmf->ptl);
	/* Since 6.6 it may be poison by now. */
	if (is_pte_marker(*vmf->pte) && !pte_marker_poisoned(*vmf->pte))
		pte_clear(mm, vmf->address, vmf->pte);
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return 0;
}

/* Nothing is swapped out in this machine: a PTE that is neither none nor present is a marker. */
static vm_fault_t do_swap_page(struct vm_fault *vmf)
{
	swp_entry_t entry = pte_to_swp_entry(vmf->orig_pte);
	struct vm_area_struct *vma = vmf->vma;

	if (is_poisoned_swp_entry(entry))
		return VM_FAULT_HWPOISON;
	if (WARN_ON_ONCE(!pte_marker_entry_uffd_wp(entry)))
		return VM_FAULT_SIGBUS;
	if (WARN_ON_ONCE(vma_is_anonymous(vma) && !kernel_has(knows_wp_unpopulated)))
		return VM_FAULT_SIGBUS;
	/* Left over from a registration that is gone: drop it and fault again. */
	if (!userfaultfd_wp(vma))
		return pte_marker_clear(vmf);
	return vma_is_anonymous(vma) ? do_anonymous_page(vmf) : do_fault(vmf);
}

/* A read of anonymous memory that is not there: the zero page.  As do_anonymous_page(). */
static vm_fault_t do_anonymous_zero_page(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mm_struct *mm = vma->vm_mm;
	vm_fault_t ret = 0;
	pte_t entry;

	entry = pte_mkspecial(pfn_pte(my_zero_pfn(vmf->address), vma->vm_page_prot));
	vmf->pte = pte_offset_map_lock(mm, vmf->pmd, vmf->address, &vmf->ptl);
	if (vmf_pte_changed(vmf)) {
		update_mmu_tlb(vma, vmf->address, vmf->pte);
		goto out_unlock;
	}
	ret = check_stable_address_space(mm);
	if (ret)
		goto out_unlock;
	/* Under the lock: a resolved fault must not be reported again. */
	if (userfaultfd_missing(vma)) {
		pte_unmap_unlock(vmf->pte, vmf->ptl);
		return handle_userfault(vmf, VM_UFFD_MISSING);
	}
	/* What was protected before it was there: WP_UNPOPULATED. */
	if (pte_marker_uffd_wp(vmf->orig_pte))
		entry = pte_mkuffd_wp(pte_wrprotect(entry));
	set_pte_at(mm, vmf->address, vmf->pte, entry);
	update_mmu_cache(vma, vmf->address, vmf->pte);
out_unlock:
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return ret;
}

/*
 * Anonymous memory that is not there.  Entered with mmap_lock for reading and no PTE
 * lock, leaves so (handle_userfault() may drop mmap_lock).
 */
static vm_fault_t do_anonymous_page(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mm_struct *mm = vma->vm_mm;
	struct page *page;
	vm_fault_t ret;
	pte_t entry;

	/* A file mapping whose file system gave it no operations. */
	if (vma->vm_flags & VM_SHARED)
		return VM_FAULT_SIGBUS;
	if (pte_alloc(mm, vmf->pmd))
		return VM_FAULT_OOM;
	if (pmd_trans_unstable(vmf->pmd))
		return 0;
	if (!(vmf->flags & FAULT_FLAG_WRITE))
		return do_anonymous_zero_page(vmf);

	if (anon_vma_prepare(vma))
		return VM_FAULT_OOM;
	page = alloc_zeroed_user_highpage_movable(vma, vmf->address);
	if (!page)
		return VM_FAULT_OOM;
	if (mem_cgroup_charge(page_folio(page), mm, GFP_KERNEL)) {
		put_page(page);
		return VM_FAULT_OOM;
	}
	cgroup_throttle_swaprate(page, GFP_KERNEL);

	/* Contents before the PTE: the barrier is inside. */
	__SetPageUptodate(page);
	entry = pte_sw_mkyoung(mk_pte(page, vma->vm_page_prot));
	if (vma->vm_flags & VM_WRITE)
		entry = pte_mkwrite(pte_mkdirty(entry));

	ret = 0;
	vmf->pte = pte_offset_map_lock(mm, vmf->pmd, vmf->address, &vmf->ptl);
	if (vmf_pte_changed(vmf)) {
		update_mmu_tlb(vma, vmf->address, vmf->pte);
		goto out_release;
	}
	ret = check_stable_address_space(mm);
	if (ret)
		goto out_release;
	/* Reported only from under the lock, when it is certain that nothing is mapped. */
	if (userfaultfd_missing(vma)) {
		pte_unmap_unlock(vmf->pte, vmf->ptl);
		put_page(page);
		return handle_userfault(vmf, VM_UFFD_MISSING);
	}

	inc_mm_counter_fast(mm, MM_ANONPAGES);
	page_add_new_anon_rmap(page, vma, vmf->address);
	lru_cache_add_inactive_or_unevictable(page, vma);
	/* What was protected before it was there: WP_UNPOPULATED. */
	if (pte_marker_uffd_wp(vmf->orig_pte))
		entry = pte_mkuffd_wp(pte_wrprotect(entry));
	set_pte_at(mm, vmf->address, vmf->pte, entry);
	update_mmu_cache(vma, vmf->address, vmf->pte);
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return 0;

out_release:
	put_page(page);
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return ret;
}

/* A poisoned page is not mapped.  It may be locked, see @ret of ->fault(). */
static vm_fault_t refuse_poisoned_page(struct vm_fault *vmf, vm_fault_t ret)
{
	struct page *page = vmf->page;

	if (ret & VM_FAULT_LOCKED) {
		if (page_mapped(page))
			unmap_mapping_pages(page_mapping(page), page->index, 1, false);
		unlock_page(page);
	}
	put_page(page);
	vmf->page = NULL;
	return VM_FAULT_HWPOISON;
}

/* A PTE table in store for an empty PMD entry; 0 or -ENOMEM. */
static int prealloc_pte_table(struct vm_fault *vmf)
{
	if (!pmd_none(*vmf->pmd))
		return 0;
	vmf->prealloc_pte = pte_alloc_one(vmf->vma->vm_mm);
	return vmf->prealloc_pte ? 0 : -ENOMEM;
}

/*
 * Has the file system bring the page.  mmap_lock held on entry; dropped when
 * VM_FAULT_RETRY comes back.  On success the page is locked and referenced.
 */
static vm_fault_t __do_fault(struct vm_fault *vmf)
{
	vm_fault_t ret;

	/* Before the page lock: reclaim inside this allocation may wait for locked pages. */
	if (!vmf->prealloc_pte) {
		if (prealloc_pte_table(vmf))
			return VM_FAULT_OOM;
	}
	ret = vmf->vma->vm_ops->fault(vmf);
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY | VM_FAULT_DONE_COW))
		return ret;
	if (PageHWPoison(vmf->page))
		return refuse_poisoned_page(vmf, ret);
	if (!(ret & VM_FAULT_LOCKED))
		lock_page(vmf->page);
	else
		VM_BUG_ON_PAGE(!PageLocked(vmf->page), vmf->page);
	return ret;
}

/**
 * do_set_pte - map one page of a file, or a private copy of one
 * @vmf: the fault; PTE lock held, PTE none or a marker
 * @page: the page, referenced for the PTE
 * @addr: user address
 *
 * Linux: mm/memory.c.
 */
void do_set_pte(struct vm_fault *vmf, struct page *page, unsigned long addr)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mm_struct *mm = vma->vm_mm;
	bool write = vmf->flags & FAULT_FLAG_WRITE;
	pte_t entry;

	flush_icache_page(vma, page);
	entry = pte_sw_mkyoung(mk_pte(page, vma->vm_page_prot));
	if (write)
		entry = maybe_mkwrite(pte_mkdirty(entry), vma);
	if (pte_marker_uffd_wp(vmf->orig_pte))
		entry = pte_mkuffd_wp(pte_wrprotect(entry));

	if (write && !(vma->vm_flags & VM_SHARED)) {
		inc_mm_counter_fast(mm, MM_ANONPAGES);
		page_add_new_anon_rmap(page, vma, addr);
		lru_cache_add_inactive_or_unevictable(page, vma);
	} else {
		inc_mm_counter_fast(mm, mm_counter_file(page));
		page_add_file_rmap(page, vma, false);
	}
	set_pte_at(mm, addr, vmf->pte, entry);
}

static bool vmf_pte_changed(struct vm_fault *vmf)
{
	if (!(vmf->flags & FAULT_FLAG_ORIG_PTE_VALID))
		return !pte_none(*vmf->pte);
	return !pte_same(*vmf->pte, vmf->orig_pte);
}

/**
 * finish_fault - map the page that ->fault() brought, or the copy made of it
 * @vmf: the fault; the page is locked, its reference becomes the PTE's on success
 *
 * mmap_lock held.  Returns 0, VM_FAULT_NOPAGE when the PTE changed meanwhile, or an
 * error.  Linux: mm/memory.c.
 */
vm_fault_t finish_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mm_struct *mm = vma->vm_mm;
	struct page *page = vmf->page;
	vm_fault_t ret;

	if (!(vma->vm_flags & VM_SHARED)) {
		if (vmf->flags & FAULT_FLAG_WRITE)
			page = vmf->cow_page;
		ret = check_stable_address_space(mm);
		if (ret)
			return ret;
	}

	if (pmd_none(*vmf->pmd)) {
		if (vmf->prealloc_pte)
			pmd_install(mm, vmf->pmd, &vmf->prealloc_pte);
		else if (pte_alloc(mm, vmf->pmd))
			return VM_FAULT_OOM;
	}
	if (pmd_devmap_trans_unstable(vmf->pmd))
		return VM_FAULT_NOPAGE;

	vmf->pte = pte_offset_map_lock(mm, vmf->pmd, vmf->address, &vmf->ptl);
	if (vmf_pte_changed(vmf)) {
		update_mmu_tlb(vma, vmf->address, vmf->pte);
		ret = VM_FAULT_NOPAGE;
	} else {
		do_set_pte(vmf, page, vmf->address);
		update_mmu_cache(vma, vmf->address, vmf->pte);
		ret = 0;
	}
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return ret;
}

static unsigned long fault_around_bytes = 65536;

/*
 * Maps what the cache holds around the fault.  The window is a naturally aligned block of
 * fault_around_bytes, cut to the VMA and to the page table.
 */
static vm_fault_t do_fault_around(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	unsigned long nr = READ_ONCE(fault_around_bytes) >> PAGE_SHIFT;
	unsigned long start = vmf->address & ~((nr << PAGE_SHIFT) - 1) & PAGE_MASK;
	pgoff_t first, last;

	start = max(start, vma->vm_start);
	first = vmf->pgoff - ((vmf->address - start) >> PAGE_SHIFT);
	last = first + (PTRS_PER_PTE - 1) - ((start >> PAGE_SHIFT) & (PTRS_PER_PTE - 1));
	last = min(last, vma->vm_pgoff + vma_pages(vma) - 1);
	last = min(last, first + nr - 1);

	if (prealloc_pte_table(vmf))
		return VM_FAULT_OOM;
	return vma->vm_ops->map_pages(vmf, first, last);
}

static bool should_fault_around(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;

	if (fault_around_bytes <= PAGE_SIZE)
		return false;
	/* It would map pages whose minor faults userspace asked to see. */
	if (uffd_disable_fault_around(vma))
		return false;
	return vma->vm_ops->map_pages != NULL;
}

static vm_fault_t do_read_fault(struct vm_fault *vmf)
{
	vm_fault_t ret = 0;

	if (should_fault_around(vmf))
		ret = do_fault_around(vmf);
	if (ret)
		return ret;
	ret = __do_fault(vmf);
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY))
		return ret;

	ret |= finish_fault(vmf);
	unlock_page(vmf->page);
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY))
		put_page(vmf->page);
	return ret;
}

/* A write to a private mapping of a file: the copy is allocated before the page is looked up. */
static vm_fault_t do_cow_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct page *copy;
	vm_fault_t ret;

	if (anon_vma_prepare(vma))
		return VM_FAULT_OOM;
	copy = alloc_page_vma(GFP_HIGHUSER_MOVABLE, vma, vmf->address);
	vmf->cow_page = copy;
	if (!copy)
		return VM_FAULT_OOM;
	ret = VM_FAULT_OOM;
	if (mem_cgroup_charge(page_folio(copy), vma->vm_mm, GFP_KERNEL))
		goto out_put_copy;
	cgroup_throttle_swaprate(copy, GFP_KERNEL);

	ret = __do_fault(vmf);
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY))
		goto out_put_copy;
	if (ret & VM_FAULT_DONE_COW)
		return ret;

	copy_user_highpage(copy, vmf->page, vmf->address, vma);
	__SetPageUptodate(copy);
	ret |= finish_fault(vmf);
	unlock_page(vmf->page);
	put_page(vmf->page);
	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY))
		goto out_put_copy;
	return ret;

out_put_copy:
	put_page(copy);
	return ret;
}

static vm_fault_t do_shared_fault(struct vm_fault *vmf)
{
	vm_fault_t ret = __do_fault(vmf);

	if (ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY))
		return ret;

	if (vmf->vma->vm_ops->page_mkwrite) {
		vm_fault_t asked;

		unlock_page(vmf->page);
		asked = do_page_mkwrite(vmf);
		if (!asked || (asked & (VM_FAULT_ERROR | VM_FAULT_NOPAGE))) {
			put_page(vmf->page);
			return asked;
		}
	}

	ret |= finish_fault(vmf);
	if (!(ret & (VM_FAULT_ERROR | VM_FAULT_NOPAGE | VM_FAULT_RETRY)))
		return ret | fault_dirty_shared_page(vmf);
	unlock_page(vmf->page);
	put_page(vmf->page);
	return ret;
}

/* No ->fault(): the PTE should have been set by mmap().  SIGBUS unless it has come since. */
static vm_fault_t fault_without_handler(struct vm_fault *vmf)
{
	vm_fault_t ret = VM_FAULT_SIGBUS;

	if (!pmd_present(*vmf->pmd))
		return ret;
	vmf->pte = pte_offset_map_lock(vmf->vma->vm_mm, vmf->pmd, vmf->address, &vmf->ptl);
	if (!pte_none(*vmf->pte))
		ret = VM_FAULT_NOPAGE;
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return ret;
}

/*
 * A page of a file is not mapped.  mmap_lock held for reading; it may be dropped by
 * ->fault(), so the VMA is not touched afterwards.
 */
static vm_fault_t do_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct mm_struct *mm = vma->vm_mm;
	vm_fault_t ret;

	if (!vma->vm_ops->fault)
		ret = fault_without_handler(vmf);
	else if (!(vmf->flags & FAULT_FLAG_WRITE))
		ret = do_read_fault(vmf);
	else if (vma->vm_flags & VM_SHARED)
		ret = do_shared_fault(vmf);
	else
		ret = do_cow_fault(vmf);

	if (vmf->prealloc_pte) {
		pte_free(mm, vmf->prealloc_pte);
		vmf->prealloc_pte = NULL;
	}
	return ret;
}

/* The entry is present: set young and dirty, or make the page writable. */
static vm_fault_t handle_present_pte(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	pte_t entry = vmf->orig_pte;

	vmf->ptl = pte_lockptr(vma->vm_mm, vmf->pmd);
	spin_lock(vmf->ptl);
	if (!pte_same(*vmf->pte, entry)) {
		update_mmu_tlb(vma, vmf->address, vmf->pte);
		goto out_unlock;
	}
	if (vmf->flags & (FAULT_FLAG_WRITE | FAULT_FLAG_UNSHARE)) {
		if (!pte_write(entry))
			return do_wp_page(vmf);
		if (vmf->flags & FAULT_FLAG_WRITE)
			entry = pte_mkdirty(entry);
	}
	entry = pte_mkyoung(entry);
	if (ptep_set_access_flags(vma, vmf->address, vmf->pte, entry,
				  vmf->flags & FAULT_FLAG_WRITE)) {
		update_mmu_cache(vma, vmf->address, vmf->pte);
		goto out_unlock;
	}
	if (vmf->flags & FAULT_FLAG_TRIED)
		goto out_unlock;
	if (vmf->flags & FAULT_FLAG_WRITE)
		flush_tlb_fix_spurious_fault(vma, vmf->address);
out_unlock:
	pte_unmap_unlock(vmf->pte, vmf->ptl);
	return 0;
}

/*
 * Reads the PTE without a lock and picks the handler, each of which checks again under
 * the lock that the entry is still the one seen here.  mmap_lock held for reading.
 */
static vm_fault_t handle_pte_fault(struct vm_fault *vmf)
{
	pte_t *ptep, entry;

	vmf->pte = NULL;
	if (pmd_none(*vmf->pmd)) {
		/* The PTE table comes as late as possible. */
		vmf->flags &= ~FAULT_FLAG_ORIG_PTE_VALID;
		goto missing;
	}
	if (pmd_devmap_trans_unstable(vmf->pmd))
		return 0;

	ptep = pte_offset_map(vmf->pmd, vmf->address);
	entry = ptep_get(ptep);
	vmf->orig_pte = entry;
	vmf->flags |= FAULT_FLAG_ORIG_PTE_VALID;
	if (pte_none(entry)) {
		pte_unmap(ptep);
		goto missing;
	}
	vmf->pte = ptep;
	if (pte_present(entry))
		return handle_present_pte(vmf);
	return do_swap_page(vmf);

missing:
	return vma_is_anonymous(vmf->vma) ? do_anonymous_page(vmf) : do_fault(vmf);
}

static vm_fault_t __handle_mm_fault(struct vm_area_struct *vma, unsigned long address,
				    unsigned int flags)
{
	struct mm_struct *mm = vma->vm_mm;
	struct vm_fault vmf = {
		.vma = vma,
		.real_address = address,
		.address = address & PAGE_MASK,
		.pgoff = linear_page_index(vma, address),
		.gfp_mask = __get_fault_gfp_mask(vma),
		.flags = flags,
	};
	p4d_t *p4d = p4d_alloc(mm, pgd_offset(mm, address), address);

	if (p4d)
		vmf.pud = pud_alloc(mm, p4d, address);
	if (vmf.pud)
		vmf.pmd = pmd_alloc(mm, vmf.pud, address);
	if (!vmf.pmd)
		return VM_FAULT_OOM;
	return handle_pte_fault(&vmf);
}

/* Faults that were resolved count for the task: major when they had to be tried twice. */
static void mm_account_fault(unsigned int flags, vm_fault_t ret)
{
	if (ret & (VM_FAULT_ERROR | VM_FAULT_RETRY))
		return;
	if ((ret & VM_FAULT_MAJOR) || (flags & FAULT_FLAG_TRIED))
		current->maj_flt++;
	else
		current->min_flt++;
}

/**
 * handle_mm_fault - resolve a page fault
 * @vma: the VMA, whose permissions allow the access
 * @address: user address
 * @flags: FAULT_FLAG_*
 * @regs: whose fault it is, NULL when the kernel faults the page in by itself
 *
 * mmap_lock held for reading; still held on return unless VM_FAULT_RETRY (without
 * FAULT_FLAG_RETRY_NOWAIT) or VM_FAULT_COMPLETED is returned.  Returns VM_FAULT_*.
 * Linux: mm/memory.c.
 */
vm_fault_t handle_mm_fault(struct vm_area_struct *vma, unsigned long address, unsigned int flags,
			   struct pt_regs *regs)
{
	vm_fault_t ret;

	count_vm_event(PGFAULT);
	__set_current_state(TASK_RUNNING);
	if (is_vm_hugetlb_page(vma))
		ret = hugetlb_fault(vma->vm_mm, vma, address, flags);
	else
		ret = __handle_mm_fault(vma, address, flags);
	mm_account_fault(flags, ret);
	return ret;
}

/**
 * lock_mm_and_find_vma - what the page fault handler needs of an address space
 * @mm: the address space
 * @addr: faulting address
 * @regs: whose fault it is
 *
 * Returns the VMA that contains @addr with mmap_lock held for reading, or NULL without.
 * Linux: mm/memory.c.
 */
struct vm_area_struct *lock_mm_and_find_vma(struct mm_struct *mm, unsigned long addr,
					    struct pt_regs *regs)
{
	struct vm_area_struct *vma;

	if (mmap_read_lock_killable(mm))
		return NULL;
	vma = find_vma(mm, addr);
	if (vma && vma->vm_start <= addr)
		return vma;
	mmap_read_unlock(mm);
	return NULL;
}

/* ------------------------------------------------------------- huge pages */

/**
 * clear_huge_page - zero a huge page
 * @page: its first page, which nobody else can reach yet
 * @addr_hint: user address that faulted, unused
 * @pages_per_huge_page: small pages
 *
 * Sleeps.  Nobody can see it half done, so it is one step.  Linux: mm/memory.c.
 */
void clear_huge_page(struct page *page, unsigned long addr_hint, unsigned int pages_per_huge_page)
{
	might_sleep();
	cond_resched();
	sim_phys_clear(page_to_pfn(page), pages_per_huge_page);
	cond_resched();
}

/**
 * copy_user_huge_page - copy a huge page on write
 * @dst: first page of the copy
 * @src: first page of the original, referenced
 * @addr_hint: user address that faulted, unused
 * @vma: the VMA, unused
 * @pages_per_huge_page: small pages
 *
 * Sleeps.  Each half is a step: a store to the original between them is torn.
 * Linux: mm/memory.c.
 */
void copy_user_huge_page(struct page *dst, struct page *src, unsigned long addr_hint,
			 struct vm_area_struct *vma, unsigned int pages_per_huge_page)
{
	unsigned long half = pages_per_huge_page / 2;
	unsigned long to = page_to_pfn(dst), from = page_to_pfn(src);

	might_sleep();
	sim_point(src, SIM_READ, SIM_SITE("copy_page"));
	sim_phys_copy(to, from, half);
	sim_point(src, SIM_READ, SIM_SITE("copy_page"));
	sim_phys_copy(to + half, from + half, half);
	sim_point(src, SIM_READ, SIM_SITE("copy_page"));
}

/**
 * sim_phys_zero_bytes - zero part of a page frame
 * @pfn: the frame
 * @start: first byte
 * @len: bytes; a word goes when its first byte is among them
 *
 * folio_zero_range() and folio_zero_segment() are macros over this.
 */
void sim_phys_zero_bytes(unsigned long pfn, unsigned long start, unsigned long len)
{
	unsigned long word;

	for (word = DIV_ROUND_UP(start, SIM_WORD_STRIDE); word * SIM_WORD_STRIDE < start + len;
	     word++) {
		sim_phys_write(pfn + word / SIM_PAGE_WORDS, word % SIM_PAGE_WORDS, 0);
		observe_cleared(pfn + word / SIM_PAGE_WORDS, word % SIM_PAGE_WORDS);
	}
}
