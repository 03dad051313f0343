// SPDX-License-Identifier: GPL-2.0-only
/* attempt.c - whether a text, or an order of events, still fails for the same reason */
#include <string.h>

#include "tools/fuzz/findings.h"
#include "tools/interp/explore.h"
#include "tools/shrink/shrink.h"

/* A text, read and ready. */
struct shrink_case {
	struct scenario_file *file;
	const struct scenario *scenario;
	struct interp_race *race; /* NULL: there is none */
	GArray *ids;		  /* of its lines */
};

/* There is one machine: whoever had it last need not build it again. */
static const struct interp_race *on_machine;

static struct scenario_file *load(const char *text)
{
	struct diag *d = diag_new();
	struct scenario_file *file = lang_load_text(text, strlen(text), "shrunk", d);

	if (file)
		interp_check_points(file, d);
	if (file && d->errors) {
		lang_free(file);
		file = NULL;
	}
	diag_free(d);
	return file;
}

void shrink_close(struct shrink_case *c)
{
	if (!c)
		return;
	if (c->race)
		interp_race_free(c->race);
	if (c->file)
		lang_free(c->file);
	g_array_free(c->ids, true);
	g_free(c);
}

/* NULL: it cannot be read. */
static struct shrink_case *open_case(const struct shrink_text *t)
{
	static const struct interp_options options;
	struct shrink_case *c = g_new0(struct shrink_case, 1);
	char *text = shrink_text_join(t, &c->ids);
	const struct lang_word *kernel;

	c->file = load(text);
	g_free(text);
	if (!c->file) {
		shrink_close(c);
		return NULL;
	}
	c->scenario = c->file->scenarios->pdata[0];
	kernel = c->scenario->kernels->pdata[0];
	if (c->scenario->race)
		c->race = interp_race_new(c->file, c->scenario, kernel->text, &options);
	return c;
}

/* --------------------------------------------- stretches, here and in a text */

static unsigned int id_of_line(const struct shrink_case *c, unsigned int line)
{
	return line ? g_array_index(c->ids, unsigned int, line - 1) : 0;
}

static const char *thread_name(const struct shrink_case *c, unsigned int tid)
{
	const struct lang_decl *d = c->scenario->threads->pdata[tid];

	return g_intern_string(d->name);
}

static GArray *to_lasting(const struct shrink_case *c, const GArray *done, guint n)
{
	GArray *out = g_array_new(false, true, sizeof(struct shrink_stretch));
	guint i;

	for (i = 0; i < MIN(n, done->len); i++) {
		const struct interp_stretch *d = &g_array_index(done, struct interp_stretch, i);
		struct shrink_stretch s = {
			.points = d->points,
			.to_end = d->to_end || i + 1 == n,
			.site = d->site,
			.before = d->before,
		};

		if (d->tid >= c->scenario->threads->len)
			break;
		s.thread = thread_name(c, d->tid);
		s.id = id_of_line(c, d->line);
		g_array_append_val(out, s);
	}
	return out;
}

/* A call that was taken out: the stretch ends where the next one begins. */
static void find_line(const struct shrink_case *c, const struct shrink_stretch *s,
		      struct interp_stretch *out)
{
	guint i;

	for (i = 0; i < c->ids->len; i++) {
		unsigned int id = g_array_index(c->ids, unsigned int, i);

		if (id < s->id)
			continue;
		out->line = i + 1;
		out->points = id == s->id ? s->points : 0;
		return;
	}
	out->to_end = true;
}

static bool thread_number(const struct shrink_case *c, const char *name, unsigned int *tid)
{
	guint i;

	for (i = 0; i < c->scenario->threads->len; i++) {
		const struct lang_decl *d = c->scenario->threads->pdata[i];

		*tid = i;
		if (!strcmp(d->name, name))
			return true;
	}
	return false;
}

static void to_guide(const struct shrink *x, const struct shrink_case *c, const GArray *stretches,
		     struct interp_guide *g)
{
	guint i;

	g_array_append_vals(g->chances, x->chances->data, x->chances->len);
	for (i = 0; i < stretches->len; i++) {
		const struct shrink_stretch *s =
			&g_array_index(stretches, struct shrink_stretch, i);
		struct interp_stretch w = { .to_end = s->to_end, .steps = s->steps };

		if (!thread_number(c, s->thread, &w.tid))
			continue;
		if (!w.to_end && !w.steps)
			find_line(c, s, &w);
		g_array_append_val(g->wanted, w);
	}
}

unsigned int shrink_preemptions(const GArray *stretches)
{
	unsigned int n = 0;
	guint i;

	for (i = 0; i + 1 < stretches->len; i++)
		n += !g_array_index(stretches, struct shrink_stretch, i).to_end;
	return n;
}

/* ------------------------------------------------------------------- one run */

