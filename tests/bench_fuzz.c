// SPDX-License-Identifier: GPL-2.0-only
/* bench_fuzz.c - how many runs a second `uffdsim fuzz` makes, with one process and with two */
#include <glib/gstdio.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "tests/minor_race.h"
#include "tools/fuzz/driver.h"

enum { ROUNDS = 5, SHORT_RUNS = 100000 };

/* A fault on each side, where the page table is there; and one with a result that may go wrong. */
static const struct {
	const char *name, *text;
} races[] = {
	{ "two faults of one page", "scenario \"two faults of one page\"\n"
				    "kernel   v6.1\n\n"
				    "machine  pages=16\n"
				    "map      a   anon pages=2 private rw\n"
				    "thread   p, q\n\n"
				    "setup\n"
				    "  load     a[1] = 0\n\n"
				    "race\n"
				    "  p: load a[0] = 0\n"
				    "  q: load a[0] = 0\n" },
	{ "a load and a CONTINUE", MINOR_RACE "  handler: continue u g[0] = 0\n" },
};

struct rate {
	double runs, steps; /* a second */
	double cpu;	    /* seconds of the processes, for each of the clock */
};

static int by_runs(const void *a, const void *b)
{
	const struct rate *x = a, *y = b;

	return x->runs < y->runs ? -1 : x->runs > y->runs;
}

static struct rate median(struct rate *r)
{
	qsort(r, ROUNDS, sizeof(*r), by_runs);
	return r[ROUNDS / 2];
}

static void print(const char *what, struct rate r)
{
	printf("fuzz, %s: %8.0f runs/s, %5.2f M steps/s (%.0f steps a run)\n", what, r.runs,
	       r.steps / 1e6, r.steps / r.runs);
}

/* ------------------------------------------------------- one scenario, short */

static struct rate short_round(struct interp_race *race, uint64_t seed)
{
	gint64 start = g_get_monotonic_time();
	struct interp_try t;
	uint64_t steps = 0;
	double seconds;
	unsigned int i;

	for (i = 0; i < SHORT_RUNS; i++) {
		const struct interp_chooser c = {
			.how = i % 2 ? INTERP_PCT : INTERP_RANDOM,
			.depth = 3,
			.seed = seed + i,
		};

		interp_race_try(race, &c, &t);
		if (t.failed) {
			fprintf(stderr, "bench: %s\n", t.reason);
			exit(1);
		}
		steps += t.steps;
	}
	seconds = (g_get_monotonic_time() - start) / 1e6;
	return (struct rate){ .runs = SHORT_RUNS / seconds, .steps = steps / seconds };
}

static void short_runs(const char *name, const char *text)
{
	struct diag *d = diag_new();
	struct scenario_file *file = lang_load_text(text, strlen(text), "short", d);
	struct interp_options how[2] = { { .no_check = false }, { .no_check = true } };
	struct rate r[ROUNDS];
	unsigned int i, k;

	for (k = 0; k < 2; k++) {
		struct interp_race *race =
			interp_race_new(file, file->scenarios->pdata[0], "v6.1", &how[k]);
		char *what = g_strdup_printf("%s, invariants %s", name, k ? "off" : "on ");

		for (i = 0; i < ROUNDS; i++)
			r[i] = short_round(race, i * SHORT_RUNS);
		print(what, median(r));
		g_free(what);
		interp_race_free(race);
	}
	lang_free(file);
	diag_free(d);
}

/* -------------------------------------------------------- generated scenarios */

/* Of the processes that are over. */
static double cpu_seconds(void)
{
	struct rusage u;

	getrusage(RUSAGE_CHILDREN, &u);
	return u.ru_utime.tv_sec + u.ru_stime.tv_sec +
	       (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static struct rate generated_round(unsigned int jobs, uint64_t first)
{
	char *kernel = (char *)"v6.1";
	const struct fuzz_options o = {
		.kernel = { kernel, kernel, kernel },
		.mode = "any",
		.portfolio = "mix",
		.first = first,
		.last = UINT64_MAX - 1,
		.seconds = 1.5,
		.schedules = FUZZ_SCHEDULES,
		.jobs = jobs,
		.folder = "bench-failures",
		.quiet = true,
	};
	double cpu = cpu_seconds();
	struct fuzz_result r;

	fuzz_run(&o, &r);
	return (struct rate){
		.runs = r.sum.runs / r.seconds,
		.steps = r.sum.steps / r.seconds,
		.cpu = (cpu_seconds() - cpu) / r.seconds,
	};
}

/* In alternation, so that both see the same neighbours. */
static void generated(void)
{
	struct rate one[ROUNDS], two[ROUNDS], a, b;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++) {
		one[i] = generated_round(1, 1);
		two[i] = generated_round(2, 1);
	}
	a = median(one);
	b = median(two);
	print("generated scenarios, 1 process  ", a);
	print("generated scenarios, 2 processes", b);
	printf("      two processes are %.2f times one (in steps); they had %.2f times the "
	       "processor, on which each is %.2f times as fast\n",
	       b.steps / a.steps, b.cpu / a.cpu, b.steps / b.cpu / (a.steps / a.cpu));
}

/* ------------------------------------------------------- branches, guided or not */

enum { RANGES = 7, RANGE = 30000, ENOUGH = 239 };

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Scenarios until that many branches of the copy paths were taken. */
static uint64_t until_enough(bool guided, uint64_t first)
{
	char *kernel = (char *)"v6.1";
	const struct fuzz_options o = {
		.kernel = { kernel, kernel, kernel },
		.mode = "any",
		.portfolio = "mix",
		.first = first,
		.last = first + RANGE - 1,
		.schedules = FUZZ_SCHEDULES,
		.jobs = 1,
		.folder = "bench-failures",
		.guided = guided,
		.enough = ENOUGH,
		.quiet = true,
	};
	struct fuzz_result r;

	fuzz_run(&o, &r);
	return r.sum.scenarios;
}

static void branches(void)
{
	uint64_t n[2][RANGES];
	unsigned int i, k;

	for (k = 0; k < 2; k++) {
		for (i = 0; i < RANGES; i++)
			n[k][i] = until_enough(k, 1 + (uint64_t)i * 1000000);
		qsort(n[k], RANGES, sizeof(n[k][0]), by_number);
		printf("fuzz%s: %u of %zu branches of the copy paths after %lu scenarios "
		       "(median of %u ranges of seeds; %lu to %lu)\n",
		       k ? " --guided" : "", ENOUGH, guided_all(), (unsigned long)n[k][RANGES / 2],
		       RANGES, (unsigned long)n[k][0], (unsigned long)n[k][RANGES - 1]);
	}
}

int main(void)
{
	unsigned int i;

	if (!world_can_restore()) {
		printf("bench: not in this build: it has no undo log\n");
		return 77;
	}
	interp_init();
	for (i = 0; i < G_N_ELEMENTS(races); i++)
		short_runs(races[i].name, races[i].text);
	generated();
	branches();
	return 0;
}
