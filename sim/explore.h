/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * explore.h - every order of events: a depth-first search over the choices of a run.
 *
 * Each run goes back to the place where the last one turned off, takes the next choice there, and
 * goes on; where there is no snapshot of it (sim/snapshot.h) it starts at the checkpoint and
 * repeats the choices that lead there.  Two reductions, both of which leave every reachable state
 * to be visited, so that invariants are checked in each:
 *
 * - States.  What a step did is known by the order of the accesses that depend on each other
 *   (same word, one of them a write), so the state after some steps is told by a hash over
 *   that partial order; no memory is hashed.  A state that was seen before is not gone into
 *   again.  Two orders of steps with one hash lead to the same memory, but for which of two
 *   threads got which address from an allocator: an address is a name, and no freed object
 *   is used again within a race.
 * - Sleep sets (Godefroid: Partial-Order Methods for the Verification of Concurrent Systems).
 *   A thread whose next step was tried at a node stays asleep in the branches of its siblings
 *   until one of them takes a step that depends on that one.
 *
 * So each of the four ways to search has the same states; tests hold them to it.  It takes that a
 * step's footprint is its own and all of it: what invariants read between two steps is no part of
 * the next, a step with a choice of chance has the words of all answers, and one that gives up its
 * turn depends on every other, as it says who may come next.
 *
 * Invariants that look back ask what came first, a fault or what has happened to its page, and may
 * judge two orders of steps apart that lead to the same memory.  So the beginning of what they look
 * back from, and all that they may be asked about, depend on each other, too (enum sim_stamp).
 *
 * Which words a step touches, the write hooks, the read hooks and the locks say.
 */
#ifndef SIM_EXPLORE_H
#define SIM_EXPLORE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/world.h"

struct world_explore {
	uint64_t max_states;		   /* 0: 64 million */
	bool no_sleep, no_states;	   /* leave a reduction out, to measure it */
	bool no_snapshots;		   /* each run starts at the checkpoint */
	bool alone;			   /* no other process will take part */
	unsigned int worker, worker_count; /* see world_explore_worker() */
};

struct world_explore_stats {
	uint64_t runs; /* to the end: interleavings */
	uint64_t cut;  /* ended early: all that follows was seen */
	uint64_t states, steps;
	uint64_t states_sum; /* of hashes: the same for the same set of states */
	unsigned int depth;  /* most choices in one run */
	bool table_full;     /* states are no longer remembered */
};

/* Begins a search; the world has a checkpoint and nobody runs.  False: not in this build. */
bool world_explore_begin(const struct world_explore *config);
/*
 * Several processes search together: all are forked after world_explore_begin(), share what it
 * has made, and each calls this with its number.
 */
void world_explore_worker(unsigned int number, unsigned int count);
/*
 * What the caller changes itself while threads run, and wants back when the world goes back to the
 * middle of a run.  After world_explore_begin().
 */
void world_explore_also(void *start, size_t size);
/*
 * Instead of world_restore() and world_run(): the world stands where it has to choose anew.  False:
 * it has to start again.  Then world_explore_go_on() is the rest of world_run().
 */
bool world_explore_back(void);
enum world_verdict world_explore_go_on(void);
/* Before each other run, as the other strategies: chooses as the search wants. */
void world_strategy_explore(void);
/* What follows is no part of what is searched: chosen sequentially. */
void world_explore_pause(void);
/* After a run that went to its end: whether it is one more interleaving. */
bool world_explore_is_new(void);
/* After each run.  False: there is nothing left to try. */
bool world_explore_next(void);
void world_explore_stats(struct world_explore_stats *stats);
void world_explore_end(void);

#endif
