// SPDX-License-Identifier: GPL-2.0-only
/*
 * ktap.c - results as KTAP version 1, Documentation/dev-tools/ktap.rst
 *
 * A failure report follows its line as it is: the format allows lines of other forms, and
 * an editor jumps to "file:line:col:" only when nothing stands before it.
 */
#include <string.h>

#include "tools/result.h"

void test_result_free(void *p)
{
	struct test_result *r = p;

	g_free(r->file);
	g_free(r->name);
	g_free(r->reason);
	g_free(r->key);
	g_free(r->report);
	g_free(r);
}

void ktap_begin(FILE *out, unsigned int ntests)
{
	fprintf(out, "KTAP version 1\n1..%u\n", ntests);
}

/* '#' begins a directive, so a description may not have one. */
static void put_description(FILE *out, const char *s)
{
	for (; *s; s++)
		fputc(*s == '#' || *s == '\n' ? ' ' : *s, out);
}

void ktap_test(FILE *out, unsigned int number, const struct test_result *r, bool hash)
{
	fprintf(out, "%s %u - ", r->status == TEST_FAILED ? "not ok" : "ok", number);
	put_description(out, r->file);
	fputs(": ", out);
	put_description(out, r->name);
	if (r->status == TEST_SKIPPED)
		fprintf(out, " # SKIP %s", r->reason ? r->reason : "");
	fputc('\n', out);
	if (hash)
		fprintf(out, "# trace %016" G_GINT64_MODIFIER "x\n", r->hash);
	if (r->report)
		fputs(r->report, out);
}

void ktap_end(FILE *out, const struct test_totals *t)
{
	fprintf(out, "# %u passed, %u failed, %u skipped\n", t->passed, t->failed, t->skipped);
}
