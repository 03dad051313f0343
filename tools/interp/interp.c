// SPDX-License-Identifier: GPL-2.0-only
/* interp.c - one scenario on one kernel: its runs, and the result of the test */
#include <stdlib.h>
#include <string.h>

#include <xxhash.h>

#include "sim/invariant.h"
#include "tools/interp/names.h"
#include "tools/interp/run.h"

/* --------------------------------------------------------- names for the checker */

static const char **kernels, **bugs, **failpoints, **invariants, **locks;

static void boot_smallest(void *arg G_GNUC_UNUSED)
{
	static const struct model_machine machine = { .pages = 16 };

	model_boot(&machine);
}

/* Those of the table, and what the machine itself reports under such names. */
static const char **invariant_names(void)
{
	static const struct world_config config = { .check = true };
	static const char *const own[] = { "BUG", "WARN", "CRASH" };
	const struct sim_invariant *const *table;
	GPtrArray *names = g_ptr_array_new();
	unsigned int i, n;

	world_reset(&config);
	model_select_kernel(model_kernel(0)->name);
	world_call(boot_smallest, NULL);
	n = world_invariants(&table);
	for (i = 0; i < n; i++) {
		if (table[i]->name)
			g_ptr_array_add(names, (void *)table[i]->name);
	}
	for (i = 0; i < G_N_ELEMENTS(own); i++)
		g_ptr_array_add(names, (void *)own[i]);
	g_ptr_array_add(names, NULL);
	return (const char **)g_ptr_array_free(names, false);
}

#define COLLECT(list, row_of, type)                                      \
	do {                                                             \
		GPtrArray *names_ = g_ptr_array_new();                   \
		const type *row_;                                        \
		unsigned int i_;                                         \
                                                                         \
		for (i_ = 0; (row_ = row_of(i_)); i_++)                  \
			g_ptr_array_add(names_, (void *)row_->name);     \
		g_ptr_array_add(names_, NULL);                           \
		(list) = (const char **)g_ptr_array_free(names_, false); \
	} while (0)

void interp_init(void)
{
	static struct lang_catalogue catalogue;

	if (kernels)
		return;
	COLLECT(kernels, model_kernel, struct model_kernel);
	COLLECT(bugs, model_bug, struct model_bug);
	COLLECT(failpoints, model_failpoint, struct model_failpoint);
	COLLECT(locks, model_lock, struct model_lock);
	invariants = invariant_names();
	catalogue = (struct lang_catalogue){
		.kernels = kernels,
		.bugs = bugs,
		.failpoints = failpoints,
		.invariants = invariants,
		.locks = locks,
	};
	lang_use_catalogue(&catalogue);
}

/* ---------------------------------------------------------------- variations */

GPtrArray *interp_variation(const struct scenario *s)
{
	GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
	guint i;

	for (i = 0; i < s->values->len; i++)
		g_ptr_array_add(values, g_strdup(s->values->pdata[i]));
	return values;
}

/* ------------------------------------------------------------------- one run */

void run_init(struct run *r, struct prog *p, const struct interp_options *options,
	      const struct order *schedule)
{
	*r = (struct run){
		.p = p,
		.options = options,
		.config = { .check = !options->no_check, .full_check = options->full_check },
		.report = g_string_new(NULL),
		.done = order_new(),
		.seed = options->has_seed ? options->seed : INTERP_DEFAULT_SEED,
	};
	if (schedule->slices->len || schedule->chances->len)
		r->recorded = schedule;
}

void run_done(struct run *r)
{
	g_string_free(r->report, true);
	order_free(r->done);
	g_free(r->reason);
	g_free(r->key);
}

static void run_section(struct run *r, const struct lang_section *s)
{
	switch (s->kind) {
	case LANG_SETUP:
		run_setup_section(r, s);
		break;
	case LANG_STEPS:
		run_steps_section(r, s);
		break;
	case LANG_RACE:
		run_race_section(r, s);
		break;
	case LANG_FINAL:
		run_final_section(r, s);
		break;
	}
}

static guint setup_sections(const struct scenario *s)
{
	guint n = 0;

	while (n < s->sections->len &&
	       ((const struct lang_section *)s->sections->pdata[n])->kind == LANG_SETUP)
		n++;
	return n;
}

static void run_sections(struct run *r, guint from, guint to)
{
	const GPtrArray *sections = r->p->scenario->sections;
	guint i;

	for (i = from; i < to && r->end == RUN_GOES_ON; i++)
		run_section(r, sections->pdata[i]);
}

