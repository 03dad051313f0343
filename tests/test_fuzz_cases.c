// SPDX-License-Identifier: GPL-2.0-only
/* test_fuzz_cases.c - uffdsim fuzz --export: a single order, written down, that passes */
#include "tests/folder.h"

#include "tools/export/export.h"
#include "tools/fuzz/cases.h"
#include "tools/fuzz/modes.h"
#include "tools/interp/interp.h"

enum { SEEDS = 60, BLOCK = 12, FEW = 10 };

static struct fuzz_kernel kernel;

static void use_kernel(const char *name)
{
	struct diag *d = diag_new();

	diag_source(d, "--kernel", "", 0);
	ck_assert(fuzz_kernel_parse(name, &kernel, d, 1));
	diag_free(d);
}

static void set_up(void)
{
	interp_init();
	use_kernel("v6.1");
	make_folder();
}

static void tear_down(void)
{
	remove_folder();
	fuzz_kernel_clear(&kernel);
}

static char *make(uint64_t seed)
{
	char *why, *text = cases_make(seed, &kernel, FUZZ_ANY_MODE, &why);

	ck_assert_msg((text == NULL) == (why != NULL), "seed %lu", (unsigned long)seed);
	g_free(why);
	return text;
}

/* The nth seed that makes one. */
static char *make_any(uint64_t seed)
{
	char *text = NULL;

	for (; !text; seed += 100000)
		text = make(seed);
	return text;
}

/* ----------------------------------------------------------------- the text */

START_TEST(same_seed_same_case)
{
	char *before = NULL, *text;
	uint64_t seed;

	for (seed = 0; seed <= FEW; seed++) {
		char *again = make_any(seed);

		text = make_any(seed);
		ck_assert_str_eq(text, again);
		if (before)
			ck_assert_str_ne(text, before);
		g_free(again);
		g_free(before);
		before = text;
	}
	g_free(before);
}
END_TEST

static void check_order(uint64_t seed)
{
	static const char *const never[] = { "\nrace",	      "[fail",	  "\ninject",
					     ": serve ",      "= *",	  "pages of 1G",
					     "fault_mutexes", ", pages=", "ufd=" };
	char *text = make_any(seed);
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(never); i++)
		ck_assert_msg(!strstr(text, never[i]), "'%s' is in\n%s", never[i], text);
	ck_assert_ptr_nonnull(strstr(text, "\nsteps\n"));
	g_free(text);
}

START_TEST(nothing_is_left_to_chance)
{
	for_block(_i, BLOCK, check_order);
}
END_TEST

static void check_passes(uint64_t seed)
{
	static const struct interp_options plain;
	char *text = make_any(seed), *formed;
	struct diag *d = diag_new();
	struct scenario_file *f;
	struct test_result *r;
	bool bad_input = false;

	formed = lang_format(text, strlen(text), "case", d);
	ck_assert_ptr_nonnull(formed);
	ck_assert_str_eq(formed, text);
	f = lang_load_text(text, strlen(text), "case", d);
	ck_assert_ptr_nonnull(f);
	r = interp_run(f, f->scenarios->pdata[0], "v6.1", &plain, &bad_input);
	ck_assert_msg(r->status == TEST_PASSED && !bad_input, "%s\n%s", r->report, text);
	test_result_free(r);
	lang_free(f);
	diag_free(d);
	g_free(formed);
	g_free(text);
}

START_TEST(it_is_canonical_and_passes)
{
	for_block(_i, BLOCK, check_passes);
}
END_TEST

static void check_spoilt(uint64_t seed)
{
	static const struct interp_options plain;
	char *text = make_any(seed), *steps = strstr(text, "\nsteps\n"), *at;
	struct diag *d = diag_new();
	struct scenario_file *f;
	struct test_result *r;
	bool bad_input = false;

	at = strstr(steps, "copy=1p");
	if (at) {
		at[strlen("copy=")] = '2';
		f = lang_load_text(text, strlen(text), "case", d);
		ck_assert_ptr_nonnull(f);
		r = interp_run(f, f->scenarios->pdata[0], "v6.1", &plain, &bad_input);
		ck_assert_int_eq(r->status, TEST_FAILED);
		test_result_free(r);
		lang_free(f);
	}
	diag_free(d);
	g_free(text);
}

/* Another result than the one that was seen must not pass: the steps say what they saw. */
START_TEST(what_is_written_is_checked)
{
	uint64_t seed;

	for (seed = 0; seed < FEW; seed++)
		check_spoilt(seed);
}
END_TEST

/* A seed uses a few of all operations; together they leave nothing out. */
START_TEST(all_kinds_of_lines_are_there)
{
	static const char *const some[] = {
		" ...\n",	  "... = ",	  " ... ...\n",		"PAGEFAULT {addr=",
		"flags=WRITE",	  "ptid=",	  "= FORK\n",		"= REMOVE {start=",
		"= UNMAP {start", "SIGBUS {code", "= SIGKILL",		" fork child = child",
		"continue u",	  "zeropage u",	  "check    total(2M)", "value(",
		"has marker",	  " !cached(",	  "has uffd_wp",	"{copy=-EEXIST}",
	};
	bool found[G_N_ELEMENTS(some)] = { false };
	unsigned int i, seed, missing = G_N_ELEMENTS(some);

	for (seed = 0; seed < 1500 && missing; seed++) {
		char *text = make(seed);

		for (i = 0, missing = 0; i < G_N_ELEMENTS(some); i++) {
			found[i] |= text && strstr(text, some[i]);
			missing += !found[i];
		}
		g_free(text);
	}
	for (i = 0; i < G_N_ELEMENTS(some); i++)
		ck_assert_msg(found[i], "'%s' is in none of them", some[i]);
}
END_TEST

