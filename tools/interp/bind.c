// SPDX-License-Identifier: GPL-2.0-only
/* bind.c - makes a program from the syntax tree: objects get places, calls get operands */
#include <string.h>

#include "tools/interp/prog.h"

/* Mappings stand from here on, each at a multiple of what its pages need, with gaps. */
#define FIRST_MAP 0x100000000ul
#define MAP_GAP (2ul << 20)

/* ---------------------------------------------------------------- look-ups */

struct prog_call *prog_call_of(struct prog *p, const struct lang_call *ast)
{
	while (ast->resumes)
		ast = ast->resumes;
	return &p->calls[ast->index];
}

struct prog_thread *prog_thread_of(struct prog *p, const struct lang_decl *decl)
{
	return &p->threads[decl->index];
}

struct prog_process *prog_process_of(struct prog *p, const struct lang_decl *decl)
{
	return &p->processes[decl ? decl->index + 1 : 0];
}

struct prog_map *prog_map_of(struct prog *p, const struct lang_decl *decl)
{
	return &p->maps[decl->index];
}

struct prog_fd *prog_file_of(struct prog *p, const struct lang_decl *decl)
{
	return &p->files[decl->index];
}

bool prog_uffd_is_late(const struct prog_fd *u)
{
	return u->decl->uffd.from_fork || u->decl->uffd.by_call;
}

struct prog_fd *prog_uffd_of(struct prog *p, const struct lang_decl *decl)
{
	return &p->uffds[decl->index];
}

struct prog_thread *prog_thread_by_tid(struct prog *p, unsigned int tid)
{
	unsigned int i;

	for (i = 0; i < p->nthreads; i++) {
		if (p->threads[i].tid == tid)
			return &p->threads[i];
	}
	return NULL;
}

const struct lang_section *prog_section(const struct prog *p, enum lang_section_kind kind)
{
	const GPtrArray *sections = p->scenario->sections;
	guint i;

	for (i = 0; i < sections->len; i++) {
		const struct lang_section *s = sections->pdata[i];

		if (s->kind == kind)
			return s;
	}
	return NULL;
}

static int kernel_age(const char *name)
{
	const struct model_kernel *k;
	unsigned int i;

	for (i = 0; (k = model_kernel(i)); i++) {
		if (!strcmp(k->name, name))
			return i;
	}
	return -1;
}

bool prog_when_applies(const struct prog *p, const struct lang_when *when)
{
	if (when->lt && kernel_age(p->kernel) >= kernel_age(when->lt))
		return false;
	return !when->ge || kernel_age(p->kernel) >= kernel_age(when->ge);
}

bool prog_call_applies(const struct prog *p, const struct lang_call *ast)
{
	const struct lang_prop *lt = lang_call_prop(ast, LANG_PROP_KERNEL_LT);
	const struct lang_prop *ge = lang_call_prop(ast, LANG_PROP_KERNEL_GE);
	const struct lang_when when = { lt ? lt->name : NULL, ge ? ge->name : NULL };

	if (ast->resumes && !prog_call_applies(p, ast->resumes))
		return false;
	return prog_when_applies(p, &when);
}

static void collect_expects(struct prog *p)
{
	const GPtrArray *all = p->scenario->expects;
	guint i;

	p->expects = g_ptr_array_new();
	for (i = 0; i < all->len; i++) {
		struct lang_expect *e = all->pdata[i];

		if (prog_when_applies(p, &e->when))
			g_ptr_array_add(p->expects, e);
	}
}

/* --------------------------------------------------------------- addresses */

unsigned long prog_addr(struct prog *p, const struct lang_addr *a)
{
	unsigned long base = 0;

	if (a->decl->kind == LANG_DECL_MAP)
		base = prog_map_of(p, a->decl)->addr;
	return base + (a->first << lang_page_shift(a->decl)) + a->offset;
}

unsigned long prog_addr_len(const struct lang_addr *a)
{
	return a->count << lang_page_shift(a->decl);
}

static unsigned long round_up(unsigned long n, unsigned int shift)
{
	unsigned long mask = (1ul << shift) - 1;

	return (n + mask) & ~mask;
}

