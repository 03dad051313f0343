// SPDX-License-Identifier: GPL-2.0-only
/* paths.c - the conditions of the copy paths */
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "sim/world.h"
#include "tools/coverage/paths.h"

#define ALL (PATH_COPY | PATH_ZEROPAGE | PATH_CONTINUE)

static const struct {
	const char *function;
	unsigned int modes;
} paths[] = {
#define PATH(function, modes) { #function, modes },
#include "tools/coverage/paths.def"
#undef PATH
};

unsigned int copy_path_modes(const char *function)
{
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(paths); i++) {
		if (!strcmp(paths[i].function, function))
			return paths[i].modes;
	}
	return 0;
}

/* The last two parts of a path are the same in every build. */
static const char *short_name(const char *file)
{
	const char *at = strrchr(file, '/');

	while (at && at > file && at[-1] != '/')
		at--;
	return at ? at : file;
}

static int by_place(const void *a, const void *b)
{
	const struct branch *x = a, *y = b;
	int order = strcmp(x->file, y->file);

	if (!order)
		order = x->mark->line < y->mark->line ? -1 : x->mark->line > y->mark->line;
	return order ? order : strcmp(x->mark->cond, y->mark->cond);
}

/* Historic behaviours are put in by conditions that no kernel has. */
static bool is_of_the_model(const struct sim_branch *mark)
{
	return strstr(mark->cond, "kernel_has(");
}

struct branch *branches_new(bool copy_paths, size_t *n)
{
	const struct sim_branch *marks;
	size_t i, all = world_branches(&marks);
	struct branch *list = g_new(struct branch, MAX(all, 1));

	*n = 0;
	for (i = 0; i < all; i++) {
		if (!is_of_the_model(&marks[i]) &&
		    (!copy_paths || copy_path_modes(marks[i].func)))
			list[(*n)++] = (struct branch){ &marks[i], short_name(marks[i].file) };
	}
	qsort(list, *n, sizeof(*list), by_place);
	return list;
}
