// SPDX-License-Identifier: GPL-2.0-only
/*
 * exec.c - the sections of a scenario
 *
 * In set-up and steps one thread runs at a time, until its call returns, sleeps or reaches
 * its stop point.  In a race each thread has its list and the strategy decides.
 */
#include <string.h>

#include "sim/explore.h"
#include "tools/interp/names.h"
#include "tools/interp/outcome.h"
#include "tools/interp/run.h"

/* Set for the threads' entry points, which get one pointer only. */
static struct prog *running;

/* ------------------------------------------------------ in the threads */

/* The copy of the failure point that is armed: a call takes it out again by emptying it. */
static void arm_fails(struct prog_call *c)
{
	const GPtrArray *props = c->ast->props;
	guint i;

	c->narmed = 0;
	for (i = 0; i < props->len && c->narmed < PROG_MAX_FAILS; i++) {
		const struct lang_prop *fail = props->pdata[i];
		const struct world_inject w = {
			.point = fail->name,
			.tid = c->thread->tid,
			.nth = fail->nth,
		};
		int handle = fail->kind == LANG_PROP_FAIL ? world_inject_add(&w) : -1;

		if (handle >= 0)
			c->armed[c->narmed++] = handle;
	}
}

static void disarm_fails(struct prog_call *c)
{
	while (c->narmed)
		world_inject_remove(c->armed[--c->narmed]);
}

static void do_call(struct prog *p, struct prog_call *c)
{
	unsigned int tid = c->thread->tid;

	c->now.begun = true;
	c->now.first_step = world_steps();
	world_touch(&c->thread->now_in, true);
	c->thread->now_in = c;
	c->thread->now_last = c;
	arm_fails(c);
	if (p->counts)
		world_site_count_reset(tid);
	c->run(p, c);
	if (p->counts) {
		c->now.retries = world_site_count(tid, "copy_unlocked");
		c->now.allocs = world_site_count(tid, "page_alloc") +
				world_site_count(tid, "hugepage_alloc");
	}
	disarm_fails(c);
	c->thread->now_in = NULL;
	c->now.killed = model_killed();
	c->now.last_step = world_steps();
	world_touch(&c->now.done, true);
	c->now.done = true;
}

static void one_call(void *arg)
{
	struct prog_call *c = arg;

	do_call(running, c);
	if (model_killed())
		model_exit();
}

/* Whoever serves until this thread has finished, or runs after this call. */
static void wake_followers(struct prog *p, const struct prog_thread *done)
{
	unsigned int i;

	for (i = 0; i < p->nthreads; i++) {
		const struct prog_call *c = p->threads[i].now_in;

		world_touch(&p->threads[i].now_in, false);
		if (c && c->until == done)
			model_wake(p->threads[i].tid);
	}
}

/* A thread that was killed never comes to the rest of its calls. */
static bool is_over(const struct prog_call *c)
{
	world_touch(&c->now.done, false);
	world_touch(&c->thread->now_finished, false);
	return c->now.done || c->thread->now_finished;
}

static void wait_for_call(struct prog_call *c)
{
	while (!is_over(c->after) && !model_killed())
		sim_park(c->after, SIM_SITE("after"));
}

static void wake_those_after(struct prog *p, const struct prog_call *done)
{
	unsigned int i;

	for (i = 0; i < p->ncalls; i++) {
		if (p->calls[i].after == done)
			sim_unpark(p->calls[i].thread->tid);
	}
}

/* A thread of a process that a fork is to make: false if there will be none. */
static bool wait_for_birth(struct prog_process *process)
{
	for (;;) {
		world_touch(&process->now_birth, false);
		if (process->now_birth != PROG_UNBORN)
			return process->now_birth == PROG_BORN;
		sim_park(process, SIM_SITE("unborn"));
	}
}

/* Forks that it has not come to will not be made by anybody. */
static void leave_unborn(struct prog *p, const struct prog_thread *t)
{
	guint i;

	for (i = 0; i < t->race->len; i++) {
		const struct prog_call *c = t->race->pdata[i];

		if (c->process)
			op_stillborn(p, c->process);
	}
}

