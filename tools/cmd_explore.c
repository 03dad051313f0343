// SPDX-License-Identifier: GPL-2.0-only
/* cmd_explore.c - uffdsim explore: every interleaving of races, reduced, bounded on request */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/cmd.h"
#include "tools/interp/explore.h"
#include "tools/interp/interp.h"

static struct {
	char *kernel;
	char *bound;
	gint64 max_runs, max_states;
	gint jobs;
	double max_time;
	gboolean no_sleep, no_states, no_check;
} opt;

static const GOptionEntry entries[] = {
	{ "kernel", 'k', 0, G_OPTION_ARG_STRING, &opt.kernel,
	  "Explore on this kernel instead of those that the file names", "KERNEL" },
	{ "bound", 'b', 0, G_OPTION_ARG_STRING, &opt.bound,
	  "Preemptions in a run, or 'none' (default: what the race says)", "N" },
	{ "jobs", 'j', 0, G_OPTION_ARG_INT, &opt.jobs, "Search with so many processes", "N" },
	{ "max-runs", 0, 0, G_OPTION_ARG_INT64, &opt.max_runs, "Stop after so many interleavings",
	  "N" },
	{ "max-time", 0, 0, G_OPTION_ARG_DOUBLE, &opt.max_time, "Stop after so many seconds",
	  "SECONDS" },
	{ "max-states", 0, 0, G_OPTION_ARG_INT64, &opt.max_states,
	  "Remember so many states (default: 64 million, of 16 bytes each)", "N" },
	{ "no-sleep-sets", 0, 0, G_OPTION_ARG_NONE, &opt.no_sleep,
	  "Leave this reduction out, to see what it saves", NULL },
	{ "no-states", 0, 0, G_OPTION_ARG_NONE, &opt.no_states,
	  "Go into states that were seen before, to see what that saves", NULL },
	{ "no-check", 0, 0, G_OPTION_ARG_NONE, &opt.no_check,
	  "Leave the invariants out, to see what they cost", NULL },
	{ NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* ---------------------------------------------------------------- printing */

static void show_progress(const struct world_explore_stats *s, double seconds)
{
	fprintf(stderr, "\r%lu interleavings, %lu states, %.0f s ", (unsigned long)s->runs,
		(unsigned long)s->states, seconds);
}

static void clear_progress(void)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%60s\r", "");
}

static void print_verdict(const struct explore_result *r)
{
	const struct world_explore_stats *s = &r->stats;
	char *bound = r->bound >= 0 ? g_strdup_printf(" with at most %d preemptions", r->bound) :
				      g_strdup("");

	if (r->complete)
		printf("complete%s: ", bound);
	else if (r->cut_short)
		printf("cut short by %s%s: ", r->cut_short, bound);
	else if (r->test->status == TEST_FAILED)
		printf("ended at the first failure%s: ", bound);
	else
		printf("found what the file expects%s: ", bound);
	printf("%lu interleavings, %lu states, %lu steps; %lu paths led to states seen before\n",
	       (unsigned long)s->runs, (unsigned long)s->states, (unsigned long)s->steps,
	       (unsigned long)s->cut);
	if (r->seconds > 0.5)
		printf("          %.1f s: %.0f paths/s, %.0f states/s\n", r->seconds,
		       (s->runs + s->cut) / r->seconds, s->states / r->seconds);
	g_free(bound);
}

static void print_outcomes(const struct explore_result *r)
{
	guint i;

	for (i = 0; i < r->outcomes->len; i++) {
		const struct explore_outcome *o =
			&g_array_index(r->outcomes, struct explore_outcome, i);

		printf("%10lu  %s\n", (unsigned long)o->runs, o->text);
	}
}

static void print_claims(const struct explore_result *r)
{
	guint i;

	for (i = 0; i < r->claims->len; i++) {
		const struct explore_claim *c = &g_array_index(r->claims, struct explore_claim, i);

		printf("sometimes %s: %s\n", c->line->expr->text,
		       c->reached  ? "reached" :
		       r->complete ? "never reached" :
				     "not reached so far");
	}
}

static void print_result(const struct explore_result *r)
{
	static const char *const words[] = {
		[TEST_PASSED] = "ok",
		[TEST_FAILED] = "FAILED",
		[TEST_SKIPPED] = "skipped",
	};

	printf("%s: %s: %s\n", r->test->file, r->test->name, words[r->test->status]);
	print_verdict(r);
	print_outcomes(r);
	print_claims(r);
	if (r->test->report)
		fputs(r->test->report, stdout);
	putchar('\n');
	fflush(stdout);
}

/* ---------------------------------------------------------------- the files */

enum { MAX_JOBS = 256 };

/* A failure that needs more preemptions is shown as it was found. */
enum { MAX_BOUND = 4 };

struct totals {
	unsigned int races, failed;
	bool impossible;
};

/*
 * The same failure with as few preemptions as do it: with 0, 1, 2, ... until one is found.
 * NULL: not with fewer than it was found with.
 */
static struct explore_result *simplest(const struct scenario_file *file, const struct scenario *s,
				       const char *kernel, const struct explore_options *o,
				       const struct explore_result *found)
{
	struct explore_options bounded = *o;
	struct explore_result *r;

	for (bounded.bound = 0; bounded.bound < MAX_BOUND; bounded.bound++) {
		if (found->bound >= 0 && bounded.bound >= found->bound)
			return NULL;
		r = interp_explore(file, s, kernel, &bounded);
		if (r->test->status == TEST_FAILED &&
		    g_strcmp0(r->test->key, found->test->key) == 0)
			return r;
		explore_free(r);
	}
	return NULL;
}

static void explore_one(const struct scenario_file *file, const struct scenario *s,
			const char *kernel, const struct explore_options *o, struct totals *t)
{
	struct explore_result *r = interp_explore(file, s, kernel, o), *simpler = NULL;

	if (!r) {
		t->impossible = true;
		return;
	}
	if (r->test->status == TEST_FAILED && !r->complete)
		simpler = simplest(file, s, kernel, o, r);
	if (simpler) {
		explore_free(r);
		r = simpler;
	}
	clear_progress();
	t->races++;
	t->failed += r->test->status == TEST_FAILED;
	print_result(r);
	explore_free(r);
}

static void explore_file(const struct scenario_file *file, const struct explore_options *o,
			 struct totals *t)
{
	guint i, k;

	for (i = 0; i < file->scenarios->len; i++) {
		const struct scenario *s = file->scenarios->pdata[i];

		if (!s->race)
			continue;
		if (opt.kernel) {
			explore_one(file, s, opt.kernel, o, t);
			continue;
		}
		for (k = 0; k < s->kernels->len; k++)
			explore_one(file, s, ((const struct lang_word *)s->kernels->pdata[k])->text,
				    o, t);
	}
}

static int summary(const struct totals *t)
{
	if (t->impossible) {
		fputs("uffdsim explore: not in this build: it has no checkpoints\n", stderr);
		return STATUS_SKIPPED;
	}
	printf("%u races explored, %u failed\n", t->races, t->failed);
	if (!t->races) {
		fputs("uffdsim explore: there is no race section in these files\n", stderr);
		return STATUS_BAD_INPUT;
	}
	return t->failed ? STATUS_FAILED : STATUS_PASSED;
}

static int explore_files(const GPtrArray *files, const struct explore_options *o)
{
	struct totals t = { 0, 0, false };
	guint i;

	for (i = 0; i < files->len; i++)
		explore_file(files->pdata[i], o, &t);
	return summary(&t);
}

/* ------------------------------------------------------------------ options */

static bool parse_bound(const char *text, int *bound)
{
	char *end;
	long n;

	*bound = EXPLORE_BOUND_OF_FILE;
	if (!text)
		return true;
	*bound = EXPLORE_NO_BOUND;
	if (!strcmp(text, "none"))
		return true;
	n = strtol(text, &end, 10);
	*bound = n;
	return g_ascii_isdigit(*text) && !*end && n < 1000;
}

int cmd_explore(const struct command *self, int argc, char **argv)
{
	struct explore_options o = { 0 };
	GPtrArray *files;
	int status;

	if (!cmd_options(self, entries, &argc, &argv, &status))
		return status;
	if (argc < 2)
		return cmd_bad_usage(self, "no file to explore");
	if (!parse_bound(opt.bound, &o.bound))
		return cmd_bad_usage(self, "--bound %s: expected a number or 'none'", opt.bound);
	if (opt.jobs < 0 || opt.jobs > MAX_JOBS)
		return cmd_bad_usage(self, "-j %d: expected 1 to %d", opt.jobs, MAX_JOBS);
	if (opt.max_runs < 0 || opt.max_states < 0 || opt.max_time < 0)
		return cmd_bad_usage(self, "a limit cannot be negative");
	o.search.max_states = opt.max_states;
	o.search.no_sleep = opt.no_sleep;
	o.search.no_states = opt.no_states;
	o.no_check = opt.no_check;
	o.max_runs = opt.max_runs;
	o.jobs = opt.jobs;
	o.max_seconds = opt.max_time;
	o.progress = isatty(STDERR_FILENO) ? show_progress : NULL;
	interp_init();
	if (opt.kernel && cmd_check_kernel("--kernel", opt.kernel))
		return STATUS_BAD_INPUT;
	files = cmd_load(argc - 1, argv + 1);
	if (!files)
		return STATUS_BAD_INPUT;
	status = explore_files(files, &o);
	g_ptr_array_free(files, true);
	return status;
}
