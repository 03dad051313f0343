/* SPDX-License-Identifier: GPL-2.0-only */
/* refcount.h - a count that complains when it comes back from zero */
#ifndef _LINUX_REFCOUNT_H
#define _LINUX_REFCOUNT_H

#include <linux/atomic.h>
#include <linux/bug.h>

typedef struct {
	atomic_t refs;
} refcount_t;

#define REFCOUNT_INIT(n)               \
	{                              \
		.refs = ATOMIC_INIT(n) \
	}

#define refcount_set(r, n) atomic_set(&(r)->refs, n)
#define refcount_read(r) atomic_read(&(r)->refs)
#define refcount_inc(r)                                                                          \
	do {                                                                                     \
		refcount_t *refcount_ = (r);                                                     \
		sim_point(refcount_, SIM_WRITE, SIM_SITE("refcount_inc"));                       \
		macro_if(atomic_raw_add(&refcount_->refs, 1) <= 1)                               \
			sim_warn(SIM_SITE("refcount_t"), "increment from zero: use after free"); \
	} while (0)
#define refcount_inc_not_zero(r) atomic_inc_not_zero(&(r)->refs)
#define refcount_dec_and_test(r)                                                              \
	({                                                                                    \
		refcount_t *refcount_ = (r);                                                  \
		int left_;                                                                    \
		sim_point(refcount_, SIM_WRITE, SIM_SITE("refcount_dec_and_test"));           \
		left_ = atomic_raw_add(&refcount_->refs, -1);                                 \
		macro_if(left_ < 0) sim_warn(SIM_SITE("refcount_t"), "decrement below zero"); \
		left_ == 0;                                                                   \
	})

#endif
