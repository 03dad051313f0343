// SPDX-License-Identifier: GPL-2.0-only
/* diag.c - what is wrong with a file: kept in order, printed as compilers print it */
#include <stdarg.h>
#include <string.h>

#include "tools/lang/diag.h"

enum { MAX_DISTANCE = 2, MAX_WORD = 64 };

static void entry_free(void *p)
{
	struct diag_entry *e = p;

	g_free(e->name);
	g_free(e->text);
	g_free(e->source);
	g_free(e);
}

struct diag *diag_new(void)
{
	struct diag *d = g_new0(struct diag, 1);

	d->name = g_strdup("");
	d->entries = g_ptr_array_new_with_free_func(entry_free);
	return d;
}

void diag_free(struct diag *d)
{
	if (!d)
		return;
	g_ptr_array_unref(d->entries);
	g_free(d->name);
	g_free(d);
}

void diag_source(struct diag *d, const char *name, const char *text, size_t len)
{
	char *copy = g_strdup(name);

	g_free(d->name);
	d->name = copy;
	d->text = text;
	d->len = len;
	d->reading++;
	d->here = 0;
}

char *diag_line(const char *text, size_t len, unsigned int number)
{
	const char *end = text + len, *p = text, *eol;

	if (!text || !number)
		return NULL;
	while (--number && p)
		p = memchr(p, '\n', end - p), p = p ? p + 1 : NULL;
	if (!p || p > end)
		return NULL;
	eol = memchr(p, '\n', end - p);
	return g_strndup(p, (eol ? eol : end) - p);
}

/* Whether the place has an error already: the first one says what is wrong. */
static bool reported(const struct diag *d, struct lang_pos pos)
{
	guint i;

	for (i = 0; i < d->entries->len; i++) {
		const struct diag_entry *e = g_ptr_array_index(d->entries, i);

		if (!e->note && e->reading == d->reading && e->pos.line == pos.line &&
		    e->pos.col == pos.col)
			return true;
	}
	return false;
}

static void add_entry(struct diag *d, struct lang_pos pos, bool note, char *text)
{
	struct diag_entry *e = g_new0(struct diag_entry, 1);

	e->name = g_strdup(d->name);
	e->reading = d->reading;
	e->pos = pos;
	e->note = note;
	e->text = text;
	e->source = diag_line(d->text, d->len, pos.line);
	g_ptr_array_add(d->entries, e);
}

void diag_error(struct diag *d, struct lang_pos pos, const char *fmt, ...)
{
	va_list args;

	d->muted = reported(d, pos);
	if (d->muted)
		return;
	d->errors++;
	if (++d->here > DIAG_MAX_ERRORS) {
		d->dropped++;
		d->muted = true;
		return;
	}
	va_start(args, fmt);
	add_entry(d, pos, false, g_strdup_vprintf(fmt, args));
	va_end(args);
}

void diag_note(struct diag *d, struct lang_pos pos, const char *fmt, ...)
{
	va_list args;

	if (d->muted)
		return;
	va_start(args, fmt);
	add_entry(d, pos, true, g_strdup_vprintf(fmt, args));
	va_end(args);
}

static int compare_groups(const void *a, const void *b)
{
	const GPtrArray *const *ga = a, *const *gb = b;
	const struct diag_entry *ea = (*ga)->pdata[0], *eb = (*gb)->pdata[0];

	if (ea->reading != eb->reading)
		return ea->reading < eb->reading ? -1 : 1;
	if (ea->pos.line != eb->pos.line)
		return ea->pos.line < eb->pos.line ? -1 : 1;
	return ea->pos.col < eb->pos.col ? -1 : ea->pos.col > eb->pos.col;
}

static void unref_group(void *group)
{
	g_ptr_array_unref(group);
}

