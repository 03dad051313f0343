/* SPDX-License-Identifier: GPL-2.0-only */
/* wait.h - wait queues, shaped as the kernel shapes them: its code walks their lists by hand */
#ifndef _LINUX_WAIT_H
#define _LINUX_WAIT_H

#include <linux/list.h>
#include <linux/spinlock.h>

typedef struct wait_queue_entry wait_queue_entry_t;
typedef int (*wait_queue_func_t)(wait_queue_entry_t *wq_entry, unsigned int mode, int flags,
				 void *key);

struct wait_queue_entry {
	struct list_head entry;
	wait_queue_func_t func; /* called to wake it */
	void *private;		/* the task, as a rule */
	unsigned int flags;	/* WQ_FLAG_* */
};

typedef struct wait_queue_head {
	spinlock_t lock;
	struct list_head head;
} wait_queue_head_t;

#define WQ_FLAG_EXCLUSIVE 0x01

struct task_struct;

void __init_waitqueue_head(wait_queue_head_t *wq_head, unsigned int class_);
/* The argument's text names the lock's class. */
#define init_waitqueue_head(wq_head) __init_waitqueue_head(wq_head, LOCK_CLASS(#wq_head))

int default_wake_function(wait_queue_entry_t *wq_entry, unsigned int mode, int flags, void *key);
int autoremove_wake_function(wait_queue_entry_t *wq_entry, unsigned int mode, int flags, void *key);

static inline void init_waitqueue_entry(wait_queue_entry_t *wq_entry, struct task_struct *p)
{
	wq_entry->flags = 0;
	wq_entry->private = p;
	wq_entry->func = default_wake_function;
}

static inline void init_waitqueue_func_entry(wait_queue_entry_t *wq_entry, wait_queue_func_t func)
{
	wq_entry->flags = 0;
	wq_entry->private = NULL;
	wq_entry->func = func;
}

#define DECLARE_WAITQUEUE(name, task)                              \
	wait_queue_entry_t name = { .private = task,               \
				    .func = default_wake_function, \
				    .entry = { NULL, NULL } }
#define DEFINE_WAIT_FUNC(name, fn)                      \
	wait_queue_entry_t name = { .private = current, \
				    .func = fn,         \
				    .entry = LIST_HEAD_INIT((name).entry) }
#define DEFINE_WAIT(name) DEFINE_WAIT_FUNC(name, autoremove_wake_function)
#define DECLARE_WAIT_QUEUE_HEAD_ONSTACK(name) \
	wait_queue_head_t name;               \
	init_waitqueue_head(&name)

/* Without the lock: two threads may disagree about it. */
#define waitqueue_active(wq_head)                                           \
	({                                                                  \
		wait_queue_head_t *active_ = (wq_head);                     \
		sim_point(active_, SIM_READ, SIM_SITE("waitqueue_active")); \
		!list_empty(&active_->head);                                \
	})

static inline void __add_wait_queue(wait_queue_head_t *wq_head, wait_queue_entry_t *wq_entry)
{
	list_add(&wq_entry->entry, &wq_head->head);
}

static inline void __remove_wait_queue(wait_queue_head_t *wq_head, wait_queue_entry_t *wq_entry)
{
	list_del(&wq_entry->entry);
}

void add_wait_queue_at(wait_queue_head_t *wq_head, wait_queue_entry_t *wq_entry,
		       const struct sim_site *site);
void remove_wait_queue_at(wait_queue_head_t *wq_head, wait_queue_entry_t *wq_entry,
			  const struct sim_site *site);
#define add_wait_queue(q, e) add_wait_queue_at(q, e, SIM_SITE("add_wait_queue"))
#define remove_wait_queue(q, e) remove_wait_queue_at(q, e, SIM_SITE("remove_wait_queue"))
void prepare_to_wait_at(wait_queue_head_t *wq_head, wait_queue_entry_t *wq_entry, int state,
			const struct sim_site *site);
void finish_wait_at(wait_queue_head_t *wq_head, wait_queue_entry_t *wq_entry,
		    const struct sim_site *site);
#define prepare_to_wait(q, e, state) prepare_to_wait_at(q, e, state, SIM_SITE("prepare_to_wait"))
#define finish_wait(q, e) finish_wait_at(q, e, SIM_SITE("finish_wait"))

int wake_up_at(wait_queue_head_t *wq_head, unsigned int mode, int nr, void *key,
	       const struct sim_site *site);
void wake_up_locked_at(wait_queue_head_t *wq_head, unsigned int mode, int nr, void *key,
		       const struct sim_site *site);
#define __wake_up(q, mode, nr, key) wake_up_at(q, mode, nr, key, SIM_SITE("__wake_up"))
#define __wake_up_locked(q, mode, nr) \
	wake_up_locked_at(q, mode, nr, NULL, SIM_SITE("__wake_up_locked"))
#define __wake_up_locked_key(q, mode, key) \
	wake_up_locked_at(q, mode, 1, key, SIM_SITE("__wake_up_locked_key"))
#define wake_up(q) wake_up_at(q, TASK_NORMAL, 1, NULL, SIM_SITE("wake_up"))
#define wake_up_all(q) wake_up_at(q, TASK_NORMAL, 0, NULL, SIM_SITE("wake_up_all"))
#define wake_up_locked(q) wake_up_locked_at(q, TASK_NORMAL, 1, NULL, SIM_SITE("wake_up_locked"))
#define wake_up_poll(q, m) \
	wake_up_at(q, TASK_NORMAL, 1, (void *)(unsigned long)(m), SIM_SITE("wake_up_poll"))

#endif
