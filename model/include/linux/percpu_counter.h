/* SPDX-License-Identifier: GPL-2.0-only */
/* percpu_counter.h - one number here */
#ifndef _LINUX_PERCPU_COUNTER_H
#define _LINUX_PERCPU_COUNTER_H

#include <linux/types.h>
#include <linux/compiler.h>

struct percpu_counter {
	s64 count;
};

#define percpu_counter_init(c, n, gfp) ((c)->count = (n), 0)
#define percpu_counter_destroy(c) ((void)(c))
#define percpu_counter_add(c, n) \
	(sim_point(c, SIM_WRITE, SIM_SITE("percpu_counter_add")), (void)((c)->count += (n)))
#define percpu_counter_sub(c, n) \
	(sim_point(c, SIM_WRITE, SIM_SITE("percpu_counter_sub")), (void)((c)->count -= (n)))
#define percpu_counter_compare(c, n)                                 \
	(sim_point(c, SIM_READ, SIM_SITE("percpu_counter_compare")), \
	 (c)->count < (s64)(n) ? -1 : (c)->count > (s64)(n))
#define percpu_counter_sum(c) ((c)->count)

#endif
