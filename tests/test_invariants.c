// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_invariants.c - each invariant is broken on purpose, and that one notices
 *
 * A row of tests/sabotage.c is one test: a small world with a file, anonymous memory and a
 * huge page, all of it mapped; a thread that breaks something in a system call; and the
 * invariant that has to say so.  Without the sabotage the same run must pass.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "model/model.h"
#include "sim/world.h"
#include "tests/sabotage.h"
#include "tests/suite.h"

#define PAGE 0x1000ul
#define HUGE (1ul << 21)

static const unsigned long place[] = {
	[AT_SHMEM] = 0x100000000000ul,
	[AT_ANON] = 0x110000000000ul,
	[AT_HUGETLB] = 0x120000000000ul,
};

enum { FILE_PAGES = 4, EMPTY_PAGE = 3, NTHREADS = 2 };

static int thread[NTHREADS], uffd;
static const struct sabotage *row;

#ifdef __x86_64__
#define HOOKS_CAN_GO 1
#else
#define HOOKS_CAN_GO 0
#endif

static void must(long ret)
{
	ck_assert_msg(ret >= 0, "set-up: %ld", ret);
}

static void boot(void *unused)
{
	const struct model_machine m = { .pages = 128,
					 .huge_2m = 2,
					 .unprivileged_userfaultfd = 1 };
	int i, p;

	(void)unused;
	ck_assert_int_eq(model_select_kernel("v6.1"), 0);
	model_boot(&m);
	p = model_process_create("main");
	for (i = 0; i < NTHREADS; i++)
		thread[i] = model_thread_create(p, i ? "handler" : "vcpu");
}

static void map(unsigned long at, unsigned long bytes, int fd)
{
	int flags = MAP_FIXED | (fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED);

	ck_assert_int_ge(model_mmap(at, bytes, PROT_READ | PROT_WRITE, flags, fd, 0), 0);
}

static void set_up(void *unused)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { place[AT_SHMEM], FILE_PAGES * PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int file = model_memfd_create("f", 0), huge = model_memfd_create("h", 4);

	(void)unused;
	must(model_ftruncate(file, FILE_PAGES * PAGE));
	must(model_ftruncate(huge, HUGE));
	map(place[AT_SHMEM], FILE_PAGES * PAGE, file);
	map(place[AT_ANON], PAGE, -1);
	map(place[AT_HUGETLB], HUGE, huge);
	must(model_store(place[AT_SHMEM], 0x11));
	must(model_store(place[AT_SHMEM] + PAGE, 0x12));
	must(model_store(place[AT_ANON], 0x22));
	must(model_store(place[AT_HUGETLB], 0x33));
	uffd = model_userfaultfd(O_NONBLOCK);
	must(uffd);
	must(model_ioctl(uffd, UFFDIO_API, &api, sizeof(api)));
	must(model_ioctl(uffd, UFFDIO_REGISTER, &reg, sizeof(reg)));
}

static void break_it(void *unused)
{
	(void)unused;
	sabotage_call(row, place[row->where]);
}

static void load_it(void *unused)
{
	unsigned long long v;

	(void)unused;
	must(model_load(place[row->where], &v));
}

static void fault(void *unused)
{
	unsigned long long v;

	(void)unused;
	must(model_load(place[AT_SHMEM] + EMPTY_PAGE * PAGE, &v));
}

static void read_fault(void *unused)
{
	struct uffd_msg m;

	(void)unused;
	ck_assert_int_eq(model_read(uffd, &m, sizeof(m)), sizeof(m));
}

static void copy(void *unused)
{
	struct uffdio_copy c = {
		.dst = place[AT_SHMEM] + EMPTY_PAGE * PAGE,
		.src = place[AT_ANON],
		.len = PAGE,
	};

	(void)unused;
	must(model_ioctl(uffd, UFFDIO_COPY, &c, sizeof(c)));
}

static void leave(void *unused)
{
	(void)unused;
	model_exit();
}

static void end_world(void *unused)
{
	(void)unused;
	model_reap();
	world_end();
}

static enum world_verdict in_thread(int i, void (*fn)(void *))
{
	world_thread_start(thread[i], fn, NULL);
	return world_run(~0ull);
}

/* The verdicts of a run that goes on. */
static bool goes_on(enum world_verdict v)
{
	return v == WORLD_DONE || v == WORLD_BLOCKED;
}