/* `mmap M` may make more of a mapping than was declared. */
static void widen_room(struct prog *p, const struct lang_call *ast)
{
	const struct lang_arg *map = lang_call_arg(ast, LANG_ROLE_MAP);
	const struct lang_arg *as = lang_call_arg(ast, LANG_ROLE_AS);
	unsigned long bytes;

	if (!map || !as)
		return;
	bytes = as->map->pages << as->map->shift;
	prog_map_of(p, map->decl)->room = MAX(prog_map_of(p, map->decl)->room, bytes);
}

/*
 * Mappings of a file share page tables where they lie alike within a GiB; a real kernel would
 * choose no such address by itself.
 */
static unsigned int alignment(const struct prog_map *m)
{
	bool tables = m->decl->map.file && m->decl->map.mem == LANG_MEM_HUGETLB;

	return tables && m->room >= 1ul << 30 ? 30 : MAX(m->decl->map.shift, 21);
}

static void place_maps(struct prog *p)
{
	unsigned long at = FIRST_MAP;
	unsigned int i;

	for (i = 0; i < p->nmaps; i++) {
		struct prog_map *m = &p->maps[i];

		at = round_up(at, alignment(m));
		m->addr = at;
		at += round_up(m->room, 12) + MAP_GAP;
	}
}

/* ------------------------------------------------------------ declarations */

static void bind_processes(struct prog *p)
{
	unsigned int i;

	p->nprocesses = p->scenario->processes->len + 1;
	p->processes = g_new0(struct prog_process, p->nprocesses);
	p->processes[0].name = "main";
	for (i = 1; i < p->nprocesses; i++) {
		p->processes[i].decl = p->scenario->processes->pdata[i - 1];
		p->processes[i].name = p->processes[i].decl->name;
	}
}

/* Each process needs a thread for the set-up: its first, or one more. */
static void bind_threads(struct prog *p)
{
	unsigned int declared = p->scenario->threads->len, i;

	p->threads = g_new0(struct prog_thread, declared + p->nprocesses);
	p->nthreads = declared;
	for (i = 0; i < declared; i++) {
		struct prog_thread *t = &p->threads[i];

		t->decl = p->scenario->threads->pdata[i];
		t->name = t->decl->name;
		t->process = prog_process_of(p, t->decl->thread.process);
		t->race = g_ptr_array_new();
		if (!t->process->first)
			t->process->first = t;
	}
	for (i = 0; i < p->nprocesses; i++) {
		struct prog_thread *t = &p->threads[p->nthreads];

		if (p->processes[i].first)
			continue;
		*t = (struct prog_thread){ .name = p->processes[i].name,
					   .process = &p->processes[i],
					   .race = g_ptr_array_new() };
		p->processes[i].first = t;
		p->nthreads++;
	}
	for (i = 0; i < p->nthreads; i++)
		p->threads[i].tid = i;
}

static void bind_maps(struct prog *p)
{
	unsigned int i;

	p->nmaps = p->scenario->maps->len;
	p->maps = g_new0(struct prog_map, p->nmaps + 1);
	for (i = 0; i < p->nmaps; i++) {
		const struct lang_decl *d = p->scenario->maps->pdata[i];

		p->maps[i].decl = d;
		p->maps[i].process = prog_process_of(p, d->map.process);
		p->maps[i].room = d->map.pages << d->map.shift;
	}
}

static struct prog_fd *bind_fds(const GPtrArray *decls, unsigned int *n)
{
	struct prog_fd *fds = g_new0(struct prog_fd, decls->len + 1);
	unsigned int i, k;

	*n = decls->len;
	for (i = 0; i < decls->len; i++) {
		fds[i].decl = decls->pdata[i];
		fds[i].used[0] = fds[i].decl->kind != LANG_DECL_UFFD || !fds[i].decl->uffd.process;
		for (k = 0; k < PROG_MAX_PROCESSES; k++)
			fds[i].fd[k] = -1;
	}
	return fds;
}

static void use_file(struct prog *p, const struct lang_map *map, const struct prog_process *in)
{
	if (map->file)
		prog_file_of(p, map->file)->used[in - p->processes] = true;
}

