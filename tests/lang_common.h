/* SPDX-License-Identifier: GPL-2.0-only */
/* lang_common.h - shared by the tests of the scenario language */
#ifndef TESTS_LANG_COMMON_H
#define TESTS_LANG_COMMON_H

#include <errno.h>

#include "tests/folder.h"

#include "tools/lang/lang.h"

/* Declarations that most texts begin with: eleven lines. */
#define HEAD                                          \
	"scenario \"test\"\n"                         \
	"kernel   v6.1\n"                             \
	"file     F   hugetlb 2M pages=2\n"           \
	"file     S   shmem pages=4\n"                \
	"map      g   F[0:2] shared rw\n"             \
	"map      s   S[1:3] shared r\n"              \
	"map      a   anon pages=8\n"                 \
	"uffd     u   features=MINOR_SHMEM|0x10000\n" \
	"process  p   -CAP_SYS_PTRACE\n"              \
	"thread   vcpu, handler\n"                    \
	"thread   kid in p\n"

static struct diag *d;

static void begin(void)
{
	d = diag_new();
}

static void end(void)
{
	diag_free(d);
	lang_use_catalogue(NULL);
}

static inline struct scenario_file *load(const char *text)
{
	return lang_load_text(text, strlen(text), "t.uffd", d);
}

/* The only scenario of a text that must be right. */
static inline struct scenario_file *load_good(const char *text)
{
	struct scenario_file *file = load(text);
	char *errors = diag_text(d);

	ck_assert_msg(file != NULL, "%s", errors);
	g_free(errors);
	return file;
}

static void ck_has(const char *text, const char *part)
{
	ck_assert_msg(strstr(text, part) != NULL, "'%s' lacks '%s'", text, part);
}

/* The text must give that, anywhere in its diagnostics. */
static void ck_bad(const char *text, const char *part)
{
	struct scenario_file *file;
	char *errors;

	diag_free(d);
	d = diag_new();
	file = load(text);
	errors = diag_text(d);
	ck_assert_ptr_null(file);
	ck_has(errors, part);
	g_free(errors);
}

static inline TCase *tcase(const char *name)
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, begin, end);
	tcase_set_timeout(t, 600);
	return t;
}

#endif
