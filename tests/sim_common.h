/* SPDX-License-Identifier: GPL-2.0-only */
/* sim_common.h - shared by the tests of the machine: its locks, a counter, and how a run begins */
#ifndef TESTS_SIM_COMMON_H
#define TESTS_SIM_COMMON_H

#include <string.h>

#include "tests/suite.h"

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

static inline void boot(unsigned int nthreads)
{
	boot_with((struct world_config){ .record = true }, nthreads);
}

static inline enum world_verdict run_one(void (*fn)(void *), void *arg)
{
	world_thread_start(0, fn, arg);
	return world_run(~0ull);
}

static inline void ck_report(const char *invariant, const char *part)
{
	ck_assert_str_eq(world_report()->invariant, invariant);
	ck_assert_msg(strstr(world_report()->text, part), "'%s' lacks '%s'", world_report()->text,
		      part);
}

static inline void add(unsigned long n)
{
	sim_undo_note(counter, sizeof(*counter));
	*counter += n;
}

static inline void count_locked(void *arg)
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

static inline void count_unlocked(void *arg)
{
	unsigned long i, v;

	for (i = 0; i < (unsigned long)arg; i++) {
		v = *counter;
		sim_point(counter, SIM_WRITE, SIM_SITE("between"));
		add(v + 1 - *counter);
	}
}

static inline enum world_verdict run_two(void (*a)(void *), void (*b)(void *), unsigned long n)
{
	world_thread_start(0, a, (void *)n);
	world_thread_start(1, b, (void *)n);
	return world_run(3);
}

#endif
