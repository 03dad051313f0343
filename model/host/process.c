/* SPDX-License-Identifier: GPL-2.0-only */
/* process.c - booting, and the processes and threads that a scenario declares */
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include "model/host/host.h"

/* Of sim/world.h, which model files cannot include. */
int world_thread_add(const char *name, void *task);

/* A process begins with its first thread. */
static struct host_process {
	const char *name;
	struct task_struct *leader;
	pid_t tgid;
	unsigned int dropped; /* capabilities, one bit each */
	bool unborn;	      /* its threads wait for a fork */
} processes[HOST_MAX_PROCESSES];
static unsigned int nr_processes;

/* By the number of the machine's thread; released only with the world. */
static struct task_struct *tasks[HOST_MAX_THREADS];

unsigned int host_nr_processes(void)
{
	return nr_processes;
}

struct task_struct *host_task(int thread)
{
	return thread >= 0 && thread < HOST_MAX_THREADS ? tasks[thread] : NULL;
}

int model_process_create(const char *name)
{
	if (nr_processes == HOST_MAX_PROCESSES)
		return -1;
	processes[nr_processes] = (struct host_process){ .name = name };
	return nr_processes++;
}

int model_process_drop_cap(int process, const char *cap)
{
	static const struct {
		const char *name;
		unsigned int cap;
	} caps[] = {
		{ "CAP_SYS_PTRACE", CAP_SYS_PTRACE },
		{ "CAP_IPC_LOCK", CAP_IPC_LOCK },
	};
	unsigned int i;

	for (i = 0; i < sizeof(caps) / sizeof(caps[0]); i++) {
		if (strcmp(caps[i].name, cap))
			continue;
		processes[process].dropped |= 1u << caps[i].cap;
		return 0;
	}
	return -1;
}

void model_process_unborn(int process)
{
	processes[process].unborn = true;
}

static struct task_struct *add_unborn(struct host_process *p, const char *name)
{
	struct task_struct *task = task_create_unborn(name);

	if (!task || p->leader)
		return task;
	p->leader = task;
	p->tgid = task->tgid;
	return task;
}

static struct task_struct *add_thread(struct host_process *p, const char *name)
{
	if (p->unborn)
		return add_unborn(p, name);
	if (p->leader)
		return thread_create(p->leader, name);
	p->leader = process_create(name);
	if (!p->leader)
		return NULL;
	p->tgid = p->leader->tgid;
	p->leader->capabilities &= ~p->dropped;
	return p->leader;
}

int model_thread_create(int process, const char *name)
{
	struct task_struct *task = add_thread(&processes[process], name);
	int thread;

	if (!task)
		return -1;
	thread = world_thread_add(name, task);
	if (thread < 0)
		return -1;
	task->tid = thread;
	tasks[thread] = task;
	/* All of them are known by the number of the first. */
	task->tgid = processes[process].tgid;
	return thread;
}

/* The child's other threads, which it would make first of all. */
static void join_threads(const struct host_process *p)
{
	unsigned int i;

	for (i = 0; i < HOST_MAX_THREADS; i++) {
		if (tasks[i] && tasks[i] != p->leader && tasks[i]->tgid == p->tgid)
			thread_join(tasks[i], p->leader);
	}
}

static long do_fork(struct host_process *p)
{
	long ret;

	if (!p->unborn)
		return -EAGAIN;
	do {
		ret = sys_fork(p->leader);
	} while (ret == -ERESTARTNOINTR && !get_signal());
	if (ret)
		return ret == -ERESTARTNOINTR ? -EINTR : ret;
	p->leader->capabilities = current->capabilities & ~p->dropped;
	join_threads(p);
	p->unborn = false;
	return 0;
}

long model_fork(int process)
{
	return do_fork(&processes[process]);
}

void model_reap(void)
{
	unsigned int i;

	for (i = 0; i < HOST_MAX_THREADS; i++) {
		if (!tasks[i] || !(tasks[i]->flags & PF_EXITING))
			continue;
		release_task(tasks[i]);
		tasks[i] = NULL;
	}
}

int model_thread_pid(int thread)
{
	return tasks[thread] ? tasks[thread]->pid : 0;
}

void model_exit(void)
{
	if (current->flags & PF_EXITING)
		return;
	sim_enter_kernel("exit_group", HOST_SITE("exit_group", "syscall_enter"));
	do_group_exit(0);
	sim_leave_kernel(HOST_SITE("exit_group", "syscall_exit"));
}

int model_killed(void)
{
	return get_signal();
}

int model_is_dying(int thread)
{
	const struct task_struct *task = host_task(thread);

	return task && !(task->flags & PF_EXITING) && deadly_signal_pending(task);
}

int model_is_dead(int thread)
{
	const struct task_struct *task = host_task(thread);

	return !task || (task->flags & PF_EXITING);
}

/* --------------------------------------------------------------- looking in */

/* Some thread of the process that has not exited, or NULL. */
static struct task_struct *live_task(int process)
{
	unsigned int i;

	if (process < 0 || (unsigned int)process >= nr_processes || !processes[process].tgid)
		return NULL;
	for (i = 0; i < HOST_MAX_THREADS; i++) {
		if (!tasks[i] || tasks[i]->tgid != processes[process].tgid)
			continue;
		if (!(tasks[i]->flags & PF_EXITING))
			return tasks[i];
	}
	return NULL;
}

struct mm_struct *host_mm(int process)
{
	struct task_struct *task = live_task(process);

	return task ? task->mm : NULL;
}

struct file *host_file(int process, int fd)
{
	struct task_struct *task = live_task(process);

	if (!task || fd < 0 || fd >= NR_OPEN_DEFAULT)
		return NULL;
	return task->files->fd_array[fd];
}

int host_process_of_mm(const struct mm_struct *mm)
{
	unsigned int i;

	for (i = 0; i < nr_processes; i++) {
		if (host_mm(i) == mm)
			return i;
	}
	return -1;
}

int model_fd_pass(int from, int fd, int to)
{
	struct file *file = host_file(from, fd);
	struct task_struct *task = live_task(to);
	unsigned int i;

	if (!file || !task)
		return -EBADF;
	for (i = 0; i < NR_OPEN_DEFAULT && task->files->fd_array[i]; i++)
		;
	if (i == NR_OPEN_DEFAULT)
		return -EMFILE;
	get_file(file);
	task->files->open_fds |= 1ul << i;
	task->files->fd_array[i] = file;
	return i;
}
