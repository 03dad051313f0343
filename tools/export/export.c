// SPDX-License-Identifier: GPL-2.0-only
/* export.c - scenarios as a C program: what goes around the lines */
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>

#include "tools/export/export.h"
#include "tools/export/runtime.h"

void export_string(GString *out, const char *text)
{
	char *escaped = g_strescape(text, NULL);

	g_string_append_printf(out, "\"%s\"", escaped);
	g_free(escaped);
}

void export_refuse(struct exporter *x, struct lang_pos pos, const char *fmt, ...)
{
	va_list args;

	if (x->why)
		return;
	va_start(args, fmt);
	x->why = g_strdup_vprintf(fmt, args);
	va_end(args);
	x->why_pos = pos;
}

bool export_leave_out(struct exporter *x, struct lang_pos pos, const char *fmt, ...)
{
	va_list args;
	char *what;

	va_start(args, fmt);
	what = g_strdup_vprintf(fmt, args);
	va_end(args);
	if (x->best_effort)
		g_string_append_printf(x->notes, " * line %u: left out: %s\n", pos.line, what);
	else
		export_refuse(x, pos, "%s", what);
	g_free(what);
	return x->best_effort;
}

/* ------------------------------------------------------------ declarations */

static bool is_gigantic(unsigned int shift)
{
	return shift == 30;
}

static void refuse_memory(struct exporter *x)
{
	unsigned int i;

	for (i = 0; i < x->p->nfiles; i++) {
		if (is_gigantic(x->p->files[i].decl->file.shift))
			export_refuse(x, x->p->files[i].decl->pos, "pages of 1G are not to be had");
	}
	for (i = 0; i < x->p->nmaps; i++) {
		if (is_gigantic(x->p->maps[i].decl->map.shift))
			export_refuse(x, x->p->maps[i].decl->pos, "pages of 1G are not to be had");
	}
}

/* Fewer pages than all of its memory: it is about the want of them. */
static bool lacks_memory(const struct prog *p, uint64_t pages)
{
	uint64_t wanted = 0;
	unsigned int i;

	for (i = 0; i < p->nmaps; i++) {
		if (p->maps[i].decl->map.shift == 12)
			wanted += p->maps[i].decl->map.pages;
	}
	return wanted > pages;
}

static void refuse_machine(struct exporter *x)
{
	const GPtrArray *items = x->p->scenario->machine;
	guint i;

	for (i = 0; i < items->len; i++) {
		const struct lang_item *item = items->pdata[i];

		if (item->kind == LANG_ITEM_HUGEPAGES && item->size != 2ul << 20)
			export_refuse(x, item->pos, "pages of 1G are not to be had");
		else if (item->kind == LANG_ITEM_PAGES && lacks_memory(x->p, item->value))
			export_refuse(x, item->pos, "a real machine has the memory that it has");
		else if (item->kind == LANG_ITEM_PAGES)
			export_leave_out(x, item->pos, "a real machine has the memory that it has");
		else if (item->kind == LANG_ITEM_FAULT_MUTEXES)
			export_leave_out(x, item->pos, "a real kernel has the mutexes that it has");
	}
}

static void refuse_expects(struct exporter *x)
{
	const struct scenario *s = x->p->scenario;
	guint i;

	for (i = 0; i < s->expects->len; i++) {
		const struct lang_expect *e = s->expects->pdata[i];

		if (!prog_when_applies(x->p, &e->when))
			continue;
		if (e->kind == LANG_EXPECT_VIOLATION)
			export_refuse(x, e->pos,
				      "what a kernel does behind a violation nobody knows");
		else if (e->kind == LANG_EXPECT_DEADLOCK)
			export_refuse(x, e->pos, "it would hang the kernel");
		else
			export_leave_out(x, e->pos, "a real kernel has no marks");
	}
	for (i = 0; i < s->tolerates->len; i++) {
		const struct lang_tolerate *t = s->tolerates->pdata[i];

		if (prog_when_applies(x->p, &t->when))
			export_leave_out(x, t->pos, "a real kernel checks no invariants");
	}
}

