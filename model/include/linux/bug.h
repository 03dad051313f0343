/* SPDX-License-Identifier: GPL-2.0-only */
/* bug.h - what the kernel itself asserts is an invariant here */
#ifndef _LINUX_BUG_H
#define _LINUX_BUG_H

#include <linux/compiler.h>
#include <linux/build_bug.h>

/* The text is taken where the condition is written, before macros in it are expanded. */
#define BUG_ON_TEXT(cond, text)                                             \
	do {                                                                \
		macro_if(unlikely(cond)) sim_bug(SIM_SITE("BUG_ON"), text); \
	} while (0)
#define WARN_ON_TEXT(cond, text)                                                  \
	({                                                                        \
		int warn_on_ = !!(cond);                                          \
		macro_if(unlikely(warn_on_)) sim_warn(SIM_SITE("WARN_ON"), text); \
		warn_on_;                                                         \
	})

#define BUG()                                        \
	do {                                         \
		sim_bug(SIM_SITE("BUG"), "reached"); \
		__builtin_unreachable();             \
	} while (0)
#define BUG_ON(cond) BUG_ON_TEXT(cond, #cond)
#define WARN_ON(cond) WARN_ON_TEXT(cond, #cond)
#define WARN_ON_ONCE(cond) WARN_ON_TEXT(cond, #cond)
#define WARN_ONCE(cond, ...) WARN_ON_TEXT(cond, #cond)
#define WARN(cond, ...) WARN_ON_TEXT(cond, #cond)

#endif
