/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux fs/select.c: poll().
 *
 * There is no clock: a timeout is 0 or for ever.
 */
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

/* More than any file has queues to wait on, times descriptors a call. */
#define POLL_MAX_FDS 4
#define POLL_MAX_QUEUES (2 * POLL_MAX_FDS)

struct poll_table_entry {
	__poll_t key;
	wait_queue_entry_t wait;
	wait_queue_head_t *wait_address;
};

/* The queues that one poll() waits on, and whether one of them has woken it. */
struct poll_wqueues {
	poll_table pt;
	struct task_struct *polling_task;
	int triggered;
	unsigned int nr;
	struct poll_table_entry entries[POLL_MAX_QUEUES];
};

static int pollwake(wait_queue_entry_t *wait, unsigned int mode, int sync, void *key)
{
	struct poll_table_entry *entry = container_of(wait, struct poll_table_entry, wait);
	struct poll_wqueues *pwq = wait->private;

	/* No key: whoever wakes does not say what happened. */
	if (key && !(key_to_poll(key) & entry->key))
		return 0;
	/* Before the wake-up: the sleeper looks at it after it has said that it sleeps. */
	WRITE_ONCE(pwq->triggered, 1);
	return wake_up_state(pwq->polling_task, mode);
}

static void __pollwait(struct file *filp, wait_queue_head_t *queue, poll_table *pt)
{
	struct poll_wqueues *pwq = container_of(pt, struct poll_wqueues, pt);
	struct poll_table_entry *entry = &pwq->entries[pwq->nr];

	BUG_ON(pwq->nr == POLL_MAX_QUEUES);
	pwq->nr++;
	entry->key = pt->_key;
	entry->wait_address = queue;
	init_waitqueue_func_entry(&entry->wait, pollwake);
	entry->wait.private = pwq;
	add_wait_queue(queue, &entry->wait);
}

static void poll_initwait(struct poll_wqueues *pwq)
{
	init_poll_funcptr(&pwq->pt, __pollwait);
	pwq->polling_task = current;
	pwq->triggered = 0;
	pwq->nr = 0;
}

static void poll_freewait(struct poll_wqueues *pwq)
{
	while (pwq->nr) {
		struct poll_table_entry *entry = &pwq->entries[--pwq->nr];

		remove_wait_queue(entry->wait_address, &entry->wait);
	}
}

static void poll_sleep(struct poll_wqueues *pwq)
{
	set_current_state(TASK_INTERRUPTIBLE);
	if (!READ_ONCE(pwq->triggered))
		schedule();
	__set_current_state(TASK_RUNNING);
	/* What comes from here on is for the next look. */
	WRITE_ONCE(pwq->triggered, 0);
	smp_mb();
}

/* Fills in ->revents; whether there are any. */
static bool do_pollfd(struct pollfd *pollfd, poll_table *pt)
{
	__poll_t filter, mask = 0;
	struct fd f;

	if (pollfd->fd < 0)
		goto out;
	mask = EPOLLNVAL;
	f = fdget(pollfd->fd);
	if (!f.file)
		goto out;
	filter = pollfd->events | EPOLLERR | EPOLLHUP;
	pt->_key = filter;
	mask = vfs_poll(f.file, pt) & filter;
	fdput(f);
out:
	pollfd->revents = mask;
	return mask;
}

static int do_poll(struct pollfd *fds, unsigned int nfds, struct poll_wqueues *pwq, int timeout)
{
	int count = 0;
	unsigned int i;

	if (!timeout)
		pwq->pt._qproc = NULL;
	for (;;) {
		for (i = 0; i < nfds; i++) {
			if (!do_pollfd(&fds[i], &pwq->pt))
				continue;
			count++;
			pwq->pt._qproc = NULL;
		}
		/* Queued everywhere in the first round. */
		pwq->pt._qproc = NULL;
		if (count)
			return count;
		if (signal_pending(current))
			return -EINTR;
		if (!timeout)
			return 0;
		poll_sleep(pwq);
	}
}

/**
 * sys_poll - poll(2)
 * @ufds: descriptors, what to look for, and room for the answer; user address
 * @nfds: how many, at most 4
 * @timeout_msecs: 0: do not wait; negative: for as long as it takes
 *
 * Returns how many have an answer; -EINVAL: too many, or a time (there is no clock);
 * -EFAULT; -EINTR.  Linux: fs/select.c.
 */
SYSCALL_DEFINE3(poll, struct pollfd __user *, ufds, unsigned int, nfds, int, timeout_msecs)
{
	struct pollfd fds[POLL_MAX_FDS];
	struct poll_wqueues table;
	unsigned int i;
	int ret;

	if (nfds > POLL_MAX_FDS || timeout_msecs > 0)
		return -EINVAL;
	if (copy_from_user(fds, ufds, nfds * sizeof(fds[0])))
		return -EFAULT;

	poll_initwait(&table);
	ret = do_poll(fds, nfds, &table, timeout_msecs);
	poll_freewait(&table);

	for (i = 0; i < nfds; i++) {
		if (put_user(fds[i].revents, &ufds[i].revents))
			return -EFAULT;
	}
	return ret;
}
