// SPDX-License-Identifier: GPL-2.0-only
/* expr.c - expressions: C's precedence, and what may be compared with what */
#include <string.h>

#include "tools/lang/flags.h"
#include "tools/lang/parser.h"

enum type {
	T_BOOL,
	T_NUMBER,
	T_BITS,
	T_PAGE,
	T_CTX,
	T_LOCKS,
	T_LOCK,
	T_ADDR,
	T_THREAD,
	T_NONE,
	T_WORDS
};

static enum type type_of(const struct lang_expr *e)
{
	switch (e->kind) {
	case LANG_EXPR_OR ... LANG_EXPR_HAS:
	case LANG_EXPR_CACHED:
	case LANG_EXPR_BLOCKED:
		return T_BOOL;
	case LANG_EXPR_PTE:
		return T_BITS;
	case LANG_EXPR_PTE_PAGE:
	case LANG_EXPR_FILE_PAGE:
		return T_PAGE;
	case LANG_EXPR_CTX:
	case LANG_EXPR_UFFD:
		return T_CTX;
	case LANG_EXPR_LOCKS:
		return T_LOCKS;
	case LANG_EXPR_LOCK:
		return T_LOCK;
	case LANG_EXPR_ADDR:
		return T_ADDR;
	case LANG_EXPR_THREAD:
		return T_THREAD;
	case LANG_EXPR_NONE:
		return T_NONE;
	case LANG_EXPR_WORDS:
		return T_WORDS;
	default:
		return T_NUMBER;
	}
}

static const char *type_name(enum type type)
{
	static const char *const names[] = {
		[T_BOOL] = "true or false", [T_NUMBER] = "a number",   [T_BITS] = "bits of a pte",
		[T_PAGE] = "a page",	    [T_CTX] = "a userfaultfd", [T_LOCKS] = "locks",
		[T_LOCK] = "a lock",	    [T_ADDR] = "an address",   [T_THREAD] = "a thread",
		[T_NONE] = "'none'",	    [T_WORDS] = "a word",
	};

	return names[type];
}

static struct lang_expr *new_expr(struct parser *p, enum lang_expr_kind kind)
{
	struct lang_expr *e = arena_new0(p->arena, struct lang_expr);

	e->kind = kind;
	return e;
}

static struct lang_expr *finish(struct parser *p, struct lang_expr *e,
				const struct lang_token *first)
{
	e->pos = parse_span(p, first);
	e->text = parse_text(p, first);
	return e;
}

/* -------------------------------------------------------------- lone words */

static void unknown_word(struct parser *p, const struct lang_expr *e, const char *what,
			 const char *const *names)
{
	parse_wrong(p, e->pos, "unknown %s '%s'", what, e->name);
	if (names)
		diag_suggest(p->d, e->pos, e->name, names);
}

static void words_as_flags(struct parser *p, struct lang_expr *e, enum lang_flags table)
{
	char **words = g_strsplit(e->name, "|", -1);
	unsigned int i;

	e->kind = LANG_EXPR_NUMBER;
	for (i = 0; words[i]; i++) {
		const struct lang_flag *flag = flags_find(table, words[i]);

		if (flag) {
			e->value |= flag->value;
			continue;
		}
		parse_wrong(p, e->pos, "unknown %s '%s'", flags_what(table), words[i]);
		diag_suggest(p->d, e->pos, words[i], flags_names(table));
	}
	g_strfreev(words);
}

static void words_as_errno(struct parser *p, struct lang_expr *e)
{
	e->kind = LANG_EXPR_NUMBER;
	e->value = errno_by_name(e->name);
	if (!e->value)
		unknown_word(p, e, "errno", errno_names());
}

static void words_as_name(struct parser *p, struct lang_expr *e, enum lang_decl_kind kind,
			  enum lang_expr_kind becomes)
{
	const struct lang_decl *decl = find_name(p, e->name);

	e->kind = becomes;
	e->decl = decl;
	if (decl && decl->kind == kind)
		return;
	parse_wrong(p, e->pos, "'%s' is no %s", e->name, lang_decl_kind_name(kind));
	suggest_name(p, e->pos, e->name, 1 << kind);
}