bool run_prepare(struct run *r)
{
	r->in_race = false;
	if (!run_boot(r))
		return false;
	run_sections(r, 0, setup_sections(r->p->scenario));
	if (r->max_steps)
		world_limit_steps(r->max_steps);
	return r->end == RUN_GOES_ON;
}

static void add_trace(struct run *r)
{
	uint64_t both[2];

	/* A run of a chooser has the hash of its schedule, which draws nothing. */
	if (r->options->chooser)
		world_strategy_sequential();
	both[0] = r->hash;
	both[1] = world_trace_hash();
	r->hash = XXH64(both, sizeof(both), 0);
}

static void end_body(struct run *r)
{
	if (r->end == RUN_GOES_ON)
		run_teardown(r);
	if (r->end == RUN_GOES_ON)
		r->end = RUN_PASSED;
	add_trace(r);
}

/* `inject` is about what comes after the set-up. */
void run_body(struct run *r)
{
	run_arm_injects(r);
	run_sections(r, setup_sections(r->p->scenario), r->p->scenario->sections->len);
	end_body(r);
}

void run_body_on(struct run *r)
{
	const GPtrArray *sections = r->p->scenario->sections;
	const struct lang_section *race = prog_section(r->p, LANG_RACE);
	guint i = 0;

	while (sections->pdata[i] != race)
		i++;
	run_race_on(r, race);
	run_sections(r, i + 1, sections->len);
	end_body(r);
}

static const struct lang_expect *expected_mark(const struct run *r)
{
	const GPtrArray *list = r->p->expects;
	guint i;

	for (i = 0; i < list->len; i++) {
		const struct lang_expect *e = list->pdata[i];

		if (e->kind == LANG_EXPECT_MARK)
			return e;
	}
	return NULL;
}

/* A mark is a point that must have been passed. */
static bool reached(const char *point)
{
	const struct world_event *events;
	size_t i, n = world_events(&events);

	for (i = 0; i < n; i++) {
		if (events[i].site && world_site_matches(events[i].site, point))
			return true;
	}
	return false;
}

/* From an empty machine to the end, with everything recorded: steps, and what a report needs. */
void run_recorded(struct run *r)
{
	r->config.record = true;
	if (run_prepare(r))
		run_body(r);
	if (r->end == RUN_PASSED && expected_mark(r) && reached(expected_mark(r)->name))
		r->end = RUN_EXPECTED;
	if (r->options->trace)
		print_trace(r->options->trace, r->p);
	if (r->end == RUN_FAILED)
		report_replay(r);
}

/* --------------------------------------------------------------- many runs */

static bool can_checkpoint(const struct scenario *s)
{
	return world_can_restore() && s->race;
}

static uint64_t runs_wanted(const struct run *r)
{
	const struct lang_section *race = prog_section(r->p, LANG_RACE);

	if (!race || r->recorded || r->options->has_seed)
		return 1;
	if (r->p->expects->len)
		return race->seeds ? race->seeds : INTERP_EXPECT_SEEDS;
	if (r->options->max_seeds && race->seeds > r->options->max_seeds)
		return r->options->max_seeds;
	return race->seeds ? race->seeds : 1;
}

/* A run that ended badly is made again with everything recorded, for its report. */
static void explain(struct run *r)
{
	enum run_end end = r->end;
	uint64_t hash = r->hash;

	g_string_truncate(r->report, 0);
	g_free(r->reason);
	g_free(r->key);
	r->reason = r->key = NULL;
	r->end = RUN_GOES_ON;
	run_recorded(r);
	r->hash = hash;
	if (r->end == end)
		return;
	report_fail(r, r->p->scenario->title_pos,
		    "the same choices did not lead to the same end: the simulator is at fault");
	report_replay(r);
	r->end = RUN_FAILED;
}

static void race_again(struct run *r, bool checkpointed)
{
	r->end = RUN_GOES_ON;
	if (checkpointed) {
		world_restore();
		prog_rewind_race(r->p);
	} else if (!run_prepare(r)) {
		return;
	}
	run_body(r);
}

static void run_race_seeds(struct run *r)
{
	bool checkpoint = can_checkpoint(r->p->scenario);
	uint64_t i, n = runs_wanted(r), first = r->seed;

	if (checkpoint) {
		if (!run_prepare(r))
			return;
		world_checkpoint();
	}
	for (i = 0; i < n; i++) {
		r->seed = first + i;
		race_again(r, checkpoint);
		if (r->end != RUN_PASSED)
			break;
	}
	if (r->end == RUN_FAILED)
		explain(r);
}

