// SPDX-License-Identifier: GPL-2.0-only
/*
 * gen_calls.c - the lines of a generated race, and the swarm: which of them a seed uses
 *
 * What a line is about comes from gen_pick.c; lines that change mappings are in gen_memory.c.
 */
#include <string.h>

#include "tools/fuzz/gen_plan.h"

void gen_line(struct gen_thread *t, const char *format, ...)
{
	va_list args;

	g_string_append_printf(t->lines, "  %s: ", t->name);
	va_start(args, format);
	g_string_append_vprintf(t->lines, format, args);
	va_end(args);
	g_string_append_c(t->lines, '\n');
}

void gen_end_call(struct gen_plan *p, struct gen_thread *t, GString *call, enum gen_op op)
{
	g_string_append(call, " = *");
	gen_append_failure(p, call, op);
	gen_line(t, "%s", call->str);
	g_string_free(call, true);
}

/* ------------------------------------------------------------------- accesses */

static void append_place(struct gen_plan *p, GString *out, const struct gen_map *m,
			 unsigned int page)
{
	static const char *const places[] = { "+0x200", "+0xe00", "+0x1000" };
	unsigned int n = m->shift > 12 ? 3 : 2;

	gen_append_pages(out, m, page, page + 1);
	if (gen_chance(p, 25))
		g_string_append(out, places[gen_below(p, n)]);
}

static void access_page(struct gen_plan *p, struct gen_thread *t, const struct gen_map *m,
			unsigned int page, enum gen_op op)
{
	bool stores = op == GEN_STORE || (op != GEN_LOAD && gen_chance(p, 50));
	GString *s = g_string_new(op == GEN_UACCESS ? "uaccess " : stores ? "store " : "load ");

	append_place(p, s, m, page);
	if (stores)
		g_string_append_printf(s, " 0x%x", ++p->values);
	gen_end_call(p, t, s, op);
}

/* A keeper never touches what may be registered. */
static void call_access(struct gen_plan *p, struct gen_thread *t, enum gen_op op)
{
	unsigned int page;
	const struct gen_map *m = gen_pick_target(p, &page);

	if (!t->keeps)
		access_page(p, t, m, page, op);
}

/* The page of the file that the hot target shows at its hot page, mostly. */
static void call_alias(struct gen_plan *p, struct gen_thread *t, enum gen_op op)
{
	const struct gen_map *m = gen_pick_map(p, gen_chance(p, 75) ? GEN_VIEW : GEN_SOURCE);
	const struct gen_map *hot = p->target[p->hot_target];
	unsigned int page;

	if (!m)
		return;
	page = hot->first + p->hot_page - m->first;
	if (m->file != hot->file || page >= m->pages || gen_chance(p, 30))
		page = gen_below(p, m->pages);
	access_page(p, t, m, page, op);
}

/* ----------------------------------------------------------------- fill calls */

static void append_source(struct gen_plan *p, GString *out, const struct gen_map *src,
			  unsigned int n)
{
	unsigned int from = gen_below(p, src->pages - n + 1);

	g_string_append_c(out, ' ');
	gen_append_pages(out, src, from, from + n);
}

const char *gen_op_name(enum gen_op op)
{
	static const char *const words[GEN_OPS] = {
		[GEN_COPY] = "copy", [GEN_ZEROPAGE] = "zeropage", [GEN_CONTINUE] = "continue"
	};

	return words[op];
}

/* Returns false when there is no source of that size. */
static bool append_fill(struct gen_plan *p, const struct gen_thread *t, GString *out,
			enum gen_op op, const struct gen_uffd *u, const struct gen_map *m,
			unsigned int page)
{
	const struct gen_map *src = NULL;
	unsigned int from, to;

	gen_pick_range(p, m, page, &from, &to);
	if (op == GEN_COPY) {
		src = gen_source(p, t, u, m->shift, to - from);
		if (!src) {
			from = page;
			to = page + 1;
			src = gen_source(p, t, u, m->shift, 1);
		}
		if (!src)
			return false;
	}
	g_string_append_printf(out, "%s %s ", gen_op_name(op), u->name);
	gen_append_pages(out, m, from, to);
	if (src)
		append_source(p, out, src, to - from);
	return true;
}

static enum gen_op other_fill(enum gen_op op, const struct gen_uffd *u, const struct gen_map *m)
{
	bool minor = m->file && u->modes != GEN_MISSING;
	bool missing = u->modes != GEN_MINOR;

