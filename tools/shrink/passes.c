// SPDX-License-Identifier: GPL-2.0-only
/* passes.c - what is tried, in turn, to make a failing scenario smaller */
#include <string.h>

#include "tools/shrink/shrink.h"

enum { MOST_TIMES = 8 };

/* --------------------------------------------------------------------- lines */

static bool is_head(const char *line)
{
	return shrink_is_fixed(line) || shrink_is_section(line);
}

/* Those between @from and @from + @n, the heads left in. */
static bool try_without(struct shrink *x, guint from, guint n)
{
	struct shrink_text *t = shrink_text_copy(x->text);
	guint i, gone = 0;

	for (i = MIN(from + n, t->lines->len); i-- > from;) {
		if (is_head(shrink_text_line(t, i)))
			continue;
		shrink_text_remove(t, i, 1);
		gone++;
	}
	if (gone)
		return shrink_accepts(x, t);
	shrink_text_free(t);
	return false;
}

/* From the end, so that what uses a name goes before what declares it. */
static bool without_chunks(struct shrink *x, guint size)
{
	bool smaller = false;
	guint at = x->text->lines->len;

	while (at) {
		at -= MIN(size, at);
		smaller |= try_without(x, at, size);
		at = MIN(at, x->text->lines->len);
	}
	return smaller;
}

static bool without_lines(struct shrink *x)
{
	bool smaller = false;
	guint size;

	for (size = x->text->lines->len / 2; size; size /= 2)
		smaller |= without_chunks(x, size);
	return smaller;
}

/* ------------------------------------------------------------------- threads */

static bool is_line_of(const char *line, const char *thread)
{
	size_t n = strlen(thread);

	line += strspn(line, " ");
	return !strncmp(line, thread, n) && line[n] == ':';
}

/* Who serves until that thread has finished serves until another one has. */
static char *served_by(const char *line, const char *gone, const char *instead)
{
	char *pattern = g_strdup_printf("until %s\\b", gone), *with, *out;
	GRegex *regex = g_regex_new(pattern, 0, 0, NULL);

	with = g_strdup_printf("until %s", instead);
	out = g_regex_replace_literal(regex, line, -1, 0, with, 0, NULL);
	g_regex_unref(regex);
	g_free(pattern);
	g_free(with);
	return out;
}

static struct shrink_text *without_thread(const struct shrink *x, const char *thread,
					  const char *instead)
{
	struct shrink_text *t = shrink_text_copy(x->text);
	guint i;

	for (i = t->lines->len; i--;) {
		char *line;

		if (is_line_of(shrink_text_line(t, i), thread)) {
			shrink_text_remove(t, i, 1);
			continue;
		}
		line = served_by(shrink_text_line(t, i), thread, instead);
		shrink_text_set(t, i, line);
		g_free(line);
	}
	return t;
}

/* "thread   a, b in p" as a list of names. */
static char **threads_of(const struct shrink_text *t)
{
	GPtrArray *names = g_ptr_array_new();
	guint i;
	unsigned int k;

	for (i = 0; i < t->lines->len; i++) {
		const char *line = shrink_text_line(t, i);
		char **words;

		if (strncmp(line, "thread ", 7))
			continue;
		words = g_regex_split_simple("[ ,]+", line, 0, 0);
		for (k = 1; words[k] && strcmp(words[k], "in"); k++)
			g_ptr_array_add(names, g_strdup(words[k]));
		g_strfreev(words);
	}
	g_ptr_array_add(names, NULL);
	return (char **)g_ptr_array_free(names, false);
}

static bool without_threads(struct shrink *x)
{
	char **names = threads_of(x->text);
	bool smaller = false;
	unsigned int i, k;

	for (i = 0; names[i]; i++) {
		for (k = 0; names[k]; k++) {
			if (k != i && shrink_accepts(x, without_thread(x, names[i], names[k]))) {
				smaller = true;
				break;
			}
		}
	}
	g_strfreev(names);
	return smaller;
}

/* --------------------------------------------------- a piece of a line, changed */

static bool try_line(struct shrink *x, guint i, const char *line)
{
	struct shrink_text *t;

	if (!strcmp(line, shrink_text_line(x->text, i)))
		return false;
	t = shrink_text_copy(x->text);
	shrink_text_set(t, i, line);
	return shrink_accepts(x, t);
}

