/* SPDX-License-Identifier: GPL-2.0-only */
/* shrink.h - a failing scenario made smaller, as long as it fails for the same reason */
#ifndef TOOLS_SHRINK_SHRINK_H
#define TOOLS_SHRINK_SHRINK_H

#include "tools/interp/interp.h"
#include "tools/shrink/text.h"

/* One stretch of the run that fails, in terms that outlast a change of the text. */
struct shrink_stretch {
	const char *thread; /* interned */
	unsigned int id;    /* of the line in whose call it ends */
	uint32_t points;
	uint32_t steps; /* instead: so many; 0: see there */
	bool to_end;
	const struct sim_site *site, *before;
};

/* One place in the code, and the call that was there. */
struct shrink_place {
	const char *thread;
	unsigned int id; /* of its line */
	const struct sim_site *site;
};

/*
 * It fails because one thread has gone past `first` before the other goes on from `then`.
 */
struct shrink_order {
	struct shrink_place first, then;
};

struct shrink_limits {
	double max_seconds;
	uint64_t runs;	 /* of a candidate, beside the one that follows the known run */
	uint64_t search; /* to find the first failure, where there is no schedule */
};

struct shrink_case; /* a text, read and ready: attempt.c */

struct shrink {
	struct shrink_limits limits;
	struct shrink_text *text;    /* the smallest so far that fails */
	struct shrink_case *present; /* made of it */
	GArray *stretches;	     /* struct shrink_stretch: how it does */
	GArray *chances;	     /* uint32_t: the failures by chance that come true */
	char *key, *reason;	     /* what fails; @key is that of finding_key() */
	bool has_race;
	bool out_of_time;
	bool proved; /* no run with fewer preemptions fails: all were tried */
	uint64_t candidates, tries;
	GTimer *timer;
	void (*progress)(const struct shrink *x); /* or NULL */
};

/*
 * attempt.c: whether a text fails in the same way.  If so it becomes the smallest one and the
 * run becomes the known one.  Takes over @t.
 */
bool shrink_accepts(struct shrink *x, struct shrink_text *t);
/* The same for the present text and another run. */
bool shrink_accepts_run(struct shrink *x, const GArray *stretches);
/* What shrink_follow() gave: the known run from now on if it is better, else freed.  Gives @better.
 */
bool shrink_keep_run(struct shrink *x, GArray *done, bool better);
/* One run of the present text along these stretches: does it fail, and what was done? */
bool shrink_follow(struct shrink *x, const GArray *stretches, GArray **done);
/* The schedule of the last run of the present text.  Free with g_free(). */
char *shrink_schedule(const struct shrink *x);
void shrink_close(struct shrink_case *c);
/* Finds the first run that fails, by the schedule of the file or by chance; sets key, reason. */
bool shrink_find(struct shrink *x, const struct scenario_file *file, const struct scenario *s,
		 const char *kernel);
/*
 * Every run of the present text with at most so many preemptions.  *complete: it was, and none
 * fails so; otherwise the run that was found becomes the known one.
 */
bool shrink_explore(struct shrink *x, int bound, double seconds, bool *complete);
/* Whether a whole file, with its schedule, fails in the same way; the trace of that run. */
bool shrink_fails_as_file(struct shrink *x, const char *text, uint64_t *trace);
/* Preemptions among stretches. */
unsigned int shrink_preemptions(const GArray *stretches);

/* passes.c: until nothing more can be taken out, or the time is over. */
void shrink_reduce(struct shrink *x);

/* switches.c: fewer switches; and which of the order of two places decides. */
void shrink_switches(struct shrink *x);
/* struct shrink_order, at most two.  Free with g_array_free(). */
GArray *shrink_decisive(struct shrink *x);

/* file.c: "a goes past f:label (file:line) before ..."  Free with g_free(). */
char *shrink_order_text(const struct shrink *x, const struct shrink_order *o);
/*
 * The whole file, with its schedule and what decides.  NULL: it does not fail in the same way
 * when it is read again, a fault of this program.  Free with g_free().
 */
char *shrink_file(struct shrink *x, const char *from, const GArray *orders);

#endif
