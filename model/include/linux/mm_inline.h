/* SPDX-License-Identifier: GPL-2.0-only */
/* mm_inline.h */
#ifndef _LINUX_MM_INLINE_H
#define _LINUX_MM_INLINE_H

#include <linux/mm_types.h>

#define anon_vma_name(vma) ((struct anon_vma_name *)NULL)
#define anon_vma_name_eq(a, b) 1
#define inc_tlb_flush_pending(mm) atomic_inc(&(mm)->tlb_flush_pending)
#define dec_tlb_flush_pending(mm) atomic_dec(&(mm)->tlb_flush_pending)
#define mm_tlb_flush_pending(mm) (atomic_read(&(mm)->tlb_flush_pending) != 0)
#define mm_tlb_flush_nested(mm) (atomic_read(&(mm)->tlb_flush_pending) > 1)

#endif