/* The line with [start, end) replaced. */
static bool try_piece(struct shrink *x, guint i, gint start, gint end, const char *with)
{
	const char *line = shrink_text_line(x->text, i);
	char *other = g_strdup_printf("%.*s%s%s", start, line, with, line + end);
	bool smaller = try_line(x, i, other);

	g_free(other);
	return smaller;
}

/* What a match is replaced by: the candidates, in the order in which they are tried. */
typedef void (*choices)(GMatchInfo *m, GPtrArray *with);

static bool try_match(struct shrink *x, guint i, GMatchInfo *m, choices make)
{
	GPtrArray *with = g_ptr_array_new_with_free_func(g_free);
	gint start, end;
	bool smaller = false;
	guint k;

	g_match_info_fetch_pos(m, 0, &start, &end);
	make(m, with);
	for (k = 0; k < with->len && !smaller; k++)
		smaller = try_piece(x, i, start, end, with->pdata[k]);
	g_ptr_array_free(with, true);
	return smaller;
}

/* The last one of a line that can be made smaller. */
static bool one_in_line(struct shrink *x, guint i, const GRegex *regex, choices make)
{
	char *line = g_strdup(shrink_text_line(x->text, i));
	bool smaller = false;
	GMatchInfo *m;

	g_regex_match(regex, line, 0, &m);
	while (g_match_info_matches(m) && !smaller) {
		smaller = try_match(x, i, m, make);
		g_match_info_next(m, NULL);
	}
	g_match_info_free(m);
	g_free(line);
	return smaller;
}

static bool everywhere(struct shrink *x, const char *pattern, choices make)
{
	GRegex *regex = g_regex_new(pattern, 0, 0, NULL);
	bool smaller = false;
	guint i;

	for (i = x->text->lines->len; i--;) {
		if (shrink_is_fixed(shrink_text_line(x->text, i)))
			continue;
		while (one_in_line(x, i, regex, make))
			smaller = true;
	}
	g_regex_unref(regex);
	return smaller;
}

static void nothing(GMatchInfo *m G_GNUC_UNUSED, GPtrArray *with)
{
	g_ptr_array_add(with, g_strdup(""));
}

static bool without_pieces(struct shrink *x)
{
	static const char *const pieces[] = {
		" \\[[a-z][^]]* [^]]*\\]", /* [fail page_alloc nth=1] */
		" on [A-Z0-9]+ [a-z]+",	   /* of serve */
		" as [a-z0-9_]+",	   /* a label */
		" features=\\S+",
		"[A-Z0-9_]+\\|", /* a flag of several */
		"\\|[A-Z0-9_]+",
		", [a-z][a-z0-9_=]*", /* of several threads or items */
		"\\b[a-z0-9][A-Za-z0-9_]*(=\\d+)?, ",
		"[+]0x[0-9a-f]+", /* a byte of a page */
		" seeds=\\d+",
		" preempt<=\\d+",
		"(?<!^)(?<=\\S) [a-z_]+(?=$| )", /* noreserve, dontwake ... */
		" = [^[]*\\*",			 /* any result: now it must succeed */
	};
	bool smaller = false;
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(pieces); i++)
		smaller |= everywhere(x, pieces[i], nothing);
	return smaller;
}

/* ------------------------------------------------------------- pages, numbers */

static void add_range(GPtrArray *with, guint64 from, guint64 to)
{
	if (to == from + 1)
		g_ptr_array_add(with, g_strdup_printf("[%lu]", (unsigned long)from));
	g_ptr_array_add(with, g_strdup_printf("[%lu:%lu]", (unsigned long)from, (unsigned long)to));
}

static guint64 number(GMatchInfo *m, gint group)
{
	char *text = g_match_info_fetch(m, group);
	guint64 n = g_ascii_strtoull(text, NULL, 10);

	g_free(text);
	return n;
}

static void smaller_range(GMatchInfo *m, GPtrArray *with)
{
	guint64 from = number(m, 1), to = number(m, 2);

	if (to <= from + 1) {
		add_range(with, from, from + 1);
		g_ptr_array_set_size(with, 1);
		return;
	}
	add_range(with, from, from + 1);
	add_range(with, to - 1, to);
	add_range(with, from, to - 1);
	add_range(with, from + 1, to);
}

static void smaller_number(GMatchInfo *m, GPtrArray *with)
{
	char *name = g_match_info_fetch(m, 1);
	guint64 n = number(m, 2), to[] = { 1, n / 2, n - 1 };
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(to); i++) {
		if (to[i] && to[i] < n)
			g_ptr_array_add(with,
					g_strdup_printf("%s=%lu", name, (unsigned long)to[i]));
	}
	g_free(name);
}

