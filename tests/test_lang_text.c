// SPDX-License-Identifier: GPL-2.0-only
/* test_lang_text.c - the scenario language: diagnostics, hostile input, the canonical form */
#include <unistd.h>

#include "tests/lang_common.h"

/* -------------------------------------------------------------- diagnostics */

START_TEST(diagnostics_look_like_gcc)
{
	static const char text[] = HEAD "steps\n"
					"  handler: contine u g[1] = -1 EFAULT\n"
					"  vcpu:    load g[0] ...\n";
	char *all;

	ck_assert_ptr_null(load(text));
	all = diag_text(d);
	ck_assert_str_eq(
		all, "t.uffd:13:12: error: unknown operation 'contine'\n"
		     "   13 |   handler: contine u g[1] = -1 EFAULT\n"
		     "      |            ^~~~~~~\n"
		     "t.uffd:13:12: note: did you mean 'continue'?\n"
		     "t.uffd:14:22: error: 'vcpu' is still inside this call when the section ends\n"
		     "   14 |   vcpu:    load g[0] ...\n"
		     "      |                      ^~~\n"
		     "t.uffd:14:22: note: add a line 'vcpu: ... = RESULT', or expect it with "
		     "'final: blocked(vcpu)'\n");
	g_free(all);
}
END_TEST

START_TEST(a_declaration_is_shown_as_a_note)
{
	ck_bad(HEAD "thread   g\nsetup\n", "t.uffd:5:10: note: the first time here, as a mapping\n"
					   "    5 | map      g   F[0:2] shared rw\n"
					   "      |          ^\n");
}
END_TEST

START_TEST(errors_are_sorted_and_at_most_20)
{
	GString *text = g_string_new("thread t\nsteps\n");
	char *all;
	unsigned int i;

	for (i = 0; i < 30; i++)
		g_string_append(text, "  t: loda\n");
	ck_assert_ptr_null(load(text->str));
	ck_assert_uint_eq(d->errors, 30);
	all = diag_text(d);
	ck_has(all, "t.uffd:22:6: error");
	ck_assert_ptr_null(strstr(all, "t.uffd:23:6: error"));
	ck_has(all, "t.uffd: 10 more errors\n");
	g_free(all);
	g_string_free(text, TRUE);
}
END_TEST

START_TEST(suggestions_are_near)
{
	static const char *const names[] = { "continue", "copy", "wake", NULL };
	const struct lang_pos pos = { 1, 1, 1 };
	char *long_word = g_strnfill(200, 'x'), *all;

	diag_source(d, "f", "one\ntwo", 7);
	diag_error(d, pos, "e");
	diag_suggest(d, pos, "cpoy", names);
	diag_suggest(d, pos, "xxxxxx", names);
	diag_suggest(d, pos, long_word, names);
	diag_suggest(d, pos, "copy", NULL);
	all = diag_text(d);
	ck_assert_str_eq(all, "f:1:1: error: e\n    1 | one\n      | ^\n"
			      "f:1:1: note: did you mean 'copy'?\n");
	g_free(all);
	g_free(long_word);
}
END_TEST

START_TEST(lines_are_found_and_cut)
{
	char *wide = g_strnfill(5000, 'w');
	GString *out = g_string_new(NULL);
	char *got = diag_line("one\ntwo", 7, 2);

	ck_assert_str_eq(got, "two");
	g_free(got);
	ck_assert_ptr_null(diag_line("one\ntwo", 7, 3));
	ck_assert_ptr_null(diag_line("one", 3, 0));
	ck_assert_ptr_null(diag_line(NULL, 0, 1));
	diag_excerpt(out, wide, (struct lang_pos){ 1, 3000, 2000 });
	ck_assert_uint_lt(out->len, 600);
	g_string_free(out, TRUE);
	g_free(wide);
}
END_TEST

/* ------------------------------------------------------------ hostile input */

START_TEST(huge_files_are_refused)
{
	GString *text = g_string_new(NULL);
	unsigned int i;

	for (i = 0; i <= LANG_MAX_LINES; i++)
		g_string_append(text, "# x\n");
	ck_bad(text->str, "t.uffd:20001:1: error: the file has more than 20000 lines");
	while (text->len <= LANG_MAX_BYTES)
		g_string_append(text, "# a line that is a little longer than before\n");
	ck_bad(text->str, "t.uffd: error: the file has more than 1048576 bytes");
	g_string_free(text, TRUE);
}
END_TEST

START_TEST(variations_have_a_limit)
{
	GString *text = g_string_new("vary v = 1, 2, 3, 4, 5, 6\nsetup\n");
	unsigned int i;

	for (i = 0; i < 19000; i++)
		g_string_append(text, "  exit\n");
	ck_bad(text->str, "t.uffd: error: 6 variations of 19002 lines are more than 100000");
	g_string_free(text, TRUE);
}
END_TEST