/* Later kernels have more ioctls, and their names do not always fit: none is left out for that. */
START_TEST(no_line_is_too_long)
{
	unsigned int seed, folded = 0;

	fuzz_kernel_clear(&kernel);
	use_kernel("v6.12");
	for (seed = 0; seed < 200; seed++) {
		char *why, *text = cases_make(seed, &kernel, FUZZ_ANY_MODE, &why);

		ck_assert_msg(text || !strstr(why, "canonical"), "seed %u: %s", seed, why);
		folded += text && strstr(text, "MISSING|MINOR|WP = 0 {ioctls=0x1fc}\n");
		g_free(text);
		g_free(why);
	}
	ck_assert_uint_gt(folded, 0);
}
END_TEST

/* ------------------------------------------------------------- the command */

/* Its exit status; *out: what it printed. */
static int fuzz(const char *options, char **out)
{
	return shell(out, "'" BUILD "/uffdsim' fuzz %s 2>&1", options);
}

START_TEST(so_many_files_and_the_same_again)
{
	char *out;

	ck_assert_int_eq(fuzz("--export 12 --seed 7 -o one", &out), 0);
	ck_assert_msg(g_str_has_prefix(out, "12 scenarios of the seeds 7.."), "%s", out);
	g_free(out);
	ck_assert_uint_eq(files_in("one"), 12);
	ck_assert_int_eq(fuzz("--export 12 --seed 7.. -o two", &out), 0);
	g_free(out);
	ck_assert_int_eq(shell(NULL, "diff -r one two"), 0);
	ck_assert_int_eq(shell(NULL, "'" BUILD "/uffdsim' run one >/dev/null"), 0);
	ck_assert_int_eq(shell(NULL, "'" BUILD "/uffdsim' fmt --check one"), 0);
}
END_TEST

START_TEST(other_modes_make_other_files)
{
	char *out;

	ck_assert_int_eq(fuzz("--export 3 -o any", &out), 0);
	g_free(out);
	ck_assert_int_eq(fuzz("--export 3 --mode continue -o some", &out), 0);
	g_free(out);
	ck_assert_int_ne(shell(NULL, "diff -r any some >/dev/null"), 0);
	ck_assert_int_eq(shell(NULL, "grep -q 'in one order' some/*.uffd"), 0);
}
END_TEST

START_TEST(seeds_run_out)
{
	char *out;

	ck_assert_int_eq(fuzz("--export 9 --seed 3..5 -o few", &out), 1);
	ck_assert_msg(strstr(out, "of the seeds 3..5 in few"), "%s", out);
	ck_assert_uint_le(files_in("few"), 3);
	g_free(out);
	ck_assert_int_eq(fuzz("--export 1 --seed 3..3 -o few", &out), 0);
	g_free(out);
}
END_TEST

static const struct {
	const char *options, *error;
} bad[] = {
	{ "--export 0", "--export: a number from 1" },
	{ "--export=-4", "--export: a number from 1" },
	{ "--export many", "many" },
	{ "--export 5 --guided", "--export and --guided do not go together" },
	{ "--export 5 --count 3", "--export and --count do not go together" },
	{ "--export 5 --merge x", "x: no file or folder is expected" },
	{ "--export 5 -j 2", "--export and --jobs do not go together" },
	{ "--export 5 x.uffd", "x.uffd: no file or folder is expected" },
	{ "--export 5 --seed x", "--seed x: expected" },
	{ "--export 5 --mode x", "--mode x: expected" },
	{ "--export 5 --kernel v0", "unknown kernel 'v0'" },
	{ "--export 5 --kernel v6.1+hugetlb_copy_past_eof", "no real kernel can be told" },
	{ "--export 5 -o /dev/null/x", "/dev/null/x: Not a directory" },
};

START_TEST(bad_options_are_refused)
{
	char *out;

	ck_assert_int_eq(fuzz(bad[_i].options, &out), 2);
	ck_assert_msg(strstr(out, bad[_i].error) != NULL, "%s: %s", bad[_i].options, out);
	g_free(out);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("cases");
	TCase *t = tcase_create("text"), *c = tcase_create("command");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_set_timeout(t, 900);
	tcase_add_test(t, same_seed_same_case);
	tcase_add_loop_test(t, nothing_is_left_to_chance, 0, SEEDS / BLOCK);
	tcase_add_loop_test(t, it_is_canonical_and_passes, 0, SEEDS / BLOCK);
	tcase_add_test(t, what_is_written_is_checked);
	tcase_add_test(t, all_kinds_of_lines_are_there);
	tcase_add_test(t, no_line_is_too_long);
	suite_add_tcase(s, t);
	tcase_add_checked_fixture(c, set_up, tear_down);
	tcase_set_timeout(c, 900);
	tcase_add_test(c, so_many_files_and_the_same_again);
	tcase_add_test(c, other_modes_make_other_files);
	tcase_add_test(c, seeds_run_out);
	tcase_add_loop_test(c, bad_options_are_refused, 0, G_N_ELEMENTS(bad));
	suite_add_tcase(s, c);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
