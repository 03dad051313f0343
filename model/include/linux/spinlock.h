/* SPDX-License-Identifier: GPL-2.0-only */
/* spinlock.h */
#ifndef _LINUX_SPINLOCK_H
#define _LINUX_SPINLOCK_H

#include <linux/compiler.h>
#include <linux/lockdep.h>

typedef struct {
	struct sim_lock sim;
} spinlock_t;

#define __SPIN_LOCK_UNLOCKED(name)             \
	{                                      \
		.sim = {.kind = SIM_SPINLOCK } \
	}
#define DEFINE_SPINLOCK(name) spinlock_t name = __SPIN_LOCK_UNLOCKED(name)

#define spin_lock_init(l) sim_lock_init(&(l)->sim, SIM_SPINLOCK, LOCK_CLASS(#l))
#define spin_lock(l) sim_lock(&(l)->sim, SIM_SITE("spin_lock"))
#define spin_lock_nested(l, sub) sim_lock_nested(&(l)->sim, SIM_SITE("spin_lock"))
#define spin_trylock(l) sim_trylock(&(l)->sim, SIM_SITE("spin_trylock"))
#define spin_unlock(l) sim_unlock(&(l)->sim, SIM_SITE("spin_unlock"))
#define spin_is_locked(l) sim_lock_is_held(&(l)->sim)

/* There are no interrupts to keep out: the irq forms are the plain ones. */
#define spin_lock_irq(l) sim_lock(&(l)->sim, SIM_SITE("spin_lock_irq"))
#define spin_unlock_irq(l) sim_unlock(&(l)->sim, SIM_SITE("spin_unlock_irq"))
#define spin_lock_irqsave(l, flags) \
	((void)((flags) = 0), sim_lock(&(l)->sim, SIM_SITE("spin_lock_irqsave")))
#define spin_unlock_irqrestore(l, flags) \
	((void)(flags), sim_unlock(&(l)->sim, SIM_SITE("spin_unlock_irqrestore")))
#define assert_spin_locked(l) lockdep_assert_held(l)

/* The last reference takes the lock with it: tried without it first. */
#define atomic_dec_and_lock(v, l)                                                             \
	({                                                                                    \
		atomic_t *dec_ = (v);                                                         \
		spinlock_t *dec_lock_ = (l);                                                  \
		int last_ = 0;                                                                \
		sim_point(dec_, SIM_WRITE, SIM_SITE("atomic_dec_and_lock"));                  \
		if (dec_->counter > 1) {                                                      \
			dec_->counter--;                                                      \
		} else {                                                                      \
			sim_lock(&dec_lock_->sim, SIM_SITE("atomic_dec_and_lock"));           \
			last_ = !--dec_->counter;                                             \
			macro_if(!last_)                                                      \
				sim_unlock(&dec_lock_->sim, SIM_SITE("atomic_dec_and_lock")); \
		}                                                                             \
		last_;                                                                        \
	})

typedef spinlock_t raw_spinlock_t;
#define raw_spin_lock_init(l) spin_lock_init(l)
#define raw_spin_lock(l) spin_lock(l)
#define raw_spin_unlock(l) spin_unlock(l)

#endif
