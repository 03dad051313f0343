/* SPDX-License-Identifier: GPL-2.0-only */
/* output.h - files that the tool writes: whole or not at all */
#ifndef TOOLS_OUTPUT_H
#define TOOLS_OUTPUT_H

#include <glib.h>
#include <stdbool.h>

/* False, with *error set: nothing was written, and what was there before is there still. */
bool write_whole(const char *path, const char *text, size_t len, GError **error);
/* All of it into a pipe, with as many calls as it takes; false: errno says why. */
bool write_all(int fd, const void *bytes, size_t n);

#endif
