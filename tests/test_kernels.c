/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * test_kernels.c - what later kernels have is seen: each row of the catalogue that names one has a
 * scenario which tells the kernels apart, and fails on a 6.1 that has the row
 */
#include <glib.h>
#include <string.h>

#include "tests/suite.h"

#include "model/model.h"
#include "sim/world.h"
#include "tools/interp/interp.h"

static const struct witness {
	const char *row, *file;
	const char *needs; /* a row that has to be there as well, or NULL */
} witnesses[] = {
	{ "eagain_writes_field", "events/remove-eagain", NULL },
	{ "fork_error_is_silent", "kernels/fork-fails-and-notifies", NULL },
	{ "hugetlb_fork_drops_wp", "hugetlb/fork-wp", NULL },
	{ "hugetlb_wp_unlocks_pagecache", "regressions/hugetlb-wp-keeps-pagecache-lock", NULL },
	{ "released_gup_retries", "mm/populate-meets-close", NULL },
	{ "unregister_refuses_others", "api/unregister-never", NULL },
	{ "nothing_above_is_einval", "kernels/register-above-everything", NULL },
	{ "knows_wp_unpopulated", "kernels/features", NULL },
	{ "knows_poison", "kernels/features", NULL },
	{ "knows_wp_async", "kernels/features", NULL },
	{ "knows_move", "kernels/features", NULL },
	{ "writeprotect_spans_mappings", "kernels/writeprotect-spans-mappings", NULL },
	{ "continue_protects", "kernels/continue-wp", NULL },
	{ "copy_checks_source", "api/source", NULL },
	{ "hugetlb_zap_stays_locked", "kernels/dontneed-stays-locked", NULL },
	{ "hugetlb_unmap_restores_promise", "hugetlb/reserve-private", NULL },
	{ "hugetlb_unmap_restores_shared", "hugetlb/fork-owner-gone",
	  "hugetlb_unmap_restores_promise" },
	{ "hugetlb_full_is_eexist", "hugetlb/fork-child-copy", NULL },
	{ "madvise_misses_unmapped", "events/remove-half-gone-meanwhile", NULL },
	{ "mremap_moves_several", "mm/mremap-several", NULL },
	{ "uffd_merge_has_offset", "kernels/register-merges-end", NULL },
	{ "unregister_wakes_too_early", "races/copy-vs-unregister", NULL },
	{ "merge_takes_anon_vma", "surprises/page-in-the-middle-stays-split", NULL },
};

static bool has_word(const char *words, const char *word)
{
	char **all = g_strsplit_set(words, ", ", -1);
	bool has = g_strv_contains((const char *const *)all, word);

	g_strfreev(all);
	return has;
}

static const struct model_bug *row(const char *name)
{
	const struct model_bug *bug;
	unsigned int i;

	for (i = 0; (bug = model_bug(i)); i++) {
		if (!strcmp(bug->name, name))
			return bug;
	}
	ck_abort_msg("there is no behaviour '%s'", name);
	return NULL;
}

/* How many variations of the file fail on v6.1 with these rows. */
static unsigned int failures(const char *name, const char *with)
{
	char *path = g_strdup_printf("%s/scenarios/%s.uffd", SRCDIR, name);
	char *kernel = g_strdup_printf("\nkernel   v6.1%s%s\n", with ? " with " : "", with ?: "");
	const struct interp_options options = { .max_seeds = 200 };
	struct scenario_file *file;
	struct diag *d = diag_new();
	unsigned int failed = 0;
	char *text, **parts;
	GRegex *line;
	guint i;

	ck_assert_msg(g_file_get_contents(path, &text, NULL, NULL), "%s", path);
	line = g_regex_new("\nkernel [^\n]*\n", 0, 0, NULL);
	parts = g_regex_split(line, text, 0);
	ck_assert_uint_eq(g_strv_length(parts), 2);
	g_free(text);
	text = g_strconcat(parts[0], kernel, parts[1], NULL);

	file = lang_load_text(text, strlen(text), name, d);
	ck_assert_msg(file != NULL, "%s", name);
	for (i = 0; i < file->scenarios->len; i++) {
		bool bad_input = false;
		struct test_result *r =
			interp_run(file, file->scenarios->pdata[i], "v6.1", &options, &bad_input);

		failed += r->status == TEST_FAILED;
		test_result_free(r);
	}
	lang_free(file);
	g_strfreev(parts);
	g_regex_unref(line);
	diag_free(d);
	g_free(text);
	g_free(kernel);
	g_free(path);
	return failed;
}

START_TEST(a_row_is_seen)
{
	const struct witness *w = &witnesses[_i];
	char *both = g_strdup_printf("%s%s%s", w->needs ?: "", w->needs ? ", " : "", w->row);

	row(w->row);
	ck_assert_msg(!failures(w->file, w->needs), "%s fails without %s", w->file, w->row);
	ck_assert_msg(failures(w->file, both), "%s does not see %s", w->file, w->row);
	g_free(both);
}
END_TEST

START_TEST(each_row_has_a_witness)
{
	const struct model_bug *bug;
	unsigned int i, k;

	for (i = 0; (bug = model_bug(i)); i++) {
		if (!has_word(bug->kernels, "v6.12") && !has_word(bug->kernels, "v6.18"))
			continue;
		for (k = 0; k < G_N_ELEMENTS(witnesses) && strcmp(witnesses[k].row, bug->name); k++)
			;
		ck_assert_msg(k < G_N_ELEMENTS(witnesses), "nothing shows %s", bug->name);
	}
}
END_TEST

/* [kernel < K] goes by their order, and v6.1 is what the rows are told against. */
START_TEST(kernels_stand_by_age)
{
	static const char *const names[] = { "v6.1", "minor-v1", "v6.12", "v6.18", NULL };
	const struct model_kernel *kernel;
	const struct model_bug *bug;
	unsigned int i;

	for (i = 0; (kernel = model_kernel(i)); i++) {
		ck_assert_msg(names[i] != NULL, "%s", kernel->name);
		ck_assert_str_eq(kernel->name, names[i]);
	}
	ck_assert_ptr_null(names[i]);
	for (i = 0; (bug = model_bug(i)); i++) {
		char **all = g_strsplit(bug->kernels, ", ", -1), **word;

		for (word = all; *word; word++)
			ck_assert_msg(g_strv_contains(names, *word) && strcmp(*word, "v6.1"),
				      "%s: %s", bug->name, *word);
		g_strfreev(all);
	}
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kernels");
	TCase *tc = tcase_create("kernels");

	world_init();
	interp_init();
	tcase_set_timeout(tc, 0);
	tcase_add_loop_test(tc, a_row_is_seen, 0, G_N_ELEMENTS(witnesses));
	tcase_add_test(tc, each_row_has_a_witness);
	tcase_add_test(tc, kernels_stand_by_age);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
