// SPDX-License-Identifier: GPL-2.0-only
/* name.c - names, numbers, addresses and flags in a line */
#include <string.h>

#include "tools/lang/flags.h"
#include "tools/lang/parser.h"

/* No machine has more: keeps every product of pages and page size far from 64 bits. */
static const uint64_t max_bytes = 1ull << 46;

/* Words that would make a line ambiguous. */
static const char *const reserved[] = { "always", "sometimes", "never",	   "check", "none",
					"in",	  "as",	       "on",	   "until", "len",
					"bytes",  "anon",      "dontwake", NULL };

static const struct {
	const char *name, *one;
} kinds_of_names[LANG_DECL_KINDS] = {
	[LANG_DECL_FILE] = { "file", "a file" },
	[LANG_DECL_MAP] = { "mapping", "a mapping" },
	[LANG_DECL_UFFD] = { "userfaultfd", "a userfaultfd" },
	[LANG_DECL_PROCESS] = { "process", "a process" },
	[LANG_DECL_THREAD] = { "thread", "a thread" },
};

const char *lang_decl_kind_name(enum lang_decl_kind kind)
{
	return kinds_of_names[kind].name;
}

unsigned int lang_page_shift(const struct lang_decl *decl)
{
	return decl->kind == LANG_DECL_FILE ? decl->file.shift : decl->map.shift;
}

static GPtrArray *decls_of_kind(const struct scenario *sc, enum lang_decl_kind kind)
{
	switch (kind) {
	case LANG_DECL_FILE:
		return sc->files;
	case LANG_DECL_MAP:
		return sc->maps;
	case LANG_DECL_UFFD:
		return sc->uffds;
	case LANG_DECL_PROCESS:
		return sc->processes;
	default:
		return sc->threads;
	}
}

const struct lang_decl *find_name(const struct parser *p, const char *name)
{
	return g_hash_table_lookup(p->names, name);
}

/* @old: the declaration of that name that there is, or NULL. */
static void check_new_name(struct parser *p, const struct lang_token *t,
			   const struct lang_decl *old)
{
	if (t->text[strcspn(t->text, ".-")])
		parse_wrong(p, t->pos, "a name consists of letters, digits and '_'");
	else if (g_strv_contains(reserved, t->text))
		parse_wrong(p, t->pos, "'%s' is a word of the language and cannot be a name",
			    t->text);
	if (!old)
		return;
	parse_wrong(p, t->pos, "'%s' is declared twice", t->text);
	diag_note(p->d, old->pos, "the first time here, as %s", kinds_of_names[old->kind].one);
}

struct lang_decl *declare(struct parser *p, enum lang_decl_kind kind, const struct lang_token *t)
{
	struct lang_decl *decl = arena_new0(p->arena, struct lang_decl);
	GPtrArray *all = decls_of_kind(p->sc, kind);
	const struct lang_decl *old = find_name(p, t->text);

	check_new_name(p, t, old);
	decl->kind = kind;
	decl->pos = t->pos;
	decl->name = t->text;
	decl->index = all->len;
	g_ptr_array_add(all, decl);
	if (!old)
		g_hash_table_insert(p->names, (char *)decl->name, decl);
	return decl;
}

void suggest_name(struct parser *p, struct lang_pos pos, const char *name, unsigned int kinds)
{
	GPtrArray *names = g_ptr_array_new();
	unsigned int kind, i;

	for (kind = 0; kind < LANG_DECL_KINDS; kind++) {
		GPtrArray *all = decls_of_kind(p->sc, kind);

		for (i = 0; (kinds & 1 << kind) && i < all->len; i++)
			g_ptr_array_add(names, (char *)((struct lang_decl *)all->pdata[i])->name);
	}
	g_ptr_array_add(names, NULL);
	diag_suggest(p->d, pos, name, (const char *const *)names->pdata);
	g_ptr_array_unref(names);
}

/* "a mapping or a file" */
static char *wanted(unsigned int kinds)
{
	GString *out = g_string_new(NULL);
	unsigned int kind;

	for (kind = 0; kind < LANG_DECL_KINDS; kind++) {
		if (kinds & 1 << kind)
			g_string_append_printf(out, "%s%s", out->len ? " or " : "",
					       kinds_of_names[kind].one);
	}
	return g_string_free(out, FALSE);
}

