/* SPDX-License-Identifier: GPL-2.0-only */
/* pgtable.h - page-table entries: values, walks, and the stores that publish them */
#ifndef _ASM_X86_PGTABLE_H
#define _ASM_X86_PGTABLE_H

#include <linux/compiler.h>
#include <linux/spinlock.h>
#include <asm/pgtable_types.h>

struct mm_struct;
struct vm_area_struct;

/*
 * A page table: real storage for the entries, and what the kernel keeps in its struct page.
 * The entry above holds the table's address where a real one has the physical address.
 */
struct ptable {
	unsigned long entries[PTRS_PER_PTE];
	spinlock_t ptl;
	struct mm_struct *mm;
	unsigned int level;	 /* 1: PTEs, 2: PMDs, 3: PUDs, 4: the root */
	atomic_t pt_share_count; /* PUD entries that point to it, beside the first */
	/* First address that it maps; if it is shared, one of them, in that mm. */
	unsigned long base;
	/* Kept by the invariants, not by the model. */
	unsigned int used;  /* entries that are not zero */
	unsigned int links; /* entries of the level above that point to it */
};

static inline struct ptable *ptable_of(const void *entry)
{
	return (struct ptable *)((unsigned long)entry & PAGE_MASK);
}

/* ------------------------------------------------------------ the values */

#define PTE_BIT(name, bit)                      \
	static inline int pte_##name(pte_t pte) \
	{                                       \
		return !!(pte.pte & (bit));     \
	}
#define PTE_CHANGE(name, set, clear)                        \
	static inline pte_t pte_##name(pte_t pte)           \
	{                                                   \
		return __pte((pte.pte & ~(clear)) | (set)); \
	}

PTE_BIT(present, _PAGE_PRESENT | _PAGE_PROTNONE)
PTE_BIT(write, _PAGE_RW)
PTE_BIT(dirty, _PAGE_DIRTY)
PTE_BIT(young, _PAGE_ACCESSED)
PTE_BIT(special, _PAGE_SPECIAL)
PTE_BIT(huge, _PAGE_PSE)
PTE_BIT(uffd_wp, _PAGE_UFFD_WP)
PTE_BIT(swp_uffd_wp, _PAGE_SWP_UFFD_WP)
PTE_CHANGE(mkwrite, _PAGE_RW, 0ul)
PTE_CHANGE(wrprotect, 0ul, _PAGE_RW)
PTE_CHANGE(mkdirty, _PAGE_DIRTY, 0ul)
PTE_CHANGE(mkclean, 0ul, _PAGE_DIRTY)
PTE_CHANGE(mkyoung, _PAGE_ACCESSED, 0ul)
PTE_CHANGE(mkold, 0ul, _PAGE_ACCESSED)
PTE_CHANGE(mkspecial, _PAGE_SPECIAL, 0ul)
PTE_CHANGE(mkhuge, _PAGE_PSE, 0ul)
PTE_CHANGE(mkuffd_wp, _PAGE_UFFD_WP, _PAGE_RW)
PTE_CHANGE(clear_uffd_wp, 0ul, _PAGE_UFFD_WP)
PTE_CHANGE(swp_mkuffd_wp, _PAGE_SWP_UFFD_WP, 0ul)
PTE_CHANGE(swp_clear_uffd_wp, 0ul, _PAGE_SWP_UFFD_WP)

static inline int pte_none(pte_t pte)
{
	return !(pte.pte & ~(_PAGE_DIRTY | _PAGE_ACCESSED));
}

static inline int pte_same(pte_t a, pte_t b)
{
	return a.pte == b.pte;
}

static inline unsigned long pte_pfn(pte_t pte)
{
	return (pte.pte & PTE_PFN_MASK) >> PAGE_SHIFT;
}

static inline pte_t pfn_pte(unsigned long pfn, pgprot_t prot)
{
	return __pte(pfn << PAGE_SHIFT | prot.pgprot);
}

static inline pte_t pte_modify(pte_t pte, pgprot_t prot)
{
	unsigned long keep = PTE_PFN_MASK | _PAGE_ACCESSED | _PAGE_DIRTY | _PAGE_SPECIAL |
			     _PAGE_UFFD_WP | _PAGE_PSE;

	return __pte((pte.pte & keep) | (prot.pgprot & ~keep));
}

#define pte_page(pte) (READ_FIXED(mem_map) + pte_pfn(pte))
#define mk_pte(page, prot) pfn_pte((page)-READ_FIXED(mem_map), prot)
#define pte_accessible(mm, pte) pte_present(pte)
#define pte_protnone(pte) 0
#define arch_make_pte pte_mkyoung

/* Upper levels: an entry leads to a table, or is itself the leaf of a huge page. */
static inline int pmd_none(pmd_t pmd)
{
	return !pmd.pmd;
}

