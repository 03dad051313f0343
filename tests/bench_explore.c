// SPDX-License-Identifier: GPL-2.0-only
/* bench_explore.c - what the reductions of the search leave, and how fast it is */
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/world.h"
#include "tools/interp/explore.h"
#include "tools/interp/interp.h"

#define HEAD                                  \
	"scenario \"bench\"\n"                \
	"kernel   v6.1\n"                     \
	"file     F   shmem pages=1\n"        \
	"map      w   F[0:1] shared rw\n"     \
	"map      g   F[0:1] shared rw\n"     \
	"map      a   anon pages=1 rw\n"      \
	"uffd     u   features=MINOR_SHMEM\n" \
	"thread   x, y, z\n"                  \
	"setup\n"                             \
	"  store    w[0] 0x11\n"              \
	"  load     a[0]\n"

/* Without reductions a search of more than this is not waited for. */
enum { MOST_RUNS = 200000 };

static const struct {
	const char *name, *body;
} races[] = {
	{ "two faults on one page", "race\n  x: store w[0] 1\n  y: load g[0]\n" },
	{ "copy on write of the page of zeros, and a load",
	  "race\n  x: store a[0] 1\n  y: load a[0]\n" },
	{ "CONTINUE and DONTNEED",
	  "  register u g MINOR\nrace\n  x: continue u g[0]\n  y: madvise g DONTNEED\n" },
};

/* A search of minutes, of which the bench makes the beginning. */
enum { BEGINNING = 4000 };

static const char long_race[] = "  madvise  g DONTNEED\n"
				"  register u g MINOR\n"
				"race\n"
				"  x: load g[0]\n"
				"  y: read u = PAGEFAULT | -1 EAGAIN\n"
				"  z: continue u g[0] = 0 | -1 EEXIST\n";

static struct explore_result *explore(const char *body, struct world_explore how, uint64_t runs)
{
	const struct explore_options o = {
		.bound = EXPLORE_NO_BOUND,
		.max_runs = runs,
		.search = how,
	};
	char *text = g_strconcat(HEAD, body, NULL);
	struct diag *d = diag_new();
	struct scenario_file *file = lang_load_text(text, strlen(text), "bench.uffd", d);
	struct explore_result *r;

	if (!file) {
		fputs(diag_text(d), stderr);
		exit(1);
	}
	r = interp_explore(file, file->scenarios->pdata[0], "v6.1", &o);
	lang_free(file);
	diag_free(d);
	g_free(text);
	return r;
}

static const struct {
	const char *name;
	struct world_explore how;
} ways[] = {
	{ "plain", { .no_sleep = true, .no_states = true } },
	{ "states", { .no_sleep = true } },
	{ "sleep sets", { .no_states = true } },
	{ "both", { .no_sleep = false } },
};

static void show(const char *what, struct explore_result *r)
{
	const struct world_explore_stats *s = &r->stats;

	printf("  %-20s %9lu interleavings%s, %8lu states, %.2f s: %7.0f paths/s, %7.0f states/s, "
	       "%.1f M steps/s\n",
	       what, (unsigned long)s->runs, r->complete ? "" : " and more",
	       (unsigned long)s->states, r->seconds, (s->runs + s->cut) / r->seconds,
	       s->states / r->seconds, s->steps / r->seconds / 1e6);
	explore_free(r);
}

int main(void)
{
	unsigned int i, k;

	if (!world_can_restore()) {
		printf("bench_explore: not in this build: it has no checkpoints\n");
		return 77;
	}
	interp_init();
	for (i = 0; i < G_N_ELEMENTS(races); i++) {
		printf("explore: %s\n", races[i].name);
		for (k = 0; k < G_N_ELEMENTS(ways); k++)
			show(ways[k].name, explore(races[i].body, ways[k].how, MOST_RUNS));
	}
	printf("explore: a fault, read() and CONTINUE\n");
	show("both", explore(long_race, (struct world_explore){ 0 }, BEGINNING));
	show("without snapshots",
	     explore(long_race, (struct world_explore){ .no_snapshots = true }, BEGINNING));
	return 0;
}
