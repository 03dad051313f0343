/* SPDX-License-Identifier: GPL-2.0-only */
/* tlbflush.h - TLBs come later */
#ifndef _ASM_X86_TLBFLUSH_H
#define _ASM_X86_TLBFLUSH_H

#define flush_tlb_page(vma, addr) ((void)(vma), (void)(addr))
#define flush_tlb_range(vma, start, end) ((void)(vma), (void)(start), (void)(end))
#define flush_tlb_mm(mm) ((void)(mm))
#define flush_tlb_batched_pending(mm) ((void)(mm))
#define flush_hugetlb_tlb_range(vma, start, end) ((void)(vma))

#endif