static inline int pmd_present(pmd_t pmd)
{
	return !!(pmd.pmd & (_PAGE_PRESENT | _PAGE_PSE));
}

static inline int pmd_large(pmd_t pmd)
{
	return !!(pmd.pmd & _PAGE_PSE);
}

static inline int pmd_bad(pmd_t pmd)
{
	return pmd.pmd &&
	       (pmd.pmd & (PTE_FLAGS_MASK & ~_PAGE_ACCESSED)) != (_PAGE_TABLE & ~_PAGE_ACCESSED);
}

static inline int pmd_trans_huge(pmd_t pmd)
{
	return 0;
}

static inline int pmd_devmap(pmd_t pmd)
{
	return 0;
}

static inline int pmd_write(pmd_t pmd)
{
	return !!(pmd.pmd & _PAGE_RW);
}

static inline int pmd_uffd_wp(pmd_t pmd)
{
	return !!(pmd.pmd & _PAGE_UFFD_WP);
}

static inline int pmd_swp_uffd_wp(pmd_t pmd)
{
	return !!(pmd.pmd & _PAGE_SWP_UFFD_WP);
}

static inline int pud_none(pud_t pud)
{
	return !pud.pud;
}

static inline int pud_present(pud_t pud)
{
	return !!(pud.pud & _PAGE_PRESENT);
}

static inline int pud_large(pud_t pud)
{
	return (pud.pud & (_PAGE_PSE | _PAGE_PRESENT)) == (_PAGE_PSE | _PAGE_PRESENT);
}

static inline int pud_bad(pud_t pud)
{
	return pud.pud &&
	       (pud.pud & (PTE_FLAGS_MASK & ~_PAGE_ACCESSED)) != (_PAGE_TABLE & ~_PAGE_ACCESSED);
}

static inline int pgd_none(pgd_t pgd)
{
	return !pgd.pgd;
}

static inline int pgd_present(pgd_t pgd)
{
	return !!(pgd.pgd & _PAGE_PRESENT);
}

static inline int p4d_none(p4d_t p4d)
{
	return !p4d.pgd.pgd;
}

static inline int p4d_present(p4d_t p4d)
{
	return !!(p4d.pgd.pgd & _PAGE_PRESENT);
}

static inline int p4d_bad(p4d_t p4d)
{
	return 0;
}

static inline int pgd_bad(pgd_t pgd)
{
	return 0;
}

#define pmd_leaf pmd_large
#define pud_leaf pud_large
#define pmd_pfn(v) (((v).pmd & PTE_PFN_MASK) >> PAGE_SHIFT)
#define pmd_page_vaddr(v) ((v).pmd & PTE_PFN_MASK)
#define pud_page_vaddr(v) ((v).pud & PTE_PFN_MASK)
#define pud_pgtable(v) ((pmd_t *)pud_page_vaddr(v))
#define p4d_pgtable(v) ((pud_t *)((v).pgd.pgd & PTE_PFN_MASK))
#define pmd_clear(p) ((void)((p)->pmd = 0))
#define pud_clear(p) ((void)((p)->pud = 0))
#define p4d_clear(p) ((void)((p)->pgd.pgd = 0))

/* ------------------------------------------------------------- the walk */

#define pte_index(a) (((a) >> PAGE_SHIFT) & 511)
#define pmd_index(a) (((a) >> PMD_SHIFT) & 511)
#define pud_index(a) (((a) >> PUD_SHIFT) & 511)
#define pgd_index(a) (((a) >> PGDIR_SHIFT) & 511)

/* There are four levels: the p4d is the pgd. */
#define pgd_offset(mm, a) ((mm)->pgd + pgd_index(a))
static inline p4d_t *p4d_offset(pgd_t *pgd, unsigned long addr)
{
	return (p4d_t *)pgd;
}

static inline pud_t *pud_offset(p4d_t *p4d, unsigned long addr)
{
	return p4d_pgtable(*p4d) + pud_index(addr);
}

static inline pmd_t *pmd_offset(pud_t *pud, unsigned long addr)
{
	return pud_pgtable(*pud) + pmd_index(addr);
}

static inline pte_t *pte_offset_kernel(pmd_t *pmd, unsigned long addr)
{
	return (pte_t *)pmd_page_vaddr(*pmd) + pte_index(addr);
}

#define pte_offset_map(pmd, addr) pte_offset_kernel(pmd, addr)
#define pte_unmap(pte) ((void)(pte))

static inline unsigned long addr_end_of(unsigned long addr, unsigned long end, unsigned long size)
{
	unsigned long next = (addr + size) & ~(size - 1);

	return next - 1 < end - 1 ? next : end;
}