	if (op == GEN_CONTINUE)
		return minor ? op : GEN_COPY;
	if (minor && !missing)
		return GEN_CONTINUE;
	return m->huge ? GEN_COPY : op;
}

/* What fills nothing in that memory is asked for, but not often. */
static enum gen_op suitable(struct gen_plan *p, enum gen_op op, const struct gen_uffd *u,
			    const struct gen_map *m)
{
	if (p->gen->mode || gen_chance(p, 12))
		return op;
	return other_fill(op, u, m);
}

/* What the kernel must refuse, or can do in part only. */
static void odd_fill(struct gen_plan *p, struct gen_thread *t, enum gen_op op,
		     const struct gen_uffd *u, const struct gen_map *m, unsigned int page)
{
	static const struct {
		const char *dst, *src, *rest;
	} odd[] = {
		{ "", "", " 0x10" },
		{ "", "", " len=0" },
		{ "", "", " len=0x800" },
		{ "", "", " len=0x7000" },
		{ "", "", " len=0xfffffffffffff000" },
		{ "+0x8", "", " len=1p" },
		{ "", "+0x8", " len=1p" },
		{ "+0x800000000000", "", " len=1p" },
		{ "", "+0x800000000000", " len=1p" },
	};
	const struct gen_map *src = op == GEN_COPY ? gen_source(p, t, u, m->shift, 1) : NULL;
	unsigned int i = gen_below(p, G_N_ELEMENTS(odd));
	GString *s = g_string_new(NULL);

	g_string_append_printf(s, "%s %s %s[%u]%s", gen_op_name(op), u->name, m->name, page,
			       odd[i].dst);
	if (src)
		g_string_append_printf(s, " %s[0]%s", src->name, odd[i].src);
	g_string_append(s, odd[i].rest);
	if (op != GEN_COPY || src)
		gen_line(t, "%s = *", s->str);
	g_string_free(s, true);
}

static void call_fill(struct gen_plan *p, struct gen_thread *t, enum gen_op op)
{
	unsigned int page;
	const struct gen_map *m = gen_pick_to_fill(p, op, &page);
	const struct gen_uffd *u = gen_pick_owner(p, m);
	bool dontwake = p->dontwake && gen_chance(p, 30);
	GString *s = g_string_new(NULL);

	op = suitable(p, op, u, m);
	if (gen_chance(p, 4)) {
		odd_fill(p, t, op, u, m, page);
		g_string_free(s, true);
		return;
	}
	if (!append_fill(p, t, s, op, u, m, page)) {
		g_string_free(s, true);
		return;
	}
	if (dontwake)
		g_string_append(s, " DONTWAKE");
	gen_end_call(p, t, s, op);
	if (dontwake)
		gen_wake_all(t, u);
}

void gen_fill(struct gen_plan *p, GString *out, const struct gen_uffd *u, const struct gen_map *m)
{
	g_string_append(out, "  ");
	append_fill(p, NULL, out, GEN_COPY, u, m, gen_below(p, m->pages));
	g_string_append(out, " = *\n");
}

/* ----------------------------------------------------------- userfaultfd calls */

static const char *pick_modes(struct gen_plan *p, const struct gen_uffd *u)
{
	static const char *const words[] = { "MISSING", "MINOR", "MISSING|MINOR" };
	unsigned int weights[3], i;

	for (i = 0; i < 3; i++)
		weights[i] = u->modes >> i & 1;
	return words[gen_weighted(p, weights, 3)];
}

/* Anonymous memory knows no minor faults: to ask for them is refused. */
void gen_register(struct gen_plan *p, GString *out, const struct gen_uffd *u,
		  const struct gen_map *m, bool whole)
{
	const char *modes = pick_modes(p, u);
	bool minor = m->file && (m->huge || !p->minor_v1);
	unsigned int from = 0, to = m->pages;

	if (!whole)
		gen_pick_range(p, m, gen_below(p, m->pages), &from, &to);
	if (!minor && gen_chance(p, 95))
		modes = "MISSING";
	g_string_append_printf(out, "%sregister %s ", out->len ? "  " : "", u->name);
	gen_append_pages(out, m, from, to);
	g_string_append_printf(out, " %s%s = *%s", modes, p->protects ? "|WP" : "",
			       out == p->setup ? "\n" : "");
}

