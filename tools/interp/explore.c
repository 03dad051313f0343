// SPDX-License-Identifier: GPL-2.0-only
/* explore.c - every order of events of a race, and what came of it */
#include <stdlib.h>
#include <string.h>

#include "tools/interp/explore_run.h"
#include "tools/interp/outcome.h"

/* Runs between two looks at the clock. */
enum { LOOK_EVERY = 256 };

/* ----------------------------------------------------------------- outcomes */

/* Of the calls with a label, or of all if none has one. */
static bool is_told(const struct prog *p, const struct prog_call *c)
{
	unsigned int i;

	if (c->ast->label)
		return true;
	for (i = 0; i < p->ncalls; i++) {
		if (p->calls[i].ast->label)
			return false;
	}
	return true;
}

static void tell(GString *out, struct prog *p, const struct prog_call *c)
{
	if (out->len)
		g_string_append(out, ", ");
	g_string_append_printf(out, "%s: ", c->ast->label ? c->ast->label : c->thread->name);
	if (c->now.done)
		outcome_text(out, p, c);
	else
		g_string_append(out, c->now.begun ? "(asleep)" : "(not begun)");
}

void explore_add_outcome(struct search *x, const char *text, guint64 more)
{
	guint64 *n = g_hash_table_lookup(x->outcomes, text);

	if (!n) {
		n = g_new0(guint64, 1);
		g_hash_table_insert(x->outcomes, g_strdup(text), n);
	}
	*n += more;
}

static void count_outcome(struct search *x)
{
	struct prog *p = x->run.p;
	GString *text = g_string_new(NULL);
	unsigned int i;
	guint k;

	for (i = 0; i < p->nthreads; i++) {
		const GPtrArray *race = p->threads[i].race;

		for (k = 0; k < race->len; k++) {
			if (is_told(p, race->pdata[k]))
				tell(text, p, race->pdata[k]);
		}
	}
	explore_add_outcome(x, text->str, 1);
	g_string_free(text, true);
}

static gint by_frequency(gconstpointer a, gconstpointer b)
{
	const struct explore_outcome *x = a, *y = b;

	if (x->runs != y->runs)
		return x->runs > y->runs ? -1 : 1;
	return strcmp(x->text, y->text);
}

static void collect_outcomes(struct search *x)
{
	GHashTableIter iter;
	gpointer text, n;

	g_hash_table_iter_init(&iter, x->outcomes);
	while (g_hash_table_iter_next(&iter, &text, &n)) {
		struct explore_outcome o = { g_strdup(text), *(guint64 *)n };

		g_array_append_val(x->result->outcomes, o);
	}
	g_array_sort(x->result->outcomes, by_frequency);
}

/* ------------------------------------------------------------------- claims */

static void collect_claims(struct search *x)
{
	const struct lang_section *final = prog_section(x->run.p, LANG_FINAL);
	guint i;

	for (i = 0; final && i < final->lines->len; i++) {
		struct explore_claim claim = { .line = final->lines->pdata[i] };

		if (claim.line->verdict != LANG_SOMETIMES ||
		    !prog_when_applies(x->run.p, &claim.line->when))
			continue;
		claim.reached = g_hash_table_contains(x->run.reached, claim.line);
		g_array_append_val(x->result->claims, claim);
	}
}

/* In a complete search that ended well, what was never true is a failure. */
static void demand_claims(struct search *x)
{
	guint i;

	for (i = 0; i < x->result->claims->len; i++) {
		const struct explore_claim *c =
			&g_array_index(x->result->claims, struct explore_claim, i);

		if (c->reached || x->run.end == RUN_FAILED)
			continue;
		report_fail(&x->run, c->line->expr->pos,
			    "sometimes %s: in none of %lu interleavings", c->line->expr->text,
			    (unsigned long)x->result->stats.runs);
		x->run.end = RUN_FAILED;
	}
}

/* --------------------------------------------------------------- the search */

static bool out_of_budget(struct search *x, guint64 n)
{
	const struct explore_options *o = x->options;

	if (o->max_runs && x->result->stats.runs >= o->max_runs / MAX(o->jobs, 1))
		x->result->cut_short = "--max-runs";
	if (x->result->stats.table_full)
		x->result->cut_short = "--max-states";
	if (x->result->cut_short || n % LOOK_EVERY)
		return x->result->cut_short != NULL;
	if (o->max_seconds > 0 && g_timer_elapsed(x->timer, NULL) > o->max_seconds)
		x->result->cut_short = "--max-time";
	if (o->progress && !x->quiet)
		o->progress(&x->result->stats, g_timer_elapsed(x->timer, NULL));
	return x->result->cut_short != NULL;
}

/* The run that failed once more, with everything recorded, for its report. */
static void explain(struct search *x)
{
	struct run *r = &x->run;
	struct run again;

	run_init(&again, r->p, &x->how, r->done);
	again.max_steps = r->max_steps;
	prog_rewind_race(r->p);
	run_recorded(&again);
	if (again.end == RUN_FAILED) {
		g_string_assign(r->report, again.report->str);
		g_free(r->reason);
		g_free(r->key);
		r->reason = g_strdup(again.reason);
		r->key = g_strdup(again.key);
	}
	run_done(&again);
}

