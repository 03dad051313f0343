// SPDX-License-Identifier: GPL-2.0-only
/* story.c - the recorded trace: as it is, and as the path of one thread through one call */
#include <string.h>

#include "tools/interp/names.h"
#include "tools/interp/outcome.h"
#include "tools/interp/run.h"

enum { WIDTH = 98, INDENT = 36, MAX_LINES = 40, FIRST_LINES = 10, LONGEST_PERIOD = 6 };

/* ---------------------------------------------------------------- traced lines */

static void format_arg(GString *out, struct prog *p, const char **fmt, unsigned long arg)
{
	const char *f = *fmt + 1;

	while (*f == 'l' || *f == 'h')
		f++;
	switch (*f) {
	case 's':
		g_string_append(out, (const char *)arg);
		break;
	case 'd':
	case 'u':
		g_string_append_printf(out, "%ld", (long)arg);
		break;
	case 'p':
		report_object(out, p, (const void *)arg);
		break;
	default:
		if (map_at(p, NULL, arg))
			name_addr(out, p, NULL, arg);
		else
			g_string_append_printf(out, "0x%lx", arg);
	}
	*fmt = *f ? f + 1 : f;
}

static void format_line(GString *out, struct prog *p, const struct world_event *e)
{
	const char *fmt = e->fmt;
	unsigned int n = 0;

	while (*fmt) {
		if (*fmt == '%' && n < G_N_ELEMENTS(e->arg))
			format_arg(out, p, &fmt, e->arg[n++]);
		else
			g_string_append_c(out, *fmt++);
	}
}

/* The calls that begin at this step of their thread, or end there. */
static void print_calls(FILE *out, struct prog *p, const struct world_event *e, bool ends)
{
	unsigned int i;

	for (i = 0; i < p->ncalls; i++) {
		const struct prog_call *c = &p->calls[i];
		GString *s;

		if (!c->now.begun || c->thread->tid != e->tid || (ends && !c->now.done) ||
		    (ends ? c->now.last_step - 1 : c->now.first_step) != e->step)
			continue;
		s = g_string_new(NULL);
		if (ends)
			outcome_text(s, p, c);
		fprintf(out, "%s%-10s %s%s%s\n", ends ? "       " : "------ ", c->thread->name,
			ends ? "= " : "", ends ? s->str : c->ast->text, ends ? "" : " ------");
		g_string_free(s, true);
	}
}

void print_trace(FILE *out, struct prog *p)
{
	const struct world_event *events;
	size_t i, n = world_events(&events);
	GString *line = g_string_new(NULL);

	for (i = 0; i < n; i++) {
		const struct world_event *e = &events[i];
		const struct prog_thread *t = prog_thread_by_tid(p, e->tid);

		if (e->site)
			print_calls(out, p, e, false);
		g_string_printf(line, "%6lu %-10s ", (unsigned long)e->step, t ? t->name : "-");
		if (e->site)
			g_string_append_printf(line, "%s:%s", e->site->func, e->site->label);
		else
			format_line(line, p, e);
		fprintf(out, "%s\n", line->str);
		if (e->site)
			print_calls(out, p, e, true);
	}
	g_string_free(line, true);
}

/* ------------------------------------------------------------------ the path */

/* Lines "function  label, label ..."; a run of lines that repeats is shown once. */
struct path {
	GPtrArray *lines;  /* char * */
	GArray *repeats;   /* unsigned int: how often the line came again */
	const char *func;  /* of the line that is growing */
	const char *label; /* its last one */
	GString *line;
	unsigned int col;
	unsigned int depth; /* page faults that the call itself took, nested */
};

static bool same_lines(const struct path *path, guint a, guint b, guint n)
{
	guint i;

	for (i = 0; i < n; i++) {
		if (strcmp(path->lines->pdata[a + i], path->lines->pdata[b + i]))
			return false;
	}
	return true;
}

/* Folds the last lines into the same ones before them. */
static void fold(struct path *path)
{
	guint len = path->lines->len, n, i;

	for (n = 1; n <= LONGEST_PERIOD && 2 * n <= len; n++) {
		if (!same_lines(path, len - 2 * n, len - n, n))
			continue;
		for (i = 0; i < n; i++)
			g_array_index(path->repeats, unsigned int, len - 2 * n + i)++;
		g_ptr_array_set_size(path->lines, len - n);
		g_array_set_size(path->repeats, len - n);
		return;
	}
}

