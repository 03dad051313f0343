// SPDX-License-Identifier: GPL-2.0-only
/* points.c - the points and failure sites that a file names must be somewhere in the source */
#include <string.h>

#include "sim/world.h"
#include "tools/interp/interp.h"

static bool known_point(const char *point)
{
	const struct sim_site *const *sites;
	size_t i, n = world_sites(&sites);

	for (i = 0; i < n; i++) {
		if (world_site_matches(sites[i], point))
			return true;
	}
	return false;
}

/* All "function:label", for suggestions; NULL ends it. */
static GPtrArray *point_names(void)
{
	GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
	const struct sim_site *const *sites;
	size_t i, n = world_sites(&sites);

	for (i = 0; i < n; i++)
		g_ptr_array_add(names, g_strdup_printf("%s:%s", sites[i]->func, sites[i]->label));
	g_ptr_array_add(names, NULL);
	return names;
}

static void check_point(struct lang_pos pos, const char *point, struct diag *d)
{
	GPtrArray *names;

	/* Locks have their own table, which the checker has seen. */
	if (g_str_has_prefix(point, "lock ") || known_point(point))
		return;
	names = point_names();
	diag_error(d, pos, "no point '%s' in the simulated kernel", point);
	diag_suggest(d, pos, point, (const char *const *)names->pdata);
	diag_note(d, pos, "'uffdsim points' lists them");
	g_ptr_array_free(names, true);
}

static void check_call(const struct lang_call *call, struct diag *d)
{
	guint i;

	for (i = 0; i < call->props->len; i++) {
		const struct lang_prop *prop = call->props->pdata[i];

		if (prop->kind == LANG_PROP_STOP || prop->kind == LANG_PROP_FAIL)
			check_point(prop->pos, prop->name, d);
	}
}

static void check_scenario(const struct scenario *s, struct diag *d)
{
	guint i, k;

	for (i = 0; i < s->injects->len; i++) {
		const struct lang_inject *inj = s->injects->pdata[i];

		check_point(inj->pos, inj->point, d);
	}
	for (i = 0; i < s->sections->len; i++) {
		const struct lang_section *section = s->sections->pdata[i];

		for (k = 0; k < section->lines->len; k++) {
			const struct lang_line *line = section->lines->pdata[k];

			if (line->call)
				check_call(line->call, d);
		}
	}
}

bool interp_check_points(const struct scenario_file *file, struct diag *d)
{
	unsigned int before = d->errors;
	guint i;

	diag_source(d, file->name, file->text, file->len);
	for (i = 0; i < file->scenarios->len; i++)
		check_scenario(file->scenarios->pdata[i], d);
	return d->errors == before;
}
