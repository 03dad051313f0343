/* SPDX-License-Identifier: GPL-2.0-only */
/* bugs.h - in what the kernels differ: rows of model/bugs.def */
#ifndef UFFDSIM_BUGS_H
#define UFFDSIM_BUGS_H

#include <linux/compiler.h>
#include <linux/types.h>

enum kernel_bug {
#pragma push_macro("BUG")
#undef BUG
#define BUG(name, what, fix, kernels) BUG_##name,
#include "model/bugs.def"
#undef BUG
#pragma pop_macro("BUG")
	NR_KERNEL_BUGS
};

extern unsigned long kernel_bugs; /* the rows of the running kernel, one bit each */

/* Asked at exactly the line concerned. */
#define kernel_has(name) __builtin_expect(READ_FIXED(kernel_bugs) >> BUG_##name & 1, 0)

#endif
