/* SPDX-License-Identifier: GPL-2.0-only */
/* memcontrol.h - charging can fail, and that is all */
#ifndef _LINUX_MEMCONTROL_H
#define _LINUX_MEMCONTROL_H

#include <linux/errno.h>
#include <linux/kernel.h>

struct folio;

/* The charge of a page; fails by injection only. */
#define mem_cgroup_charge(folio, mm, gfp)                                   \
	({                                                                  \
		sim_point(folio, SIM_WRITE, SIM_SITE("mem_cgroup_charge")); \
		sim_should_fail(SIM_SITE("charge")) ? -ENOMEM : 0;          \
	})
#define mem_cgroup_uncharge(folio) ((void)(folio))
#define count_memcg_event_mm(mm, event) ((void)0)

#endif
