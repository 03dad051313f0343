// SPDX-License-Identifier: GPL-2.0-only
/* lock.c - spinlocks, mutexes, fair rwsems and page locks, and the checks that lockdep does */
#include <stdlib.h>
#include <string.h>

#include "sim/footprint.h"
#include "sim/machine.h"

void sched_wake_locked(uint64_t mask);

#define HOST_OWNER 0xffffu

static const struct sim_lock_class no_classes[1];
static const struct sim_lock_class *classes = no_classes;
static unsigned int nclasses;
static uint32_t rank_of[MAX_CLASSES]; /* as in the table, close together */

void world_lock_table(const struct sim_lock_class *table, unsigned int n)
{
	unsigned int i;

	if (n > MAX_CLASSES)
		abort();
	classes = table;
	nclasses = n;
	for (i = 0; i < n; i++)
		rank_of[i] = table[i].rank;
}

const struct sim_lock_class *world_lock_classes(unsigned int *n)
{
	*n = nclasses;
	return classes;
}

const char *lock_class_name(const struct sim_lock *l)
{
	return l->class_ < nclasses && l->class_ ? classes[l->class_].name : "a lock of no class";
}

unsigned int sim_lock_class_of(const char *expr)
{
	size_t len = strlen(expr), n;
	unsigned int i;

	for (i = 1; i < nclasses; i++) {
		n = strlen(classes[i].name);
		if (n > len || strcmp(expr + len - n, classes[i].name))
			continue;
		if (n == len || strchr("&>.*( ", expr[len - n - 1]))
			return i;
	}
	return 0;
}

void sim_lock_init(struct sim_lock *l, enum sim_lock_kind kind, unsigned int class_)
{
	undo_range(l, sizeof(*l));
	*l = (struct sim_lock){ .kind = kind, .class_ = class_ };
}

/* ----------------------------------------------------------------- checks */

static bool sleeps(const struct sim_lock *l)
{
	return l->kind != SIM_SPINLOCK;
}

static const char *holder_name(const struct sim_lock *l)
{
	if (!l->owner)
		return "nobody";
	if (l->owner == HOST_OWNER)
		return "the host";
	return machine.names[l->owner - 1];
}

static inline bool is_usable(const struct sim_lock *l)
{
	uintptr_t off = (uintptr_t)l - ARENA_BASE;

	return l->kind && (off >= ARENA_SIZE || sim_shadow[off >> SHADOW_SHIFT] == SHADOW_LIVE);
}

static inline void check_usable(const struct sim_lock *l, const char *what)
{
	machine_touch(l, what);
	if (unlikely(!l->kind))
		sim_violation("LOCK", l, "%s a lock that was never initialised", what);
}

static uint32_t top_rank(const struct thread *t, unsigned int nheld)
{
	return nheld ? t->held[nheld - 1].top_rank : 0;
}

static __attribute__((noinline)) void check_each(const struct thread *t, const struct sim_lock *l,
						 bool nested, const struct sim_site *site)
{
	unsigned int i;

	for (i = 0; i < t->nheld; i++) {
		const struct sim_lock *h = t->held[i].lock;

		if (h == l && !(t->held[i].shared && l->kind == SIM_RWSEM))
			sim_violation("LOCK", l,
				      "%s: takes %s, which it holds already (taken in %s)",
				      site->func, lock_class_name(l), t->held[i].site->func);
		if (!classes[l->class_].rank || !classes[h->class_].rank)
			continue;
		if (classes[h->class_].rank < classes[l->class_].rank)
			continue;
		if (h->class_ == l->class_ && (nested || h == l))
			continue;
		sim_violation("LOCK", l,
			      "%s: takes %s while it holds %s (taken in %s): "
			      "the order is %s, then %s",
			      site->func, lock_class_name(l), lock_class_name(h),
			      t->held[i].site->func, lock_class_name(l), lock_class_name(h));
	}
}

/* One of a higher rank than all that are held is none of them. */
static inline void check_order(const struct thread *t, const struct sim_lock *l, bool nested,
			       const struct sim_site *site)
{
	if (t->nheld && rank_of[l->class_] <= top_rank(t, t->nheld))
		check_each(t, l, nested, site);
}

