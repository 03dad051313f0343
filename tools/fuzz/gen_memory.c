// SPDX-License-Identifier: GPL-2.0-only
/* gen_memory.c - lines of a generated race that change mappings, and the files below them */
#include "tools/fuzz/gen_plan.h"

/* Page @page of the mapping stays where it is: see needs_anchor(). */
static bool is_anchor(const struct gen_map *m, unsigned int page)
{
	return m->file && m->file->anchored && m->first + page == 0;
}

/* Keepers do not change what they would have to hear of. */
static bool waits_for_keeper(const struct gen_plan *p, const struct gen_thread *t,
			     const struct gen_map *m)
{
	unsigned int i;

	for (i = 0; t->keeps && i < p->nuffds; i++) {
		if (p->uffd[i].events && m->owners >> i & 1)
			return true;
	}
	return false;
}

void gen_madvise(struct gen_plan *p, struct gen_thread *t, enum gen_op op)
{
	unsigned int page, from, to;
	const struct gen_map *m = gen_pick_target(p, &page);
	const struct gen_map *source = gen_pick_map(p, GEN_SOURCE);
	GString *s;

	if (op == GEN_DONTNEED && source && gen_chance(p, 25)) {
		m = source;
		page = gen_below(p, m->pages);
	}
	if (waits_for_keeper(p, t, m))
		return;
	gen_pick_range(p, m, page, &from, &to);
	if (op == GEN_REMOVE && (!m->shared || is_anchor(m, from)))
		return;
	s = g_string_new("madvise ");
	gen_append_pages(s, m, from, to);
	g_string_append(s, op == GEN_REMOVE ? " REMOVE" : " DONTNEED");
	gen_end_call(p, t, s, op);
}

/* Mostly the file behind the hot page. */
static struct gen_file *pick_file(struct gen_plan *p, unsigned int *page)
{
	const struct gen_map *hot = p->target[p->hot_target];
	struct gen_file *f;

	if (!p->nfiles)
		return NULL;
	*page = hot->first + p->hot_page;
	if (hot->file && gen_chance(p, 75))
		return hot->file;
	f = &p->file[gen_below(p, p->nfiles)];
	*page = gen_below(p, f->pages);
	return f;
}

void gen_hole(struct gen_plan *p, struct gen_thread *t, enum gen_op op)
{
	unsigned int page, to;
	const struct gen_file *f = pick_file(p, &page);
	GString *s;

	if (!f)
		return;
	if (op == GEN_PUNCH && f->anchored && !page)
		page = 1;
	if (page >= f->pages)
		return;
	to = gen_chance(p, 70) ? page + 1 : gen_between(p, page + 1, f->pages);
	s = g_string_new(op == GEN_PUNCH ? "punch " : "fallocate ");
	g_string_append_printf(s, "%s[%u", f->name, page);
	if (to != page + 1)
		g_string_append_printf(s, ":%u", to);
	g_string_append_c(s, ']');
	gen_end_call(p, t, s, op);
}

void gen_truncate(struct gen_plan *p, struct gen_thread *t, enum gen_op op)
{
	unsigned int page, size;
	const struct gen_file *f = pick_file(p, &page);
	GString *s;

	if (!f || (f->huge && !p->huge_truncate) || (!f->huge && !f->anchored && !p->bare_truncate))
		return;
	size = gen_chance(p, 70) ? page : gen_between(p, 0, f->pages);
	if (f->anchored && !size)
		size = 1;
	s = g_string_new("truncate ");
	g_string_append_printf(s, "%s %up", f->name, size);
	gen_end_call(p, t, s, op);
}

void gen_munmap(struct gen_plan *p, struct gen_thread *t, enum gen_op op)
{
	unsigned int page, from, to;
	const struct gen_map *m = gen_pick_target(p, &page);
	GString *s;

	if (gen_chance(p, 20)) {
		m = gen_pick_map(p, gen_chance(p, 50) ? GEN_VIEW : GEN_SOURCE) ?: m;
		page = MIN(page, m->pages - 1);
	}
	if (waits_for_keeper(p, t, m))
		return;
	s = g_string_new("munmap ");
	gen_pick_range(p, m, page, &from, &to);
	gen_append_pages(s, m, from, to);
	gen_end_call(p, t, s, op);
}

/* Another file of the same page size, the other sharing, or the same again. */
static void vary_mapping(struct gen_plan *p, struct gen_map *m)
{
	struct gen_file *f = &p->file[gen_below(p, MAX(p->nfiles, 1))];

	if (p->nfiles && f->shift == m->shift && f->pages >= m->pages && gen_chance(p, 40)) {
		m->file = f;
		m->first = gen_below(p, f->pages - m->pages + 1);
		m->shared = gen_chance(p, 50);
	} else if (m->file && gen_chance(p, 50)) {
		m->shared = !m->shared;
	} else if (m->file && gen_chance(p, 20)) {
		m->file = NULL;
		m->shared = false;
	}
	if (m->file && gen_must_share(p, m->file))
		m->shared = true;
}

/* What gen_mremap() takes for shared stays so. */
static bool must_stay(const struct gen_plan *p, const struct gen_map *m)
{
	return m->huge && m->shared && p->weight[GEN_MREMAP];
}