/* A word means what the other side of the comparison asks for. */
static void resolve_words(struct parser *p, struct lang_expr *e, const struct lang_expr *other)
{
	if (e->kind != LANG_EXPR_WORDS)
		return;
	switch (other->kind) {
	case LANG_EXPR_PTE:
		words_as_flags(p, e, LANG_FLAGS_PTE);
		return;
	case LANG_EXPR_ERR:
	case LANG_EXPR_RET:
		words_as_errno(p, e);
		return;
	case LANG_EXPR_LOCKS:
		e->kind = LANG_EXPR_LOCK;
		parse_check_lock(p, e->pos, e->name);
		return;
	case LANG_EXPR_CTX:
		words_as_name(p, e, LANG_DECL_UFFD, LANG_EXPR_UFFD);
		return;
	case LANG_EXPR_FIELD:
		if (field_flags(other->field) != LANG_FLAGS_TABLES)
			words_as_flags(p, e, field_flags(other->field));
		else if (other->field == LANG_FIELD_PTID)
			words_as_name(p, e, LANG_DECL_THREAD, LANG_EXPR_THREAD);
		return;
	default:
		return;
	}
}

/* -------------------------------------------------------------------- types */

/* Whether numbers may stand next to it: bits in hex, a count of locks, 0 and 1. */
static bool like_number(enum type t)
{
	return t == T_NUMBER || t == T_BOOL || t == T_BITS || t == T_LOCKS;
}

static bool is_field(const struct lang_expr *e, enum lang_field_kind field)
{
	return e->kind == LANG_EXPR_FIELD && e->field == field;
}

/* Of addresses and threads there are only those in messages. */
static bool comparable(const struct lang_expr *lhs, const struct lang_expr *rhs)
{
	enum type a = type_of(lhs), b = type_of(rhs);

	if (b == T_ADDR)
		return is_field(lhs, LANG_FIELD_ADDR);
	if (a == T_ADDR)
		return is_field(rhs, LANG_FIELD_ADDR);
	if (b == T_THREAD || a == T_THREAD)
		return is_field(b == T_THREAD ? lhs : rhs, LANG_FIELD_PTID);
	if (a == T_LOCK || b == T_LOCK)
		return a == T_LOCKS;
	if (a == b)
		return true;
	if (a == T_NONE || b == T_NONE) {
		enum type other = a == T_NONE ? b : a;

		return other != T_NUMBER && other != T_BOOL;
	}
	return (a == T_NUMBER && like_number(b)) || (b == T_NUMBER && like_number(a));
}

static bool has_bits(const struct lang_expr *lhs, const struct lang_expr *rhs)
{
	if (lhs->kind == LANG_EXPR_LOCKS)
		return rhs->kind == LANG_EXPR_LOCK;
	if (lhs->kind == LANG_EXPR_FIELD && field_flags(lhs->field) == LANG_FLAGS_TABLES)
		return false;
	return (lhs->kind == LANG_EXPR_PTE || lhs->kind == LANG_EXPR_FIELD) &&
	       rhs->kind == LANG_EXPR_NUMBER;
}

static bool is_condition(enum type type)
{
	return type == T_BOOL || type == T_NUMBER || type == T_BITS;
}

static void no_condition(struct parser *p, const struct lang_expr *e)
{
	enum type type = type_of(e);

	if (type == T_WORDS)
		parse_wrong(p, e->pos, "'%s' means nothing here", e->name);
	else if (!is_condition(type))
		parse_wrong(p, e->pos, "this is %s and no condition", type_name(type));
}

static void check_types(struct parser *p, const struct lang_expr *e)
{
	enum type a = type_of(e->lhs), b = type_of(e->rhs);
	const struct lang_expr *word = a == T_WORDS ? e->lhs : e->rhs;

	if (e->kind == LANG_EXPR_OR || e->kind == LANG_EXPR_AND) {
		no_condition(p, e->lhs);
		no_condition(p, e->rhs);
	} else if (a == T_WORDS || b == T_WORDS) {
		parse_wrong(p, word->pos, "'%s' means nothing here", word->name);
	} else if (e->kind == LANG_EXPR_HAS) {
		if (!has_bits(e->lhs, e->rhs))
			parse_wrong(p, e->pos,
				    "'has' asks a pte or a field for bits, or locks for "
				    "a lock");
	} else if (e->kind == LANG_EXPR_EQ || e->kind == LANG_EXPR_NE) {
		if (!comparable(e->lhs, e->rhs))
			parse_wrong(p, e->pos, "%s cannot be compared with %s", type_name(a),
				    type_name(b));
	} else if (a != T_NUMBER || b != T_NUMBER) {
		parse_wrong(p, e->pos, "only numbers are smaller or greater");
	}
}

/* ---------------------------------------------------------------- functions */