static void end_line(struct path *path)
{
	const unsigned int once = 0;

	if (!path->func)
		return;
	g_ptr_array_add(path->lines, g_strdup(path->line->str));
	g_array_append_val(path->repeats, once);
	path->func = NULL;
	path->label = NULL;
	fold(path);
}

static void begin_line(struct path *path, const char *func)
{
	g_string_printf(path->line, "  %-*s", INDENT - 3, func);
	path->col = path->line->len;
	path->func = func;
	path->label = NULL;
}

static void add_label(struct path *path, const char *label)
{
	if (path->label && !strcmp(path->label, label))
		return;
	if (path->label)
		g_string_append_c(path->line, ',');
	if (path->col + strlen(label) + 2 > WIDTH) {
		g_string_append_printf(path->line, "\n%*s", INDENT - 1, "");
		path->col = INDENT - 1;
	}
	g_string_append_printf(path->line, " %s", label);
	path->col += strlen(label) + 2;
	path->label = label;
}

static void one_line(struct path *path, const char *text)
{
	end_line(path);
	g_string_printf(path->line, "  %s", text);
	path->func = "";
	end_line(path);
}

static bool is_label(const struct world_event *e, const char *label)
{
	return e->site && !strcmp(e->site->label, label);
}

/* Page faults of a system call are told of, not told: there may be hundreds. */
static bool in_nested_fault(struct path *path, const struct world_event *e)
{
	if (is_label(e, "fault_entry") && !path->depth++)
		one_line(path, "(page fault at an address that it copies from or to)");
	if (!is_label(e, "fault_exit"))
		return path->depth;
	path->depth--;
	return true;
}

static void add_event(struct path *path, struct prog *p, const struct world_event *e)
{
	if (e->site) {
		if (!path->func || strcmp(path->func, e->site->func)) {
			end_line(path);
			begin_line(path, e->site->func);
		}
		add_label(path, e->site->label);
		return;
	}
	end_line(path);
	g_string_assign(path->line, "  ** ");
	format_line(path->line, p, e);
	path->func = "";
	end_line(path);
}

static void print_path(GString *out, const struct path *path)
{
	guint i, n = path->lines->len;

	for (i = 0; i < n; i++) {
		unsigned int again = g_array_index(path->repeats, unsigned int, i);

		if (n > MAX_LINES && i == FIRST_LINES) {
			g_string_append_printf(out, "  ... (%u lines)\n", n - MAX_LINES);
			i += n - MAX_LINES;
		}
		g_string_append(out, path->lines->pdata[i]);
		if (again)
			g_string_append_printf(out, " (x%u)", again + 1);
		g_string_append_c(out, '\n');
	}
}

static void free_path(struct path *path)
{
	g_ptr_array_free(path->lines, true);
	g_array_free(path->repeats, true);
	g_string_free(path->line, true);
}

static bool is_access(const struct prog_call *c)
{
	return c->ast->op == LANG_OP_load || c->ast->op == LANG_OP_store;
}

static void add_events(struct path *path, struct prog *p, const struct prog_thread *t,
		       const struct prog_call *c)
{
	const struct world_event *events;
	size_t i, n = world_events(&events);

	for (i = 0; i < n; i++) {
		if (events[i].tid != t->tid || events[i].step < c->now.first_step)
			continue;
		if (is_access(c) || !in_nested_fault(path, &events[i]))
			add_event(path, p, &events[i]);
	}
}

void report_story(struct run *r, const struct prog_thread *t)
{
	struct path path = {
		.lines = g_ptr_array_new_with_free_func(g_free),
		.repeats = g_array_new(false, false, sizeof(unsigned int)),
		.line = g_string_new(NULL),
	};
	const struct prog_call *c = t->now_in ? t->now_in : t->now_last;

	if (c)
		add_events(&path, r->p, t, c);
	end_line(&path);
	if (path.lines->len) {
		g_string_append_printf(r->report, "path:    what %s did in '%s'\n", t->name,
				       c->ast->text ? c->ast->text : "set-up");
		print_path(r->report, &path);
	}
	free_path(&path);
}
