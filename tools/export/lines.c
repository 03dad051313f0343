// SPDX-License-Identifier: GPL-2.0-only
/* lines.c - the lines of a scenario as rows of a table in C */
#define _GNU_SOURCE /* flags of mremap() */
#include <string.h>
#include <sys/mman.h>

#include "tools/export/export.h"

enum { MOST_LINES = 400 }; /* MAX_LINES of the run time */

unsigned int export_row_of(const struct exporter *x, const struct lang_call *call)
{
	unsigned int row = GPOINTER_TO_UINT(g_hash_table_lookup(x->rows, call));

	return row ? row - 1 : 0;
}

char *export_field_name(enum lang_field_kind kind)
{
	/* F_end is the end of a table. */
	return g_strdup_printf("F_%s%s", lang_field_name(kind), kind == LANG_FIELD_END ? "_" : "");
}

/* ----------------------------------------------------------------- results */

static int64_t field_value(struct exporter *x, const struct lang_field *f)
{
	if (f->addr.decl)
		return prog_addr(x->p, &f->addr);
	if (f->kind == LANG_FIELD_PTID && f->decl)
		return prog_thread_of(x->p, f->decl)->tid + 1;
	return f->value;
}

static void fields(struct exporter *x, GString *out, const GPtrArray *list)
{
	guint i, n = 0;

	for (i = 0; i < list->len; i++) {
		const struct lang_field *f = list->pdata[i];
		char *name;

		if (f->kind == LANG_FIELD_UFD)
			continue;
		name = export_field_name(f->kind);
		g_string_append_printf(out, "%s{ %s, %s, 0x%lx }, ",
				       n++ ? "" : ", (const struct field[]){ ", name,
				       f->has ? "true" : "false", (unsigned long)field_value(x, f));
		g_free(name);
	}
	g_string_append(out, n ? "{ 0 } }" : ", NULL");
}

static void messages(struct exporter *x, GString *out, const GPtrArray *list)
{
	guint i;

	g_string_append(out, ", NULL, (const struct message[]){ ");
	for (i = 0; i < list->len; i++) {
		const struct lang_message *m = list->pdata[i];

		g_string_append_printf(out, "{ 0x%x", m->event);
		fields(x, out, m->fields);
		g_string_append(out, " }, ");
	}
	g_string_append(out, "{ 0 } }");
}

static void want(struct exporter *x, GString *out, const struct lang_result *r)
{
	static const char *const kinds[] = {
		[LANG_RESULT_VALUE] = "W_value",   [LANG_RESULT_ERRNO] = "W_errno",
		[LANG_RESULT_SIGNAL] = "W_signal", [LANG_RESULT_MESSAGES] = "W_messages",
		[LANG_RESULT_POLL] = "W_poll",	   [LANG_RESULT_PROCESS] = "W_process",
		[LANG_RESULT_ANY] = "W_any",
	};
	uint64_t value = r->value;

	if (r->kind == LANG_RESULT_PROCESS)
		value = prog_process_of(x->p, r->decl) - x->p->processes;
	g_string_append_printf(out, "\n\t\t{ %s, 0x%lx", kinds[r->kind], (unsigned long)value);
	if (r->kind == LANG_RESULT_MESSAGES)
		messages(x, out, r->messages);
	else
		fields(x, out, r->fields);
	g_string_append(out, " },");
}

static void wants(struct exporter *x, GString *out, const struct lang_call *call)
{
	guint i;

	g_string_append(out, ",\n\t  .wanted = ");
	if (call->sleeps)
		export_string(out, "to sleep");
	else
		export_string(out, call->results_text ? call->results_text : "success");
	if (!call->results->len)
		return;
	g_string_append(out, ",\n\t  .want = (const struct want[]){");
	for (i = 0; i < call->results->len; i++)
		want(x, out, call->results->pdata[i]);
	g_string_append(out, "\n\t\t{ 0 } }");
}

/* --------------------------------------------------------------- arguments */

static void mapping(GString *out, const struct lang_map *m)
{
	g_string_append_printf(out, ".len = 0x%lx, .prot = %u, .map_flags = 0x%lx, .offset = 0x%lx",
			       (unsigned long)m->pages << m->shift, op_map_prot(m), op_map_flags(m),
			       (unsigned long)m->first << m->shift);
}

