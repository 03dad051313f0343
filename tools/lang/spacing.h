/* SPDX-License-Identifier: GPL-2.0-only */
/* spacing.h - tokens put side by side again, with a blank wherever the canonical form has one */
#ifndef TOOLS_LANG_SPACING_H
#define TOOLS_LANG_SPACING_H

#include "tools/lang/lexer.h"

/* Which `=` are glued to what stands around them. */
enum spacing_kind {
	SPACING_PLAIN,	 /* `nth=3` and the like, and all between brackets */
	SPACING_MACHINE, /* 2M=4 as well */
};

/* The tokens @from to @to (not included) as text. */
void spacing_append(GString *out, const GPtrArray *tokens, guint from, guint to,
		    enum spacing_kind kind);
/* The first `=` that a result follows, or TOKEN_END's index. */
guint spacing_find_result(const GPtrArray *tokens, guint from);
/* The operator if these tokens are one comparison and nothing else; 0: they are not. */
guint spacing_find_comparison(const GPtrArray *tokens, guint from);

#endif
