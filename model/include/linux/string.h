/* SPDX-License-Identifier: GPL-2.0-only */
/* string.h - memory functions that the undo log knows of */
#ifndef _LINUX_STRING_H
#define _LINUX_STRING_H

#include <linux/types.h>
#include "sim/sim.h"

#define memset(p, c, n) sim_memset(p, c, n)
#define memcpy(d, s, n) sim_memcpy(d, s, n)

size_t strlen(const char *s);
int strcmp(const char *a, const char *b);

#endif
