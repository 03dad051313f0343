// SPDX-License-Identifier: GPL-2.0-only
/* guided.c - which scenarios are kept for what they reached, and how they are changed */
#include <string.h>

#include "sim/world.h"
#include "tools/coverage/paths.h"
#include "tools/fuzz/guided.h"

enum {
	MOST_CHANGES = 4,
	MOST_KEPT = 4096,
	WORLD_PARTS = 3, /* see fuzz_generate() */
	RARE = 6,	 /* scenarios: what so few have reached is worth keeping */
};

/* A scenario that was kept. */
struct kept {
	GArray *draws;		   /* uint64_t */
	uint8_t took[GUIDED_MOST]; /* the ways that its runs took */
};

struct guided {
	uint8_t *seen;
	struct branch *branches;
	size_t n; /* ways: two for each branch */
	GPtrArray *kept;
	uint8_t took[GUIDED_MOST];
	uint32_t often[GUIDED_MOST]; /* scenarios that took it */
	uint64_t random;
};

static void free_kept(void *kept)
{
	struct kept *k = kept;

	g_array_free(k->draws, true);
	g_free(k);
}

struct guided *guided_new(uint8_t *seen)
{
	struct guided *g = g_new0(struct guided, 1);

	g->seen = seen;
	g->branches = branches_new(true, &g->n);
	g->n = MIN(2 * g->n, GUIDED_MOST);
	g->kept = g_ptr_array_new_with_free_func(free_kept);
	return g;
}

void guided_free(struct guided *g)
{
	g_ptr_array_free(g->kept, true);
	g_free(g->branches);
	g_free(g);
}

size_t guided_all(void)
{
	size_t n;

	g_free(branches_new(true, &n));
	return 2 * n;
}

size_t guided_taken(const uint8_t *seen)
{
	size_t i, n = 0;

	for (i = 0; i < GUIDED_MOST; i++)
		n += seen[i];
	return n;
}

/* ------------------------------------------------------------------- changing */

/* splitmix64, as the generator has it. */
static uint64_t draw(struct guided *g)
{
	uint64_t z = g->random += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static unsigned int below(struct guided *g, unsigned int n)
{
	return (draw(g) >> 32) * n >> 32;
}

/* Of those that anything took, the way that the fewest scenarios have taken. */
static size_t rarest(const struct guided *g)
{
	size_t i, best = g->n;

	for (i = 0; i < g->n; i++) {
		if (g->often[i] && (best == g->n || g->often[i] < g->often[best]))
			best = i;
	}
	return best;
}

static const GArray *pick(struct guided *g)
{
	const struct kept *k = g->kept->pdata[below(g, g->kept->len)];

	return k->draws;
}

/* One that took a rare way, which is made less rare by the choice. */
static const GArray *pick_rare(struct guided *g)
{
	size_t way = rarest(g);
	unsigned int i, from = below(g, g->kept->len);

	if (way < g->n)
		g->often[way]++;
	for (i = 0; i < g->kept->len && way < g->n; i++) {
		const struct kept *k = g->kept->pdata[(from + i) % g->kept->len];

		if (k->took[way])
			return k->draws;
	}
	return pick(g);
}

static void change_some(struct guided *g, GArray *draws)
{
	unsigned int i, n = 1 + below(g, MOST_CHANGES);

	for (i = 0; i < n && draws->len; i++)
		g_array_index(draws, uint64_t, below(g, draws->len)) = draw(g);
}

/* The beginning stays; what comes after it is drawn anew. */
static void keep_beginning(struct guided *g, GArray *draws)
{
	g_array_set_size(draws, below(g, draws->len + 1));
}

/* What it is about, its world, its threads; all lines anew. */
static void keep_world(struct guided *g, GArray *draws)
{
	g_array_set_size(draws, MIN(draws->len, 1 + below(g, WORLD_PARTS)));
}

GArray *guided_draws(struct guided *g, uint64_t seed)
{
	static void (*const changes[])(struct guided * g, GArray * draws) = {
		keep_world,
		keep_world,
		change_some,
		keep_beginning,
	};
	GArray *draws = g_array_new(false, false, sizeof(uint64_t));
	const GArray *base;

	if (seed % 2 || !g->kept->len)
		return draws;
	g->random = seed;
	base = pick_rare(g);
	g_array_append_vals(draws, base->data, base->len);
	changes[below(g, G_N_ELEMENTS(changes))](g, draws);
	return draws;
}

/* -------------------------------------------------------------------- keeping */

/* Counts what the runs since the last call took; true: some of it is new or rare. */
static bool take_marks(struct guided *g)
{
	bool worth = false;
	size_t i;

	for (i = 0; i < g->n; i++) {
		g->took[i] = g->branches[i / 2].mark->taken[i % 2];
		if (!g->took[i])
			continue;
		worth |= !g->seen[i] || g->often[i] < RARE;
		g->seen[i] = 1;
		g->often[i]++;
	}
	world_branches_clear();
	return worth;
}

bool guided_note(struct guided *g, const GArray *drawn)
{
	struct kept *k;

	if (!take_marks(g) || !drawn || g->kept->len == MOST_KEPT)
		return false;
	k = g_new(struct kept, 1);
	k->draws = g_array_new(false, false, sizeof(uint64_t));
	g_array_append_vals(k->draws, drawn->data, drawn->len);
	memcpy(k->took, g->took, sizeof(k->took));
	g_ptr_array_add(g->kept, k);
	return true;
}
