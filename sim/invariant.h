/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invariant.h - the invariant engine, as the model's invariants use it.
 *
 * The engine reads the undo log: every word that a step wrote is there, so nothing has
 * to be marked by hand and nothing can be forgotten.  It remembers the last value that it
 * saw of each word of a watched object; for a word that has another one now it calls
 * note().  After the last word of the step it calls step_end().  Both run between two
 * steps, on the stack of the thread that made the step.
 *
 * State that an invariant keeps (ghost state) is part of the world: change it with
 * SIM_GHOST_SET() so that it is undone with the rest.
 */
#ifndef SIM_INVARIANT_H
#define SIM_INVARIANT_H

#include "sim/sim.h"
#include "sim/undo_log.h"

struct sim_invariant {
	const char *name;
	const char *text; /* one line, for `uffdsim invariants` */
	/* Every one of these may be NULL. */
	void (*step_end)(void);		       /* after the words of a step were noted */
	void (*user_return)(unsigned int tid); /* a thread leaves the kernel */
	void (*quiet)(void);		       /* no thread can run: idle or asleep, all of them */
	void (*full)(void);		       /* from scratch, compared with the ghost state */
	void (*world_end)(void);	       /* everything was closed and has exited */
};

typedef void (*sim_note_fn)(void *obj, unsigned long *word, unsigned long old, unsigned long now);

/* Tables of the model; called by its boot. */
void sim_invariants_register(const struct sim_invariant *const *table, unsigned int n);
void sim_watch_kind(int kind, sim_note_fn note);
/*
 * Of the objects of that kind note() wants these words only, a bit for each; beyond 64 words
 * the bits are used again.  Otherwise: all of them.
 */
void sim_watch_words(int kind, sim_u64 words);
#define SIM_WORD(type, member) (1ul << (__builtin_offsetof(type, member) / 8 % 64))
/*
 * For an array of which most objects are never touched: the next one worth a look.  Only a
 * build without write hooks asks.
 */
void sim_watch_next(int kind, char *(*next)(char *obj));
/* A change of [p, p + n), a global of the model, makes the step_end() functions run. */
void sim_watch_global(const void *p, unsigned long n);
/* Whether it changed in this step. */
int sim_global_changed(void);
/*
 * From note(): run the step_end() functions after this step; from step_end(): after the next
 * one too.
 */
extern int sim_checks_awake;
static inline void sim_check_again(void)
{
	sim_checks_awake = 1;
}
/* Called with the object of that kind just before it is freed. */
void sim_watch_free(int kind, void (*fn)(void *obj));
/* Holders of locks of that class now, by all threads. */
unsigned int sim_class_held(unsigned int class_);

/*
 * The step in which that thread took a lock that it holds, or held in a part of the present step;
 * 0: it does not.
 */
sim_u64 sim_lock_taken(unsigned int tid, const struct sim_lock *l);

/* How the thread stands, for WAKE: 0 idle, 1 can run, 2 asleep in sim_park(), 3 waits for a lock.
 */
int sim_thread_state(unsigned int tid, const void **wait_obj);
/* Of a thread asleep: the function that put it to sleep, and when. */
const char *sim_thread_sleeps_in(unsigned int tid);
sim_u64 sim_thread_asleep_since(unsigned int tid);
/* Of a thread that waits for a lock: whether sim_interrupt() can end that. */
int sim_thread_may_give_up(unsigned int tid);
unsigned int sim_nthreads(void);
/* Those that are not idle, one bit each. */
unsigned int sim_busy_threads(void);
/* The caches, for LEAK: name and live objects; 0 past the last. */
int sim_cache_info(unsigned int i, const char **name, unsigned long *live);
void *sim_thread_task(unsigned int tid);
/* Whether an object of the arena is allocated. */
int sim_is_live(const void *p);

/* Zeroed ghost memory for @n records of @size bytes, part of the world. */
void *sim_ghost_alloc(unsigned long n, unsigned long size);

static inline void sim_ghost_note(void *p, unsigned long n)
{
	/* Mostly a field within one word. */
	if (((unsigned long)p & 7) + n <= 8)
		undo_word(p);
	else
		sim_undo_note(p, n);
}

#define SIM_GHOST_SET(lvalue, value)                       \
	do {                                               \
		sim_ghost_note(&(lvalue), sizeof(lvalue)); \
		(lvalue) = (value);                        \
	} while (0)

/*
 * What was just set is the number of a step.  Its place holds nothing else as long as the world
 * exists.  All that may depend on it is whether what happens comes before or after the moment from
 * which on somebody looks back; of one with an age also whether it was in this step or the last.
 */
enum sim_stamp {
	SIM_STAMP_EVENT, /* something has happened */
	SIM_STAMP_AGE,
	SIM_STAMP_SINCE, /* somebody will ask what has happened since */
	SIM_STAMP_COPY,	 /* of another one, of an earlier step */
};

void sim_ghost_stamped(void *p, unsigned long size, enum sim_stamp what);

#define SIM_GHOST_STAMP_AS(lvalue, what)                            \
	do {                                                        \
		SIM_GHOST_SET(lvalue, sim_step());                  \
		sim_ghost_stamped(&(lvalue), sizeof(lvalue), what); \
	} while (0)

#define SIM_GHOST_STAMP(lvalue) SIM_GHOST_STAMP_AS(lvalue, SIM_STAMP_EVENT)
#define SIM_GHOST_STAMP_SINCE(lvalue) SIM_GHOST_STAMP_AS(lvalue, SIM_STAMP_SINCE)
#define SIM_GHOST_STAMP_AGE(lvalue) SIM_GHOST_STAMP_AS(lvalue, SIM_STAMP_AGE)

/* Whether steps are checked at all: without, ghost state stands still. */
int sim_checking(void);
/* Number of the present step, and the thread that made it (0xffff: none). */
sim_u64 sim_step(void);
unsigned int sim_step_tid(void);

#endif