/* The first failure of all is the reason. */
static bool same_reason(struct shrink *x, const char *key, const char *reason)
{
	char *stable;
	bool same;

	if (!key)
		return false;
	stable = finding_key(key, reason);
	if (!x->key) {
		x->key = g_strdup(stable);
		x->reason = g_strdup(reason);
	}
	same = !strcmp(stable, x->key);
	g_free(stable);
	return same;
}

static bool try_run(struct shrink *x, struct shrink_case *c, const struct interp_chooser *chooser)
{
	struct interp_try t;

	if (on_machine != c->race)
		interp_race_forget(c->race);
	on_machine = c->race;
	interp_race_try(c->race, chooser, &t);
	x->tries++;
	return t.failed && same_reason(x, t.key, t.reason);
}

static bool follow(struct shrink *x, struct shrink_case *c, struct interp_guide *g)
{
	const struct interp_chooser chooser = { .how = INTERP_GUIDE, .guide = g };

	return try_run(x, c, &chooser);
}

/* "a:3 h:*" as a guide. */
static void guide_by_schedule(const struct shrink_case *c, const char *text, struct interp_guide *g)
{
	char **slices = g_strsplit(text, " ", -1);
	unsigned int i;

	g_array_set_size(g->wanted, 0);
	g_array_set_size(g->chances, 0);
	for (i = 0; slices[i] && *slices[i]; i++) {
		char **part = g_strsplit(slices[i], ":", 2);
		struct interp_stretch s = { .steps = g_ascii_strtoull(part[1], NULL, 10) };
		const uint32_t number = s.steps;

		s.to_end = *part[1] == '*';
		if (!strcmp(part[0], "chance"))
			g_array_append_val(g->chances, number);
		else if (thread_number(c, part[0], &s.tid))
			g_array_append_val(g->wanted, s);
		g_strfreev(part);
	}
	g_strfreev(slices);
}

/* Half at random, half by priorities: neither finds everything. */
static struct interp_chooser by_chance(uint64_t n)
{
	return (struct interp_chooser){
		.how = n % 2 ? INTERP_PCT : INTERP_RANDOM,
		.depth = 2 + n / 2 % 3,
		.seed = n,
	};
}

static void adopt_run(struct shrink *x, const struct shrink_case *c, const struct interp_guide *g)
{
	if (x->stretches)
		g_array_free(x->stretches, true);
	x->stretches = to_lasting(c, g->done, interp_race_slices(c->race));
	g_array_set_size(x->chances, 0);
	g_array_append_vals(x->chances, g->chances->data, g->chances->len);
}

/* A failure found by chance counts if its order of events leads to it again. */
static bool search(struct shrink *x, struct shrink_case *c, struct interp_guide *g, uint64_t runs)
{
	uint64_t i;

	for (i = 0; i < runs; i++) {
		const struct interp_chooser chooser = by_chance(i);
		char *schedule;

		if (!try_run(x, c, &chooser))
			continue;
		schedule = interp_race_schedule(c->race);
		guide_by_schedule(c, schedule, g);
		g_free(schedule);
		if (follow(x, c, g))
			return true;
	}
	return false;
}

static bool race_fails(struct shrink *x, struct shrink_case *c)
{
	struct interp_guide *g = interp_guide_new();
	bool fails;

	to_guide(x, c, x->stretches, g);
	fails = follow(x, c, g) || search(x, c, g, x->limits.runs);
	if (fails)
		adopt_run(x, c, g);
	interp_guide_free(g);
	return fails;
}

static bool steps_fail(struct shrink *x, const struct shrink_case *c)
{
	static const struct interp_options options;
	const struct lang_word *kernel = c->scenario->kernels->pdata[0];
	bool bad_input = false, fails;
	struct test_result *r;

	r = interp_run(c->file, c->scenario, kernel->text, &options, &bad_input);
	x->tries++;
	fails = r->status == TEST_FAILED && same_reason(x, r->key, r->reason);
	test_result_free(r);
	return fails;
}

static bool is_time_up(struct shrink *x)
{
	if (g_timer_elapsed(x->timer, NULL) > x->limits.max_seconds)
		x->out_of_time = true;
	return x->out_of_time;
}

static bool fails(struct shrink *x, struct shrink_case *c)
{
	if (c->race)
		return race_fails(x, c);
	return steps_fail(x, c);
}

bool shrink_accepts(struct shrink *x, struct shrink_text *t)
{
	struct shrink_case *c;

	x->candidates++;
	if (x->progress)
		x->progress(x);
	c = is_time_up(x) ? NULL : open_case(t);
	if (!c || !fails(x, c)) {
		shrink_close(c);
		shrink_text_free(t);
		return false;
	}
	shrink_close(x->present);
	shrink_text_free(x->text);
	x->present = c;
	x->text = t;
	x->has_race = c->race;
	return true;
}

