/* SPDX-License-Identifier: GPL-2.0-only */
/* lexer.h - a line cut into tokens */
#ifndef TOOLS_LANG_LEXER_H
#define TOOLS_LANG_LEXER_H

#include "tools/lang/arena.h"
#include "tools/lang/ast.h"
#include "tools/lang/diag.h"

enum lang_token_kind {
	TOKEN_END,    /* of the line; stands one past its last token */
	TOKEN_WORD,   /* continue, h1, v6.1, minor-v1 */
	TOKEN_NUMBER, /* 12, 0x5a, 2M, 1p: not yet looked into */
	TOKEN_STRING, /* text is without the quotes */
	TOKEN_VAR,    /* $mem; in lines that were not expanded only */
	TOKEN_PUNCT,  /* | || ... == and so on */
};

struct lang_token {
	enum lang_token_kind kind;
	struct lang_pos pos; /* in the file, before `vary` */
	const char *text;
	size_t start, end; /* offsets in the line that was cut */
	bool glued;	   /* no blank before it */
};

/*
 * A line on its way to the parser.  Where `vary` put text in, the places of its characters
 * say where in the file the $NAME is.
 */
struct lang_source_line {
	const char *text;
	size_t len;
	uint32_t number;
	bool indented;
	const struct lang_pos *places; /* one a character; NULL: as they stand */
};

struct lang_tokens {
	GPtrArray *tokens;	     /* struct lang_token; the last one is TOKEN_END */
	struct lang_pos comment_pos; /* line 0: none */
	const char *comment;	     /* with its `#`, no blanks at its end; or NULL */
	bool ok;		     /* false: there was an error, which was reported */
};

/* Cuts a line.  What it cannot read it reports and leaves out. */
void lang_lex(struct lang_arena *a, struct diag *d, const struct lang_source_line *line,
	      struct lang_tokens *out);

bool token_is(const struct lang_token *t, const char *punct);
bool token_is_word(const struct lang_token *t, const char *word);

/*
 * Reads a NUMBER token, negative if @minus.  False, and an error, if it is malformed or does
 * not fit in 64 bits.
 */
bool token_number(struct diag *d, const struct lang_token *t, bool minus, struct lang_number *out);

#endif