static bool page_argument(struct parser *p, struct lang_expr *e)
{
	const struct lang_token *first = parse_peek(p);
	struct lang_expr *page = new_expr(p, LANG_EXPR_FILE_PAGE);
	bool pte = token_is_word(first, "pte") && token_is(parse_peek2(p), "(");

	e->lhs = page;
	if (pte) {
		parse_next(p);
		parse_next(p);
	}
	if (!parse_addr(p, pte ? KIND_MAP : KIND_FILE | KIND_MAP, &page->addr) ||
	    !parse_in_process(p, &page->addr.process))
		return false;
	if (pte || (page->addr.decl && page->addr.decl->kind == LANG_DECL_MAP))
		page->kind = LANG_EXPR_PTE_PAGE;
	if (pte && (!parse_expect(p, ")") || !parse_expect(p, ".")))
		return false;
	if (pte && !parse_accept_word(p, "page"))
		return parse_expected(p, "'page'");
	finish(p, page, first);
	return true;
}

static bool addr_argument(struct parser *p, struct lang_expr *e, unsigned int kinds)
{
	if (!parse_addr(p, kinds, &e->addr) || !parse_in_process(p, &e->addr.process))
		return false;
	if (e->addr.form == LANG_ADDR_RANGE)
		parse_wrong(p, e->addr.pos, "a single page is meant here");
	return true;
}

static bool size_argument(struct parser *p, struct lang_expr *e)
{
	unsigned int shift;

	if (!parse_page_size(p, &shift))
		return false;
	e->value = 1ull << shift;
	return true;
}

static bool label_argument(struct parser *p, struct lang_expr *e)
{
	const struct lang_token *t = parse_word(p, "a label");

	if (t)
		use_label(p, t, &e->call);
	return t;
}

static bool faults_argument(struct parser *p, struct lang_expr *e)
{
	if (!parse_ref(p, KIND_UFFD, &e->decl))
		return false;
	return !parse_accept(p, ",") || parse_flags(p, LANG_FLAGS_REGISTER, &e->value);
}

static const struct {
	const char *name;
	enum lang_expr_kind kind;
} functions[] = {
	{ "pte", LANG_EXPR_PTE },	  { "page", LANG_EXPR_PAGE_REFS },
	{ "value", LANG_EXPR_VALUE },	  { "cached", LANG_EXPR_CACHED },
	{ "free", LANG_EXPR_FREE },	  { "resv", LANG_EXPR_RESV },
	{ "ctx", LANG_EXPR_CTX },	  { "faults", LANG_EXPR_FAULTS },
	{ "events", LANG_EXPR_EVENTS },	  { "refs", LANG_EXPR_REFS },
	{ "blocked", LANG_EXPR_BLOCKED }, { "locks", LANG_EXPR_LOCKS },
	{ "pages", LANG_EXPR_PAGES },	  { "allocs", LANG_EXPR_ALLOCS },
	{ "surplus", LANG_EXPR_SURPLUS }, { "total", LANG_EXPR_TOTAL },
};

static const char *const *function_names(void)
{
	static const char *names[G_N_ELEMENTS(functions) + 1];
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(functions); i++)
		names[i] = functions[i].name;
	return names;
}

static bool parse_argument(struct parser *p, struct lang_expr *e)
{
	switch (e->kind) {
	case LANG_EXPR_PTE:
	case LANG_EXPR_CTX:
		return addr_argument(p, e, KIND_MAP);
	case LANG_EXPR_VALUE:
		return addr_argument(p, e, KIND_MAP | KIND_FILE);
	case LANG_EXPR_CACHED:
		return addr_argument(p, e, KIND_FILE);
	case LANG_EXPR_PAGE_REFS:
		return page_argument(p, e);
	case LANG_EXPR_FREE:
	case LANG_EXPR_RESV:
	case LANG_EXPR_SURPLUS:
	case LANG_EXPR_TOTAL:
		return size_argument(p, e);
	case LANG_EXPR_FAULTS:
		return faults_argument(p, e);
	case LANG_EXPR_EVENTS:
	case LANG_EXPR_REFS:
		return parse_ref(p, KIND_UFFD, &e->decl);
	case LANG_EXPR_ALLOCS:
		return label_argument(p, e);
	default:
		return parse_ref(p, KIND_THREAD, &e->decl);
	}
}

