// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_fuzz_lines.c - what a generated race leaves out, since a right kernel fails in it or goes
 * round for ever
 */
#include <errno.h>
#include <linux/userfaultfd.h>
#include <string.h>

#include "tests/suite.h"

#include "tools/fuzz/gen.h"
#include "tools/interp/interp.h"

enum { SEEDS = 500 };

/* The calls of a scenario, in the order of the text.  Returns how many of them the rule is about.
 */
typedef unsigned int (*rule_fn)(const struct scenario *s, const GPtrArray *calls);

static GPtrArray *calls_of(const struct scenario *s)
{
	GPtrArray *calls = g_ptr_array_new();
	guint i, k;

	for (i = 0; i < s->sections->len; i++) {
		const struct lang_section *section = s->sections->pdata[i];

		for (k = 0; k < section->lines->len; k++) {
			const struct lang_line *line = section->lines->pdata[k];

			if (line->call)
				g_ptr_array_add(calls, line->call);
		}
	}
	return calls;
}

static unsigned int for_seeds(const char *kernel, const char *mode, rule_fn rule)
{
	unsigned int seed, n = 0;

	for (seed = 0; seed < SEEDS; seed++) {
		const struct fuzz_gen g = { .seed = seed, .kernel = kernel, .mode = mode };
		char *text = fuzz_generate(&g);
		struct diag *d = diag_new();
		struct scenario_file *f = lang_load_text(text, strlen(text), "generated", d);
		GPtrArray *calls;

		ck_assert_msg(f != NULL, "%s", text);
		calls = calls_of(f->scenarios->pdata[0]);
		n += rule(f->scenarios->pdata[0], calls);
		g_ptr_array_free(calls, true);
		lang_free(f);
		diag_free(d);
		g_free(text);
	}
	return n;
}

static const struct lang_decl *map_at(const struct lang_call *c)
{
	return lang_call_arg(c, LANG_ROLE_ADDR)->addr.decl;
}

static bool is_huge(const struct lang_map *m)
{
	return m->mem == LANG_MEM_HUGETLB;
}

/* By its declaration, or by a line that may have come before. */
static bool may_be_private(const struct lang_decl *map, const GPtrArray *calls)
{
	guint i;

	for (i = 0; i < calls->len; i++) {
		const struct lang_call *c = calls->pdata[i];
		const struct lang_arg *as = lang_call_arg(c, LANG_ROLE_AS);

		if (c->op == LANG_OP_mmap && as && !as->map->shared &&
		    lang_call_arg(c, LANG_ROLE_MAP)->decl == map)
			return true;
	}
	return !map->map.shared;
}

static unsigned int moves(const struct scenario *s, const GPtrArray *calls)
{
	unsigned int n = 0;
	guint i;

	for (i = 0; i < calls->len; i++) {
		const struct lang_call *c = calls->pdata[i];

		if (c->op != LANG_OP_mremap || !is_huge(&map_at(c)->map))
			continue;
		ck_assert_msg(!may_be_private(map_at(c), calls), "%s: %s", s->title, c->text);
		n++;
	}
	return n;
}

/* scenarios/hugetlb/mremap-part-leaks-promise.uffd */
START_TEST(no_private_huge_page_moves)
{
	ck_assert_uint_gt(for_seeds("v6.1", "mremap", moves), 50);
}
END_TEST

static bool goes_on_after_eexist(const struct lang_serve *v)
{
	guint i;

	for (i = 0; i < v->rules->len; i++) {
		const struct lang_serve_rule *r = v->rules->pdata[i];

		if (r->err == EEXIST)
			return true;
	}
	return false;
}

static bool registers_huge(const struct lang_decl *uffd, const GPtrArray *calls)
{
	guint i;

	for (i = 0; i < calls->len; i++) {
		const struct lang_call *c = calls->pdata[i];

		if (c->op == LANG_OP_register && is_huge(&map_at(c)->map) &&
		    lang_call_arg(c, LANG_ROLE_UFFD)->decl == uffd)
			return true;
	}
	return false;
}

/* Loops that take an EEXIST of COPY to huge pages for "somebody was first". */
static unsigned int trusting_loops(const struct scenario *s G_GNUC_UNUSED, const GPtrArray *calls)
{
	unsigned int n = 0;
	guint i;

	for (i = 0; i < calls->len; i++) {
		const struct lang_call *c = calls->pdata[i];
		const struct lang_arg *serve = lang_call_arg(c, LANG_ROLE_SERVE);

		n += serve && serve->serve->op == LANG_OP_copy &&
		     goes_on_after_eexist(serve->serve) && registers_huge(serve->decl, calls);
	}
	return n;
}

/* There an empty pool is EEXIST as well. */
START_TEST(eexist_may_be_an_empty_pool)
{
	ck_assert_uint_gt(for_seeds("v6.1", NULL, trusting_loops), 50);
	ck_assert_uint_gt(for_seeds("v6.12", NULL, trusting_loops), 50);
	ck_assert_uint_eq(for_seeds("v6.18", NULL, trusting_loops), 0);
	ck_assert_uint_eq(for_seeds("v6.1 with hugetlb_full_is_eexist", NULL, trusting_loops), 0);
}
END_TEST

static bool hears_of_forks(const struct scenario *s)
{
	guint i;

	for (i = 0; i < s->uffds->len; i++) {
		const struct lang_decl *u = s->uffds->pdata[i];

		if (u->uffd.features & UFFD_FEATURE_EVENT_FORK)
			return true;
	}
	return false;
}

/* The last of the thread's loops before that call waits for @until. */
static bool has_waited(const GPtrArray *calls, guint before, const struct lang_decl *until)
{
	const struct lang_call *c = calls->pdata[before];
	const struct lang_decl *thread = c->thread;

	while (before--) {
		const struct lang_arg *serve;

		c = calls->pdata[before];
		serve = lang_call_arg(c, LANG_ROLE_SERVE);
		if (c->thread == thread && serve)
			return serve->serve->until == until;
	}
	return false;
}

static unsigned int closes(const struct scenario *s, const GPtrArray *calls)
{
	const struct lang_decl *forker = NULL;
	unsigned int n = 0;
	guint i;

	for (i = 0; i < calls->len; i++) {
		const struct lang_call *c = calls->pdata[i];

		if (c->op == LANG_OP_fork)
			forker = c->thread;
	}
	if (!forker || !hears_of_forks(s))
		return 0;
	for (i = 0; i < calls->len; i++) {
		const struct lang_call *c = calls->pdata[i];

		if (c->op != LANG_OP_close)
			continue;
		ck_assert_msg(has_waited(calls, i, forker), "%s: %s", s->title, c->text);
		n++;
	}
	return s->uffds->len > 1 ? n : 0;
}

/* Or the child's userfaultfd gets the number of the one that was closed. */
START_TEST(nobody_closes_before_the_fork)
{
	ck_assert_uint_gt(for_seeds("v6.1", "fork", closes), 50);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("lines of the generator");
	TCase *t = tcase_create("lines");

	interp_init();
	tcase_set_timeout(t, 600);
	tcase_add_test(t, no_private_huge_page_moves);
	tcase_add_test(t, eexist_may_be_an_empty_pool);
	tcase_add_test(t, nobody_closes_before_the_fork);
	suite_add_tcase(s, t);
	return run_suite(s);
}