static void bind_machine(struct prog *p)
{
	const GPtrArray *items = p->scenario->machine;
	guint i;

	p->machine = (struct model_machine){ .pages = 1024, .unprivileged_userfaultfd = 0 };
	for (i = 0; i < items->len; i++) {
		const struct lang_item *item = items->pdata[i];

		switch (item->kind) {
		case LANG_ITEM_HUGEPAGES:
			if (item->size == 1ul << 30)
				p->machine.huge_1g = item->value;
			else
				p->machine.huge_2m = item->value;
			break;
		case LANG_ITEM_OVERCOMMIT:
			p->machine.overcommit_2m = item->value;
			break;
		case LANG_ITEM_PAGES:
			p->machine.pages = item->value;
			break;
		case LANG_ITEM_SHMEM_BLOCKS:
			p->machine.shmem_blocks = item->value;
			break;
		case LANG_ITEM_FAULT_MUTEXES:
			p->machine.fault_mutexes = item->value;
			break;
		case LANG_ITEM_UNPRIVILEGED_USERFAULTFD:
			p->machine.unprivileged_userfaultfd = item->value;
			break;
		}
	}
}

/* ------------------------------------------------------------------- calls */

/* Set-up lines name no thread: the process of what they touch does them. */
static struct prog_thread *setup_thread(struct prog *p, const struct lang_call *ast)
{
	const struct lang_arg *addr = lang_call_arg(ast, LANG_ROLE_ADDR);
	const struct lang_arg *map = lang_call_arg(ast, LANG_ROLE_MAP);

	if (lang_call_arg(ast, LANG_ROLE_UFFD))
		return p->processes[0].first;
	if (map)
		return prog_map_of(p, map->decl)->process->first;
	if (addr && addr->addr.decl->kind == LANG_DECL_MAP)
		return prog_map_of(p, addr->addr.decl)->process->first;
	return p->processes[0].first;
}

static struct prog_fd *fd_of_decl(struct prog *p, const struct lang_decl *d)
{
	return d->kind == LANG_DECL_FILE ? prog_file_of(p, d) : prog_uffd_of(p, d);
}

static void bind_fd(struct prog *p, struct prog_call *c, const struct lang_decl *d)
{
	struct prog_fd *fd = fd_of_decl(p, d);

	fd->used[c->thread->process - p->processes] = true;
	c->fd = fd;
}

static void bind_serve(struct prog *p, struct prog_call *c, const struct lang_arg *arg)
{
	const struct lang_serve *serve = arg->serve;

	bind_fd(p, c, arg->decl);
	c->until = prog_thread_of(p, serve->until);
	if (serve->op != LANG_OP_copy)
		return;
	c->src_map = prog_map_of(p, serve->src.decl);
	c->src = prog_addr(p, &serve->src);
	c->len = prog_addr_len(&serve->src);
}

static void bind_arg(struct prog *p, struct prog_call *c, const struct lang_arg *arg)
{
	switch (arg->role) {
	case LANG_ROLE_UFFD:
	case LANG_ROLE_FILE:
		bind_fd(p, c, arg->decl);
		break;
	case LANG_ROLE_ADDR:
		c->addr = prog_addr(p, &arg->addr);
		c->len = prog_addr_len(&arg->addr);
		break;
	case LANG_ROLE_PAGES:
		bind_fd(p, c, arg->addr.decl);
		c->addr = prog_addr(p, &arg->addr);
		c->len = prog_addr_len(&arg->addr);
		break;
	case LANG_ROLE_SRC:
		c->src = prog_addr(p, &arg->addr);
		break;
	case LANG_ROLE_FLAGS:
		c->flags = arg->value;
		break;
	case LANG_ROLE_HUGE:
		c->len = arg->value;
		break;
	case LANG_ROLE_VALUE:
	case LANG_ROLE_SIZE:
	case LANG_ROLE_BYTES:
		c->value = arg->value;
		break;
	case LANG_ROLE_MAP:
		c->map = prog_map_of(p, arg->decl);
		c->as = &arg->decl->map;
		break;
	case LANG_ROLE_THREAD:
		c->to = prog_thread_of(p, arg->decl);
		break;
	case LANG_ROLE_SERVE:
		bind_serve(p, c, arg);
		break;
	case LANG_ROLE_PROCESS:
		c->process = prog_process_of(p, arg->decl);
		c->process->forked = true;
		p->births = true;
		break;
	default:
		break;
	}
}