static enum world_verdict everybody_leaves(void)
{
	enum world_verdict v = in_thread(0, leave);

	if (v == WORLD_DONE)
		v = in_thread(1, leave);
	if (v != WORLD_DONE)
		return v;
	world_call(end_world, NULL);
	return world_report()->verdict;
}

/* What is done around the sabotage; with @harmless in its place. */
static enum world_verdict make_run(bool harmless)
{
	enum world_verdict v = WORLD_DONE;

	if (row->when == AT_COPY) {
		ck_assert_int_eq(in_thread(0, fault), WORLD_BLOCKED);
		ck_assert_int_eq(in_thread(1, read_fault), WORLD_BLOCKED);
	}
	if (!harmless)
		v = in_thread(1, break_it);
	if (goes_on(v) && row->when == AT_LOAD)
		v = in_thread(1, load_it);
	if (goes_on(v) && row->when == AT_COPY)
		v = in_thread(1, copy);
	if (goes_on(v) && row->when == AT_END)
		v = everybody_leaves();
	return v;
}

static void make_world_as(const struct world_config *c)
{
	world_reset(c);
	world_call(boot, NULL);
	world_strategy_sequential();
	ck_assert_int_eq(in_thread(0, set_up), WORLD_DONE);
}

static void make_world(void)
{
	const struct world_config c = {
		.check = true,
		.full_check = row->when == WITH_FULL_CHECK,
		.record = true,
	};

	make_world_as(&c);
}

START_TEST(is_noticed)
{
	const struct world_report *r = world_report();
	enum world_verdict v;

	row = &sabotages[_i];
	if (row->when == WITH_HOOKS && !world_can_restore())
		return;
	make_world();
	v = make_run(false);
	ck_assert_msg(!goes_on(v), "%s: nobody noticed", row->name);
	ck_assert_msg(!strcmp(r->invariant ? r->invariant : "CRASH", row->invariant),
		      "%s: noticed by %s, not by %s: %s", row->name, r->invariant, row->invariant,
		      r->text);
	ck_assert_msg(strstr(r->text, row->text) != NULL, "%s: '%s' lacks '%s'", row->name, r->text,
		      row->text);
}
END_TEST

/* Where nobody listens the calls of the hooks are taken out of the model; they come back. */
START_TEST(hooks_go_and_come)
{
	const struct world_config deaf = { .no_undo = true };
	int round;

	if (!world_can_restore())
		return;
	for (row = sabotages; row->when != WITH_HOOKS; row++)
		;
	for (round = 0; round < 3; round++) {
		make_world();
		ck_assert(!goes_on(make_run(false)));
		ck_assert_str_eq(world_report()->invariant, row->invariant);
		make_world_as(&deaf);
		ck_assert_int_eq(make_run(false), WORLD_DONE);
		ck_assert_uint_eq(world_hooks_out() > 100, HOOKS_CAN_GO);
	}
	make_world();
	ck_assert_uint_eq(world_hooks_out(), 0);
}
END_TEST

START_TEST(is_silent_otherwise)
{
	enum world_verdict v;

	row = &sabotages[_i];
	make_world();
	v = make_run(true);
	ck_assert_msg(v == WORLD_DONE, "%s: without it: %d: %s", row->name, v,
		      world_report()->text);
}
END_TEST

/* Every invariant of the table has a row. */
START_TEST(none_is_left_out)
{
	const struct sim_invariant *const *table;
	unsigned int i, k, n;

	row = &sabotages[0];
	make_world();
	n = world_invariants(&table);
	ck_assert_uint_gt(n, 10);
	for (i = 0; i < n; i++) {
		const char *name = sabotage_invariant_name(table[i]);

		for (k = 0; k < nr_sabotages && strcmp(sabotages[k].invariant, name); k++)
			;
		ck_assert_msg(!*name || k < nr_sabotages, "nothing breaks %s", name);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("invariants");
	TCase *tc = tcase_create("invariants");

	world_init();
	tcase_set_timeout(tc, 0);
	tcase_add_loop_test(tc, is_noticed, 0, nr_sabotages);
	tcase_add_loop_test(tc, is_silent_otherwise, 0, nr_sabotages);
	tcase_add_test(tc, hooks_go_and_come);
	tcase_add_test(tc, none_is_left_out);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
