// SPDX-License-Identifier: GPL-2.0-only
/* race.c - one race run again and again: fuzz, replay and the libFuzzer target */
#include <string.h>

#include "tools/interp/run.h"

struct interp_race {
	struct run run;
	struct interp_options options;
	struct interp_chooser chooser;
	struct order *schedule; /* empty: nothing is recorded beforehand */
	bool record;
	bool ready; /* the checkpoint is that of this race */
	uint64_t setup_steps;
};

void interp_choose(const struct interp_chooser *c, struct prog *p, uint64_t steps)
{
	switch (c->how) {
	case INTERP_RANDOM:
		world_strategy_random(c->seed);
		break;
	case INTERP_PCT:
		world_strategy_pct(c->seed, c->depth, steps);
		break;
	case INTERP_BOUNDED:
		world_strategy_bounded(c->seed, c->depth, steps);
		break;
	case INTERP_BYTES:
		world_strategy_bytes(c->bytes, c->nbytes);
		break;
	case INTERP_GUIDE:
		guide_begin(c->guide, p);
		break;
	}
}

struct interp_race *interp_race_new(const struct scenario_file *file, const struct scenario *s,
				    const char *kernel, const struct interp_options *options)
{
	struct interp_race *x = g_new0(struct interp_race, 1);

	x->options = *options;
	x->options.chooser = &x->chooser;
	x->schedule = schedule_new(s, options->schedule);
	run_init(&x->run, prog_new(file, s, kernel), &x->options, x->schedule);
	x->run.max_steps = INTERP_MOST_STEPS;
	return x;
}

static void forget_failure(struct run *r)
{
	r->hash = 0;
	g_array_set_size(r->done->slices, 0);
	g_array_set_size(r->done->chances, 0);
	if (!r->reason && !r->key)
		return;
	g_string_truncate(r->report, 0);
	g_free(r->reason);
	g_free(r->key);
	r->reason = r->key = NULL;
}

static bool prepare(struct interp_race *x)
{
	x->run.config.record = x->record;
	x->ready = false;
	if (!run_prepare(&x->run))
		return false;
	x->setup_steps = world_steps();
	if (!world_can_restore())
		return true;
	world_checkpoint();
	x->ready = true;
	return true;
}

static bool begin(struct interp_race *x)
{
	x->run.end = RUN_GOES_ON;
	forget_failure(&x->run);
	if (!x->ready)
		return prepare(x);
	world_restore();
	prog_rewind_race(x->run.p);
	return true;
}

void interp_race_try(struct interp_race *x, const struct interp_chooser *chooser,
		     struct interp_try *t)
{
	struct run *r = &x->run;

	x->chooser = *chooser;
	r->seed = chooser->seed;
	*t = (struct interp_try){ .in_setup = !begin(x) };
	if (!t->in_setup) {
		run_body(r);
		t->steps = world_steps() - x->setup_steps;
	}
	t->caught = r->end == RUN_EXPECTED;
	t->failed = r->end == RUN_FAILED || r->end == RUN_DIVERGED;
	t->hash = r->hash;
	t->key = r->key;
	t->reason = r->reason;
}

char *interp_race_schedule(const struct interp_race *x)
{
	return run_schedule_text(&x->run);
}

guint interp_race_slices(const struct interp_race *x)
{
	return x->run.done->slices->len;
}

void interp_race_record(struct interp_race *x)
{
	x->record = true;
	x->ready = false;
}

const struct world_event *interp_race_events(const struct interp_race *x, size_t *n)
{
	const struct world_event *e;
	size_t i = 0;

	*n = world_events(&e);
	while (i < *n && e[i].step < x->setup_steps)
		i++;
	*n -= i;
	return e + i;
}

void interp_race_forget(struct interp_race *x)
{
	x->ready = false;
}

struct test_result *interp_race_explain(struct interp_race *x, const struct interp_chooser *chooser,
					bool *bad_input)
{
	struct run *r = &x->run;

	x->chooser = *chooser;
	x->ready = false;
	r->seed = chooser->seed;
	r->end = RUN_GOES_ON;
	forget_failure(r);
	run_recorded(r);
	return run_result(r, bad_input);
}

void interp_race_free(struct interp_race *x)
{
	prog_free(x->run.p);
	run_done(&x->run);
	order_free(x->schedule);
	g_free(x);
}