static __attribute__((noinline)) void sleeps_in_atomic(const struct thread *t,
						       const struct sim_site *site)
{
	unsigned int i;

	for (i = 0; i < t->nheld; i++) {
		if (!sleeps(t->held[i].lock))
			sim_violation(
				"LOCK", t->held[i].lock,
				"%s may sleep (%s) while it holds the spinlock %s, taken in %s",
				site->func, site->label, lock_class_name(t->held[i].lock),
				t->held[i].site->func);
	}
	if (t->natomic)
		sim_violation("LOCK", NULL, "%s may sleep (%s) inside %s", site->func, site->label,
			      t->atomic[t->natomic - 1]);
}

static inline void check_may_sleep(const struct thread *t, const struct sim_site *site)
{
	if (unlikely(t->nspin || t->natomic))
		sleeps_in_atomic(t, site);
}

void sim_might_sleep(const struct sim_site *site)
{
	const struct thread *t = current_thread();

	if (t)
		check_may_sleep(t, site);
}

void sim_atomic_enter(const char *why)
{
	struct thread *t;

	if (machine.hot.cur == NO_THREAD)
		return;
	t = current_thread();
	if (t->natomic < MAX_ATOMIC)
		t->atomic[t->natomic] = why;
	t->natomic++;
}

void sim_atomic_leave(const char *why)
{
	struct thread *t;

	if (machine.hot.cur == NO_THREAD)
		return;
	t = current_thread();
	if (!t->natomic)
		sim_violation("LOCK", NULL, "leaves %s without having entered", why);
	t->natomic--;
}

void lock_check_user_return(const struct thread *t)
{
	if (unlikely(t->nheld))
		sim_violation("LOCK", t->held[0].lock,
			      "%s returns to user mode with %s still held, taken in %s (%s)",
			      t->in_kernel ? t->in_kernel : "it", lock_class_name(t->held[0].lock),
			      t->held[0].site->func, t->held[0].site->label);
	if (unlikely(t->natomic))
		sim_violation("LOCK", NULL, "returns to user mode inside %s",
			      t->atomic[t->natomic - 1]);
}

/* ------------------------------------------------------------- the books */

static inline uint32_t rank_with(const struct thread *t, unsigned int nheld,
				 const struct sim_lock *l)
{
	uint32_t rank = rank_of[l->class_], older = top_rank(t, nheld);

	return rank > older ? rank : older;
}

/* There is room for it; @top_rank: the highest of it and those that are held. */
static inline void held_put(struct thread *t, struct sim_lock *l, bool shared, uint32_t top_rank,
			    const struct sim_site *site)
{
	unsigned int n = t->nheld;
	struct world_held *h = &t->held[n];

	h->lock = l;
	h->site = site;
	h->taken = machine.hot.step;
	h->shared = shared;
	h->top_rank = top_rank;
	t->nheld = n + 1;
	machine.hot.class_held[l->class_]++;
	if (l->kind == SIM_SPINLOCK)
		t->nspin++;
}

static void held_add(struct thread *t, struct sim_lock *l, bool shared, const struct sim_site *site)
{
	if (t->nheld == WORLD_MAX_HELD)
		machine_limit("a thread holds more than %d locks", WORLD_MAX_HELD);
	else
		held_put(t, l, shared, rank_with(t, t->nheld, l), site);
}

/* The one that was taken last. */
static inline void held_drop(struct thread *t, const struct sim_lock *l)
{
	t->released = l;
	t->released_taken = t->held[--t->nheld].taken;
	t->released_step = machine.hot.step;
	machine.hot.class_held[l->class_]--;
	if (l->kind == SIM_SPINLOCK)
		t->nspin--;
}

static void held_remove(struct thread *t, struct sim_lock *l, bool shared,
			const struct sim_site *site)
{
	struct world_held found;
	int i;

	for (i = t->nheld - 1; i >= 0; i--) {
		if (t->held[i].lock == l && t->held[i].shared == shared)
			break;
	}
	if (i < 0) {
		sim_violation("LOCK", l, "%s: releases %s, which it does not hold (held by %s)",
			      site->func, lock_class_name(l), holder_name(l));
		return;
	}
	found = t->held[i];
	for (; i < t->nheld - 1; i++) {
		t->held[i] = t->held[i + 1];
		t->held[i].top_rank = rank_with(t, i, t->held[i].lock);
	}
	t->held[i] = found;
	held_drop(t, l);
}

/* They share a word of the log with the ticket. */
static inline void set_holders(struct sim_lock *l, uint16_t owner, uint16_t readers)
{
	const struct sim_lock after = { .owner = owner, .readers = readers };

	if (hooks_wanted)
		undo_word(&l->holders);
	l->holders = after.holders;
}

