/* SPDX-License-Identifier: GPL-2.0-only */
/* seqlock.h */
#ifndef _LINUX_SEQLOCK_H
#define _LINUX_SEQLOCK_H

#include <linux/spinlock.h>

/* The writer holds @lock; a reader that meets an odd number waits for it to become even. */
typedef struct {
	unsigned int sequence;
	spinlock_t *lock;
} seqcount_spinlock_t;

#define seqcount_spinlock_init(s, l) ((void)((s)->sequence = 0), (void)((s)->lock = (l)))

#define read_seqcount_begin(s)                                              \
	({                                                                  \
		seqcount_spinlock_t *seq_ = (s);                            \
		unsigned int start_;                                        \
		sim_point(seq_, SIM_READ, SIM_SITE("read_seqcount_begin")); \
		while ((start_ = seq_->sequence) & 1)                       \
			sim_spin(seq_, SIM_SITE("read_seqcount_begin"));    \
		start_;                                                     \
	})
#define read_seqcount_retry(s, start)                                       \
	({                                                                  \
		seqcount_spinlock_t *seq_ = (s);                            \
		sim_point(seq_, SIM_READ, SIM_SITE("read_seqcount_retry")); \
		seq_->sequence != (start);                                  \
	})
#define write_seqcount_begin(s)                                               \
	do {                                                                  \
		seqcount_spinlock_t *seq_ = (s);                              \
		lockdep_assert_held(seq_->lock);                              \
		seq_->sequence++;                                             \
		sim_point(seq_, SIM_WRITE, SIM_SITE("write_seqcount_begin")); \
	} while (0)
#define write_seqcount_end(s)                                               \
	do {                                                                \
		seqcount_spinlock_t *seq_ = (s);                            \
		seq_->sequence++;                                           \
		sim_point(seq_, SIM_WRITE, SIM_SITE("write_seqcount_end")); \
	} while (0)

#endif