/* page(X).refs, pte(A).page */
static bool parse_member(struct parser *p, struct lang_expr *e)
{
	static const char *const members[] = { "refs", "mapcount", NULL };
	const struct lang_token *t;

	if (e->kind == LANG_EXPR_PTE && parse_accept(p, ".")) {
		e->kind = LANG_EXPR_PTE_PAGE;
		return parse_accept_word(p, "page") || parse_expected(p, "'page'");
	}
	if (e->kind != LANG_EXPR_PAGE_REFS)
		return true;
	if (!parse_accept(p, "."))
		return parse_expected(p, "'.refs' or '.mapcount'");
	t = parse_peek(p);
	if (parse_accept_word(p, "refs"))
		return true;
	e->kind = LANG_EXPR_PAGE_MAPCOUNT;
	if (parse_accept_word(p, "mapcount"))
		return true;
	parse_expected(p, "'refs' or 'mapcount'");
	diag_suggest(p->d, t->pos, t->text, members);
	return false;
}

static struct lang_expr *parse_function(struct parser *p)
{
	const struct lang_token *t = parse_next(p);
	struct lang_expr *e;
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(functions); i++) {
		if (!strcmp(functions[i].name, t->text))
			break;
	}
	if (i == G_N_ELEMENTS(functions)) {
		parse_fail(p, t, "unknown function '%s'", t->text);
		diag_suggest(p->d, t->pos, t->text, function_names());
		return NULL;
	}
	e = new_expr(p, functions[i].kind);
	parse_next(p);
	if (!parse_argument(p, e) || !parse_expect(p, ")") || !parse_member(p, e))
		return NULL;
	return finish(p, e, t);
}

/* ----------------------------------------------------------------- primaries */

/* LABEL.ret, LABEL.copy */
static struct lang_expr *parse_label_member(struct parser *p)
{
	const struct lang_token *label = parse_next(p), *t;
	struct lang_expr *e = new_expr(p, LANG_EXPR_FIELD);

	use_label(p, label, &e->call);
	parse_next(p);
	t = parse_word(p, "'ret', 'err', 'retries' or a field");
	if (!t)
		return NULL;
	if (!strcmp(t->text, "ret"))
		e->kind = LANG_EXPR_RET;
	else if (!strcmp(t->text, "err"))
		e->kind = LANG_EXPR_ERR;
	else if (!strcmp(t->text, "retries"))
		e->kind = LANG_EXPR_RETRIES;
	else
		e->field = field_by_name(t->text);
	if (e->field == LANG_FIELD_KINDS) {
		static const char *const members[] = { "ret",	   "err",    "retries", "copy",
						       "zeropage", "mapped", "ioctls",	"features",
						       "flags",	   "addr",   "ptid",	NULL };

		parse_fail(p, t, "a call has no '%s'", t->text);
		diag_suggest(p->d, t->pos, t->text, members);
		return NULL;
	}
	return finish(p, e, label);
}

static struct lang_expr *parse_place_expr(struct parser *p)
{
	const struct lang_token *first = parse_peek(p);
	struct lang_expr *e = new_expr(p, LANG_EXPR_FILE_PAGE);

	if (!addr_argument(p, e, KIND_FILE | KIND_MAP))
		return NULL;
	if (e->addr.decl && e->addr.decl->kind == LANG_DECL_MAP)
		e->kind = LANG_EXPR_ADDR;
	return finish(p, e, first);
}

static struct lang_expr *parse_number_expr(struct parser *p)
{
	struct lang_expr *e = new_expr(p, LANG_EXPR_NUMBER);
	const struct lang_token *first = parse_peek(p);
	struct lang_number n;
	int err;

	if (token_is(first, "-") && parse_peek2(p)->kind == TOKEN_WORD) {
		parse_next(p);
		if (!parse_errno(p, &err))
			return NULL;
		e->value = -(uint64_t)err;
		return finish(p, e, first);
	}
	if (!parse_number(p, &n))
		return NULL;
	e->value = n.value;
	e->unit = n.unit;
	return finish(p, e, first);
}

/* present|write, EEXIST, mmap_lock, hugetlb_fault_mutex_table[i], u, none */
static struct lang_expr *parse_words(struct parser *p)
{
	struct lang_expr *e = new_expr(p, LANG_EXPR_WORDS);
	const struct lang_token *first = parse_next(p);
	GString *words = g_string_new(first->text);

	while (parse_accept(p, "|") && parse_peek(p)->kind == TOKEN_WORD)
		g_string_append_printf(words, "|%s", parse_next(p)->text);
	if (token_is(parse_peek(p), "[") && token_is_word(parse_peek2(p), "i")) {
		parse_next(p);
		parse_next(p);
		parse_accept(p, "]");
		g_string_append(words, "[i]");
	}
	e->name = arena_strdup(p->arena, words->str);
	g_string_free(words, TRUE);
	if (!strcmp(e->name, "none"))
		e->kind = LANG_EXPR_NONE;
	return finish(p, e, first);
}

