// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench_bugs.c - after how many runs of its race each behaviour of the catalogue shows
 *
 * For README's table: median, least and most of 21 ranges of seeds, with uniform choice and with
 * the portfolio of `uffdsim fuzz`; and the interleavings that `uffdsim explore` makes.
 */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/world.h"
#include "tools/fuzz/portfolio.h"
#include "tools/interp/explore.h"
#include "tools/interp/interp.h"
#include "tools/lang/lang.h"

enum { RANGES = 21, MOST_RUNS = 400000 };

static unsigned long runs_until(struct interp_race *race, const char *portfolio, uint64_t range)
{
	struct interp_try t;
	unsigned long n;

	for (n = 1; n <= MOST_RUNS; n++) {
		const struct fuzz_strategy by = fuzz_portfolio_pick(portfolio, n, MOST_RUNS);
		const struct interp_chooser chooser = {
			.how = by.how,
			.depth = by.depth,
			.seed = range * MOST_RUNS + n,
		};

		interp_race_try(race, &chooser, &t);
		if (t.failed || t.caught)
			break;
	}
	return n;
}

static int by_value(const void *a, const void *b)
{
	unsigned long x = *(const unsigned long *)a, y = *(const unsigned long *)b;

	return x < y ? -1 : x > y;
}

static void print_runs(unsigned long n)
{
	if (n > MOST_RUNS)
		printf("more than %u", MOST_RUNS);
	else
		printf("%lu", n);
}

static void show_ranges(struct interp_race *race, const char *portfolio)
{
	unsigned long n[RANGES];
	unsigned int i;

	for (i = 0; i < RANGES; i++)
		n[i] = runs_until(race, portfolio, i);
	qsort(n, RANGES, sizeof(n[0]), by_value);
	print_runs(n[RANGES / 2]);
	printf(" (");
	print_runs(n[0]);
	printf(", ");
	print_runs(n[RANGES - 1]);
	printf(") | ");
}

static void show_bug(const char *path)
{
	static const struct interp_options options;
	struct diag *d = diag_new();
	struct scenario_file *file = lang_load(path, d);
	const struct explore_options search = { .bound = EXPLORE_BOUND_OF_FILE };
	struct explore_result *found;
	const struct lang_word *kernel;
	const struct scenario *s;
	struct interp_race *race;
	guint i;

	if (!file) {
		fputs(diag_text(d), stderr);
		exit(1);
	}
	s = file->scenarios->pdata[0];
	kernel = s->kernels->pdata[0];
	if (s->bugs->len && s->expects->len) {
		for (i = 0; i < s->bugs->len; i++)
			printf("%s %s", i ? "," : "|",
			       ((struct lang_word *)s->bugs->pdata[i])->text);
		printf(" | ");
		race = interp_race_new(file, s, kernel->text, &options);
		show_ranges(race, "random");
		show_ranges(race, "mix");
		interp_race_free(race);
		found = interp_explore(file, s, kernel->text, &search);
		printf("%lu |\n", (unsigned long)found->stats.runs + 1);
		explore_free(found);
		fflush(stdout);
	}
	lang_free(file);
	diag_free(d);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(void)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	const char *folder = SRCDIR "/scenarios/regressions", *name;
	GDir *dir = g_dir_open(folder, 0, NULL);
	unsigned int i;

	if (!world_can_restore() || !dir) {
		printf("bench_bugs: not in this build: it has no checkpoints\n");
		return 77;
	}
	interp_init();
	while ((name = g_dir_read_name(dir))) {
		if (g_str_has_suffix(name, "-race.uffd"))
			g_ptr_array_add(names, g_build_filename(folder, name, NULL));
	}
	g_dir_close(dir);
	g_ptr_array_sort(names, by_name);
	puts("| behaviour | uniform random | portfolio | explore |\n|---|---|---|---|");
	for (i = 0; i < names->len; i++)
		show_bug(names->pdata[i]);
	g_ptr_array_free(names, TRUE);
	return 0;
}
