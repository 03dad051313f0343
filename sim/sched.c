// SPDX-License-Identifier: GPL-2.0-only
/* sched.c - scheduling points: the end of a step, and who runs next */
#include <stdarg.h>
#include <string.h>

#include "sim/explore.h"
#include "sim/footprint.h"
#include "sim/machine.h"
#include "sim/snapshot.h"

struct machine machine;
void *sim_task;
unsigned int sim_tid = NO_THREAD;

#define MAX_SLICES (1u << 20)

static struct world_slice slices[MAX_SLICES];
static size_t nslices;
static struct world_slice *slice = slices; /* of the running thread */
static uint64_t slice_start;		   /* step at which it began */

static struct stop {
	const char *point;
	bool lock;
} stops[WORLD_MAX_THREADS];
static unsigned int stopped_tid;

static inline uint64_t bit(unsigned int tid)
{
	return 1ull << tid;
}

/* ---------------------------------------------------------- the schedule */

/* The counts are brought up to date when somebody looks, not at every step. */
static void slice_update(void)
{
	if (nslices)
		slice->count += machine.hot.step - slice_start;
	slice_start = machine.hot.step;
}

static void slice_begin(unsigned int tid)
{
	slice_update();
	if (nslices && slice->tid == tid)
		return;
	/* Longer than anybody replays: the last slice is written over. */
	if (nslices == MAX_SLICES)
		nslices--;
	slice = &slices[nslices++];
	slice->tid = tid;
	slice->count = 0;
}

void sched_parts(struct snapshot_cursor *c)
{
	snapshot_part(c, &nslices, sizeof(nslices));
	slice = nslices ? &slices[nslices - 1] : slices;
	snapshot_part(c, slice, sizeof(*slice));
	snapshot_part(c, &slice_start, sizeof(slice_start));
}

const struct world_slice *world_schedule(size_t *n)
{
	slice_update();
	*n = nslices;
	return slices;
}

void world_schedule_clear(void)
{
	inject_forget_chances();
	nslices = 0;
	slice = slices;
	slice_start = machine.hot.step;
}

/* Steps that the running thread has made since it was switched to. */
uint32_t sched_slice_count(void)
{
	slice_update();
	return slice->count;
}

/* ------------------------------------------------------------- switching */

/* Who could run has changed, or who runs. */
static inline void see_others(void)
{
	struct machine *m = &machine;

	m->stay_until = 0;
	if (!m->running)
		return;
	m->others = m->slow ? ~0ull : m->hot.runnable & m->hot.allowed & ~bit(m->hot.cur);
}

static inline __attribute__((always_inline)) void resume(struct fiber *from, unsigned int tid)
{
	struct thread *to = &machine.hot.thread[tid];

	machine.hot.cur = tid;
	machine.running = to;
	sim_tid = tid;
	sim_task = to->task;
	see_others();
	slice_begin(tid);
	fiber_before_switch(tid, false);
	fiber_jump(from, &to->fiber);
	fiber_after_switch();
}

void sched_leave_to_host(void)
{
	struct fiber *from = &current_thread()->fiber;

	set_current(NO_THREAD);
	fiber_before_switch(0, true);
	fiber_jump(from, &machine.host);
	fiber_after_switch();
}

/* What the invariants read is no part of the step, but what they will ask about is. */
static void check_step(void)
{
	bool wanted = footprint_wanted;

	footprint_wanted = false;
	invariant_end_of_step();
	footprint_wanted = wanted;
}

/* What is not on the fast path: limits, records, invariants. */
static __attribute__((noinline)) void end_step_slowly(void)
{
	struct machine *m = &machine;
	const struct undo *step_end;

	if (unlikely(m->hot.step > m->max_steps))
		machine_limit("more than %llu steps: an endless loop, or raise the limit",
			      (unsigned long long)m->max_steps);
	if (unlikely(undo_next > undo_limit))
		machine_limit("the undo log is full");
	if (m->learning)
		known_note(trace_word(m->hot.cur, current_thread()->site));
	if (m->config.record) {
		trace_record_step(m->hot.cur, current_thread()->site);
		trace_note_writes(m->step_log, undo_next);
	}
	step_end = undo_next;
	if (m->config.check)
		check_step();
	if (unlikely(m->exploring))
		explore_step(step_end);
	if (unlikely(footprint_wanted))
		footprint_clear();
	if (!m->checkpointed)
		undo_next = undo_base;
	m->step_log = undo_next;
	/* The log has room for what so many steps can write; one that nobody wants stays short. */
	m->look_at = m->hot.step + (m->checkpointed ? 4096 : m->config.no_undo ? 256 : 32);
	if (m->look_at > m->max_steps)
		m->look_at = m->max_steps + 1;
	if (m->config.record || m->config.check || m->exploring || m->learning)
		m->look_at = 0;
	m->checks_only = m->config.check && !m->config.record && !m->exploring && !m->learning;
}

