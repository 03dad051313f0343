// SPDX-License-Identifier: GPL-2.0-only
/* verify.c - every run twice: the second time on a machine built anew */
#include <string.h>

#include "tools/fuzz/driver.h"

/* ------------------------------------------------------------- the first step */

/* Objects lie elsewhere in another build, so %p is no difference. */
static bool same_numbers(const struct world_event *a, const struct world_event *b)
{
	const char *p = a->fmt;
	unsigned int i = 0;

	while ((p = strchr(p, '%')) && i < G_N_ELEMENTS(a->arg)) {
		p++;
		if (*p == 's' ? strcmp((const char *)a->arg[i], (const char *)b->arg[i]) != 0 :
				*p != 'p' && a->arg[i] != b->arg[i])
			return false;
		i++;
	}
	return true;
}

static bool same_event(const struct world_event *a, const struct world_event *b)
{
	if (a->step != b->step || a->tid != b->tid || !a->site != !b->site)
		return false;
	if (a->site)
		return a->site == b->site;
	return !strcmp(a->fmt, b->fmt) && same_numbers(a, b);
}

static void describe(GString *out, const struct world_event *e)
{
	if (!e)
		g_string_append(out, "nothing, it was over");
	else if (e->site)
		g_string_append_printf(out, "thread %u at %s() (%s)", e->tid, e->site->func,
				       e->site->label);
	else
		g_string_append_printf(out, "thread %u in '%s'", e->tid, e->fmt);
}

char *fuzz_difference(const struct world_event *a, size_t na, const struct world_event *b,
		      size_t nb)
{
	const struct world_event *x, *y;
	size_t i, n = MIN(na, nb);
	GString *out;

	for (i = 0; i < n && same_event(&a[i], &b[i]); i++)
		;
	if (i == na && i == nb)
		return NULL;
	x = i < na ? &a[i] : NULL;
	y = i < nb ? &b[i] : NULL;
	out = g_string_new(NULL);
	g_string_printf(out,
			"the first difference is at step %lu: ", (unsigned long)(x ? x : y)->step);
	describe(out, x);
	g_string_append(out, "; the second time ");
	describe(out, y);
	return g_string_free(out, false);
}

/* ------------------------------------------------------------------ the runs */

static struct interp_try again(struct fuzz_case *c, const struct fuzz_token *token, bool fresh)
{
	struct interp_chooser chooser = fuzz_chooser(token);
	struct interp_try t;

	if (fresh)
		interp_race_forget(c->race);
	interp_race_try(c->race, &chooser, &t);
	return t;
}

/* As before, one after another from one checkpoint, and then that run alone; both recorded. */
static char *explain(struct fuzz_case *c, const struct fuzz_ran *runs, uint64_t at)
{
	const struct world_event *events;
	struct world_event *first;
	size_t n, nfirst;
	char *difference;
	uint64_t i;

	interp_race_record(c->race);
	for (i = 0; i <= at; i++)
		again(c, &runs[i].token, false);
	events = interp_race_events(c->race, &nfirst);
	first = g_memdup2(events, nfirst * sizeof(*events));
	again(c, &runs[at].token, true);
	events = interp_race_events(c->race, &n);
	difference = fuzz_difference(first, nfirst, events, n);
	g_free(first);
	if (difference)
		return difference;
	return g_strdup(runs[at].failed ? "every step is the same, but it does not fail again" :
					  "every step is the same, but only the second one fails");
}

struct finding *fuzz_verify(struct fuzz_case *c, const struct fuzz_ran *runs, uint64_t n)
{
	struct finding *f = NULL;
	struct interp_try t;
	char *difference;
	uint64_t i;

	for (i = 0; i < n && !f; i++) {
		t = again(c, &runs[i].token, true);
		if (t.hash == runs[i].token.hash && t.failed == runs[i].failed)
			continue;
		difference = explain(c, runs, i);
		f = finding_of_text(&runs[i].token, "a run again is not the same", difference,
				    c->text);
		g_free(difference);
	}
	return f;
}