/* read u = FORK {ufd=NAME}: the descriptor that comes with the nth message. */
static void bind_ufd(struct prog *p, struct prog_call *c, guint nth, const GPtrArray *fields)
{
	guint i;

	if (nth >= PROG_MAX_UFDS)
		return;
	for (i = 0; i < fields->len; i++) {
		const struct lang_field *f = fields->pdata[i];

		if (f->kind == LANG_FIELD_UFD && f->decl)
			c->ufds[nth] = prog_uffd_of(p, f->decl);
	}
}

static void bind_results(struct prog *p, const struct lang_call *ast)
{
	struct prog_call *c = prog_call_of(p, ast);
	guint i, k;

	for (i = 0; i < ast->results->len; i++) {
		const struct lang_result *r = ast->results->pdata[i];

		for (k = 0; r->messages && k < r->messages->len; k++) {
			const struct lang_message *m = r->messages->pdata[k];

			bind_ufd(p, c, k, m->fields);
		}
	}
}

static void bind_call(struct prog *p, const struct lang_call *ast)
{
	struct prog_call *c = &p->calls[ast->index];
	const struct lang_prop *after = lang_call_prop(ast, LANG_PROP_AFTER);
	const struct lang_arg *arg;
	guint i;

	if (ast->resumes)
		return;
	c->ast = ast;
	c->run = op_run(ast->op);
	p->births |= ast->op == LANG_OP_userfaultfd;
	p->machine.resizes |= ast->op == LANG_OP_hugepages || ast->op == LANG_OP_overcommit;
	c->thread = ast->thread ? prog_thread_of(p, ast->thread) : setup_thread(p, ast);
	for (i = 0; i < ast->args->len; i++)
		bind_arg(p, c, ast->args->pdata[i]);
	arg = lang_call_arg(ast, LANG_ROLE_LEN);
	if (arg)
		c->len = arg->value;
	arg = lang_call_arg(ast, LANG_ROLE_AS);
	if (arg)
		c->as = arg->map;
	if (c->as)
		use_file(p, c->as, c->thread->process);
	if (after)
		c->after = prog_call_of(p, after->call);
}

static void for_each_call(struct prog *p, void (*fn)(struct prog *p, const struct lang_call *ast))
{
	const GPtrArray *sections = p->scenario->sections;
	guint i, k;

	for (i = 0; i < sections->len; i++) {
		const struct lang_section *s = sections->pdata[i];

		for (k = 0; k < s->lines->len; k++) {
			const struct lang_line *line = s->lines->pdata[k];

			if (line->call)
				fn(p, line->call);
		}
	}
}

static void count_call(struct prog *p, const struct lang_call *ast)
{
	p->ncalls = MAX(p->ncalls, ast->index + 1);
}

static void mark_raced(struct prog_call *c)
{
	unsigned int i;

	if (c->process)
		c->process->raced = true;
	if (c->run == op_run(LANG_OP_userfaultfd))
		c->fd->raced = true;
	for (i = 0; i < PROG_MAX_UFDS; i++) {
		if (c->ufds[i])
			c->ufds[i]->raced = true;
	}
}

static void collect_race(struct prog *p)
{
	const struct lang_section *race = prog_section(p, LANG_RACE);
	guint i;

	for (i = 0; race && i < race->lines->len; i++) {
		const struct lang_line *line = race->lines->pdata[i];
		struct prog_call *c = prog_call_of(p, line->call);

		if (prog_call_applies(p, line->call))
			g_ptr_array_add(c->thread->race, c);
		mark_raced(c);
	}
}

/* ------------------------------------------------------------- expressions */

