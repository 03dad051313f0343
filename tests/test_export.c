// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_export.c - programs for a real kernel: what is refused, and that what is written compiles
 * and finds out
 *
 * Where there is no userfaultfd (a container) programs that want one say so and exit with 77; that
 * is then all there is to see of them.
 */
#include "tests/folder.h"

#define HEAD "scenario \"export\"\nkernel   v6.1\nmap      g   anon pages=2 rw\n"
#define WITH_UFFD HEAD "uffd     u\nthread   t, h\n"

static int export_to(const char *options, char **out)
{
	return shell(out, "'" BUILD "/uffdsim' export %s 2>&1", options);
}

/* Export, compile without a warning, run: the exit status of the program. */
static int run_program(const char *options, const char *arguments, char **out)
{
	char *how = g_strdup_printf("-o x.c %s", options);
	int status = export_to(how, out);

	ck_assert_msg(!status, "export %s: %s", options, *out);
	g_free(*out);
	g_free(how);
	status = shell(out, "gcc -std=gnu11 -O1 -Wall -Wextra -Wno-missing-field-initializers "
			    "-Werror -pthread -o x x.c 2>&1");
	ck_assert_msg(!status, "%s", *out);
	g_free(*out);
	return shell(out, "./x %s 2>&1", arguments);
}

/* ---------------------------------------------------------------- refusals */

static const struct {
	const char *text, *options, *error;
} refused[] = {
	{ HEAD "thread   t\nsteps\n  t:       load g[0] = 0 [fail page_alloc]\n", "",
	  "a.uffd:6:26: error: it cannot be exported: a real kernel fails when it does" },
	{ HEAD "thread   t\ninject   page_alloc\nsteps\n  t:       load g[0] = *\n", "-b",
	  "a.uffd:5:10: error: it cannot be exported: a real kernel fails when it does" },
	{ HEAD "thread   t\nexpect   deadlock\nsteps\n  t:       load g[0] = 0\n", "-b",
	  "a.uffd:5:10: error: it cannot be exported: it would hang the kernel" },
	{ HEAD "thread   t\nexpect   violation REF\nsteps\n  t:       load g[0] = 0\n", "-b",
	  "a.uffd:5:10: error: it cannot be exported: what a kernel does behind a violation" },
	{ HEAD "thread   t\ntolerate REF \"so\"\nsteps\n  t:       load g[0] = 0\n", "",
	  "a.uffd:5:10: error: it cannot be exported: a real kernel checks no invariants" },
	{ WITH_UFFD "steps\n  t:       load g[0] = 0\n  check    refs(u) == 1\n", "",
	  "a.uffd:8:12: error: it cannot be exported: references to a userfaultfd" },
	{ WITH_UFFD "steps\n  t:       load g[0] = 0\n  check    locks(t) == none\n", "",
	  "a.uffd:8:12: error: it cannot be exported: locks of the kernel" },
	{ HEAD "thread   t\nsteps\n  t:       store g[0] 1 = 0\n  check    pte(g[0]) has dirty\n", "",
	  "error: it cannot be exported: these bits of an entry are not to be seen" },
	{ "scenario \"x\"\nkernel   v6.1 with shmem_copy_past_eof\nmap      g   anon pages=1\n"
	  "thread   t\nsteps\n  t:       load g[0] = 0\n",
	  "-b", "a.uffd:2:20: error: it cannot be exported: no kernel can be told to have" },
	{ HEAD "machine  hugepages 1G=1\nthread   t\nsteps\n  t:       load g[0] = 0\n", "-b",
	  "error: it cannot be exported: pages of 1G are not to be had" },
	{ HEAD "thread   t\nsteps\n  t:       load g[0] = 0\n", "--kernel minor-v1",
	  "a.uffd:1:10: error: it cannot be exported: it is not written for minor-v1" },
	{ HEAD "thread   t\nsteps\n  t:       load g[0] = 0\n", "--kernel v0.1",
	  "unknown kernel 'v0.1'" },
	{ HEAD "thread   t\nsteps\n  t:       lood g[0] = 0\n", "", "unknown operation 'lood'" },
	{ HEAD "thread   t\nsteps\n  t:       load g[0] = 0\n", "-o no/x.c", "uffdsim export: " },
};

