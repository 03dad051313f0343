/* SPDX-License-Identifier: GPL-2.0-only */
/* sched/task.h - tasks come and go (model/kernel/fork.c) */
#ifndef _LINUX_SCHED_TASK_H
#define _LINUX_SCHED_TASK_H

#include <linux/sched.h>

void fork_init(void);
struct task_struct *process_create(const char *name);
struct task_struct *thread_create(struct task_struct *leader, const char *name);
struct task_struct *task_create_unborn(const char *name);
long sys_fork(struct task_struct *child);
void thread_join(struct task_struct *tsk, struct task_struct *leader);
struct task_struct *find_task_by_vpid(pid_t pid);
struct task_struct *thread_after(const struct task_struct *p, const struct task_struct *t);
/* All threads of the process of @p, @p among them. */
#define for_each_thread(p, t) for ((t) = thread_after(p, NULL); (t); (t) = thread_after(p, t))
void release_task(struct task_struct *tsk);
void do_exit(long code);
void do_group_exit(long code);

#endif
