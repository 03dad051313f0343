// SPDX-License-Identifier: GPL-2.0-only
/* spacing.c - where the canonical form has a blank between two tokens */
#include <string.h>

#include "tools/lang/spacing.h"

struct walk {
	const GPtrArray *tokens;
	enum spacing_kind kind;
	unsigned int depth; /* of [ and { */
	bool in_results;    /* behind a free-standing `=` */
};

static const struct lang_token *at(const GPtrArray *tokens, guint i)
{
	return g_ptr_array_index(tokens, MIN(i, tokens->len - 1));
}

static bool one_of(const struct lang_token *t, const char *const *list)
{
	return t->kind == TOKEN_PUNCT && g_strv_contains(list, t->text);
}

static bool is_plain(const struct lang_token *t)
{
	return t->kind == TOKEN_WORD || t->kind == TOKEN_NUMBER || t->kind == TOKEN_VAR;
}

/* Keys written as key=value. */
static bool is_key(const struct lang_token *t)
{
	static const char *const keys[] = { "features", "pages", "nth",	  "prob",
					    "len",	"bytes", "seeds", NULL };

	return t->kind == TOKEN_WORD && g_strv_contains(keys, t->text);
}

static bool equals_is_tight(const struct walk *w, guint i)
{
	if (w->depth || w->kind == SPACING_MACHINE)
		return true;
	return i && !w->in_results && is_key(at(w->tokens, i - 1));
}

/* POLLIN|POLLERR is one result; other bars between results are alternatives. */
static bool bar_is_tight(const struct walk *w, guint i)
{
	if (w->depth || !w->in_results)
		return true;
	return i && g_str_has_prefix(at(w->tokens, i - 1)->text, "POLL") &&
	       g_str_has_prefix(at(w->tokens, i + 1)->text, "POLL") && at(w->tokens, i)->glued &&
	       at(w->tokens, i + 1)->glued;
}

/* g+0x200, but PAGEFAULT {...} + FORK {...} */
static bool plus_is_tight(const struct walk *w, guint i)
{
	const struct lang_token *next = at(w->tokens, i + 1);

	return next->kind == TOKEN_NUMBER || next->kind == TOKEN_VAR || token_is(next, "-");
}

static bool limit_is_tight(const struct walk *w, guint i)
{
	return i && token_is_word(at(w->tokens, i - 1), "preempt");
}

/* Whether the operator @i is glued to both its neighbours. */
static bool operator_is_tight(const struct walk *w, guint i)
{
	const struct lang_token *t = at(w->tokens, i);

	if (token_is(t, "="))
		return equals_is_tight(w, i);
	if (token_is(t, "|"))
		return bar_is_tight(w, i);
	if (token_is(t, "+"))
		return plus_is_tight(w, i);
	if (token_is(t, "<="))
		return limit_is_tight(w, i);
	return token_is(t, "/");
}

static bool bracket_is_tight(const struct walk *w, guint i)
{
	const struct lang_token *prev = at(w->tokens, i - 1), *next = at(w->tokens, i + 1);

	if (!is_plain(prev) || token_is_word(prev, "as"))
		return false;
	if (next->kind == TOKEN_NUMBER)
		return true;
	if (next->kind == TOKEN_VAR)
		return at(w->tokens, i)->glued;
	return token_is_word(next, "i") && token_is(at(w->tokens, i + 2), "]");
}

static bool minus_is_tight(const struct walk *w, guint i)
{
	const struct lang_token *prev = at(w->tokens, i - 1);

	return at(w->tokens, i)->glued && (is_plain(prev) || token_is(prev, "]"));
}

static bool blank_before(const struct walk *w, guint i)
{
	static const char *const closing[] = { ")", "]", "}", ",", ".", ":", NULL };
	static const char *const opening[] = { "(", "[", "{", ".", "!", ":", "-", NULL };
	const struct lang_token *prev = at(w->tokens, i - 1), *t = at(w->tokens, i);

	if (one_of(t, closing) || one_of(prev, opening))
		return false;
	if (operator_is_tight(w, i) || operator_is_tight(w, i - 1))
		return false;
	if (token_is(t, "("))
		return prev->kind != TOKEN_WORD || token_is_word(prev, "has");
	if (token_is(t, "["))
		return !bracket_is_tight(w, i);
	if (token_is(t, "-"))
		return !minus_is_tight(w, i);
	if (t->kind == TOKEN_VAR || prev->kind == TOKEN_VAR)
		return !(t->glued && is_plain(t) && is_plain(prev));
	return true;
}

static void step(struct walk *w, guint i)
{
	const struct lang_token *t = at(w->tokens, i);

	if (token_is(t, "[") || token_is(t, "{"))
		w->depth++;
	else if ((token_is(t, "]") || token_is(t, "}")) && w->depth)
		w->depth--;
	else if (token_is(t, "=") && !equals_is_tight(w, i))
		w->in_results = true;
}

void spacing_append(GString *out, const GPtrArray *tokens, guint from, guint to,
		    enum spacing_kind kind)
{
	struct walk w = { tokens, kind, 0, false };
	guint i;

	for (i = 0; i < to; i++) {
		const struct lang_token *t = at(tokens, i);
		const char *quote = t->kind == TOKEN_STRING ? "\"" : "";

		if (i >= from) {
			if (i > from && blank_before(&w, i))
				g_string_append_c(out, ' ');
			g_string_append_printf(out, "%s%s%s", quote, t->text, quote);
		}
		step(&w, i);
	}
}

guint spacing_find_result(const GPtrArray *tokens, guint from)
{
	struct walk w = { tokens, SPACING_PLAIN, 0, false };
	guint i;

	for (i = 0; i < tokens->len - 1; i++) {
		step(&w, i);
		if (w.in_results && i >= from)
			return i;
	}
	return tokens->len - 1;
}

guint spacing_find_comparison(const GPtrArray *tokens, guint from)
{
	static const char *const compare[] = { "==", "!=", "<", "<=", ">", ">=", NULL };
	static const char *const joining[] = { "&&", "||", NULL };
	guint i, found = 0, depth = 0;

	for (i = from; i < tokens->len - 1; i++) {
		const struct lang_token *t = at(tokens, i);

		depth += token_is(t, "(");
		depth -= token_is(t, ")") && depth;
		if (depth)
			continue;
		if (one_of(t, joining))
			return 0;
		if (!one_of(t, compare) && !token_is_word(t, "has"))
			continue;
		if (found)
			return 0;
		found = i;
	}
	return found > from ? found : 0;
}