void gen_remap(struct gen_plan *p, struct gen_thread *t, enum gen_op op)
{
	unsigned int page;
	const struct gen_map *m = gen_pick_target(p, &page);
	struct gen_map now = *m;
	GString *s;

	if (waits_for_keeper(p, t, m))
		return;
	s = g_string_new("mmap ");
	if (gen_chance(p, 40))
		gen_line(t, "munmap %s = *", m->name);
	vary_mapping(p, &now);
	if (must_stay(p, m) && !now.shared)
		now = *m;
	g_string_append_printf(s, "%s ", m->name);
	gen_print_mapping(p, s, &now);
	gen_end_call(p, t, s, op);
	if (p->shared_reading || !gen_chance(p, 80))
		return;
	s = g_string_new(NULL);
	gen_register(p, s, gen_pick_owner(p, m), &now, true);
	gen_line(t, "%s", s->str);
	g_string_free(s, true);
}

/* A range of a target, or of what the others stand on. */
static const struct gen_map *pick_range_of_any(struct gen_plan *p, unsigned int *from,
					       unsigned int *to)
{
	const struct gen_map *other = gen_pick_map(p, gen_chance(p, 50) ? GEN_VIEW : GEN_SOURCE),
			     *m;
	unsigned int page;

	m = gen_pick_target(p, &page);
	if (other && gen_chance(p, 20)) {
		m = other;
		page = gen_below(p, m->pages);
	}
	gen_pick_range(p, m, page, from, to);
	return m;
}

void gen_mprotect(struct gen_plan *p, struct gen_thread *t, enum gen_op op)
{
	static const char *const prots[] = { "r", "r", "rw", "rw", "rw", "none" };
	unsigned int from, to;
	const struct gen_map *m = pick_range_of_any(p, &from, &to);
	GString *s = g_string_new("mprotect ");

	gen_append_pages(s, m, from, to);
	g_string_append_printf(s, " %s", GEN_PICK(p, prots));
	gen_end_call(p, t, s, op);
}

/* What may be registered must not come to where nobody expects that. */
static const struct gen_map *pick_new_place(struct gen_plan *p, const struct gen_map *m,
					    unsigned int pages)
{
	unsigned int i, weights[GEN_MAPS];

	for (i = 0; i < p->nmaps; i++) {
		const struct gen_map *to = &p->map[i];

		weights[i] = to != m && to->shift == m->shift && to->pages >= pages &&
			     (to->owners & m->owners) == m->owners && !to->owners == !m->owners;
	}
	i = gen_weighted(p, weights, p->nmaps);
	return i < p->nmaps ? &p->map[i] : NULL;
}

void gen_mremap(struct gen_plan *p, struct gen_thread *t, enum gen_op op)
{
	unsigned int from, to;
	const struct gen_map *m = pick_range_of_any(p, &from, &to);
	const struct gen_map *place = pick_new_place(p, m, to - from);
	bool resizes = !place || gen_chance(p, 20);
	GString *s;

	if (waits_for_keeper(p, t, m) || (place && waits_for_keeper(p, t, place)))
		return;
	/* 6.1 leaves promises behind: scenarios/hugetlb/mremap-part-leaks-promise.uffd */
	if (m->huge && !m->shared)
		return;
	s = g_string_new("mremap ");
	gen_append_pages(s, m, from, to);
	if (!resizes) {
		g_string_append_printf(s, " %s[%u]", place->name,
				       gen_below(p, place->pages - (to - from) + 1));
		if (gen_chance(p, 20))
			g_string_append(s, " DONTUNMAP");
		else if (m->shared && gen_chance(p, 15))
			g_string_append_printf(s, " bytes=0 len=%up", to - from);
	} else {
		g_string_append_printf(s, " len=%up", gen_between(p, 1, m->pages));
	}
	gen_end_call(p, t, s, op);
}

/*
 * Faults beforehand: as an access.  But not where somebody may be told, since he might close first:
 * scenarios/mm/populate-meets-close.uffd.
 */
void gen_populate(struct gen_plan *p, struct gen_thread *t, enum gen_op op)
{
	unsigned int from, to;
	const struct gen_map *m = pick_range_of_any(p, &from, &to);
	GString *s;

	if (m->owners)
		return;
	s = g_string_new("madvise ");
	gen_append_pages(s, m, from, to);
	g_string_append_printf(s, " POPULATE_%s", gen_chance(p, 50) ? "WRITE" : "READ");
	gen_end_call(p, t, s, op);
}

void gen_advice(struct gen_plan *p, struct gen_thread *t, enum gen_op op)
{
	static const char *const words[] = { "FREE",	   "FREE",	 "DONTNEED_LOCKED",
					     "DONTFORK",   "DOFORK",	 "WIPEONFORK",
					     "KEEPONFORK", "SEQUENTIAL", "NORMAL" };
	unsigned int from, to;
	const struct gen_map *m = pick_range_of_any(p, &from, &to);
	GString *s;

	if (waits_for_keeper(p, t, m))
		return;
	s = g_string_new("madvise ");
	gen_append_pages(s, m, from, to);
	g_string_append_printf(s, " %s", GEN_PICK(p, words));
	gen_end_call(p, t, s, op);
}
