// SPDX-License-Identifier: GPL-2.0-only
/* report.c - how a run ends badly: violations, BUG_ON, and who wrote the object last */
#include <stdarg.h>
#include <string.h>

#include "sim/machine.h"

enum { MAX_TOLERATED = 16 };

static char tolerated[MAX_TOLERATED][WORLD_NAME_LEN];
static unsigned int ntolerated;

const struct world_event *trace_step_event(uint64_t step);

static size_t object_size(const void *obj)
{
	unsigned int c = sim_chunk_cache[((uintptr_t)obj - ARENA_BASE) >> CHUNK_SHIFT];

	return c ? sim_caches[c].size : 8;
}

static void find_writer(struct world_report *r)
{
	const struct world_event *e;

	if (!r->obj || !in_arena(r->obj) ||
	    !trace_last_writer(r->obj, object_size(r->obj), &r->writer_step))
		return;
	e = trace_step_event(r->writer_step);
	if (!e)
		return;
	r->has_writer = true;
	r->writer_tid = e->tid;
	r->writer_site = e->site;
}

void report_fill(const char *invariant, const void *obj, const struct sim_site *site)
{
	struct world_report *r = &machine.report;
	bool threaded = machine.hot.cur != NO_THREAD;

	memset(r, 0, sizeof(*r));
	r->invariant = invariant;
	r->obj = obj;
	r->tid = threaded ? (int)machine.hot.cur : -1;
	r->step = machine.hot.step;
	r->site = site ? site : threaded ? current_thread()->site : NULL;
	if (machine.config.record)
		trace_note_writes(machine.step_log, undo_next);
	find_writer(r);
}

static bool is_tolerated(const char *invariant)
{
	unsigned int i;

	for (i = 0; i < ntolerated; i++) {
		if (!strcmp(tolerated[i], invariant))
			return true;
	}
	return false;
}

void world_tolerate(const char *invariant)
{
	if (ntolerated < MAX_TOLERATED)
		snprintf(tolerated[ntolerated++], WORLD_NAME_LEN, "%s", invariant);
}

void report_reset(void)
{
	ntolerated = 0;
}

void sim_violation(const char *invariant, const void *obj, const char *fmt, ...)
{
	va_list ap;

	if (is_tolerated(invariant))
		return;
	/* The first one found is the one to explain. */
	if (machine.verdict == WORLD_VIOLATION && machine.hot.cur == NO_THREAD &&
	    machine.report.invariant)
		return;
	report_fill(invariant, obj, NULL);
	va_start(ap, fmt);
	vsnprintf(machine.report.text, sizeof(machine.report.text), fmt, ap);
	va_end(ap);
	machine_fail(WORLD_VIOLATION);
}

static void bug(const char *kind, const struct sim_site *site, const char *cond)
{
	if (is_tolerated(kind))
		return;
	report_fill(kind, NULL, site);
	snprintf(machine.report.text, sizeof(machine.report.text), "%s in %s: %s", site->label,
		 site->func, cond);
	machine_fail(WORLD_BUG);
}

void sim_bug(const struct sim_site *site, const char *cond)
{
	bug("BUG", site, cond);
}

void sim_warn(const struct sim_site *site, const char *cond)
{
	bug("WARN", site, cond);
}
