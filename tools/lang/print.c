// SPDX-License-Identifier: GPL-2.0-only
/*
 * print.c - the canonical form of a file
 *
 * A line is laid out in cells: a head (keyword, operation, `thread:` or verdict), sometimes a
 * name, a left part, and a right part that begins with `=` or with an operator.  Cells of
 * neighbouring lines are made equally wide; a line that gets too long by that stays ragged,
 * and one that is too long even so stays as it was.
 */
#include <string.h>

#include "tools/lang/lang.h"
#include "tools/lang/source.h"
#include "tools/lang/spacing.h"

enum {
	HEAD = 8, /* the least width of a head */
	MAX_HEAD = 20,
	NAME = 3, /* the least width of a name cell */
	MAX_NAME = 12,
	MAX_LEFT = 48,
	RAGGED = 1,	 /* calls are aligned if their lengths differ by no more */
	COMMENT = 41,	 /* where trailing comments begin, counted from 0 */
	COMMENT_GAP = 3, /* behind a text that reaches further */
	DEEP = 8,	 /* a comment further right continues a trailing one */
};

enum form { FORM_BLANK, FORM_COMMENT, FORM_DECL, FORM_SECTION, FORM_BODY };

struct row {
	enum form form;
	const struct lang_source_line *line;
	struct lang_tokens lex;
	unsigned int indent;
	const char *section;			/* it belongs to, or NULL */
	const char *head, *name, *left, *right; /* NULL: no such cell */
	const char *op; /* rows whose right cells may be aligned have the same */
	guint head_width, name_width, left_width;
};

struct layout {
	struct lang_arena *arena;
	struct row *rows;
	unsigned int nrows;
};

/* ------------------------------------------------------------------- cells */

static const char *cell(struct layout *l, const struct row *r, guint from, guint to)
{
	GString *text = g_string_new(NULL);
	enum spacing_kind kind = SPACING_PLAIN;
	const char *copy;

	if (from >= to) {
		g_string_free(text, TRUE);
		return NULL;
	}
	if (r->form == FORM_DECL && !strcmp(r->head, "machine"))
		kind = SPACING_MACHINE;
	spacing_append(text, r->lex.tokens, from, to, kind);
	copy = arena_strdup(l->arena, text->str);
	g_string_free(text, TRUE);
	return copy;
}

static const struct lang_token *token(const struct row *r, guint i)
{
	return g_ptr_array_index(r->lex.tokens, i);
}

static guint end_of(const struct row *r)
{
	return r->lex.tokens->len - 1;
}

/* vary NAME = VALUE, VALUE: the values are any text. */
static const char *vary_cell(struct layout *l, const struct row *r)
{
	char *text = g_strndup(r->line->text + 4,
			       (r->lex.comment ? r->lex.comment_pos.col - 1 : r->line->len) - 4);
	char **sides = g_strsplit(text, "=", 2), **values, *joined, *all;
	const char *copy;
	unsigned int i;

	values = g_strsplit(sides[0] && sides[1] ? sides[1] : "", ",", -1);
	for (i = 0; values[i]; i++)
		g_strstrip(values[i]);
	joined = g_strjoinv(", ", values);
	all = g_strdup_printf("%s = %s", g_strstrip(sides[0]), joined);
	copy = arena_strdup(l->arena, all);
	g_free(all);
	g_free(joined);
	g_strfreev(values);
	g_strfreev(sides);
	g_free(text);
	return copy;
}

static void decl_cells(struct layout *l, struct row *r)
{
	static const char *const named[] = { "file", "map", "uffd", NULL };
	guint from = 1;

	r->head = token(r, 0)->text;
	r->head_width = HEAD;
	if (!strcmp(r->head, "vary")) {
		r->left = vary_cell(l, r);
		return;
	}
	if (g_strv_contains(named, r->head) && end_of(r) > 2) {
		r->name = token(r, 1)->text;
		from = 2;
	}
	r->left = cell(l, r, from, end_of(r));
}

/* Splits what follows the head at `=` or at the operator. */
static void split(struct layout *l, struct row *r, guint from, guint at)
{
	if (at <= from || at >= end_of(r))
		at = end_of(r);
	r->left = cell(l, r, from, at);
	r->right = cell(l, r, at, end_of(r));
}

static void final_cells(struct layout *l, struct row *r)
{
	static const char *const verdicts[] = { "always", "sometimes", "never", NULL };

	if (g_strv_contains(verdicts, token(r, 0)->text)) {
		r->head = token(r, 0)->text;
		r->head_width = strlen("sometimes");
		r->left = cell(l, r, 1, end_of(r));
		return;
	}
	r->op = "";
	split(l, r, 0, spacing_find_comparison(r->lex.tokens, 0));
}

