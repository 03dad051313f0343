/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux kernel/sched/wait.c: wait queues */
#include <linux/sched.h>
#include <linux/wait.h>

#include "sim/sim.h"

void __init_waitqueue_head(wait_queue_head_t *wq_head, unsigned int class_)
{
	sim_lock_init(&wq_head->lock.sim, SIM_SPINLOCK, class_);
	INIT_LIST_HEAD(&wq_head->head);
}

/**
 * default_wake_function - wake the task of an entry
 * @wq_entry: ->private is the task
 * @mode: TASK_* bits that may be woken
 * @flags: not used
 * @key: not used
 *
 * The queue's lock is held.  Returns 1 if it woke the task.  Linux: kernel/sched/core.c.
 */
int default_wake_function(wait_queue_entry_t *wq_entry, unsigned int mode, int flags, void *key)
{
	return wake_up_state(wq_entry->private, mode);
}

/**
 * autoremove_wake_function - wake the task of an entry and take the entry off the queue
 *
 * As default_wake_function().  Linux: kernel/sched/wait.c.
 */
int autoremove_wake_function(wait_queue_entry_t *wq_entry, unsigned int mode, int flags, void *key)
{
	if (!default_wake_function(wq_entry, mode, flags, key))
		return 0;
	list_del_init(&wq_entry->entry);
	return 1;
}

/**
 * add_wait_queue_at - add_wait_queue(): put an entry at the head of a queue
 * @wq_head: the queue; its lock is taken
 * @wq_entry: the entry
 * @site: the caller's scheduling point
 *
 * Linux: kernel/sched/wait.c.
 */
void add_wait_queue_at(wait_queue_head_t *wq_head, wait_queue_entry_t *wq_entry,
		       const struct sim_site *site)
{
	wq_entry->flags &= ~WQ_FLAG_EXCLUSIVE;
	sim_lock(&wq_head->lock.sim, site);
	__add_wait_queue(wq_head, wq_entry);
	sim_unlock(&wq_head->lock.sim, site);
}

/**
 * remove_wait_queue_at - remove_wait_queue()
 *
 * As add_wait_queue_at().  Linux: kernel/sched/wait.c.
 */
void remove_wait_queue_at(wait_queue_head_t *wq_head, wait_queue_entry_t *wq_entry,
			  const struct sim_site *site)
{
	sim_lock(&wq_head->lock.sim, site);
	__remove_wait_queue(wq_head, wq_entry);
	sim_unlock(&wq_head->lock.sim, site);
}

/**
 * prepare_to_wait_at - prepare_to_wait(): queue an entry, if it is not queued, and set the state
 * @state: TASK_*
 *
 * As add_wait_queue_at().  Linux: kernel/sched/wait.c.
 */
void prepare_to_wait_at(wait_queue_head_t *wq_head, wait_queue_entry_t *wq_entry, int state,
			const struct sim_site *site)
{
	wq_entry->flags &= ~WQ_FLAG_EXCLUSIVE;
	sim_lock(&wq_head->lock.sim, site);
	if (list_empty(&wq_entry->entry))
		__add_wait_queue(wq_head, wq_entry);
	set_current_state(state);
	sim_unlock(&wq_head->lock.sim, site);
}

/**
 * finish_wait_at - finish_wait(): running again, and off the queue
 *
 * As add_wait_queue_at().  A waker may have taken the entry off already.
 * Linux: kernel/sched/wait.c.
 */
void finish_wait_at(wait_queue_head_t *wq_head, wait_queue_entry_t *wq_entry,
		    const struct sim_site *site)
{
	__set_current_state(TASK_RUNNING);
	if (list_empty_careful(&wq_entry->entry))
		return;
	sim_lock(&wq_head->lock.sim, site);
	list_del_init(&wq_entry->entry);
	sim_unlock(&wq_head->lock.sim, site);
}

/**
 * wake_up_locked_at - __wake_up_locked() and its kin
 * @wq_head: the queue; its lock is held
 * @mode: TASK_* bits that may be woken
 * @nr: exclusive entries to wake; 0: all
 * @key: handed to the entries' functions
 * @site: the caller's scheduling point
 *
 * An entry may be gone, stack and all, as soon as its function has returned.
 * Linux: kernel/sched/wait.c.
 */
void wake_up_locked_at(wait_queue_head_t *wq_head, unsigned int mode, int nr, void *key,
		       const struct sim_site *site)
{
	wait_queue_entry_t *entry, *next;

	lockdep_assert_held(&wq_head->lock);
	list_for_each_entry_safe(entry, next, &wq_head->head, entry) {
		unsigned int flags = entry->flags;
		int woken = entry->func(entry, mode, 0, key);

		if (woken < 0)
			break;
		if (woken && (flags & WQ_FLAG_EXCLUSIVE) && !--nr)
			break;
	}
}

/**
 * wake_up_at - __wake_up() and its kin
 * @wq_head: the queue; its lock is taken
 *
 * As wake_up_locked_at().  Returns 0.  Linux: kernel/sched/wait.c.
 */
int wake_up_at(wait_queue_head_t *wq_head, unsigned int mode, int nr, void *key,
	       const struct sim_site *site)
{
	sim_lock(&wq_head->lock.sim, site);
	wake_up_locked_at(wq_head, mode, nr, key, site);
	sim_unlock(&wq_head->lock.sim, site);
	return 0;
}
