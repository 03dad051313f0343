// SPDX-License-Identifier: GPL-2.0-only
/* text.c - a scenario as lines that can be taken out */
#include <string.h>

#include "tools/shrink/text.h"

static void free_line(void *line)
{
	struct shrink_line *l = line;

	g_free(l->text);
	g_free(l);
}

static struct shrink_text *empty(void)
{
	struct shrink_text *t = g_new0(struct shrink_text, 1);

	t->lines = g_ptr_array_new_with_free_func(free_line);
	return t;
}

static void add(struct shrink_text *t, unsigned int id, const char *text)
{
	struct shrink_line *l = g_new0(struct shrink_line, 1);

	l->id = id;
	l->text = g_strdup(text);
	g_ptr_array_add(t->lines, l);
}

struct shrink_text *shrink_text_copy(const struct shrink_text *t)
{
	struct shrink_text *copy = empty();
	guint i;

	for (i = 0; i < t->lines->len; i++) {
		const struct shrink_line *l = t->lines->pdata[i];

		add(copy, l->id, l->text);
	}
	return copy;
}

void shrink_text_free(struct shrink_text *t)
{
	if (!t)
		return;
	g_ptr_array_free(t->lines, true);
	g_free(t);
}

const char *shrink_text_line(const struct shrink_text *t, guint i)
{
	return ((const struct shrink_line *)t->lines->pdata[i])->text;
}

void shrink_text_set(struct shrink_text *t, guint i, const char *line)
{
	struct shrink_line *l = t->lines->pdata[i];

	g_free(l->text);
	l->text = g_strdup(line);
}

void shrink_text_remove(struct shrink_text *t, guint from, guint n)
{
	g_ptr_array_remove_range(t->lines, from, n);
}

/* ------------------------------------------------------------------ reading */

static bool begins_with(const char *line, const char *word)
{
	size_t n = strlen(word);

	return !strncmp(line, word, n) && (!line[n] || line[n] == ' ');
}

bool shrink_is_section(const char *line)
{
	return begins_with(line, "setup") || begins_with(line, "steps") ||
	       begins_with(line, "race") || begins_with(line, "final");
}

bool shrink_is_fixed(const char *line)
{
	return begins_with(line, "scenario") || begins_with(line, "kernel");
}

/* A comment goes to the end of its line; a title in quotes may have a #. */
static void cut_comment(char *line)
{
	bool quoted = false;

	for (; *line; line++) {
		if (*line == '"')
			quoted = !quoted;
		if (*line == '#' && !quoted)
			*line = '\0';
		if (!*line)
			return;
	}
}

/* "mem=shmem 4K" for $mem. */
static char *put_in(const char *line, const GPtrArray *values)
{
	GString *out = g_string_new(line);
	guint i;

	for (i = 0; i < values->len; i++) {
		char **pair = g_strsplit(values->pdata[i], "=", 2);
		char *pattern = g_strdup_printf("\\$%s\\b", pair[0]);
		GRegex *regex = g_regex_new(pattern, 0, 0, NULL);
		char *with =
			g_regex_replace_literal(regex, out->str, out->len, 0, pair[1], 0, NULL);

		g_string_assign(out, with);
		g_free(with);
		g_regex_unref(regex);
		g_free(pattern);
		g_strfreev(pair);
	}
	return g_string_free(out, false);
}

static char *kernel_line(const char *line, const char *kernel)
{
	const char *with = strstr(line, " with ");

	return g_strdup_printf("kernel   %s%s", kernel, with ? with : "");
}

static bool is_dropped(const char *line)
{
	return !*line || begins_with(line, "vary") || begins_with(line, "schedule") ||
	       begins_with(line, "expect");
}

static void take_line(struct shrink_text *t, char *line, const char *kernel,
		      const GPtrArray *values)
{
	char *kept;

	cut_comment(line);
	g_strchomp(line);
	if (is_dropped(line))
		return;
	if (begins_with(line, "kernel"))
		kept = kernel_line(line, kernel);
	else
		kept = put_in(line, values);
	add(t, t->lines->len + 1, kept);
	g_free(kept);
}

struct shrink_text *shrink_text_new(const struct scenario_file *file, const struct scenario *s,
				    const char *kernel)
{
	struct shrink_text *t = empty();
	char **lines = g_strsplit(file->text, "\n", -1);
	unsigned int i;

	for (i = 0; lines[i]; i++)
		take_line(t, lines[i], kernel, s->values);
	g_strfreev(lines);
	return t;
}

/* ------------------------------------------------------------------ writing */

static void write_line(GString *out, GArray *ids, unsigned int id, const char *text)
{
	g_string_append_printf(out, "%s\n", text);
	g_array_append_val(ids, id);
}

static bool is_empty_section(const struct shrink_text *t, guint i)
{
	if (!shrink_is_section(shrink_text_line(t, i)))
		return false;
	return i + 1 == t->lines->len || shrink_is_section(shrink_text_line(t, i + 1));
}

char *shrink_text_join(const struct shrink_text *t, GArray **ids)
{
	GString *out = g_string_new(NULL);
	guint i;

	*ids = g_array_new(false, false, sizeof(unsigned int));
	for (i = 0; i < t->lines->len; i++) {
		const struct shrink_line *l = t->lines->pdata[i];

		if (is_empty_section(t, i))
			continue;
		if (shrink_is_section(l->text))
			write_line(out, *ids, 0, "");
		write_line(out, *ids, l->id, l->text);
		if (begins_with(l->text, "kernel"))
			write_line(out, *ids, 0, "");
	}
	return g_string_free(out, false);
}