/* Of runs with invariants and nothing else. */
static inline void end_step_checked(void)
{
	struct machine *m = &machine;

	if (unlikely(!m->checks_only || m->hot.step > m->max_steps || undo_next > undo_limit)) {
		end_step_slowly();
		return;
	}
	/* Most steps only look. */
	if (SIM_HAS_UNDO && undo_next == m->step_log && !sim_checks_awake && !m->config.full_check)
		return;
	invariant_end_of_step();
	if (!m->checkpointed)
		undo_next = undo_base;
	m->step_log = undo_next;
}

static inline void end_step(const struct sim_site *site)
{
	point_passed(current_thread(), site);
	if (machine.hot.step >= machine.look_at)
		end_step_checked();
}

/* Whoever runs can run: the others are asked for, and whether the strategy has to be. */
static inline bool goes_on_alone(void)
{
	if (unlikely(machine.slow))
		return false;
	return machine.hot.step < machine.stay_until ||
	       !(machine.hot.runnable & machine.hot.allowed & ~bit(machine.hot.cur));
}

/* Apart, as whoever stays has nothing to save. */
static void __attribute__((noinline)) switch_to(unsigned int next)
{
	resume(&current_thread()->fiber, next);
}

static inline void reschedule(const struct sim_site *site)
{
	uint64_t mask = machine.hot.runnable & machine.hot.allowed;
	unsigned int next;

	next = strategy_pick(mask, true, site);
	if (next != machine.hot.cur)
		switch_to(next);
}

static void maybe_stop(const struct sim_site *site)
{
	struct stop *s = &stops[machine.hot.cur];

	if (!s->point || s->lock || !world_site_matches(site, s->point))
		return;
	s->point = NULL;
	stopped_tid = machine.hot.cur;
	machine.verdict = WORLD_STOPPED;
	sched_leave_to_host();
}

/* Before a lock is asked for: `stop at lock NAME`. */
static void maybe_stop_at_lock(const struct sim_lock *l)
{
	struct stop *s = &stops[machine.hot.cur];

	if (!s->point || !s->lock || strcmp(s->point, lock_class_name(l)))
		return;
	s->point = NULL;
	stopped_tid = machine.hot.cur;
	machine.verdict = WORLD_STOPPED;
	sched_leave_to_host();
}

bool sched_stop_matches(const struct sim_site *site, const struct sim_lock *lock)
{
	(void)site;
	maybe_stop_at_lock(lock);
	return false;
}

void sched_look(const struct sim_site *site)
{
	if (machine.hot.step >= machine.look_at)
		end_step_checked();
	if (unlikely(machine.slow))
		maybe_stop(site);
	if (!goes_on_alone())
		reschedule(site);
}

/* The path of a thread that goes on alone has nothing to save and calls nothing. */
void sim_point(const void *obj, enum sim_access rw, const struct sim_site *site)
{
	struct thread *t = current_thread();

	(void)obj;
	(void)rw;
	if (unlikely(!t))
		return;
	if (unlikely(!point_passed(t, site)))
		sched_look(site);
}

void sim_spin(const void *obj, const struct sim_site *site)
{
	uint64_t others;

	if (machine.hot.cur == NO_THREAD)
		return;
	others = machine.hot.runnable & machine.hot.allowed & ~bit(machine.hot.cur);
	footprint_turn();
	end_step(site);
	if (others)
		resume(&current_thread()->fiber, strategy_pick(others, false, site));
}

/* Everybody who could run waits for somebody who cannot. */
static void stop_as_if_asleep(void)
{
	machine.hot.in_vain = 0;
	machine.verdict = WORLD_DONE;
	sched_leave_to_host();
}

void sim_yield(const void *obj, const struct sim_site *site)
{
	struct thread *t;
	uint64_t others;
	bool again;

	if (machine.hot.cur == NO_THREAD)
		return;
	t = current_thread();
	footprint_turn();
	footprint_note(&machine.hot.in_vain, true);
	again = machine.hot.in_vain & bit(machine.hot.cur);
	if (!t->yields)
		machine.hot.in_vain = 0;
	t->yields = true;
	t->wait_obj = obj;
	t->wait_site = site;
	machine.hot.in_vain |= bit(machine.hot.cur);
	others = machine.hot.runnable & machine.hot.allowed & ~machine.hot.in_vain;
	end_step(site);
	if (others)
		resume(&t->fiber, strategy_pick(others, false, site));
	else if (again) /* the last round was its own, and has changed nothing */
		stop_as_if_asleep();
}

/*
 * It does something else than to go round, or it stops.  Until then those that go round are not
 * alone; from now on each of them has to see for itself what has become of what it waits for.
 */
