/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/mprotect.c: mprotect(), and change_protection(), of which userfaultfd asks for the
 * uffd-wp bit of entries, and for the markers that stand for it where nothing is mapped.
 */
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/hugetlb.h>
#include <linux/mm_inline.h>
#include <linux/mempolicy.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/swapops.h>
#include <linux/syscalls.h>
#include <linux/userfaultfd_k.h>
#include <asm/tlb.h>
#include <uffdsim/bugs.h>

#include "internal.h"

/* One range of one VMA, on its way down the levels. */
struct change {
	struct mmu_gather *tlb;
	struct vm_area_struct *vma;
	pgprot_t newprot;
	unsigned long cp_flags;
};

/*
 * Would the fault of a store do nothing but make this entry writable?  Of a private mapping only
 * a page that nobody shares.
 */
static bool can_change_pte_writable(struct vm_area_struct *vma, unsigned long addr, pte_t pte)
{
	struct page *page;

	VM_BUG_ON(!(vma->vm_flags & VM_WRITE) || pte_write(pte));
	if (pte_protnone(pte) || !pte_dirty(pte))
		return false;
	if (userfaultfd_pte_wp(vma, pte))
		return false;
	if (vma->vm_flags & VM_SHARED)
		return true;
	page = vm_normal_page(vma, addr, pte);
	if (!page || !PageAnon(page))
		return false;
	return PageAnonExclusive(page);
}

static pte_t changed_pte(const struct change *c, pte_t pte, unsigned long addr)
{
	pte = pte_modify(pte, c->newprot);
	if (c->cp_flags & MM_CP_UFFD_WP)
		pte = pte_mkuffd_wp(pte_wrprotect(pte));
	/* COV: WRITEPROTECT never false: it is one of the two */
	else if (c->cp_flags & MM_CP_UFFD_WP_RESOLVE)
		pte = pte_clear_uffd_wp(pte);
	/* COV: WRITEPROTECT never 1 false: only mprotect() tries that */
	if (!(c->cp_flags & MM_CP_TRY_CHANGE_WRITABLE) || pte_write(pte))
		return pte;
	/* COV: WRITEPROTECT never true: as above */
	/* COV: WRITEPROTECT never false: as above */
	return can_change_pte_writable(c->vma, addr, pte) ? pte_mkwrite(pte) : pte;
}

static void change_present_pte(const struct change *c, pte_t *pte, unsigned long addr)
{
	pte_t old, new;

	/* The hardware may set bits meanwhile: it finds the entry empty. */
	old = ptep_get_and_clear(c->vma->vm_mm, addr, pte);
	new = changed_pte(c, old, addr);
	set_pte_at(c->vma->vm_mm, addr, pte, new);
	if (pte_needs_flush(old, new))
		tlb_flush_pte_range(c->tlb, addr, PAGE_SIZE);
}

/* Protection that is only remembered goes as well; the next fault finds nothing of it. */
static bool change_marker(const struct change *c, pte_t *pte, unsigned long addr)
{
	/* COV: WRITEPROTECT never true: 6.1 has no other marker, and nothing is swapped out */
	if (!pte_marker_uffd_wp(*pte))
		return false;
	if (!(c->cp_flags & MM_CP_UFFD_WP_RESOLVE))
		return false;
	pte_clear(c->vma->vm_mm, addr, pte);
	return true;
}

/*
 * Of a file the page may be in the page cache: what is not mapped is protected too.  Of anonymous
 * memory if the monitor wants to know of the first store to what was never touched.
 */
static bool protects_none(const struct change *c)
{
	if (!(c->cp_flags & MM_CP_UFFD_WP))
		return false;
	if (!vma_is_anonymous(c->vma))
		return true;
	return kernel_has(knows_wp_unpopulated) && userfaultfd_wp_unpopulated(c->vma);
}

static bool change_none(const struct change *c, pte_t *pte, unsigned long addr)
{
	WARN_ON_ONCE(!pte_none(*pte));
	if (!protects_none(c))
		return false;
	set_pte_at(c->vma->vm_mm, addr, pte, make_pte_marker(PTE_MARKER_UFFD_WP));
	return true;
}

