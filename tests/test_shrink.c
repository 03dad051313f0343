// SPDX-License-Identifier: GPL-2.0-only
/* test_shrink.c - small cases out of large ones, and the places whose order decides */
#include "tests/folder.h"

#include "sim/world.h"
#include "tools/interp/interp.h"
#include "tools/shrink/shrink.h"

/* -------------------------------------------------------------------- the text */

static struct shrink_text *text_of(const char *text, unsigned int nth)
{
	struct diag *d = diag_new();
	struct scenario_file *f = lang_load_text(text, strlen(text), "test", d);
	struct shrink_text *t;

	ck_assert_ptr_nonnull(f);
	t = shrink_text_new(f, f->scenarios->pdata[nth], "minor-v1");
	lang_free(f);
	diag_free(d);
	return t;
}

static const char many[] = "# of many things\n"
			   "scenario \"one # two\"\n"
			   "kernel v6.1, minor-v1\n"
			   "vary how = shared, private\n"
			   "file F shmem pages=1 # small\n"
			   "map g F[0:1] $how rw\n"
			   "thread a\n"
			   "expect violation LOCK\n"
			   "schedule a:3\n"
			   "race\n"
			   "  a: load g[0] = 0\n"
			   "final\n"
			   "  sometimes value(g[0]) == 0\n";

/* One test of the file: nothing of the others, nothing that hides the failure. */
START_TEST(text_is_one_test)
{
	struct shrink_text *t = text_of(many, 1);
	GArray *ids;
	char *text = shrink_text_join(t, &ids);

	ck_assert_str_eq(text, "scenario \"one # two\"\n"
			       "kernel   minor-v1\n\n"
			       "file F shmem pages=1\n"
			       "map g F[0:1] private rw\n"
			       "thread a\n\n"
			       "race\n"
			       "  a: load g[0] = 0\n\n"
			       "final\n"
			       "  sometimes value(g[0]) == 0\n");
	g_free(text);
	g_array_free(ids, true);
	shrink_text_free(t);
}
END_TEST

START_TEST(lines_keep_their_ids)
{
	struct shrink_text *t = text_of(many, 0);
	unsigned int id = ((struct shrink_line *)t->lines->pdata[6])->id;
	GArray *ids;
	char *text;

	ck_assert_str_eq(shrink_text_line(t, 6), "  a: load g[0] = 0");
	shrink_text_remove(t, 2, 1);
	shrink_text_remove(t, t->lines->len - 1, 1);
	text = shrink_text_join(t, &ids);
	/* The head of the section that lost its only line is gone as well. */
	ck_assert_ptr_null(strstr(text, "final"));
	ck_assert_uint_eq(g_array_index(ids, unsigned int, ids->len - 1), id);
	g_free(text);
	g_array_free(ids, true);
	shrink_text_free(t);
}
END_TEST

/* ----------------------------------------------------------------- the command */

static void expect_either(int want, const char *has, const char *format, const char *name)
{
	char *out, *err, *arguments = g_strdup_printf(format, name);
	int status = run(&out, &err, "%s", arguments);

	ck_assert_msg(status == want, "uffdsim %s: exit status %d\n%s%s", arguments, status, out,
		      err);
	ck_assert_msg(strstr(out, has) || strstr(err, has), "uffdsim %s: printed\n%s%s", arguments,
		      out, err);
	g_free(arguments);
	g_free(out);
	g_free(err);
}