static bool forks_in_race(const struct prog *p)
{
	unsigned int i;

	for (i = 0; i < p->nprocesses; i++) {
		if (p->processes[i].forked && p->processes[i].raced)
			return true;
	}
	return false;
}

static void refuse(struct exporter *x)
{
	const struct scenario *s = x->p->scenario;

	if (s->bugs->len) {
		const struct lang_word *bug = s->bugs->pdata[0];

		export_refuse(x, bug->pos, "no kernel can be told to have %s", bug->text);
	}
	if (s->injects->len) {
		const struct lang_inject *inject = s->injects->pdata[0];

		export_refuse(x, inject->pos,
			      "a real kernel fails when it does, and not on demand");
	}
	if (s->schedule->len) {
		const struct lang_run *run = s->schedule->pdata[0];

		export_leave_out(x, run->pos, "a real kernel makes its own schedule");
	}
	if (forks_in_race(x->p))
		export_refuse(x, s->title_pos, "a race with threads that a fork makes in it");
	refuse_machine(x);
	refuse_memory(x);
	refuse_expects(x);
}

static void add_files(struct exporter *x, GString *out)
{
	unsigned int i;

	g_string_append_printf(out, "static const struct file files_%u[] = {\n", x->number);
	for (i = 0; i < x->p->nfiles; i++) {
		const struct lang_decl *d = x->p->files[i].decl;

		g_string_append_printf(out, "\t{ \"%s\", %s, 0x%lx },\n", d->name,
				       d->file.mem == LANG_MEM_HUGETLB ? "true" : "false",
				       (unsigned long)d->file.pages << d->file.shift);
	}
	g_string_append(out, "\t{ 0 },\n};\n");
}

static void add_maps(struct exporter *x, GString *out)
{
	unsigned int i;

	g_string_append_printf(out, "static const struct map maps_%u[] = {\n", x->number);
	for (i = 0; i < x->p->nmaps; i++) {
		const struct prog_map *m = &x->p->maps[i];
		const struct lang_map *l = &m->decl->map;

		g_string_append_printf(
			out, "\t{ \"%s\", %u, 0x%lx, 0x%lx, 0x%x, %u, 0x%lx, %d, 0x%lx },\n",
			m->decl->name, (unsigned int)(m->process - x->p->processes), m->addr,
			(unsigned long)l->pages << l->shift, 1u << l->shift, op_map_prot(l),
			op_map_flags(l), l->file ? (int)l->file->index : -1,
			(unsigned long)l->first << l->shift);
	}
	g_string_append(out, "\t{ 0 },\n};\n");
}

static void add_uffds(struct exporter *x, GString *out)
{
	unsigned int i;

	g_string_append_printf(out, "static const struct uffd uffds_%u[] = {\n", x->number);
	for (i = 0; i < x->p->nuffds; i++) {
		const struct prog_fd *fd = &x->p->uffds[i];
		const struct lang_uffd *u = &fd->decl->uffd;

		g_string_append_printf(
			out, "\t{ \"%s\", 0x%x, %s, %s, %u, 0x%lx },\n", fd->decl->name,
			O_CLOEXEC | (u->blocking ? 0 : O_NONBLOCK) | u->user_mode_only,
			u->dev ? "true" : "false", prog_uffd_is_late(fd) ? "true" : "false",
			(unsigned int)(prog_process_of(x->p, u->process) - x->p->processes),
			(unsigned long)u->features);
	}
	g_string_append(out, "\t{ 0 },\n};\n");
}

