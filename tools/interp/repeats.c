// SPDX-License-Identifier: GPL-2.0-only
/* repeats.c - see repeats.h */
#include "tools/interp/repeats.h"

enum {
	LOOK_FROM = 64,	    /* runs: of fewer, hardly one is like another */
	LEAST_SLOTS = 256,  /* a power of two, as the next */
	MOST_SLOTS = 65536, /* of which half is used */
	ENOUGH_NEW = 4096,
};

struct slot {
	struct world_drawn drawn;
	struct repeats_end end; /* no steps: the slot is free */
};

struct repeats {
	struct slot *slots;
	guint size, n;
	guint64 runs, nnew, nmet;
	/* Of the run that is being made. */
	bool wanted;
	struct world_drawn drawn;
	unsigned int nthreads;
	uint64_t place;
};

struct repeats *repeats_new(void)
{
	return g_new0(struct repeats, 1);
}

void repeats_free(struct repeats *x)
{
	g_free(x->slots);
	g_free(x);
}

/* ---------------------------------------------------------------- the table */

static guint hash_of(const struct world_drawn *d)
{
	uint64_t h = (d->changes ^ d->order << 32 ^ d->order >> 32) * 0x9e3779b97f4a7c15ull;

	return h >> 40;
}

static struct slot *slot_of(struct repeats *x, const struct world_drawn *d)
{
	guint i = hash_of(d) & (x->size - 1);

	for (; x->slots[i].end.steps; i = (i + 1) & (x->size - 1)) {
		const struct world_drawn *other = &x->slots[i].drawn;

		if (other->changes == d->changes && other->order == d->order)
			break;
	}
	return &x->slots[i];
}

static void grow(struct repeats *x)
{
	struct slot *old = x->slots;
	guint i, n = x->size;

	x->size = n ? 4 * n : LEAST_SLOTS;
	x->slots = g_new0(struct slot, x->size);
	for (i = 0; i < n; i++) {
		if (old[i].end.steps)
			*slot_of(x, &old[i].drawn) = old[i];
	}
	g_free(old);
}

/* ------------------------------------------------------------------ the runs */

/* Where most runs are new, to draw twice costs more than it saves. */
static bool is_worth_it(const struct repeats *x)
{
	return x->runs > LOOK_FROM && (x->nnew < ENOUGH_NEW || x->nmet > x->nnew / 8);
}

bool repeats_find(struct repeats *x, const struct interp_chooser *chooser, const struct prog *p,
		  struct repeats_end *end)
{
	const struct slot *s;

	x->wanted = false;
	if (chooser->how != INTERP_PCT || !++x->runs || !is_worth_it(x))
		return false;
	interp_choose(chooser, NULL, run_steps_about(prog_section(p, LANG_RACE)));
	x->nthreads = world_nthreads();
	x->place = world_strategy_place();
	if (!world_strategy_drawn(x->nthreads, &x->drawn))
		return false;
	if (!x->size)
		grow(x);
	s = slot_of(x, &x->drawn);
	if (s->end.steps) {
		x->nmet++;
		*end = s->end;
		return true;
	}
	x->nnew++;
	x->wanted = true;
	return false;
}

/* A run in which something else was left to chance, or another thread came, is not remembered. */
void repeats_add(struct repeats *x, const struct repeats_end *end)
{
	if (!x->wanted || x->place != world_strategy_place() || x->nthreads != world_nthreads())
		return;
	if (x->n >= x->size / 2 && x->size < MOST_SLOTS)
		grow(x);
	if (x->n >= x->size / 2 || !end->steps)
		return;
	*slot_of(x, &x->drawn) = (struct slot){ x->drawn, *end };
	x->n++;
}
