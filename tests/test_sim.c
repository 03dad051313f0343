// SPDX-License-Identifier: GPL-2.0-only
/* test_sim.c - the machine alone, with programs of a few lines in the place of a kernel */
#include <string.h>

#include "tests/suite.h"

#include "sim/explore.h"
#include "sim/footprint.h"
#include "sim/invariant.h"
#include "sim/world.h"

enum { OUTER = 1, INNER, SPIN, NCLASSES };

static const struct sim_lock_class classes[NCLASSES] = {
	[OUTER] = { "outer", 10, "a sleeping lock" },
	[INNER] = { "inner", 20, "a sleeping lock" },
	[SPIN] = { "spin", 30, "a spinlock" },
};

static struct sim_lock *outer, *inner, *spin;
static unsigned long *counter;
static unsigned long seen[8];

static void *alloc_cb_result, *largest;

static void make_objects(void *unused)
{
	outer = sim_alloc(sizeof(*outer));
	inner = sim_alloc(sizeof(*inner));
	spin = sim_alloc(sizeof(*spin));
	counter = sim_alloc(64);
	sim_lock_init(outer, SIM_RWSEM, OUTER);
	sim_lock_init(inner, SIM_MUTEX, INNER);
	sim_lock_init(spin, SIM_SPINLOCK, SPIN);
}

static void boot_with(struct world_config config, unsigned int nthreads)
{
	static const char *const names[] = { "a", "b", "c" };
	unsigned int i;

	world_reset(&config);
	world_lock_table(classes, NCLASSES);
	memset(seen, 0, sizeof(seen));
	world_call(make_objects, NULL);
	for (i = 0; i < nthreads; i++)
		ck_assert_int_eq(world_thread_add(names[i], NULL), (int)i);
	world_strategy_sequential();
}

static void boot(unsigned int nthreads)
{
	boot_with((struct world_config){ .record = true }, nthreads);
}

static enum world_verdict run_one(void (*fn)(void *), void *arg)
{
	world_thread_start(0, fn, arg);
	return world_run(~0ull);
}

static void ck_report(const char *invariant, const char *part)
{
	ck_assert_str_eq(world_report()->invariant, invariant);
	ck_assert_msg(strstr(world_report()->text, part), "'%s' lacks '%s'", world_report()->text,
		      part);
}

static void add(unsigned long n)
{
	sim_undo_note(counter, sizeof(*counter));
	*counter += n;
}

/* ------------------------------------------------------------- scheduling */

static void count_locked(void *arg)
{
	unsigned long i, v;

	for (i = 0; i < (unsigned long)arg; i++) {
		sim_lock(inner, SIM_SITE("mutex_lock"));
		v = *counter;
		sim_point(counter, SIM_WRITE, SIM_SITE("between"));
		add(v + 1 - *counter);
		sim_unlock(inner, SIM_SITE("mutex_unlock"));
	}
}

static void count_unlocked(void *arg)
{
	unsigned long i, v;

	for (i = 0; i < (unsigned long)arg; i++) {
		v = *counter;
		sim_point(counter, SIM_WRITE, SIM_SITE("between"));
		add(v + 1 - *counter);
	}
}

static enum world_verdict run_two(void (*a)(void *), void (*b)(void *), unsigned long n)
{
	world_thread_start(0, a, (void *)n);
	world_thread_start(1, b, (void *)n);
	return world_run(3);
}

START_TEST(a_mutex_keeps_two_threads_apart)
{
	boot(2);
	world_strategy_random(_i);
	ck_assert_int_eq(run_two(count_locked, count_locked, 20), WORLD_DONE);
	ck_assert_uint_eq(*counter, 40);
}
END_TEST

START_TEST(without_the_mutex_some_seed_loses_an_update)
{
	unsigned int seed, lost = 0;

	for (seed = 0; seed < 50; seed++) {
		boot(2);
		world_strategy_random(seed);
		ck_assert_int_eq(run_two(count_unlocked, count_unlocked, 20), WORLD_DONE);
		lost += *counter < 40;
	}
	ck_assert_uint_gt(lost, 40);
}
END_TEST

START_TEST(the_same_seed_gives_the_same_hash_and_another_seed_another)
{
	uint64_t hash[3];
	unsigned int i;

	for (i = 0; i < 3; i++) {
		boot(2);
		world_strategy_random(i < 2 ? 7 : 8);
		run_two(count_locked, count_unlocked, 10);
		hash[i] = world_trace_hash();
	}
	ck_assert(hash[0] == hash[1]);
	ck_assert(hash[0] != hash[2]);
}
END_TEST

START_TEST(a_recorded_schedule_replays_to_the_same_result)
{
	const struct world_slice *now;
	struct world_slice *kept;
	unsigned long result;
	uint64_t steps;
	size_t n;

	boot(2);
	world_strategy_random(_i);
	run_two(count_unlocked, count_unlocked, 10);
	result = *counter;
	steps = world_steps();
	now = world_schedule(&n);
	ck_assert_uint_gt(n, 1);
	kept = malloc(n * sizeof(*kept));
	memcpy(kept, now, n * sizeof(*kept));

	boot(2);
	world_strategy_recorded(kept, n);
	ck_assert_int_eq(run_two(count_unlocked, count_unlocked, 10), WORLD_DONE);
	ck_assert_uint_eq(*counter, result);
	ck_assert_uint_eq(world_steps(), steps);
	now = world_schedule(&n);
	ck_assert_int_eq(memcmp(now, kept, n * sizeof(*kept)), 0);
	free(kept);
}
END_TEST

START_TEST(a_schedule_that_does_not_fit_says_so)
{
	static const struct world_slice too_long[] = { { 0, 1000 }, { 1, 5 } };
	static const struct world_slice no_such[] = { { 0, 2 }, { 2, 5 } };

	boot(2);
	world_strategy_recorded(too_long, 2);
	ck_assert_int_eq(run_two(count_unlocked, count_unlocked, 10), WORLD_DIVERGED);
	ck_report("SCHEDULE", "a cannot go on that long");
	boot(2);
	world_strategy_recorded(no_such, 2);
	ck_assert_int_eq(run_two(count_unlocked, count_unlocked, 10), WORLD_DIVERGED);
	ck_report("SCHEDULE", "slice 2");
}
END_TEST