static void race_thread(void *arg)
{
	struct prog_thread *t = arg;
	struct prog *p = running;
	guint i = 0;

	if (t->process->forked && !wait_for_birth(t->process))
		goto out;
	for (; i < t->race->len; i++) {
		struct prog_call *c = t->race->pdata[i];

		if (c->after)
			wait_for_call(c);
		if (model_killed())
			break;
		do_call(p, c);
		wake_those_after(p, c);
	}
out:
	if (p->births)
		leave_unborn(p, t);
	world_touch(&t->now_finished, true);
	t->now_finished = 1;
	wake_followers(p, t);
	for (; i < t->race->len; i++)
		wake_those_after(p, t->race->pdata[i]);
	if (model_killed())
		model_exit();
}

/* A thread in user mode whose process was killed, or that has a deadly signal to take. */
static void die(void *arg G_GNUC_UNUSED)
{
	if (model_killed())
		model_exit();
}

void run_bury_the_killed(struct run *r)
{
	uint64_t mask = 0;
	unsigned int i;

	for (i = 0; i < r->p->nthreads; i++) {
		unsigned int tid = r->p->threads[i].tid;
		struct world_thread info;

		if (!model_is_dying(tid))
			continue;
		world_thread_info(tid, &info);
		if (info.state != THREAD_IDLE)
			continue;
		world_thread_start(tid, die, NULL);
		mask |= 1ull << tid;
	}
	if (mask)
		run_judge(r, world_run(mask), NULL);
}

enum world_verdict run_alone(struct run *r, struct prog_call *c, bool goes_on)
{
	running = r->p;
	world_strategy_sequential();
	if (!goes_on)
		world_thread_start(c->thread->tid, one_call, c);
	return world_run(1ull << c->thread->tid);
}

/* ------------------------------------------------------------------ results */

static void fail_unexpected(struct run *r, const struct prog_call *c, const struct lang_call *line)
{
	struct lang_pos pos = line->results->len ? line->results_pos : line->pos;
	char **wanted = g_strsplit(line->results_text ? line->results_text : "", " | ", -1);
	char *either = g_strjoinv(" or ", wanted);
	GString *got = g_string_new(NULL), *name = g_string_new(NULL);

	outcome_text(got, r->p, c);
	report_call_name(name, c);

	if (line->results->len)
		report_fail(r, pos, "%s: expected %s, got %s", name->str, either, got->str);
	else
		report_fail(r, pos, "%s: expected it to succeed, got %s", name->str, got->str);
	report_turned_back(r, c);
	r->end = RUN_FAILED;
	g_string_free(got, true);
	g_string_free(name, true);
	g_strfreev(wanted);
	g_free(either);
}

/* @line: the one that says the results, the call's own or its resume's. */
static bool check_results(struct run *r, const struct prog_call *c, const struct lang_call *line)
{
	if (outcome_expected(r->p, c, line->results))
		return true;
	fail_unexpected(r, c, line);
	return false;
}

/* -------------------------------------------------------------------- steps */

static void asleep_on(GString *out, const struct prog_thread *t)
{
	struct world_thread info;

	world_thread_info(t->tid, &info);
	if (info.wait_site)
		report_site(out, info.wait_site);
}

static void fail_sleeps(struct run *r, const struct prog_call *c, struct lang_pos pos,
			const char *what)
{
	GString *name = g_string_new(NULL), *where = g_string_new(NULL);

	report_call_name(name, c);
	asleep_on(where, c->thread);
	report_fail(r, pos, "%s: %s, in %s", name->str, what, where->str);
	report_threads(r);
	r->end = RUN_FAILED;
	g_string_free(name, true);
	g_string_free(where, true);
}

static void fail_returned(struct run *r, const struct prog_call *c, struct lang_pos pos,
			  const char *instead_of)
{
	GString *got = g_string_new(NULL), *name = g_string_new(NULL);

	outcome_text(got, r->p, c);
	report_call_name(name, c);
	report_fail(r, pos, "%s: expected it to %s, but it returned %s", name->str, instead_of,
		    got->str);
	report_turned_back(r, c);
	r->end = RUN_FAILED;
	g_string_free(got, true);
	g_string_free(name, true);
}