static uint64_t capability(const char *name)
{
	static const struct {
		const char *name;
		unsigned int bit;
	} known[] = {
		{ "CAP_IPC_LOCK", 14 },
		{ "CAP_SYS_PTRACE", 19 },
		{ "CAP_SYS_ADMIN", 21 },
		{ "CAP_SYS_RESOURCE", 24 },
	};
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(known); i++) {
		if (!strcmp(known[i].name, name))
			return 1ull << known[i].bit;
	}
	return 0;
}

static uint64_t dropped_by(const struct lang_decl *d)
{
	uint64_t bits = 0;
	guint i;

	for (i = 0; d && i < d->process.dropped->len; i++)
		bits |= capability(((struct lang_word *)d->process.dropped->pdata[i])->text);
	return bits;
}

static unsigned int used_by(const struct prog_fd *fds, unsigned int n, unsigned int process)
{
	unsigned int bits = 0, i;

	for (i = 0; i < n; i++)
		bits |= (unsigned int)fds[i].used[process] << i;
	return bits;
}

static void add_processes(struct exporter *x, GString *out)
{
	unsigned int i;

	g_string_append_printf(out, "static const struct process processes_%u[] = {\n", x->number);
	for (i = 0; i < x->p->nprocesses; i++) {
		const struct prog_process *q = &x->p->processes[i];

		g_string_append_printf(out, "\t{ \"%s\", 0x%lx, %s, 0x%x, 0x%x },\n", q->name,
				       (unsigned long)dropped_by(q->decl),
				       q->forked ? "true" : "false",
				       used_by(x->p->uffds, x->p->nuffds, i),
				       used_by(x->p->files, x->p->nfiles, i));
	}
	g_string_append(out, "};\n");
}

static void add_threads(struct exporter *x, GString *out)
{
	unsigned int i;

	g_string_append_printf(out, "static const struct thread threads_%u[] = {\n", x->number);
	for (i = 0; i < x->p->nthreads; i++)
		g_string_append_printf(out, "\t{ \"%s\", %u },\n", x->p->threads[i].name,
				       (unsigned int)(x->p->threads[i].process - x->p->processes));
	g_string_append(out, "\t{ 0 },\n};\n");
}

/* Who may have a userfaultfd matters to those scenarios only that say something of it. */
static int unprivileged(const struct prog *p)
{
	const GPtrArray *items = p->scenario->machine;
	unsigned int i;

	for (i = 0; i < items->len; i++) {
		const struct lang_item *item = items->pdata[i];

		if (item->kind == LANG_ITEM_UNPRIVILEGED_USERFAULTFD)
			return item->value;
	}
	for (i = 0; i < p->nprocesses; i++) {
		if (dropped_by(p->processes[i].decl))
			return p->machine.unprivileged_userfaultfd;
	}
	return -1;
}

/* -------------------------------------------------------------- scenarios */

static void begin_scenario(GString *out, unsigned int number, const char *file)
{
	g_string_append_printf(out,
			       "static const struct scenario scenario_%u = {\n\t.file = ", number);
	export_string(out, file);
}

static void add_tables(struct exporter *x, const char *file)
{
	const struct model_machine *m = &x->p->machine;
	GString *functions = g_string_new(NULL), *rows = g_string_new(NULL);

	export_lines(x, functions, rows);
	if (!x->why) {
		if (x->notes->len)
			g_string_append_printf(x->out, "/*\n%s */\n", x->notes->str);
		g_string_append(x->out, functions->str);
		add_files(x, x->out);
		add_maps(x, x->out);
		add_uffds(x, x->out);
		add_processes(x, x->out);
		add_threads(x, x->out);
		g_string_append_printf(x->out, "static const struct line lines_%u[] = {\n%s};\n",
				       x->number, rows->str);
		begin_scenario(x->out, x->number, file);
		g_string_append_printf(
			x->out,
			",\n\t.huge = %u, .overcommit = %u, .blocks = %u, .unprivileged = %d,\n"
			"\t.race = %s, .files = files_%u, .maps = maps_%u, .uffds = uffds_%u,\n"
			"\t.processes = processes_%u, .threads = threads_%u, .lines = lines_%u,\n"
			"\t.nfiles = %u, .nmaps = %u, .nuffds = %u, .nprocesses = %u,\n"
			"\t.nthreads = %u, .nlines = %u,\n};\n\n",
			(unsigned int)m->huge_2m, (unsigned int)m->overcommit_2m,
			(unsigned int)m->shmem_blocks, unprivileged(x->p),
			x->p->scenario->race ? "true" : "false", x->number, x->number, x->number,
			x->number, x->number, x->number, x->p->nfiles, x->p->nmaps, x->p->nuffds,
			x->p->nprocesses, x->p->nthreads, x->nrows);
	}
	g_string_free(functions, TRUE);
	g_string_free(rows, TRUE);
}

