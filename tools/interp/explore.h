/* SPDX-License-Identifier: GPL-2.0-only */
/* explore.h - every order of events of a race, and what came of it */
#ifndef TOOLS_INTERP_EXPLORE_H
#define TOOLS_INTERP_EXPLORE_H

#include <glib.h>
#include <stdbool.h>

#include "sim/explore.h"
#include "tools/lang/lang.h"
#include "tools/result.h"

enum { EXPLORE_BOUND_OF_FILE = -2, EXPLORE_NO_BOUND = -1 };

struct explore_options {
	struct world_explore search;
	int bound;	    /* preemptions in a run, or one of the above */
	guint64 max_runs;   /* 0: any number */
	double max_seconds; /* 0: any time */
	unsigned int jobs;  /* processes that search together; 0: one */
	bool no_check;	    /* invariants off, to measure the search */
	/* Called now and then; NULL: never. */
	void (*progress)(const struct world_explore_stats *stats, double seconds);
};

struct explore_outcome {
	char *text; /* "a: 0, b: -1 EEXIST" */
	guint64 runs;
};

struct explore_claim {
	const struct lang_line *line; /* a `sometimes` */
	bool reached;
};

struct explore_result {
	struct test_result *test;
	char *schedule; /* of a run that failed, or NULL */
	struct world_explore_stats stats;
	int bound;
	bool complete;
	const char *cut_short; /* by what; NULL: complete, or it failed */
	GArray *outcomes;      /* struct explore_outcome, the most frequent first */
	GArray *claims;	       /* struct explore_claim, in the order of the file */
	double seconds;
};

/*
 * Explores one scenario that has a race on one kernel.  NULL: not in this build, which has no
 * checkpoints.  Free with explore_free().
 */
struct explore_result *interp_explore(const struct scenario_file *file, const struct scenario *s,
				      const char *kernel, const struct explore_options *options);
void explore_free(struct explore_result *result);

#endif
