/* SPDX-License-Identifier: GPL-2.0-only */
/* rwsem.h - a waiting writer stops new readers */
#ifndef _LINUX_RWSEM_H
#define _LINUX_RWSEM_H

#include <linux/errno.h>
#include <linux/lockdep.h>

int killed_while_waiting(void);

struct rw_semaphore {
	struct sim_lock sim;
};

#define init_rwsem(s) sim_lock_init(&(s)->sim, SIM_RWSEM, LOCK_CLASS(#s))
#define down_read(s) sim_lock_shared(&(s)->sim, SIM_SITE("down_read"))
#define down_read_trylock(s) sim_trylock_shared(&(s)->sim, SIM_SITE("down_read_trylock"))
#define up_read(s) sim_unlock_shared(&(s)->sim, SIM_SITE("up_read"))
#define down_write(s) sim_lock(&(s)->sim, SIM_SITE("down_write"))
#define down_write_nested(s, sub) sim_lock_nested(&(s)->sim, SIM_SITE("down_write"))
#define down_write_killable(s)                                                               \
	(sim_lock_unless(&(s)->sim, killed_while_waiting, SIM_SITE("down_write_killable")) ? \
		 0 :                                                                         \
		 -EINTR)
#define down_write_trylock(s) sim_trylock(&(s)->sim, SIM_SITE("down_write_trylock"))
#define up_write(s) sim_unlock(&(s)->sim, SIM_SITE("up_write"))
#define downgrade_write(s) sim_lock_downgrade(&(s)->sim)
#define rwsem_is_locked(s) sim_lock_is_held(&(s)->sim)

#endif