static const struct lang_decl *resolve(struct parser *p, const struct lang_token *t,
				       unsigned int kinds, const char *what)
{
	const struct lang_decl *decl = find_name(p, t->text);

	if (!decl) {
		parse_wrong(p, t->pos, "'%s' is not declared; expected %s", t->text, what);
		suggest_name(p, t->pos, t->text, kinds);
		return NULL;
	}
	if (kinds & 1 << decl->kind)
		return decl;
	parse_wrong(p, t->pos, "'%s' is %s; expected %s", t->text, kinds_of_names[decl->kind].one,
		    what);
	diag_note(p->d, decl->pos, "declared here");
	return NULL;
}

bool parse_ref(struct parser *p, unsigned int kinds, const struct lang_decl **out)
{
	char *what = wanted(kinds);
	const struct lang_token *t = parse_word(p, what);

	*out = t ? resolve(p, t, kinds, what) : NULL;
	g_free(what);
	return t;
}

bool parse_number(struct parser *p, struct lang_number *out)
{
	const struct lang_token *t = parse_peek(p);
	bool minus = parse_accept(p, "-");

	if (parse_peek(p)->kind != TOKEN_NUMBER)
		return parse_expected(p, "a number");
	if (!token_number(p->d, parse_next(p), minus, out))
		return false;
	out->pos = parse_span(p, t);
	return true;
}

bool parse_count(struct parser *p, uint64_t max, uint64_t *out)
{
	struct lang_number n;

	if (!parse_number(p, &n))
		return false;
	*out = n.value;
	if (n.unit == LANG_UNIT_NONE && n.value <= max)
		return true;
	if (n.unit != LANG_UNIT_NONE)
		diag_error(p->d, n.pos, "expected a number without a unit");
	else
		diag_error(p->d, n.pos, "a number from 0 to %" G_GUINT64_FORMAT " is meant here",
			   max);
	return false;
}

bool parse_page_size(struct parser *p, unsigned int *shift)
{
	struct lang_number n;

	if (!parse_number(p, &n))
		return false;
	for (*shift = 12; *shift <= 30; *shift += 9) {
		if (n.unit == LANG_UNIT_SIZE && n.value == 1ull << *shift)
			return true;
	}
	diag_error(p->d, n.pos, "there are pages of 4K, 2M and 1G only");
	return false;
}

static void check_bounds(struct parser *p, const struct lang_addr *addr)
{
	const struct lang_decl *decl = addr->decl;

	if (decl->kind != LANG_DECL_MAP || addr->form == LANG_ADDR_BYTE)
		return;
	if (p->past_end && addr->first == decl->map.pages)
		return;
	if (addr->first < decl->map.pages && addr->count <= decl->map.pages - addr->first)
		return;
	parse_wrong(p, addr->pos, "'%s' is outside of '%s', which has %" G_GUINT64_FORMAT " page%s",
		    addr->text, decl->name, decl->map.pages, decl->map.pages == 1 ? "" : "s");
	diag_note(p->d, decl->pos, "declared here");
}

/* [1] or [0:2] */
static bool parse_index(struct parser *p, struct lang_addr *out)
{
	const struct lang_token *t = parse_next(p);
	uint64_t end;

	if (!parse_count(p, max_bytes >> 12, &out->first))
		return false;
	out->form = LANG_ADDR_PAGE;
	out->count = 1;
	if (parse_accept(p, ":")) {
		if (!parse_count(p, max_bytes >> 12, &end))
			return false;
		out->form = LANG_ADDR_RANGE;
		out->count = end - out->first;
		if (end <= out->first) {
			parse_expect(p, "]");
			diag_error(p->d, parse_span(p, t),
				   "this range is empty; for a call with "
				   "length 0 say len=0");
			return false;
		}
	}
	return parse_expect(p, "]");
}

