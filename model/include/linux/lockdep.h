/* SPDX-License-Identifier: GPL-2.0-only */
/* lockdep.h - the checks themselves are sim/lock.c */
#ifndef _LINUX_LOCKDEP_H
#define _LINUX_LOCKDEP_H

#include <linux/bug.h>
#include <linux/mmdebug.h>

/* The class of a lock is known by the text it is initialised with; looked up once a place. */
#define LOCK_CLASS(expr)                                            \
	({                                                          \
		static unsigned int class_;                         \
		macro_if(!class_) class_ = sim_lock_class_of(expr); \
		class_;                                             \
	})

#define lockdep_assert_held(l) BUG_ON_TEXT(!sim_lock_is_mine(&(l)->sim), "not held: " #l)
#define lockdep_assert_held_write(l) \
	BUG_ON_TEXT(!sim_lock_is_mine_exclusive(&(l)->sim), "not held for writing: " #l)
#define lockdep_is_held(l) sim_lock_is_mine(&(l)->sim)
#define lockdep_set_class(l, key) ((void)((l)->sim.class_ = LOCK_CLASS(#key)))
#define SINGLE_DEPTH_NESTING 1

struct lock_class_key {
};

#endif
