/* SPDX-License-Identifier: GPL-2.0-only */
/* explore_run.h - a search while it runs: what the files of explore share */
#ifndef TOOLS_INTERP_EXPLORE_RUN_H
#define TOOLS_INTERP_EXPLORE_RUN_H

#include "tools/interp/explore.h"
#include "tools/interp/run.h"

struct search {
	struct run run;
	struct interp_options how;
	const struct explore_options *options;
	struct explore_result *result;
	struct order *no_schedule;
	GHashTable *outcomes; /* text -> count */
	GTimer *timer;
	int *stop;  /* shared with other processes: one of them has found something */
	bool quiet; /* no progress: another process shows it */
};

/* Until there is nothing left to try, something was found, or a limit is reached. */
void explore_search(struct search *x);
void explore_add_outcome(struct search *x, const char *text, guint64 n);
/* The same by so many processes; what they find is collected in @x. */
void explore_together(struct search *x, unsigned int jobs);

#endif