START_TEST(refusal)
{
	char *options = g_strdup_printf("%s a.uffd", refused[_i].options), *out;
	int status;

	put("a.uffd", refused[_i].text);
	status = export_to(options, &out);
	ck_assert_msg(status == 2, "exit status %d\n%s", status, out);
	ck_assert_msg(strstr(out, refused[_i].error), "%s", out);
	g_free(out);
	g_free(options);
}
END_TEST

/* ---------------------------------------------------------------- programs */

/* Scenarios that need no userfaultfd have the same end everywhere. */
static const struct {
	const char *text;
	int status;
	const char *out;
} plain[] = {
	{ HEAD "thread   t, h\nsteps\n  t:       store g[0] 0x5a = 0\n  h:       load g[0] = 0x5a\n"
	       "  check    pte(g[0]) has present && value(g[0]) == 0x5a && pte(g[1]) == none\n",
	  0, "same a.uffd: 3 lines" },
	{ HEAD "thread   t\nsteps\n  t:       store g[0] 0x5a = 0\n  t:       load g[0] = 0x5b\n", 1,
	  "a.uffd:7: t: load g[0] = 0x5a\na.uffd:7: differs: expected 0x5b\n" },
	{ HEAD "thread   t\nsteps\n  t:       store g[0] 0x5a = 0\n"
	       "final\n  value(g[0]) == 0x5b\n",
	  1, "a.uffd:8: differs: expected to be true\n" },
	{ HEAD "thread   t\nsteps\n  t:       munmap g[1] = 0\n"
	       "  t:       load g[1] = SIGSEGV {code=SEGV_MAPERR, addr=g[1]}\n"
	       "  t:       mprotect g[0] r = 0\n"
	       "  t:       store g[0] 1 = SIGSEGV {code=SEGV_ACCERR}\n",
	  0, "t: load g[1] = SIGSEGV {code=SEGV_MAPERR, addr=" },
	{ HEAD "thread   t\nsteps\n  t:       load g[0] ...\n  t:       ... = 0\n", 1,
	  "a.uffd:6: differs: expected to sleep\n" },
	{ HEAD "process  p\nthread   t\nthread   c in p\nsteps\n  t:       store g[0] 0x11 = 0\n"
	       "  t:       fork p = p\n  t:       store g[0] 0x12 = 0\n"
	       "  c:       load g[0] = 0x11\n  c:       exit\n  t:       load g[0] = 0x12\n",
	  0, "same a.uffd: 6 lines" },
	{ HEAD "thread   t, h\nsteps\n  t:       signal h SIGKILL = *\n  h:       load g[0] = SIGKILL\n",
	  0, "same a.uffd: " },
	{ HEAD "thread   t, h\nrace\n  t:       store g[0] 7 = 0\n  h:       load g[0] = 0 | 7 as l\n"
	       "final\n  sometimes l.ret == 7\n  always    value(g[0]) == 7\n",
	  0, "same a.uffd: 25 rounds" },
	{ HEAD "thread   t, h\nrace\n  t:       store g[0] 7 = 0\n  h:       load g[0] = 8 | 9\n", 1,
	  "differs a.uffd: " },
};

START_TEST(plain_program)
{
	char *out;
	int status;

	put("a.uffd", plain[_i].text);
	status = run_program("a.uffd", "-n 25", &out);
	ck_assert_msg(status == plain[_i].status, "exit status %d\n%s", status, out);
	ck_assert_msg(strstr(out, plain[_i].out), "%s", out);
	g_free(out);
}
END_TEST

static const struct {
	const char *text, *out;
	int status;
} with_uffd[] = {
	{ WITH_UFFD "setup\n  register u g MISSING\nsteps\n  t:       load g[0] ...\n"
		    "  h:       read u = PAGEFAULT {addr=g[0], flags=0}\n"
		    "  h:       zeropage u g[0] = 0 {zeropage=1p}\n  t:       ... = 0\n",
	  "same a.uffd: 5 lines", 0 },
	{ WITH_UFFD "setup\n  register u g MISSING\nsteps\n"
		    "  h:       zeropage u g[0] = -1 EEXIST {zeropage=1p}\n",
	  "a.uffd:9: h: zeropage u g[0] = 0 {zeropage=0x1000}\n"
	  "a.uffd:9: differs: expected -1 EEXIST {zeropage=1p}\n",
	  1 },
	{ WITH_UFFD "setup\n  register u g MISSING\nsteps\n  t:       load g[0] = 0\n"
		    "  h:       zeropage u g[0] = 0\n",
	  "a.uffd:9: t: load g[0] = ...\na.uffd:9: differs: expected 0\n", 1 },
};

