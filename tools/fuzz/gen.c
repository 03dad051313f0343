// SPDX-License-Identifier: GPL-2.0-only
/* gen.c - a seed makes a whole scenario: its parts in order, and its text */
#include <string.h>

#include "model/model.h"
#include "tools/fuzz/gen_plan.h"
#include "tools/lang/lang.h"
#include "tools/words.h"

/* Modes and seeds must not share their scenarios. */
static uint64_t first_state(const struct fuzz_gen *g)
{
	uint64_t state = g->seed ^ 0x6a09e667f3bcc908ull * FUZZ_GENERATOR_VERSION;
	const char *c;

	for (c = g->mode ? g->mode : ""; *c; c++)
		state = (state ^ *c) * 0x100000001b3ull;
	return state;
}

static void make_threads(struct gen_plan *p)
{
	static const char *const workers[GEN_WORKERS] = { "a", "b", "c" };
	static const char *const keepers[GEN_UFFDS] = { "h", "k" };
	static const unsigned int sizes[] = { 25, 50, 25 }, roles[] = { 30, 35, 35 };
	unsigned int i;

	g_strlcpy(p->forker.name, "f", sizeof(p->forker.name));
	g_strlcpy(p->child.name, "x", sizeof(p->child.name));
	p->nworkers = 1 + gen_weighted(p, sizes, GEN_WORKERS);
	p->nthreads = p->nworkers + p->nuffds;
	for (i = 0; i < p->nthreads; i++) {
		struct gen_thread *t = &p->thread[i];
		bool worker = i < p->nworkers;

		g_strlcpy(t->name, worker ? workers[i] : keepers[i - p->nworkers], sizeof(t->name));
		t->index = i;
		t->keeps = worker ? NULL : &p->uffd[i - p->nworkers];
		t->role = worker ? gen_weighted(p, roles, 3) : GEN_HANDLES;
		t->lines = g_string_new(NULL);
	}
}

static bool uses(const struct gen_plan *p, bool huge)
{
	unsigned int i;

	for (i = 0; i < p->nfiles; i++) {
		if (p->file[i].huge == huge)
			return true;
	}
	return false;
}

/* What this scenario has no memory for, or nothing that brings it out, is not tolerated. */
static void forget_defects(struct gen_plan *p)
{
	if (!uses(p, true)) {
		p->huge_truncate = false;
		p->slab_fails = false;
	}
	if (!uses(p, false))
		p->bare_truncate = false;
	if (!p->fails)
		p->slab_fails = false;
}

static void make_race(struct gen_plan *p)
{
	unsigned int i, k, n;

	for (i = 0; i < p->nthreads; i++) {
		struct gen_thread *t = &p->thread[i];

		gen_part(p);
		n = t->keeps ? gen_below(p, 3) : gen_between(p, 1, 3);
		for (k = 0; k < n || (!t->keeps && !t->lines->len); k++) {
			gen_part(p);
			gen_call(p, t);
		}
		gen_part(p);
		if (t->keeps)
			gen_keeper_end(p, t);
		if (t->exits)
			gen_line(t, "exit");
	}
	gen_fork(p);
}

/* -------------------------------------------------------------------- text */

static void print_head(const struct gen_plan *p, GString *out)
{
	g_string_append_printf(out, "scenario \"fuzz: seed %lu%s%s\"\nkernel %s\n",
			       (unsigned long)p->gen->seed, p->gen->mode ? ", " : "",
			       p->gen->mode ? p->gen->mode : "", p->gen->kernel);
}

static bool uses_huge(const struct gen_plan *p)
{
	unsigned int i;

	for (i = 0; i < p->ntargets; i++) {
		if (p->target[i]->huge)
			return true;
	}
	return false;
}

/*
 * Faults on shmem read the entry without the lock of its page table.  Where entries are cleared
 * for a moment, to be protected or replaced by a private copy, such a fault may be reported.
 * Anonymous memory may be mapped anew as a file's.
 */
static bool may_be_spurious(const struct gen_plan *p)
{
	bool becomes_file = p->weight[GEN_REMAP] && uses(p, false);
	unsigned int i;

	for (i = 0; i < p->ntargets; i++) {
		const struct gen_map *m = p->target[i];

		if (m->huge || (!m->file && !m->shared && !becomes_file))
			continue;
		if (!m->shared || p->protects || p->weight[GEN_REMAP] || p->weight[GEN_MPROTECT] ||
		    p->weight[GEN_MREMAP])
			return true;
	}
	return false;
}

static const char *wrong_promises(const struct gen_plan *p)
{
	if (p->huge_truncate || p->slab_fails)
		return "RESV \"6.1: promises are wrong after truncate and without memory\"";
	if (p->shrinks)
		return "RESV \"6.1: surplus pages that are given back unused, and temporary ones, "
		       "are counted wrong\"";
	if (p->restores_promise && p->forks && uses_huge(p))
		return "RESV \"6.10: a page that a child is letting go is promised again before "
		       "it is free\"";
	return NULL;
}