START_TEST(a_bound_of_no_preemption_runs_one_thread_after_the_other)
{
	size_t n;

	boot(2);
	world_strategy_random(_i);
	world_preempt_bound(0);
	ck_assert_int_eq(run_two(count_unlocked, count_unlocked, 20), WORLD_DONE);
	ck_assert_uint_eq(*counter, 40);
	world_schedule(&n);
	ck_assert_uint_eq(n, 2);
}
END_TEST

static void spin_for_ever(void *arg)
{
	for (;;)
		sim_point(arg, SIM_READ, SIM_SITE("again"));
}

START_TEST(an_endless_loop_ends_at_the_limit_of_steps)
{
	boot_with((struct world_config){ .max_steps = 1000 }, 1);
	ck_assert_int_eq(run_one(spin_for_ever, NULL), WORLD_LIMIT);
	ck_report("LIMIT", "more than 1000 steps");
}
END_TEST

static void sleeper(void *arg)
{
	sim_park(counter, SIM_SITE("park"));
	seen[0]++;
}

static void waker(void *arg)
{
	sim_unpark(0);
	sim_point(counter, SIM_WRITE, SIM_SITE("woke"));
}

START_TEST(a_parked_thread_sleeps_until_it_is_unparked)
{
	struct world_thread info;

	boot(2);
	ck_assert_int_eq(run_one(sleeper, NULL), WORLD_BLOCKED);
	world_thread_info(0, &info);
	ck_assert_int_eq(info.state, THREAD_PARKED);
	ck_assert_ptr_eq(info.wait_obj, counter);
	world_thread_start(1, waker, NULL);
	ck_assert_int_eq(world_run(2), WORLD_DONE);
	ck_assert_uint_eq(seen[0], 0);
	ck_assert_int_eq(world_run(1), WORLD_DONE);
	ck_assert_uint_eq(seen[0], 1);
}
END_TEST

/* Goes round until the counter is what it waits for. */
static void yielder(void *arg)
{
	sim_enter_kernel("yielder", SIM_SITE("syscall_enter"));
	while (*counter < (unsigned long)arg) {
		seen[sim_tid]++;
		sim_yield(counter, SIM_SITE("yield"));
	}
	sim_leave_kernel(SIM_SITE("syscall_exit"));
}

static void count_to(void *arg)
{
	while (*counter < (unsigned long)arg) {
		add(1);
		sim_point(counter, SIM_WRITE, SIM_SITE("count"));
	}
}

static void sleeps_after_one(void *arg)
{
	(void)arg;
	add(1);
	sim_park(counter, SIM_SITE("park"));
}

START_TEST(who_goes_round_in_vain_is_as_good_as_asleep)
{
	struct world_thread info;

	boot(3);
	world_thread_start(0, yielder, (void *)2);
	world_thread_start(1, yielder, (void *)5);
	ck_assert_int_eq(world_run(7), WORLD_BLOCKED);
	ck_assert_uint_eq(seen[0], 3);
	ck_assert_uint_eq(seen[1], 1);
	world_thread_info(0, &info);
	ck_assert_int_eq(info.state, THREAD_PARKED);
	ck_assert_int_eq(world_run(1), WORLD_BLOCKED);
	ck_assert_uint_eq(seen[0], 5);
	world_thread_start(2, count_to, (void *)2);
	ck_assert_int_eq(world_run(7), WORLD_BLOCKED);
	world_thread_info(0, &info);
	ck_assert_int_eq(info.state, THREAD_IDLE);
	world_thread_start(2, count_to, (void *)5);
	ck_assert_int_eq(world_run(7), WORLD_DONE);
}
END_TEST

/* Goes round first, and looks then. */
static void late_yielder(void *arg)
{
	do {
		sim_yield(counter, SIM_SITE("yield"));
	} while (*counter < (unsigned long)arg);
}

/* Nobody else is left, but what they did may have been enough. */
START_TEST(who_is_alone_goes_round_once_more)
{
	struct world_thread info;

	boot(2);
	world_thread_start(1, sleeps_after_one, NULL);
	ck_assert_int_eq(world_run(2), WORLD_BLOCKED);
	world_thread_start(0, late_yielder, (void *)1);
	ck_assert_int_eq(world_run(3), WORLD_BLOCKED);
	world_thread_info(0, &info);
	ck_assert_int_eq(info.state, THREAD_IDLE);
}
END_TEST

START_TEST(whoever_counts_ends_the_rounds_under_every_seed)
{
	unsigned int seed;

	for (seed = 0; seed < 50; seed++) {
		boot(3);
		world_strategy_random(seed);
		world_thread_start(0, yielder, (void *)2);
		world_thread_start(1, yielder, (void *)5);
		world_thread_start(2, count_to, (void *)5);
		ck_assert_int_eq(world_run(7), WORLD_DONE);
	}
}
END_TEST

START_TEST(a_stop_point_stops_and_the_run_goes_on_from_there)
{
	boot(1);
	world_stop_at(0, "count_unlocked:between");
	ck_assert_int_eq(run_one(count_unlocked, (void *)3), WORLD_STOPPED);
	ck_assert_uint_eq(*counter, 0);
	ck_assert_int_eq(world_run(1), WORLD_DONE);
	ck_assert_uint_eq(*counter, 3);
	boot(1);
	world_stop_at(0, "lock inner");
	ck_assert_int_eq(run_one(count_locked, (void *)1), WORLD_STOPPED);
	ck_assert(!sim_lock_is_held(inner));
}
END_TEST

/* ------------------------------------------------------------------ locks */