START_TEST(uffd_program)
{
	char *out;
	int status;

	put("a.uffd", with_uffd[_i].text);
	status = run_program("a.uffd", "", &out);
	if (status == 77) {
		ck_assert_msg(strstr(out, "skip a.uffd: uffd u: "), "%s", out);
	} else {
		ck_assert_msg(status == with_uffd[_i].status, "exit status %d\n%s", status, out);
		ck_assert_msg(strstr(out, with_uffd[_i].out), "%s", out);
	}
	g_free(out);
}
END_TEST

START_TEST(several_files)
{
	char *out;
	int status;

	put("a.uffd", HEAD "thread   t\nsteps\n  t:       load g[0] = 0\n");
	put("b.uffd", HEAD "thread   t\nsteps\n  t:       load g[0] = 0 [fail page_alloc]\n");
	put("c.uffd", HEAD "vary     n = 1, 2\nthread   t\nsteps\n  t:       store g[0] $n = 0\n");
	status = run_program("a.uffd b.uffd c.uffd", "-q", &out);
	ck_assert_msg(!status, "%s", out);
	ck_assert_str_eq(out,
			 "same a.uffd: 1 lines\n"
			 "skip b.uffd: a real kernel fails when it does, and not on demand\n"
			 "same c.uffd[n=1]: 1 lines\nsame c.uffd[n=2]: 1 lines\n");
	g_free(out);
	status = shell(&out, "./x -q b.uffd");
	ck_assert_int_eq(status, 77);
	g_free(out);
	status = shell(&out, "./x -q 'c.uffd[n=2]'");
	ck_assert_int_eq(status, 0);
	ck_assert_str_eq(out, "same c.uffd[n=2]: 1 lines\n");
	g_free(out);
}
END_TEST

START_TEST(best_effort)
{
	char *out;
	int status;

	put("a.uffd", HEAD "thread   t\nsteps\n  t:       store g[0] 1 = 0\n"
			   "  check    pte(g[0]) has present|write && locks(t) == none\n"
			   "  check    allocs(l) == 0\n  t:       load g[0] = 1 as l\n");
	status = run_program("-b a.uffd", "", &out);
	ck_assert_msg(!status, "%s", out);
	ck_assert_msg(strstr(out, "same a.uffd: 3 lines"), "%s", out);
	g_free(out);
	status = shell(&out, "grep -c 'left out' x.c");
	ck_assert_msg(atoi(out) == 2, "%s", out);
	g_free(out);
}
END_TEST

/* What a scenario has started must be gone, however it ended. */
START_TEST(watchdog)
{
	char *out;
	int status;

	put("a.uffd", HEAD "thread   t, h\nsteps\n  t:       store g[0] 1 = 0\n");
	status = run_program("a.uffd", "-t 0", &out);
	ck_assert_int_eq(status, 1);
	ck_assert_msg(strstr(out, "differs a.uffd: hangs in line "), "%s", out);
	g_free(out);
	shell(&out, "for p in /proc/[0-9]*/exe; do readlink $p; done 2>/dev/null | "
		    "grep -c \"^$PWD/x\"");
	ck_assert_str_eq(out, "0\n");
	g_free(out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("export");
	TCase *c = tcase_create("export");

	tcase_add_unchecked_fixture(c, make_folder, remove_folder);
	tcase_set_timeout(c, 600);
	tcase_add_loop_test(c, refusal, 0, G_N_ELEMENTS(refused));
	tcase_add_loop_test(c, plain_program, 0, G_N_ELEMENTS(plain));
	tcase_add_loop_test(c, uffd_program, 0, G_N_ELEMENTS(with_uffd));
	tcase_add_test(c, several_files);
	tcase_add_test(c, best_effort);
	tcase_add_test(c, watchdog);
	suite_add_tcase(suite, c);
	return run_suite(suite);
}