static void call_register(struct gen_plan *p, struct gen_thread *t, enum gen_op op)
{
	unsigned int page;
	const struct gen_map *m = gen_pick_target(p, &page);
	GString *s = g_string_new(NULL);
	const struct gen_uffd *owner;
	bool whole;

	/* One draw a statement: the order of those in one is the compiler's, and tokens travel. */
	whole = gen_chance(p, 60);
	owner = gen_pick_owner(p, m);
	gen_register(p, s, owner, m, whole);
	gen_append_failure(p, s, op);
	gen_line(t, "%s", s->str);
	g_string_free(s, true);
}

static void call_range(struct gen_plan *p, struct gen_thread *t, enum gen_op op)
{
	static const char *const words[GEN_OPS] = { [GEN_WAKE] = "wake ",
						    [GEN_UNREGISTER] = "unregister ",
						    [GEN_PROTECT] = "writeprotect " };
	unsigned int page, from, to;
	const struct gen_map *m = gen_pick_target(p, &page);
	GString *s = g_string_new(words[op]);

	gen_pick_range(p, m, page, &from, &to);
	g_string_append_printf(s, "%s ", gen_pick_owner(p, m)->name);
	gen_append_pages(s, m, from, to);
	if (op == GEN_PROTECT && gen_chance(p, 50))
		g_string_append(s, " WP");
	gen_end_call(p, t, s, op);
}

/* Whoever has a message answers it, and wakes whatever came of the answer. */
static void call_read(struct gen_plan *p, struct gen_thread *t, enum gen_op op)
{
	unsigned int page;
	const struct gen_map *m = gen_pick_to_fill(p, GEN_COPY, &page);
	const struct gen_uffd *u = gen_pick_owner(p, m);
	GString *s = g_string_new("read ");

	g_string_append(s, u->name);
	gen_end_call(p, t, s, op);
	s = g_string_new(NULL);
	if (gen_chance(p, 70) && append_fill(p, NULL, s, GEN_COPY, u, m, page))
		gen_line(t, "%s = *", s->str);
	g_string_free(s, true);
	gen_wake_all(t, u);
}

static void call_uffd(struct gen_plan *p, struct gen_thread *t, enum gen_op op)
{
	const struct gen_uffd *u = &p->uffd[gen_below(p, p->nuffds)];

	GString *s = g_string_new(op == GEN_POLL ? "poll " : "close ");

	g_string_append(s, u->name);
	gen_end_call(p, t, s, op);
}

/* ------------------------------------------------------------- threads' calls */

/* Only for workers before this one, so that nobody waits in a circle. */
static void call_serve(struct gen_plan *p, struct gen_thread *t, enum gen_op op G_GNUC_UNUSED)
{
	unsigned int until, uffd;

	if (t->keeps || !t->index)
		return;
	until = gen_below(p, t->index);
	uffd = gen_below(p, p->nuffds);
	gen_serve(p, t, &p->uffd[uffd], &p->thread[until]);
}

static void call_exit(struct gen_plan *p, struct gen_thread *t, enum gen_op op G_GNUC_UNUSED)
{
	if (p->exits)
		return;
	p->exits = true;
	t->exits = true;
}

static const char *pick_any_thread(struct gen_plan *p)
{
	unsigned int i = gen_below(p, p->nthreads + (p->forks ? 2 : 0));

	if (i < p->nthreads)
		return p->thread[i].name;
	return i == p->nthreads ? p->forker.name : p->child.name;
}

/* Any thread, this one too.  One end of the process is enough. */
static void call_signal(struct gen_plan *p, struct gen_thread *t, enum gen_op op)
{
	static const char *const handled[] = { "SIGUSR1", "SIGUSR1", "SIGUSR2", "SIGALRM",
					       "SIGCHLD" };
	static const char *const deadly[] = { "SIGKILL", "SIGKILL", "SIGTERM", "SIGILL" };
	const char *to = pick_any_thread(p);
	GString *s = g_string_new("signal ");
	bool kills = !p->exits && gen_chance(p, 15);

	p->exits |= kills;
	g_string_append_printf(s, "%s %s", to, kills ? GEN_PICK(p, deadly) : GEN_PICK(p, handled));
	gen_end_call(p, t, s, op);
}

/* ---------------------------------------------------------------------- forks */

