// SPDX-License-Identifier: GPL-2.0-only
/* verdict.c - how runs end: violations, crashes, deadlocks, and whether that was expected */
#include <string.h>

#include "sim/invariant.h"
#include "tools/interp/names.h"
#include "tools/interp/run.h"

static bool expects_violation(const struct run *r, const char *name)
{
	const GPtrArray *list = r->p->expects;
	guint i;

	for (i = 0; i < list->len; i++) {
		const struct lang_expect *e = list->pdata[i];

		if (e->kind == LANG_EXPECT_VIOLATION && !strcmp(e->name, name))
			return true;
	}
	return false;
}

bool run_expects_deadlock(const struct run *r)
{
	const GPtrArray *list = r->p->expects;
	guint i;

	for (i = 0; i < list->len; i++) {
		if (((const struct lang_expect *)list->pdata[i])->kind == LANG_EXPECT_DEADLOCK)
			return true;
	}
	return false;
}

/* ----------------------------------------------------------- the bad ends */

/* The call to point at: the one that was being made, or the line of the steps. */
static const struct prog_call *culprit(const struct run *r, const struct prog_call *call)
{
	const struct world_report *w = world_report();
	const struct prog_thread *t = w->tid >= 0 ? prog_thread_by_tid(r->p, w->tid) : NULL;

	if (t && t->now_in)
		return t->now_in;
	if (t && t->now_last && !call)
		return t->now_last;
	return call;
}

static struct lang_pos place(const struct run *r, const struct prog_call *c)
{
	if (c && c->ast->pos.line)
		return c->ast->pos;
	return r->line ? r->line->pos : r->p->scenario->title_pos;
}

static void describe_object(struct run *r)
{
	const struct world_report *w = world_report();
	GString *s = r->report;
	const struct prog_thread *t;

	if (!w->obj)
		return;
	g_string_append(s, "object:  ");
	report_object(s, r->p, w->obj);
	g_string_append_c(s, '\n');
	if (!w->has_writer)
		return;
	t = prog_thread_by_tid(r->p, w->writer_tid);
	g_string_append_printf(s, "changed: last by %s at step %lu, in the step that ended at ",
			       t ? t->name : "nobody", (unsigned long)w->writer_step);
	report_site(s, w->writer_site);
	g_string_append_c(s, '\n');
}

static void when(struct run *r, const struct prog_call *c)
{
	const struct world_report *w = world_report();
	GString *s = g_string_new(NULL);

	if (c) {
		g_string_append_printf(s, "found at step %lu, in ", (unsigned long)w->step);
		report_call_name(s, c);
	} else {
		g_string_append_printf(s, "found at step %lu, with no call running",
				       (unsigned long)w->step);
	}
	if (w->site) {
		g_string_append(s, ", at ");
		report_site(s, w->site);
	}
	report_note(r, place(r, c), "%s", s->str);
	g_string_free(s, true);
}

static bool passed(const struct prog_call *c, const char *label)
{
	const struct world_event *events;
	size_t i = world_events(&events);

	while (i-- && events[i].step >= c->now.first_step) {
		if (events[i].site && events[i].tid == c->thread->tid &&
		    !strcmp(events[i].site->label, label))
			return true;
	}
	return false;
}

/* What one must know of a COPY to understand where it was. */
static void note_retry(struct run *r, const struct prog_call *c)
{
	if (!c || c->ast->op != LANG_OP_copy || !passed(c, "copy_unlocked"))
		return;
	report_note(r, place(r, c),
		    "this is the second try: the copy with page faults disabled "
		    "did not find its source,");
	report_note(r, place(r, c),
		    "so a page was filled without locks and the call began again "
		    "with that page in hand");
}

static void explain_invariant(struct run *r, const char *name)
{
	const struct sim_invariant *const *table;
	unsigned int i, n = world_invariants(&table);

	for (i = 0; i < n; i++) {
		if (table[i]->name && !strcmp(table[i]->name, name))
			g_string_append_printf(r->report, "rule:    %s: %s\n", name,
					       table[i]->text);
	}
}

