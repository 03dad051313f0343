/* SPDX-License-Identifier: GPL-2.0-only */
/* kernel.h */
#ifndef _LINUX_KERNEL_H
#define _LINUX_KERNEL_H

#include <linux/align.h>
#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/types.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define BIT(n) (1ul << (n))
#define BITS_PER_LONG 64
#define might_sleep() sim_might_sleep(SIM_SITE("might_sleep"))
#define might_alloc(gfp) might_sleep()

#endif
