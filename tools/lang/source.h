/* SPDX-License-Identifier: GPL-2.0-only */
/* source.h - from the bytes of a file to lines, and over `vary` to scenarios */
#ifndef TOOLS_LANG_SOURCE_H
#define TOOLS_LANG_SOURCE_H

#include "tools/lang/lexer.h"

struct source {
	struct lang_source_line *lines;
	unsigned int nlines;
};

/*
 * Cuts a text into lines and reports what no line may hold: NUL and other bytes that are not
 * ASCII text, tabs, carriage returns, more than LANG_MAX_COLUMNS.  False: do not go on.
 */
bool source_split(struct lang_arena *a, struct diag *d, const char *text, size_t len,
		  struct source *out);
/*
 * Reads all variations into @scenarios (may be NULL).  With @syntax_only names do not matter.
 * False if there was an error.
 */
bool source_parse(struct lang_arena *a, struct diag *d, const struct source *source,
		  bool syntax_only, GPtrArray *scenarios);

/* vary.c: `vary NAME = VALUE, VALUE`, one axis a line. */
struct vary_axis {
	struct lang_pos pos;
	const char *name;
	GPtrArray *values; /* char * */
	uint32_t line;	   /* $NAME is known below it */
};

struct vary {
	GPtrArray *axes;    /* struct vary_axis */
	unsigned int count; /* of variations, at least 1 */
};

/* Finds all `vary` lines. */
void vary_read(struct lang_arena *a, struct diag *d, const struct source *source, struct vary *out);
/* "mem=hugetlb 2M uffd=blocking": variation @index; the last axis turns fastest.  @values: one by
 * one. */
const char *vary_text(struct lang_arena *a, const struct vary *v, unsigned int index,
		      GPtrArray *values);
/* A line with its $NAMEs replaced.  False and an error if there is one that nobody set. */
bool vary_expand(struct lang_arena *a, struct diag *d, const struct vary *v, unsigned int index,
		 const struct lang_source_line *line, struct lang_source_line *out);

#endif
