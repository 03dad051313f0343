/* SPDX-License-Identifier: GPL-2.0-only */
/* interp.h - running scenarios: what the commands, the tests and the benchmark see */
#ifndef TOOLS_INTERP_INTERP_H
#define TOOLS_INTERP_INTERP_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/world.h"
#include "tools/lang/lang.h"
#include "tools/result.h"

/* Who makes the choices of a race, where neither its seed nor its file says so. */
enum interp_choosing { INTERP_RANDOM, INTERP_PCT, INTERP_BOUNDED, INTERP_BYTES, INTERP_GUIDE };

struct interp_guide;

struct interp_chooser {
	enum interp_choosing how;
	unsigned int depth; /* of PCT; preemptions of BOUNDED */
	uint64_t seed;
	const uint8_t *bytes; /* of BYTES */
	size_t nbytes;
	struct interp_guide *guide; /* of GUIDE */
};

/*
 * A stretch of a run, during which one thread runs: to a place that can be found again in a
 * scenario that was changed a little, where a number of steps would lead elsewhere.
 */
struct interp_stretch {
	unsigned int tid;  /* by the order of declaration */
	unsigned int line; /* of the call in which it ends */
	uint32_t points;   /* passed since that call began */
	uint32_t steps;	   /* instead of line and points: that long; 0: see there */
	bool to_end;	   /* until it cannot go on */
	const struct sim_site *site, *before; /* where it stood then, and a point earlier */
};

/* The stretches that are wanted, those that cannot be had left out; and what was done. */
struct interp_guide {
	GArray *wanted, *done; /* struct interp_stretch */
	GArray *chances;       /* uint32_t: which failures by chance come true */
};

struct interp_guide *interp_guide_new(void);
void interp_guide_free(struct interp_guide *g);

enum { INTERP_DEFAULT_SEED = 1, INTERP_EXPECT_SEEDS = 1000 };

struct interp_options {
	uint64_t max_seeds; /* at most so many runs of a race that should pass; 0: no limit */
	bool has_seed;
	uint64_t seed;
	const char *schedule;	/* "h1:3 vcpu:5", or NULL */
	unsigned int pct_depth; /* choose by priorities (PCT) of that depth; 0: at random */
	const struct interp_chooser *chooser; /* instead of seed and pct_depth; may be NULL */
	bool full_check;
	bool no_check;	/* invariants off, for the benchmark */
	bool every_end; /* runs that meet in a state do not share what follows from it */
	FILE *trace;	/* the trace of each run, or NULL */
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

/* ------------------------------------------------- one race, many times */

/* A run that makes so many steps goes round in circles; nobody wants to read more of it. */
enum { INTERP_MOST_STEPS = 50000 };

struct interp_race;

/* What came of one run. */
struct interp_try {
	bool failed;
	bool caught;	    /* the violation or deadlock that the scenario expects */
	bool in_setup;	    /* it never came to the race: every other run will fail alike */
	uint64_t steps;	    /* beyond the set-up */
	uint64_t hash;	    /* over its trace: that of `uffdsim run --hash` with its schedule */
	const char *key;    /* of a failure; until the next run */
	const char *reason; /* its first line; until the next run */
};

/*
 * A race that is set up once, where the build has checkpoints, and run again and again.  A
 * schedule in the options or the file goes before the chooser.
 */
struct interp_race *interp_race_new(const struct scenario_file *file, const struct scenario *s,
				    const char *kernel, const struct interp_options *options);
/* One run with these choices, from the race to the end of everybody. */
void interp_race_try(struct interp_race *race, const struct interp_chooser *chooser,
		     struct interp_try *t);
/* The schedule of the last run, "h1:3 vcpu:5 ...".  Free with g_free(). */
char *interp_race_schedule(const struct interp_race *race);
/* The number of its slices: the fewer, the simpler the run. */
guint interp_race_slices(const struct interp_race *race);
/* Keep every step of the runs to come, for interp_race_events(). */
void interp_race_record(struct interp_race *race);
/* What the last run did, the set-up left out; until the next one. */
const struct world_event *interp_race_events(const struct interp_race *race, size_t *n);
/* The next run is made on a machine that is built anew. */
void interp_race_forget(struct interp_race *race);
/*
 * One run on a machine that is built anew, with its trace and report; *bad_input is set when
 * the schedule of the file does not fit.  Free with test_result_free().
 */
struct test_result *interp_race_explain(struct interp_race *race,
					const struct interp_chooser *chooser, bool *bad_input);
void interp_race_free(struct interp_race *race);

struct prog;
/* For exec.c: hands the choices of the next @steps steps or so to the chooser. */
void interp_choose(const struct interp_chooser *chooser, struct prog *p, uint64_t steps);

#endif
