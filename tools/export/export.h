/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * export.h - scenarios as a C program for a real kernel
 *
 * The program is the run time (runtime/, as it stands in the sources) and a table a scenario.
 */
#ifndef TOOLS_EXPORT_EXPORT_H
#define TOOLS_EXPORT_EXPORT_H

#include "tools/interp/prog.h"

struct exporter {
	GString *out;	     /* of the program */
	bool best_effort;    /* what user space does not see is left out, and not refused */
	unsigned int number; /* of the scenario that is being written */
	/* Of that scenario: */
	struct prog *p;
	GHashTable *rows; /* struct lang_call: its row, plus 1 */
	unsigned int nrows;
	struct lang_pos why_pos;
	char *why; /* it cannot be exported; NULL: it can */
	GString *notes; /* what was left out, a line each */
};

struct exporter *exporter_new(bool best_effort);
/*
 * Adds a scenario, to be run as it is written for @kernel.  Returns why it is none for a real
 * kernel, and where, or NULL; in either case the program has a row for it.
 */
const char *exporter_add(struct exporter *x, const struct scenario_file *file,
			 const struct scenario *s, const char *kernel, struct lang_pos *pos);
/* A file that cannot even be tried has a row, too. */
void exporter_add_skipped(struct exporter *x, const char *file, const char *why);
/* The program; free with g_free().  The exporter is gone. */
char *exporter_finish(struct exporter *x, const char *head);

/* ------------------------------------------------------- between its files */

/* Once; later ones are of no interest. */
void export_refuse(struct exporter *x, struct lang_pos pos, const char *fmt, ...)
	G_GNUC_PRINTF(3, 4);
/* True: it is left out, and noted.  False: it was refused. */
bool export_leave_out(struct exporter *x, struct lang_pos pos, const char *fmt, ...)
	G_GNUC_PRINTF(3, 4);
void export_string(GString *out, const char *text);

/* lines.c: rows of all lines, and the functions of their checks before them. */
void export_lines(struct exporter *x, GString *functions, GString *rows);
/* expr.c: as a condition in C.  False: it was refused, or all of it left out. */
bool export_condition(struct exporter *x, GString *out, const struct lang_expr *e);
unsigned int export_row_of(const struct exporter *x, const struct lang_call *call);
/* "F_copy" */
char *export_field_name(enum lang_field_kind kind);

#endif