static void print_tolerated(const struct gen_plan *p, GString *out)
{
	const char *resv = wrong_promises(p);
	const struct {
		bool is;
		const char *line;
	} all[] = {
		{ p->minor_unregister, "WAKE \"6.1 wakes at UNREGISTER only what is registered for "
				       "MISSING\"" },
		{ p->forks && p->protects && uses_huge(p),
		  "WP \"6.1: fork leaves the protection of private huge pages in the child\"" },
		{ p->protects && p->weight[GEN_MREMAP],
		  "WP \"6.1: mremap without its event unregisters what it joins as well\"" },
		{ may_be_spurious(p), "EVT \"6.1: a fault on shmem looks at its entry without the "
				      "lock\"" },
		{ p->huge_truncate || p->bare_truncate,
		  "SIZE \"6.1: truncate does not see a page that is not counted yet\"" },
		{ p->huge_cut && p->weight[GEN_FALLOCATE] && !p->huge_truncate && !p->bare_truncate,
		  "SIZE \"6.1: what fallocate leaves beyond the end when it fails can be "
		  "mapped\"" },
		{ resv, resv },
		{ p->huge_truncate || p->slab_fails,
		  "LEAK \"6.1: and so a promise is missing for ever\"" },
		{ p->slab_fails,
		  "BLK \"6.1: a hole for which region_del() has no memory is still counted\"" },
	};
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(all); i++) {
		if (all[i].is)
			g_string_append_printf(out, "tolerate %s\n", all[i].line);
	}
}

/* Once: the keepers can do with one failure, wherever it comes. */
static void print_inject(struct gen_plan *p, GString *out)
{
	static const char *const points[] = { "page_alloc",  "hugepage_alloc", "pt_alloc",
					      "charge",	     "acct",	       "slab_alloc",
					      "copy_atomic", "copy_atomic" };

	const char *point = GEN_PICK(p, points);

	if (p->fails && gen_chance(p, 25) && gen_may_fail(p, point))
		g_string_append_printf(out, "inject %s nth=%u\n", point, gen_between(p, 1, 10));
}

static void print_threads(const struct gen_plan *p, GString *out)
{
	unsigned int i;

	for (i = 0; i < p->nthreads; i++)
		g_string_append_printf(out, "%s%s", i ? ", " : "thread ", p->thread[i].name);
	if (p->forks)
		g_string_append_printf(out, ", %s\nthread %s in child", p->forker.name,
				       p->child.name);
	g_string_append_c(out, '\n');
}

static void print_race(const struct gen_plan *p, GString *out)
{
	unsigned int i;

	g_string_append(out, "\nrace\n");
	for (i = 0; i < p->nthreads; i++)
		g_string_append_len(out, p->thread[i].lines->str, p->thread[i].lines->len);
	if (!p->forks)
		return;
	g_string_append_len(out, p->forker.lines->str, p->forker.lines->len);
	g_string_append_len(out, p->child.lines->str, p->child.lines->len);
}

/* That every thread has finished need not be said. */
static void print_final(const struct gen_plan *p, GString *out)
{
	unsigned int i;

	g_string_append(out, "\nfinal\n");
	for (i = 0; i < p->nuffds; i++)
		g_string_append_printf(out, "  always refs(%s) == 0\n", p->uffd[i].name);
}

static char *canonical(GString *raw)
{
	struct diag *d = diag_new();
	char *text = lang_format(raw->str, raw->len, "generated", d);

	/* A text that the language does not know is the reader's to complain about. */
	if (!text)
		text = g_strdup(raw->str);
	diag_free(d);
	g_string_free(raw, true);
	return text;
}

static char *print(struct gen_plan *p)
{
	GString *out = g_string_sized_new(4096);

	print_head(p, out);
	print_tolerated(p, out);
	g_string_append_c(out, '\n');
	gen_print_world(p, out);
	if (p->forks)
		g_string_append(out, "process child\n");
	print_threads(p, out);
	print_inject(p, out);
	g_string_append(out, "\nsetup\n");
	g_string_append_len(out, p->setup->str, p->setup->len);
	print_race(p, out);
	print_final(p, out);
	return canonical(out);
}

static void clear(struct gen_plan *p)
{
	unsigned int i;

	for (i = 0; i < p->nthreads; i++)
		g_string_free(p->thread[i].lines, true);
	if (p->forker.lines) {
		g_string_free(p->forker.lines, true);
		g_string_free(p->child.lines, true);
	}
	g_string_free(p->setup, true);
}

static bool kernel_has(const struct fuzz_gen *g, const char *behaviour)
{
	const char *name = g->kernel, *end = strchr(name, ' ');
	char *first = end ? g_strndup(name, end - name) : g_strdup(name);
	const struct model_bug *b;
	bool has = has_word(name, behaviour);
	unsigned int i;

	for (i = 0; !has && (b = model_bug(i)); i++)
		has = !strcmp(b->name, behaviour) && b->kernels && has_word(b->kernels, first);
	g_free(first);
	return has;
}

char *fuzz_generate(const struct fuzz_gen *g)
{
	struct gen_plan p = {
		.gen = g,
		.parts = first_state(g),
		.minor_v1 = g_str_has_prefix(g->kernel, "minor-v1"),
		.full_is_eexist = kernel_has(g, "hugetlb_full_is_eexist"),
		.restores_promise = kernel_has(g, "hugetlb_unmap_restores_promise"),
		.setup = g_string_new(NULL),
	};
	char *text = NULL;

	gen_part(&p);
	if (gen_swarm(&p)) {
		gen_part(&p);
		gen_world(&p);
		gen_part(&p);
		make_threads(&p);
		make_race(&p);
		forget_defects(&p);
		text = print(&p);
	}
	clear(&p);
	return text;
}
