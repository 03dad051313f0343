/* SPDX-License-Identifier: GPL-2.0-only */
/* mmu_notifier.h - nobody is notified; the calls keep the order of steps */
#ifndef _LINUX_MMU_NOTIFIER_H
#define _LINUX_MMU_NOTIFIER_H

#include <linux/mm_types.h>

#define MMU_NOTIFY_UNMAP 0
#define MMU_NOTIFY_CLEAR 1
#define MMU_NOTIFY_PROTECTION_VMA 2
#define MMU_NOTIFY_PROTECTION_PAGE 4

struct mmu_notifier_range {
	unsigned long start, end;
};

static inline void mmu_notifier_range_init(struct mmu_notifier_range *range, unsigned int event,
					   unsigned int flags, struct vm_area_struct *vma,
					   struct mm_struct *mm, unsigned long start,
					   unsigned long end)
{
	range->start = start;
	range->end = end;
}

#define mmu_notifier_invalidate_range_start(r) ((void)(r))
#define mmu_notifier_invalidate_range_end(r) ((void)(r))
#define mmu_notifier_invalidate_range_only_end(r) ((void)(r))
#define mmu_notifier_invalidate_range(mm, start, end) ((void)0)
#define mmu_notifier_release(mm) ((void)(mm))

#endif
