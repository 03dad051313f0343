/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * serve.c - how a handler thread waits for its next message, or for the end of its work
 *
 * ppoll() of the descriptor and of one more that the tools make readable: the second is
 * not worth a model of its own, so it is a flag of the host and a plain wake-up.
 */
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>

#include "model/host/host.h"

struct poller {
	poll_table pt;
	wait_queue_entry_t entry;
	wait_queue_head_t *queue;
};

static void queue_poller(struct file *file, wait_queue_head_t *queue, poll_table *pt)
{
	struct poller *p = container_of(pt, struct poller, pt);

	p->queue = queue;
	init_waitqueue_entry(&p->entry, current);
	add_wait_queue(queue, &p->entry);
}

static long wait_readable(struct file *file, const int *until)
{
	struct poller p = { .queue = NULL };
	bool interrupted;
	__poll_t mask;

	init_poll_funcptr(&p.pt, queue_poller);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE);
		mask = vfs_poll(file, p.queue ? NULL : &p.pt);
		interrupted = signal_pending(current);
		if (mask || *(const volatile int *)until || interrupted)
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	if (p.queue)
		remove_wait_queue(p.queue, &p.entry);
	return !mask && interrupted ? -EINTR : mask;
}

static long poll_wait_fd(int fd, const int *until)
{
	struct fd f = fdget(fd);
	long ret = -EBADF;

	if (!f.file)
		return ret;
	ret = wait_readable(f.file, until);
	fdput(f);
	return ret;
}

long model_poll_wait(int fd, const int *until)
{
	return HOST_SYSCALL("ppoll", poll_wait_fd(fd, until));
}

void model_wake(int thread)
{
	if (host_task(thread))
		wake_up_state(host_task(thread), TASK_INTERRUPTIBLE);
}
