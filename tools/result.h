/* SPDX-License-Identifier: GPL-2.0-only */
/* result.h - results of tests and the two forms in which they are printed */
#ifndef TOOLS_RESULT_H
#define TOOLS_RESULT_H

#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

enum test_status { TEST_PASSED, TEST_FAILED, TEST_SKIPPED };

/* One scenario on one kernel with one variation. */
struct test_result {
	char *file;
	char *name; /* title and variation */
	enum test_status status;
	char *reason; /* why skipped; the first line of a failure; or NULL */
	char *key;    /* of a failure: the same for the same defect, or NULL */
	guint64 hash; /* over the traces of its runs: the same on every machine */
	char *report; /* the whole failure report, its last line the replay; or NULL */
};

struct test_totals {
	unsigned int passed, failed, skipped;
};

void test_result_free(void *result);

/* KTAP: the head, a test (with the hash of its trace), the closing lines. */
void ktap_begin(FILE *out, unsigned int ntests);
void ktap_test(FILE *out, unsigned int number, const struct test_result *r, bool hash);
void ktap_end(FILE *out, const struct test_totals *t);

/* JUnit XML: one test suite a file.  Returns false and sets error when it cannot be written. */
bool junit_write(const char *path, const GPtrArray *results, const struct test_totals *t,
		 GError **error);

#endif
