// SPDX-License-Identifier: GPL-2.0-only
/* lexer.c - a line cut into tokens */
#include <string.h>

#include "tools/lang/lexer.h"

struct lexer {
	struct lang_arena *arena;
	struct diag *d;
	const struct lang_source_line *line;
	struct lang_tokens *out;
	size_t at;
};

static struct lang_pos pos_between(const struct lang_source_line *line, size_t start, size_t end)
{
	struct lang_pos pos = { line->number, start + 1, end > start ? end - start : 1 };

	if (line->places && start < line->len) {
		const struct lang_pos *last = &line->places[MIN(end, line->len) - 1];

		pos.col = line->places[start].col;
		pos.len = last->col + last->len - pos.col;
	} else if (line->places && line->len) {
		pos.col = line->places[line->len - 1].col + line->places[line->len - 1].len;
	}
	return pos;
}

static void add_token(struct lexer *l, enum lang_token_kind kind, size_t end)
{
	struct lang_token *t = arena_new0(l->arena, struct lang_token);
	unsigned int cut = kind == TOKEN_STRING;

	t->kind = kind;
	t->start = l->at;
	t->end = end;
	t->pos = pos_between(l->line, l->at, end);
	t->text = arena_strndup(l->arena, l->line->text + l->at + cut, end - l->at - 2 * cut);
	t->glued = l->at && l->line->text[l->at - 1] != ' ';
	g_ptr_array_add(l->out->tokens, t);
	l->at = end;
}

static void bad(struct lexer *l, size_t end, const char *what)
{
	diag_error(l->d, pos_between(l->line, l->at, end), "%s", what);
	l->out->ok = false;
	l->at = end;
}

static bool word_char(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

/* A word goes on over `.` before a digit (v6.1) and over `-` before a letter (minor-v1). */
static size_t word_end(const struct lang_source_line *line, size_t at)
{
	const char *s = line->text;

	for (; at < line->len; at++) {
		char next = at + 1 < line->len ? s[at + 1] : 0;

		if (word_char(s[at]))
			continue;
		if (s[at] == '.' && g_ascii_isdigit(next))
			continue;
		if (s[at] == '-' && g_ascii_isalpha(next))
			continue;
		break;
	}
	return at;
}

static size_t plain_end(const struct lang_source_line *line, size_t at)
{
	while (at < line->len && word_char(line->text[at]))
		at++;
	return at;
}

static void lex_string(struct lexer *l)
{
	const char *s = l->line->text, *close = NULL;

	if (l->at + 1 < l->line->len)
		close = memchr(s + l->at + 1, '"', l->line->len - l->at - 1);
	if (close)
		add_token(l, TOKEN_STRING, close - s + 1);
	else
		bad(l, l->line->len, "this string has no end");
}

static void lex_punct(struct lexer *l)
{
	static const char *const puncts[] = { "...", "||", "&&", "==", "!=", "<=", ">=", "<", ">",
					      "!",   "(",  ")",	 "[",  "]",  "{",  "}",	 ":", ",",
					      ".",   "=",  "|",	 "+",  "-",  "*",  "/",	 NULL };
	const char *const *p;

	for (p = puncts; *p; p++) {
		size_t n = strlen(*p);

		if (n <= l->line->len - l->at && !memcmp(l->line->text + l->at, *p, n)) {
			add_token(l, TOKEN_PUNCT, l->at + n);
			return;
		}
	}
	bad(l, l->at + 1, "this character means nothing here");
}

static void lex_comment(struct lexer *l)
{
	size_t end = l->line->len;

	while (end > l->at && g_ascii_isspace(l->line->text[end - 1]))
		end--;
	l->out->comment_pos = pos_between(l->line, l->at, end);
	l->out->comment = arena_strndup(l->arena, l->line->text + l->at, end - l->at);
}

static void lex_token(struct lexer *l)
{
	char c = l->line->text[l->at];

	if (g_ascii_isalpha(c) || c == '_')
		add_token(l, TOKEN_WORD, word_end(l->line, l->at));
	else if (g_ascii_isdigit(c))
		add_token(l, TOKEN_NUMBER, plain_end(l->line, l->at));
	else if (c == '"')
		lex_string(l);
	else if (c == '$' && plain_end(l->line, l->at + 1) > l->at + 1)
		add_token(l, TOKEN_VAR, plain_end(l->line, l->at + 1));
	else
		lex_punct(l);
}

/* Bytes that the file's own check has complained about already count as blanks. */
static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || !g_ascii_isprint(c);
}

void lang_lex(struct lang_arena *a, struct diag *d, const struct lang_source_line *line,
	      struct lang_tokens *out)
{
	struct lexer l = { a, d, line, out, 0 };
	size_t end = 0;

	memset(out, 0, sizeof(*out));
	out->tokens = arena_array(a);
	out->ok = true;
	while (l.at < line->len) {
		if (is_blank(line->text[l.at])) {
			l.at++;
			continue;
		}
		if (line->text[l.at] == '#') {
			lex_comment(&l);
			break;
		}
		lex_token(&l);
		end = l.at;
	}
	l.at = end;
	add_token(&l, TOKEN_END, end);
}

bool token_is(const struct lang_token *t, const char *punct)
{
	return t->kind == TOKEN_PUNCT && !strcmp(t->text, punct);
}

bool token_is_word(const struct lang_token *t, const char *word)
{
	return t->kind == TOKEN_WORD && !strcmp(t->text, word);
}

static unsigned int suffix_shift(const char *suffix)
{
	static const struct {
		const char *suffix;
		unsigned int shift;
	} known[] = { { "K", 10 }, { "M", 20 }, { "G", 30 } };
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(known); i++) {
		if (!strcmp(suffix, known[i].suffix))
			return known[i].shift;
	}
	return 0;
}

/* The digits of a number: false if they do not fit. */
static bool read_digits(const char *s, const char **end, uint64_t *value)
{
	unsigned int base = 10;

	if (s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && g_ascii_isxdigit(s[2])) {
		base = 16;
		s += 2;
	}
	for (*value = 0; base == 16 ? g_ascii_isxdigit(*s) : g_ascii_isdigit(*s); s++) {
		if (__builtin_mul_overflow(*value, (uint64_t)base, value) ||
		    __builtin_add_overflow(*value, (uint64_t)g_ascii_xdigit_value(*s), value))
			return false;
	}
	*end = s;
	return true;
}

bool token_number(struct diag *d, const struct lang_token *t, bool minus, struct lang_number *out)
{
	const char *end;
	unsigned int shift;

	out->pos = t->pos;
	out->unit = LANG_UNIT_NONE;
	if (!read_digits(t->text, &end, &out->value))
		goto too_large;
	shift = suffix_shift(end);
	if (shift) {
		if (out->value > UINT64_MAX >> shift)
			goto too_large;
		out->value <<= shift;
		out->unit = LANG_UNIT_SIZE;
	} else if (!strcmp(end, "p")) {
		out->unit = LANG_UNIT_PAGES;
	} else if (*end) {
		diag_error(d, t->pos,
			   "'%s' is no number: digits, 0x and digits, or with K, M, G "
			   "or p behind",
			   t->text);
		return false;
	}
	if (minus && out->value > (uint64_t)INT64_MAX + 1)
		goto too_large;
	if (minus)
		out->value = -out->value;
	return true;

too_large:
	diag_error(d, t->pos, "'%s' does not fit in 64 bits", t->text);
	return false;
}