void diag_sort(struct diag *d)
{
	GPtrArray *groups = g_ptr_array_new_with_free_func(unref_group), *group = NULL;
	guint i, j, n = 0;

	for (i = 0; i < d->entries->len; i++) {
		struct diag_entry *e = g_ptr_array_index(d->entries, i);

		if (!group || !e->note) {
			group = g_ptr_array_new();
			g_ptr_array_add(groups, group);
		}
		g_ptr_array_add(group, e);
	}
	g_ptr_array_sort(groups, compare_groups);
	for (i = 0; i < groups->len; i++) {
		group = g_ptr_array_index(groups, i);
		for (j = 0; j < group->len; j++)
			d->entries->pdata[n++] = group->pdata[j];
	}
	g_ptr_array_unref(groups);
}

/* Levenshtein's distance, two swapped neighbours counted as one edit. */
static unsigned int distance(const char *a, size_t la, const char *b, size_t lb)
{
	unsigned int row[3][MAX_WORD + 1];
	size_t i, j;

	for (j = 0; j <= lb; j++)
		row[0][j] = j;
	for (i = 1; i <= la; i++) {
		unsigned int *now = row[i % 3], *up = row[(i + 2) % 3], *upup = row[(i + 1) % 3];

		now[0] = i;
		for (j = 1; j <= lb; j++) {
			bool same = g_ascii_tolower(a[i - 1]) == g_ascii_tolower(b[j - 1]);

			now[j] = MIN(MIN(up[j], now[j - 1]) + 1, up[j - 1] + !same);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				now[j] = MIN(now[j], upup[j - 2] + 1);
		}
	}
	return row[la % 3][lb];
}

void diag_suggest(struct diag *d, struct lang_pos pos, const char *word, const char *const *names)
{
	size_t len = strlen(word);
	const char *best = NULL;
	unsigned int least = MAX_DISTANCE + 1;

	if (len > MAX_WORD || !names)
		return;
	for (; *names; names++) {
		size_t n = strlen(*names);
		unsigned int edits;

		if (n > MAX_WORD)
			continue;
		edits = distance(word, len, *names, n);
		if (edits < least && edits < MAX(len, n)) {
			least = edits;
			best = *names;
		}
	}
	if (best)
		diag_note(d, pos, "did you mean '%s'?", best);
}

/* The line as it can be shown on a terminal: a byte a column. */
static void append_line(GString *out, const char *line, size_t from, size_t to)
{
	size_t i;

	for (i = from; i < to; i++)
		g_string_append_c(out, g_ascii_isprint(line[i]) ? line[i] :
				       line[i] == '\t'		? ' ' :
								  '?');
}

void diag_excerpt(GString *out, const char *line, struct lang_pos pos)
{
	enum { SHOWN = 200 };
	size_t len = strcspn(line, "\r"), from = 0, to, col = pos.col ? pos.col - 1 : 0, i;

	if (col > SHOWN / 2 && len > SHOWN)
		from = col - SHOWN / 2;
	to = MIN(len, from + SHOWN);
	g_string_append_printf(out, "%5u | ", pos.line);
	append_line(out, line, MIN(from, len), to);
	g_string_append(out, "\n      | ");
	for (i = from; i < col; i++)
		g_string_append_c(out, ' ');
	g_string_append_c(out, '^');
	for (i = 1; i < pos.len && col + i < to; i++)
		g_string_append_c(out, '~');
	g_string_append_c(out, '\n');
}

static void append_entry(GString *out, const struct diag_entry *e, bool excerpt)
{
	g_string_append(out, e->name);
	if (e->pos.line)
		g_string_append_printf(out, ":%u:%u", e->pos.line, e->pos.col);
	g_string_append_printf(out, ": %s: %s\n", e->note ? "note" : "error", e->text);
	if (e->source && excerpt)
		diag_excerpt(out, e->source, e->pos);
}

char *diag_text(const struct diag *d)
{
	GString *out = g_string_new(NULL);
	const struct diag_entry *before = NULL;
	guint i;

	for (i = 0; i < d->entries->len; i++) {
		const struct diag_entry *e = g_ptr_array_index(d->entries, i);

		/* A note at the place of its error does not show the line again. */
		append_entry(out, e, !e->note || !before || e->pos.line != before->pos.line);
		before = e;
	}
	if (d->dropped)
		g_string_append_printf(out, "%s: %u more errors\n", d->name, d->dropped);
	return g_string_free(out, FALSE);
}