static void hold_outer_then_inner(void *arg)
{
	sim_lock(outer, SIM_SITE("down_write"));
	sim_lock(inner, SIM_SITE("mutex_lock"));
	sim_unlock(inner, SIM_SITE("mutex_unlock"));
	sim_unlock(outer, SIM_SITE("up_write"));
}

static void hold_inner_then_outer(void *arg)
{
	sim_lock(inner, SIM_SITE("mutex_lock"));
	sim_lock(outer, SIM_SITE("down_write"));
	sim_unlock(outer, SIM_SITE("up_write"));
	sim_unlock(inner, SIM_SITE("mutex_unlock"));
}

START_TEST(the_wrong_order_of_two_locks_is_reported_without_a_deadlock)
{
	boot(1);
	ck_assert_int_eq(run_one(hold_outer_then_inner, NULL), WORLD_DONE);
	ck_assert_int_eq(run_one(hold_inner_then_outer, NULL), WORLD_VIOLATION);
	ck_report("LOCK", "the order is outer, then inner");
}
END_TEST

START_TEST(an_ab_ba_deadlock_blocks_both_threads)
{
	unsigned int seed, blocked = 0;
	struct world_thread info;

	for (seed = 0; seed < 40; seed++) {
		boot(2);
		world_tolerate("LOCK");
		world_strategy_random(seed);
		if (run_two(hold_outer_then_inner, hold_inner_then_outer, 0) != WORLD_BLOCKED)
			continue;
		blocked++;
		world_thread_info(0, &info);
		ck_assert_int_eq(info.state, THREAD_LOCKED);
		ck_assert_ptr_eq(info.wait_obj, inner);
		ck_assert_uint_eq(info.nheld, 1);
	}
	ck_assert_uint_gt(blocked, 0);
}
END_TEST

static void read_and_park(void *arg)
{
	sim_lock_shared(outer, SIM_SITE("down_read"));
	sim_park(counter, SIM_SITE("park"));
	sim_unlock_shared(outer, SIM_SITE("up_read"));
}

static void write_once(void *arg)
{
	sim_lock(outer, SIM_SITE("down_write"));
	seen[1]++;
	sim_unlock(outer, SIM_SITE("up_write"));
}

static void read_once(void *arg)
{
	sim_lock_shared(outer, SIM_SITE("down_read"));
	seen[2] = seen[1] + 1;
	sim_unlock_shared(outer, SIM_SITE("up_read"));
}

START_TEST(a_waiting_writer_stops_new_readers)
{
	struct world_thread info;

	boot(3);
	run_one(read_and_park, NULL);
	world_thread_start(1, write_once, NULL);
	ck_assert_int_eq(world_run(2), WORLD_BLOCKED);
	world_thread_start(2, read_once, NULL);
	ck_assert_int_eq(world_run(4), WORLD_BLOCKED);
	world_thread_info(2, &info);
	ck_assert_int_eq(info.state, THREAD_LOCKED);
	sim_unpark(0);
	ck_assert_int_eq(world_run(7), WORLD_DONE);
	ck_assert_uint_eq(seen[2], 2);
}
END_TEST

static int gives_up(void)
{
	return counter[0] != 0;
}

static void write_unless(void *arg)
{
	seen[3] = 1 + sim_lock_unless(outer, gives_up, SIM_SITE("down_write_killable"));
	if (seen[3] == 2)
		sim_unlock(outer, SIM_SITE("up_write"));
}

static void interrupt(void *arg)
{
	add((unsigned long)arg);
	sim_interrupt(1);
}

/* Who stood behind the writer that has gone away goes on. */
START_TEST(a_wait_for_a_lock_can_be_given_up)
{
	boot(3);
	run_one(read_and_park, NULL);
	world_thread_start(1, write_unless, NULL);
	ck_assert_int_eq(world_run(2), WORLD_BLOCKED);
	world_thread_start(2, interrupt, (void *)0);
	ck_assert_int_eq(world_run(6), WORLD_BLOCKED);
	ck_assert_uint_eq(seen[3], 0);
	world_thread_start(2, read_once, NULL);
	ck_assert_int_eq(world_run(4), WORLD_BLOCKED);
	world_call(interrupt, (void *)1);
	ck_assert_int_eq(world_run(2), WORLD_DONE);
	ck_assert_uint_eq(seen[3], 1);
	ck_assert_int_eq(world_run(4), WORLD_DONE);
	ck_assert_uint_eq(seen[2], 1);
}
END_TEST

START_TEST(a_lock_that_is_free_is_taken_whatever_there_is)
{
	boot(2);
	world_call(interrupt, (void *)1);
	world_thread_start(1, write_unless, NULL);
	ck_assert_int_eq(world_run(2), WORLD_DONE);
	ck_assert_uint_eq(seen[3], 2);
}
END_TEST

/* Only an uninterested thread sleeps on. */
START_TEST(a_plain_wait_for_a_lock_cannot_be_given_up)
{
	boot(2);
	run_one(read_and_park, NULL);
	world_thread_start(1, write_once, NULL);
	ck_assert_int_eq(world_run(2), WORLD_BLOCKED);
	world_call(interrupt, (void *)1);
	ck_assert_int_eq(world_run(2), WORLD_BLOCKED);
	ck_assert_uint_eq(seen[1], 0);
}
END_TEST

START_TEST(readers_share)
{
	boot(3);
	run_one(read_and_park, NULL);
	world_thread_start(2, read_once, NULL);
	ck_assert_int_eq(world_run(4), WORLD_DONE);
	ck_assert_uint_eq(seen[2], 1);
}
END_TEST

static void sleep_under_spinlock(void *arg)
{
	sim_lock(spin, SIM_SITE("spin_lock"));
	sim_lock(inner, SIM_SITE("mutex_lock"));
}

static void sleep_in_rcu(void *arg)
{
	sim_atomic_enter("rcu_read_lock");
	sim_might_sleep(SIM_SITE("alloc"));
}

static void unlock_what_is_not_held(void *arg)
{
	sim_unlock(inner, SIM_SITE("mutex_unlock"));
}

