/* SPDX-License-Identifier: GPL-2.0-only */
/* outcome.h - what a call returned: as text, and compared with what the scenario expects */
#ifndef TOOLS_INTERP_OUTCOME_H
#define TOOLS_INTERP_OUTCOME_H

#include "tools/interp/prog.h"

/* "-1 EAGAIN {mapped=-EAGAIN}" */
void outcome_text(GString *out, struct prog *p, const struct prog_call *c);
/* Whether it is one of the results; with none named, whether it succeeded. */
bool outcome_expected(struct prog *p, const struct prog_call *c, const GPtrArray *results);
/* A field of the outcome, of a message its first. */
int64_t outcome_field(struct prog *p, const struct prog_call *c, enum lang_field_kind kind);

#endif