#define pgd_addr_end(addr, end) addr_end_of(addr, end, PGDIR_SIZE)
#define p4d_addr_end(addr, end) (end)
#define pud_addr_end(addr, end) addr_end_of(addr, end, PUD_SIZE)
#define pmd_addr_end(addr, end) addr_end_of(addr, end, PMD_SIZE)

/* -------------------------------------------------- stores and loads of entries */

#define PT_POINT(p, rw, name) sim_point(p, rw, SIM_SITE(name))
#define set_pte_at(mm, addr, p, v)                         \
	do {                                               \
		pte_t *set_p_ = (p);                       \
		pte_t set_v_ = (v);                        \
		PT_POINT(set_p_, SIM_WRITE, "set_pte_at"); \
		*set_p_ = set_v_;                          \
	} while (0)
#define set_pte(p, v) set_pte_at(NULL, 0, p, v)
#define ptep_get(p) (PT_POINT(p, SIM_READ, "ptep_get"), *(p))
#define ptep_get_lockless(p) (PT_POINT(p, SIM_READ, "ptep_get_lockless"), *(p))
#define pmd_read_atomic(p) (PT_POINT(p, SIM_READ, "pmd_read_atomic"), *(p))
#define pmdp_get_lockless(p) (PT_POINT(p, SIM_READ, "pmdp_get_lockless"), *(p))
#define pte_clear(mm, addr, p) set_pte_at(mm, addr, p, __pte(0))
#define ptep_get_and_clear(mm, addr, p)                              \
	({                                                           \
		pte_t *clear_p_ = (p);                               \
		pte_t clear_v_;                                      \
		PT_POINT(clear_p_, SIM_WRITE, "ptep_get_and_clear"); \
		clear_v_ = *clear_p_;                                \
		*clear_p_ = __pte(0);                                \
		clear_v_;                                            \
	})
#define ptep_set_wrprotect(mm, addr, p)                                  \
	do {                                                             \
		pte_t *wrprotect_p_ = (p);                               \
		PT_POINT(wrprotect_p_, SIM_WRITE, "ptep_set_wrprotect"); \
		*wrprotect_p_ = pte_wrprotect(*wrprotect_p_);            \
	} while (0)
#define ptep_get_and_clear_full(mm, addr, p, full) ptep_get_and_clear(mm, addr, p)
/* What no processor can have cached needs no flush. */
#define ptep_clear_flush(vma, addr, p)                                \
	({                                                            \
		pte_t flushed_v_ = ptep_get_and_clear(NULL, addr, p); \
		if (pte_val(flushed_v_) & _PAGE_PRESENT)              \
			flush_tlb_page(vma, addr);                    \
		flushed_v_;                                           \
	})
#define ptep_clear_flush_notify(vma, addr, p) ptep_clear_flush(vma, addr, p)
#define set_pte_at_notify(mm, addr, p, v) set_pte_at(mm, addr, p, v)
#define ptep_set_access_flags(vma, addr, p, entry, dirty)               \
	({                                                              \
		pte_t *flags_p_ = (p);                                  \
		pte_t flags_v_ = (entry);                               \
		int changed_ = !pte_same(*flags_p_, flags_v_);          \
		PT_POINT(flags_p_, SIM_WRITE, "ptep_set_access_flags"); \
		if (changed_ && (dirty))                                \
			*flags_p_ = flags_v_;                           \
		changed_;                                               \
	})
#define set_pmd(p, v) (PT_POINT(p, SIM_WRITE, "set_pmd"), (void)(*(p) = (v)))
#define set_pud(p, v) (PT_POINT(p, SIM_WRITE, "set_pud"), (void)(*(p) = (v)))
#define set_p4d(p, v) (PT_POINT(p, SIM_WRITE, "set_p4d"), (void)(*(p) = (v)))

/* The processor fetches a new entry by itself, and a fault makes it forget the old one. */
#define update_mmu_cache(vma, addr, p) ((void)(p))
#define update_mmu_tlb(vma, addr, p) ((void)(p))
#define flush_tlb_fix_spurious_fault(vma, addr) ((void)0)

extern unsigned long zero_pfn;
#define my_zero_pfn(addr) (zero_pfn)
#define is_zero_pfn(pfn) ((pfn) == zero_pfn)
#define ZERO_PAGE(addr) (mem_map + zero_pfn)
#define arch_swap_restore(entry, folio) ((void)0)
#define pgprot_modify(old, new) (new)
#define pte_sw_mkyoung(pte) pte_mkyoung(pte)
#define pte_clear_not_present_full(mm, addr, p, full) pte_clear(mm, addr, p)
#define arch_enter_lazy_mmu_mode() ((void)0)
#define arch_leave_lazy_mmu_mode() ((void)0)

#endif
