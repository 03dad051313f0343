/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * world.h - the host's side of the simulated machine: set it up, run it, look at it.
 *
 * Nothing here is called from a simulated thread.  A program drives the machine so:
 *
 *	world_init();
 *	world_reset(&config);
 *	... boot the model, add threads, give them work, world_run() ...
 *	world_checkpoint();
 *	for (each run) { world_restore(); world_thread_start(...); world_run(...); }
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/sim.h"

enum {
	WORLD_MAX_THREADS = 32,
	WORLD_MAX_HELD = 24,
	WORLD_NAME_LEN = 32,
};

enum world_verdict {
	WORLD_DONE,	 /* every allowed thread is idle */
	WORLD_BLOCKED,	 /* none of the allowed threads can run, not all are idle */
	WORLD_STOPPED,	 /* a stop point was reached */
	WORLD_VIOLATION, /* an invariant does not hold */
	WORLD_BUG,	 /* BUG_ON or WARN_ON of the model */
	WORLD_CRASH,	 /* a bad memory access or a stack overflow in the model */
	WORLD_LIMIT,	 /* a limit of the machine: steps, arena, frames */
	WORLD_CUT,	 /* explore: what would follow has been seen */
	WORLD_DIVERGED,	 /* the recorded schedule does not fit */
};

struct world_config {
	uint64_t max_steps;  /* of one run; 0: the default, 1 million */
	bool check;	     /* invariants after every step */
	bool full_check;     /* the full check beside the incremental one, compared */
	bool record;	     /* keep every step and who wrote what last, for reports */
	bool verify_restore; /* compare memory with a full copy after each restore */
	/*
	 * There will be no checkpoint.  With neither that nor check nor record nobody wants to know
	 * what the model reads and writes, and a run takes less than two thirds of the time.
	 */
	bool no_undo;
};

/* Maps the arena; once for the process. */
void world_init(void);
/* An empty machine: no object, no thread; the model's globals as the program started. */
void world_reset(const struct world_config *config);
const struct world_config *world_config(void);
/* Calls of the compiler's hooks that are taken out of the model's code at present; see hooks.c. */
unsigned int world_hooks_out(void);
/* Switches the invariants of the present world on or off. */
void world_set_check(bool check);

/*
 * The state to which world_restore() returns.  Every thread must be idle.  In a build
 * without write hooks (AddressSanitizer) there is none: world_can_restore() is false and
 * the caller builds the world again.
 */
bool world_can_restore(void);
void world_checkpoint(void);
void world_restore(void);

/*
 * For a part of the run in which nothing is left to chance.  True: another run from this
 * checkpoint was in the same state at this place, so what follows is known; its steps have
 * been counted and hashed, and the world is fit for a restore only.  False: it has to be run,
 * and then, if it ended well, world_known_end() remembers it.
 */
bool world_known_begin(void);
void world_known_end(void);

/* ---------------------------------------------------------------- threads */

enum world_thread_state {
	THREAD_IDLE, /* in user mode with nothing to do */
	THREAD_READY,
	THREAD_PARKED, /* asleep in sim_park() */
	THREAD_LOCKED, /* waits for a lock */
};

struct world_held {
	const struct sim_lock *lock;
	const struct sim_site *site;
	uint64_t taken; /* in this step */
	bool shared;
	uint32_t top_rank; /* the highest of this lock and the older ones */
};

struct world_thread {
	const char *name;
	enum world_thread_state state;
	const struct sim_site *site; /* last scheduling point */
	const void *wait_obj;	     /* PARKED, LOCKED: on what */
	const struct sim_site *wait_site;
	const struct world_held *held; /* oldest first */
	unsigned int nheld;
	const char *in_syscall; /* entry it is in, NULL in user mode */
	void *task;
};

/* Returns the thread's number, or -1 when there are WORLD_MAX_THREADS. */
int world_thread_add(const char *name, void *task);
unsigned int world_nthreads(void);
void world_thread_info(unsigned int tid, struct world_thread *info);
/* Gives an idle thread work: fn(arg) on a fresh stack.  It ends when fn returns. */
void world_thread_start(unsigned int tid, void (*fn)(void *), void *arg);

/* ---------------------------------------------------------------- running */

/*
 * Runs those threads of @mask that can run until none can, a stop point is reached or
 * the run fails.  The verdict tells which.
 */
enum world_verdict world_run(uint64_t mask);
/* Runs fn(arg) to its end on a stack that may call model code, with no thread current. */
void world_call(void (*fn)(void *), void *arg);
/* Checks what the host itself changed outside world_call(). */
void world_host_step(void);
/* Everything was closed and has exited: nothing may be left (LEAK).  See world_report(). */
void world_end(void);
uint64_t world_steps(void);
/* From now on a run may make so many more steps: beyond, it is an endless loop (LIMIT). */
void world_limit_steps(uint64_t n);
/* Hash over every step and traced number so far, and over one last draw. */
uint64_t world_trace_hash(void);

/*
 * Stops world_run() when the thread reaches a point: "func:label", or "lock NAME" for
 * the acquisition of a lock of that class.  One stop a thread; NULL removes it.
 */
void world_stop_at(unsigned int tid, const char *point);
unsigned int world_stopped_tid(void);