static void mmap_args(struct exporter *x, GString *out, const struct prog_call *c)
{
	g_string_append_printf(out, ", .addr = 0x%lx, .file = %d, ", c->map->addr,
			       c->as->file ? (int)c->as->file->index : -1);
	mapping(out, c->as);
	if (c->as->mem == LANG_MEM_HUGETLB && c->as->shift != 21)
		export_refuse(x, c->ast->pos, "pages of 1G are not to be had");
}

static void mremap_args(struct exporter *x, GString *out, const struct prog_call *c)
{
	const struct lang_arg *bytes = lang_call_arg(c->ast, LANG_ROLE_BYTES);
	const struct lang_arg *len = lang_call_arg(c->ast, LANG_ROLE_LEN);
	bool moves = lang_call_arg(c->ast, LANG_ROLE_SRC);
	unsigned long old = prog_addr_len(&lang_call_arg(c->ast, LANG_ROLE_ADDR)->addr);

	if (bytes)
		old = bytes->value;
	g_string_append_printf(
		out, ", .addr = 0x%lx, .len = 0x%lx, .value = 0x%lx, .src = 0x%lx, .flags = 0x%lx",
		c->addr, old, len ? (unsigned long)len->value : old, c->src,
		(unsigned long)c->flags | (moves ? MREMAP_MAYMOVE | MREMAP_FIXED : 0));
}

static void serve_args(struct exporter *x, GString *out, const struct prog_call *c)
{
	static const char *const actions[] = {
		[LANG_SERVE_WAKE] = "RULE_wake",
		[LANG_SERVE_SKIP] = "RULE_skip",
		[LANG_SERVE_RETRY] = "RULE_retry",
	};
	const struct lang_serve *s = lang_call_arg(c->ast, LANG_ROLE_SERVE)->serve;
	guint i;

	g_string_append_printf(
		out, ", .answer = OP_%s, .src = 0x%lx, .len = 0x%lx, .flags = %d, .to = %u",
		lang_op_name(s->op), c->src, c->len, s->dontwake, c->until->tid);
	g_string_append(out, ", .rules = (const struct rule[]){ ");
	for (i = 0; i < s->rules->len; i++) {
		const struct lang_serve_rule *r = s->rules->pdata[i];

		g_string_append_printf(out, "{ %d, %s }, ", r->err, actions[r->action]);
	}
	g_string_append(out, "{ 0 } }");
}

static void read_args(struct exporter *x, GString *out, const struct prog_call *c)
{
	const struct lang_arg *bytes = lang_call_arg(c->ast, LANG_ROLE_BYTES);
	unsigned int i;

	g_string_append_printf(out, ", .value = %lu",
			       bytes ? (unsigned long)bytes->value : sizeof(struct uffd_msg));
	for (i = 0; i < PROG_MAX_UFDS; i++) {
		if (c->ufds[i])
			g_string_append_printf(out, ", .ufds[%u] = %u", i,
					       c->ufds[i]->decl->index + 1);
	}
}

static void plain_args(GString *out, const struct prog_call *c)
{
	const struct {
		const char *name;
		unsigned long value;
	} args[] = {
		{ "addr", c->addr },   { "len", c->len },     { "src", c->src },
		{ "flags", c->flags }, { "value", c->value },
	};
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(args); i++) {
		if (args[i].value)
			g_string_append_printf(out, ", .%s = 0x%lx", args[i].name, args[i].value);
	}
}

static void uaccess_args(GString *out, const struct prog_call *c)
{
	bool writes = lang_call_arg(c->ast, LANG_ROLE_VALUE);

	g_string_append_printf(out, ", .addr = 0x%lx, .value = 0x%lx, .flags = %d", c->addr,
			       (unsigned long)c->value, writes);
}

static void pool_args(struct exporter *x, GString *out, const struct prog_call *c)
{
	g_string_append_printf(out, ", .value = %lu", (unsigned long)c->value);
	if (c->len != 2ul << 20)
		export_refuse(x, c->ast->pos, "the pool of 1G pages is not the scenario's own");
}

