/* SPDX-License-Identifier: GPL-2.0-only */
/* sched/task.h - nothing of it is needed */
#ifndef _LINUX_SCHED_TASK_H
#define _LINUX_SCHED_TASK_H



#endif
