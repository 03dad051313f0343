/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux kernel/task_work.c: what a task does on its way back to user mode */
#include <linux/sched.h>
#include <linux/task_work.h>

/**
 * task_work_add - have a task do something before it returns to user mode
 * @task: the task; here always the running one
 * @work: from init_task_work()
 * @mode: TWA_RESUME
 *
 * Returns 0, or -ESRCH when the task is past its last return.
 * Linux: kernel/task_work.c.
 */
int task_work_add(struct task_struct *task, struct callback_head *work,
		  enum task_work_notify_mode mode)
{
	if (task->flags & PF_EXITING)
		return -ESRCH;
	work->next = task->task_works;
	task->task_works = work;
	return 0;
}

/**
 * task_work_run - do what was put off, oldest first
 *
 * No lock held; may sleep.  Linux: kernel/task_work.c.
 */
void task_work_run(void)
{
	struct callback_head *list, *work, *next;

	while (current->task_works) {
		list = NULL;
		for (work = current->task_works; work; work = next) {
			next = work->next;
			work->next = list;
			list = work;
		}
		current->task_works = NULL;
		for (work = list; work; work = next) {
			next = work->next;
			work->func(work);
		}
	}
}
