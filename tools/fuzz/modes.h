/* SPDX-License-Identifier: GPL-2.0-only */
/* modes.h - what `uffdsim fuzz --mode` can be told to look for */
#ifndef TOOLS_FUZZ_MODES_H
#define TOOLS_FUZZ_MODES_H

#include <stdbool.h>

#define FUZZ_ANY_MODE "any"

bool fuzz_mode_known(const char *mode);
/* "any, copy, ...".  Free with g_free(). */
char *fuzz_mode_list(void);
/* As fuzz_generate() wants it: NULL for any. */
const char *fuzz_mode_for_generator(const char *mode);

#endif
