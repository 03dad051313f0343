/* SPDX-License-Identifier: GPL-2.0-only */
/* mmdebug.h - always on: Debian's kernel does not evaluate these */
#ifndef _LINUX_MMDEBUG_H
#define _LINUX_MMDEBUG_H

#include <linux/bug.h>

static inline void sim_point_none(const void *obj, enum sim_access rw, const struct sim_site *site)
{
}

/*
 * What the kernel does not even look at must not give the processor away: in the condition
 * the primitives find a sim_point() that does nothing.
 */
#define NO_POINT __typeof__(&sim_point_none) sim_point __maybe_unused = sim_point_none

#define VM_BUG_ON_TEXT(cond, text)       \
	do {                             \
		NO_POINT;                \
		BUG_ON_TEXT(cond, text); \
	} while (0)
#define VM_WARN_ON_TEXT(cond, text)       \
	({                                \
		NO_POINT;                 \
		WARN_ON_TEXT(cond, text); \
	})

#define VM_BUG_ON(cond) VM_BUG_ON_TEXT(cond, #cond)
#define VM_BUG_ON_PAGE(cond, page) VM_BUG_ON_TEXT(cond, #cond)
#define VM_BUG_ON_FOLIO(cond, folio) VM_BUG_ON_TEXT(cond, #cond)
#define VM_BUG_ON_VMA(cond, vma) VM_BUG_ON_TEXT(cond, #cond)
#define VM_BUG_ON_MM(cond, mm) VM_BUG_ON_TEXT(cond, #cond)
#define VM_WARN_ON(cond) ((void)VM_WARN_ON_TEXT(cond, #cond))
#define VM_WARN_ON_ONCE(cond) ((void)VM_WARN_ON_TEXT(cond, #cond))
#define VM_WARN_ON_ONCE_FOLIO(cond, folio) VM_WARN_ON_TEXT(cond, #cond)
#define VM_WARN_ON_FOLIO(cond, folio) VM_WARN_ON_TEXT(cond, #cond)
#define VM_WARN_ON_ONCE_PAGE(cond, page) VM_WARN_ON_TEXT(cond, #cond)

#endif
