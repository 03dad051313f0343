// SPDX-License-Identifier: GPL-2.0-only
/* test_sim.c - the machine alone, with programs of a few lines in the place of a kernel */
#include "tests/sim_common.h"

#include "sim/invariant.h"

/* ------------------------------------------------------------- scheduling */

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

static void *alloc_cb_result;

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
	t = tcase_create("failures and invariants");
	tcase_add_test(t, a_failure_fires_at_the_time_it_was_told);
	tcase_add_test(t, an_invariant_sees_each_changed_word_once_and_names_the_writer);
	suite_add_tcase(s, t);
	return run_suite(s);
}
