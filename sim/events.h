/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * events.h - the steps of a run as events in a partial order, and its hash
 *
 * An event depends on the one before it in its thread, and on those of other threads that had to
 * do with the same words, as the footprints tell.  What comes of a run so far is told by that order
 * alone: no memory is hashed.
 */
#ifndef SIM_EVENTS_H
#define SIM_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/footprint.h"

struct snapshot_cursor;

/* A run begins. */
void events_forget(void);
/*
 * The running thread has made a step.  False: the events could not be kept where they were, and
 * snapshots that were taken before cannot be gone back to.
 */
bool events_add(unsigned int tid, const struct footprint *f);
/* What sim_choose() said is part of the step that is being made. */
void events_chose(unsigned int answer);
/* The hash of all events. */
uint64_t events_state(void);
void events_parts(struct snapshot_cursor *c, uint32_t begun);

static inline uint64_t events_mix(uint64_t x)
{
	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ull;
	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ull;
	return x ^ (x >> 32);
}

#endif