static void yields_no_more(struct thread *t)
{
	footprint_note(&machine.hot.in_vain, machine.hot.in_vain);
	t->yields = false;
	machine.hot.in_vain = 0;
}

/* The running thread cannot go on: somebody else does, or the host. */
static void give_up_processor(const struct sim_site *site)
{
	struct thread *t = current_thread();
	uint64_t mask;

	machine.hot.runnable &= ~bit(machine.hot.cur);
	yields_no_more(t);
	end_step(site);
	mask = machine.hot.runnable & machine.hot.allowed;
	if (!mask) {
		machine.verdict = WORLD_DONE;
		sched_leave_to_host();
		return;
	}
	resume(&t->fiber, strategy_pick(mask, false, site));
}

void sim_park(const void *obj, const struct sim_site *site)
{
	struct thread *t = current_thread();

	sim_might_sleep(site);
	footprint_note(t, true);
	if (machine.config.check)
		footprint_history(HISTORY_EVENT);
	t->state = THREAD_PARKED;
	t->parked_at = machine.hot.step;
	t->wait_obj = obj;
	t->wait_site = site;
	give_up_processor(site);
}

void sim_unpark(unsigned int tid)
{
	struct thread *t = &machine.hot.thread[tid];

	if (t->state != THREAD_PARKED)
		return;
	footprint_note(t, true);
	t->state = THREAD_READY;
	t->wait_obj = NULL;
	machine.hot.runnable |= bit(tid);
	see_others();
}

void sched_block_on_lock(struct sim_lock *l, bool shared, const struct sim_site *site)
{
	struct thread *t = current_thread();

	t->state = THREAD_LOCKED;
	t->wants_shared = shared;
	t->wait_obj = l;
	t->wait_site = site;
	give_up_processor(site);
}

void sched_wake_locked(uint64_t mask)
{
	uint64_t left = mask;

	while (left) {
		unsigned int tid = __builtin_ctzll(left);
		struct thread *t = &machine.hot.thread[tid];

		left &= left - 1;
		if (t->state != THREAD_LOCKED)
			continue;
		t->state = THREAD_READY;
		t->wait_obj = NULL;
		machine.hot.runnable |= bit(tid);
	}
	see_others();
}

void sim_interrupt(unsigned int tid)
{
	struct thread *t = &machine.hot.thread[tid];

	if (t->state == THREAD_LOCKED && t->may_give_up)
		sched_wake_locked(bit(tid));
}

/* ------------------------------------------------- entering and leaving */

void sim_enter_kernel(const char *name, const struct sim_site *site)
{
	struct thread *t;

	if (machine.hot.cur == NO_THREAD)
		return;
	t = current_thread();
	if (!t->kernel_depth++)
		t->in_kernel = name;
	sim_point(t, SIM_READ, site);
}

void sim_leave_kernel(const struct sim_site *site)
{
	struct thread *t;

	if (machine.hot.cur == NO_THREAD)
		return;
	t = current_thread();
	if (--t->kernel_depth) {
		sim_point(t, SIM_READ, site);
		return;
	}
	if (unlikely(t->yields))
		yields_no_more(t);
	end_step(site);
	lock_check_user_return(t);
	if (machine.config.check) {
		invariant_user_return(machine.hot.cur);
		/* It was between two steps. */
		if (unlikely(footprint_wanted))
			footprint_clear();
	}
	t->in_kernel = NULL;
	if (unlikely(machine.slow))
		maybe_stop(site);
	reschedule(site);
}

/* ---------------------------------------------------------------- threads */

static void fiber_main(void)
{
	struct thread *t;

	fiber_after_switch();
	t = current_thread();
	t->fn(t->arg);
	t = current_thread();
	t->state = THREAD_IDLE;
	machine.hot.busy &= ~bit(machine.hot.cur);
	t->fn = NULL;
	give_up_processor(SIM_SITE("thread_end"));
	__builtin_trap();
}

int world_thread_add(const char *name, void *task)
{
	unsigned int tid = machine.hot.nthreads;
	struct thread *t;

	if (tid == WORLD_MAX_THREADS)
		return -1;
	t = &machine.hot.thread[tid];
	memset(t, 0, sizeof(*t));
	t->task = task;
	machine.begun |= bit(tid);
	snprintf(machine.names[tid], WORLD_NAME_LEN, "%s", name);
	machine.hot.nthreads++;
	return tid;
}

unsigned int world_nthreads(void)
{
	return machine.hot.nthreads;
}

void world_thread_info(unsigned int tid, struct world_thread *info)
{
	const struct thread *t = &machine.hot.thread[tid];

	*info = (struct world_thread){
		.name = machine.names[tid],
		.state = t->yields && t->state == THREAD_READY ? THREAD_PARKED : t->state,
		.site = t->site,
		.wait_obj = t->wait_obj,
		.wait_site = t->wait_site,
		.held = t->held,
		.nheld = t->nheld,
		.in_syscall = t->in_kernel,
		.task = t->task,
	};
}

