// SPDX-License-Identifier: GPL-2.0-only
/* file.c - the file in which a shrunk case ends, and what it says about it */
#include <string.h>

#include "tools/fuzz/kept.h"
#include "tools/shrink/shrink.h"

enum { LONGEST_TRIED = 100 };

/* ------------------------------------------------------------------ in words */

static const char *line_with_id(const struct shrink *x, unsigned int id)
{
	guint i;

	for (i = 0; i < x->text->lines->len; i++) {
		const struct shrink_line *l = x->text->lines->pdata[i];

		if (l->id == id)
			return l->text + strspn(l->text, " ");
	}
	return NULL;
}

static void append_place(GString *out, const struct shrink_place *p)
{
	g_string_append_printf(out, "%s:%s (%s:%ld)", p->site->func, p->site->label, p->site->file,
			       p->site->line);
}

static void append_call(GString *out, const struct shrink *x, const struct shrink_place *p)
{
	const char *line = line_with_id(x, p->id), *call = line ? strchr(line, ':') : NULL;

	if (call)
		g_string_append_printf(out, ", in '%s',", call + 1 + strspn(call + 1, " "));
}

char *shrink_order_text(const struct shrink *x, const struct shrink_order *o)
{
	GString *out = g_string_new(NULL);

	g_string_append_printf(out, "%s", o->first.thread);
	append_call(out, x, &o->first);
	g_string_append(out, " goes past\n  ");
	append_place(out, &o->first);
	g_string_append_printf(out, "\nbefore %s", o->then.thread);
	append_call(out, x, &o->then);
	g_string_append(out, " goes on from\n  ");
	append_place(out, &o->then);
	g_string_append_c(out, '\n');
	return g_string_free(out, false);
}

/* A comment of one paragraph; what goes on is set in by @indent. */
static void comment_words(GString *out, const char *text, const char *indent)
{
	char **words = g_strsplit(text, " ", -1);
	gsize start = out->len;
	unsigned int i;

	g_string_append(out, "#");
	for (i = 0; words[i]; i++) {
		if (i && out->len - start + 1 + strlen(words[i]) > LANG_MAX_COLUMNS) {
			start = out->len + 1;
			g_string_append_printf(out, "\n#%s", indent);
		}
		g_string_append_printf(out, " %s", words[i]);
	}
	g_string_append_c(out, '\n');
	g_strfreev(words);
}

static void comment_lines(GString *out, const char *text)
{
	char **lines = g_strsplit(text, "\n", -1);
	unsigned int i;

	for (i = 0; lines[i] && *lines[i]; i++)
		comment_words(out, lines[i], "    ");
	g_strfreev(lines);
}

static void comment_orders(GString *out, const struct shrink *x, const GArray *orders)
{
	guint i;

	for (i = 0; i < orders->len; i++) {
		char *text = shrink_order_text(x, &g_array_index(orders, struct shrink_order, i));

		comment_lines(out, i ? "and" : "It fails because");
		comment_lines(out, text);
		g_free(text);
	}
}

/* -------------------------------------------------------------- the schedule */

/* A stretch that goes to its end needs no number, which a change of the code would spoil. */
static char *lasting_schedule(const struct shrink *x, const char *counted, guint n)
{
	char **slices = g_strsplit(counted, " ", -1);
	GString *out = g_string_new(NULL);
	guint i;

	for (i = 0; slices[i] && i < n; i++) {
		const struct shrink_stretch *s =
			&g_array_index(x->stretches, struct shrink_stretch, i);

		if (i)
			g_string_append_c(out, ' ');
		if (s->to_end)
			g_string_append_printf(out, "%s:*", s->thread);
		else
			g_string_append(out, slices[i]);
	}
	for (; slices[i]; i++) {
		if (g_str_has_prefix(slices[i], "chance:"))
			g_string_append_printf(out, "%s%s", out->len ? " " : "", slices[i]);
	}
	g_strfreev(slices);
	return g_string_free(out, false);
}

static bool beginning_fails(struct shrink *x, guint n)
{
	GArray *beginning = g_array_new(false, true, sizeof(struct shrink_stretch));
	bool fails;

	g_array_append_vals(beginning, x->stretches->data, n);
	fails = shrink_follow(x, beginning, NULL);
	g_array_free(beginning, true);
	return fails;
}

/*
 * Past the end of a schedule whoever runs goes on, then the first that can: often enough that
 * is what the rest of it says, of an endless loop without end.
 */
static char *schedule_of(struct shrink *x)
{
	guint n, all = x->stretches->len;
	char *counted, *text;

	for (n = 1; n < MIN(all, LONGEST_TRIED) && !beginning_fails(x, n); n++)
		;
	if (n == LONGEST_TRIED || n >= all) {
		n = all;
		beginning_fails(x, n);
	}
	counted = shrink_schedule(x);
	text = lasting_schedule(x, counted, n);
	g_free(counted);
	return text;
}

/* ------------------------------------------------------------------ the file */

static char *file_text(struct shrink *x, const char *from, const char *schedule,
		       const GArray *orders, const uint64_t *trace)
{
	GString *out = g_string_new(NULL);
	GArray *ids;
	char *body = shrink_text_join(x->text, &ids);
	char *name = g_path_get_basename(from);

	kept_comment(out, "# shrunk by uffdsim shrink: ", x->key);
	kept_comment(out, "# from ", name);
	comment_words(out, x->reason, "");
	if (trace)
		g_string_append_printf(out, KEPT_TRACE "%016lx\n", (unsigned long)*trace);
	comment_orders(out, x, orders);
	kept_text(out, body, schedule);
	g_array_free(ids, true);
	g_free(body);
	g_free(name);
	return kept_canonical(out, "shrunk");
}

char *shrink_file(struct shrink *x, const char *from, const GArray *orders)
{
	char *schedule = x->has_race ? schedule_of(x) : NULL;
	char *text = file_text(x, from, schedule, orders, NULL), *whole = NULL;
	uint64_t trace;

	if (shrink_fails_as_file(x, text, &trace))
		whole = file_text(x, from, schedule, orders, x->has_race && trace ? &trace : NULL);
	g_free(text);
	g_free(schedule);
	return whole;
}