/* The thread has run as far as it could: is that what the line says? */
static void judge_line(struct run *r, enum world_verdict v, const struct prog_call *c,
		       const struct lang_call *line)
{
	const struct lang_prop *stop = lang_call_prop(line, LANG_PROP_STOP);

	world_stop_at(c->thread->tid, NULL);
	/* Killed, and its exit has to wait for somebody: the call is over all the same. */
	if (v == WORLD_BLOCKED && c->now.done)
		v = WORLD_DONE;
	switch (v) {
	case WORLD_STOPPED:
		return;
	case WORLD_BLOCKED:
		if (stop)
			fail_sleeps(r, c, stop->pos, "it sleeps before it comes to its stop point");
		else if (line->resumes && !line->sleeps)
			fail_sleeps(r, c, line->pos, "it is still asleep");
		else if (!line->sleeps)
			fail_sleeps(r, c, line->pos, "it sleeps, but no '...' says so");
		return;
	case WORLD_DONE:
		if (stop)
			fail_returned(r, c, stop->pos, "reach its stop point");
		else if (line->sleeps)
			fail_returned(r, c, line->sleeps_pos, "sleep");
		else
			check_results(r, c, line);
		return;
	default:
		run_judge(r, v, c);
	}
}

static void arm_stop(const struct prog_call *c, const struct lang_call *line)
{
	const struct lang_prop *stop = lang_call_prop(line, LANG_PROP_STOP);

	if (stop)
		world_stop_at(c->thread->tid, stop->name);
}

static void fail_dead(struct run *r, const struct prog_call *c, const struct lang_call *line)
{
	GString *name = g_string_new(NULL);

	report_call_name(name, c);
	report_fail(r, line->pos, "%s: '%s' has exited, or was killed", name->str, c->thread->name);
	r->end = RUN_FAILED;
	g_string_free(name, true);
}

static void run_line(struct run *r, const struct lang_call *line)
{
	struct prog_call *c = prog_call_of(r->p, line);

	if (!prog_call_applies(r->p, line))
		return;
	if (c->thread->process->forked && c->thread->process->now_birth != PROG_BORN) {
		report_fail(r, line->pos, "process '%s' does not exist: no fork of it has returned",
			    c->thread->process->name);
		r->end = RUN_FAILED;
		return;
	}
	if (!line->resumes && model_is_dead(c->thread->tid)) {
		fail_dead(r, c, line);
		return;
	}
	arm_stop(c, line);
	if (!line->resumes)
		world_thread_start(c->thread->tid, one_call, c);
	judge_line(r, world_run(1ull << c->thread->tid), c, line);
	if (r->end == RUN_GOES_ON)
		run_bury_the_killed(r);
}

static void run_check(struct run *r, const struct lang_line *line)
{
	GString *why = g_string_new(NULL);

	if (!expr_true(r->p, line->expr)) {
		expr_explain(why, r->p, line->expr);
		report_fail(r, line->expr->pos, "check %s: %s", line->expr->text, why->str);
		report_threads(r);
		report_picture(r, NULL);
		r->end = RUN_FAILED;
	}
	g_string_free(why, true);
}

static void run_lines(struct run *r, const struct lang_section *s)
{
	guint i;

	running = r->p;
	world_strategy_sequential();
	for (i = 0; i < s->lines->len && r->end == RUN_GOES_ON; i++) {
		r->line = s->lines->pdata[i];
		if (r->line->kind != LANG_LINE_CHECK)
			run_line(r, r->line->call);
		else if (prog_when_applies(r->p, &r->line->when))
			run_check(r, r->line);
	}
	r->line = NULL;
}

void run_setup_section(struct run *r, const struct lang_section *s)
{
	run_lines(r, s);
}

void run_steps_section(struct run *r, const struct lang_section *s)
{
	run_lines(r, s);
}

/* --------------------------------------------------------------------- race */

/*
 * About.  It must not depend on runs that were made before: a seed has to give the same run
 * when it is the only one.
 */
enum { STEPS_OF_A_CALL = 40 };

static void follow(const struct order *o)
{
	world_strategy_recorded((const struct world_slice *)o->slices->data, o->slices->len);
	world_strategy_chances((const uint32_t *)o->chances->data, o->chances->len);
}

static void choose_strategy(struct run *r, const struct lang_section *s)
{
	if (r->exploring) {
		world_preempt_bound(r->bound);
		world_strategy_explore();
		return;
	}
	if (r->recorded) {
		world_preempt_bound(-1);
		follow(r->recorded);
		return;
	}
	world_preempt_bound(-1);
	if (r->options->chooser)
		interp_choose(r->options->chooser, r->p, s->lines->len * STEPS_OF_A_CALL);
	else if (s->preempt >= 0)
		world_strategy_bounded(r->seed, s->preempt, s->lines->len * STEPS_OF_A_CALL);
	else if (r->options->pct_depth)
		world_strategy_pct(r->seed, r->options->pct_depth, s->lines->len * STEPS_OF_A_CALL);
	else
		world_strategy_random(r->seed);
}

