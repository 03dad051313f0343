// SPDX-License-Identifier: GPL-2.0-only
/* guide.c - a run along the stretches of another one, as far as they can be had */
#include "tools/interp/run.h"

/* How far a thread is. */
struct progress {
	const struct prog_call *call; /* its last one */
	uint32_t points;	      /* since it began */
	const struct sim_site *site, *before;
};

static struct {
	struct interp_guide *guide;
	struct prog *p;
	guint at;   /* the stretch that is wanted */
	bool begun; /* its thread was switched to */
	struct progress thread[WORLD_MAX_THREADS];
} now;

struct interp_guide *interp_guide_new(void)
{
	struct interp_guide *g = g_new0(struct interp_guide, 1);

	g->wanted = g_array_new(false, true, sizeof(struct interp_stretch));
	g->done = g_array_new(false, true, sizeof(struct interp_stretch));
	g->chances = g_array_new(false, true, sizeof(uint32_t));
	return g;
}

void interp_guide_free(struct interp_guide *g)
{
	g_array_free(g->wanted, true);
	g_array_free(g->done, true);
	g_array_free(g->chances, true);
	g_free(g);
}

static unsigned int line_of(const struct progress *at)
{
	return at->call ? at->call->ast->pos.line : 0;
}

static void look_at(unsigned int tid)
{
	struct progress *at = &now.thread[tid];
	const struct prog_thread *t = prog_thread_by_tid(now.p, tid);
	struct world_thread info;

	if (t && t->now_last != at->call) {
		at->call = t->now_last;
		at->points = 0;
	}
	at->points++;
	world_thread_info(tid, &info);
	at->before = at->site;
	at->site = info.site;
}

static bool is_over(const struct interp_stretch *s, uint32_t steps)
{
	const struct progress *at = &now.thread[s->tid];

	if (s->to_end)
		return false;
	if (s->steps)
		return steps >= s->steps;
	if (line_of(at) != s->line)
		return line_of(at) > s->line;
	return at->points >= s->points;
}

static void end_stretch(unsigned int tid, bool can_stay)
{
	const struct progress *at = &now.thread[tid];
	GArray *done = now.guide->done;
	struct interp_stretch *s;

	if (!done->len)
		return;
	s = &g_array_index(done, struct interp_stretch, done->len - 1);
	s->line = line_of(at);
	s->points = at->points;
	s->to_end = !can_stay;
	s->site = at->site;
	s->before = at->before;
}

static void begin_stretch(unsigned int tid)
{
	const struct interp_stretch s = { .tid = tid, .to_end = true };

	g_array_append_val(now.guide->done, s);
}

static unsigned int decide(uint64_t mask, unsigned int cur, bool can_stay, uint32_t steps)
{
	const GArray *wanted = now.guide->wanted;

	for (; now.at < wanted->len; now.at++, now.begun = false) {
		const struct interp_stretch *s =
			&g_array_index(wanted, struct interp_stretch, now.at);

		if (now.begun && (!can_stay || is_over(s, steps)))
			continue;
		if (!now.begun && !(mask & (1ull << s->tid)))
			continue;
		now.begun = true;
		return s->tid;
	}
	return can_stay ? cur : (unsigned int)__builtin_ctzll(mask);
}

static unsigned int pick(void *arg G_GNUC_UNUSED, uint64_t mask, unsigned int cur, bool can_stay,
			 uint32_t steps)
{
	unsigned int next;

	if (cur < WORLD_MAX_THREADS)
		look_at(cur);
	next = decide(mask, cur, can_stay, steps);
	if (next == cur)
		return next;
	if (cur < WORLD_MAX_THREADS)
		end_stretch(cur, can_stay);
	begin_stretch(next);
	return next;
}

void guide_begin(struct interp_guide *g, struct prog *p)
{
	now = (typeof(now)){ .guide = g, .p = p };
	g_array_set_size(g->done, 0);
	world_strategy_ask(pick, NULL);
	world_strategy_chances((const uint32_t *)g->chances->data, g->chances->len);
}
