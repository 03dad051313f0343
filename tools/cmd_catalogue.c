// SPDX-License-Identifier: GPL-2.0-only
/* cmd_catalogue.c - prints the tables of the source: bugs, kernels, invariants, locks, points */
#include <stdbool.h>
#include <stdio.h>

#include "model/model.h"
#include "sim/invariant.h"
#include "sim/world.h"
#include "tools/cmd.h"
#include "tools/words.h"

/* Parses the options of a command that has none; false when it is over. */
static bool no_options(const struct command *self, int *argc, char ***argv, int *status)
{
	if (!cmd_options(self, NULL, argc, argv, status))
		return false;
	if (*argc == 1)
		return true;
	*status = cmd_bad_usage(self, "'%s': it takes no argument", (*argv)[1]);
	return false;
}

int cmd_bugs(const struct command *self, int argc, char **argv)
{
	const struct model_bug *b;
	unsigned int i;
	int status;

	if (!no_options(self, &argc, &argv, &status))
		return status;
	for (i = 0; (b = model_bug(i)); i++)
		printf("%s\n    %s\n    fix: %s\n    kernels: %s\n", b->name, b->text, b->fix,
		       b->kernels && *b->kernels ? b->kernels :
						   "none; 'kernel K with BUG' puts it in");
	return STATUS_PASSED;
}

static void print_kernel(const struct model_kernel *k)
{
	const struct model_bug *b;
	unsigned int i;

	printf("%-12s %s\n", k->name, k->text);
	for (i = 0; (b = model_bug(i)); i++) {
		if (b->kernels && has_word(b->kernels, k->name))
			printf("    %-28s %s\n", b->name, b->text);
	}
}

int cmd_kernels(const struct command *self, int argc, char **argv)
{
	const struct model_kernel *k;
	unsigned int i;
	int status;

	if (!no_options(self, &argc, &argv, &status))
		return status;
	for (i = 0; (k = model_kernel(i)); i++)
		print_kernel(k);
	return STATUS_PASSED;
}

int cmd_failpoints(const struct command *self, int argc, char **argv)
{
	const struct model_failpoint *f;
	unsigned int i;
	int status;

	if (!no_options(self, &argc, &argv, &status))
		return status;
	for (i = 0; (f = model_failpoint(i)); i++)
		printf("%-16s %s\n", f->name, f->text);
	return STATUS_PASSED;
}

static void boot_default(void *unused G_GNUC_UNUSED)
{
	static const struct model_machine machine = { .pages = 16 };

	model_boot(&machine);
}

int cmd_invariants(const struct command *self, int argc, char **argv)
{
	static const struct world_config config = { .check = true };
	const struct sim_invariant *const *table;
	unsigned int i, n;
	int status;

	if (!no_options(self, &argc, &argv, &status))
		return status;
	world_reset(&config);
	world_call(boot_default, NULL);
	n = world_invariants(&table);
	for (i = 0; i < n; i++) {
		if (table[i]->text)
			printf("%-8s %s\n", table[i]->name, table[i]->text);
	}
	return STATUS_PASSED;
}

int cmd_locks(const struct command *self, int argc, char **argv)
{
	const struct model_lock *l;
	unsigned int i;
	int status;

	if (!no_options(self, &argc, &argv, &status))
		return status;
	for (i = 0; (l = model_lock(i)); i++)
		printf("%4u  %-28s %s\n", l->rank, l->name, l->text);
	return STATUS_PASSED;
}

/* One name may stand for several places: they are listed once, with the first of them. */
static void print_points(const char *pattern)
{
	GPatternSpec *spec = pattern ? g_pattern_spec_new(pattern) : NULL;
	GHashTable *seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	const struct sim_site *const *sites;
	size_t i, n = world_sites(&sites);

	for (i = 0; i < n; i++) {
		char *name = g_strdup_printf("%s:%s", sites[i]->func, sites[i]->label);

		if (spec && !g_pattern_spec_match_string(spec, name)) {
			g_free(name);
			continue;
		}
		if (!g_hash_table_contains(seen, name))
			printf("%-56s %s:%ld\n", name, sites[i]->file, sites[i]->line);
		g_hash_table_add(seen, name);
	}
	g_hash_table_destroy(seen);
	if (spec)
		g_pattern_spec_free(spec);
}

int cmd_points(const struct command *self, int argc, char **argv)
{
	int status;

	if (!cmd_options(self, NULL, &argc, &argv, &status))
		return status;
	if (argc > 2)
		return cmd_bad_usage(self, "more than one pattern");
	print_points(argc == 2 ? argv[1] : NULL);
	return STATUS_PASSED;
}
