/* SPDX-License-Identifier: GPL-2.0-only */
/* mutex.h */
#ifndef _LINUX_MUTEX_H
#define _LINUX_MUTEX_H

#include <linux/lockdep.h>

struct mutex {
	struct sim_lock sim;
};

#define mutex_init(m) sim_lock_init(&(m)->sim, SIM_MUTEX, LOCK_CLASS(#m))
#define mutex_lock(m) sim_lock(&(m)->sim, SIM_SITE("mutex_lock"))
#define mutex_trylock(m) sim_trylock(&(m)->sim, SIM_SITE("mutex_trylock"))
#define mutex_unlock(m) sim_unlock(&(m)->sim, SIM_SITE("mutex_unlock"))
#define mutex_is_locked(m) sim_lock_is_held(&(m)->sim)

#endif