static bool change_pte(const struct change *c, pte_t *pte, unsigned long addr)
{
	if (pte_present(*pte)) {
		change_present_pte(c, pte, addr);
		return true;
	}
	if (is_swap_pte(*pte))
		return change_marker(c, pte, addr);
	return change_none(c, pte, addr);
}

static long change_pte_range(const struct change *c, pmd_t *pmd, unsigned long addr,
			     unsigned long end)
{
	spinlock_t *ptl;
	pte_t *pte, *first;
	long pages = 0;

	first = pte = pte_offset_map_lock(c->vma->vm_mm, pmd, addr, &ptl);
	for (; addr < end; addr += PAGE_SIZE, pte++)
		pages += change_pte(c, pte, addr);
	pte_unmap_unlock(first, ptl);
	return pages;
}

/* Markers need tables to stand in.  Without memory there are none, and 6.1 can only warn. */
static pmd_t *pmd_populated(struct mm_struct *mm, unsigned long addr)
{
	p4d_t *p4d = p4d_alloc(mm, pgd_offset(mm, addr), addr);
	pud_t *pud;
	pmd_t *pmd;

	if (WARN_ON_ONCE(!p4d))
		return NULL;
	pud = pud_alloc(mm, p4d, addr);
	if (WARN_ON_ONCE(!pud))
		return NULL;
	pmd = pmd_alloc(mm, pud, addr);
	if (WARN_ON_ONCE(!pmd))
		return NULL;
	if (WARN_ON_ONCE(pte_alloc(mm, pmd)))
		return NULL;
	return pmd;
}

/**
 * change_protection - change the protection of what is mapped in a range
 * @tlb: the gather of the flush
 * @vma: contains the range
 * @start: aligned to the pages of the VMA
 * @end: the same
 * @newprot: the new protection
 * @cp_flags: MM_CP_*
 *
 * mmap_lock held in either mode.  Returns the pages changed.  Linux: mm/mprotect.c.
 */
long change_protection(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start,
		       unsigned long end, pgprot_t newprot, unsigned long cp_flags)
{
	const struct change c = { tlb, vma, newprot, cp_flags };
	unsigned long addr = start, next;
	long pages = 0;
	pmd_t *pmd;

	BUG_ON((cp_flags & MM_CP_UFFD_WP_ALL) == MM_CP_UFFD_WP_ALL);
	if (is_vm_hugetlb_page(vma))
		return hugetlb_change_protection(vma, start, end, newprot, cp_flags);
	for (; addr < end; addr = next) {
		next = pmd_addr_end(addr, end);
		if (protects_none(&c))
			pmd = pmd_populated(vma->vm_mm, addr);
		else
			pmd = mm_find_pmd(vma->vm_mm, addr);
		if (pmd)
			pages += change_pte_range(&c, pmd, addr, next);
		cond_resched();
	}
	return pages;
}

/* -------------------------------------------------------------- mprotect() */

/* A private mapping that becomes writable may need a page for each of its own. */
static bool mprotect_must_charge(vm_flags_t oldflags, vm_flags_t newflags)
{
	if (!(newflags & VM_WRITE))
		return false;
	return !(oldflags & (VM_ACCOUNT | VM_WRITE | VM_HUGETLB | VM_SHARED | VM_NORESERVE));
}

/* Entries may be made writable at once where not all of them are so by vm_page_prot. */
static bool mprotect_tries_writable(struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_SHARED)
		return vma_wants_writenotify(vma, vma->vm_page_prot);
	return vma->vm_flags & VM_WRITE;
}

/*
 * The part of a VMA gets other flags, merged with a neighbour or split off.  *@pprev is the VMA
 * before it, and afterwards the one that holds it.  0 or -ENOMEM.
 */