/* May the child's thread touch it without falling asleep? */
static bool is_the_childs(const struct gen_plan *p, const struct gen_map *m)
{
	unsigned int i;

	for (i = 0; i < p->nuffds; i++) {
		if (p->uffd[i].fork_event && m->owners >> i & 1)
			return false;
	}
	return true;
}

static void child_lines(struct gen_plan *p, struct gen_thread *t)
{
	unsigned int i, page, n = gen_below(p, 4);
	enum gen_op op;

	for (i = 0; i < n; i++) {
		const struct gen_map *m = &p->map[gen_below(p, p->nmaps)];

		gen_part(p);
		if (!is_the_childs(p, m))
			continue;
		/* 6.1 leaves protection in the child that nobody can take away: see
		 * print_tolerated. */
		op = p->protects || gen_chance(p, 40) ? GEN_LOAD : GEN_STORE;
		page = gen_below(p, m->pages);
		access_page(p, t, m, page, op);
	}
	gen_line(t, "exit");
}

void gen_fork(struct gen_plan *p)
{
	GString *s;

	if (!p->forks)
		return;
	p->forker.lines = g_string_new(NULL);
	p->child.lines = g_string_new(NULL);
	gen_part(p);
	s = g_string_new("fork child");
	gen_end_call(p, &p->forker, s, GEN_FORK);
	gen_part(p);
	child_lines(p, &p->child);
}

/* The forking thread is one by itself. */
static void call_nothing(struct gen_plan *p G_GNUC_UNUSED, struct gen_thread *t G_GNUC_UNUSED,
			 enum gen_op op G_GNUC_UNUSED)
{
}

/* ---------------------------------------------------------------------- swarm */

/* How often an operation is asked for when a seed uses it, and in how many seeds it is. */
static const struct {
	unsigned int weight, percent;
	void (*call)(struct gen_plan *p, struct gen_thread *t, enum gen_op op);
} ops[GEN_OPS] = {
	[GEN_LOAD] = { 16, 95, call_access },	   [GEN_STORE] = { 16, 80, call_access },
	[GEN_UACCESS] = { 8, 30, call_access },	   [GEN_ALIAS] = { 12, 60, call_alias },
	[GEN_COPY] = { 24, 90, call_fill },	   [GEN_ZEROPAGE] = { 12, 40, call_fill },
	[GEN_CONTINUE] = { 20, 55, call_fill },	   [GEN_WAKE] = { 4, 30, call_range },
	[GEN_REGISTER] = { 6, 35, call_register }, [GEN_UNREGISTER] = { 6, 30, call_range },
	[GEN_DONTNEED] = { 10, 55, gen_madvise },  [GEN_REMOVE] = { 6, 30, gen_madvise },
	[GEN_PUNCH] = { 10, 45, gen_hole },	   [GEN_TRUNCATE] = { 8, 25, gen_truncate },
	[GEN_FALLOCATE] = { 5, 25, gen_hole },	   [GEN_MUNMAP] = { 5, 25, gen_munmap },
	[GEN_REMAP] = { 8, 30, gen_remap },	   [GEN_CLOSE] = { 5, 9, call_uffd },
	[GEN_PROTECT] = { 16, 20, call_range },	   [GEN_READ] = { 6, 30, call_read },
	[GEN_POLL] = { 3, 10, call_uffd },	   [GEN_SERVE] = { 8, 20, call_serve },
	[GEN_EXIT] = { 4, 5, call_exit },	   [GEN_FORK] = { 1, 12, call_nothing },
	[GEN_MPROTECT] = { 8, 25, gen_mprotect },  [GEN_MREMAP] = { 8, 25, gen_mremap },
	[GEN_POPULATE] = { 8, 20, gen_populate },  [GEN_ADVICE] = { 5, 20, gen_advice },
	[GEN_SIGNAL] = { 6, 15, call_signal },	   [GEN_RESIZE] = { 6, 12, gen_resize },
};

/* The operations that can be asked for by name; the others are what they meet. */
static const struct {
	const char *name;
	enum gen_op op;
} modes[] = {
	{ "copy", GEN_COPY },
	{ "zeropage", GEN_ZEROPAGE },
	{ "continue", GEN_CONTINUE },
	{ "writeprotect", GEN_PROTECT },
	{ "wake", GEN_WAKE },
	{ "register", GEN_REGISTER },
	{ "unregister", GEN_UNREGISTER },
	{ "punch", GEN_PUNCH },
	{ "truncate", GEN_TRUNCATE },
	{ "munmap", GEN_MUNMAP },
	{ "close", GEN_CLOSE },
	{ "signal", GEN_SIGNAL },
	{ "fork", GEN_FORK },
	{ "mprotect", GEN_MPROTECT },
	{ "mremap", GEN_MREMAP },
	{ "populate", GEN_POPULATE },
	{ "hugepages", GEN_RESIZE },
};

