/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * single.h - a race in a single order: a call at a time, each until it returns or sleeps
 *
 * That is what a real kernel can be asked: which of the threads goes on is decided outside of it.
 */
#ifndef TOOLS_INTERP_SINGLE_H
#define TOOLS_INTERP_SINGLE_H

#include <stdint.h>

#include "tools/lang/lang.h"

struct single_options {
	uint64_t seed; /* draws who goes on */
	/*
	 * Calls from this line of the file on are no part of the race: with them the thread that
	 * has them reads and answers messages where it has a line `serve`.
	 */
	unsigned int spare;
};

/*
 * Runs the scenario so, on that kernel, and writes down what came of it: `setup`, `steps` with all
 * results and output fields, and a `final` about what there is in the end.  NULL: there is no such
 * order, or the run failed, and *why says so in a few words.  Free both with g_free().
 */
char *interp_single(const struct scenario_file *file, const struct scenario *s, const char *kernel,
		    const struct single_options *options, char **why);

#endif
