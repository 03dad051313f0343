// SPDX-License-Identifier: GPL-2.0-only
/* junit.c - results as the XML that continuous integration servers read */
#include <string.h>

#include "tools/output.h"
#include "tools/result.h"

/* Markup escaping leaves control characters, which XML forbids even as references. */
static char *clean(const char *s)
{
	char *copy = g_strdup(s ? s : "");
	char *p;

	for (p = copy; *p; p++) {
		if ((unsigned char)*p < ' ' && *p != '\n' && *p != '\t')
			*p = '?';
	}
	return copy;
}

static void put(GString *xml, const char *fmt, const char *a, const char *b)
{
	char *x = clean(a), *y = clean(b);
	char *text = g_markup_printf_escaped(fmt, x, y);

	g_string_append(xml, text);
	g_free(text);
	g_free(x);
	g_free(y);
}

static void put_case(GString *xml, const struct test_result *r)
{
	put(xml, "    <testcase classname=\"%s\" name=\"%s\"", r->file, r->name);
	if (r->status == TEST_PASSED) {
		g_string_append(xml, "/>\n");
		return;
	}
	g_string_append(xml, ">\n");
	if (r->status == TEST_SKIPPED)
		put(xml, "      <skipped message=\"%s\"/>%s\n", r->reason, "");
	else
		put(xml, "      <failure message=\"%s\">%s</failure>\n", r->reason, r->report);
	g_string_append(xml, "    </testcase>\n");
}

static struct test_totals count(const GPtrArray *results, guint from, guint to)
{
	struct test_totals t = { 0, 0, 0 };
	guint i;

	for (i = from; i < to; i++) {
		const struct test_result *r = results->pdata[i];

		t.passed += r->status == TEST_PASSED;
		t.failed += r->status == TEST_FAILED;
		t.skipped += r->status == TEST_SKIPPED;
	}
	return t;
}

static void put_suite(GString *xml, const GPtrArray *results, guint from, guint to)
{
	const struct test_result *first = results->pdata[from];
	struct test_totals t = count(results, from, to);
	guint i;

	put(xml, "  <testsuite name=\"%s\"%s", first->file, "");
	g_string_append_printf(xml, " tests=\"%u\" failures=\"%u\" skipped=\"%u\">\n", to - from,
			       t.failed, t.skipped);
	for (i = from; i < to; i++)
		put_case(xml, results->pdata[i]);
	g_string_append(xml, "  </testsuite>\n");
}

static guint suite_end(const GPtrArray *results, guint from)
{
	const struct test_result *first = results->pdata[from];
	guint to = from + 1;

	while (to < results->len &&
	       !strcmp(((const struct test_result *)results->pdata[to])->file, first->file))
		to++;
	return to;
}

bool junit_write(const char *path, const GPtrArray *results, const struct test_totals *t,
		 GError **error)
{
	GString *xml = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	guint from, to;
	bool done;

	g_string_append_printf(xml, "<testsuites tests=\"%u\" failures=\"%u\" skipped=\"%u\">\n",
			       t->passed + t->failed + t->skipped, t->failed, t->skipped);
	for (from = 0; from < results->len; from = to) {
		to = suite_end(results, from);
		put_suite(xml, results, from, to);
	}
	g_string_append(xml, "</testsuites>\n");
	done = write_whole(path, xml->str, xml->len, error);
	g_string_free(xml, true);
	return done;
}
