// SPDX-License-Identifier: GPL-2.0-only
/* merge.c - uffdsim fuzz --merge: the results of several machines in one folder */
#include <stdio.h>

#include "tools/cmd.h"
#include "tools/fuzz/driver.h"
#include "tools/paths.h"

struct merging {
	struct findings *into;
	unsigned int files, others;
};

static bool merge_file(struct merging *m, const char *path)
{
	enum finding_news news;
	GError *error = NULL;
	struct finding *f;
	char *text;

	if (!g_file_get_contents(path, &text, NULL, &error))
		goto failed;
	m->files++;
	f = finding_read(text);
	if (!f) {
		fprintf(stderr, "uffdsim fuzz: %s: left out, `uffdsim fuzz` did not write it\n",
			path);
		m->others++;
		return true;
	}
	if (findings_add(m->into, f, &news, &error))
		return true;
failed:
	fprintf(stderr, "uffdsim fuzz: %s\n", error->message);
	g_error_free(error);
	return false;
}

static bool merge_folder(struct merging *m, char *folder)
{
	GPtrArray *paths = scenario_paths(1, &folder);
	bool ok = true;
	guint i;

	for (i = 0; i < paths->len && ok; i++)
		ok = merge_file(m, paths->pdata[i]);
	g_ptr_array_free(paths, true);
	return ok;
}

int fuzz_merge(char **folders, const char *into)
{
	struct merging m = { .into = findings_new(into) };
	GPtrArray *list;
	bool ok = true;
	guint i;

	for (i = 0; folders[i] && ok; i++)
		ok = merge_folder(&m, folders[i]);
	list = findings_list(m.into);
	for (i = 0; ok && i < list->len; i++) {
		const struct finding *f = list->pdata[i];

		printf("%-10s  %s\n            uffdsim replay %s\n", f->kernel, f->key, f->token);
	}
	if (ok)
		printf("%u files, %u different failures in %s\n", m.files - m.others, list->len,
		       into);
	g_ptr_array_free(list, true);
	findings_free(m.into);
	return ok ? STATUS_PASSED : STATUS_BAD_INPUT;
}
