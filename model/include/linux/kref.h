/* SPDX-License-Identifier: GPL-2.0-only */
/* kref.h */
#ifndef _LINUX_KREF_H
#define _LINUX_KREF_H

#include <linux/refcount.h>

struct kref {
	refcount_t refcount;
};

#define kref_init(k) refcount_set(&(k)->refcount, 1)
#define kref_get(k) refcount_inc(&(k)->refcount)
#define kref_put(k, release)                                         \
	({                                                           \
		struct kref *kref_ = (k);                            \
		int last_ = refcount_dec_and_test(&kref_->refcount); \
		macro_if(last_) release(kref_);                      \
		last_;                                               \
	})

#endif
