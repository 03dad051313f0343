/* SPDX-License-Identifier: GPL-2.0-only */
/* pgtable_types.h - bits and types of page-table entries, as x86-64 has them */
#ifndef _ASM_X86_PGTABLE_TYPES_H
#define _ASM_X86_PGTABLE_TYPES_H

#include <linux/types.h>
#include <asm/page.h>

#define PMD_SHIFT 21
#define PMD_SIZE (1ul << PMD_SHIFT)
#define PMD_MASK (~(PMD_SIZE - 1))
#define PUD_SHIFT 30
#define PUD_SIZE (1ul << PUD_SHIFT)
#define PUD_MASK (~(PUD_SIZE - 1))
#define P4D_SHIFT 39
#define P4D_SIZE (1ul << P4D_SHIFT)
#define P4D_MASK (~(P4D_SIZE - 1))
#define PGDIR_SHIFT 39
#define PGDIR_SIZE (1ul << PGDIR_SHIFT)
#define PGDIR_MASK (~(PGDIR_SIZE - 1))
#define PTRS_PER_PTE 512
#define PTRS_PER_PMD 512
#define PTRS_PER_PUD 512
#define PTRS_PER_PGD 512
#define FIRST_USER_ADDRESS 0ul
#define USER_PGTABLES_CEILING 0ul

#define _PAGE_PRESENT 0x001ul
#define _PAGE_RW 0x002ul
#define _PAGE_USER 0x004ul
#define _PAGE_ACCESSED 0x020ul
#define _PAGE_DIRTY 0x040ul
#define _PAGE_PSE 0x080ul
#define _PAGE_PROTNONE 0x100ul
#define _PAGE_SPECIAL 0x200ul /* SOFTW1 */
#define _PAGE_UFFD_WP 0x400ul /* SOFTW2 */
/* In an entry that is not present. */
#define _PAGE_SWP_UFFD_WP _PAGE_USER
#define _PAGE_TABLE (_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED | _PAGE_DIRTY)

#define PTE_PFN_MASK 0x000ffffffffff000ul
#define PTE_FLAGS_MASK (~PTE_PFN_MASK)

typedef unsigned long pteval_t;
typedef struct {
	pteval_t pte;
} pte_t;
typedef struct {
	unsigned long pmd;
} pmd_t;
typedef struct {
	unsigned long pud;
} pud_t;
typedef struct {
	unsigned long pgd;
} pgd_t;
typedef struct {
	pgd_t pgd;
} p4d_t;
typedef struct {
	unsigned long pgprot;
} pgprot_t;
typedef struct ptable *pgtable_t;

#define __pte(x) ((pte_t){ x })
#define __pmd(x) ((pmd_t){ x })
#define __pud(x) ((pud_t){ x })
#define __pgd(x) ((pgd_t){ x })
#define __p4d(x) ((p4d_t){ { x } })
#define __pgprot(x) ((pgprot_t){ x })
#define pte_val(x) ((x).pte)
#define pmd_val(x) ((x).pmd)
#define pud_val(x) ((x).pud)
#define pgd_val(x) ((x).pgd)
#define p4d_val(x) ((x).pgd.pgd)
#define pgprot_val(x) ((x).pgprot)

#define PAGE_NONE __pgprot(_PAGE_PROTNONE | _PAGE_ACCESSED)
#define PAGE_READONLY __pgprot(_PAGE_PRESENT | _PAGE_USER | _PAGE_ACCESSED)
#define PAGE_SHARED __pgprot(_PAGE_PRESENT | _PAGE_RW | _PAGE_USER | _PAGE_ACCESSED)

#endif