static void set_owner(struct sim_lock *l, uint16_t owner)
{
	if (unlikely(footprint_wanted))
		footprint_lock(l, sizeof(*l), true);
	set_holders(l, owner, l->readers);
}

static void set_readers(struct sim_lock *l, uint16_t readers)
{
	if (unlikely(footprint_wanted))
		footprint_lock(l, sizeof(*l), false);
	/* See sim_lock_taken().  Who owns a lock has an order with all others as it is. */
	if (readers > l->readers && machine.config.check)
		footprint_history(HISTORY_SINCE);
	set_holders(l, l->owner, readers);
}

static uint64_t my_bit(void)
{
	return 1ull << machine.hot.cur;
}

static void stop_waiting(struct sim_lock *l)
{
	if (l->waiters & my_bit())
		UNDO_SET(l->waiters, l->waiters & ~my_bit());
}

/* A writer that came before @ticket waits: a fair rwsem lets no reader pass it. */
static bool older_writer_waits(const struct sim_lock *l, uint64_t except, uint32_t ticket)
{
	uint64_t left = l->waiters & ~except;

	while (left) {
		const struct thread *w = &machine.hot.thread[__builtin_ctzll(left)];

		left &= left - 1;
		if (!w->wants_shared && (int32_t)(w->wait_ticket - ticket) < 0)
			return true;
	}
	return false;
}

static bool can_share(const struct sim_lock *l)
{
	uint32_t ticket = l->ticket;

	if (l->owner)
		return false;
	if (likely(!l->waiters))
		return true;
	if (l->waiters & my_bit())
		ticket = current_thread()->wait_ticket;
	return !older_writer_waits(l, my_bit(), ticket);
}

static bool can_own(const struct sim_lock *l)
{
	return !l->holders;
}

static void wait_for(struct sim_lock *l, bool shared, const struct sim_site *site)
{
	struct thread *t = current_thread();

	if (unlikely(footprint_wanted))
		footprint_lock(l, sizeof(*l), !shared);
	if (!(l->waiters & my_bit())) {
		UNDO_SET(l->waiters, l->waiters | my_bit());
		UNDO_SET(l->ticket, l->ticket + 1);
		t->wait_ticket = l->ticket - 1;
	}
	sched_block_on_lock(l, shared, site);
}

/*
 * Whoever could have the lock now becomes runnable and tries again: which of them is
 * first is the scheduler's choice.  Readers behind a waiting writer stay asleep.
 */
static void wake_waiters(struct sim_lock *l)
{
	uint64_t left = l->waiters, wake = 0;

	while (left) {
		unsigned int tid = __builtin_ctzll(left);
		const struct thread *w = &machine.hot.thread[tid];

		left &= left - 1;
		if (w->wants_shared) {
			if (!l->owner && !older_writer_waits(l, 1ull << tid, w->wait_ticket))
				wake |= 1ull << tid;
		} else if (can_own(l)) {
			wake |= 1ull << tid;
		}
	}
	sched_wake_locked(wake);
}

/* ------------------------------------------------------------ the calls */

static void host_lock(struct sim_lock *l)
{
	if (l->owner || l->readers)
		machine_limit("the host waits for %s", lock_class_name(l));
	set_owner(l, HOST_OWNER);
}

static int never(void)
{
	return 0;
}

/* False: the wait has been given up.  Those who stood behind a writer may have their turn. */
static bool wait_unless(struct sim_lock *l, bool shared, int (*give_up)(void),
			const struct sim_site *site)
{
	struct thread *t = current_thread();

	if (give_up()) {
		stop_waiting(l);
		wake_waiters(l);
		return false;
	}
	t->may_give_up = give_up != never;
	wait_for(l, shared, site);
	t->may_give_up = false;
	return true;
}

/* Others may have run, or have the lock. */
static __attribute__((noinline)) int lock_slowly(struct sim_lock *l, bool shared,
						 int (*give_up)(void), const struct sim_site *site)
{
	while (shared ? !can_share(l) : !can_own(l)) {
		if (!wait_unless(l, shared, give_up, site))
			return 0;
	}
	check_usable(l, "takes");
	stop_waiting(l);
	if (shared)
		set_readers(l, l->readers + 1);
	else
		set_owner(l, machine.hot.cur + 1);
	held_add(current_thread(), l, shared, site);
	return 1;
}

