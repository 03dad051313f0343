// SPDX-License-Identifier: GPL-2.0-only
/* cmd_coverage.c - uffdsim coverage: which ways the conditions of the copy paths went */
#include <stdio.h>
#include <string.h>

#include "sim/world.h"
#include "tools/cmd.h"
#include "tools/coverage/paths.h"
#include "tools/fuzz/case.h"
#include "tools/fuzz/driver.h"
#include "tools/fuzz/modes.h"
#include "tools/fuzz/portfolio.h"

static struct {
	char *kernel, *mode;
	gint64 schedules;
	gboolean all, summary;
} opt;

static const GOptionEntry entries[] = {
	{ "kernel", 'k', 0, G_OPTION_ARG_STRING, &opt.kernel,
	  "Run on this kernel (default: that of the file; of a seed: v6.1)", "KERNEL" },
	{ "mode", 'm', 0, G_OPTION_ARG_STRING, &opt.mode,
	  "Of SEEDS: what the scenarios are about, as for `uffdsim fuzz`", "MODE" },
	{ "schedules", 0, 0, G_OPTION_ARG_INT64, &opt.schedules,
	  "Of SEEDS: runs of each scenario (default: 64)", "N" },
	{ "all", 'a', 0, G_OPTION_ARG_NONE, &opt.all,
	  "Every marked condition, not only those of the copy paths", NULL },
	{ "summary", 0, 0, G_OPTION_ARG_NONE, &opt.summary, "Only a line for each function", NULL },
	{ NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* -------------------------------------------------------------------- the table */

static const char *way(const struct branch *b, int which)
{
	if (b->mark->taken[which])
		return which ? "true" : "false";
	return "-";
}

/* Conditions of one function stand together: [from, to). */
static size_t end_of_function(const struct branch *list, size_t from, size_t n)
{
	size_t to = from;

	while (to < n && !strcmp(list[to].mark->func, list[from].mark->func))
		to++;
	return to;
}

static unsigned int ways_taken(const struct branch *list, size_t from, size_t to)
{
	unsigned int taken = 0;

	for (; from < to; from++)
		taken += list[from].mark->taken[0] + list[from].mark->taken[1];
	return taken;
}

static void print_function(const struct branch *list, size_t from, size_t to)
{
	size_t i;

	printf("  %-34s %3u of %3zu\n", list[from].mark->func, ways_taken(list, from, to),
	       2 * (to - from));
	for (i = from; i < to && !opt.summary; i++)
		printf("    %5ld  %-5s %-5s  %s\n", list[i].mark->line, way(&list[i], 0),
		       way(&list[i], 1), list[i].mark->cond);
}

static void print_table(void)
{
	size_t n, i, to;
	struct branch *list = branches_new(!opt.all, &n);

	for (i = 0; i < n; i = to) {
		to = end_of_function(list, i, n);
		if (!i || strcmp(list[i].file, list[i - 1].file))
			printf("%s\n", list[i].file);
		print_function(list, i, to);
	}
	printf("%s: %u of %zu branches\n", opt.all ? "marked files" : "copy paths",
	       ways_taken(list, 0, n), 2 * n);
	g_free(list);
}

/* -------------------------------------------------------------------- the runs */

static void run_test(const struct scenario_file *file, const struct scenario *s, const char *kernel)
{
	static const struct interp_options options;
	bool bad_input = false;

	test_result_free(interp_run(file, s, kernel, &options, &bad_input));
}

static void run_tests(const struct scenario_file *file)
{
	guint i, k;

	for (i = 0; i < file->scenarios->len; i++) {
		const struct scenario *s = file->scenarios->pdata[i];

		for (k = 0; k < (opt.kernel ? 1 : s->kernels->len); k++)
			run_test(file, s,
				 opt.kernel ?
					 opt.kernel :
					 ((const struct lang_word *)s->kernels->pdata[k])->text);
	}
}

static int cover_files(int n, char **args)
{
	GPtrArray *files;
	guint i;

	if (opt.kernel && cmd_check_kernel("--kernel", opt.kernel))
		return STATUS_BAD_INPUT;
	files = cmd_load(n, args);
	if (!files)
		return STATUS_BAD_INPUT;
	for (i = 0; i < files->len; i++)
		run_tests(files->pdata[i]);
	g_ptr_array_free(files, true);
	return STATUS_PASSED;
}

static int run_seed(uint64_t seed, const struct fuzz_kernel *kernel, const char *mode)
{
	static const struct interp_options options;
	struct fuzz_token t = { .scenario = seed, .kernel = *kernel, .mode = (char *)mode };
	uint64_t of = opt.schedules ? opt.schedules : FUZZ_SCHEDULES;
	struct interp_try tried;
	char *error = NULL;
	struct fuzz_case c;

	if (!fuzz_case_open(&c, seed, kernel, mode, &options, &error)) {
		fputs(error, stderr);
		g_free(error);
		fuzz_case_close(&c);
		return STATUS_BAD_INPUT;
	}
	for (t.schedule = 0; t.schedule < of; t.schedule++) {
		struct interp_chooser chooser;

		t.strategy = fuzz_portfolio_pick("mix", t.schedule, of);
		chooser = fuzz_chooser(&t);
		interp_race_try(c.race, &chooser, &tried);
	}
	fuzz_case_close(&c);
	return STATUS_PASSED;
}

static bool parse_seeds(const char *text, uint64_t *first, uint64_t *last)
{
	char **ends = g_strsplit(text, "..", 2);
	bool ok = ends[0] && fuzz_number(ends[0], 10, first);

	*last = *first;
	if (ok && ends[1])
		ok = fuzz_number(ends[1], 10, last) && *last >= *first;
	g_strfreev(ends);
	return ok;
}

static int cover_seeds(const struct command *self, uint64_t first, uint64_t last)
{
	const char *mode = opt.mode ? opt.mode : FUZZ_ANY_MODE;
	struct fuzz_kernel kernel;
	int status = cmd_kernel(opt.kernel ? opt.kernel : "v6.1", &kernel);

	if (!status && !fuzz_mode_known(mode))
		status = cmd_bad_usage(self, "--mode %s: there is no such mode", mode);
	for (; status == STATUS_PASSED && first <= last; first++)
		status = run_seed(first, &kernel, mode);
	fuzz_kernel_clear(&kernel);
	return status;
}

int cmd_coverage(const struct command *self, int argc, char **argv)
{
	const struct branch *none;
	uint64_t first, last;
	size_t n;
	int status;

	if (!cmd_options(self, entries, &argc, &argv, &status))
		return status;
	if (argc < 2)
		return cmd_bad_usage(self, "no file and no seed");
	none = branches_new(true, &n);
	g_free((void *)none);
	if (!n) {
		fputs("uffdsim coverage: not in this build: its branches have no marks\n", stderr);
		return STATUS_SKIPPED;
	}
	interp_init();
	world_branches_clear();
	if (argc == 2 && parse_seeds(argv[1], &first, &last))
		status = cover_seeds(self, first, last);
	else
		status = cover_files(argc - 1, argv + 1);
	if (status == STATUS_PASSED)
		print_table();
	return status;
}