static unsigned int count_lines(const char *text)
{
	unsigned int n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/*
 * Each is made smaller than @most lines, fails in the same way as a file of its own, with the
 * same trace, and is in canonical form.
 */
static const struct {
	const char *file, *key;
	unsigned int most;
	const char *has[3]; /* of the file: what decides */
} cases[] = {
	{ "tests/data/expected.uffd", "t: load g", 12, { "load" } },
	{ "scenarios/regressions/minor-v1-private-lock.uffd", "LOCK in sys_ioctl", 26, { NULL } },
	{ "tests/data/loop.uffd", "LIMIT", 26, { "schedule a:*\n" } },
	{ "scenarios/regressions/copy-retry-keeps-vma-kind-race.uffd",
	  "BUG in __page_set_anon_rmap",
	  34,
	  { "other, in 'mmap g", "vm_mmap_pgoff:mmap_write_lock (model/mm/mmap.c",
	    "__mcopy_atomic:mmap_read_lock (model/mm/userfaultfd.c" } },
	{ "scenarios/regressions/refile-loses-wakeup-race.uffd",
	  "WAKE at rest",
	  34,
	  { "wake_userfault:waitqueue_active", "userfaultfd_ctx_read:add_wait_queue",
	    "before reader, in 'read u" } },
	{ "scenarios/regressions/hugetlb-retry-error-keeps-entry-race.uffd",
	  "RESV at rest",
	  24,
	  { "copy_page nth=", "steps\n" } },
};

START_TEST(becomes_small)
{
	char *out, *err, *text;
	unsigned int i;
	int status;

	status = run(&out, &err, "shrink -o small.uffd --max-time 300 %s/%s", SRCDIR,
		     cases[_i].file);
	ck_assert_msg(status == 0, "%s: exit status %d\n%s%s", cases[_i].file, status, out, err);
	text = get("small.uffd");
	ck_assert_msg(strstr(text, cases[_i].key) != NULL, "%s", text);
	ck_assert_msg(count_lines(text) <= cases[_i].most, "%s", text);
	for (i = 0; i < G_N_ELEMENTS(cases[_i].has) && cases[_i].has[i]; i++)
		ck_assert_msg(strstr(text, cases[_i].has[i]) != NULL, "%s\n%s", cases[_i].has[i],
			      text);
	expect_either(0, "", "fmt --check %s", "small.uffd");
	expect_either(1, "failed", "run %s", "small.uffd");
	if (strstr(text, "\nrace"))
		expect_either(1, "FAILED", "replay %s", "small.uffd");
	g_free(text);
	g_free(out);
	g_free(err);
}
END_TEST

/* A long file of `uffdsim fuzz`, by its name and by its token. */
START_TEST(of_the_stored_set)
{
	GPtrArray *files = stored("tests/replay");
	guint i;

	ck_assert_uint_ge(files->len, 1);
	for (i = 0; i < files->len; i++) {
		expect_either(0, "lines left of", "shrink -o small.uffd --max-time 300 %s",
			      files->pdata[i]);
		expect_either(1, "failed", "run %s", "small.uffd");
	}
	g_ptr_array_unref(files);
}
END_TEST

static const struct {
	const char *arguments;
	int status;
	const char *has;
} commands[] = {
	{ "shrink", 2, "no file and no token to shrink" },
	{ "shrink a b", 2, "one file or token at a time" },
	{ "shrink none.uffd", 2, "none.uffd: error: cannot be read" },
	{ "shrink --max-time 0 x", 2, "expected a positive number" },
	{ "shrink --kernel v6.2 x", 2, "unknown kernel 'v6.2'" },
	{ "shrink --kernel v6.1+hugetlb_copy_past_eof x", 2, "are switched on in the file" },
	{ "shrink fuzz999:v6.1:any:1:random:0", 2, "made by version 999 of the generator" },
	{ "shrink " SRCDIR "/scenarios/regressions/minor-v1-private-lock-fixed.uffd", 0,
	  "nothing fails here" },
	{ "shrink --filter nowhere " SRCDIR "/scenarios/regressions/minor-v1-private-lock.uffd", 0,
	  "nothing fails here" },
	{ "shrink -o none/x.uffd " SRCDIR "/scenarios/regressions/minor-v1-private-lock.uffd", 2,
	  "none/x.uffd" },
};

START_TEST(command_line)
{
	expect_either(commands[_i].status, commands[_i].has, "%s", commands[_i].arguments);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("shrink");
	TCase *text = tcase_create("text"), *t = tcase_create("command");
	/* Without checkpoints each run of a race begins with the boot. */
	const int ncases = world_can_restore() ? G_N_ELEMENTS(cases) : 2;

	interp_init();
	tcase_add_test(text, text_is_one_test);
	tcase_add_test(text, lines_keep_their_ids);
	suite_add_tcase(s, text);
	tcase_set_timeout(t, 600);
	tcase_add_checked_fixture(t, make_folder, remove_folder);
	tcase_add_loop_test(t, becomes_small, 0, ncases);
	if (world_can_restore())
		tcase_add_test(t, of_the_stored_set);
	tcase_add_loop_test(t, command_line, 0, G_N_ELEMENTS(commands));
	suite_add_tcase(s, t);
	return run_suite(s);
}