static void look_before(struct sim_lock *l, const struct sim_site *site)
{
	sched_look(site);
	if (unlikely(machine.slow))
		sched_stop_matches(site, l);
}

static __attribute__((noinline)) int look_and_own(struct sim_lock *l, int (*give_up)(void),
						  const struct sim_site *site)
{
	struct thread *t = current_thread();

	look_before(l, site);
	if (!can_own(l) || l->waiters || !is_usable(l) || footprint_wanted)
		return lock_slowly(l, false, give_up, site);
	set_holders(l, machine.hot.cur + 1, 0);
	held_put(t, l, false, rank_of[l->class_], site);
	return 1;
}

static __attribute__((noinline)) int look_and_share(struct sim_lock *l, int (*give_up)(void),
						    const struct sim_site *site)
{
	struct thread *t = current_thread();

	look_before(l, site);
	if (l->owner || l->waiters || !is_usable(l) || footprint_wanted)
		return lock_slowly(l, true, give_up, site);
	set_holders(l, 0, l->readers + 1);
	held_put(t, l, true, rank_of[l->class_], site);
	return 1;
}

/* With every check, and its report. */
static __attribute__((noinline)) int
lock_carefully(struct sim_lock *l, bool nested, int (*give_up)(void), const struct sim_site *site)
{
	struct thread *t = current_thread();

	check_usable(l, "takes");
	if (!t) {
		host_lock(l);
		return 1;
	}
	if (sleeps(l))
		check_may_sleep(t, site);
	check_order(t, l, nested, site);
	if (!point_passed(t, site))
		look_before(l, site);
	return lock_slowly(l, false, give_up, site);
}

static __attribute__((noinline)) int share_carefully(struct sim_lock *l, int (*give_up)(void),
						     const struct sim_site *site)
{
	struct thread *t = current_thread();

	check_usable(l, "takes");
	if (!t) {
		set_readers(l, l->readers + 1);
		return 1;
	}
	check_may_sleep(t, site);
	check_order(t, l, false, site);
	if (!point_passed(t, site))
		look_before(l, site);
	return lock_slowly(l, true, give_up, site);
}

/* None of the checks has anything to say. */
static inline bool may_lock(const struct thread *t, const struct sim_lock *l)
{
	if (!t || !is_usable(l) || t->nheld == WORLD_MAX_HELD)
		return false;
	if (t->nspin + t->natomic && sleeps(l))
		return false;
	return !t->nheld || rank_of[l->class_] > top_rank(t, t->nheld);
}

/* What is common calls nothing that it comes back from, and so has nothing to save. */
static inline int lock_exclusive(struct sim_lock *l, bool nested, int (*give_up)(void),
				 const struct sim_site *site)
{
	struct thread *t = current_thread();

	if (unlikely(!may_lock(t, l)))
		return lock_carefully(l, nested, give_up, site);
	if (unlikely(!point_passed(t, site)))
		return look_and_own(l, give_up, site);
	if (unlikely(!can_own(l)))
		return lock_slowly(l, false, give_up, site);
	set_holders(l, machine.hot.cur + 1, 0);
	held_put(t, l, false, rank_of[l->class_], site);
	return 1;
}

void sim_lock(struct sim_lock *l, const struct sim_site *site)
{
	lock_exclusive(l, false, never, site);
}

void sim_lock_nested(struct sim_lock *l, const struct sim_site *site)
{
	lock_carefully(l, true, never, site);
}

int sim_lock_unless(struct sim_lock *l, int (*give_up)(void), const struct sim_site *site)
{
	return lock_exclusive(l, false, give_up, site);
}

void sim_lock_shared(struct sim_lock *l, const struct sim_site *site)
{
	sim_lock_shared_unless(l, never, site);
}

int sim_lock_shared_unless(struct sim_lock *l, int (*give_up)(void), const struct sim_site *site)
{
	struct thread *t = current_thread();

	if (unlikely(!may_lock(t, l)))
		return share_carefully(l, give_up, site);
	if (unlikely(!point_passed(t, site)))
		return look_and_share(l, give_up, site);
	if (unlikely(l->owner || l->waiters))
		return lock_slowly(l, true, give_up, site);
	set_holders(l, 0, l->readers + 1);
	held_put(t, l, true, rank_of[l->class_], site);
	return 1;
}

