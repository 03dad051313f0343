// SPDX-License-Identifier: GPL-2.0-only
/* cmd_run.c - uffdsim run: scenarios as tests, on each of their kernels, with each variation */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/cmd.h"
#include "tools/interp/interp.h"
#include "tools/result.h"

static struct {
	char *kernel;
	char **only;
	char **vary;
	char *seed;
	char *schedule;
	char *output;
	char *junit;
	char *filter;
	gint64 max_seeds;
	gboolean ktap, hash, trace, full_check;
} opt;

static const GOptionEntry entries[] = {
	{ "kernel", 'k', 0, G_OPTION_ARG_STRING, &opt.kernel,
	  "Run on this kernel instead of those that the file names", "KERNEL" },
	{ "only", 0, 0, G_OPTION_ARG_STRING_ARRAY, &opt.only,
	  "Of the kernels that the file names, this one (may be repeated)", "KERNEL" },
	{ "vary", 0, 0, G_OPTION_ARG_STRING_ARRAY, &opt.vary,
	  "Only this value of a `vary` line, or its number from 1", "NAME=VALUE" },
	{ "seed", 's', 0, G_OPTION_ARG_STRING, &opt.seed,
	  "The choices of races and chances: one run with this seed", "N" },
	{ "max-seeds", 0, 0, G_OPTION_ARG_INT64, &opt.max_seeds,
	  "At most so many seeds of each race, whatever the file says", "N" },
	{ "schedule", 0, 0, G_OPTION_ARG_STRING, &opt.schedule,
	  "The order of threads, as a failure prints it", "'THREAD:STEPS ...'" },
	{ "ktap", 0, 0, G_OPTION_ARG_NONE, &opt.ktap, "Print KTAP (the default)", NULL },
	{ "output", 'o', 0, G_OPTION_ARG_FILENAME, &opt.output,
	  "KTAP into this file; only failures on the terminal", "FILE" },
	{ "junit", 0, 0, G_OPTION_ARG_FILENAME, &opt.junit, "JUnit XML into this file", "FILE" },
	{ "filter", 'f', 0, G_OPTION_ARG_STRING, &opt.filter,
	  "Only tests whose name matches (* and ?)", "PATTERN" },
	{ "hash", 0, 0, G_OPTION_ARG_NONE, &opt.hash,
	  "Print a hash over the trace of each test: the same on every machine", NULL },
	{ "trace", 't', 0, G_OPTION_ARG_NONE, &opt.trace, "Print every step of each run", NULL },
	{ "full-check", 0, 0, G_OPTION_ARG_NONE, &opt.full_check,
	  "Check the invariants from scratch as well, and compare", NULL },
	{ NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* One line of the test plan. */
struct planned {
	const struct scenario_file *file;
	const struct scenario *scenario;
	const char *kernel;
};

/* ------------------------------------------------------------- choosing tests */

/* "mem=hugetlb 2M" has the key of "mem=2". */
static bool same_key(const char *a, const char *b)
{
	size_t n = strcspn(a, "=");

	return !strncmp(a, b, n + 1) && a[n] == '=';
}

/* The values that the variations of a file give to a name, in their order. */
static GPtrArray *values_of(const struct scenario_file *file, const char *wanted)
{
	GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
	guint i, k;

	for (i = 0; i < file->scenarios->len; i++) {
		GPtrArray *vary = interp_variation(file->scenarios->pdata[i]);

		for (k = 0; k < vary->len; k++) {
			if (same_key(vary->pdata[k], wanted) &&
			    !g_ptr_array_find_with_equal_func(values, vary->pdata[k], g_str_equal,
							      NULL))
				g_ptr_array_add(values, g_strdup(vary->pdata[k]));
		}
		g_ptr_array_free(vary, true);
	}
	return values;
}

/* The value itself, or the one that its number names; NULL: none.  Free with g_free(). */
static char *resolve_value(const struct scenario_file *file, const char *wanted)
{
	GPtrArray *values = values_of(file, wanted);
	const char *number = wanted + strcspn(wanted, "=") + 1;
	guint64 i = g_ascii_strtoull(number, NULL, 10);
	char *value = NULL;

	if (g_ptr_array_find_with_equal_func(values, wanted, g_str_equal, NULL))
		value = g_strdup(wanted);
	else if (i >= 1 && i <= values->len && strspn(number, "0123456789") == strlen(number))
		value = g_strdup(values->pdata[i - 1]);
	g_ptr_array_free(values, true);
	return value;
}

static bool has_value(const struct scenario *s, const char *value)
{
	GPtrArray *vary = interp_variation(s);
	bool found = g_ptr_array_find_with_equal_func(vary, value, g_str_equal, NULL);

	g_ptr_array_free(vary, true);
	return found;
}

static bool variation_chosen(const struct scenario_file *file, const struct scenario *s)
{
	bool chosen = true;
	guint i;

	for (i = 0; chosen && opt.vary && opt.vary[i]; i++) {
		char *value = resolve_value(file, opt.vary[i]);

		chosen = value && has_value(s, value);
		g_free(value);
	}
	return chosen;
}

static bool name_chosen(const struct planned *t)
{
	char *name;
	bool chosen;

	if (!opt.filter)
		return true;
	name = g_strdup_printf("%s: %s [%s%s%s]", t->file->name, t->scenario->title, t->kernel,
			       *t->scenario->variation ? ", " : "", t->scenario->variation);
	chosen = g_pattern_match_simple(opt.filter, name);
	g_free(name);
	return chosen;
}

static void plan_kernel(GArray *plan, const struct scenario_file *file, const struct scenario *s,
			const char *kernel)
{
	const struct planned t = { file, s, kernel };

	if (opt.only && !g_strv_contains((const char *const *)opt.only, kernel))
		return;
	if (name_chosen(&t))
		g_array_append_val(plan, t);
}

static void plan_scenario(GArray *plan, const struct scenario_file *file, const struct scenario *s)
{
	guint i;

	if (!variation_chosen(file, s))
		return;
	if (opt.kernel) {
		plan_kernel(plan, file, s, opt.kernel);
		return;
	}
	for (i = 0; i < s->kernels->len; i++)
		plan_kernel(plan, file, s, ((const struct lang_word *)s->kernels->pdata[i])->text);
}

static GArray *make_plan(const GPtrArray *files)
{
	GArray *plan = g_array_new(false, false, sizeof(struct planned));
	guint i, k;

	for (i = 0; i < files->len; i++) {
		const struct scenario_file *file = files->pdata[i];

		for (k = 0; k < file->scenarios->len; k++)
			plan_scenario(plan, file, file->scenarios->pdata[k]);
	}
	return plan;
}

/* -------------------------------------------------------- options that do not fit */

static int check_seed(struct interp_options *options)
{
	struct lang_pos pos = { 1, 1, strlen(opt.seed) };
	struct diag *d;
	char *end;

	errno = 0;
	options->has_seed = true;
	options->seed = strtoull(opt.seed, &end, 0);
	if (g_ascii_isdigit(*opt.seed) && !*end && !errno)
		return STATUS_PASSED;
	d = diag_new();
	diag_source(d, "--seed", opt.seed, strlen(opt.seed));
	diag_error(d, pos, "expected a number from 0 to 2^64 - 1");
	return cmd_verdict(d);
}

static int check_schedule(const GArray *plan)
{
	const struct planned *t = &g_array_index(plan, struct planned, 0);
	struct lang_pos pos = { 1, 1, strlen(opt.schedule) };
	struct diag *d = diag_new();

	diag_source(d, "--schedule", opt.schedule, strlen(opt.schedule));
	if (plan->len != 1)
		diag_error(d, pos, "a schedule is for one test, but %u are chosen", plan->len);
	else if (!t->scenario->race)
		diag_error(d, pos, "%s has no race section for a schedule", t->file->name);
	else
		interp_check_schedule(t->scenario, opt.schedule, d);
	return cmd_verdict(d);
}

static int check_vary(const struct command *self, const GPtrArray *files)
{
	guint i, k;

	for (i = 0; opt.vary && opt.vary[i]; i++) {
		bool found = false;

		if (!strchr(opt.vary[i], '='))
			return cmd_bad_usage(self, "--vary %s: expected NAME=VALUE", opt.vary[i]);
		for (k = 0; k < files->len; k++) {
			char *value = resolve_value(files->pdata[k], opt.vary[i]);

			found |= value != NULL;
			g_free(value);
		}
		if (!found)
			return cmd_bad_usage(self, "--vary %s: no file has such a variation",
					     opt.vary[i]);
	}
	return STATUS_PASSED;
}

static int check_options(const struct command *self, const GPtrArray *files, const GArray *plan,
			 struct interp_options *options)
{
	int status = STATUS_PASSED;
	char **only;

	if (opt.kernel)
		status = cmd_check_kernel("--kernel", opt.kernel);
	for (only = opt.only; only && *only && !status; only++)
		status = cmd_check_kernel("--only", *only);
	if (!status && opt.seed)
		status = check_seed(options);
	if (!status)
		status = check_vary(self, files);
	if (!status && opt.schedule)
		status = check_schedule(plan);
	return status;
}

/* ------------------------------------------------------------------- running */

static void count(struct test_totals *totals, const struct test_result *r)
{
	totals->passed += r->status == TEST_PASSED;
	totals->failed += r->status == TEST_FAILED;
	totals->skipped += r->status == TEST_SKIPPED;
}

static void take_result(struct test_result *r, FILE *out, GPtrArray *results,
			struct test_totals *totals)
{
	g_ptr_array_add(results, r);
	ktap_test(out, results->len, r, opt.hash);
	if (out != stdout && r->report)
		fputs(r->report, stdout);
	fflush(out);
	count(totals, r);
}

/* Returns whether the schedule of some test did not fit. */
static bool run_plan(const GArray *plan, const struct interp_options *options, FILE *out,
		     GPtrArray *results, struct test_totals *totals)
{
	bool bad_input = false;
	guint i;

	if (!options->schedule)
		ktap_begin(out, plan->len);
	for (i = 0; i < plan->len; i++) {
		const struct planned *t = &g_array_index(plan, struct planned, i);
		struct test_result *r =
			interp_run(t->file, t->scenario, t->kernel, options, &bad_input);

		/* A schedule from the command line is checked by running it: nothing is printed
		 * yet. */
		if (options->schedule && bad_input) {
			fputs(r->report, stderr);
			test_result_free(r);
			return true;
		}
		if (options->schedule)
			ktap_begin(out, plan->len);
		take_result(r, out, results, totals);
	}
	ktap_end(out, totals);
	return bad_input;
}

static int exit_status(const struct test_totals *totals, bool bad_input)
{
	if (bad_input)
		return STATUS_BAD_INPUT;
	if (totals->failed)
		return STATUS_FAILED;
	return totals->passed ? STATUS_PASSED : STATUS_SKIPPED;
}

static int write_junit(const GPtrArray *results, const struct test_totals *totals, int status)
{
	GError *error = NULL;

	if (!opt.junit || junit_write(opt.junit, results, totals, &error))
		return status;
	fprintf(stderr, "uffdsim run: %s\n", error->message);
	g_error_free(error);
	return STATUS_BAD_INPUT;
}

static int run_and_print(const GArray *plan, const struct interp_options *options)
{
	GPtrArray *results = g_ptr_array_new_with_free_func(test_result_free);
	struct test_totals totals = { 0, 0, 0 };
	char *text = NULL;
	size_t len = 0;
	FILE *out = opt.output ? open_memstream(&text, &len) : stdout;
	bool bad_input;
	int status;

	bad_input = run_plan(plan, options, out, results, &totals);
	status = exit_status(&totals, bad_input);
	if (out != stdout) {
		fclose(out);
		if (cmd_write(opt.output, text, len))
			status = STATUS_BAD_INPUT;
		free(text);
	}
	if (results->len || !plan->len) {
		status = write_junit(results, &totals, status);
		printf("%u passed, %u failed\n", totals.passed, totals.failed);
	}
	g_ptr_array_free(results, true);
	return status;
}

static int run_files(const struct command *self, int n, char **paths)
{
	struct interp_options options = { .schedule = opt.schedule,
					  .full_check = opt.full_check,
					  .max_seeds = MAX(opt.max_seeds, 0) };
	GPtrArray *files;
	GArray *plan;
	int status;

	interp_init();
	files = cmd_load(n, paths);
	if (!files)
		return STATUS_BAD_INPUT;
	if (opt.trace)
		options.trace = stdout;
	plan = make_plan(files);
	status = check_options(self, files, plan, &options);
	if (!status)
		status = run_and_print(plan, &options);
	g_array_free(plan, true);
	g_ptr_array_free(files, true);
	return status;
}

int cmd_run(const struct command *self, int argc, char **argv)
{
	int status;

	if (!cmd_options(self, entries, &argc, &argv, &status))
		return status;
	if (argc < 2)
		return cmd_bad_usage(self, "no file to run");
	return run_files(self, argc - 1, argv + 1);
}