static void lock_twice(void *arg)
{
	sim_lock(inner, SIM_SITE("mutex_lock"));
	sim_lock(inner, SIM_SITE("mutex_lock"));
}

static void return_with_lock(void *arg)
{
	sim_enter_kernel("sys_test", SIM_SITE("syscall_enter"));
	sim_lock(inner, SIM_SITE("mutex_lock"));
	sim_leave_kernel(SIM_SITE("syscall_exit"));
}

static void lock_garbage(void *arg)
{
	sim_lock((struct sim_lock *)counter, SIM_SITE("mutex_lock"));
}

static const struct {
	void (*fn)(void *);
	const char *text;
} lock_errors[] = {
	{ sleep_under_spinlock, "while it holds the spinlock spin" },
	{ sleep_in_rcu, "inside rcu_read_lock" },
	{ unlock_what_is_not_held, "releases inner, which it does not hold" },
	{ lock_twice, "takes inner, which it holds already" },
	{ return_with_lock, "sys_test returns to user mode with inner still held" },
	{ lock_garbage, "never initialised" },
};

START_TEST(a_misused_lock_is_reported)
{
	boot(1);
	ck_assert_int_eq(run_one(lock_errors[_i].fn, NULL), WORLD_VIOLATION);
	ck_report("LOCK", lock_errors[_i].text);
	ck_assert_int_eq(world_report()->tid, 0);
}
END_TEST

START_TEST(a_lock_class_is_found_by_the_end_of_an_expression)
{
	boot(1);
	ck_assert_uint_eq(sim_lock_class_of("&mm->outer"), OUTER);
	ck_assert_uint_eq(sim_lock_class_of("inner"), INNER);
	ck_assert_uint_eq(sim_lock_class_of("&x.dinner"), 0);
}
END_TEST

/* ----------------------------------------------------------------- memory */

static void touch_freed(void *arg)
{
	void *p = sim_alloc(100);

	sim_free(p);
	sim_memset(p, 1, 8);
}

__attribute__((no_sanitize("undefined"))) static void null_dereference(void *arg)
{
	*(volatile int *)arg = 1;
}

static int recurse(volatile int *p)
{
	volatile char frame[1000];

	frame[0] = *p;
	return *p ? recurse(p) + frame[0] : 0;
}

static void overflow(void *arg)
{
	volatile int one = 1;

	seen[0] = recurse(&one);
}

static void touch_frame(void *arg)
{
	*(volatile int *)sim_kmap(5) = 1;
}

static void divide(void *arg)
{
	volatile int zero = 0;

	if (!zero)
		__builtin_trap();
}

static const struct {
	void (*fn)(void *);
	enum world_verdict verdict;
	const char *invariant, *text;
} crashes[] = {
	{ touch_freed, WORLD_VIOLATION, "CTX", "freed memory: kmalloc-128 #" },
	{ null_dereference, WORLD_CRASH, "CRASH", "NULL dereference" },
	{ overflow, WORLD_CRASH, "CRASH", "stack overflow" },
	{ touch_frame, WORLD_CRASH, "CRASH", "page frame 5" },
	{ divide, WORLD_CRASH, "CRASH", "impossible instruction" },
};

START_TEST(a_crash_ends_the_run_and_not_the_program)
{
	boot(1);
	ck_assert_int_eq(run_one(crashes[_i].fn, NULL), crashes[_i].verdict);
	ck_report(crashes[_i].invariant, crashes[_i].text);
	boot(1);
	ck_assert_int_eq(run_one(count_locked, (void *)3), WORLD_DONE);
}
END_TEST

static void alloc_some(void *arg)
{
	unsigned int i;

	for (i = 0; i < 100; i++) {
		alloc_cb_result = sim_alloc(64 << (i % 4));
		sim_memset(alloc_cb_result, 0x5a, 64);
		if (i % 4 == 3 && i % 3)
			largest = alloc_cb_result;
		if (i % 3 == 0)
			sim_free(alloc_cb_result);
	}
	sim_phys_write(3, 2, 42);
	add(5);
	sim_lock(inner, SIM_SITE("mutex_lock"));
}

START_TEST(a_restore_brings_back_every_word)
{
	unsigned int i;

	boot_with((struct world_config){ .verify_restore = true }, 1);
	sim_phys_region(0, 16, 0);
	if (!world_can_restore())
		return;
	world_checkpoint();
	for (i = 0; i < 5; i++) {
		world_restore();
		ck_assert_uint_eq(sim_phys_read(3, 2), 0);
		ck_assert_int_eq(run_one(alloc_some, NULL), WORLD_DONE);
		ck_assert_uint_eq(sim_phys_read(3, 2), 42);
		ck_assert_uint_eq(*counter, 5);
	}
	ck_assert(sim_is_live((char *)largest + 448));
	world_restore();
	ck_assert_uint_eq(*counter, 0);
	ck_assert(!sim_lock_is_held(inner));
	ck_assert(!sim_is_live(largest));
	ck_assert(!sim_is_live((char *)largest + 448));
}
END_TEST

static void recycle(void *arg)
{
	struct sim_cache *c = sim_cache_create("recycled", 60000, 8, 0, NULL);
	unsigned int i, again = 0;
	void *first = sim_cache_alloc(c), *p;

	sim_cache_free(c, first);
	for (i = 0; i < 3000; i++) {
		p = sim_cache_alloc(c);
		if (p == first) {
			again++;
			break;
		}
		sim_cache_free(c, p);
	}
	seen[0] = i;
	seen[1] = again;
}

/* As many steps as the counter says. */
static void count_down(void *unused)
{
	unsigned long left = *counter;

	while (left--)
		sim_point(counter, SIM_READ, SIM_SITE("down"));
}

struct ending {
	uint64_t hash, steps;
	bool known;
};