static bool asks_for_counts(const struct lang_expr *e)
{
	if (!e)
		return false;
	if (e->kind == LANG_EXPR_ALLOCS || e->kind == LANG_EXPR_RETRIES)
		return true;
	return asks_for_counts(e->lhs) || asks_for_counts(e->rhs);
}

static bool scenario_counts(const struct scenario *s)
{
	guint i, k;

	for (i = 0; i < s->sections->len; i++) {
		const struct lang_section *section = s->sections->pdata[i];

		for (k = 0; k < section->lines->len; k++) {
			const struct lang_line *line = section->lines->pdata[k];

			if (asks_for_counts(line->expr))
				return true;
		}
	}
	return false;
}

/* --------------------------------------------------------------- the whole */

struct prog *prog_new(const struct scenario_file *file, const struct scenario *scenario,
		      const char *kernel)
{
	struct prog *p = g_new0(struct prog, 1);
	unsigned int i;

	p->file = file;
	p->scenario = scenario;
	p->kernel = kernel;
	collect_expects(p);
	bind_machine(p);
	bind_processes(p);
	bind_threads(p);
	bind_maps(p);
	p->files = bind_fds(scenario->files, &p->nfiles);
	p->uffds = bind_fds(scenario->uffds, &p->nuffds);
	for (i = 0; i < p->nmaps; i++)
		use_file(p, &p->maps[i].decl->map, p->maps[i].process);
	for_each_call(p, widen_room);
	place_maps(p);
	for_each_call(p, count_call);
	p->calls = g_new0(struct prog_call, p->ncalls + 1);
	for_each_call(p, bind_call);
	for_each_call(p, bind_results);
	collect_race(p);
	p->counts = scenario_counts(scenario);
	return p;
}

void prog_free(struct prog *p)
{
	unsigned int i;

	for (i = 0; i < p->nthreads; i++)
		g_ptr_array_free(p->threads[i].race, true);
	g_ptr_array_free(p->expects, true);
	g_free(p->calls);
	g_free(p->uffds);
	g_free(p->files);
	g_free(p->maps);
	g_free(p->threads);
	g_free(p->processes);
	g_free(p->error);
	g_free(p);
}

/* What was made by a fork, processes and descriptors, is not there yet; by one of the race only? */
static void rewind_forks(struct prog *p, bool race)
{
	unsigned int i, k;

	for (i = 0; i < p->nprocesses; i++) {
		if (!p->processes[i].forked || (race && !p->processes[i].raced))
			continue;
		p->processes[i].now_birth = PROG_UNBORN;
		p->processes[i].now_parent = NULL;
		for (k = 0; k < p->nfiles; k++)
			p->files[k].fd[i] = -1;
		for (k = 0; k < p->nuffds; k++)
			p->uffds[k].fd[i] = -1;
	}
	for (i = 0; i < p->nuffds; i++) {
		if (!prog_uffd_is_late(&p->uffds[i]) || (race && !p->uffds[i].raced))
			continue;
		p->uffds[i].id = 0;
		for (k = 0; k < PROG_MAX_PROCESSES; k++)
			p->uffds[i].fd[k] = -1;
	}
}

static void rewind_threads(struct prog *p)
{
	unsigned int i;

	for (i = 0; i < p->nthreads; i++) {
		p->threads[i].now_in = NULL;
		p->threads[i].now_last = NULL;
		p->threads[i].now_finished = 0;
	}
}

void prog_rewind(struct prog *p)
{
	unsigned int i;

	for (i = 0; i < p->ncalls; i++) {
		p->calls[i].now.begun = false;
		p->calls[i].now.done = false;
	}
	rewind_threads(p);
	if (p->births)
		rewind_forks(p, false);
}

/* A race of a million runs comes by here: only what a run reads before it writes. */
void prog_rewind_race(struct prog *p)
{
	unsigned int i;
	guint k;

	for (i = 0; i < p->nthreads; i++) {
		const GPtrArray *race = p->threads[i].race;

		for (k = 0; k < race->len; k++) {
			struct prog_call *c = race->pdata[k];

			c->now.begun = false;
			c->now.done = false;
		}
	}
	rewind_threads(p);
	if (p->births)
		rewind_forks(p, true);
}
