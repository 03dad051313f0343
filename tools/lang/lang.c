// SPDX-License-Identifier: GPL-2.0-only
/* lang.c - reading a scenario file from beginning to end */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/lang/lang.h"
#include "tools/lang/source.h"

static const char *const default_kernels[] = { "v6.1", "minor-v1", NULL };
static const struct lang_catalogue default_names = { .kernels = default_kernels };
static const struct lang_catalogue *names = &default_names;

void lang_use_catalogue(const struct lang_catalogue *catalogue)
{
	names = catalogue ?: &default_names;
	g_assert(names->kernels && names->kernels[0]);
}

const struct lang_catalogue *lang_catalogue(void)
{
	return names;
}

static void cannot_read(struct diag *d, const char *path, int err)
{
	diag_source(d, path, NULL, 0);
	diag_error(d, (struct lang_pos){ 0 }, "cannot be read: %s", g_strerror(err));
}

/* One byte more than is allowed, so that a file that is too large is seen as one. */
char *lang_read_file(const char *path, size_t *len, struct diag *d)
{
	FILE *file = fopen(path, "r");
	char *text = NULL;

	if (!file) {
		cannot_read(d, path, errno);
		return NULL;
	}
	text = g_malloc(LANG_MAX_BYTES + 2);
	*len = fread(text, 1, LANG_MAX_BYTES + 1, file);
	if (ferror(file)) {
		cannot_read(d, path, errno);
		g_free(text);
		text = NULL;
	} else {
		text[*len] = 0;
	}
	fclose(file);
	return text;
}

struct scenario_file *lang_load_text(const char *text, size_t len, const char *name, struct diag *d)
{
	struct lang_arena *a = arena_new();
	struct scenario_file *file = arena_new0(a, struct scenario_file);
	unsigned int before = d->errors;
	struct source source;

	file->arena = a;
	file->name = arena_strdup(a, name);
	file->text = arena_strndup(a, text, MIN(len, (size_t)LANG_MAX_BYTES + 1));
	file->len = len;
	file->scenarios = arena_array(a);
	diag_source(d, name, file->text, MIN(len, (size_t)LANG_MAX_BYTES + 1));
	if (source_split(a, d, file->text, len, &source))
		source_parse(a, d, &source, false, file->scenarios);
	diag_sort(d);
	diag_source(d, name, NULL, 0);
	if (d->errors == before)
		return file;
	lang_free(file);
	return NULL;
}

struct scenario_file *lang_load(const char *path, struct diag *d)
{
	struct scenario_file *file;
	size_t len;
	char *text = lang_read_file(path, &len, d);

	if (!text)
		return NULL;
	file = lang_load_text(text, len, path, d);
	g_free(text);
	return file;
}

void lang_free(struct scenario_file *file)
{
	if (file)
		arena_free(file->arena);
}
