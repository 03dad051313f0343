/* SPDX-License-Identifier: GPL-2.0-only */
/* tlb.h - what is taken out of an address space waits here until no TLB leads to it */
#ifndef _ASM_X86_TLB_H
#define _ASM_X86_TLB_H

#include <linux/mm_types.h>
#include <asm/tlbflush.h>

#define MMU_GATHER_BUNDLE 8
#define MAX_GATHER_BATCH 126
#define MAX_GATHER_BATCH_COUNT 80
#define MAX_TABLE_BATCH 32

struct mmu_gather_batch {
	struct mmu_gather_batch *next;
	unsigned int nr;
	unsigned int max;
	struct page *pages[0]; /* of local: __pages, which follows it */
};

struct mmu_gather {
	struct mm_struct *mm;
	unsigned long start, end;
	unsigned int fullmm : 1;
	unsigned int need_flush_all : 1;
	unsigned int freed_tables : 1;
	unsigned int unshared_tables : 1;
	unsigned int fully_unshared_tables : 1;
	unsigned int nr_tables;
	unsigned int batch_count;
	void *tables[MAX_TABLE_BATCH];
	struct mmu_gather_batch *active;
	struct mmu_gather_batch local;
	struct page *__pages[MMU_GATHER_BUNDLE];
};

static inline void __tlb_reset_range(struct mmu_gather *tlb)
{
	tlb->start = tlb->fullmm ? 0 : ~0ul;
	tlb->end = tlb->fullmm ? ~0ul : 0;
	tlb->freed_tables = 0;
}

static inline void tlb_adjust_range(struct mmu_gather *tlb, unsigned long addr, unsigned long size)
{
	if (addr < tlb->start)
		tlb->start = addr;
	if (addr + size > tlb->end)
		tlb->end = addr + size;
}

#define tlb_start_vma(tlb, vma) ((void)(tlb))
#define tlb_end_vma(tlb, vma) ((void)(tlb))
#define tlb_flush_pte_range(tlb, addr, size) tlb_adjust_range(tlb, addr, size)
#define tlb_change_page_size(tlb, size) ((void)(tlb))
#define tlb_remove_tlb_entry(tlb, p, addr) tlb_adjust_range(tlb, addr, PAGE_SIZE)
#define tlb_remove_huge_tlb_entry(h, tlb, p, addr) tlb_adjust_range(tlb, addr, huge_page_size(h))
#define __tlb_remove_page(tlb, page) __tlb_remove_page_size(tlb, page, PAGE_SIZE)
#define tlb_remove_page_size(tlb, page, size)                \
	do {                                                 \
		if (__tlb_remove_page_size(tlb, page, size)) \
			tlb_flush_mmu(tlb);                  \
	} while (0)

bool __tlb_remove_page_size(struct mmu_gather *tlb, struct page *page, int page_size);
void tlb_remove_table(struct mmu_gather *tlb, void *table);
void tlb_flush_mmu_tlbonly(struct mmu_gather *tlb);
void tlb_flush_mmu(struct mmu_gather *tlb);
void tlb_gather_mmu(struct mmu_gather *tlb, struct mm_struct *mm);
void tlb_gather_mmu_fullmm(struct mmu_gather *tlb, struct mm_struct *mm);
void tlb_gather_mmu_vma(struct mmu_gather *tlb, struct vm_area_struct *vma);
void tlb_finish_mmu(struct mmu_gather *tlb);

#endif
