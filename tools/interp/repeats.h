/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * repeats.h - runs of one race that need not be made, for they have been
 *
 * A run is a function of the choices in it.  Those of PCT are drawn before it begins, an order of
 * the threads and a few steps, and of a short race there are not many: other seeds come to draw
 * what an earlier one has.  Then the run is that one, step by step.  Nothing is compared but what
 * was drawn, and only runs that passed are kept.
 */
#ifndef TOOLS_INTERP_REPEATS_H
#define TOOLS_INTERP_REPEATS_H

#include "tools/interp/run.h"

struct repeats;

/* What came of a run. */
struct repeats_end {
	uint64_t steps, hash;
};

struct repeats *repeats_new(void);
void repeats_free(struct repeats *x);
/*
 * Before a run, with the world anywhere: true if it is known what comes of it.  False: it has to
 * be made, and told with repeats_add() if it passed.
 */
bool repeats_find(struct repeats *x, const struct interp_chooser *chooser, const struct prog *p,
		  struct repeats_end *end);
void repeats_add(struct repeats *x, const struct repeats_end *end);

#endif
