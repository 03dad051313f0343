// SPDX-License-Identifier: GPL-2.0-only
/* test_command.c - the uffdsim command: what it prints, and the exit status that scripts rely on */
#include "tests/folder.h"

static const char good[] = "scenario \"good\"\n"
			   "kernel   v6.1\n\n"
			   "machine  pages=64\n"
			   "map      g   anon pages=1 rw\n"
			   "thread   a\n\n"
			   "steps\n"
			   "  a:       load g[0] = 0\n";

static const char race[] = "scenario \"race\"\n"
			   "kernel   v6.1\n\n"
			   "machine  pages=64\n"
			   "vary     word = 1, 2\n"
			   "map      g   anon pages=1 rw\n"
			   "thread   a, b\n\n"
			   "race\n"
			   "  a:       store g[0] $word\n"
			   "  b:       load g[0] = 0 | $word\n";

/* Whichever thread comes first, one of the two loads does not give 7. */
static const char losing[] = "scenario \"losing\"\n"
			     "kernel   v6.1\n\n"
			     "machine  pages=64\n"
			     "map      g   anon pages=1 rw\n"
			     "thread   a, b\n\n"
			     "race seeds=50\n"
			     "  a:       store g[0] 7\n"
			     "  b:       load g[0] = 7\n";

static const char broken[] = "scenario \"broken\"\n"
			     "kernel   v6.1\n\n"
			     "machine  pages=64\n"
			     "map      g   anon pages=1 rw\n"
			     "thread   a\n\n"
			     "steps\n"
			     "  a:       load g[0] = 1\n";

static void make_files(void)
{
	char *huge = g_strnfill(3 << 20, '#'), *path;

	make_folder();
	put("good.uffd", good);
	put("race.uffd", race);
	put("losing.uffd", losing);
	put("broken.uffd", broken);
	put_bytes("empty.uffd", "", 0);
	put_bytes("nul.uffd", "scenario \"\0\"\n", 13);
	put_bytes("binary.uffd",
		  "\x7f"
		  "ELF\x02\x01\x01\0\0\0",
		  10);
	put_bytes("truncated.uffd", good, sizeof(good) - 11);
	put("unknown.uffd", "scenario \"x\"\nkernel v7.7\nsteps\n");
	put_bytes("huge.uffd", huge, 3 << 20);
	path = below("folder");
	g_mkdir(path, 0755);
	g_free(path);
	put("folder/one.uffd", good);
	put("folder/two.uffd", good);
	put("folder/notes.txt", "not a scenario");
	g_free(huge);
}

/* Arguments, the exit status, and a part of what must be printed there. */
static const struct {
	const char *arguments;
	int status;
	const char *out, *err;
} rows[] = {
	{ "run good.uffd", 0, "ok 1 - good.uffd: good [v6.1]", "" },
	{ "run good.uffd", 0, "1 passed, 0 failed\n", "" },
	{ "run folder", 0, "ok 2 - folder/two.uffd: good", "" },
	{ "run race.uffd", 0, "2 passed", "" },
	{ "run race.uffd --vary word=2", 0, "1 passed", "" },
	{ "run race.uffd --vary word=2 --schedule 'a:* b:*'", 0, "1 passed", "" },
	{ "run race.uffd --seed 0x10", 0, "2 passed", "" },
	{ "run good.uffd --full-check --trace", 0, "1 passed", "" },
	{ "run good.uffd broken.uffd", 1, "broken.uffd:9:24: FAIL: a: load g[0]", "" },
	{ "run good.uffd broken.uffd", 1, "replay:  uffdsim run broken.uffd --kernel v6.1\n", "" },
	{ "run losing.uffd", 1, "--schedule '", "" },
	{ "run -f 'nothing*' good.uffd", 77, "0 passed, 0 failed", "" },
	{ "run", 2, "", "no file to run" },
	{ "run none.uffd", 2, "", "none.uffd: error: cannot be read: No such file or directory" },
	{ "run good.uffd none.uffd", 2, "", "none.uffd: error" },
	{ "run empty.uffd", 2, "", "empty.uffd:1:1: error: " },
	{ "run nul.uffd", 2, "", "nul.uffd:1:11: error: " },
	{ "run binary.uffd", 2, "", "binary.uffd:1:1: error: " },
	{ "run truncated.uffd", 2, "", "truncated.uffd:9:16: error: " },
	{ "run unknown.uffd", 2, "", "unknown.uffd:2:8: error: unknown kernel 'v7.7'" },
	{ "run huge.uffd", 2, "", "huge.uffd: error: " },
	{ "run good.uffd --kernel v6.2", 2, "", "--kernel:1:1: error: unknown kernel 'v6.2'" },
	{ "run good.uffd --kernel v6.2", 2, "", "did you mean 'v6.1'?" },
	{ "run race.uffd --seed x1", 2, "", "--seed:1:1: error: " },
	{ "run race.uffd --seed 99999999999999999999", 2, "", "--seed:1:1: error: " },
	{ "run race.uffd --schedule a:1", 2, "", "a schedule is for one test, but 2 are chosen" },
	{ "run good.uffd --schedule a:1", 2, "", "has no race section" },
	{ "run race.uffd --vary word=2 --schedule 'a:1 c:2'", 2, "", "--schedule:1:5: error: " },
	{ "run race.uffd --vary word=2 --schedule 'a:1 b:99999'", 2, "",
	  "--schedule:1:5: error: " },
	{ "run race.uffd --vary word=9", 2, "", "no file has such a variation" },
	{ "run race.uffd --vary word", 2, "", "expected NAME=VALUE" },
	{ "run good.uffd -o none/x", 2, "", "uffdsim run: " },
	{ "run good.uffd --junit none/x", 2, "", "uffdsim run: " },
	{ "run --bogus good.uffd", 2, "", "--bogus" },
	{ "fmt good.uffd", 0, good, "" },
	{ "fmt --check good.uffd race.uffd", 0, "", "" },
	{ "fmt binary.uffd", 2, "", "binary.uffd:1:1: error: " },
	{ "fmt -i -c good.uffd", 2, "", "exclude each other" },
	{ "bugs", 0, "minor_v1_new_page", "" },
	{ "kernels", 0, "minor-v1", "" },
	{ "invariants", 0, "DATA ", "" },
	{ "locks", 0, "mmap_lock", "" },
	{ "points", 0, "__mcopy_atomic:copy_unlocked", "" },
	{ "failpoints", 0, "hugepage_alloc", "" },
	{ "locks extra", 2, "", "uffdsim locks" },
	{ "nothing", 2, "", "nothing" },
	{ "--help", 0, "usage: uffdsim COMMAND", "" },
	{ "run --help", 0, "--schedule", "" },
	{ "", 2, "", "usage: uffdsim COMMAND" },
};