static struct ending run_to_the_end(uint64_t seed, bool ask, void (*race)(void *),
				    void (*end)(void *))
{
	struct ending e = { 0 };

	world_restore();
	world_strategy_random(seed);
	ck_assert_int_eq(run_two(race, race, 3), WORLD_DONE);
	world_strategy_sequential();
	e.known = ask && world_known_begin();
	if (!e.known) {
		ck_assert_int_eq(run_one(end, NULL), WORLD_DONE);
		world_known_end();
	}
	e.hash = world_trace_hash();
	e.steps = world_steps();
	return e;
}

START_TEST(what_follows_from_a_state_that_was_met_is_what_followed_then)
{
	unsigned int known = 0, seed;

	boot_with((struct world_config){ .check = _i }, 2);
	if (!world_can_restore())
		return;
	world_checkpoint();
	for (seed = 0; seed < 100; seed++) {
		struct ending e = run_to_the_end(seed, true, count_unlocked, count_down);
		struct ending f = run_to_the_end(seed, false, count_unlocked, count_down);

		ck_assert_uint_eq(e.hash, f.hash);
		ck_assert_uint_eq(e.steps, f.steps);
		known += e.known;
	}
	/* The counter ends between 2 and 6, and hardly anything else differs. */
	ck_assert_uint_ge(known, 70);
}
END_TEST

/* As an invariant would: each thread's own. */
static sim_u64 *stamped;

static void stamp_between(void *points)
{
	unsigned long i, n = (unsigned long)points;

	for (i = 0; i < 2 * n; i++) {
		if (i == n)
			SIM_GHOST_STAMP(stamped[sim_step_tid()]);
		sim_point(counter, SIM_READ, SIM_SITE("between"));
	}
}

static void stamp_last(void *points)
{
	unsigned long left = (unsigned long)points;

	while (left--)
		sim_point(counter, SIM_READ, SIM_SITE("between"));
	SIM_GHOST_STAMP_AGE(stamped[sim_step_tid()]);
}

static void who_was_first(void *unused)
{
	unsigned long left = stamped[0] < stamped[1] ? 3 : 7;

	while (left--)
		sim_point(counter, SIM_READ, SIM_SITE("after"));
}

static void how_long_ago(void *unused)
{
	unsigned long left = sim_step() - stamped[0] <= 1 ? 3 : 7;

	while (left--)
		sim_point(counter, SIM_READ, SIM_SITE("after"));
}

static unsigned int stamps_known(void (*race)(void *), void (*end)(void *))
{
	unsigned int known = 0, seed;

	boot_with((struct world_config){ .check = true }, 2);
	stamped = sim_ghost_alloc(2, sizeof(*stamped));
	world_checkpoint();
	for (seed = 0; seed < 100; seed++) {
		struct ending e = run_to_the_end(seed, true, race, end);
		struct ending f = run_to_the_end(seed, false, race, end);

		ck_assert_uint_eq(e.hash, f.hash);
		ck_assert_uint_eq(e.steps, f.steps);
		known += e.known;
	}
	return known;
}

START_TEST(of_the_steps_that_were_remembered_only_the_order_is_part_of_the_state)
{
	if (!world_can_restore())
		return;
	ck_assert_uint_eq(stamps_known(stamp_between, who_was_first), 98);
}
END_TEST

START_TEST(what_has_just_happened_is_told_from_what_has_long_happened)
{
	if (!world_can_restore())
		return;
	/* They differ in who came last, and when the other one did. */
	ck_assert_uint_lt(stamps_known(stamp_last, how_long_ago), 98);
}
END_TEST

START_TEST(freed_objects_are_used_again_late_and_oldest_first)
{
	boot(1);
	ck_assert_int_eq(run_one(recycle, NULL), WORLD_DONE);
	ck_assert_uint_gt(seen[0], 900);
	ck_assert_uint_eq(seen[1], 1);
}
END_TEST

/* ----------------------------------------------------------------- frames */

START_TEST(a_copied_frame_shares_until_written)
{
	boot(1);
	sim_phys_region(0, 16, 0);
	sim_phys_write(1, 0, 7);
	sim_phys_write(1, 7, 9);
	sim_phys_copy(2, 1, 1);
	sim_phys_write(1, 0, 8);
	ck_assert_uint_eq(sim_phys_read(2, 0), 7);
	ck_assert_uint_eq(sim_phys_read(2, 7), 9);
	ck_assert_uint_eq(sim_phys_read(1, 0), 8);
	sim_phys_clear(2, 1);
	ck_assert_uint_eq(sim_phys_read(2, 7), 0);
}
END_TEST

START_TEST(a_copy_in_parts_is_seen_half_done)
{
	boot(1);
	sim_phys_region(0, 16, 0);
	sim_phys_write(1, 0, 7);
	sim_phys_write(1, 7, 9);
	sim_phys_copy_words(2, 1, 0, 4);
	ck_assert_uint_eq(sim_phys_read(2, 0), 7);
	ck_assert_uint_eq(sim_phys_read(2, 7), 0);
	sim_phys_copy_words(2, 1, 4, 4);
	ck_assert_uint_eq(sim_phys_read(2, 7), 9);
}
END_TEST

START_TEST(a_huge_page_keeps_its_frames_apart)
{
	unsigned long i;

	boot(1);
	sim_phys_region(0, 512, 0);
	sim_phys_region(512, 2048, 9);
	sim_phys_write(512, 0, 1);
	sim_phys_write(512 + 5, 0, 2);
	ck_assert_uint_eq(sim_phys_read(512 + 4, 0), 0);
	sim_phys_copy(1024, 512, 512);
	ck_assert_uint_eq(sim_phys_read(1024, 0), 1);
	ck_assert_uint_eq(sim_phys_read(1024 + 5, 0), 2);
	ck_assert_uint_eq(sim_phys_read(1024 + 6, 0), 0);
	sim_phys_clear(512, 512);
	for (i = 0; i < 512; i++)
		ck_assert_uint_eq(sim_phys_read(512 + i, 0), 0);
	ck_assert_uint_eq(sim_phys_read(1024 + 5, 0), 2);
	for (i = 0; i < 512; i++)
		sim_phys_copy(1536 + i, 1024 + i, 1);
	ck_assert_uint_eq(sim_phys_read(1536, 0), 1);
	ck_assert_uint_eq(sim_phys_read(1536 + 5, 0), 2);
	ck_assert_uint_eq(sim_phys_read(1536 + 511, 0), 0);
}
END_TEST

