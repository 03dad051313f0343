// SPDX-License-Identifier: GPL-2.0-only
/* gen_pick.c - what a line of a generated race is about: mapping, pages, userfaultfd, source */
#include "tools/fuzz/gen_plan.h"

/* Threads that meet at one page have more to do with each other. */
const struct gen_map *gen_pick_target(struct gen_plan *p, unsigned int *page)
{
	const struct gen_map *m = p->target[p->hot_target];

	*page = p->hot_page;
	if (gen_chance(p, 55))
		return m;
	m = p->target[gen_below(p, p->ntargets)];
	*page = gen_below(p, m->pages);
	return m;
}

/* Whether the fill has something to do there when the race begins. */
static bool can_fill(enum gen_op op, const struct gen_map *m, unsigned int page)
{
	bool cached = m->file && m->file->cached >> (m->first + page) & 1;

	if (m->mapped >> page & 1)
		return false;
	return op == GEN_CONTINUE ? cached : !cached || !m->shared;
}

const struct gen_map *gen_pick_to_fill(struct gen_plan *p, enum gen_op op, unsigned int *page)
{
	const struct gen_map *m = gen_pick_target(p, page);
	unsigned int tries;

	for (tries = 0; tries < 3 && !can_fill(op, m, *page); tries++)
		m = gen_pick_target(p, page);
	return m;
}

const struct gen_map *gen_pick_map(struct gen_plan *p, enum gen_use use)
{
	unsigned int i, n = 0;

	for (i = 0; i < p->nmaps; i++)
		n += p->map[i].use == use;
	if (!n)
		return NULL;
	n = gen_below(p, n);
	for (i = 0;; i++) {
		if (p->map[i].use == use && !n--)
			return &p->map[i];
	}
}

const struct gen_uffd *gen_pick_owner(struct gen_plan *p, const struct gen_map *m)
{
	if (m->owners == 3)
		return &p->uffd[gen_below(p, 2)];
	return &p->uffd[m->owners - 1];
}

void gen_pick_range(struct gen_plan *p, const struct gen_map *m, unsigned int page,
		    unsigned int *from, unsigned int *to)
{
	*from = page;
	*to = page + 1;
	if (m->pages == 1 || gen_chance(p, 65))
		return;
	*from = gen_below(p, page + 1);
	*to = gen_between(p, page + 1, m->pages);
}

void gen_append_pages(GString *out, const struct gen_map *m, unsigned int from, unsigned int to)
{
	g_string_append_printf(out, "%s[%u", m->name, from);
	if (to != from + 1)
		g_string_append_printf(out, ":%u", to);
	g_string_append_c(out, ']');
}

const struct gen_map *gen_source(struct gen_plan *p, const struct gen_thread *t,
				 const struct gen_uffd *u, unsigned int shift, unsigned int n)
{
	unsigned int i, last = u - p->uffd, weights[GEN_MAPS];

	if (t && t->keeps)
		last = MAX(last, t->keeps - p->uffd);
	for (i = 0; i < p->nmaps; i++) {
		const struct gen_map *m = &p->map[i];

		weights[i] = 0;
		if (m->shift != shift || m->pages < n)
			continue;
		if (!m->owners || (t && !(m->owners & ((2u << last) - 1))))
			weights[i] = m->use == GEN_VIEW ? 1 : 4;
	}
	i = gen_weighted(p, weights, p->nmaps);
	return i < p->nmaps ? &p->map[i] : NULL;
}