START_TEST(command_line)
{
	expect(rows[_i].status, rows[_i].out, rows[_i].err, rows[_i].arguments);
}
END_TEST

/* Bad input: nothing at all was run. */
START_TEST(no_partial_run)
{
	char *out, *err;

	ck_assert_int_eq(run(&out, &err, "run good.uffd truncated.uffd race.uffd"), 2);
	ck_assert_str_eq(out, "");
	g_free(out);
	g_free(err);
}
END_TEST

/* The last line of a failure makes it fail again, in the same way. */
START_TEST(replay_line)
{
	char *out, *err, *again, *line;

	ck_assert_int_eq(run(&out, &err, "run losing.uffd"), 1);
	g_free(err);
	line = strstr(out, "replay:  uffdsim ");
	ck_assert_ptr_nonnull(line);
	line = g_strndup(line + 17, strcspn(line + 17, "\n"));
	ck_assert_int_eq(run(&again, &err, "%s", line), 1);
	ck_assert_msg(strstr(again, line) != NULL, "%s", again);
	g_free(line);
	g_free(again);
	g_free(out);
	g_free(err);
}
END_TEST

START_TEST(same_hash_twice)
{
	char *a, *b, *err;

	ck_assert_int_eq(run(&a, &err, "run --hash losing.uffd race.uffd"), 1);
	g_free(err);
	ck_assert_int_eq(run(&b, &err, "run --hash losing.uffd race.uffd"), 1);
	g_free(err);
	ck_assert_ptr_nonnull(strstr(a, "# trace "));
	ck_assert_str_eq(a, b);
	g_free(a);
	g_free(b);
}
END_TEST

START_TEST(output_files)
{
	char *out, *err, *text;

	ck_assert_int_eq(run(&out, &err, "run -o out.ktap --junit out.xml broken.uffd good.uffd"),
			 1);
	ck_assert_ptr_nonnull(strstr(out, "1 passed, 1 failed"));
	text = get("out.xml");
	ck_assert_ptr_nonnull(
		strstr(text, "<testsuites tests=\"2\" failures=\"1\" skipped=\"0\">"));
	g_free(text);
	text = get("out.ktap");
	ck_assert_ptr_nonnull(strstr(text, "not ok 1 - broken.uffd"));
	ck_assert_ptr_nonnull(strstr(text, "\nok 2 - good.uffd"));
	g_free(text);
	g_free(out);
	g_free(err);
}
END_TEST

/* A device is written into, not replaced. */
START_TEST(output_to_device)
{
	char *out, *err;

	ck_assert_int_eq(run(&out, &err, "run -o /dev/null good.uffd"), 0);
	ck_assert(!g_file_test("/dev/null", G_FILE_TEST_IS_REGULAR));
	g_free(out);
	g_free(err);
}
END_TEST

/* Formatting in place mends a file, and then finds nothing more to do. */
START_TEST(format_in_place)
{
	char *out, *err, *text;

	put("loose.uffd", "scenario   \"good\"\nkernel v6.1\nmachine pages=64\n"
			  "map g anon pages=1 rw\nthread a\nsteps\n a: load g[0]=0\n");
	ck_assert_int_eq(run(&out, &err, "fmt --check loose.uffd"), 1);
	ck_assert_str_eq(out, "loose.uffd\n");
	g_free(out);
	g_free(err);
	ck_assert_int_eq(run(&out, &err, "fmt -i loose.uffd"), 0);
	text = get("loose.uffd");
	ck_assert_ptr_nonnull(strstr(text, "\nkernel   v6.1\n"));
	g_free(out);
	g_free(err);
	ck_assert_int_eq(run(&out, &err, "fmt --check loose.uffd"), 0);
	ck_assert_str_eq(out, "");
	g_free(text);
	g_free(out);
	g_free(err);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("command");
	TCase *tc = tcase_create("command");

	tcase_add_unchecked_fixture(tc, make_files, remove_folder);
	tcase_set_timeout(tc, 0);
	tcase_add_loop_test(tc, command_line, 0, G_N_ELEMENTS(rows));
	tcase_add_test(tc, no_partial_run);
	tcase_add_test(tc, replay_line);
	tcase_add_test(tc, same_hash_twice);
	tcase_add_test(tc, output_files);
	tcase_add_test(tc, output_to_device);
	tcase_add_test(tc, format_in_place);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