static void ck_frames(unsigned long pfn, unsigned long n, unsigned long a, unsigned long b)
{
	unsigned long i;

	for (i = 0; i < n; i++)
		ck_assert_uint_eq(sim_phys_read(pfn + i, 0), i == a ? 1 : i == b ? 2 : 0);
}

START_TEST(scattered_frames_make_a_huge_page)
{
	unsigned long src[256], i;

	boot(1);
	sim_phys_region(0, 512, 0);
	sim_phys_region(512, 2048, 9);
	sim_phys_write(1, 0, 1);
	sim_phys_write(2, 0, 2);
	sim_phys_write(1024 + 7, 0, 3);
	for (i = 0; i < 256; i++)
		src[i] = 3;
	src[5] = 1;
	src[9] = 2;
	sim_phys_gather(1024, src, 256);
	ck_frames(1024, 512, 5, 9);
	sim_phys_copy(1536, 1024, 512);
	ck_frames(1536, 512, 5, 9);
	/* What one of the frames is now is not what the copy is. */
	sim_phys_write(1024 + 5, 0, 0);
	ck_frames(1024, 512, 512, 9);
	ck_frames(1536, 512, 5, 9);
	sim_phys_gather(2048 + 256 - 6, src, 10);
	ck_frames(2048, 512, 255, 256 + 3);
	ck_assert(sim_phys_differ(1024, 1536, 512));
	sim_phys_write(1024 + 5, 0, 1);
	ck_assert(!sim_phys_differ(1024, 1536, 512));
}
END_TEST

static struct footprint of_copy, of_store;

static void keep_footprint(struct footprint *to)
{
	const struct footprint *f = footprint_close(undo_next);

	*to = *f;
	to->list = malloc(f->n * sizeof(*f->list));
	memcpy(to->list, f->list, f->n * sizeof(*f->list));
	footprint_clear();
}

static void copy_half_a_page(void *unused)
{
	footprint_begin();
	sim_phys_copy(1024, 512, 256);
	keep_footprint(&of_copy);
}

static void store_to(void *pfn)
{
	sim_phys_write((unsigned long)pfn, 0, 9);
	keep_footprint(&of_store);
	footprint_end();
}

/* Else a search takes a store and the copy of the page that it goes to for two that do not meet. */
START_TEST(a_copy_of_a_huge_page_meets_each_store_to_it)
{
	static const struct {
		unsigned long pfn;
		bool meets;
	} row[] = { { 512, true },
		    { 512 + 5, true },
		    { 512 + 9, true },
		    { 512 + 100, true },
		    { 512 + 300, false } };

	boot(1);
	sim_phys_region(0, 512, 0);
	sim_phys_region(512, 2048, 9);
	sim_phys_write(512 + 5, 0, 1);
	sim_phys_write(512 + 9, 0, 2);
	world_host_step();
	world_call(copy_half_a_page, NULL);
	world_call(store_to, (void *)row[_i].pfn);
	ck_assert_int_eq(footprint_conflict(&of_copy, &of_store), row[_i].meets);
	free(of_copy.list);
	free(of_store.list);
}
END_TEST

/* -------------------------------------------------------------- the search */

enum { WOKEN = 1 }; /* a word behind the counter */

static void may_add(void *unused)
{
	sim_point(counter, SIM_WRITE, SIM_SITE("may_add"));
	seen[0] = sim_choose(2, "chance", SIM_SITE("chance"));
	if (seen[0])
		add(1);
	sim_point(counter, SIM_WRITE, SIM_SITE("added"));
}

static void look(void *unused)
{
	sim_point(counter, SIM_READ, SIM_SITE("look"));
	world_touch(counter, false);
	seen[1] = *counter;
}

static void add_twice(void *unused)
{
	add(1);
	sim_point(counter, SIM_WRITE, SIM_SITE("first"));
	add(1);
	sim_point(counter, SIM_WRITE, SIM_SITE("second"));
}

static void yield_and_look(void *unused)
{
	for (;;) {
		world_touch(&counter[WOKEN], false);
		if (counter[WOKEN])
			break;
		sim_park(counter, SIM_SITE("park"));
	}
	sim_yield(counter, SIM_SITE("yield"));
	world_touch(counter, false);
	seen[1] = *counter;
}

static void wake_yielder(void *unused)
{
	sim_undo_note(&counter[WOKEN], sizeof(*counter));
	counter[WOKEN] = 1;
	sim_unpark(1);
	sim_point(counter, SIM_WRITE, SIM_SITE("woke"));
}

static void look_back_from_here(void *unused)
{
	SIM_GHOST_STAMP_SINCE(stamped[0]);
	sim_point(counter, SIM_READ, SIM_SITE("since"));
}

static void look_back_from_lock(void *unused)
{
	sim_lock_shared(outer, SIM_SITE("down_read"));
	SIM_GHOST_SET(stamped[0], sim_lock_taken(sim_step_tid(), outer));
	sim_unlock_shared(outer, SIM_SITE("up_read"));
}

static void happen(void *unused)
{
	SIM_GHOST_STAMP(stamped[1]);
	sim_point(counter, SIM_READ, SIM_SITE("event"));
}

static void ask_since(void)
{
	seen[1] = 1 + (stamped[1] >= stamped[0]);
}

enum { MOST_SEEN = 8 };

