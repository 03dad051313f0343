// SPDX-License-Identifier: GPL-2.0-only
/* options.c - how every subcommand reads its options and files, and complains about them */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tools/cmd.h"
#include "tools/fuzz/token.h"
#include "tools/output.h"
#include "tools/paths.h"

/* The usage line shows the program's name as GLib knows it. */
static GOptionContext *make_context(const struct command *self, const GOptionEntry *entries)
{
	GOptionContext *context = g_option_context_new(self->args);
	char *name = g_strconcat("uffdsim ", self->name, NULL);
	char *summary = g_strconcat("uffdsim ", self->name, ": ", self->summary,
				    self->text ? "\n\n" : "", self->text, NULL);

	g_set_prgname(name);
	g_option_context_set_summary(context, summary);
	if (entries)
		g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_help_enabled(context, false);
	g_free(summary);
	g_free(name);
	return context;
}

static void print_help(GOptionContext *context)
{
	char *text = g_option_context_get_help(context, true, NULL);

	fputs(text, stdout);
	g_free(text);
}

bool cmd_options(const struct command *self, const GOptionEntry *entries, int *argc, char ***argv,
		 int *status)
{
	gboolean help = false;
	const GOptionEntry own[] = {
		{ "help", 'h', 0, G_OPTION_ARG_NONE, &help, "Show this help", NULL },
		{ NULL, 0, 0, 0, NULL, NULL, NULL },
	};
	GOptionContext *context = make_context(self, entries);
	GError *error = NULL;
	bool go_on = false;

	g_option_context_add_main_entries(context, own, NULL);
	if (!g_option_context_parse(context, argc, argv, &error)) {
		*status = cmd_bad_usage(self, "%s", error->message);
		g_error_free(error);
	} else if (help) {
		print_help(context);
		*status = STATUS_PASSED;
	} else {
		go_on = true;
	}
	g_option_context_free(context);
	return go_on;
}

int cmd_bad_usage(const struct command *self, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "uffdsim %s: ", self->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; see 'uffdsim %s --help'\n", self->name);
	return STATUS_BAD_INPUT;
}

int cmd_verdict(struct diag *d)
{
	int status = STATUS_PASSED;
	char *text;

	if (d->errors) {
		text = diag_text(d);
		fputs(text, stderr);
		g_free(text);
		status = STATUS_BAD_INPUT;
	}
	diag_free(d);
	return status;
}

int cmd_kernel(const char *text, struct fuzz_kernel *k)
{
	struct diag *d = diag_new();

	diag_source(d, "--kernel", text, strlen(text));
	fuzz_kernel_parse(text, k, d, 1);
	return cmd_verdict(d);
}

int cmd_check_kernel(const char *option, const char *name)
{
	struct lang_pos pos = { 1, 1, strlen(name) };
	struct diag *d = diag_new();
	struct fuzz_kernel k;

	diag_source(d, option, name, strlen(name));
	if (fuzz_kernel_parse(name, &k, d, 1) && strcmp(name, k.name))
		diag_error(d, pos, "behaviours are switched on in the file");
	fuzz_kernel_clear(&k);
	return cmd_verdict(d);
}

static void free_file(void *file)
{
	lang_free(file);
}

GPtrArray *cmd_load(int n, char **args)
{
	GPtrArray *paths = scenario_paths(n, args);
	GPtrArray *files = g_ptr_array_new_with_free_func(free_file);
	struct diag *d = diag_new();
	guint i;

	for (i = 0; i < paths->len; i++) {
		struct scenario_file *file = lang_load(paths->pdata[i], d);

		if (!file)
			continue;
		interp_check_points(file, d);
		g_ptr_array_add(files, file);
	}
	if (cmd_verdict(d)) {
		g_ptr_array_free(files, true);
		files = NULL;
	}
	g_ptr_array_free(paths, true);
	return files;
}

int cmd_write(const char *path, const char *text, size_t len)
{
	GError *error = NULL;

	if (!path) {
		fwrite(text, 1, len, stdout);
		return STATUS_PASSED;
	}
	if (write_whole(path, text, len, &error))
		return STATUS_PASSED;
	fprintf(stderr, "%s: %s\n", g_get_prgname(), error->message);
	g_error_free(error);
	return STATUS_BAD_INPUT;
}