bool shrink_follow(struct shrink *x, const GArray *stretches, GArray **done)
{
	struct interp_guide *g;
	bool same;

	if (is_time_up(x))
		return false;
	g = interp_guide_new();
	to_guide(x, x->present, stretches, g);
	same = follow(x, x->present, g);
	if (done)
		*done = to_lasting(x->present, g->done, interp_race_slices(x->present->race));
	interp_guide_free(g);
	return same;
}

bool shrink_keep_run(struct shrink *x, GArray *done, bool better)
{
	GArray *unused = better ? x->stretches : done;

	if (better)
		x->stretches = done;
	if (unused)
		g_array_free(unused, true);
	return better;
}

bool shrink_accepts_run(struct shrink *x, const GArray *stretches)
{
	GArray *done = NULL;
	bool same = shrink_follow(x, stretches, &done);

	return shrink_keep_run(x, done, same);
}

char *shrink_schedule(const struct shrink *x)
{
	return interp_race_schedule(x->present->race);
}

/* ----------------------------------------------------------------- every run */

static bool adopt_schedule(struct shrink *x, const char *schedule)
{
	struct interp_guide *g = interp_guide_new();
	bool same;

	guide_by_schedule(x->present, schedule, g);
	same = follow(x, x->present, g);
	if (same)
		adopt_run(x, x->present, g);
	interp_guide_free(g);
	return same;
}

bool shrink_explore(struct shrink *x, int bound, double seconds, bool *complete)
{
	const struct explore_options options = { .bound = bound, .max_seconds = seconds };
	const struct lang_word *kernel = x->present->scenario->kernels->pdata[0];
	struct explore_result *r;
	bool found = false;

	on_machine = NULL;
	*complete = false;
	r = interp_explore(x->present->file, x->present->scenario, kernel->text, &options);
	if (!r)
		return false;
	*complete = r->complete && r->test->status == TEST_PASSED;
	if (r->schedule && same_reason(x, r->test->key, r->test->reason))
		found = adopt_schedule(x, r->schedule);
	explore_free(r);
	return found;
}

/* ------------------------------------------------------------- the beginning */

/* The schedule of the file, which was left out of the text. */
static void guide_by_file(const struct scenario *s, struct interp_guide *g)
{
	guint i;

	for (i = 0; i < s->schedule->len; i++) {
		const struct lang_run *run = s->schedule->pdata[i];
		struct interp_stretch w = { .steps = run->steps, .to_end = !run->steps };
		const uint32_t number = run->steps;

		if (!run->thread) {
			g_array_append_val(g->chances, number);
			continue;
		}
		w.tid = run->thread->index;
		g_array_append_val(g->wanted, w);
	}
}

static bool find_race(struct shrink *x, struct shrink_case *c, const struct scenario *s)
{
	struct interp_guide *g = interp_guide_new();
	bool found;

	guide_by_file(s, g);
	found = s->schedule->len && follow(x, c, g);
	if (!found)
		found = search(x, c, g, x->limits.search);
	if (found)
		adopt_run(x, c, g);
	interp_guide_free(g);
	return found;
}

/* Takes over @t. */
static bool find_in(struct shrink *x, struct shrink_text *t, const struct scenario *s)
{
	struct shrink_case *c = open_case(t);

	if (c && (c->race ? find_race(x, c, s) : steps_fail(x, c))) {
		x->text = t;
		x->present = c;
		x->has_race = c->race;
		return true;
	}
	shrink_close(c);
	shrink_text_free(t);
	return false;
}

bool shrink_find(struct shrink *x, const struct scenario_file *file, const struct scenario *s,
		 const char *kernel)
{
	return find_in(x, shrink_text_new(file, s, kernel), s);
}

/* ------------------------------------------------------------------- the end */

bool shrink_fails_as_file(struct shrink *x, const char *text, uint64_t *trace)
{
	static const struct interp_options options;
	const struct interp_chooser none = { .seed = INTERP_DEFAULT_SEED };
	struct scenario_file *file = load(text);
	const struct scenario *s = file ? file->scenarios->pdata[0] : NULL;
	const char *kernel = s ? ((const struct lang_word *)s->kernels->pdata[0])->text : NULL;
	struct test_result *r;
	struct interp_race *race;
	bool bad_input = false, same;

	if (!file)
		return false;
	on_machine = NULL;
	if (s->race) {
		race = interp_race_new(file, s, kernel, &options);
		r = interp_race_explain(race, &none, &bad_input);
		interp_race_free(race);
	} else {
		r = interp_run(file, s, kernel, &options, &bad_input);
	}
	same = !bad_input && r->status == TEST_FAILED && same_reason(x, r->key, r->reason);
	*trace = r->hash;
	g_free(x->reason);
	x->reason = g_strdup(r->reason);
	test_result_free(r);
	lang_free(file);
	return same;
}
