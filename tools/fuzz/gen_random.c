// SPDX-License-Identifier: GPL-2.0-only
/* gen_random.c - the generator's own random numbers: splitmix64, the same everywhere */
#include "tools/fuzz/gen_plan.h"

static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

void gen_part(struct gen_plan *p)
{
	const GArray *given = p->gen->draws;
	uint64_t z = next(&p->parts);

	if (given && p->nparts < given->len)
		z = g_array_index(given, uint64_t, p->nparts);
	p->nparts++;
	if (p->gen->drawn)
		g_array_append_val(p->gen->drawn, z);
	p->random = z;
}

uint64_t gen_random(struct gen_plan *p)
{
	return next(&p->random);
}

unsigned int gen_below(struct gen_plan *p, unsigned int n)
{
	return (gen_random(p) >> 32) * n >> 32;
}

unsigned int gen_between(struct gen_plan *p, unsigned int least, unsigned int most)
{
	return least + gen_below(p, most - least + 1);
}

bool gen_chance(struct gen_plan *p, unsigned int percent)
{
	return gen_below(p, 100) < percent;
}

unsigned int gen_weighted(struct gen_plan *p, const unsigned int *weights, unsigned int n)
{
	unsigned int i, sum = 0, at;

	for (i = 0; i < n; i++)
		sum += weights[i];
	if (!sum)
		return n;
	at = gen_below(p, sum);
	for (i = 0; at >= weights[i]; i++)
		at -= weights[i];
	return i;
}
