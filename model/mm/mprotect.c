/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/mprotect.c: change_protection(), as far as userfaultfd asks for it: the uffd-wp bit
 * of present entries.  Markers, huge pages and mprotect() itself come with write-protection.
 */
#include <linux/mm.h>
#include <linux/hugetlb.h>
#include <linux/mm_inline.h>
#include <linux/pgtable.h>
#include <asm/tlb.h>

static pte_t changed_pte(pte_t pte, pgprot_t newprot, unsigned long cp_flags)
{
	pte = pte_modify(pte, newprot);
	if (cp_flags & MM_CP_UFFD_WP)
		return pte_mkuffd_wp(pte);
	if (cp_flags & MM_CP_UFFD_WP_RESOLVE)
		return pte_clear_uffd_wp(pte);
	return pte;
}

static long change_pte_range(struct mmu_gather *tlb, struct vm_area_struct *vma, pmd_t *pmd,
			     unsigned long addr, unsigned long end, pgprot_t newprot,
			     unsigned long cp_flags)
{
	long pages = 0;
	spinlock_t *ptl;
	pte_t *pte, *first, old;

	first = pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	for (; addr < end; addr += PAGE_SIZE, pte++) {
		if (!pte_present(*pte))
			continue;
		/* The hardware may set bits meanwhile: it finds the entry empty. */
		old = ptep_get_and_clear(vma->vm_mm, addr, pte);
		set_pte_at(vma->vm_mm, addr, pte, changed_pte(old, newprot, cp_flags));
		tlb_remove_tlb_entry(tlb, pte, addr);
		pages++;
	}
	pte_unmap_unlock(first, ptl);
	return pages;
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
 * @vma: contains the range; small pages
 * @start: page aligned
 * @end: page aligned
 * @newprot: the new protection
 * @cp_flags: MM_CP_UFFD_WP*
 *
 * mmap_lock held in either mode.  Returns the pages changed.  Linux: mm/mprotect.c.
 */
long change_protection(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start,
		       unsigned long end, pgprot_t newprot, unsigned long cp_flags)
{
	unsigned long addr = start, next;
	long pages = 0;
	pmd_t *pmd;

	BUG_ON((cp_flags & MM_CP_UFFD_WP_ALL) == MM_CP_UFFD_WP_ALL);
	if (is_vm_hugetlb_page(vma))
		return 0;
	for (; addr < end; addr = next) {
		next = pmd_addr_end(addr, end);
		pmd = pmd_below(vma->vm_mm, addr);
		if (pmd)
			pages += change_pte_range(tlb, vma, pmd, addr, next, newprot, cp_flags);
		cond_resched();
	}
	return pages;
}
