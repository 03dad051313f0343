/* SPDX-License-Identifier: GPL-2.0-only */
/* build_bug.h */
#ifndef _LINUX_BUILD_BUG_H
#define _LINUX_BUILD_BUG_H

#define BUILD_BUG_ON(cond) _Static_assert(!(cond), "BUILD_BUG_ON: " #cond)
#define BUILD_BUG() \
	do {        \
	} while (0)

#endif
