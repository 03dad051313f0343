// SPDX-License-Identifier: GPL-2.0-only
/* kept.c - scenario files that the tool itself writes */
#include <string.h>

#include "tools/fuzz/kept.h"
#include "tools/lang/lang.h"

void kept_comment(GString *out, const char *head, const char *text)
{
	gsize start = out->len;

	g_string_append_printf(out, "%s%.*s", head, (int)strcspn(text, "\n"), text);
	if (out->len - start > LANG_MAX_COLUMNS) {
		g_string_truncate(out, start + LANG_MAX_COLUMNS - 3);
		g_string_append(out, "...");
	}
	g_string_append_c(out, '\n');
}

/* As many `schedule` lines as it takes. */
static void append_schedule(GString *out, const char *schedule)
{
	char **slices = g_strsplit(schedule, " ", -1);
	gsize line = 0;
	unsigned int i;

	for (i = 0; slices[i] && *slices[i]; i++) {
		if (!i || out->len - line + 1 + strlen(slices[i]) > LANG_MAX_COLUMNS) {
			g_string_append(out, i ? "\n" : "");
			line = out->len;
			g_string_append(out, "schedule");
		}
		g_string_append_printf(out, " %s", slices[i]);
	}
	g_string_append(out, i ? "\n\n" : "");
	g_strfreev(slices);
}

/* The declarations end where the first section begins. */
static size_t first_section(const char *text)
{
	static const char *const sections[] = { "\nsetup", "\nrace", "\nsteps", "\nfinal" };
	const char *first = text + strlen(text), *at;
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(sections); i++) {
		at = strstr(text, sections[i]);
		if (at && at + 1 < first)
			first = at + 1;
	}
	return first - text;
}

void kept_text(GString *out, const char *text, const char *schedule)
{
	size_t body = first_section(text);

	g_string_append_len(out, text, body);
	if (schedule)
		append_schedule(out, schedule);
	g_string_append(out, text + body);
}

char *kept_canonical(GString *text, const char *name)
{
	struct diag *d = diag_new();
	char *formatted = lang_format(text->str, text->len, name, d);

	diag_free(d);
	if (!formatted)
		return g_string_free(text, false);
	g_string_free(text, true);
	return formatted;
}