START_TEST(a_line_of_a_megabyte_is_refused)
{
	char *line = g_strnfill(LANG_MAX_BYTES, '(');

	ck_bad(line, "t.uffd:1:101: error: this line has 1048576 columns; 100 are allowed");
	g_free(line);
}
END_TEST

START_TEST(files_that_cannot_be_read)
{
	char *all;

	ck_assert_ptr_null(lang_load(SRCDIR "/no-such-file.uffd", d));
	ck_assert_ptr_null(lang_load(SRCDIR, d));
	all = diag_text(d);
	ck_has(all, "no-such-file.uffd: error: cannot be read: No such file");
	ck_has(all, SRCDIR ": error: cannot be read: Is a directory");
	ck_assert_uint_eq(d->errors, 2);
	g_free(all);
}
END_TEST

START_TEST(a_huge_file_is_not_read_to_its_end)
{
	size_t len;
	char *text = lang_read_file("/dev/zero", &len, d);

	ck_assert_uint_eq(len, LANG_MAX_BYTES + 1);
	ck_assert_ptr_null(lang_load_text(text, len, "zero", d));
	g_free(text);
}
END_TEST

START_TEST(the_mode_of_a_file_counts)
{
	char *path = g_build_filename(g_get_tmp_dir(), "uffdsim-lang-XXXXXX", NULL), *all;
	int fd = g_mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_ptr_null(lang_load(path, d));
	g_chmod(path, 0);
	if (geteuid()) {
		ck_assert_ptr_null(lang_load(path, d));
		ck_assert_uint_eq(d->errors, 2);
	}
	all = diag_text(d);
	ck_has(all, "1:1: error: the file is empty");
	g_free(all);
	g_unlink(path);
	g_free(path);
}
END_TEST

START_TEST(text_without_a_last_newline)
{
	lang_free(load_good("map a anon pages=1\nsetup\n  store a 1"));
	ck_bad("", "t.uffd:1:1: error: the file is empty");
	ck_bad("\n\n", "there is nothing to do");
	ck_bad("#", "there is nothing to do");
}
END_TEST

/* Every example with a piece cut off or a byte changed: an answer, whatever it is. */
START_TEST(mutated_files_do_no_harm)
{
	GPtrArray *files = stored("tests/bad");
	guint i;

	for (i = 0; i < files->len; i += 9) {
		size_t len, at;
		char *text = lang_read_file(files->pdata[i], &len, d);

		for (at = 0; at < len; at++) {
			struct diag *other = diag_new();
			char old = text[at];

			lang_free(lang_load_text(text, at, "cut", other));
			text[at] ^= 1 << at % 8;
			lang_free(lang_load_text(text, len, "changed", other));
			g_free(lang_format(text, len, "changed", other));
			text[at] = old;
			diag_free(other);
		}
		g_free(text);
	}
	g_ptr_array_unref(files);
}
END_TEST

/* ---------------------------------------------------------------- printing */

static void ck_format(const char *text, const char *want)
{
	char *got = lang_format(text, strlen(text), "t.uffd", d), *again;

	ck_assert_ptr_nonnull(got);
	ck_assert_str_eq(got, want);
	again = lang_format(got, strlen(got), "t.uffd", d);
	ck_assert_str_eq(again, want);
	g_free(again);
	g_free(got);
}

START_TEST(format_lays_out_columns)
{
	ck_format("\n\nscenario   \"a  b\"# c\n"
		  "vary mem=shmem  ,hugetlb 2M\n"
		  "file F $mem pages= 2\nmap longname F [ 0 : 2 ] shared\n\n\n"
		  "machine hugepages 2M = 4 ,pages=1\n"
		  "steps\n"
		  " vcpu :load g [ 0 ]...#sleeps\n"
		  "      # inside\n"
		  "    h: read u=POLLIN|POLLERR  |  -1 EAGAIN{flags=A|B,addr=g+ 0x10}as x[fail p "
		  "nth=3]\n"
		  "    h:read uu=0|-1 EAGAIN\n"
		  " vcpu: ...=0\n"
		  " vcpu: store a[0]  -1\n"
		  " vcpu: store a[0]-1 2\n"
		  "race preempt <= 3\n"
		  "final\n always (a.ret==0)!=! (b.ret == 0)\n"
		  " sometimes faults(u,MINOR)==1\n"
		  " pte(g[0]).page==F[0]\n pages(h)  <  1\n\n\n",
		  "scenario \"a  b\"                          # c\n"
		  "vary     mem = shmem, hugetlb 2M\n"
		  "file     F        $mem pages=2\n"
		  "map      longname F[0:2] shared\n"
		  "\n"
		  "machine  hugepages 2M=4, pages=1\n"
		  "steps\n"
		  "  vcpu:    load g[0] ...                 #sleeps\n"
		  "  # inside\n"
		  "  h:       read u  = POLLIN|POLLERR | -1 EAGAIN {flags=A|B, addr=g+0x10} as x "
		  "[fail p nth=3]\n"
		  "  h:       read uu = 0 | -1 EAGAIN\n"
		  "  vcpu:    ... = 0\n"
		  "  vcpu:    store a[0] -1\n"
		  "  vcpu:    store a[0]-1 2\n"
		  "race preempt<=3\n"
		  "final\n"
		  "  always    (a.ret == 0) != !(b.ret == 0)\n"
		  "  sometimes faults(u, MINOR) == 1\n"
		  "  pte(g[0]).page == F[0]\n"
		  "  pages(h)       < 1\n");
}
END_TEST

