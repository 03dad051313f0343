/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * parser.h - shared by the files that read lines: one parser reads one variation of a file
 *
 * A function that reads something returns false, or NULL, when the rest of the line makes no
 * sense any more; the error was reported and the line is given up.  A name that is not known
 * and the like is reported, too, but reading goes on, with NULL in its place.
 */
#ifndef TOOLS_LANG_PARSER_H
#define TOOLS_LANG_PARSER_H

#include "tools/lang/lang.h"
#include "tools/lang/lexer.h"
#include "tools/lang/ops.h"

/* A label somewhere in the text; labels may be used before the line that sets them. */
struct label_use {
	struct lang_pos pos;
	const char *name;
	const struct lang_call **to;
};

struct parser {
	bool past_end; /* an address may be that of the first byte behind its mapping */
	struct lang_arena *arena;
	struct diag *d;
	struct scenario *sc;
	bool syntax_only; /* names and meanings do not matter: for lang_format() */
	const struct lang_source_line *line;
	GPtrArray *tokens; /* of the line */
	guint at;
	struct lang_section *section; /* NULL: among the declarations */
	GHashTable *names;	      /* struct lang_decl */
	GHashTable *labels;	      /* struct lang_call */
	GPtrArray *label_uses;	      /* struct label_use */
	GPtrArray *inside;	      /* by thread: the struct lang_call it is in, or NULL */
	GPtrArray *left_open;	      /* struct lang_call that a section left running */
	GPtrArray *claims;	      /* struct lang_expr: all expressions of the file */
	unsigned int ncalls;
	unsigned int depth; /* of parentheses */
};

enum {
	KIND_FILE = 1 << LANG_DECL_FILE,
	KIND_MAP = 1 << LANG_DECL_MAP,
	KIND_UFFD = 1 << LANG_DECL_UFFD,
	KIND_PROCESS = 1 << LANG_DECL_PROCESS,
	KIND_THREAD = 1 << LANG_DECL_THREAD,
};

/* parser.c: a whole variation, line by line. */
void parse_begin(struct parser *p, struct lang_arena *a, struct diag *d, bool syntax_only);
void parse_line(struct parser *p, const struct lang_source_line *line);
void parse_end(struct parser *p);

/* token.c: the line at hand. */
const struct lang_token *parse_peek(const struct parser *p);
const struct lang_token *parse_peek2(const struct parser *p);
const struct lang_token *parse_next(struct parser *p);
bool parse_at_end(const struct parser *p);
bool parse_accept(struct parser *p, const char *punct);
bool parse_accept_word(struct parser *p, const char *word);
bool parse_expect(struct parser *p, const char *punct);
/* A word, or an error that says @what was expected. */
const struct lang_token *parse_word(struct parser *p, const char *what);
/* What stands from the token @first to the last one read. */
struct lang_pos parse_span(const struct parser *p, const struct lang_token *first);
const char *parse_text(const struct parser *p, const struct lang_token *first);
/* The rest of the line makes no sense: reports, returns false. */
bool parse_fail(struct parser *p, const struct lang_token *t, const char *fmt, ...)
	G_GNUC_PRINTF(3, 4);
bool parse_expected(struct parser *p, const char *what);
/* It can be read but is wrong: reports unless only the syntax matters. */
void parse_wrong(struct parser *p, struct lang_pos pos, const char *fmt, ...) G_GNUC_PRINTF(3, 4);
/* `word=` is next: takes both. */
bool parse_accept_key(struct parser *p, const char *word);
void parse_not_modelled(struct parser *p, struct lang_pos pos, const char *what, const char *name,
			const char *later);
/* The name against a list of the catalogue; a list that is NULL knows all. */
void parse_check_listed(struct parser *p, const struct lang_token *t, const char *what,
			const char *const *list);
void parse_check_lock(struct parser *p, struct lang_pos pos, const char *name);

/* name.c: names, numbers, addresses. */
struct lang_decl *declare(struct parser *p, enum lang_decl_kind kind, const struct lang_token *t);
bool parse_ref(struct parser *p, unsigned int kinds, const struct lang_decl **out);
const struct lang_decl *find_name(const struct parser *p, const char *name);
void suggest_name(struct parser *p, struct lang_pos pos, const char *name, unsigned int kinds);
bool parse_number(struct parser *p, struct lang_number *out);
/* A count: no sign, no unit, at most @max. */
bool parse_count(struct parser *p, uint64_t max, uint64_t *out);
/* One of huge pages, in bytes. */
bool parse_huge_size(struct parser *p, uint64_t *bytes);
bool parse_page_size(struct parser *p, unsigned int *shift);
bool parse_addr(struct parser *p, unsigned int kinds, struct lang_addr *out);
bool parse_flags(struct parser *p, enum lang_flags table, uint64_t *out);
bool parse_errno(struct parser *p, int *err);
bool parse_in_process(struct parser *p, const struct lang_decl **process);
/* "label" or "function:label" */
bool parse_failpoint(struct parser *p, const char **out);
void use_label(struct parser *p, const struct lang_token *t, const struct lang_call **to);

/* decl.c */
bool parse_decl(struct parser *p);
/* F[0:2] shared rw, or anon pages=2 rw: what a map is, after its name. */
bool parse_mapping(struct parser *p, struct lang_map *map);
const char *const *decl_keywords(void);

/* call.c */
struct lang_call *parse_call(struct parser *p, const struct lang_decl *thread);
struct lang_call *parse_resume(struct parser *p, const struct lang_decl *thread);

/* result.c: what may follow the arguments. */
bool parse_results(struct parser *p, struct lang_call *call);
bool parse_prop(struct parser *p, struct lang_call *call);
/* [kernel < K] and [kernel >= K], as far as there are any. */
bool parse_when(struct parser *p, struct lang_when *when);

/* expr.c */
struct lang_expr *parse_expr(struct parser *p);

/* check.c: what can be said only when all lines are read. */
void check_scenario(struct parser *p);

#endif