static void args(struct exporter *x, GString *out, const struct prog_call *c)
{
	const struct lang_decl *fd = c->fd ? c->fd->decl : NULL;

	g_string_append_printf(out, ".op = OP_%s, .thread = %u", lang_op_name(c->ast->op),
			       c->thread->tid);
	if (c->ast->op != LANG_OP_mmap)
		g_string_append_printf(out, ", .file = %d",
				       fd && fd->kind == LANG_DECL_FILE ? (int)fd->index : -1);
	g_string_append_printf(out, ", .uffd = %d",
			       fd && fd->kind == LANG_DECL_UFFD ? (int)fd->index : -1);
	switch (c->ast->op) {
	case LANG_OP_mmap:
		mmap_args(x, out, c);
		break;
	case LANG_OP_mremap:
		mremap_args(x, out, c);
		break;
	case LANG_OP_serve:
		serve_args(x, out, c);
		break;
	case LANG_OP_read:
		read_args(x, out, c);
		break;
	case LANG_OP_uaccess:
		uaccess_args(out, c);
		break;
	case LANG_OP_hugepages:
	case LANG_OP_overcommit:
		pool_args(x, out, c);
		break;
	case LANG_OP_fork:
		g_string_append_printf(out, ", .to = %u",
				       (unsigned int)(c->process - x->p->processes));
		break;
	case LANG_OP_signal:
		g_string_append_printf(out, ", .to = %u, .flags = %lu", c->to->tid,
				       (unsigned long)c->flags);
		break;
	default:
		plain_args(out, c);
	}
}

/* ------------------------------------------------------------------- lines */

static void refuse_props(struct exporter *x, const struct lang_call *call)
{
	guint i;

	for (i = 0; i < call->props->len; i++) {
		const struct lang_prop *prop = call->props->pdata[i];

		switch (prop->kind) {
		case LANG_PROP_FAIL:
			export_refuse(x, prop->pos,
				      "a real kernel fails when it does, and not on demand");
			break;
		case LANG_PROP_STOP:
			export_refuse(x, prop->pos,
				      "a real kernel does not stop at a point inside it");
			break;
		case LANG_PROP_AFTER:
			export_refuse(x, prop->pos, "a race on a real kernel waits for no line");
			break;
		default:
			break;
		}
	}
}

static void begin_row(struct exporter *x, GString *rows, unsigned int number, const char *kind)
{
	g_string_append_printf(rows, "\t{ .number = %u, .kind = %s, ", number, kind);
	if (x->nrows >= MOST_LINES)
		export_refuse(x, (struct lang_pos){ .line = number, .col = 1 },
			      "more than %u lines are too many for the program", MOST_LINES);
}

static void call_text(GString *out, const struct lang_call *call, const char *text)
{
	char *line =
		call->thread ? g_strdup_printf("%s: %s", call->thread->name, text) : g_strdup(text);

	g_string_append(out, ",\n\t  .text = ");
	export_string(out, line);
	g_free(line);
}

static void add_call(struct exporter *x, GString *rows, const struct lang_call *call, bool race)
{
	const struct prog_call *c = prog_call_of(x->p, call);

	if (!prog_call_applies(x->p, call))
		return;
	refuse_props(x, call);
	begin_row(x, rows, call->pos.line, race ? "L_race" : "L_call");
	args(x, rows, c);
	g_string_append_printf(
		rows, ", .call = %u%s%s", x->nrows, call->sleeps ? ", .sleeps = true" : "",
		lang_may_stay_blocked(x->p->scenario, call->thread) ? ", .may_stay = true" : "");
	call_text(rows, call, call->text);
	wants(x, rows, call);
	g_string_append(rows, " },\n");
	g_hash_table_insert(x->rows, (void *)call, GUINT_TO_POINTER(x->nrows + 1));
	x->nrows++;
}

static void add_resume(struct exporter *x, GString *rows, const struct lang_call *call)
{
	const struct lang_call *of = call->resumes;
	const struct prog_call *c;

	/* A call may sleep again and again. */
	while (of->resumes)
		of = of->resumes;
	c = prog_call_of(x->p, of);
	if (!prog_call_applies(x->p, of) || !prog_call_applies(x->p, call))
		return;
	refuse_props(x, call);
	begin_row(x, rows, call->pos.line, "L_resume");
	g_string_append_printf(
		rows, ".op = OP_%s, .thread = %u, .uffd = %d, .call = %u%s", lang_op_name(of->op),
		c->thread->tid,
		c->fd && c->fd->decl->kind == LANG_DECL_UFFD ? (int)c->fd->decl->index : -1,
		export_row_of(x, of), call->sleeps ? ", .sleeps = true" : "");
	if (of->op == LANG_OP_fork)
		g_string_append_printf(rows, ", .to = %u",
				       (unsigned int)(c->process - x->p->processes));
	call_text(rows, call, "...");
	wants(x, rows, call);
	g_string_append(rows, " },\n");
	x->nrows++;
}