void world_thread_start(unsigned int tid, void (*fn)(void *), void *arg)
{
	struct thread *t = &machine.hot.thread[tid];

	t->fn = fn;
	t->arg = arg;
	t->state = THREAD_READY;
	machine.begun |= bit(tid);
	machine.hot.busy |= bit(tid);
	machine.hot.runnable |= bit(tid);
	fiber_start(&t->fiber, tid, fiber_main);
}

void world_stop_at(unsigned int tid, const char *point)
{
	static const char lock_word[] = "lock ";
	unsigned int i;

	stops[tid].lock = point && !strncmp(point, lock_word, sizeof(lock_word) - 1);
	stops[tid].point = stops[tid].lock ? point + sizeof(lock_word) - 1 : point;
	machine.slow = false;
	for (i = 0; i < WORLD_MAX_THREADS; i++) {
		if (stops[i].point)
			machine.slow = true;
	}
	sched_set_slow();
}

unsigned int world_stopped_tid(void)
{
	return stopped_tid;
}

void sched_reset(void)
{
	memset(stops, 0, sizeof(stops));
	machine.slow = false;
	machine.in_run = false;
	world_schedule_clear();
	set_current(NO_THREAD);
}

/* ---------------------------------------------------------------- the run */

void sched_on_host(void (*fn)(void))
{
	machine.on_host = fn;
	fiber_jump(&current_thread()->fiber, &machine.host);
}

/* Somebody has left to the host: for good, or for what shall be done there. */
static void serve_on_host(void)
{
	struct machine *m = &machine;

	while (m->on_host) {
		void (*fn)(void) = m->on_host;

		m->on_host = NULL;
		fn();
		fiber_jump(&m->host, &m->running->fiber);
	}
}

static enum world_verdict run_is_over(void)
{
	struct machine *m = &machine;

	m->in_run = false;
	if (m->verdict == WORLD_DONE && (m->hot.busy & m->hot.allowed))
		m->verdict = WORLD_BLOCKED;
	if ((m->verdict == WORLD_DONE || m->verdict == WORLD_BLOCKED) && m->config.check &&
	    !m->hot.runnable)
		invariant_quiet();
	return m->verdict;
}

enum world_verdict world_run(uint64_t mask)
{
	struct machine *m = &machine;
	uint64_t can = m->hot.runnable & mask;

	m->hot.allowed = mask;
	m->verdict = WORLD_DONE;
	if (can) {
		m->in_run = true;
		resume(&m->host, strategy_pick(can, false, NULL));
		serve_on_host();
	}
	return run_is_over();
}

enum world_verdict world_explore_go_on(void)
{
	struct machine *m = &machine;

	m->in_run = true;
	fiber_jump(&m->host, &m->running->fiber);
	serve_on_host();
	return run_is_over();
}

/* What the host changed between two runs is a step of nobody. */
void world_host_step(void)
{
	struct machine *m = &machine;

	if (m->config.check)
		invariant_end_of_step();
	if (!m->checkpointed)
		undo_next = undo_base;
	m->step_log = undo_next;
}

/* The extra stack that world_call() borrows. */
static struct fiber call_fiber;
static void (*call_fn)(void *arg);
static void *call_arg;

static void call_main(void)
{
	fiber_after_switch();
	call_fn(call_arg);
	fiber_before_switch(0, true);
	fiber_jump(&call_fiber, &machine.host);
	__builtin_trap();
}

void world_call(void (*fn)(void *), void *arg)
{
	if (fiber_on_stack(__builtin_frame_address(0))) {
		fn(arg);
		return;
	}
	call_fn = fn;
	call_arg = arg;
	fiber_start(&call_fiber, FIBER_MAX - 1, call_main);
	machine.in_run = true;
	fiber_before_switch(FIBER_MAX - 1, false);
	fiber_jump(&machine.host, &call_fiber);
	fiber_after_switch();
	machine.in_run = false;
	world_host_step();
}

/* ---------------------------------------------------------------- failing */

void machine_fail(enum world_verdict v)
{
	machine.verdict = v;
	machine.report.verdict = v;
	if (!fiber_on_stack(__builtin_frame_address(0)))
		return;
	if (machine.hot.cur == NO_THREAD) {
		fiber_before_switch(0, true);
		fiber_jump(&call_fiber, &machine.host);
	}
	sched_leave_to_host();
}

void machine_limit(const char *fmt, ...)
{
	va_list ap;

	report_fill("LIMIT", NULL, NULL);
	va_start(ap, fmt);
	vsnprintf(machine.report.text, sizeof(machine.report.text), fmt, ap);
	va_end(ap);
	machine_fail(WORLD_LIMIT);
}
