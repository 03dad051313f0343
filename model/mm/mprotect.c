/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/mprotect.c: change_protection(), as far as userfaultfd asks for it: the uffd-wp bit
 * of entries, and the markers that stand for it where nothing is mapped.
 */
#include <linux/mm.h>
#include <linux/hugetlb.h>
#include <linux/mm_inline.h>
#include <linux/pgtable.h>
#include <linux/swapops.h>
#include <linux/userfaultfd_k.h>
#include <asm/tlb.h>

/* One range of one VMA, on its way down the levels. */
struct change {
	struct mmu_gather *tlb;
	struct vm_area_struct *vma;
	pgprot_t newprot;
	unsigned long cp_flags;
};

static pte_t changed_pte(pte_t pte, pgprot_t newprot, unsigned long cp_flags)
{
	pte = pte_modify(pte, newprot);
	if (cp_flags & MM_CP_UFFD_WP)
		return pte_mkuffd_wp(pte_wrprotect(pte));
	if (cp_flags & MM_CP_UFFD_WP_RESOLVE)
		return pte_clear_uffd_wp(pte);
	return pte;
}

static void change_present_pte(const struct change *c, pte_t *pte, unsigned long addr)
{
	pte_t old;

	/* The hardware may set bits meanwhile: it finds the entry empty. */
	old = ptep_get_and_clear(c->vma->vm_mm, addr, pte);
	set_pte_at(c->vma->vm_mm, addr, pte, changed_pte(old, c->newprot, c->cp_flags));
	tlb_remove_tlb_entry(c->tlb, pte, addr);
}

/* Protection that is only remembered goes as well; the next fault finds nothing of it. */
static bool change_marker(const struct change *c, pte_t *pte, unsigned long addr)
{
	if (!pte_marker_uffd_wp(*pte))
		return false;
	if (!(c->cp_flags & MM_CP_UFFD_WP_RESOLVE))
		return false;
	pte_clear(c->vma->vm_mm, addr, pte);
	return true;
}

/* Of a file the page may be in the page cache: what is not mapped is protected too. */
static bool protects_file(const struct change *c)
{
	return (c->cp_flags & MM_CP_UFFD_WP) && !vma_is_anonymous(c->vma);
}

static bool change_none(const struct change *c, pte_t *pte, unsigned long addr)
{
	WARN_ON_ONCE(!pte_none(*pte));
	if (!protects_file(c))
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

/* The page table that maps an address, NULL if there is none. */
static pmd_t *pmd_below(struct mm_struct *mm, unsigned long addr)
{
	p4d_t *p4d = p4d_offset(pgd_offset(mm, addr), addr);
	pud_t *pud;
	pmd_t *pmd;

	if (!p4d_present(*p4d))
		return NULL;
	pud = pud_offset(p4d, addr);
	if (!pud_present(*pud))
		return NULL;
	pmd = pmd_offset(pud, addr);
	return pmd_present(*pmd) ? pmd : NULL;
}

/**
 * change_protection - change the protection of what is mapped in a range
 * @tlb: the gather of the flush
 * @vma: contains the range
 * @start: aligned to the pages of the VMA
 * @end: the same
 * @newprot: the new protection
 * @cp_flags: MM_CP_UFFD_WP*
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
		if (protects_file(&c))
			pmd = pmd_populated(vma->vm_mm, addr);
		else
			pmd = pmd_below(vma->vm_mm, addr);
		if (pmd)
			pages += change_pte_range(&c, pmd, addr, next);
		cond_resched();
	}
	return pages;
}