static void report_violation(struct run *r, const char *what, const struct prog_call *call)
{
	const struct world_report *w = world_report();
	const struct prog_call *c = culprit(r, call);
	const struct prog_thread *t = w->tid >= 0 ? prog_thread_by_tid(r->p, w->tid) : NULL;
	GString *text = g_string_new(NULL);

	name_addresses_in(text, r->p, w->text);
	if (!r->key)
		r->key = w->site ? g_strdup_printf("%s in %s", what, w->site->func) :
				   g_strdup_printf("%s at rest", what);
	report_fail(r, place(r, c), "%s: %s", what, text->str);
	when(r, c);
	note_retry(r, c);
	explain_invariant(r, what);
	describe_object(r);
	report_threads(r);
	if (t)
		report_story(r, t);
	report_picture(r, w->obj);
	g_string_free(text, true);
}

static const char *name_of_end(const struct world_report *w)
{
	return w->invariant ? w->invariant : "CRASH";
}

bool run_judge(struct run *r, enum world_verdict v, const struct prog_call *call)
{
	const struct world_report *w = world_report();

	switch (v) {
	case WORLD_DONE:
	case WORLD_BLOCKED:
	case WORLD_STOPPED:
	case WORLD_CUT:
		return true;
	case WORLD_DIVERGED:
		r->end = RUN_DIVERGED;
		r->reason = g_strdup(w->text);
		return false;
	default:
		break;
	}
	if (expects_violation(r, name_of_end(w))) {
		r->end = RUN_EXPECTED;
		return false;
	}
	report_violation(r, name_of_end(w), call);
	r->end = RUN_FAILED;
	return false;
}

bool run_judge_host(struct run *r)
{
	return run_judge(r, world_report()->verdict, NULL);
}

/* ---------------------------------------------------------------- deadlocks */

static bool is_stuck(const struct run *r, const struct prog_thread *t)
{
	return t->now_in && !run_says_blocked(r, t);
}

/* A handler that sleeps only waits for one of the others. */
static const struct prog_thread *first_stuck(const struct run *r)
{
	const struct prog_thread *handler = NULL;
	unsigned int i;

	for (i = 0; i < r->p->nthreads; i++) {
		const struct prog_thread *t = &r->p->threads[i];

		if (!is_stuck(r, t))
			continue;
		if (!t->now_in->until)
			return t;
		if (!handler)
			handler = t;
	}
	return handler;
}

static bool waits_for_a_lock(const struct run *r)
{
	struct world_thread info;
	unsigned int i;

	for (i = 0; i < r->p->nthreads; i++) {
		world_thread_info(r->p->threads[i].tid, &info);
		if (info.state == THREAD_LOCKED)
			return true;
	}
	return false;
}

/* By what it sleeps in: a handler that has nothing to do is another matter than a fault. */
static char *stuck_key(const struct run *r, const struct prog_thread *t)
{
	struct world_thread info = { 0 };

	if (waits_for_a_lock(r))
		return g_strdup("deadlock");
	if (t)
		world_thread_info(t->tid, &info);
	return g_strdup_printf("asleep for ever in %s",
			       info.wait_site ? info.wait_site->func : "nothing");
}

void run_stuck(struct run *r)
{
	const struct prog_thread *t = first_stuck(r);
	GString *name = g_string_new(NULL);
	struct lang_pos pos = r->p->scenario->title_pos;

	if (run_expects_deadlock(r) && waits_for_a_lock(r)) {
		r->end = RUN_EXPECTED;
		g_string_free(name, true);
		return;
	}
	g_string_append(name, "all threads");
	if (t) {
		g_string_truncate(name, 0);
		report_call_name(name, t->now_in);
		pos = t->now_in->ast->pos;
	}
	if (!r->key)
		r->key = stuck_key(r, t);
	report_fail(r, pos, "%s: %s", name->str,
		    waits_for_a_lock(r) ? "deadlock: it waits for a lock that nobody will release" :
					  "it sleeps, and nobody is left to wake it");
	report_threads(r);
	report_picture(r, NULL);
	r->end = RUN_FAILED;
	g_string_free(name, true);
}
