/* SPDX-License-Identifier: GPL-2.0-only */
/* nodemask.h - one node */
#ifndef _LINUX_NODEMASK_H
#define _LINUX_NODEMASK_H

typedef unsigned long nodemask_t;
#define NUMA_NO_NODE (-1)

#endif
