// SPDX-License-Identifier: GPL-2.0-only
/* vary.c - one file, several scenarios: the cross product of its `vary` lines */
#include <string.h>

#include "tools/lang/lang.h"
#include "tools/lang/source.h"

static bool is_vary(const struct lang_source_line *line)
{
	static const char word[] = "vary";
	size_t n = sizeof(word) - 1;

	return line->len >= n && !memcmp(line->text, word, n) &&
	       (line->len == n || line->text[n] == ' ');
}

static struct lang_pos pos_at(const struct lang_source_line *line, size_t at, size_t len)
{
	return (struct lang_pos){ line->number, at + 1, MAX(len, 1) };
}

static bool word_char(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

static size_t skip_blanks(const struct lang_source_line *line, size_t at, size_t end)
{
	while (at < end && line->text[at] == ' ')
		at++;
	return at;
}

static size_t trim_end(const struct lang_source_line *line, size_t start, size_t end)
{
	while (end > start && line->text[end - 1] == ' ')
		end--;
	return end;
}

/* Values between commas, up to @end. */
static bool read_values(struct lang_arena *a, struct diag *d, const struct lang_source_line *line,
			size_t at, size_t end, GPtrArray *values)
{
	while (at <= end) {
		const char *comma = memchr(line->text + at, ',', end - at);
		size_t stop = comma ? (size_t)(comma - line->text) : end, start, last, bad;

		start = skip_blanks(line, at, stop);
		last = trim_end(line, start, stop);
		if (start == last) {
			diag_error(d, pos_at(line, start, 1), "expected a value for 'vary'");
			return false;
		}
		for (bad = start; bad < last && !strchr("$\"", line->text[bad]); bad++)
			;
		if (bad < last) {
			diag_error(d, pos_at(line, bad, 1),
				   "'%c' cannot stand in a value of "
				   "'vary'",
				   line->text[bad]);
			return false;
		}
		g_ptr_array_add(values, arena_strndup(a, line->text + start, last - start));
		at = stop + 1;
	}
	return true;
}

static const struct vary_axis *find_axis(const struct vary *v, const char *name, size_t len)
{
	guint i;

	for (i = 0; i < v->axes->len; i++) {
		const struct vary_axis *axis = g_ptr_array_index(v->axes, i);

		if (strlen(axis->name) == len && !memcmp(axis->name, name, len))
			return axis;
	}
	return NULL;
}

static void add_axis(struct diag *d, struct vary *v, struct vary_axis *axis)
{
	const struct vary_axis *old = find_axis(v, axis->name, strlen(axis->name));

	if (old) {
		diag_error(d, axis->pos, "'%s' is varied twice", axis->name);
		diag_note(d, old->pos, "the first time here");
		return;
	}
	if (v->count * axis->values->len > LANG_MAX_VARIATIONS) {
		diag_error(d, axis->pos, "more than %d variations of one file",
			   LANG_MAX_VARIATIONS);
		return;
	}
	v->count *= axis->values->len;
	g_ptr_array_add(v->axes, axis);
}

static void read_axis(struct lang_arena *a, struct diag *d, const struct lang_source_line *line,
		      struct vary *v)
{
	struct vary_axis *axis = arena_new0(a, struct vary_axis);
	const char *hash = memchr(line->text, '#', line->len);
	size_t end = trim_end(line, 0, hash ? (size_t)(hash - line->text) : line->len);
	size_t start = skip_blanks(line, strlen("vary"), end), at = start;

	while (at < end && word_char(line->text[at]))
		at++;
	if (at == start) {
		diag_error(d, pos_at(line, start, 1), "expected a name after 'vary'");
		return;
	}
	axis->pos = pos_at(line, start, at - start);
	axis->name = arena_strndup(a, line->text + start, at - start);
	axis->line = line->number;
	axis->values = arena_array(a);
	at = skip_blanks(line, at, end);
	if (at == end || line->text[at] != '=') {
		diag_error(d, pos_at(line, at, 1), "expected '=' after the name");
		return;
	}
	if (read_values(a, d, line, at + 1, end, axis->values))
		add_axis(d, v, axis);
}

void vary_read(struct lang_arena *a, struct diag *d, const struct source *source, struct vary *out)
{
	unsigned int i;

	out->axes = arena_array(a);
	out->count = 1;
	for (i = 0; i < source->nlines; i++) {
		if (is_vary(&source->lines[i]))
			read_axis(a, d, &source->lines[i], out);
	}
}

/* The value of axis @n in variation @index. */
static const char *value_of(const struct vary *v, unsigned int n, unsigned int index)
{
	const struct vary_axis *axis;
	guint i;

	for (i = v->axes->len - 1; i > n; i--) {
		axis = g_ptr_array_index(v->axes, i);
		index /= axis->values->len;
	}
	axis = g_ptr_array_index(v->axes, n);
	return g_ptr_array_index(axis->values, index % axis->values->len);
}

const char *vary_text(struct lang_arena *a, const struct vary *v, unsigned int index,
		      GPtrArray *values)
{
	GString *out = g_string_new(NULL);
	char *text;
	guint i;

	for (i = 0; i < v->axes->len; i++) {
		const struct vary_axis *axis = g_ptr_array_index(v->axes, i);
		char *value = g_strdup_printf("%s=%s", axis->name, value_of(v, i, index));

		g_string_append_printf(out, "%s%s", i ? " " : "", value);
		g_ptr_array_add(values, arena_strdup(a, value));
		g_free(value);
	}
	text = arena_strndup(a, out->str, out->len);
	g_string_free(out, TRUE);
	return text;
}

/* ---------------------------------------------------------------- expansion */

struct expansion {
	struct diag *d;
	const struct vary *v;
	unsigned int index;
	const struct lang_source_line *line;
	GString *text;
	GArray *places;
	bool ok;
};

static void put(struct expansion *x, const char *text, size_t len, struct lang_pos pos, bool step)
{
	size_t i;

	g_string_append_len(x->text, text, len);
	for (i = 0; i < len; i++) {
		g_array_append_val(x->places, pos);
		pos.col += step;
	}
}

static void unknown(struct expansion *x, struct lang_pos pos, const char *name)
{
	GPtrArray *names = g_ptr_array_new();
	guint i;

	for (i = 0; i < x->v->axes->len; i++)
		g_ptr_array_add(names, (char *)((struct vary_axis *)x->v->axes->pdata[i])->name);
	g_ptr_array_add(names, NULL);
	diag_error(x->d, pos, "no 'vary' line above sets '%s'", name);
	diag_suggest(x->d, pos, name, (const char *const *)names->pdata);
	g_ptr_array_unref(names);
	x->ok = false;
}

/* $NAME at @at; returns where it ends. */
static size_t replace(struct expansion *x, size_t at)
{
	const char *s = x->line->text;
	size_t end = at + 1;
	struct lang_pos pos;
	char *name;
	guint i;

	while (end < x->line->len && word_char(s[end]))
		end++;
	pos = pos_at(x->line, at, end - at);
	name = g_strndup(s + at + 1, end - at - 1);
	for (i = 0; i < x->v->axes->len; i++) {
		const struct vary_axis *axis = g_ptr_array_index(x->v->axes, i);
		const char *value;

		if (strcmp(axis->name, name) || axis->line >= x->line->number)
			continue;
		value = value_of(x->v, i, x->index);
		put(x, value, strlen(value), pos, false);
		break;
	}
	if (i == x->v->axes->len && end == at + 1) {
		diag_error(x->d, pos, "expected a name after '$'");
		x->ok = false;
	} else if (i == x->v->axes->len) {
		unknown(x, pos, name);
	}
	g_free(name);
	return end;
}

static void expand(struct expansion *x)
{
	bool quoted = false, comment = false;
	size_t at = 0;

	while (at < x->line->len) {
		char c = x->line->text[at];

		quoted ^= c == '"' && !comment;
		comment |= c == '#' && !quoted;
		if (c == '$' && !quoted && !comment) {
			at = replace(x, at);
		} else {
			put(x, &c, 1, pos_at(x->line, at, 1), true);
			at++;
		}
	}
}

bool vary_expand(struct lang_arena *a, struct diag *d, const struct vary *v, unsigned int index,
		 const struct lang_source_line *line, struct lang_source_line *out)
{
	struct expansion x = { d, v, index, line, NULL, NULL, true };
	struct lang_pos *places;

	*out = *line;
	if (!memchr(line->text, '$', line->len) || is_vary(line))
		return true;
	x.text = g_string_new(NULL);
	x.places = g_array_new(FALSE, FALSE, sizeof(struct lang_pos));
	expand(&x);
	places = arena_alloc(a, sizeof(*places) * (x.places->len + 1));
	if (x.places->len)
		memcpy(places, x.places->data, sizeof(*places) * x.places->len);
	out->text = arena_strndup(a, x.text->str, x.text->len);
	out->len = x.text->len;
	out->places = places;
	g_string_free(x.text, TRUE);
	g_array_unref(x.places);
	return x.ok;
}