/*
 * What the threads of a race write of the program.  The rest of an outcome is as it was when it was
 * done, or it is written before anybody reads it.
 */
static void name_what_changes(struct prog *p)
{
	unsigned int i;

	world_explore_also(p->threads, p->nthreads * sizeof(p->threads[0]));
	for (i = 0; i < p->ncalls; i++) {
		struct prog_call *c = &p->calls[i];

		world_explore_also(&c->now, offsetof(struct outcome, kind));
		world_explore_also(&c->narmed, sizeof(c->narmed));
	}
	if (!p->births)
		return;
	world_explore_also(p->processes, p->nprocesses * sizeof(p->processes[0]));
	world_explore_also(p->files, p->nfiles * sizeof(p->files[0]));
	world_explore_also(p->uffds, p->nuffds * sizeof(p->uffds[0]));
}

/* One path; false when the search is over. */
static bool one_run(struct search *x)
{
	struct run *r = &x->run;

	r->end = RUN_GOES_ON;
	if (world_explore_back()) {
		run_body_on(r);
	} else {
		world_restore();
		prog_rewind_race(r->p);
		run_body(r);
	}
	if (r->end == RUN_PASSED && world_explore_is_new())
		count_outcome(x);
	if (r->end != RUN_PASSED && r->end != RUN_CUT)
		return false;
	r->end = RUN_PASSED;
	return world_explore_next();
}

static bool told_to_stop(const struct search *x)
{
	return x->stop && __atomic_load_n(x->stop, __ATOMIC_RELAXED);
}

void explore_search(struct search *x)
{
	guint64 n = 0;
	bool more = true;

	while (more && !told_to_stop(x) && !out_of_budget(x, n++)) {
		more = one_run(x);
		world_explore_stats(&x->result->stats);
	}
	if (x->stop && x->run.end != RUN_PASSED)
		__atomic_store_n(x->stop, 1, __ATOMIC_RELAXED);
}

static void search(struct search *x)
{
	g_timer_start(x->timer);
	if (x->options->jobs > 1)
		explore_together(x, x->options->jobs);
	else
		explore_search(x);
	x->result->complete = x->run.end == RUN_PASSED && !x->result->cut_short;
	x->result->seconds = g_timer_elapsed(x->timer, NULL);
}

static int bound_of(const struct scenario_file *file G_GNUC_UNUSED, const struct prog *p,
		    int wanted)
{
	return wanted == EXPLORE_BOUND_OF_FILE ? prog_section(p, LANG_RACE)->preempt : wanted;
}

static void begin(struct search *x, const struct scenario_file *file, const struct scenario *s,
		  const char *kernel, const struct explore_options *options)
{
	x->options = options;
	x->how.no_check = options->no_check;
	x->no_schedule = order_new();
	x->outcomes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	x->timer = g_timer_new();
	x->result = g_new0(struct explore_result, 1);
	x->result->outcomes = g_array_new(false, false, sizeof(struct explore_outcome));
	x->result->claims = g_array_new(false, false, sizeof(struct explore_claim));
	run_init(&x->run, prog_new(file, s, kernel), &x->how, x->no_schedule);
	x->run.exploring = true;
	x->run.max_steps = INTERP_MOST_STEPS;
	x->run.reached = g_hash_table_new(NULL, NULL);
	x->result->bound = x->run.bound = bound_of(file, x->run.p, options->bound);
}

static struct explore_result *finish(struct search *x)
{
	struct explore_result *result = x->result;
	bool bad_input = false;

	collect_outcomes(x);
	collect_claims(x);
	if (x->run.end == RUN_FAILED && x->run.done->slices->len)
		explain(x);
	if (result->complete)
		demand_claims(x);
	/* What the file expects may still come when the search was cut short. */
	if (result->cut_short && x->run.end == RUN_PASSED)
		x->run.end = RUN_EXPECTED;
	if (x->run.end == RUN_FAILED && x->run.done->slices->len)
		result->schedule = run_schedule_text(&x->run);
	result->test = run_result(&x->run, &bad_input);
	prog_free(x->run.p);
	g_hash_table_destroy(x->run.reached);
	run_done(&x->run);
	order_free(x->no_schedule);
	g_hash_table_destroy(x->outcomes);
	g_timer_destroy(x->timer);
	return result;
}

struct explore_result *interp_explore(const struct scenario_file *file, const struct scenario *s,
				      const char *kernel, const struct explore_options *options)
{
	struct world_explore search_options = options->search;
	struct search x = { 0 };

	if (!world_can_restore())
		return NULL;
	search_options.alone = options->jobs <= 1;
	begin(&x, file, s, kernel, options);
	if (run_prepare(&x.run)) {
		world_checkpoint();
		world_explore_begin(&search_options);
		name_what_changes(x.run.p);
		search(&x);
		world_explore_end();
	}
	return finish(&x);
}

void explore_free(struct explore_result *result)
{
	guint i;

	for (i = 0; i < result->outcomes->len; i++)
		g_free(g_array_index(result->outcomes, struct explore_outcome, i).text);
	g_array_free(result->outcomes, true);
	g_array_free(result->claims, true);
	test_result_free(result->test);
	g_free(result->schedule);
	g_free(result);
}
