// SPDX-License-Identifier: GPL-2.0-only
/*
 * uffd.c - WAKE: nobody sleeps on a fault that is over; CTX: references to a context balance
 *
 * A thread sleeps rightly while nothing has resolved its fault.  It must not sleep when a call that
 * wakes its range began after it fell asleep (UNREGISTER wakes those who sleep on what it
 * unregisters; memory that was mapped anew since is something else), when its context was released,
 * when it is in no queue: then nobody can wake it; or when it was sent a signal that ends such a
 * sleep.
 */
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <uffdsim/uffd_ctx.h>
#include "model/invariants/calls.h"
#include "model/invariants/invariants.h"
#include "model/invariants/sleepers.h"

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static const struct userfaultfd_wait_queue *waiter(const wait_queue_head_t *q,
						   const struct task_struct *task)
{
	const struct list_head *at;

	for (at = q->head.next; at != &q->head; at = at->next) {
		const wait_queue_entry_t *e = list_entry(at, wait_queue_entry_t, entry);
		const struct userfaultfd_wait_queue *uwq =
			container_of(e, struct userfaultfd_wait_queue, wq);

		if (e->private == task)
			return uwq;
	}
	return NULL;
}

/* Whether its message was read makes no difference: both queues are woken. */
static void check_waiter(const struct userfaultfd_ctx *ctx,
			 const struct userfaultfd_wait_queue *uwq, unsigned int tid)
{
	unsigned long address = uwq->msg.arg.pagefault.address;
	const struct call *call;

	call = calls_should_have_woken(ctx, address, sim_thread_asleep_since(tid),
				       sleepers_unregistered(tid));
	if (call)
		sim_violation(
			"WAKE", NULL,
			"thread %u still sleeps on its fault at 0x%lx, but a %s of that range "
			"began after it fell asleep and has returned: the wake-up was lost",
			tid, address, call->name);
}

static void check_sleeper(unsigned int tid)
{
	const struct task_struct *task = sim_thread_task(tid);
	const struct userfaultfd_wait_queue *uwq;
	unsigned int i;

	for (i = 0; i < ghost_count(GHOST_CTXS); i++) {
		const struct userfaultfd_ctx *ctx = ghost_at(GHOST_CTXS, i);

		uwq = waiter(&ctx->fault_wqh, task);
		if (!uwq)
			uwq = waiter(&ctx->fault_pending_wqh, task);
		if (!uwq)
			continue;
		if (ctx->released)
			sim_violation("WAKE", ctx,
				      "thread %u sleeps on a fault of a userfaultfd that "
				      "was closed: nobody will wake it",
				      tid);
		check_waiter(ctx, uwq, tid);
		return;
	}
	sim_violation("WAKE", NULL,
		      "thread %u sleeps in handle_userfault() and is in no queue: "
		      "nobody can wake it",
		      tid);
}

/* A signal ends the sleeps that it can end. */
static void check_signals(unsigned int tid)
{
	const struct task_struct *task = sim_thread_task(tid);
	const void *lock;

	if (!task || !task->pending)
		return;
	if (*sim_thread_sleeps_in(tid) && signal_pending_state(task->__state, task))
		sim_violation("WAKE", NULL,
			      "thread %u sleeps in %s(), but has a signal pending that should have "
			      "ended that (0x%lx)",
			      tid, sim_thread_sleeps_in(tid), task->pending);
	if (!sim_thread_may_give_up(tid) || !__fatal_signal_pending(task))
		return;
	sim_thread_state(tid, &lock);
	sim_violation("WAKE", lock,
		      "thread %u was killed, but still waits for a lock that it need not wait for",
		      tid);
}

static void wake_quiet(void)
{
	unsigned int busy = sim_busy_threads();

	for (; busy; busy &= busy - 1) {
		unsigned int tid = __builtin_ctz(busy);

		check_signals(tid);
		if (same(sim_thread_sleeps_in(tid), "handle_userfault"))
			check_sleeper(tid);
	}
}

/* The file holds one reference until it is released, each sleeper and each event another. */
static void ctx_quiet(void)
{
	unsigned int i;

	if (!ghost_at_rest())
		return;
	for (i = 0; i < ghost_count(GHOST_CTXS); i++) {
		const struct userfaultfd_ctx *ctx = ghost_at(GHOST_CTXS, i);
		int have = ctx->refcount.refs.counter;
		int want = !ctx->released + list_count_nodes(&ctx->fault_wqh.head) +
			   list_count_nodes(&ctx->fault_pending_wqh.head) +
			   ctx->mmap_changing.counter;

		if (have != want)
			sim_violation("CTX", ctx,
				      "a userfaultfd context has %d reference(s), but its "
				      "file, sleepers and events make %d",
				      have, want);
	}
}

const struct sim_invariant inv_wake = {
	.name = "WAKE",
	.text = "no thread sleeps on a fault that is resolved, unregistered or released, or with a "
		"signal that ends its sleep",
	.quiet = wake_quiet,
};

const struct sim_invariant inv_ctx = {
	.name = "CTX",
	.text = "no touch of a freed object; references to a context balance",
	.quiet = ctx_quiet,
};
