/* SPDX-License-Identifier: GPL-2.0-only */
/* paths.h - the scenario files that a command line means */
#ifndef TOOLS_PATHS_H
#define TOOLS_PATHS_H

#include <glib.h>

/*
 * Files stay as they are; a folder stands for every *.uffd file below it, in the order of
 * their names.  What cannot be opened stays, for the message that reading it gives.  Free
 * with g_ptr_array_free().
 */
GPtrArray *scenario_paths(int n, char **args);

#endif
