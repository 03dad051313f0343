/* SPDX-License-Identifier: GPL-2.0-only */
/* tlbflush.h - make processors forget the translations that they have cached */
#ifndef _ASM_X86_TLBFLUSH_H
#define _ASM_X86_TLBFLUSH_H

#include <linux/types.h>
#include <asm/pgtable_types.h>

struct mm_struct;

#define TLB_FLUSH_ALL (~0ul)

void tlb_init(void);
void leave_mm(int cpu);
void flush_tlb_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end,
			unsigned int stride_shift, bool freed_tables);

#define flush_tlb_range(vma, start, end) \
	flush_tlb_mm_range((vma)->vm_mm, start, end, PAGE_SHIFT, false)
#define flush_tlb_page(vma, addr) flush_tlb_range(vma, addr, (addr) + PAGE_SIZE)
#define flush_tlb_mm(mm) flush_tlb_mm_range(mm, 0, TLB_FLUSH_ALL, 0, true)
#define flush_hugetlb_tlb_range(vma, start, end) flush_tlb_range(vma, start, end)
/* Of reclaim, which there is none of. */
#define flush_tlb_batched_pending(mm) ((void)(mm))

/* Whether a processor that has cached the old entry may do what the new one does not allow. */
static inline bool pte_needs_flush(pte_t old, pte_t new)
{
	const pteval_t lost = _PAGE_PRESENT | _PAGE_DIRTY;
	const pteval_t changed = _PAGE_RW | _PAGE_USER | _PAGE_PSE;
	pteval_t diff = pte_val(old) ^ pte_val(new);

	if (!(pte_val(old) & _PAGE_PRESENT))
		return false;
	if (diff & (PTE_PFN_MASK | changed))
		return true;
	/* The processor sets them by itself, but only where its TLB has them as clear. */
	return diff & pte_val(old) & lost;
}

#endif
