/* SPDX-License-Identifier: GPL-2.0-only */
/* paths.h - the copy paths: which functions a mode of filling a page can enter */
#ifndef TOOLS_COVERAGE_PATHS_H
#define TOOLS_COVERAGE_PATHS_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/branch.h"

enum { PATH_COPY = 1, PATH_ZEROPAGE = 2, PATH_CONTINUE = 4, PATH_MODES = 3 };

/* Those that can enter the function; 0: it belongs to no copy path. */
unsigned int copy_path_modes(const char *function);

/* A way that a condition can go, marked by the model; in the order of file and line. */
struct branch {
	const struct sim_branch *mark;
	const char *file; /* "mm/userfaultfd.c", also of a kernel's own file */
};

/* All marked conditions, or those of the copy paths.  Free with g_free(). */
struct branch *branches_new(bool copy_paths, size_t *n);

#endif