static bool place_is_next(const struct parser *p)
{
	const struct lang_token *next = parse_peek2(p);
	const struct lang_decl *decl = find_name(p, parse_peek(p)->text);

	if (token_is(next, "["))
		return p->at + 2 < p->tokens->len &&
		       ((struct lang_token *)p->tokens->pdata[p->at + 2])->kind == TOKEN_NUMBER;
	return decl && decl->kind == LANG_DECL_MAP;
}

static struct lang_expr *parse_parenthesis(struct parser *p)
{
	const struct lang_token *first = parse_next(p);
	struct lang_expr *e = parse_expr(p);

	if (!e || !parse_expect(p, ")"))
		return NULL;
	e->pos = parse_span(p, first);
	return e;
}

static struct lang_expr *parse_primary(struct parser *p)
{
	const struct lang_token *t = parse_peek(p);

	if (token_is(t, "("))
		return parse_parenthesis(p);
	if (t->kind == TOKEN_NUMBER || token_is(t, "-"))
		return parse_number_expr(p);
	if (t->kind != TOKEN_WORD)
		return parse_expected(p, "an expression"), NULL;
	if (token_is(parse_peek2(p), "("))
		return parse_function(p);
	if (token_is(parse_peek2(p), "."))
		return parse_label_member(p);
	return place_is_next(p) ? parse_place_expr(p) : parse_words(p);
}

static struct lang_expr *parse_unary(struct parser *p)
{
	const struct lang_token *first = parse_peek(p);
	struct lang_expr *e;

	if (!parse_accept(p, "!"))
		return parse_primary(p);
	if (++p->depth > LANG_MAX_NESTING)
		return parse_fail(p, first, "this is nested too deeply"), NULL;
	e = new_expr(p, LANG_EXPR_NOT);
	e->lhs = parse_unary(p);
	p->depth--;
	if (!e->lhs)
		return NULL;
	no_condition(p, e->lhs);
	return finish(p, e, first);
}

/* ---------------------------------------------------------------- operators */

enum { LEVELS = 4 };

static const struct {
	const char *text;
	unsigned int level; /* the lower, the looser it binds */
	enum lang_expr_kind kind;
} operators[] = {
	{ "||", 0, LANG_EXPR_OR }, { "&&", 1, LANG_EXPR_AND }, { "==", 2, LANG_EXPR_EQ },
	{ "!=", 2, LANG_EXPR_NE }, { "<", 3, LANG_EXPR_LT },   { "<=", 3, LANG_EXPR_LE },
	{ ">", 3, LANG_EXPR_GT },  { ">=", 3, LANG_EXPR_GE },  { "has", 3, LANG_EXPR_HAS },
};

static bool accept_operator(struct parser *p, unsigned int level, enum lang_expr_kind *kind)
{
	const struct lang_token *t = parse_peek(p);
	unsigned int i;

	if (t->kind != TOKEN_PUNCT && t->kind != TOKEN_WORD)
		return false;
	for (i = 0; i < G_N_ELEMENTS(operators); i++) {
		if (operators[i].level == level && !strcmp(operators[i].text, t->text)) {
			*kind = operators[i].kind;
			parse_next(p);
			return true;
		}
	}
	return false;
}

static struct lang_expr *parse_level(struct parser *p, unsigned int level)
{
	const struct lang_token *first = parse_peek(p);
	struct lang_expr *lhs, *e;
	enum lang_expr_kind kind;

	if (level == LEVELS)
		return parse_unary(p);
	lhs = parse_level(p, level + 1);
	while (lhs && accept_operator(p, level, &kind)) {
		e = new_expr(p, kind);
		e->lhs = lhs;
		e->rhs = parse_level(p, level + 1);
		if (!e->rhs)
			return NULL;
		lhs = finish(p, e, first);
		resolve_words(p, e->rhs, e->lhs);
		resolve_words(p, e->lhs, e->rhs);
		check_types(p, e);
	}
	return lhs;
}

struct lang_expr *parse_expr(struct parser *p)
{
	const struct lang_token *first = parse_peek(p);
	struct lang_expr *e;

	if (p->depth >= LANG_MAX_NESTING)
		return parse_fail(p, first, "this is nested too deeply"), NULL;
	p->depth++;
	e = parse_level(p, 0);
	p->depth--;
	if (e && !p->depth) {
		no_condition(p, e);
		g_ptr_array_add(p->claims, e);
	}
	return e;
}
