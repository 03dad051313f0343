/* SPDX-License-Identifier: GPL-2.0-only */
/* rcupdate.h - read sections must not sleep; the arena keeps freed objects */
#ifndef _LINUX_RCUPDATE_H
#define _LINUX_RCUPDATE_H

#include <linux/compiler.h>

#define rcu_read_lock() sim_atomic_enter("rcu_read_lock")
#define rcu_read_unlock() sim_atomic_leave("rcu_read_lock")
#define rcu_dereference(p) READ_ONCE(p)
#define rcu_assign_pointer(p, v) WRITE_ONCE(p, v)
#define synchronize_rcu() sim_might_sleep(SIM_SITE("synchronize_rcu"))

#endif
