// SPDX-License-Identifier: GPL-2.0-only
/* source.c - from the bytes of a file to lines, and over `vary` to scenarios */
#include <string.h>

#include "tools/lang/parser.h"
#include "tools/lang/source.h"

/* What a line may not hold; each is said once a file. */
enum flaw { FLAW_TAB, FLAW_CR, FLAW_CONTROL, FLAW_ASCII, FLAWS };

static const char *const flaw_texts[FLAWS] = {
	[FLAW_TAB] = "a tab: use blanks",
	[FLAW_CR] = "a carriage return: end lines with a line feed alone",
	[FLAW_CONTROL] = "a control character: scenario files are plain text",
	[FLAW_ASCII] = "a byte that is not ASCII",
};

static unsigned int flaw_of(char c)
{
	if (c == '\t')
		return FLAW_TAB;
	if (c == '\r')
		return FLAW_CR;
	if ((unsigned char)c >= 0x80)
		return FLAW_ASCII;
	return g_ascii_isprint(c) ? FLAWS : FLAW_CONTROL;
}

/* Returns false at a NUL byte: this is no text at all. */
static bool check_line(struct diag *d, const struct lang_source_line *line, bool said[FLAWS])
{
	size_t i;

	for (i = 0; i < line->len; i++) {
		struct lang_pos pos = { line->number, i + 1, 1 };
		unsigned int flaw = flaw_of(line->text[i]);

		if (!line->text[i]) {
			diag_error(d, pos, "a NUL byte: this is a binary file");
			return false;
		}
		if (flaw == FLAWS || said[flaw])
			continue;
		said[flaw] = true;
		diag_error(d, pos, "%s", flaw_texts[flaw]);
	}
	if (line->len > LANG_MAX_COLUMNS) {
		struct lang_pos pos = { line->number, LANG_MAX_COLUMNS + 1,
					line->len - LANG_MAX_COLUMNS };

		diag_error(d, pos, "this line has %zu columns; %d are allowed", line->len,
			   LANG_MAX_COLUMNS);
	}
	return true;
}

static unsigned int count_lines(const char *text, size_t len)
{
	unsigned int n = len && text[len - 1] != '\n';
	size_t i;

	for (i = 0; i < len; i++)
		n += text[i] == '\n';
	return n;
}

static void cut_line(struct lang_source_line *line, const char **at, const char *end,
		     uint32_t number)
{
	const char *eol = memchr(*at, '\n', end - *at) ?: end;

	line->text = *at;
	line->len = eol - *at;
	line->number = number;
	line->indented = line->len && strchr(" \t\r", line->text[0]);
	*at = eol + (eol < end);
}

static bool check_size(struct diag *d, size_t len, unsigned int nlines)
{
	if (len > LANG_MAX_BYTES) {
		diag_error(d, (struct lang_pos){ 0 }, "the file has more than %d bytes",
			   LANG_MAX_BYTES);
	} else if (nlines > LANG_MAX_LINES) {
		diag_error(d, (struct lang_pos){ LANG_MAX_LINES + 1, 1, 1 },
			   "the file has more than %d lines", LANG_MAX_LINES);
	} else if (!len) {
		diag_error(d, (struct lang_pos){ 1, 1, 1 }, "the file is empty");
	} else {
		return true;
	}
	return false;
}

bool source_split(struct lang_arena *a, struct diag *d, const char *text, size_t len,
		  struct source *out)
{
	const char *at = text, *end = text + len;
	bool said[FLAWS] = { false };
	unsigned int i;

	out->nlines = len <= LANG_MAX_BYTES ? count_lines(text, len) : 0;
	if (!check_size(d, len, out->nlines))
		return false;
	out->lines = arena_alloc(a, out->nlines * sizeof(*out->lines));
	for (i = 0; i < out->nlines; i++) {
		cut_line(&out->lines[i], &at, end, i + 1);
		if (!check_line(d, &out->lines[i], said))
			return false;
	}
	return true;
}

static struct scenario *parse_variation(struct lang_arena *a, struct diag *d,
					const struct source *source, const struct vary *v,
					unsigned int index, bool syntax_only)
{
	struct parser p;
	unsigned int i;

	parse_begin(&p, a, d, syntax_only);
	p.sc->variation = vary_text(a, v, index, p.sc->values);
	for (i = 0; i < source->nlines; i++) {
		struct lang_source_line *line = arena_new0(a, struct lang_source_line);

		if (source->lines[i].len > LANG_MAX_COLUMNS)
			continue;
		if (vary_expand(a, d, v, index, &source->lines[i], line))
			parse_line(&p, line);
	}
	parse_end(&p);
	return p.sc;
}

bool source_parse(struct lang_arena *a, struct diag *d, const struct source *source,
		  bool syntax_only, GPtrArray *scenarios)
{
	unsigned int before = d->errors, i;
	struct vary v;

	vary_read(a, d, source, &v);
	if ((uint64_t)source->nlines * v.count > LANG_MAX_EXPANDED)
		diag_error(d, (struct lang_pos){ 0 }, "%u variations of %u lines are more than %d",
			   v.count, source->nlines, LANG_MAX_EXPANDED);
	for (i = 0; i < v.count && d->errors == before; i++) {
		struct scenario *sc = parse_variation(a, d, source, &v, i, syntax_only);

		if (d->errors != before && i)
			diag_note(d, (struct lang_pos){ 0 }, "in the variation %s", sc->variation);
		if (scenarios)
			g_ptr_array_add(scenarios, sc);
	}
	return d->errors == before;
}