static void add_condition(struct exporter *x, GString *functions, GString *rows,
			  const struct lang_line *line, unsigned int nth)
{
	static const char *const verdicts[] = { "ALWAYS", "SOMETIMES", "NEVER" };
	GString *c = g_string_new(NULL);

	if (!export_condition(x, c, line->expr)) {
		g_string_free(c, TRUE);
		return;
	}
	g_string_append_printf(functions, "static bool check_%u_%u(void)\n{\n\treturn %s;\n}\n\n",
			       x->number, x->nrows, c->str);
	g_string_free(c, TRUE);
	begin_row(x, rows, line->pos.line, "L_check");
	g_string_append_printf(rows, ".check = check_%u_%u, .verdict = %s, .call = %u", x->number,
			       x->nrows, verdicts[line->verdict], nth);
	g_string_append(rows, ",\n\t  .text = ");
	export_string(rows, line->expr->text);
	g_string_append(rows, ", .wanted = ");
	export_string(rows, line->verdict == LANG_NEVER ? "never to be true" : "to be true");
	g_string_append(rows, " },\n");
	x->nrows++;
}

static void add_section(struct exporter *x, GString *functions, GString *rows,
			const struct lang_section *s)
{
	guint i, nth = 0;

	for (i = 0; i < s->lines->len; i++) {
		const struct lang_line *line = s->lines->pdata[i];

		switch (line->kind) {
		case LANG_LINE_CALL:
			add_call(x, rows, line->call, s->kind == LANG_RACE);
			break;
		case LANG_LINE_RESUME:
			add_resume(x, rows, line->call);
			break;
		case LANG_LINE_CHECK:
		case LANG_LINE_CLAIM:
			if (prog_when_applies(x->p, &line->when))
				add_condition(x, functions, rows, line, nth++ % 31);
			break;
		}
	}
}

/* A userfaultfd that another process than the first has made: that makes it, the first takes it. */
static void add_made_elsewhere(struct exporter *x, GString *rows, unsigned int i)
{
	const struct lang_decl *d = x->p->uffds[i].decl;
	const struct prog_process *maker = prog_process_of(x->p, d->uffd.process);
	char *text = g_strdup_printf("uffd %s", d->name);
	unsigned int k;

	for (k = 1; k < x->p->nprocesses; k++) {
		if (x->p->uffds[i].used[k] && &x->p->processes[k] != maker)
			export_refuse(x, d->pos, "'%s' would have to be taken over by '%s'",
				      d->name, x->p->processes[k].name);
	}
	for (k = 0; k < 1u + x->p->uffds[i].used[0]; k++) {
		begin_row(x, rows, d->pos.line, "L_call");
		g_string_append_printf(
			rows,
			".op = %s, .thread = %u, .uffd = %u, .file = -1, .to = %u, .call = %u",
			k ? "OP_take" : "OP_make", (k ? x->p->processes : maker)->first->tid, i,
			(unsigned int)(maker - x->p->processes), x->nrows);
		g_string_append(rows, ",\n\t  .text = ");
		export_string(rows, text);
		g_string_append(rows, ", .wanted = \"success\" },\n");
		x->nrows++;
	}
	g_free(text);
}

void export_lines(struct exporter *x, GString *functions, GString *rows)
{
	const GPtrArray *sections = x->p->scenario->sections;
	guint i;

	for (i = 0; i < x->p->nuffds; i++) {
		if (!prog_uffd_is_late(&x->p->uffds[i]) && x->p->uffds[i].decl->uffd.process)
			add_made_elsewhere(x, rows, i);
	}
	for (i = 0; i < sections->len; i++)
		add_section(x, functions, rows, sections->pdata[i]);
}
