// SPDX-License-Identifier: GPL-2.0-only
/* cmd_export.c - uffdsim export: scenarios as a C program for a real kernel */
#include <stdio.h>
#include <string.h>

#include "tools/cmd.h"
#include "tools/export/export.h"
#include "tools/interp/interp.h"
#include "tools/paths.h"

static struct {
	char *kernel, *output;
	gboolean best_effort;
} opt;

static const GOptionEntry entries[] = {
	{ "kernel", 'k', 0, G_OPTION_ARG_STRING, &opt.kernel,
	  "What the files say of this kernel (default: of the first that each names)", "KERNEL" },
	{ "best-effort", 'b', 0, G_OPTION_ARG_NONE, &opt.best_effort,
	  "Leave out what user space does not see, and what is beyond a program's reach", NULL },
	{ "output", 'o', 0, G_OPTION_ARG_FILENAME, &opt.output,
	  "Write the program there (default: the terminal)", "FILE.c" },
	{ NULL, 0, 0, 0, NULL, NULL, NULL },
};

static const char how_to[] =
	" *     gcc -O1 -pthread THIS.c && ./a.out\n"
	" *\n"
	" * It makes each call in a thread of its own, in the order of the file, and prints what it\n"
	" * returned; `differs` where that is not what the file says.  Options: -h.  As root it sets\n"
	" * the pool of huge pages for the time that it runs, and keeps threads that are woken from\n"
	" * running before it is their turn.  Exit status: 0 same, 1 it differs, 77 it was not asked.\n";

/* A comment cannot hold the end of one. */
static void add_text_of(GString *head, const struct scenario_file *file)
{
	char **lines = g_strsplit(file->text, "\n", -1), **line;

	g_string_append_printf(head, " *\n * %s:\n *\n", file->name);
	for (line = lines; *line && (line[1] || **line); line++) {
		char **safe = g_strsplit(*line, "*/", -1);
		char *joined = g_strjoinv("* /", safe);

		g_string_append_printf(head, " *%s%s\n", *joined ? "     " : "", joined);
		g_free(joined);
		g_strfreev(safe);
	}
	g_strfreev(lines);
}

static char *head_of(const GPtrArray *files, const GPtrArray *paths)
{
	GString *head = g_string_new("// SPDX-License-Identifier: GPL-2.0-only\n/*\n");
	guint i;

	if (paths->len == 1)
		g_string_append_printf(head, " * %s, for a real kernel; made by uffdsim export.\n",
				       (const char *)paths->pdata[0]);
	else
		g_string_append_printf(head,
				       " * %u scenario files, for a real kernel; made by uffdsim "
				       "export.\n",
				       paths->len);
	g_string_append(head, how_to);
	for (i = 0; i < files->len && paths->len == 1; i++)
		add_text_of(head, files->pdata[i]);
	g_string_append(head, " */\n");
	return g_string_free(head, FALSE);
}

/* Of a single file that cannot be exported the user wants to know why, and where. */
static void export_file(struct exporter *x, const struct scenario_file *file, bool only,
			struct diag *d)
{
	guint i;

	for (i = 0; i < file->scenarios->len; i++) {
		const struct scenario *s = file->scenarios->pdata[i];
		const struct lang_word *first = s->kernels->pdata[0];
		const char *why;
		struct lang_pos pos;

		why = exporter_add(x, file, s, opt.kernel ? opt.kernel : first->text, &pos);
		if (!why || !only)
			continue;
		diag_error(d, pos, "it cannot be exported: %s", why);
		return;
	}
}

static int export_files(const GPtrArray *paths)
{
	GPtrArray *files = g_ptr_array_new_with_free_func((GDestroyNotify)lang_free);
	struct exporter *x = exporter_new(opt.best_effort);
	struct diag *d = diag_new();
	char *head, *text;
	int status;
	guint i;

	for (i = 0; i < paths->len; i++) {
		struct scenario_file *file = lang_load(paths->pdata[i], d);

		if (!file)
			continue;
		g_ptr_array_add(files, file);
		export_file(x, file, paths->len == 1, d);
	}
	head = head_of(files, paths);
	text = exporter_finish(x, head);
	status = cmd_verdict(d);
	if (!status)
		status = cmd_write(opt.output, text, strlen(text));
	g_free(text);
	g_free(head);
	g_ptr_array_free(files, TRUE);
	return status;
}

int cmd_export(const struct command *self, int argc, char **argv)
{
	GPtrArray *paths;
	int status;

	if (!cmd_options(self, entries, &argc, &argv, &status))
		return status;
	if (argc < 2)
		return cmd_bad_usage(self, "no file to export");
	interp_init();
	if (opt.kernel && cmd_check_kernel("--kernel", opt.kernel))
		return STATUS_BAD_INPUT;
	paths = scenario_paths(argc - 1, argv + 1);
	status = export_files(paths);
	g_ptr_array_free(paths, TRUE);
	return status;
}