static void call_cells(struct layout *l, struct row *r)
{
	bool setup = !strcmp(r->section, "setup");
	guint op = setup ? 0 : 2;

	if (!setup && token_is_word(token(r, 0), "check") && !token_is(token(r, 1), ":")) {
		r->head = r->op = "check";
		split(l, r, 1, spacing_find_comparison(r->lex.tokens, 1));
		return;
	}
	r->head = cell(l, r, 0, setup ? 1 : 2);
	r->op = token(r, op)->text;
	split(l, r, setup ? 1 : 2, spacing_find_result(r->lex.tokens, op));
}

static void fill_cells(struct layout *l, struct row *r)
{
	if (r->form == FORM_DECL)
		decl_cells(l, r);
	else if (r->form == FORM_SECTION)
		r->left = cell(l, r, 0, end_of(r));
	else if (r->form == FORM_BODY && !strcmp(r->section, "final"))
		final_cells(l, r);
	else if (r->form == FORM_BODY)
		call_cells(l, r);
}

/* --------------------------------------------------------------- the widths */

static guint width(const char *cell)
{
	return cell ? strlen(cell) : 0;
}

static void align_names(struct layout *l)
{
	guint most = NAME;
	unsigned int i;

	for (i = 0; i < l->nrows; i++) {
		if (width(l->rows[i].name) <= MAX_NAME)
			most = MAX(most, width(l->rows[i].name));
	}
	for (i = 0; i < l->nrows; i++)
		l->rows[i].name_width = most;
}

/* Heads of one section, from the row @i on; returns the row behind it. */
static unsigned int align_heads(struct layout *l, unsigned int i)
{
	unsigned int first = i;
	guint most = HEAD;

	for (; i < l->nrows && l->rows[i].section == l->rows[first].section; i++) {
		if (width(l->rows[i].head) <= MAX_HEAD)
			most = MAX(most, width(l->rows[i].head));
	}
	for (; first < i; first++) {
		if (!l->rows[first].head_width)
			l->rows[first].head_width = most;
	}
	return i;
}

static bool same_run(const struct row *a, const struct row *b)
{
	return b->form == FORM_BODY && b->right && a->op && b->op && !strcmp(a->op, b->op);
}

/* Calls that differ much in length look worse when their results are aligned. */
static bool worth_aligning(const struct row *r, guint least, guint most)
{
	return r->right && (!*r->op || !strcmp(r->op, "check") || most - least <= RAGGED);
}

static unsigned int align_rights(struct layout *l, unsigned int i)
{
	guint most = 0, least = MAX_LEFT;
	unsigned int first = i;
	bool aligned;

	do {
		if (width(l->rows[i].left) <= MAX_LEFT) {
			most = MAX(most, width(l->rows[i].left));
			least = MIN(least, width(l->rows[i].left));
		}
		i++;
	} while (i < l->nrows && l->rows[first].right && same_run(&l->rows[first], &l->rows[i]));
	aligned = worth_aligning(&l->rows[first], least, most);
	for (; first < i; first++)
		l->rows[first].left_width = aligned ? most : 0;
	return i;
}

/* ---------------------------------------------------------------- printing */

static void pad_to(GString *out, gsize start, gsize columns)
{
	while (out->len - start < columns)
		g_string_append_c(out, ' ');
}

static void append_cell(GString *out, const char *text, guint columns, bool last)
{
	gsize start = out->len;

	if (!text)
		return;
	g_string_append(out, text);
	if (last)
		return;
	pad_to(out, start, columns);
	g_string_append_c(out, ' ');
}

static void append_cells(GString *out, const struct row *r, bool aligned)
{
	gsize start = out->len;

	pad_to(out, start, r->indent);
	append_cell(out, r->head, aligned ? r->head_width : 0, !r->name && !r->left && !r->right);
	append_cell(out, r->name, aligned ? r->name_width : 0, !r->left);
	append_cell(out, r->left, aligned ? r->left_width : 0, !r->right);
	append_cell(out, r->right, 0, true);
}

/* The text of a row, in the widest form that fits. */
static char *row_text(const struct row *r)
{
	GString *out = g_string_new(NULL);

	append_cells(out, r, true);
	if (out->len > LANG_MAX_COLUMNS) {
		g_string_truncate(out, 0);
		append_cells(out, r, false);
	}
	if (out->len > LANG_MAX_COLUMNS) {
		g_string_truncate(out, 0);
		g_string_append_len(out, r->line->text, token(r, end_of(r))->end);
	}
	return g_string_free(out, FALSE);
}

