// SPDX-License-Identifier: GPL-2.0-only
/* test_sim_search.c - what the machine knows from earlier runs, and its search */
#include "tests/sim_common.h"

#include "sim/explore.h"
#include "sim/invariant.h"
#include "sim/states.h"

/* -------------------------------------------------- known from earlier runs */

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

/* Of 100 ends, run and known or not: each is what it is when it has to be run. */
static unsigned int ends_known(void (*race)(void *), void (*end)(void *))
{
	unsigned int known = 0, seed;

	for (seed = 0; seed < 100; seed++) {
		struct ending e = run_to_the_end(seed, true, race, end);
		struct ending f = run_to_the_end(seed, false, race, end);

		ck_assert_uint_eq(e.hash, f.hash);
		ck_assert_uint_eq(e.steps, f.steps);
		known += e.known;
	}
	return known;
}

START_TEST(what_follows_from_a_state_that_was_met_is_what_followed_then)
{
	boot_with((struct world_config){ .check = _i }, 2);
	if (!world_can_restore())
		return;
	world_checkpoint();
	/* The counter ends between 2 and 6, and hardly anything else differs. */
	ck_assert_uint_ge(ends_known(count_unlocked, count_down), 70);
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
	boot_with((struct world_config){ .check = true }, 2);
	stamped = sim_ghost_alloc(2, sizeof(*stamped));
	world_checkpoint();
	return ends_known(race, end);
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

/* ------------------------------------------------------- the table of states */

static unsigned int moves;

static void count_move(void)
{
	moves++;
}

static uint64_t nth_key(unsigned int n)
{
	return (n + 1) * 0x9e3779b97f4a7c15ull | 1;
}

/* How many of n keys it takes; those are found again, with what was kept there. */
static unsigned int fill(uint64_t max, bool alone, unsigned int n)
{
	unsigned int i, taken, wrong = 0; /* an assertion each would take too long */
	struct seen *s;
	bool is_new;

	moves = 0;
	states_new(max, alone, count_move);
	for (taken = 0; taken < n; taken++) {
		s = states_find(nth_key(taken), &is_new);
		if (!s)
			break;
		wrong += !is_new;
		s->claimed = taken + 1;
	}
	for (i = 0; i < taken; i++) {
		s = states_find(nth_key(i), &is_new);
		wrong += is_new || s->claimed != i + 1;
		wrong += alone && states_again(nth_key(i)) != s;
	}
	states_free();
	ck_assert_uint_eq(wrong, 0);
	return taken;
}

START_TEST(a_table_of_states_takes_what_it_was_made_for)
{
	ck_assert_uint_eq(fill(1024, true, 2000), 768);
	ck_assert_uint_eq(fill(1024, false, 2000), 768);
	ck_assert_uint_eq(fill(1 << 18, true, 100000), 100000);
	ck_assert_uint_ge(moves, 5);
	/* Into its second part. */
	ck_assert_uint_eq(fill(1 << 22, false, 1000000), 1000000);
	ck_assert_uint_eq(moves, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sim: search");
	TCase *t;

	t = tcase_create("known");
	tcase_add_loop_test(t, what_follows_from_a_state_that_was_met_is_what_followed_then, 0, 2);
	tcase_add_test(t, of_the_steps_that_were_remembered_only_the_order_is_part_of_the_state);
	tcase_add_test(t, what_has_just_happened_is_told_from_what_has_long_happened);
	suite_add_tcase(s, t);
	t = tcase_create("search");
	if (world_can_restore())
		tcase_add_loop_test(t, a_search_reaches_all_with_and_without_reductions, 0,
				    sizeof(searched) / sizeof(searched[0]));
	tcase_add_test(t, a_table_of_states_takes_what_it_was_made_for);
	suite_add_tcase(s, t);
	return run_suite(s);
}
