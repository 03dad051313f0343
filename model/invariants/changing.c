// SPDX-License-Identifier: GPL-2.0-only
/*
 * changing.c - CHG: mmap_changing counts the events in flight, and nothing is filled meanwhile
 *
 * Who counts a context's mmap_changing up is noted, thread by thread.  Each takes back what it
 * added before it returns to user mode: a count that stays makes every ioctl fail for ever, one
 * that goes too early lets a monitor act on an old picture.  And a filling ioctl that took
 * mmap_lock after the count was raised must not map anything.
 */
#include <linux/sched.h>
#include <linux/signal.h>
#include <uffdsim/bugs.h>
#include <uffdsim/uffd_ctx.h>
#include "model/invariants/calls.h"
#include "model/invariants/changing.h"
#include "model/invariants/invariants.h"

enum { MAX_CONTEXTS = 64, MAX_CHANGERS = 32 };

struct changing {
	const struct userfaultfd_ctx *ctx;
	int seen;	     /* of mmap_changing, after the last step */
	sim_u64 since;	     /* the step in which it left 0 */
	unsigned int ended;  /* events that are over */
	unsigned int unread; /* of these, with nobody to read them */
	unsigned int read;   /* event messages that read() has given */
	int by[MAX_CHANGERS];
};

static struct changing *contexts;

void changing_init(void)
{
	contexts = sim_ghost_alloc(MAX_CONTEXTS, sizeof(*contexts));
}

/* NULL: there are too many. */
static struct changing *changing_of(const struct userfaultfd_ctx *ctx)
{
	struct changing *c = contexts, *end = contexts + MAX_CONTEXTS;

	for (; c < end; c++) {
		if (c->ctx == ctx)
			return c;
		if (c->ctx)
			continue;
		SIM_GHOST_SET(c->ctx, ctx);
		return c;
	}
	return NULL;
}

/*
 * The monitor had closed, the thread was killed, or what would have been reported has failed: the
 * event may have gone unread.
 */
static bool is_futile(const struct userfaultfd_ctx *ctx, unsigned int tid)
{
	const struct task_struct *task = sim_thread_task(tid);

	if (kernel_has(fork_error_is_silent))
		return true;

	return ctx->released || (task->pending >> (SIGKILL - 1) & 1);
}

static void count_ended(struct changing *c, unsigned int n, unsigned int tid)
{
	SIM_GHOST_SET(c->ended, c->ended + n);
	if (is_futile(c->ctx, tid))
		SIM_GHOST_SET(c->unread, c->unread + n);
}

void changing_noted(const struct userfaultfd_ctx *ctx)
{
	unsigned int tid = sim_step_tid();
	struct changing *c = changing_of(ctx);
	int now = ctx->mmap_changing.counter;

	if (!c || now == c->seen || tid >= MAX_CHANGERS)
		return;
	if (now < 0)
		sim_violation("CHG", ctx, "mmap_changing is %d", now);
	if (now < c->seen)
		count_ended(c, c->seen - now, tid);
	if (!c->seen)
		SIM_GHOST_STAMP(c->since);
	SIM_GHOST_SET(c->by[tid], c->by[tid] + now - c->seen);
	SIM_GHOST_SET(c->seen, now);
}

void changing_freed(const struct userfaultfd_ctx *ctx)
{
	static const struct changing nothing;
	struct changing *c = changing_of(ctx);

	if (!c)
		return;
	/* The row stays, or those behind it would not be found. */
	SIM_GHOST_SET(*c, nothing);
	SIM_GHOST_SET(c->ctx, ctx);
}

void changing_read(const struct userfaultfd_ctx *ctx, unsigned int events)
{
	struct changing *c = sim_checking() ? changing_of(ctx) : NULL;

	if (c && events)
		SIM_GHOST_SET(c->read, c->read + events);
}

void changing_read_failed(const struct userfaultfd_ctx *ctx)
{
	struct changing *c = sim_checking() ? changing_of(ctx) : NULL;

	/* It may have been a fault: then one event more may go unread. */
	if (c)
		SIM_GHOST_SET(c->unread, c->unread + 1);
}

bool changing_counts(const struct userfaultfd_ctx *ctx, struct changing_counts *counts)
{
	const struct changing *c = changing_of(ctx);

	if (!c)
		return false;
	*counts = (struct changing_counts){ c->ended, c->unread, c->read };
	return true;
}

void changing_filled(const struct call *call, const struct ptable *table, unsigned int index)
{
	const struct changing *c = changing_of(call->ctx);
	sim_u64 locked;

	if (!c || !c->seen)
		return;
	/* The last reference to the file may be the call's: release changes entries, too. */
	if (call->mm->mmap_lock.sim.owner)
		return;
	locked = sim_lock_taken(sim_step_tid(), &call->mm->mmap_lock.sim);
	if (locked < c->since)
		return;
	sim_violation("CHG", call->ctx,
		      "%s maps 0x%lx, but it took mmap_lock when an event was in flight already: "
		      "the monitor has not heard of the change",
		      call->name, ghost_entry_address(table, index));
}

static void chg_user_return(unsigned int tid)
{
	const struct changing *c = contexts, *end = contexts + MAX_CONTEXTS;

	if (tid >= MAX_CHANGERS)
		return;
	for (; c < end && c->ctx; c++) {
		if (c->by[tid])
			sim_violation("CHG", c->ctx,
				      "thread %u returns to user mode, and mmap_changing, which is "
				      "%d, still has %d of it",
				      tid, c->seen, c->by[tid]);
	}
}

static unsigned int queued_events(const struct userfaultfd_ctx *ctx)
{
	const struct list_head *at;
	unsigned int n = 0;

	for (at = ctx->event_wqh.head.next; at != &ctx->event_wqh.head; at = at->next)
		n++;
	return n;
}

static void chg_quiet(void)
{
	unsigned int i;

	for (i = 0; i < ghost_count(GHOST_CTXS); i++) {
		const struct userfaultfd_ctx *ctx = ghost_at(GHOST_CTXS, i);
		unsigned int queued = queued_events(ctx);

		if (queued > (unsigned int)ctx->mmap_changing.counter)
			sim_violation("CHG", ctx,
				      "%u event(s) wait to be read, but mmap_changing is %d",
				      queued, ctx->mmap_changing.counter);
	}
}

const struct sim_invariant inv_chg = {
	.name = "CHG",
	.text = "mmap_changing counts the events in flight, and nothing is filled meanwhile",
	.user_return = chg_user_return,
	.quiet = chg_quiet,
};
