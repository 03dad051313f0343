/* SPDX-License-Identifier: GPL-2.0-only */
/* interp.h - running scenarios: what the commands, the tests and the benchmark see */
#ifndef TOOLS_INTERP_INTERP_H
#define TOOLS_INTERP_INTERP_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tools/lang/lang.h"
#include "tools/result.h"

enum { INTERP_DEFAULT_SEED = 1, INTERP_EXPECT_SEEDS = 1000 };

struct interp_options {
	uint64_t max_seeds;	/* at most so many runs of a race that should pass; 0: no limit */
	bool has_seed;
	uint64_t seed;
	const char *schedule;	/* "h1:3 vcpu:5", or NULL */
	unsigned int pct_depth;	/* choose by priorities (PCT) of that depth; 0: at random */
	bool full_check;
	bool no_check;		/* invariants off, for the benchmark */
	FILE *trace;		/* the trace of each run, or NULL */
};

/* Names for the checker, from the tables of the model.  Once, before the first file. */
void interp_init(void);

/*
 * Runs one scenario on one kernel.  The result has no number yet; *bad_input is set when
 * the schedule does not fit.  Free with test_result_free().
 */
struct test_result *interp_run(const struct scenario_file *file, const struct scenario *s,
			       const char *kernel, const struct interp_options *options,
			       bool *bad_input);

/* Checks that the points and failure sites that a file names exist; false: *d has the errors. */
bool interp_check_points(const struct scenario_file *file, struct diag *d);

/* The variation of a scenario as "name=value" strings.  Free with g_ptr_array_free(). */
GPtrArray *interp_variation(const struct scenario *s);

/*
 * Checks a schedule against the threads of a scenario; false: *d has what is wrong.
 * @text stands in diagnostics as the file "--schedule".
 */
bool interp_check_schedule(const struct scenario *s, const char *text, struct diag *d);

/* ---------------------------------------------------------- for a benchmark */

struct interp_race;

/* A race with its set-up done, ready to be run again and again; NULL and a message if not. */
struct interp_race *interp_race_new(const struct scenario_file *file, const struct scenario *s,
				    const char *kernel, bool check, char **error);
/* One run: restore, race, final lines.  False when it did not end as it should. */
bool interp_race_once(struct interp_race *race, uint64_t seed);
void interp_race_free(struct interp_race *race);

#endif
