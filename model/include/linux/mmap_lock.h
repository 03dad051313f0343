/* SPDX-License-Identifier: GPL-2.0-only */
/* mmap_lock.h */
#ifndef _LINUX_MMAP_LOCK_H
#define _LINUX_MMAP_LOCK_H

#include <linux/errno.h>
#include <linux/mm_types.h>
#include <linux/sched/signal.h>

#define mmap_init_lock(mm) init_rwsem(&(mm)->mmap_lock)
#define mmap_write_lock(mm) sim_lock(&(mm)->mmap_lock.sim, SIM_SITE("mmap_write_lock"))
#define mmap_write_lock_nested(mm, sub) \
	sim_lock_nested(&(mm)->mmap_lock.sim, SIM_SITE("mmap_write_lock_nested"))
#define mmap_write_lock_killable(mm)                                 \
	(sim_lock_unless(&(mm)->mmap_lock.sim, killed_while_waiting, \
			 SIM_SITE("mmap_write_lock")) ?              \
		 0 :                                                 \
		 -EINTR)
#define mmap_write_unlock(mm) sim_unlock(&(mm)->mmap_lock.sim, SIM_SITE("mmap_write_unlock"))
#define mmap_write_downgrade(mm) sim_lock_downgrade(&(mm)->mmap_lock.sim)
#define mmap_read_lock(mm) sim_lock_shared(&(mm)->mmap_lock.sim, SIM_SITE("mmap_read_lock"))
#define mmap_read_lock_killable(mm)                                         \
	(sim_lock_shared_unless(&(mm)->mmap_lock.sim, killed_while_waiting, \
				SIM_SITE("mmap_read_lock")) ?               \
		 0 :                                                        \
		 -EINTR)
#define mmap_read_trylock(mm) \
	sim_trylock_shared(&(mm)->mmap_lock.sim, SIM_SITE("mmap_read_trylock"))
#define mmap_read_unlock(mm) sim_unlock_shared(&(mm)->mmap_lock.sim, SIM_SITE("mmap_read_unlock"))
#define mmap_assert_locked(mm) lockdep_assert_held(&(mm)->mmap_lock)
#define mmap_assert_write_locked(mm) lockdep_assert_held_write(&(mm)->mmap_lock)

#endif