static bool apply_mode(struct gen_plan *p)
{
	unsigned int i;

	if (!p->gen->mode)
		return true;
	for (i = 0; i < G_N_ELEMENTS(modes); i++) {
		if (!strcmp(modes[i].name, p->gen->mode))
			break;
	}
	if (i == G_N_ELEMENTS(modes))
		return false;
	if (modes[i].op == GEN_ZEROPAGE || modes[i].op == GEN_CONTINUE)
		p->weight[GEN_COPY] /= 4;
	p->weight[modes[i].op] = 60;
	return true;
}

/*
 * With the file of a userfaultfd in the hands of others, only its keeper may close it.  And
 * even then one of them may just have read a message that it can no longer answer, while
 * another one's poll() keeps the sleeper from being released: so the keeper unregisters all
 * that there is before it closes, and nobody may register it again.
 */
static void settle_closing(struct gen_plan *p)
{
	if (p->weight[GEN_FORK])
		p->weight[GEN_CLOSE] = 0;
	p->early_close = p->weight[GEN_CLOSE] != 0;
	if (p->early_close || (p->weight[GEN_REGISTER] && gen_chance(p, 50)))
		p->weight[GEN_READ] = p->weight[GEN_SERVE] = 0;
	p->shared_reading = p->weight[GEN_READ] || p->weight[GEN_SERVE];
	if (p->shared_reading)
		p->weight[GEN_REGISTER] = 0;
	p->dontwake = !p->early_close && gen_chance(p, 40);
}

static void settle_protection(struct gen_plan *p)
{
	if (p->minor_v1)
		p->weight[GEN_PROTECT] = p->weight[GEN_FORK] = 0;
	p->forks = p->weight[GEN_FORK] != 0;
	p->weight[GEN_FORK] = 0;
	p->protects = p->weight[GEN_PROTECT] != 0;
}

/* Operations that defects of 6.1 are known for are used where those cannot show, mostly. */
static void settle_defects(struct gen_plan *p)
{
	if (p->weight[GEN_UNREGISTER] || p->shared_reading)
		p->minor_unregister = gen_chance(p, 12);
	if (p->weight[GEN_TRUNCATE]) {
		p->bare_truncate = gen_chance(p, 15);
		p->huge_truncate = gen_chance(p, 15);
	}
	p->slab_fails = gen_chance(p, 12);
	if (p->weight[GEN_RESIZE])
		p->shrinks = gen_chance(p, 50);
}

bool gen_swarm(struct gen_plan *p)
{
	static const unsigned int factors[] = { 1, 1, 2, 4 };
	static const unsigned int fails[] = { 0, 0, 15, 40 };
	unsigned int i;

	for (i = 0; i < GEN_OPS; i++) {
		if (gen_chance(p, ops[i].percent))
			p->weight[i] = ops[i].weight * GEN_PICK(p, factors);
	}
	if (!apply_mode(p))
		return false;
	p->fails = GEN_PICK(p, fails);
	settle_closing(p);
	settle_protection(p);
	settle_defects(p);
	return true;
}

static bool is_access(enum gen_op op)
{
	return op == GEN_LOAD || op == GEN_STORE || op == GEN_UACCESS;
}

/* A thread that faults, one that does not, or one that does everything. */
static void choose_weights(const struct gen_plan *p, const struct gen_thread *t,
			   unsigned int *weight)
{
	unsigned int i;

	for (i = 0; i < GEN_OPS; i++) {
		weight[i] = p->weight[i] * 8;
		if (t->role == GEN_FAULTS && !is_access(i))
			weight[i] /= 8;
		if (t->role == GEN_HANDLES && is_access(i))
			weight[i] /= 8;
	}
	/* Where nothing else fits, there are loads. */
	weight[GEN_LOAD]++;
}

void gen_call(struct gen_plan *p, struct gen_thread *t)
{
	unsigned int weight[GEN_OPS];
	enum gen_op op;

	choose_weights(p, t, weight);
	op = gen_weighted(p, weight, GEN_OPS);
	ops[op].call(p, t, op);
}
