/* SPDX-License-Identifier: GPL-2.0-only */
/* sched/mm.h - the two counts of an address space */
#ifndef _LINUX_SCHED_MM_H
#define _LINUX_SCHED_MM_H

#include <linux/mm_types.h>
#include <linux/sched.h>

struct mm_struct *mm_alloc(void);
void __mmdrop(struct mm_struct *mm);
void __mmput(struct mm_struct *mm);

/* mm_count keeps the structure, mm_users keeps the memory as well. */
#define mmgrab(mm) atomic_inc(&(mm)->mm_count)
#define mmdrop(mm)                                                           \
	do {                                                                 \
		struct mm_struct *mm_ = (mm);                                \
		macro_if(atomic_dec_and_test(&mm_->mm_count)) __mmdrop(mm_); \
	} while (0)
#define mmget(mm) atomic_inc(&(mm)->mm_users)
#define mmget_not_zero(mm) atomic_inc_not_zero(&(mm)->mm_users)
#define mmput(mm)                                                           \
	do {                                                                \
		struct mm_struct *mm_ = (mm);                               \
		sim_might_sleep(SIM_SITE("mmput"));                         \
		macro_if(atomic_dec_and_test(&mm_->mm_users)) __mmput(mm_); \
	} while (0)

#endif