static int mprotect_fixup(struct mmu_gather *tlb, struct vm_area_struct *vma,
			  struct vm_area_struct **pprev, unsigned long start, unsigned long end,
			  unsigned long newflags)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long oldflags = vma->vm_flags;
	long nrpages = (end - start) >> PAGE_SHIFT, charged = 0;
	pgoff_t pgoff = vma->vm_pgoff + ((start - vma->vm_start) >> PAGE_SHIFT);
	bool tries_writable;
	int err;

	if (newflags == oldflags) {
		*pprev = vma;
		return 0;
	}
	if (mprotect_must_charge(oldflags, newflags)) {
		if (security_vm_enough_memory_mm(mm, nrpages))
			return -ENOMEM;
		charged = nrpages;
		newflags |= VM_ACCOUNT;
	}

	*pprev = vma_merge(mm, *pprev, start, end, newflags, vma->anon_vma, vma->vm_file, pgoff,
			   vma_policy(vma), vma->vm_userfaultfd_ctx, anon_vma_name(vma));
	if (*pprev) {
		vma = *pprev;
		goto success;
	}
	*pprev = vma;
	if (start != vma->vm_start) {
		err = split_vma(mm, vma, start, 1);
		if (err)
			goto fail;
	}
	if (end != vma->vm_end) {
		err = split_vma(mm, vma, end, 0);
		if (err)
			goto fail;
	}
success:
	vma->vm_flags = newflags;
	tries_writable = mprotect_tries_writable(vma);
	vma_set_page_prot(vma);
	change_protection(tlb, vma, start, end, vma->vm_page_prot,
			  tries_writable ? MM_CP_TRY_CHANGE_WRITABLE : 0);
	vm_stat_account(mm, oldflags, -nrpages);
	vm_stat_account(mm, newflags, nrpages);
	return 0;

fail:
	vm_unacct_memory(charged);
	return err;
}

/* May the VMA ever allow that?  VM_MAY* stand four bits above VM_*. */
static bool mprotect_may(unsigned long newflags)
{
	return !((newflags & ~(newflags >> 4)) & VM_ACCESS_FLAGS);
}

/* VMA after VMA from @vma, which holds @start, on; -ENOMEM at a hole, with all before it done. */
static int mprotect_vmas(struct mmu_gather *tlb, struct vm_area_struct *vma,
			 struct vm_area_struct *prev, unsigned long start, unsigned long end,
			 unsigned long prot)
{
	unsigned long newflags, stop;
	int err;

	for (;;) {
		newflags = calc_vm_prot_bits(prot, 0) | (vma->vm_flags & ~VM_ACCESS_FLAGS);
		if (!mprotect_may(newflags))
			return -EACCES;
		stop = min(vma->vm_end, end);
		err = mprotect_fixup(tlb, vma, &prev, start, stop, newflags);
		if (err)
			return err;
		start = max(stop, prev->vm_end);
		if (start >= end)
			return 0;
		vma = find_vma(current->mm, prev->vm_end);
		if (!vma || vma->vm_start != start)
			return -ENOMEM;
	}
}

static int do_mprotect(unsigned long start, size_t len, unsigned long prot)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *vma, *prev;
	struct mmu_gather tlb;
	unsigned long end;
	int err;
	MA_STATE(mas, &mm->mm_mt, 0, 0);

	if (start & ~PAGE_MASK)
		return -EINVAL;
	if (!len)
		return 0;
	end = start + PAGE_ALIGN(len);
	if (end <= start)
		return -ENOMEM;
	if (prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_SEM))
		return -EINVAL;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	mas_set(&mas, start);
	vma = mas_find(&mas, ULONG_MAX);
	err = -ENOMEM;
	if (!vma || vma->vm_start > start)
		goto out;
	prev = vma;
	if (start == vma->vm_start)
		prev = mas_prev(&mas, 0);

	tlb_gather_mmu(&tlb, mm);
	err = mprotect_vmas(&tlb, vma, prev, start, end, prot);
	tlb_finish_mmu(&tlb);
out:
	mmap_write_unlock(mm);
	return err;
}

SYSCALL_DEFINE3(mprotect, unsigned long, start, size_t, len, unsigned long, prot)
{
	return do_mprotect(start, len, prot);
}
