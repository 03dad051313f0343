// SPDX-License-Identifier: GPL-2.0-only
/* paths.c - the scenario files that a command line means */
#include <string.h>

#include "tools/paths.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The entries of a folder, in order; NULL if it is none or cannot be read. */
static GPtrArray *entries_of(const char *path)
{
	GDir *dir = g_file_test(path, G_FILE_TEST_IS_DIR) ? g_dir_open(path, 0, NULL) : NULL;
	GPtrArray *names;
	const char *name;

	if (!dir)
		return NULL;
	names = g_ptr_array_new_with_free_func(g_free);
	while ((name = g_dir_read_name(dir)))
		g_ptr_array_add(names, g_build_filename(path, name, NULL));
	g_dir_close(dir);
	g_ptr_array_sort(names, by_name);
	return names;
}

static void add_below(GPtrArray *paths, const char *path)
{
	GPtrArray *entries = entries_of(path);
	guint i;

	if (!entries) {
		if (g_str_has_suffix(path, ".uffd"))
			g_ptr_array_add(paths, g_strdup(path));
		return;
	}
	/* A link to a folder may lead back to where it stands. */
	for (i = 0; i < entries->len; i++) {
		if (!g_file_test(entries->pdata[i], G_FILE_TEST_IS_SYMLINK))
			add_below(paths, entries->pdata[i]);
	}
	g_ptr_array_free(entries, TRUE);
}

GPtrArray *scenario_paths(int n, char **args)
{
	GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
	guint before;
	int i;

	for (i = 0; i < n; i++) {
		before = paths->len;
		if (g_file_test(args[i], G_FILE_TEST_IS_DIR))
			add_below(paths, args[i]);
		if (paths->len == before)
			g_ptr_array_add(paths, g_strdup(args[i]));
	}
	return paths;
}