/* The schedule goes on in the teardown, which is no part of the race. */
static void keep_schedule(struct run *r)
{
	const struct world_slice *slices;
	const uint32_t *chances;
	size_t n;

	slices = world_schedule(&n);
	g_array_set_size(r->done->slices, 0);
	g_array_append_vals(r->done->slices, slices, n);
	chances = world_chances(&n);
	g_array_set_size(r->done->chances, 0);
	g_array_append_vals(r->done->chances, chances, n);
}

static void check_race_results(struct run *r, const struct lang_section *s)
{
	guint i;

	for (i = 0; i < s->lines->len && r->end == RUN_GOES_ON; i++) {
		const struct lang_line *line = s->lines->pdata[i];
		const struct prog_call *c = prog_call_of(r->p, line->call);

		if (c->now.done)
			check_results(r, c, line->call);
	}
}

bool run_says_blocked(const struct run *r, const struct prog_thread *t)
{
	return lang_may_stay_blocked(r->p->scenario, t->decl);
}

static bool all_stuck_are_mentioned(const struct run *r)
{
	unsigned int i;

	for (i = 0; i < r->p->nthreads; i++) {
		const struct prog_thread *t = &r->p->threads[i];

		if (t->now_in && !run_says_blocked(r, t))
			return false;
	}
	return true;
}

static void race_is_over(struct run *r, const struct lang_section *s, enum world_verdict v)
{
	if (r->exploring)
		world_explore_pause();
	keep_schedule(r);
	if (v == WORLD_CUT) {
		r->end = RUN_CUT;
		return;
	}
	if (v == WORLD_BLOCKED && (run_expects_deadlock(r) || !all_stuck_are_mentioned(r)))
		run_stuck(r);
	else if (v != WORLD_BLOCKED)
		run_judge(r, v, NULL);
	if (r->end == RUN_GOES_ON)
		check_race_results(r, s);
	if (r->end == RUN_GOES_ON)
		run_bury_the_killed(r);
}

void run_race_section(struct run *r, const struct lang_section *s)
{
	uint64_t mask = 0;
	unsigned int i;

	running = r->p;
	r->in_race = true;
	world_schedule_clear();
	choose_strategy(r, s);
	for (i = 0; i < r->p->nthreads; i++) {
		struct prog_thread *t = &r->p->threads[i];

		if (!t->race->len)
			continue;
		world_thread_start(t->tid, race_thread, t);
		mask |= 1ull << t->tid;
	}
	race_is_over(r, s, world_run(mask));
}

void run_race_on(struct run *r, const struct lang_section *s)
{
	running = r->p;
	r->in_race = true;
	race_is_over(r, s, world_explore_go_on());
}

/* -------------------------------------------------------------------- final */

/* Under `run` there is one order of events, so `sometimes` says nothing about a race. */
static bool claim_holds(struct run *r, const struct lang_line *line, bool value)
{
	if (r->reached && value && line->verdict == LANG_SOMETIMES)
		g_hash_table_add(r->reached, (void *)line);
	if (line->verdict == LANG_SOMETIMES)
		return value || r->in_race;
	return line->verdict == LANG_NEVER ? !value : value;
}

static void fail_claim(struct run *r, const struct lang_line *line)
{
	GString *why = g_string_new(NULL);

	if (line->verdict == LANG_NEVER) {
		report_fail(r, line->expr->pos, "never %s: it is", line->expr->text);
	} else {
		expr_explain(why, r->p, line->expr);
		report_fail(r, line->expr->pos, "%s: %s", line->expr->text, why->str);
	}
	report_threads(r);
	report_picture(r, NULL);
	r->end = RUN_FAILED;
	g_string_free(why, true);
}

/* The first line that does not hold, found in one go on a stack of the machine. */
struct finding {
	struct run *r;
	const struct lang_section *section;
	const struct lang_line *broken;
};

static void find_broken(void *arg)
{
	struct finding *f = arg;
	guint i;

	for (i = 0; i < f->section->lines->len && !f->broken; i++) {
		const struct lang_line *line = f->section->lines->pdata[i];

		if (!prog_when_applies(f->r->p, &line->when))
			continue;
		if (!claim_holds(f->r, line, expr_true(f->r->p, line->expr)))
			f->broken = line;
	}
}

void run_final_section(struct run *r, const struct lang_section *s)
{
	struct finding f = { .r = r, .section = s };

	world_call(find_broken, &f);
	if (f.broken)
		fail_claim(r, f.broken);
}
