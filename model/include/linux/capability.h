/* SPDX-License-Identifier: GPL-2.0-only */
/* capability.h */
#ifndef _LINUX_CAPABILITY_H
#define _LINUX_CAPABILITY_H

#include <linux/sched.h>

#define CAP_IPC_LOCK 14
#define CAP_SYS_PTRACE 19

static inline bool capable(int cap)
{
	return current->capabilities >> cap & 1;
}

#endif
