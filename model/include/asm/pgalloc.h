/* SPDX-License-Identifier: GPL-2.0-only */
/* pgalloc.h - page tables are made and freed */
#ifndef _ASM_X86_PGALLOC_H
#define _ASM_X86_PGALLOC_H

#include <linux/mm.h>

void pgtable_cache_init(void);
struct ptable *ptable_alloc_at(struct mm_struct *mm, unsigned int level,
			       const struct sim_site *point, const struct sim_site *fail);
void ptable_free(struct ptable *table);

#define PTABLE_ALLOC(mm, level, name) \
	ptable_alloc_at(mm, level, SIM_SITE(name), SIM_SITE("pt_alloc"))
#define pte_alloc_one(mm) PTABLE_ALLOC(mm, 1, "pte_alloc_one")
#define pmd_alloc_one(mm, addr) ((pmd_t *)PTABLE_ALLOC(mm, 2, "pmd_alloc_one"))
#define pud_alloc_one(mm, addr) ((pud_t *)PTABLE_ALLOC(mm, 3, "pud_alloc_one"))
#define pgd_alloc(mm) ((pgd_t *)PTABLE_ALLOC(mm, 4, "pgd_alloc"))
#define pte_free(mm, table) ((void)(mm), ptable_free(table))
#define pmd_free(mm, pmd) ((void)(mm), ptable_free((struct ptable *)(pmd)))
#define pud_free(mm, pud) ((void)(mm), ptable_free((struct ptable *)(pud)))
#define pgd_free(mm, pgd) ((void)(mm), ptable_free((struct ptable *)(pgd)))

#define PTABLE_ENTRY(table) ((unsigned long)(table) | _PAGE_TABLE)
#define pmd_populate(mm, p, table) set_pmd(p, __pmd(PTABLE_ENTRY(table)))
#define pud_populate(mm, p, pmd) set_pud(p, __pud(PTABLE_ENTRY(pmd)))
#define p4d_populate(mm, p, pud) set_p4d(p, __p4d(PTABLE_ENTRY(pud)))
#define pmd_pgtable(pmd) ((struct ptable *)pmd_page_vaddr(pmd))

#define __tlb_remove_table(table) ptable_free((struct ptable *)(table))
#define pte_free_tlb(tlb, table, addr) ((tlb)->freed_tables = 1, tlb_remove_table(tlb, table))
#define pmd_free_tlb(tlb, pmd, addr) ((tlb)->freed_tables = 1, tlb_remove_table(tlb, pmd))
#define pud_free_tlb(tlb, pud, addr) ((tlb)->freed_tables = 1, tlb_remove_table(tlb, pud))

#endif
