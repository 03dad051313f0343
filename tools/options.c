// SPDX-License-Identifier: GPL-2.0-only
/* options.c - how every subcommand reads its options and complains about them */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include "tools/cmd.h"

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