static void add_skipped(struct exporter *x, const char *file, const char *why)
{
	begin_scenario(x->out, x->number, file);
	g_string_append(x->out, ",\n\t.skip = ");
	export_string(x->out, why);
	g_string_append(x->out, ",\n};\n\n");
}

struct exporter *exporter_new(bool best_effort)
{
	struct exporter *x = g_new0(struct exporter, 1);

	x->best_effort = best_effort;
	x->out = g_string_new(NULL);
	x->notes = g_string_new(NULL);
	x->rows = g_hash_table_new(NULL, NULL);
	return x;
}

static bool is_for(const struct scenario *s, const char *kernel)
{
	guint i;

	for (i = 0; i < s->kernels->len; i++) {
		if (!strcmp(((struct lang_word *)s->kernels->pdata[i])->text, kernel))
			return true;
	}
	return false;
}

const char *exporter_add(struct exporter *x, const struct scenario_file *file,
			 const struct scenario *s, const char *kernel, struct lang_pos *pos)
{
	char *name = *s->variation ? g_strdup_printf("%s[%s]", file->name, s->variation) :
				     g_strdup(file->name);

	g_strdelimit(name, " ", ',');
	g_clear_pointer(&x->why, g_free);
	g_string_truncate(x->notes, 0);
	g_hash_table_remove_all(x->rows);
	x->nrows = 0;
	x->p = prog_new(file, s, kernel);
	if (!is_for(s, kernel))
		export_refuse(x, s->title_pos, "it is not written for %s", kernel);
	refuse(x);
	if (!x->why)
		add_tables(x, name);
	if (x->why)
		add_skipped(x, name, x->why);
	x->number++;
	prog_free(x->p);
	g_free(name);
	*pos = x->why_pos;
	return x->why;
}

void exporter_add_skipped(struct exporter *x, const char *file, const char *why)
{
	add_skipped(x, file, why);
	x->number++;
}

static void add_part(GString *out, enum runtime_part part)
{
	g_string_append_len(out, runtime_text(part), runtime_len(part));
	g_string_append_c(out, '\n');
}

char *exporter_finish(struct exporter *x, const char *head)
{
	GString *out = g_string_new(head);
	unsigned int i;

	for (i = 0; i < RUNTIME_DRIVE; i++)
		add_part(out, i);
	g_string_append(
		out,
		"/* ------------------------------------------------------- the scenarios */\n\n");
	g_string_append(out, x->out->str);
	g_string_append(out, "static const struct scenario *const scenarios[] = {\n");
	for (i = 0; i < x->number; i++)
		g_string_append_printf(out, "\t&scenario_%u,\n", i);
	g_string_append_printf(out, "};\n\nstatic const int nscenarios = %u;\n\n", x->number);
	for (i = RUNTIME_DRIVE; i < RUNTIME_PARTS; i++)
		add_part(out, i);
	g_string_free(x->out, TRUE);
	g_string_free(x->notes, TRUE);
	g_hash_table_unref(x->rows);
	g_free(x->why);
	g_free(x);
	return g_string_free(out, FALSE);
}
