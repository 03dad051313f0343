/* SPDX-License-Identifier: GPL-2.0-only */
/* text.h - a scenario as lines that can be taken out, each with a number that stays its own */
#ifndef TOOLS_SHRINK_TEXT_H
#define TOOLS_SHRINK_TEXT_H

#include "tools/lang/lang.h"

struct shrink_line {
	unsigned int id; /* ascending */
	char *text;
};

struct shrink_text {
	GPtrArray *lines; /* struct shrink_line */
};

/*
 * One test of a file: its variation put in, its other kernels, comments, `expect` lines and
 * schedule left out.  @kernel: the only one it is for.  Free with shrink_text_free().
 */
struct shrink_text *shrink_text_new(const struct scenario_file *file, const struct scenario *s,
				    const char *kernel);
struct shrink_text *shrink_text_copy(const struct shrink_text *t);
void shrink_text_free(struct shrink_text *t);

const char *shrink_text_line(const struct shrink_text *t, guint i);
void shrink_text_set(struct shrink_text *t, guint i, const char *line);
void shrink_text_remove(struct shrink_text *t, guint from, guint n);

/* A declaration or the head of a section stands at column 1. */
bool shrink_is_section(const char *line);
/* Words that no scenario can be without. */
bool shrink_is_fixed(const char *line);

/*
 * The whole text; a section without lines is left out.  *ids has the id of each line, from
 * line 1 on, 0 for empty ones.  Free both, *ids with g_array_free().
 */
char *shrink_text_join(const struct shrink_text *t, GArray **ids);

#endif