static void run_all(struct run *r)
{
	if (r->p->scenario->race && !r->options->trace && !expected_mark(r))
		run_race_seeds(r);
	else
		run_recorded(r);
}

/* ---------------------------------------------------------------- the verdict */

static void missed_expectation(struct run *r)
{
	const struct lang_expect *e = r->p->expects->pdata[0];
	char *runs = runs_wanted(r) == 1 ?
			     g_strdup("") :
			     g_strdup_printf(" in %lu runs", (unsigned long)runs_wanted(r));

	if (e->kind == LANG_EXPECT_MARK)
		report_fail(r, e->pos, "expected to reach mark %s, but did not%s", e->name, runs);
	else if (e->kind == LANG_EXPECT_DEADLOCK)
		report_fail(r, e->pos, "expected a deadlock, but every thread finished%s", runs);
	else
		report_fail(r, e->pos, "expected violation %s, but every invariant held%s", e->name,
			    runs);
	/* It takes all of the runs to see that none of them did. */
	r->in_race &= runs_wanted(r) == 1;
	report_replay(r);
	r->end = RUN_FAILED;
	g_free(runs);
}

/* The slice of the schedule that does not fit, as an error of the text that it stands in. */
static void diverged(struct run *r)
{
	const struct scenario_file *f = r->p->file;
	struct diag *d = diag_new();
	unsigned long slice = 1;
	const char *n = strstr(r->reason, "slice ");
	char *text;

	if (n)
		slice = strtoul(n + strlen("slice "), NULL, 10);
	if (r->options->schedule)
		diag_source(d, "--schedule", r->options->schedule, strlen(r->options->schedule));
	else
		diag_source(d, f->name, f->text, f->len);
	diag_error(d, schedule_pos(r->p->scenario, r->options->schedule, slice), "%s", r->reason);
	text = diag_text(d);
	g_string_assign(r->report, text);
	g_free(text);
	diag_free(d);
}

static char *test_name(const struct prog *p)
{
	const char *variation = p->scenario->variation;

	return g_strdup_printf("%s [%s%s%s]", p->scenario->title, p->kernel, *variation ? ", " : "",
			       variation);
}

struct test_result *run_result(struct run *r, bool *bad_input)
{
	struct test_result *t = g_new0(struct test_result, 1);

	if (r->end == RUN_PASSED && r->p->expects->len)
		missed_expectation(r);
	if (r->end == RUN_DIVERGED) {
		diverged(r);
		*bad_input = true;
	}
	t->file = g_strdup(r->p->file->name);
	t->name = test_name(r->p);
	t->hash = r->hash;
	t->status = r->end == RUN_PASSED || r->end == RUN_EXPECTED ? TEST_PASSED : TEST_FAILED;
	if (t->status == TEST_PASSED)
		return t;
	t->reason = g_strdup(r->reason);
	t->key = g_strdup(r->key);
	t->report = g_strdup(r->report->str);
	return t;
}

/* AddressSanitizer finds a touch of a freed object first, and ends the program. */
static struct test_result *not_under_asan(const struct prog *p)
{
	const GPtrArray *list = p->expects;
	struct test_result *t;
	guint i;

	for (i = 0; i < list->len; i++) {
		const struct lang_expect *e = list->pdata[i];

		if (e->kind == LANG_EXPECT_VIOLATION && !strcmp(e->name, "CTX"))
			break;
	}
	if (world_can_restore() || i == list->len)
		return NULL;
	t = g_new0(struct test_result, 1);
	t->file = g_strdup(p->file->name);
	t->name = test_name(p);
	t->status = TEST_SKIPPED;
	t->reason = g_strdup("a touch of a freed object ends a build with AddressSanitizer");
	return t;
}

struct test_result *interp_run(const struct scenario_file *file, const struct scenario *s,
			       const char *kernel, const struct interp_options *options,
			       bool *bad_input)
{
	struct prog *p = prog_new(file, s, kernel);
	struct order *schedule = schedule_new(s, options->schedule);
	struct test_result *t;
	struct run r;

	t = not_under_asan(p);
	if (!t) {
		run_init(&r, p, options, schedule);
		run_all(&r);
		t = run_result(&r, bad_input);
		run_done(&r);
	}
	order_free(schedule);
	prog_free(p);
	return t;
}
