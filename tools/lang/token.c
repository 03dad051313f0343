// SPDX-License-Identifier: GPL-2.0-only
/* token.c - the parser's way over the tokens of a line */
#include <stdarg.h>
#include <string.h>

#include "tools/lang/parser.h"

static const struct lang_token *token_at(const struct parser *p, guint at)
{
	return g_ptr_array_index(p->tokens, MIN(at, p->tokens->len - 1));
}

const struct lang_token *parse_peek(const struct parser *p)
{
	return token_at(p, p->at);
}

const struct lang_token *parse_peek2(const struct parser *p)
{
	return token_at(p, p->at + 1);
}

const struct lang_token *parse_next(struct parser *p)
{
	return token_at(p, p->at < p->tokens->len - 1 ? p->at++ : p->at);
}

bool parse_at_end(const struct parser *p)
{
	return parse_peek(p)->kind == TOKEN_END;
}

bool parse_accept(struct parser *p, const char *punct)
{
	if (!token_is(parse_peek(p), punct))
		return false;
	p->at++;
	return true;
}

bool parse_accept_word(struct parser *p, const char *word)
{
	if (!token_is_word(parse_peek(p), word))
		return false;
	p->at++;
	return true;
}

bool parse_accept_key(struct parser *p, const char *word)
{
	if (!token_is_word(parse_peek(p), word) || !token_is(parse_peek2(p), "="))
		return false;
	p->at += 2;
	return true;
}

bool parse_fail(struct parser *p, const struct lang_token *t, const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = g_strdup_vprintf(fmt, args);
	va_end(args);
	diag_error(p->d, t->pos, "%s", text);
	g_free(text);
	return false;
}

bool parse_expected(struct parser *p, const char *what)
{
	const struct lang_token *t = parse_peek(p);

	if (t->kind == TOKEN_END)
		return parse_fail(p, t, "expected %s at the end of the line", what);
	return parse_fail(p, t, "expected %s, not '%s'", what, t->text);
}

void parse_wrong(struct parser *p, struct lang_pos pos, const char *fmt, ...)
{
	va_list args;
	char *text;

	if (p->syntax_only) {
		p->d->muted = true;
		return;
	}
	va_start(args, fmt);
	text = g_strdup_vprintf(fmt, args);
	va_end(args);
	diag_error(p->d, pos, "%s", text);
	g_free(text);
}

bool parse_expect(struct parser *p, const char *punct)
{
	char quoted[16];

	if (parse_accept(p, punct))
		return true;
	g_snprintf(quoted, sizeof(quoted), "'%s'", punct);
	return parse_expected(p, quoted);
}

const struct lang_token *parse_word(struct parser *p, const char *what)
{
	if (parse_peek(p)->kind == TOKEN_WORD)
		return parse_next(p);
	parse_expected(p, what);
	return NULL;
}

struct lang_pos parse_span(const struct parser *p, const struct lang_token *first)
{
	const struct lang_token *last = p->at ? token_at(p, p->at - 1) : first;
	struct lang_pos pos = first->pos;

	if (last->start >= first->start && last->pos.col + last->pos.len > pos.col)
		pos.len = last->pos.col + last->pos.len - pos.col;
	return pos;
}

const char *parse_text(const struct parser *p, const struct lang_token *first)
{
	const struct lang_token *last = p->at ? token_at(p, p->at - 1) : first;
	size_t end = MAX(last->end, first->end);

	return arena_strndup(p->arena, p->line->text + first->start, end - first->start);
}

void parse_not_modelled(struct parser *p, struct lang_pos pos, const char *what, const char *name,
			const char *later)
{
	if (later)
		parse_wrong(p, pos, "%s '%s' is not modelled yet: it comes with %s", what, name,
			    later);
}

static void check_listed(struct parser *p, struct lang_pos pos, const char *name, const char *what,
			 const char *const *list)
{
	if (!list || g_strv_contains(list, name))
		return;
	parse_wrong(p, pos, "unknown %s '%s'", what, name);
	diag_suggest(p->d, pos, name, list);
}

void parse_check_listed(struct parser *p, const struct lang_token *t, const char *what,
			const char *const *list)
{
	check_listed(p, t->pos, t->text, what, list);
}

void parse_check_lock(struct parser *p, struct lang_pos pos, const char *name)
{
	check_listed(p, pos, name, "lock", lang_catalogue()->locks);
}