static const struct {
	void (*fn[3])(void *arg);
	uint64_t outcomes; /* a bit for each seen[0] * MOST_SEEN + seen[1] */
	void (*judge)(void);
} searched[] = {
	/* A step that does nothing with one answer, and something with the other. */
	{ { may_add, look }, 1 << 0 | 1 << MOST_SEEN | 1 << (MOST_SEEN + 1), NULL },
	/* A step that commutes with all others, but for who may come next. */
	{ { add_twice, yield_and_look, wake_yielder }, 1 << 0 | 1 << 1 | 1 << 2, NULL },
	/* Steps that touch nothing in common, but an invariant asks which came first. */
	{ { look_back_from_here, happen }, 1 << 1 | 1 << 2, ask_since },
	{ { happen, look_back_from_here }, 1 << 1 | 1 << 2, ask_since },
	{ { look_back_from_lock, happen }, 1 << 1 | 1 << 2, ask_since },
	{ { happen, look_back_from_lock }, 1 << 1 | 1 << 2, ask_since },
};

static uint64_t search(unsigned int row, const struct world_explore *config,
		       struct world_explore_stats *stats)
{
	uint64_t outcomes = 0;
	unsigned int i;

	boot_with((struct world_config){ .check = true }, 3);
	stamped = sim_ghost_alloc(2, sizeof(*stamped));
	world_checkpoint();
	ck_assert(world_explore_begin(config));
	do {
		world_restore();
		memset(seen, 0, sizeof(seen));
		world_strategy_explore();
		for (i = 0; i < 3 && searched[row].fn[i]; i++)
			world_thread_start(i, searched[row].fn[i], NULL);
		world_run(~0ull);
		if (searched[row].judge)
			searched[row].judge();
		if (world_explore_is_new())
			outcomes |= 1ull << (seen[0] * MOST_SEEN + seen[1]);
	} while (world_explore_next());
	world_explore_stats(stats);
	world_explore_end();
	world_explore_pause();
	return outcomes;
}

START_TEST(a_search_reaches_all_with_and_without_reductions)
{
	struct world_explore_stats all, reduced;
	unsigned int i;

	for (i = 0; i < 4; i++) {
		const struct world_explore config = { .no_sleep = !(i & 1),
						      .no_states = !(i & 2),
						      .alone = true };

		ck_assert_uint_eq(search(_i, &config, i ? &reduced : &all), searched[_i].outcomes);
		ck_assert(!i || reduced.states == all.states);
		ck_assert(!i || reduced.states_sum == all.states_sum);
	}
}
END_TEST

/* ------------------------------------------------------------ the TLBs */

enum { TLB_PAGES = 40, ENTRY_OK = 3 };

static unsigned long page_table[TLB_PAGES], frames_read[TLB_PAGES];
static unsigned long pages_read;
static const struct sim_tlb_format tlb_format = {
	.usable = ENTRY_OK,
	.kept = ~0xffful | 1,
	.frame = ~0xffful,
};

static void one_page_at_a_time(void *arg)
{
	unsigned long i, addr = 1ul << 21;
	unsigned int shift;
	sim_u64 value;

	for (i = 0; i < TLB_PAGES; i++, addr += 4096) {
		value = sim_tlb_lookup(7, addr, &shift);
		if (!value) {
			if ((page_table[i] & ENTRY_OK) != ENTRY_OK)
				break;
			value = page_table[i] & tlb_format.kept;
			sim_tlb_fill(7, addr, 12, value);
		}
		frames_read[i] = value >> 12;
	}
	pages_read = i;
}

static void all_ahead(void *arg)
{
	pages_read =
		sim_tlb_read_ahead(7, 1ul << 21, TLB_PAGES, page_table, &tlb_format, frames_read);
}

static void fill_some(void *arg)
{
	unsigned long i;

	/* Of an earlier page table, of another address space, and of a page that is used last. */
	sim_tlb_fill(7, (1ul << 21) + 3 * 4096, 12, 0x777001);
	sim_tlb_fill(8, (1ul << 21) + 4 * 4096, 12, 0x888001);
	sim_tlb_fill(7, (1ul << 21) + 20 * 4096, 12, 0x999001);
	for (i = 0; i < TLB_PAGES; i++)
		page_table[i] = (100 + i) << 12 | ENTRY_OK;
	page_table[33] &= ~2ul;
}

static void fill_large(void *arg)
{
	sim_tlb_fill(7, 1ul << 21, 21, 0x200001);
}

static void make_tlbs(void *unused)
{
	sim_tlb_boot(0);
}

START_TEST(reading_ahead_leaves_what_reading_leaves)
{
	struct sim_tlb left;
	unsigned long frames[TLB_PAGES];

	boot(1);
	world_call(make_tlbs, NULL);
	world_checkpoint();
	run_one(fill_some, NULL);
	run_one(one_page_at_a_time, NULL);
	ck_assert_uint_eq(pages_read, 33);
	left = *sim_tlb_of(0);
	memcpy(frames, frames_read, sizeof(frames));
	world_restore();
	ck_assert_uint_eq(sim_tlb_of(0)->live, 0);
	run_one(fill_some, NULL);
	run_one(all_ahead, NULL);
	ck_assert_uint_eq(pages_read, 33);
	ck_assert(!memcmp(&left, sim_tlb_of(0), sizeof(left)));
	ck_assert(!memcmp(frames, frames_read, sizeof(frames)));
	ck_assert_uint_eq(frames_read[3], 0x777);
	world_restore();
	ck_assert_uint_eq(sim_tlb_of(0)->live, 0);
	run_one(fill_some, NULL);
	run_one(fill_large, NULL);
	run_one(all_ahead, NULL);
	ck_assert_uint_eq(pages_read, 0);
}
END_TEST

/* ------------------------------------------------ failures and invariants */

static void pass_failpoints(void *arg)
{
	unsigned int i;

	for (i = 0; i < 5; i++) {
		sim_point(counter, SIM_READ, SIM_SITE("alloc"));
		if (sim_should_fail(SIM_SITE("page_alloc")))
			seen[i]++;
	}
}

