/* SPDX-License-Identifier: GPL-2.0-only */
/* task_work.h - what a task does on its way back to user mode */
#ifndef _LINUX_TASK_WORK_H
#define _LINUX_TASK_WORK_H

#include <linux/fs.h>
#include <linux/sched.h>

enum task_work_notify_mode { TWA_NONE, TWA_RESUME, TWA_SIGNAL };

static inline void init_task_work(struct callback_head *work, void (*func)(struct callback_head *))
{
	work->func = func;
}

int task_work_add(struct task_struct *task, struct callback_head *work,
		  enum task_work_notify_mode mode);
void task_work_run(void);

#endif