int sim_trylock(struct sim_lock *l, const struct sim_site *site)
{
	check_usable(l, "tries");
	sim_point(l, SIM_WRITE, site);
	footprint_note(l, true);
	if (!can_own(l))
		return 0;
	if (machine.hot.cur == NO_THREAD) {
		set_owner(l, HOST_OWNER);
		return 1;
	}
	set_owner(l, machine.hot.cur + 1);
	held_add(current_thread(), l, false, site);
	return 1;
}

int sim_trylock_shared(struct sim_lock *l, const struct sim_site *site)
{
	check_usable(l, "tries");
	sim_point(l, SIM_WRITE, site);
	footprint_note(l, false);
	if (l->owner)
		return 0;
	if (machine.hot.cur == NO_THREAD) {
		set_readers(l, l->readers + 1);
		return 1;
	}
	if (!can_share(l))
		return 0;
	set_readers(l, l->readers + 1);
	held_add(current_thread(), l, true, site);
	return 1;
}

static __attribute__((noinline)) void unlock_carefully(struct sim_lock *l,
						       const struct sim_site *site)
{
	struct thread *t = current_thread();

	check_usable(l, "releases");
	if (!t) {
		set_owner(l, 0);
		return;
	}
	held_remove(t, l, false, site);
	set_owner(l, 0);
	wake_waiters(l);
	sim_point(l, SIM_WRITE, site);
}

static __attribute__((noinline)) void unshare_carefully(struct sim_lock *l,
							const struct sim_site *site)
{
	struct thread *t = current_thread();

	check_usable(l, "releases");
	if (!t) {
		set_readers(l, l->readers - 1);
		return;
	}
	held_remove(t, l, true, site);
	set_readers(l, l->readers - 1);
	if (!l->readers)
		wake_waiters(l);
	sim_point(l, SIM_WRITE, site);
}

/* It is the lock that the thread took last, and nobody waits for it or notes what is written. */
static inline bool may_unlock(const struct thread *t, const struct sim_lock *l, bool shared)
{
	const struct world_held *h;

	if (!t || !t->nheld || !is_usable(l) || l->waiters || footprint_wanted)
		return false;
	h = &t->held[t->nheld - 1];
	return h->lock == l && h->shared == shared;
}

void sim_unlock(struct sim_lock *l, const struct sim_site *site)
{
	struct thread *t = current_thread();

	if (unlikely(!may_unlock(t, l, false))) {
		unlock_carefully(l, site);
		return;
	}
	held_drop(t, l);
	set_holders(l, 0, 0);
	if (unlikely(!point_passed(t, site)))
		sched_look(site);
}

void sim_unlock_shared(struct sim_lock *l, const struct sim_site *site)
{
	struct thread *t = current_thread();

	if (unlikely(!may_unlock(t, l, true))) {
		unshare_carefully(l, site);
		return;
	}
	held_drop(t, l);
	set_holders(l, 0, l->readers - 1);
	if (unlikely(!point_passed(t, site)))
		sched_look(site);
}

void sim_lock_downgrade(struct sim_lock *l)
{
	struct thread *t = current_thread();
	unsigned int i;

	for (i = 0; i < t->nheld; i++) {
		if (t->held[i].lock == l)
			t->held[i].shared = true;
	}
	set_owner(l, 0);
	set_readers(l, 1);
	wake_waiters(l);
}

int sim_lock_is_mine(const struct sim_lock *l)
{
	const struct thread *t;
	unsigned int i;

	if (machine.hot.cur == NO_THREAD)
		return l->owner == HOST_OWNER || l->readers;
	t = current_thread();
	for (i = 0; i < t->nheld; i++) {
		if (t->held[i].lock == l)
			return 1;
	}
	return 0;
}

int sim_lock_is_mine_exclusive(const struct sim_lock *l)
{
	if (machine.hot.cur == NO_THREAD)
		return l->owner == HOST_OWNER;
	return l->owner == machine.hot.cur + 1;
}

sim_u64 sim_lock_taken(unsigned int tid, const struct sim_lock *l)
{
	const struct thread *t = &machine.hot.thread[tid];
	unsigned int i;

	for (i = 0; i < t->nheld; i++) {
		if (t->held[i].lock == l)
			return t->held[i].taken;
	}
	/* A step is counted before it is checked. */
	if (t->released == l && t->released_step + 1 >= machine.hot.step)
		return t->released_taken;
	return 0;
}

unsigned int sim_class_held(unsigned int class_)
{
	return machine.hot.class_held[class_];
}

int sim_lock_is_held(const struct sim_lock *l)
{
	footprint_note(l, false);
	return l->owner || l->readers;
}