/* A comment goes to its column, or less far if it does not fit, or above its line. */
static void append_row(GString *out, const struct row *r)
{
	char *text = row_text(r);
	gsize len = strlen(text), start, room, column;

	if (r->lex.comment && len + 1 + strlen(r->lex.comment) > LANG_MAX_COLUMNS)
		g_string_append_printf(out, "%*s%s\n", (int)r->indent, "", r->lex.comment);
	start = out->len;
	g_string_append(out, text);
	g_free(text);
	if (r->lex.comment && len + 1 + strlen(r->lex.comment) <= LANG_MAX_COLUMNS) {
		room = LANG_MAX_COLUMNS - strlen(r->lex.comment);
		column = len + 2 <= COMMENT ? COMMENT : len + COMMENT_GAP;
		pad_to(out, start, MAX(len + 1, MIN(column, room)));
		g_string_append(out, r->lex.comment);
	}
	g_string_append_c(out, '\n');
}

static void append_comment(GString *out, const struct row *r)
{
	gsize room = LANG_MAX_COLUMNS - MIN(strlen(r->lex.comment), (gsize)LANG_MAX_COLUMNS);
	gsize start = out->len;

	pad_to(out, start, MIN((gsize)r->indent, room));
	g_string_append_printf(out, "%s\n", r->lex.comment);
}

static void append_all(GString *out, const struct layout *l)
{
	unsigned int i;

	for (i = 0; i < l->nrows; i++) {
		const struct row *r = &l->rows[i];

		if (r->form == FORM_COMMENT)
			append_comment(out, r);
		else if (r->form != FORM_BLANK)
			append_row(out, r);
		else if (out->len && !g_str_has_suffix(out->str, "\n\n"))
			g_string_append_c(out, '\n');
	}
	while (g_str_has_suffix(out->str, "\n\n"))
		g_string_truncate(out, out->len - 1);
}

/* --------------------------------------------------------------- the rows */

static const char *section_of(const char *word)
{
	static const char *const sections[] = { "setup", "steps", "race", "final" };
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(sections); i++) {
		if (!strcmp(sections[i], word))
			return sections[i];
	}
	return NULL;
}

static unsigned int comment_indent(const struct row *r)
{
	if (r->lex.comment_pos.col > DEEP)
		return COMMENT;
	return r->line->indented && r->section ? 2 : 0;
}

static void read_row(struct layout *l, struct diag *d, struct row *r, const char **section)
{
	lang_lex(l->arena, d, r->line, &r->lex);
	if (end_of(r) && !r->line->indented)
		*section = section_of(token(r, 0)->text);
	r->section = *section;
	if (!end_of(r)) {
		r->form = r->lex.comment ? FORM_COMMENT : FORM_BLANK;
		if (r->lex.comment)
			r->indent = comment_indent(r);
	} else if (r->line->indented) {
		r->form = FORM_BODY;
		r->indent = 2;
	} else {
		r->form = *section ? FORM_SECTION : FORM_DECL;
	}
	fill_cells(l, r);
}

static char *format(struct lang_arena *a, struct diag *d, const struct source *source)
{
	struct layout l = { a, arena_alloc(a, source->nlines * sizeof(struct row)),
			    source->nlines };
	const char *section = NULL;
	GString *out = g_string_new(NULL);
	unsigned int i;

	for (i = 0; i < l.nrows; i++) {
		l.rows[i].line = &source->lines[i];
		read_row(&l, d, &l.rows[i], &section);
	}
	align_names(&l);
	for (i = 0; i < l.nrows;)
		i = align_heads(&l, i);
	for (i = 0; i < l.nrows;)
		i = align_rights(&l, i);
	append_all(out, &l);
	return g_string_free(out, FALSE);
}

char *lang_format(const char *text, size_t len, const char *name, struct diag *d)
{
	struct lang_arena *a = arena_new();
	unsigned int before = d->errors;
	struct source source;
	char *out = NULL;

	diag_source(d, name, text, MIN(len, (size_t)LANG_MAX_BYTES + 1));
	if (source_split(a, d, text, len, &source) && source_parse(a, d, &source, true, NULL) &&
	    d->errors == before)
		out = format(a, d, &source);
	diag_sort(d);
	diag_source(d, name, NULL, 0);
	arena_free(a);
	return out;
}
