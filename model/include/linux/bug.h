/* SPDX-License-Identifier: GPL-2.0-only */
/* bug.h - what the kernel itself asserts is an invariant here */
#ifndef _LINUX_BUG_H
#define _LINUX_BUG_H

#include <linux/compiler.h>
#include <linux/build_bug.h>

#define BUG() sim_bug(SIM_SITE("BUG"), "reached")
#define BUG_ON(cond)                                                              \
	do {                                                                      \
		if (unlikely(cond))                                               \
			sim_bug(SIM_SITE("BUG_ON"), #cond);                       \
	} while (0)
#define WARN_ON(cond)                                                             \
	({                                                                        \
		int warn_on_ = !!(cond);                                          \
		if (unlikely(warn_on_))                                           \
			sim_warn(SIM_SITE("WARN_ON"), #cond);                     \
		warn_on_;                                                         \
	})
#define WARN_ON_ONCE(cond) WARN_ON(cond)
#define WARN_ONCE(cond, ...) WARN_ON(cond)
#define WARN(cond, ...) WARN_ON(cond)

#endif
