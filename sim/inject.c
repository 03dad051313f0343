// SPDX-License-Identifier: GPL-2.0-only
/* inject.c - failure sites: which of them fire, and how often each was passed */
#include <string.h>

#include "sim/footprint.h"
#include "sim/machine.h"
#include "sim/snapshot.h"

enum { MAX_INJECT = 16, MAX_CHANCES = 1024 };

static struct armed {
	struct world_inject want;
	uint32_t seen, fired;
} armed[MAX_INJECT];
static unsigned int narmed;

static struct passes {
	const struct sim_site *site;
	uint32_t n;
} passes[WORLD_MAX_THREADS][SITE_COUNTS];

static void count_pass(unsigned int tid, const struct sim_site *site)
{
	struct passes *p = passes[tid], *end = p + SITE_COUNTS;

	for (; p < end && p->site && p->site != site; p++)
		;
	if (p == end)
		return;
	p->site = site;
	p->n++;
}

/* What was left to chance in this run, and which of it came true. */
static uint32_t asked, came_true[MAX_CHANCES];
static unsigned int ntrue;

static bool comes_true(const struct world_inject *want, const struct sim_site *site)
{
	asked++;
	if (sim_choose(want->den, "failure", site) >= want->num)
		return false;
	if (ntrue < MAX_CHANCES)
		came_true[ntrue++] = asked;
	return true;
}

uint32_t inject_chance(void)
{
	return asked;
}

void inject_forget_chances(void)
{
	asked = ntrue = 0;
}

const uint32_t *world_chances(size_t *n)
{
	*n = ntrue;
	return came_true;
}

static bool fires(struct armed *a, const struct sim_site *site)
{
	if (!a->want.point)
		return false;
	if (a->want.tid >= 0 && (unsigned int)a->want.tid != machine.hot.cur)
		return false;
	if (!world_site_matches(site, a->want.point))
		return false;
	/* Who comes first decides whose it is. */
	if (a->want.tid < 0)
		footprint_note(a, true);
	a->seen++;
	if (a->want.den)
		return comes_true(&a->want, site);
	return !a->want.nth || a->seen == a->want.nth;
}

int sim_should_fail(const struct sim_site *site)
{
	bool fail = false;
	unsigned int i;

	if (likely(!machine.config.record && !narmed) || machine.hot.cur == NO_THREAD)
		return 0;
	count_pass(machine.hot.cur, site);
	for (i = 0; i < narmed; i++) {
		if (!fires(&armed[i], site))
			continue;
		armed[i].fired++;
		fail = true;
	}
	if (fail)
		sim_trace("injected failure: %s:%s", (unsigned long)site->func,
			  (unsigned long)site->label, 0, 0);
	return fail;
}

int world_inject_add(const struct world_inject *inj)
{
	unsigned int i;

	for (i = 0; i < narmed && armed[i].want.point; i++)
		;
	if (i == MAX_INJECT)
		return -1;
	if (i == narmed)
		narmed++;
	armed[i] = (struct armed){ .want = *inj };
	return i;
}

void world_inject_remove(int handle)
{
	armed[handle].want.point = NULL;
	while (narmed && !armed[narmed - 1].want.point)
		narmed--;
}

uint32_t world_inject_fired(int handle)
{
	return armed[handle].fired;
}

void world_inject_clear(void)
{
	narmed = 0;
}

uint32_t world_site_count(unsigned int tid, const char *point)
{
	const struct passes *p = passes[tid], *end = p + SITE_COUNTS;
	uint32_t n = 0;

	for (; p < end && p->site; p++) {
		if (world_site_matches(p->site, point))
			n += p->n;
	}
	return n;
}

void world_site_count_reset(unsigned int tid)
{
	memset(passes[tid], 0, sizeof(passes[tid]));
}

static unsigned int sites_passed(unsigned int tid)
{
	unsigned int n = 0;

	while (n < SITE_COUNTS && passes[tid][n].site)
		n++;
	return n;
}

static void passes_part(struct snapshot_cursor *c, unsigned int tid)
{
	unsigned int n, now = n = sites_passed(tid);

	snapshot_part(c, &n, sizeof(n));
	snapshot_part(c, passes[tid], n * sizeof(passes[tid][0]));
	while (now > n)
		passes[tid][--now] = (struct passes){ 0 };
}

void inject_parts(struct snapshot_cursor *c, uint32_t begun)
{
	snapshot_part(c, &narmed, sizeof(narmed));
	snapshot_part(c, armed, narmed * sizeof(armed[0]));
	snapshot_part(c, &asked, sizeof(asked));
	snapshot_part(c, &ntrue, sizeof(ntrue));
	for (; begun; begun &= begun - 1)
		passes_part(c, __builtin_ctz(begun));
}

void inject_reset(void)
{
	narmed = 0;
	memset(passes, 0, sizeof(passes));
}