START_TEST(a_failure_fires_at_the_time_it_was_told)
{
	struct world_inject third = { "page_alloc", -1, 3, 0, 0 };
	struct world_inject other = { "elsewhere:page_alloc", -1, 1, 0, 0 };
	int h;

	boot(1);
	h = world_inject_add(&third);
	world_inject_add(&other);
	ck_assert_int_eq(run_one(pass_failpoints, NULL), WORLD_DONE);
	ck_assert_uint_eq(seen[2], 1);
	ck_assert_uint_eq(seen[0] + seen[1] + seen[3] + seen[4], 0);
	ck_assert_uint_eq(world_inject_fired(h), 1);
	ck_assert_uint_eq(world_site_count(0, "pass_failpoints:page_alloc"), 5);
}
END_TEST

static unsigned long noted;

static void note(void *obj, unsigned long *word, unsigned long old, unsigned long now)
{
	noted++;
	if (now == 13)
		sim_violation("TEST", obj, "%lu became %lu", old, now);
}

static void write_words(void *arg)
{
	unsigned long *obj = arg;

	sim_undo_note(obj, 16);
	obj[0] = 1;
	obj[1] = 1;
	sim_point(obj, SIM_WRITE, SIM_SITE("one"));
	sim_undo_note(obj, 16);
	obj[0] = 2;
	obj[0] = 1;
	sim_point(obj, SIM_WRITE, SIM_SITE("two"));
	sim_undo_note(obj, 16);
	obj[1] = 13;
	sim_point(obj, SIM_WRITE, SIM_SITE("three"));
	sim_point(obj, SIM_WRITE, SIM_SITE("four"));
}

static void make_watched(void *arg)
{
	struct sim_cache *c = sim_cache_create("watched", 64, 8, 5, NULL);

	sim_watch_kind(5, note);
	alloc_cb_result = sim_cache_alloc(c);
}

START_TEST(an_invariant_sees_each_changed_word_once_and_names_the_writer)
{
	boot_with((struct world_config){ .check = true, .record = true }, 1);
	world_call(make_watched, NULL);
	noted = 0;
	ck_assert_int_eq(run_one(write_words, alloc_cb_result), WORLD_VIOLATION);
	ck_assert_uint_eq(noted, 3);
	ck_report("TEST", "1 became 13");
	ck_assert_ptr_eq(world_report()->obj, alloc_cb_result);
	ck_assert(world_report()->has_writer);
	ck_assert_uint_eq(world_report()->writer_tid, 0);
	ck_assert_str_eq(world_report()->writer_site->label, "three");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sim");
	TCase *t;

	t = tcase_create("scheduling");
	tcase_add_loop_test(t, a_mutex_keeps_two_threads_apart, 0, 20);
	tcase_add_test(t, without_the_mutex_some_seed_loses_an_update);
	tcase_add_test(t, the_same_seed_gives_the_same_hash_and_another_seed_another);
	tcase_add_loop_test(t, a_recorded_schedule_replays_to_the_same_result, 0, 20);
	tcase_add_test(t, a_schedule_that_does_not_fit_says_so);
	tcase_add_loop_test(t, a_bound_of_no_preemption_runs_one_thread_after_the_other, 0, 5);
	tcase_add_test(t, an_endless_loop_ends_at_the_limit_of_steps);
	tcase_add_test(t, a_parked_thread_sleeps_until_it_is_unparked);
	tcase_add_test(t, who_goes_round_in_vain_is_as_good_as_asleep);
	tcase_add_test(t, who_is_alone_goes_round_once_more);
	tcase_add_test(t, whoever_counts_ends_the_rounds_under_every_seed);
	tcase_add_test(t, a_stop_point_stops_and_the_run_goes_on_from_there);
	suite_add_tcase(s, t);
	t = tcase_create("locks");
	tcase_add_test(t, the_wrong_order_of_two_locks_is_reported_without_a_deadlock);
	tcase_add_test(t, an_ab_ba_deadlock_blocks_both_threads);
	tcase_add_test(t, a_waiting_writer_stops_new_readers);
	tcase_add_test(t, a_wait_for_a_lock_can_be_given_up);
	tcase_add_test(t, a_lock_that_is_free_is_taken_whatever_there_is);
	tcase_add_test(t, a_plain_wait_for_a_lock_cannot_be_given_up);
	tcase_add_test(t, readers_share);
	tcase_add_loop_test(t, a_misused_lock_is_reported, 0,
			    sizeof(lock_errors) / sizeof(lock_errors[0]));
	tcase_add_test(t, a_lock_class_is_found_by_the_end_of_an_expression);
	suite_add_tcase(s, t);
	t = tcase_create("memory");
	tcase_add_loop_test(t, a_crash_ends_the_run_and_not_the_program, 0,
			    sizeof(crashes) / sizeof(crashes[0]));
	tcase_add_test(t, a_restore_brings_back_every_word);
	tcase_add_loop_test(t, what_follows_from_a_state_that_was_met_is_what_followed_then, 0, 2);
	tcase_add_test(t, of_the_steps_that_were_remembered_only_the_order_is_part_of_the_state);
	tcase_add_test(t, what_has_just_happened_is_told_from_what_has_long_happened);
	tcase_add_test(t, freed_objects_are_used_again_late_and_oldest_first);
	tcase_add_test(t, a_copied_frame_shares_until_written);
	tcase_add_test(t, a_copy_in_parts_is_seen_half_done);
	tcase_add_test(t, a_huge_page_keeps_its_frames_apart);
	tcase_add_test(t, scattered_frames_make_a_huge_page);
	tcase_add_loop_test(t, a_copy_of_a_huge_page_meets_each_store_to_it, 0, 5);
	if (world_can_restore())
		tcase_add_test(t, reading_ahead_leaves_what_reading_leaves);
	suite_add_tcase(s, t);
	t = tcase_create("failures and invariants");
	if (world_can_restore())
		tcase_add_loop_test(t, a_search_reaches_all_with_and_without_reductions, 0,
				    sizeof(searched) / sizeof(searched[0]));
	tcase_add_test(t, a_failure_fires_at_the_time_it_was_told);
	tcase_add_test(t, an_invariant_sees_each_changed_word_once_and_names_the_writer);
	suite_add_tcase(s, t);
	return run_suite(s);
}
