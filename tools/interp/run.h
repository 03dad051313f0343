/* SPDX-License-Identifier: GPL-2.0-only */
/* run.h - running a program: what the files of the interpreter share */
#ifndef TOOLS_INTERP_RUN_H
#define TOOLS_INTERP_RUN_H

#include "tools/interp/interp.h"
#include "tools/interp/prog.h"

enum run_end {
	RUN_GOES_ON,
	RUN_PASSED,
	RUN_EXPECTED, /* it ended in the violation or deadlock that the scenario expects */
	RUN_FAILED,
	RUN_CUT,      /* explore: what would follow has been seen */
	RUN_DIVERGED, /* the recorded schedule does not fit: bad input */
};

/* An order of events. */
struct order {
	GArray *slices;	 /* struct world_slice */
	GArray *chances; /* uint32_t: which of the failures by chance came true */
};

struct order *order_new(void);
void order_free(struct order *o);

/* One run of a program, and what is known of its failure. */
struct run {
	struct prog *p;
	const struct interp_options *options;
	struct world_config config;
	enum run_end end;
	GString *report;	      /* of a failure, empty before it */
	char *reason;		      /* first line of it */
	const struct lang_line *line; /* of steps: the line that is being done */
	const struct order *recorded; /* the schedule that it follows, or NULL */
	char *key;		      /* what failed, and in which function: see test_result */
	bool exploring;		      /* the search chooses, not a seed */
	int bound;		      /* preemptions when exploring, -1: any number */
	GHashTable *reached;	      /* exploring: `sometimes` lines that were true */
	uint64_t max_steps; /* beyond the set-up: a longer run goes round in circles; 0: see sim/ */
	bool in_race;
	uint64_t seed;
	uint64_t hash;	    /* over the traces of all runs so far */
	struct order *done; /* what the race did, once it is over */
};

/*
 * interp.c: a run with nothing done yet; booted and set up, true if it goes on; the sections
 * after the set-up, and the end of everybody; all of it with everything recorded.
 */
void run_init(struct run *r, struct prog *p, const struct interp_options *options,
	      const struct order *schedule);
bool run_prepare(struct run *r);
void run_body(struct run *r);
/* The rest of it, after world_explore_back(). */
void run_body_on(struct run *r);
void run_recorded(struct run *r);
struct test_result *run_result(struct run *r, bool *bad_input);
void run_done(struct run *r);

/* schedule.c: the order of a text that was checked, or else of the scenario's own. */
struct order *schedule_new(const struct scenario *s, const char *text);
/* What the race did, as such a text.  Free with g_free(). */
char *run_schedule_text(const struct run *r);
/* Where its nth slice stands, from 1. */
struct lang_pos schedule_pos(const struct scenario *s, const char *text, unsigned long n);

/* guide.c: the guide makes the choices from now on. */
void guide_begin(struct interp_guide *g, struct prog *p);

/* boot.c: the world with everything declared; false: run->end says how it failed. */
bool run_boot(struct run *r);
/* Arms the scenario's `inject` lines; once for each run of the body. */
void run_arm_injects(struct run *r);
/* Everybody exits, and nothing may be left. */
void run_teardown(struct run *r);

/* exec.c */
void run_setup_section(struct run *r, const struct lang_section *s);
void run_steps_section(struct run *r, const struct lang_section *s);
void run_race_section(struct run *r, const struct lang_section *s);
/* The rest of it, after world_explore_back(). */
void run_race_on(struct run *r, const struct lang_section *s);
void run_final_section(struct run *r, const struct lang_section *s);
/* The thread begins the call, or goes on in it, until it returns or sleeps; nobody else runs. */
enum world_verdict run_alone(struct run *r, struct prog_call *c, bool goes_on);
/* Threads that have nothing to do leave, too, when their process ends. */
void run_bury_the_killed(struct run *r);
/* The thread is asleep in a call that some final line says is blocked. */
bool run_says_blocked(const struct run *r, const struct prog_thread *t);

/* verdict.c: what the end of a world_run() means; true: the run goes on. */
bool run_judge(struct run *r, enum world_verdict v, const struct prog_call *call);
/* The same for what the host did in world_call(). */
bool run_judge_host(struct run *r);
/* The race is over and these threads cannot go on. */
void run_stuck(struct run *r);
bool run_expects_deadlock(const struct run *r);

/* expr.c: the truth of an expression; inside world_call() or not. */
bool expr_true(struct prog *p, const struct lang_expr *e);
/* For each part of a false expression that could have been true: what it really is. */
void expr_explain(GString *out, struct prog *p, const struct lang_expr *e);

/* report.c: the head with the line and a caret; the first one sets run->reason. */
void report_fail(struct run *r, struct lang_pos pos, const char *fmt, ...) G_GNUC_PRINTF(3, 4);
void report_note(struct run *r, struct lang_pos pos, const char *fmt, ...) G_GNUC_PRINTF(3, 4);
/* "vcpu: load g[0]" */
void report_call_name(GString *out, const struct prog_call *c);
/* Of a call that failed: the last thing it did before it left, and what was made to fail. */
void report_turned_back(struct run *r, const struct prog_call *c);
/* All threads: calls, what they wait for, their locks. */
void report_threads(struct run *r);
/* The last line. */
void report_replay(struct run *r);

/* story.c: what a thread did in its present call, function by function. */
void report_story(struct run *r, const struct prog_thread *t);
/* The whole trace, as --trace prints it. */
void print_trace(FILE *out, struct prog *p);
/* "handle_userfault (schedule)" */
void report_site(GString *out, const struct sim_site *site);

/* picture.c: pages, page tables and page caches; around an object, or everything. */
void report_picture(struct run *r, const void *obj);
/* "page 3", "the VMA g[0:2]", "F" ... */
void report_object(GString *out, struct prog *p, const void *obj);

#endif