/* --------------------------------------------------------------- strategy */

void world_strategy_random(uint64_t seed);
/*
 * That many preemptions, at random steps of the next @steps, of which there should be about
 * as many as the run will make.
 */
void world_strategy_bounded(uint64_t seed, unsigned int preemptions, uint64_t steps);
/*
 * Probabilistic concurrency testing: @depth - 1 changes of priority within the next @steps
 * steps, of which there should be about as many as the run will make.
 */
void world_strategy_pct(uint64_t seed, unsigned int depth, uint64_t steps);
/*
 * From a coverage-guided fuzzer: a byte is a slice, who runs and for how many steps.  Past
 * the end the running thread stays.  The bytes must stay valid.
 */
void world_strategy_bytes(const uint8_t *data, size_t size);
/* Stay with the running thread while it can run: lowest number next. */
void world_strategy_sequential(void);

struct world_slice {
	unsigned int tid;
	uint32_t count; /* steps; WORLD_TO_END: until it sleeps or ends */
};
#define WORLD_TO_END UINT32_MAX

/* The slices must stay valid; a slice that does not fit ends in WORLD_DIVERGED. */
void world_strategy_recorded(const struct world_slice *slices, size_t n);
/*
 * For this strategy and the next: which failures by chance (struct world_inject) come true,
 * by their number in the run, from 1.  The list must stay valid; none where nothing is said.
 */
void world_strategy_chances(const uint32_t *list, size_t n);
/* Those that did since the schedule began. */
const uint32_t *world_chances(size_t *n);

/*
 * The thread out of @mask that runs next; asked at every point.  @cur was running, no thread
 * at the start, and has made @steps since it was switched to; @can_stay: it can go on.
 */
typedef unsigned int (*world_pick)(void *arg, uint64_t mask, unsigned int cur, bool can_stay,
				   uint32_t steps);
void world_strategy_ask(world_pick pick, void *arg);

/* Preemptions (switching away from a thread that could go on) allowed; -1: any number. */
void world_preempt_bound(int n);
/* The host itself looks at, or changes, what other threads' order may depend on. */
void world_touch(const void *p, bool write);
/* The schedule of the run since the last reset, restore or world_schedule_clear(). */
const struct world_slice *world_schedule(size_t *n);
void world_schedule_clear(void);

/* ------------------------------------------------------ failure injection */

struct world_inject {
	const char *point; /* "label" or "func:label" */
	int tid;	   /* -1: any thread */
	uint32_t nth;	   /* the nth time from now, 1-based; 0: every time, or by chance */
	uint32_t num, den; /* den != 0: with probability num / den */
};

/* Returns a handle; 16 at most, -1 when full.  The strings must stay valid. */
int world_inject_add(const struct world_inject *inj);
void world_inject_remove(int handle);
/* How often it fired. */
uint32_t world_inject_fired(int handle);
void world_inject_clear(void);
/* Passes of a thread over failure sites ("label" or "func:label") since its count was reset. */
uint32_t world_site_count(unsigned int tid, const char *point);
void world_site_count_reset(unsigned int tid);

/* ---------------------------------------------------------------- reports */

struct world_report {
	enum world_verdict verdict;
	const char *invariant; /* VIOLATION: its name; BUG: "BUG" or "WARN" */
	char text[1024];
	const void *obj;
	const struct sim_site *site; /* BUG: where; otherwise the last point */
	int tid;		     /* -1: none was running */
	uint64_t step;
	bool has_writer; /* who changed the object last (needs record) */
	unsigned int writer_tid;
	uint64_t writer_step;
	const struct sim_site *writer_site;
};

const struct world_report *world_report(void);
/* One invariant (or "WARN") off, until reset. */
void world_tolerate(const char *invariant);

/* A line of the recorded trace. */
struct world_event {
	uint64_t step;
	unsigned int tid;
	const struct sim_site *site; /* a step, or */
	const char *fmt;	     /* a traced line with its numbers */
	unsigned long arg[4];
};
size_t world_events(const struct world_event **events);

/* The model's invariants, for `uffdsim invariants` (struct of sim/invariant.h). */
struct sim_invariant;
unsigned int world_invariants(const struct sim_invariant *const **table);

/* The marked conditions (struct of sim/branch.h), and what they did since they were cleared. */
struct sim_branch;
size_t world_branches(const struct sim_branch **branches);
void world_branches_clear(void);

/* The sites of the whole program, in an order that is the same in every build. */
size_t world_sites(const struct sim_site *const **sites);
/* Does a site answer to "label" or "func:label"? */
bool world_site_matches(const struct sim_site *site, const char *point);

/* The model's lock classes, row 0 unused; called by the model's boot. */
void world_lock_table(const struct sim_lock_class *classes, unsigned int n);
const struct sim_lock_class *world_lock_classes(unsigned int *n);

/* For `make bench` and reports: bytes of arena in use, words logged since the checkpoint. */
size_t world_arena_used(void);
size_t world_log_words(void);
/* Cache an address belongs to (NULL: none), its kind, and the number of the object in it. */
const char *world_object(const void *addr, int *kind, unsigned long *index);
/* The caches, for LEAK: name and live objects; false past the last. */
bool world_cache(unsigned int i, const char **name, unsigned long *live);

#endif
