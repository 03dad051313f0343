// SPDX-License-Identifier: GPL-2.0-only
/* gen_handlers.c - keepers: how a generated race lets every thread finish */
#include "tools/fuzz/gen_plan.h"

void gen_wake_all(struct gen_thread *t, const struct gen_uffd *u)
{
	unsigned int i;

	for (i = 0; i < u->nranges; i++)
		gen_line(t, "wake %s %s = *", u->name, u->range[i]->name);
}

static bool has_huge(const struct gen_uffd *u)
{
	unsigned int i;

	for (i = 0; i < u->nranges; i++) {
		if (u->range[i]->huge)
			return true;
	}
	return false;
}

/* ZEROPAGE says EEXIST of what a marker protects: scenarios/wp/zeropage-marker.uffd */
static bool zeropage_fills(const struct gen_plan *p, const struct gen_uffd *u)
{
	unsigned int i;

	if (has_huge(u))
		return false;
	for (i = 0; i < u->nranges; i++) {
		if (p->protects && u->range[i]->file && !u->range[i]->shared)
			return false;
	}
	return true;
}

/* What most likely resolves the faults of that userfaultfd. */
static enum gen_op choose_answer(struct gen_plan *p, const struct gen_uffd *u)
{
	bool minor = u->modes & (GEN_MINOR | GEN_BOTH);

	if (minor && gen_chance(p, u->modes == GEN_MINOR ? 90 : 50))
		return GEN_CONTINUE;
	if (zeropage_fills(p, u) && gen_chance(p, 25))
		return GEN_ZEROPAGE;
	return GEN_COPY;
}

/*
 * EEXIST is no reason to end: somebody else was first.  But where faults may be minor ones, a
 * COPY says so of a page that is cached, and would say so for ever; so it would of an empty pool.
 */
static bool may_go_on(const struct gen_plan *p, const struct gen_uffd *u, enum gen_op answer)
{
	if (answer == GEN_COPY && p->full_is_eexist && has_huge(u))
		return false;
	return u->modes == GEN_MISSING || answer == GEN_CONTINUE;
}

void gen_serve(struct gen_plan *p, struct gen_thread *t, const struct gen_uffd *u,
	       const struct gen_thread *until)
{
	enum gen_op answer;
	GString *s;

	if (!u->nranges)
		return;
	s = g_string_new("serve ");
	answer = choose_answer(p, u);
	g_string_append_printf(s, "%s %s", u->name, gen_op_name(answer));
	if (answer == GEN_COPY)
		g_string_append_printf(s, " %s",
				       gen_source(p, NULL, u, u->range[0]->shift, 1)->name);
	if (may_go_on(p, u, answer))
		g_string_append(s, " on EEXIST wake");
	if (u->events)
		g_string_append(s, " on EAGAIN retry");
	gen_line(t, "%s until %s = *", s->str, until->name);
	g_string_free(s, true);
	gen_wake_all(t, u);
}

/* One loop serves everybody while it lasts; the others are for when it ends early. */
static void serve_workers(struct gen_plan *p, struct gen_thread *t)
{
	static const unsigned int loops[] = { 15, 50, 20, 15 };
	unsigned int i, first = gen_below(p, p->nworkers);
	unsigned int n = MIN(gen_weighted(p, loops, G_N_ELEMENTS(loops)), p->nworkers);

	for (i = 0; i < n; i++)
		gen_serve(p, t, t->keeps, &p->thread[(i + first) % p->nworkers]);
}

static void unregister_all(struct gen_thread *t, const struct gen_uffd *u)
{
	unsigned int i;

	for (i = 0; i < u->nranges; i++)
		gen_line(t, "unregister %s %s = *", u->name, u->range[i]->name);
	gen_wake_all(t, u);
}

/* Page by page: the mapping may have been split, or be gone in part. */
static void unprotect_all(struct gen_thread *t, const struct gen_uffd *u)
{
	unsigned int i, page;

	for (i = 0; i < u->nranges; i++) {
		for (page = 0; page < u->range[i]->pages; page++)
			gen_line(t, "writeprotect %s %s[%u] = *", u->name, u->range[i]->name, page);
	}
}

/* Nobody is answered any more, but what a fork tells is read. */
static void serve_fork(const struct gen_plan *p, struct gen_thread *t, const struct gen_uffd *u)
{
	gen_line(t, "serve %s zeropage on * skip until %s = *", u->name, p->forker.name);
	gen_wake_all(t, u);
}

static bool hears_of_forks(const struct gen_plan *p)
{
	unsigned int i;

	for (i = 0; i < p->nuffds; i++) {
		if (p->uffd[i].fork_event)
			return true;
	}
	return false;
}

/* Closing may find no memory to put mappings together again. */
void gen_keeper_end(struct gen_plan *p, struct gen_thread *t)
{
	GString *s = g_string_new("close ");

	if (p->protects)
		unprotect_all(t, t->keeps);
	serve_workers(p, t);
	if (p->forks && hears_of_forks(p))
		serve_fork(p, t, t->keeps);
	if (p->shared_reading)
		unregister_all(t, t->keeps);
	g_string_append_printf(s, "%s = *", t->keeps->name);
	gen_append_failure(p, s, GEN_CLOSE);
	gen_line(t, "%s", s->str);
	g_string_free(s, true);
}
