// SPDX-License-Identifier: GPL-2.0-only
/*
 * gate.c - counters that run for some threads only, and what came of each call
 *
 * gcov's counters of the measured files lie in a section of their own.  Outside of the mode
 * what they count is thrown away: when a thread of the mode goes on they get back what they
 * had when it stopped.  A thread stops and goes on where sim/ switches stacks, which
 * is what the linker's --wrap lets us see.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "coverage/gate.h"
#include "sim/fiber.h"
#include "tools/interp/interp.h"

extern char __start_cov_counters[], __stop_cov_counters[];

void __gcov_dump(void);

enum { HOST = FIBER_MAX };

static struct {
	bool count, second_pass;
} threads[FIBER_MAX + 1];

static unsigned int running = HOST;
static bool counting;
static char *kept; /* the counters while they do not count */
static FILE *cells;
static const char *scenario, *kernel;

/* ---------------------------------------------------------------- the gate */

static size_t counters_size(void)
{
	return __stop_cov_counters - __start_cov_counters;
}

static void set_counting(bool count)
{
	if (count == counting || cov_measured() == COV_NONE)
		return;
	counting = count;
	if (count)
		memcpy(__start_cov_counters, kept, counters_size());
	else
		memcpy(kept, __start_cov_counters, counters_size());
}

int cov_count(int count)
{
	bool was = threads[running].count;

	threads[running].count = count;
	set_counting(count);
	return was;
}

void cov_second_pass_begins(void)
{
	threads[running].second_pass = true;
}

int cov_second_pass_forget(void)
{
	bool was = threads[running].second_pass;

	threads[running].second_pass = false;
	return was;
}

void __real_fiber_before_switch(unsigned int to_stack, bool to_host);
void __wrap_fiber_before_switch(unsigned int to_stack, bool to_host);

void __wrap_fiber_before_switch(unsigned int to_stack, bool to_host)
{
	running = to_host ? HOST : to_stack;
	set_counting(threads[running].count);
	__real_fiber_before_switch(to_stack, to_host);
}

void __real_fiber_start(struct fiber *f, unsigned int i, void (*entry)(void));
void __wrap_fiber_start(struct fiber *f, unsigned int i, void (*entry)(void));

/* Whoever had this stack before may have been given up in the middle of a call. */
void __wrap_fiber_start(struct fiber *f, unsigned int i, void (*entry)(void))
{
	memset(&threads[i], 0, sizeof(threads[i]));
	__real_fiber_start(f, i, entry);
}

/* ----------------------------------------------------------- begin and end */

enum cov_mode cov_measured(void)
{
	static const char *const names[] = { "", "COPY", "ZEROPAGE", "CONTINUE", "WRITEPROTECT" };
	static int mode = -1;
	const char *name;

	if (mode >= 0)
		return mode;
	name = getenv("UFFDSIM_COVERAGE_MODE");
	for (mode = COV_WRITEPROTECT; mode > COV_NONE; mode--) {
		if (name && !strcmp(name, names[mode]))
			break;
	}
	return mode;
}

static __attribute__((constructor)) void begin(void)
{
	const char *path = getenv("UFFDSIM_COVERAGE_CELLS");

	kept = calloc(1, counters_size());
	if (path)
		cells = fopen(path, "w");
	if (!kept || (path && !cells)) {
		perror("coverage");
		exit(2);
	}
}

/* What libgcov writes when the program ends is to be what was counted. */
static __attribute__((destructor)) void end(void)
{
	set_counting(true);
	if (cells)
		fclose(cells);
}

void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));

/* The processes of `uffdsim fuzz` leave without the destructors. */
void __wrap__exit(int status)
{
	set_counting(true);
	__gcov_dump();
	__real__exit(status);
}

/* --------------------------------------------------- what came of each call */

struct test_result *__real_interp_run(const struct scenario_file *file, const struct scenario *s,
				      const char *on, const struct interp_options *options,
				      bool *bad_input);
struct test_result *__wrap_interp_run(const struct scenario_file *file, const struct scenario *s,
				      const char *on, const struct interp_options *options,
				      bool *bad_input);

struct test_result *__wrap_interp_run(const struct scenario_file *file, const struct scenario *s,
				      const char *on, const struct interp_options *options,
				      bool *bad_input)
{
	scenario = file->name;
	kernel = on;
	return __real_interp_run(file, s, on, options, bad_input);
}

void cov_returned(const char *backing, const char *outcome)
{
	if (cells)
		fprintf(cells, "%s\t%s\t%s\t%s\n", backing, outcome, kernel, scenario);
}
