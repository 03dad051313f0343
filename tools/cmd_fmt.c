// SPDX-License-Identifier: GPL-2.0-only
/* cmd_fmt.c - uffdsim fmt: scenario files in canonical form */
#include <stdio.h>
#include <string.h>

#include "tools/cmd.h"
#include "tools/interp/interp.h"
#include "tools/paths.h"

static gboolean in_place, check;

static const GOptionEntry entries[] = {
	{ "in-place", 'i', 0, G_OPTION_ARG_NONE, &in_place, "Write the files back", NULL },
	{ "check", 'c', 0, G_OPTION_ARG_NONE, &check,
	  "Only name the files that are not in canonical form; exit status 1 if there are any",
	  NULL },
	{ NULL, 0, 0, 0, NULL, NULL, NULL },
};

static int use_text(const char *path, const char *old, size_t len, const char *text)
{
	bool same = strlen(text) == len && !memcmp(text, old, len);

	if (check) {
		if (!same)
			printf("%s\n", path);
		return same ? STATUS_PASSED : STATUS_FAILED;
	}
	if (in_place)
		return same ? STATUS_PASSED : cmd_write(path, text, strlen(text));
	fputs(text, stdout);
	return STATUS_PASSED;
}

static int format_file(const char *path)
{
	struct diag *d = diag_new();
	size_t len = 0;
	char *old = lang_read_file(path, &len, d);
	char *text = old ? lang_format(old, len, path, d) : NULL;
	int status = cmd_verdict(d);

	if (!status)
		status = use_text(path, old, len, text);
	g_free(text);
	g_free(old);
	return status;
}

int cmd_fmt(const struct command *self, int argc, char **argv)
{
	int status, worst = STATUS_PASSED;
	GPtrArray *paths;
	guint i;

	if (!cmd_options(self, entries, &argc, &argv, &status))
		return status;
	if (argc < 2)
		return cmd_bad_usage(self, "no file to format");
	if (check && in_place)
		return cmd_bad_usage(self, "--check and --in-place exclude each other");
	interp_init();
	paths = scenario_paths(argc - 1, argv + 1);
	for (i = 0; i < paths->len; i++) {
		status = format_file(paths->pdata[i]);
		worst = MAX(worst, status);
	}
	g_ptr_array_free(paths, TRUE);
	return worst;
}
