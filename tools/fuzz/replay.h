/* SPDX-License-Identifier: GPL-2.0-only */
/* replay.h - one run again, from its token or from the file that was kept; exit statuses */
#ifndef TOOLS_FUZZ_REPLAY_H
#define TOOLS_FUZZ_REPLAY_H

#include <stdio.h>

#include "tools/fuzz/findings.h"

/* @trace: every step goes there, or NULL.  @write: the scenario into this file, or NULL. */
int replay_token(const char *text, FILE *trace, const char *write);
/* @kernel: instead of that of the file, or NULL. */
int replay_file(const char *path, const char *kernel, FILE *trace);

#endif
