/* SPDX-License-Identifier: GPL-2.0-only */
/* sched/coredump.h */
#ifndef _LINUX_SCHED_COREDUMP_H
#define _LINUX_SCHED_COREDUMP_H



#endif