START_TEST(format_keeps_lines_within_100_columns)
{
	char *comment = g_strnfill(60, 'c'), *text, *want, *label;

	text = g_strdup_printf("setup\n  store a[0] 0x12345678#%s\n", comment);
	want = g_strdup_printf("setup\n  store    a[0] 0x12345678             #%s\n", comment);
	ck_format(text, want);
	g_free(want);
	g_free(text);
	g_free(comment);
	label = g_strnfill(73, 'x');
	text = g_strdup_printf("setup\n  store a[0] 1 as %s# twenty\n", label);
	want = g_strdup_printf("setup\n  # twenty\n  store    a[0] 1 as %s\n", label);
	ck_format(text, want);
	g_free(want);
	g_free(text);
	g_free(label);
}
END_TEST

START_TEST(format_refuses_what_it_cannot_read)
{
	ck_assert_ptr_null(lang_format("foo\n", 4, "t", d));
	ck_assert_ptr_null(lang_format("setup\n\texit\n", 12, "t", d));
	ck_assert_uint_eq(d->errors, 2);
}
END_TEST

START_TEST(names_of_numbers)
{
	char *text = lang_flags_text(LANG_FLAGS_REGISTER, 0x15);

	ck_assert_str_eq(text, "MISSING|MINOR|0x10");
	g_free(text);
	text = lang_flags_text(LANG_FLAGS_ADVICE, 4);
	ck_assert_str_eq(text, "DONTNEED");
	g_free(text);
	text = lang_flags_text(LANG_FLAGS_COPY, 0);
	ck_assert_str_eq(text, "0");
	g_free(text);
	ck_assert_str_eq(lang_errno_name(EEXIST), "EEXIST");
	ck_assert_str_eq(lang_errno_name(EAGAIN), "EAGAIN");
	ck_assert_str_eq(lang_errno_name(9999), "errno 9999");
	ck_assert_str_eq(lang_signal_name(7), "SIGBUS");
	text = lang_code_text(11, 2);
	ck_assert_str_eq(text, "SEGV_ACCERR");
	g_free(text);
	text = lang_code_text(7, 2);
	ck_assert_str_eq(text, "BUS_ADRERR");
	g_free(text);
	text = lang_code_text(7, 128);
	ck_assert_str_eq(text, "128");
	g_free(text);
	ck_assert_str_eq(lang_event_name(0x12), "PAGEFAULT");
	ck_assert_str_eq(lang_field_name(LANG_FIELD_MAPPED), "mapped");
	ck_assert_str_eq(lang_decl_kind_name(LANG_DECL_UFFD), "userfaultfd");
}
END_TEST

static void add_errors(Suite *s)
{
	TCase *t = tcase("errors");

	tcase_add_test(t, diagnostics_look_like_gcc);
	tcase_add_test(t, a_declaration_is_shown_as_a_note);
	tcase_add_test(t, errors_are_sorted_and_at_most_20);
	tcase_add_test(t, suggestions_are_near);
	tcase_add_test(t, lines_are_found_and_cut);
	tcase_add_test(t, huge_files_are_refused);
	tcase_add_test(t, variations_have_a_limit);
	tcase_add_test(t, a_line_of_a_megabyte_is_refused);
	tcase_add_test(t, files_that_cannot_be_read);
	tcase_add_test(t, a_huge_file_is_not_read_to_its_end);
	tcase_add_test(t, the_mode_of_a_file_counts);
	tcase_add_test(t, text_without_a_last_newline);
	tcase_add_test(t, mutated_files_do_no_harm);
	suite_add_tcase(s, t);
}

static void add_printing(Suite *s)
{
	TCase *t = tcase("printing");

	tcase_add_test(t, format_lays_out_columns);
	tcase_add_test(t, format_keeps_lines_within_100_columns);
	tcase_add_test(t, format_refuses_what_it_cannot_read);
	tcase_add_test(t, names_of_numbers);
	suite_add_tcase(s, t);
}

int main(void)
{
	Suite *s = suite_create("lang_text");

	add_errors(s);
	add_printing(s);
	return run_suite(s);
}
