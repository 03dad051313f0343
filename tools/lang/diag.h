/* SPDX-License-Identifier: GPL-2.0-only */
/* diag.h - what is wrong with a file, in the form that compilers and editors agreed on */
#ifndef TOOLS_LANG_DIAG_H
#define TOOLS_LANG_DIAG_H

#include <glib.h>
#include <stdbool.h>

#include "tools/lang/ast.h"

enum { DIAG_MAX_ERRORS = 20 }; /* a file */

/* One line of complaint.  Notes follow the error that they explain. */
struct diag_entry {
	char *name;	      /* of the file */
	unsigned int reading; /* the how manieth text that this is about */
	struct lang_pos pos;  /* line 0: the file as a whole */
	bool note;
	char *text;
	char *source; /* the line it stands on, or NULL */
};

struct diag {
	char *name;	  /* of the file */
	const char *text; /* of the file while it is read, or NULL */
	size_t len;
	GPtrArray *entries; /* struct diag_entry */
	unsigned int reading;
	unsigned int errors;  /* all of them, also those beyond DIAG_MAX_ERRORS */
	unsigned int here;    /* those of the text at hand */
	unsigned int dropped; /* of those beyond DIAG_MAX_ERRORS of a text */
	bool muted;	      /* the notes of an error that was not kept are not kept either */
};

struct diag *diag_new(void);
void diag_free(struct diag *d);
/* Names the file that positions refer to from now on; @text must stay until the next call. */
void diag_source(struct diag *d, const char *name, const char *text, size_t len);

/* A second error at the same place is dropped: the first one says what is wrong. */
void diag_error(struct diag *d, struct lang_pos pos, const char *fmt, ...) G_GNUC_PRINTF(3, 4);
/* A note to the last error. */
void diag_note(struct diag *d, struct lang_pos pos, const char *fmt, ...) G_GNUC_PRINTF(3, 4);
/*
 * A note "did you mean 'X'?" at the last error, if @word is within two edits of one of
 * @names (ended by NULL) and nearer to it than to being another word altogether.
 */
void diag_suggest(struct diag *d, struct lang_pos pos, const char *word, const char *const *names);

/* Puts the errors in the order of the file; each keeps its notes. */
void diag_sort(struct diag *d);

/* All of it as text: "file:line:col: error: ...", the line, a caret.  Free with g_free(). */
char *diag_text(const struct diag *d);

/*
 * The two lines below a head: the source line with its number, and a caret with tildes.
 * For whoever reports something else at a place of a file, such as a result that differs.
 */
void diag_excerpt(GString *out, const char *line, struct lang_pos pos);
/* Line @number (1-based) of a text.  Free with g_free(); NULL if there is none. */
char *diag_line(const char *text, size_t len, unsigned int number);

#endif
