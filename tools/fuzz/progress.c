// SPDX-License-Identifier: GPL-2.0-only
/* progress.c - a line that is written over on a terminal, or lines of a log */
#include <stdio.h>
#include <unistd.h>

#include "tools/fuzz/driver.h"

enum { LOG_EVERY = 30 }; /* seconds */

struct fuzz_progress {
	bool terminal;
	GTimer *timer;
	double last;	      /* when a line was shown */
	uint64_t runs, steps; /* at that time */
	bool shown;
};

struct fuzz_progress *fuzz_progress_new(void)
{
	struct fuzz_progress *p = g_new0(struct fuzz_progress, 1);

	p->terminal = isatty(STDERR_FILENO);
	p->timer = g_timer_new();
	return p;
}

char *fuzz_rough(double n)
{
	if (n >= 1e9)
		return g_strdup_printf("%.2f G", n / 1e9);
	if (n >= 1e6)
		return g_strdup_printf("%.1f M", n / 1e6);
	if (n >= 1e4)
		return g_strdup_printf("%.0f k", n / 1e3);
	return g_strdup_printf("%.0f", n);
}

static void print(struct fuzz_progress *p, const struct fuzz_tally *sum, unsigned int findings,
		  double now)
{
	double span = MAX(now - p->last, 1e-3);
	char *runs = fuzz_rough((sum->runs - p->runs) / span);
	char *steps = fuzz_rough((sum->steps - p->steps) / span);
	char *scenarios = fuzz_rough(sum->scenarios), *traces = fuzz_rough(sum->traces);

	fprintf(stderr,
		"%s%5.0f s  %s runs/s  %s steps/s  %s scenarios  %s different runs  "
		"%u failure%s%s",
		p->terminal ? "\r\033[K" : "", now, runs, steps, scenarios, traces, findings,
		findings == 1 ? "" : "s", p->terminal ? "" : "\n");
	g_free(runs);
	g_free(steps);
	g_free(scenarios);
	g_free(traces);
}

void fuzz_progress_show(struct fuzz_progress *p, const struct fuzz_tally *sum,
			unsigned int findings)
{
	double now = g_timer_elapsed(p->timer, NULL);

	if (now - p->last < (p->terminal ? 0.2 : LOG_EVERY))
		return;
	print(p, sum, findings, now);
	p->last = now;
	p->runs = sum->runs;
	p->steps = sum->steps;
	p->shown = true;
}

void fuzz_progress_clear(struct fuzz_progress *p)
{
	if (p->terminal && p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}

void fuzz_progress_free(struct fuzz_progress *p)
{
	g_timer_destroy(p->timer);
	g_free(p);
}