/* +0x200; a minus only where no blank stands before it, as it could begin the next argument. */
static bool parse_offset(struct parser *p, struct lang_addr *out)
{
	const struct lang_token *sign = parse_next(p);
	struct lang_number n;

	if (!parse_number(p, &n))
		return false;
	out->offset = n.value;
	if (token_is(sign, "-"))
		out->offset = -n.value;
	if (n.unit == LANG_UNIT_PAGES)
		return parse_fail(p, sign, "an offset is in bytes; for pages write NAME[N]");
	out->form = LANG_ADDR_BYTE;
	out->count = 1;
	return true;
}

static uint64_t whole_count(const struct lang_decl *decl)
{
	if (!decl)
		return 1;
	return decl->kind == LANG_DECL_FILE ? decl->file.pages : decl->map.pages;
}

static bool offset_is_next(const struct parser *p)
{
	const struct lang_token *t = parse_peek(p);

	if (parse_peek2(p)->kind != TOKEN_NUMBER && !token_is(parse_peek2(p), "-"))
		return false;
	return token_is(t, "+") || (token_is(t, "-") && t->glued);
}

bool parse_addr(struct parser *p, unsigned int kinds, struct lang_addr *out)
{
	const struct lang_token *first = parse_peek(p);

	memset(out, 0, sizeof(*out));
	if (!parse_ref(p, kinds, &out->decl))
		return false;
	out->form = LANG_ADDR_WHOLE;
	out->count = whole_count(out->decl);
	if (token_is(parse_peek(p), "[") && parse_peek2(p)->kind == TOKEN_NUMBER &&
	    !parse_index(p, out))
		return false;
	if (offset_is_next(p) && !parse_offset(p, out))
		return false;
	out->pos = parse_span(p, first);
	out->text = parse_text(p, first);
	if (out->form == LANG_ADDR_BYTE && out->decl && out->decl->kind == LANG_DECL_FILE)
		parse_wrong(p, out->pos, "a place in a file is given in pages: %s[N]",
			    out->decl->name);
	if (out->decl)
		check_bounds(p, out);
	return true;
}

static bool parse_flag(struct parser *p, enum lang_flags table, uint64_t *out)
{
	const struct lang_token *t = parse_peek(p);
	const struct lang_flag *flag;
	struct lang_number n;

	if (t->kind == TOKEN_NUMBER) {
		if (!parse_number(p, &n))
			return false;
		*out |= n.value;
		return true;
	}
	t = parse_word(p, flags_what(table));
	if (!t)
		return false;
	flag = flags_find(table, t->text);
	if (!flag) {
		parse_wrong(p, t->pos, "unknown %s '%s'", flags_what(table), t->text);
		diag_suggest(p->d, t->pos, t->text, flags_names(table));
		return true;
	}
	*out |= flag->value;
	parse_not_modelled(p, t->pos, flags_what(table), t->text, flag->later);
	return true;
}

bool parse_flags(struct parser *p, enum lang_flags table, uint64_t *out)
{
	*out = 0;
	do {
		if (!parse_flag(p, table, out))
			return false;
	} while (!flags_single(table) && parse_accept(p, "|"));
	return true;
}

bool parse_errno(struct parser *p, int *err)
{
	const struct lang_token *t = parse_word(p, "an errno");

	if (!t)
		return false;
	*err = errno_by_name(t->text);
	if (!*err) {
		parse_wrong(p, t->pos, "unknown errno '%s'", t->text);
		diag_suggest(p->d, t->pos, t->text, errno_names());
	}
	return true;
}

bool parse_in_process(struct parser *p, const struct lang_decl **process)
{
	if (!parse_accept_word(p, "in"))
		return true;
	return parse_ref(p, KIND_PROCESS, process);
}

bool parse_failpoint(struct parser *p, const char **out)
{
	const struct lang_token *first = parse_word(p, "a failure point"), *label = first;

	if (!first)
		return false;
	if (parse_accept(p, ":"))
		label = parse_word(p, "the label of a failure point");
	if (!label)
		return false;
	parse_check_listed(p, label, "failure point", lang_catalogue()->failpoints);
	*out = parse_text(p, first);
	return true;
}

void use_label(struct parser *p, const struct lang_token *t, const struct lang_call **to)
{
	struct label_use *use = arena_new0(p->arena, struct label_use);

	use->pos = t->pos;
	use->name = t->text;
	use->to = to;
	g_ptr_array_add(p->label_uses, use);
}
