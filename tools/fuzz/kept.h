/* SPDX-License-Identifier: GPL-2.0-only */
/* kept.h - scenario files that the tool itself writes: head, schedule, canonical form */
#ifndef TOOLS_FUZZ_KEPT_H
#define TOOLS_FUZZ_KEPT_H

#include <glib.h>

/* The trace hash of the run that the schedule leads to; `uffdsim replay` compares it. */
#define KEPT_TRACE "# trace: "

/* One line, @head and the first line of @text, cut where a line of the language ends. */
void kept_comment(GString *out, const char *head, const char *text);
/* A scenario with `schedule` lines put in before its first section, unless that is NULL. */
void kept_text(GString *out, const char *text, const char *schedule);
/* The canonical form; takes over @text.  Free with g_free(). */
char *kept_canonical(GString *text, const char *name);

#endif
