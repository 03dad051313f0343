/* SPDX-License-Identifier: GPL-2.0-only */
/* folder.h - a folder for the files of a test, and the uffdsim command run in it */
#ifndef TESTS_FOLDER_H
#define TESTS_FOLDER_H

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/suite.h"

#include "tools/paths.h"

static char *folder;

static inline void make_folder(void)
{
	folder = g_dir_make_tmp("uffdsim-test-XXXXXX", NULL);
	ck_assert_ptr_nonnull(folder);
}

static inline void remove_below(const char *path)
{
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		char *entry = g_build_filename(path, name, NULL);

		remove_below(entry);
		g_free(entry);
	}
	if (dir)
		g_dir_close(dir);
	g_remove(path);
}

static inline void remove_folder(void)
{
	remove_below(folder);
	g_free(folder);
}

/* The path of a file in it.  Free with g_free(). */
static inline char *below(const char *name)
{
	return g_build_filename(folder, name, NULL);
}

static inline void put_bytes(const char *name, const char *bytes, gssize n)
{
	char *path = below(name);

	ck_assert(g_file_set_contents(path, bytes, n, NULL));
	g_free(path);
}

static inline void put(const char *name, const char *text)
{
	put_bytes(name, text, -1);
}

/* What a file holds.  Free with g_free().  Were it inlined, gcc 12 would warn of &text. */
__attribute__((noinline, unused)) static char *contents(const char *path)
{
	char *text;

	ck_assert_msg(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
	return text;
}

static inline char *get(const char *name)
{
	char *path = below(name), *text = contents(path);

	g_free(path);
	return text;
}

/* The scenarios below a folder of the sources, by name.  Free with g_ptr_array_unref(). */
static inline GPtrArray *stored(const char *path)
{
	char *args[] = { g_build_filename(SRCDIR, path, NULL) };
	GPtrArray *paths = scenario_paths(G_N_ELEMENTS(args), args);

	g_free(args[0]);
	return paths;
}

/* How many entries a folder in it has; a folder that is not there has none. */
static inline unsigned int files_in(const char *name)
{
	char *path = below(name);
	GDir *dir = g_dir_open(path, 0, NULL);
	unsigned int n = 0;

	while (dir && g_dir_read_name(dir))
		n++;
	if (dir)
		g_dir_close(dir);
	g_free(path);
	return n;
}

/* Runs a program in it; its exit status, -1 if it died.  NULL: what it prints is let through. */
static inline int spawn(char **argv, char **out, char **err)
{
	int status;

	ck_assert(g_spawn_sync(folder, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, out, err, &status,
			       NULL));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The same for a line of shell. */
G_GNUC_PRINTF(2, 3)
static inline int shell(char **out, const char *format, ...)
{
	char *line;
	char *argv[] = { (char *)"/bin/sh", (char *)"-c", NULL, NULL };
	va_list ap;
	int status;

	va_start(ap, format);
	argv[2] = line = g_strdup_vprintf(format, ap);
	va_end(ap);
	status = spawn(argv, out, NULL);
	g_free(line);
	return status;
}

/* The same for `uffdsim ARGUMENTS`. */
G_GNUC_PRINTF(3, 4)
static inline int run(char **out, char **err, const char *format, ...)
{
	char *arguments, *line, **argv;
	va_list ap;
	int status;

	va_start(ap, format);
	arguments = g_strdup_vprintf(format, ap);
	va_end(ap);
	line = g_strconcat("'" BUILD "/uffdsim' ", arguments, NULL);
	ck_assert(g_shell_parse_argv(line, NULL, &argv, NULL));
	status = spawn(argv, out, err);
	g_strfreev(argv);
	g_free(line);
	g_free(arguments);
	return status;
}

/* `uffdsim ARGUMENTS` must end so and print that, on the one and on the other. */
static inline void expect(int want, const char *out_has, const char *err_has, const char *arguments)
{
	char *out, *err;
	int status = run(&out, &err, "%s", arguments);

	ck_assert(out && err);
	ck_assert_msg(status == want, "uffdsim %s: exit status %d\n%s%s", arguments, status, out,
		      err);
	ck_assert_msg(strstr(out, out_has) != NULL, "uffdsim %s: printed\n%s", arguments, out);
	ck_assert_msg(strstr(err, err_has) != NULL, "uffdsim %s: complained\n%s", arguments, err);
	g_free(out);
	g_free(err);
}

#endif