/* A schedule does not say how chance decided, the nth time does. */
static void nth_time(GMatchInfo *m G_GNUC_UNUSED, GPtrArray *with)
{
	unsigned int n;

	for (n = 1; n <= MOST_TIMES; n++)
		g_ptr_array_add(with, g_strdup_printf(" nth=%u", n));
}

static bool no_chances(struct shrink *x)
{
	return everywhere(x, " prob=\\d+/\\d+", nth_time);
}

static bool smaller_ranges(struct shrink *x)
{
	return everywhere(x, "\\[(\\d+):(\\d+)\\]", smaller_range);
}

static bool smaller_numbers(struct shrink *x)
{
	return everywhere(x, "\\b(pages|2M|1G|nth|shmem_blocks)=(\\d+)", smaller_number);
}

/* ------------------------------------------------------------ without a race */

/* One thread, or one after another: then no schedule is needed to say how it fails. */
static bool no_race(struct shrink *x)
{
	struct shrink_text *t;
	guint i;

	if (!x->has_race || shrink_preemptions(x->stretches))
		return false;
	t = shrink_text_copy(x->text);
	for (i = 0; i < t->lines->len; i++) {
		if (!strncmp(shrink_text_line(t, i), "race", 4))
			shrink_text_set(t, i, "steps");
	}
	return shrink_accepts(x, t);
}

/* ---------------------------------------------- all pages of a mapping, nearer 0 */

static gboolean one_less(const GMatchInfo *m, GString *out, gpointer data G_GNUC_UNUSED)
{
	gint i;

	for (i = 1; i < g_match_info_get_match_count(m); i++) {
		char *text = g_match_info_fetch(m, i);

		if (*text && g_ascii_isdigit(*text))
			g_string_append_printf(out, "%lu",
					       (unsigned long)g_ascii_strtoull(text, NULL, 10) - 1);
		else
			g_string_append(out, text);
		g_free(text);
	}
	return false;
}

/* NULL: one of them is 0 already, or there is none. */
static struct shrink_text *moved_down(const struct shrink_text *text, const char *name)
{
	char *pattern = g_strdup_printf("(\\b%s\\[)(\\d+)(:|)(\\d+|)", name);
	char *zero = g_strdup_printf("\\b%s(\\[0|(?![A-Za-z0-9_\\[]))", name);
	GRegex *index = g_regex_new(pattern, 0, 0, NULL), *first = g_regex_new(zero, 0, 0, NULL);
	struct shrink_text *t = shrink_text_copy(text);
	bool can = true, any = false;
	guint i;

	for (i = 0; i < t->lines->len && can; i++) {
		const char *line = shrink_text_line(t, i);
		char *other;

		if (!strncmp(line, "map ", 4) || !strncmp(line, "file ", 5))
			continue;
		can = !g_regex_match(first, line, 0, NULL);
		any |= g_regex_match(index, line, 0, NULL);
		other = g_regex_replace_eval(index, line, -1, 0, 0, one_less, NULL, NULL);
		shrink_text_set(t, i, other);
		g_free(other);
	}
	g_regex_unref(index);
	g_regex_unref(first);
	g_free(pattern);
	g_free(zero);
	if (can && any)
		return t;
	shrink_text_free(t);
	return NULL;
}

static bool lower_pages(struct shrink *x)
{
	bool smaller = false;
	guint i;

	for (i = 0; i < x->text->lines->len; i++) {
		char **words = g_regex_split_simple(" +", shrink_text_line(x->text, i), 0, 0);
		struct shrink_text *t = NULL;

		if (!strcmp(words[0], "map") && words[1])
			t = moved_down(x->text, words[1]);
		if (t)
			smaller |= shrink_accepts(x, t);
		g_strfreev(words);
	}
	return smaller;
}

/* ---------------------------------------------------------------- all of them */

static bool (*const passes[])(struct shrink *x) = {
	no_chances,	without_threads, without_lines, without_pieces,
	smaller_ranges, smaller_numbers, lower_pages,	no_race,
};

void shrink_reduce(struct shrink *x)
{
	bool smaller = true;
	unsigned int i;

	while (smaller && !x->out_of_time) {
		smaller = false;
		for (i = 0; i < G_N_ELEMENTS(passes); i++)
			smaller |= passes[i](x);
	}
}
