// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_explore.c - the search: it sees what plain enumeration sees, finds, and says when it did
 * not finish
 */
#include <glib.h>
#include <string.h>

#include "sim/fiber.h"
#include "sim/world.h"
#include "tests/suite.h"
#include "tools/interp/explore.h"
#include "tools/interp/interp.h"

#define HEAD                                  \
	"scenario \"test\"\n"                 \
	"kernel   v6.1%s\n"                   \
	"machine  hugepages 2M=2\n"           \
	"file     F   shmem pages=1\n"        \
	"map      w   F[0:1] shared rw\n"     \
	"map      g   F[0:1] shared rw\n"     \
	"map      a   anon pages=1 rw\n"      \
	"map      m   anon pages=1 rw\n"      \
	"file     H   hugetlb 2M pages=1\n"   \
	"map      p   H[0:1] private rw\n"    \
	"uffd     u   features=MINOR_SHMEM\n" \
	"thread   x, y, z\n"                  \
	"setup\n"                             \
	"  store    w[0] 0x11\n"              \
	"  load     a[0]\n"                   \
	"  load     g[0]\n"

/* Small enough to try every order without any reduction. */
static const char *const small[] = {
	"race\n"
	"  x: store w[0] 1 as s\n"
	"  y: load g[0] as l\n",

	"race\n"
	"  x: store w[0] 1 as s\n"
	"  y: store g[0] 2 as t\n"
	"final\n"
	"  always value(F[0]) == 1 || value(F[0]) == 2\n",

	"race\n"
	"  x: store a[0] 1 as s\n"
	"  y: load a[0] as l\n",
};

/* With steps that are easily taken for dependent, or for independent, when they are not. */
static const struct {
	const char *with, *body;
} tricky[] = {
	/* The invariants read what a page holds after each step. */
	{ "", "race\n  x: store a[0] 1 as s\n  y: load a[0] as l\n" },
	{ "", "  load p[0]\nrace\n  x: store p[0] 1 as s\n  y: load p[0] as l\n" },
	{ "", "  madvise g DONTNEED\n  register u g MINOR\n"
	      "race\n  x: continue u g[0] as c\n  y: madvise g DONTNEED\n" },
	/* A fault that is taken again and again gives up its turn. */
	{ " with released_gup_retries",
	  "  register u m MISSING\nrace\n  x: madvise m POPULATE_READ as p\n  y: close u\n" },
};

static struct diag *d;

static void begin(void)
{
	interp_init();
	d = diag_new();
}

static void end(void)
{
	diag_free(d);
}

static struct scenario_file *load(const char *with, const char *body)
{
	char *head = g_strdup_printf(HEAD, with), *text = g_strconcat(head, body, NULL);
	struct scenario_file *file = lang_load_text(text, strlen(text), "t.uffd", d);
	char *errors = diag_text(d);

	ck_assert_msg(file != NULL, "%s", errors);
	g_free(errors);
	g_free(text);
	g_free(head);
	return file;
}

static struct explore_result *explore(const struct scenario_file *file,
				      const struct explore_options *o)
{
	return interp_explore(file, file->scenarios->pdata[0], "v6.1", o);
}

static bool has_outcome(const struct explore_result *r, const char *text)
{
	guint i;

	for (i = 0; i < r->outcomes->len; i++) {
		if (!strcmp(g_array_index(r->outcomes, struct explore_outcome, i).text, text))
			return true;
	}
	return false;
}

static void same_outcomes(const struct explore_result *a, const struct explore_result *b)
{
	guint i;

	ck_assert_uint_eq(a->outcomes->len, b->outcomes->len);
	for (i = 0; i < a->outcomes->len; i++) {
		const char *text = g_array_index(a->outcomes, struct explore_outcome, i).text;

		ck_assert_msg(has_outcome(b, text), "only one search has '%s'", text);
	}
}

static void same_states(const struct explore_result *a, const struct explore_result *b)
{
	ck_assert(a->complete && b->complete);
	ck_assert_uint_eq(a->stats.states, b->stats.states);
	ck_assert_uint_eq(a->stats.states_sum, b->stats.states_sum);
}

/* Each reduction by itself, and both, lead to the outcomes and states of plain enumeration. */
START_TEST(reductions_keep_outcomes)
{
	const struct explore_options plain = {
		.bound = EXPLORE_NO_BOUND,
		.no_check = true,
		.search = { .no_sleep = true, .no_states = true },
	};
	struct scenario_file *file = load("", small[_i]);
	struct explore_result *all = explore(file, &plain);
	int k;

	for (k = 1; k < 4; k++) {
		struct explore_options o = plain;
		struct explore_result *r;

		o.search.no_sleep = !(k & 1);
		o.search.no_states = !(k & 2);
		r = explore(file, &o);
		same_outcomes(all, r);
		ck_assert_uint_lt(r->stats.runs, all->stats.runs);
		/* What reaches a state again is cut, but no state is lost. */
		same_states(all, r);
		explore_free(r);
	}
	explore_free(all);
	lang_free(file);
}
END_TEST

/* With the invariants between the steps, and where to try everything would take too long. */
START_TEST(sleep_sets_keep_states)
{
	struct explore_options o = { .bound = EXPLORE_NO_BOUND };
	struct scenario_file *file = load(tricky[_i].with, tricky[_i].body);
	struct explore_result *with = explore(file, &o), *without;

	o.search.no_sleep = true;
	without = explore(file, &o);
	ck_assert(with->complete && without->complete);
	same_outcomes(without, with);
	ck_assert_uint_eq(with->stats.states, without->stats.states);
	ck_assert_uint_eq(with->stats.states_sum, without->stats.states_sum);
	ck_assert_uint_lt(with->stats.runs, without->stats.runs);
	explore_free(with);
	explore_free(without);
	lang_free(file);
}
END_TEST

START_TEST(bounded_is_smaller)
{
	struct scenario_file *file = load("", small[0]);
	struct explore_options o = { .bound = 0 };
	struct explore_result *none = explore(file, &o), *one;

	o.bound = 1;
	one = explore(file, &o);
	ck_assert(none->complete && one->complete);
	ck_assert_uint_eq(none->stats.runs, 2);
	ck_assert_uint_gt(one->stats.runs, 2);
	explore_free(none);
	explore_free(one);
	lang_free(file);
}
END_TEST

static const char lost_wakeup[] = "  madvise  g DONTNEED\n"
				  "  register u g MINOR\n"
				  "race\n"
				  "  x: load g[0]\n"
				  "  y: read u = PAGEFAULT | -1 EAGAIN\n"
				  "  z: continue u g[0] = 0 | -1 EEXIST\n";

/* A wake-up is lost only if one switch comes between two steps of read(). */
START_TEST(finds_a_lost_wakeup)
{
	const struct explore_options o = { .bound = 1 };
	struct scenario_file *file = load(" with refile_loses_wakeup", lost_wakeup);
	struct explore_result *r = explore(file, &o);

	ck_assert_int_eq(r->test->status, TEST_FAILED);
	ck_assert(!r->complete);
	ck_assert_ptr_nonnull(strstr(r->test->report, "the wake-up was lost"));
	ck_assert_ptr_nonnull(strstr(r->test->report, "--schedule '"));
	explore_free(r);
	lang_free(file);
}
END_TEST

/* And without that defect, with the same bound, it is proved absent. */
START_TEST(proves_its_absence)
{
	const struct explore_options o = { .bound = 2 };
	struct scenario_file *file = load("", lost_wakeup);
	struct explore_result *r = explore(file, &o);

	ck_assert_int_eq(r->test->status, TEST_PASSED);
	ck_assert(r->complete);
	explore_free(r);
	lang_free(file);
}
END_TEST

/* Two processes visit what one visits: no state twice, none left out. */
START_TEST(processes_share_a_search)
{
	struct explore_options o = { .bound = 2 };
	struct scenario_file *file = load("", lost_wakeup);
	struct explore_result *one = explore(file, &o), *two;

	o.jobs = 2;
	two = explore(file, &o);
	ck_assert(one->complete && two->complete);
	ck_assert_uint_eq(one->stats.states, two->stats.states);
	ck_assert_uint_eq(one->stats.states_sum, two->stats.states_sum);
	same_outcomes(one, two);
	explore_free(one);
	explore_free(two);
	lang_free(file);
}
END_TEST

static const struct {
	const char *with, *body;
	int bound;
	uint64_t max_runs;
} searches[] = {
	{ "", "race\n  x: store w[0] 1\n  y: load g[0]\n", EXPLORE_NO_BOUND, 0 },
	{ "", "race\n  x: store a[0] 1\n  y: load a[0]\n  z: madvise a DONTNEED\n", 2, 0 },
	{ "", lost_wakeup, 1, 0 },
	{ "", lost_wakeup, EXPLORE_NO_BOUND, 2000 },
	/* A failure for any of them, and one of each call's own. */
	{ "\ninject   user_copy prob=1/3",
	  "race\n  x: wake u g[0] = 0 | -1 EFAULT\n  y: wake u w[0] = 0 | -1 EFAULT\n", 2, 0 },
	{ "\ninject   page_alloc nth=2",
	  "race\n  x: store a[0] 1 = 0 | SIGBUS\n  y: load w[0] = 0x11\n  z: load a[0] = 0 | 1\n",
	  2, 0 },
	{ "",
	  "race\n  x: store a[0] 1 = 0 | SIGKILL [fail page_alloc nth=1]\n"
	  "  y: madvise a DONTNEED\n  x: load a[0] = 0 | 1\n",
	  2, 0 },
};

/* What is found does not depend on where a run begins. */
START_TEST(going_back_is_as_good_as_starting_again)
{
	struct explore_options o = {
		.bound = searches[_i].bound,
		.max_runs = searches[_i].max_runs,
	};
	struct scenario_file *file = load(searches[_i].with, searches[_i].body);
	struct explore_result *back = explore(file, &o), *again;
	guint i;

	o.search.no_snapshots = true;
	again = explore(file, &o);
	ck_assert_msg(back->test->status == TEST_PASSED, "%s", back->test->report);
	ck_assert_int_eq(back->complete, again->complete);
	ck_assert_int_eq(back->test->status, again->test->status);
	ck_assert_uint_eq(back->stats.runs, again->stats.runs);
	ck_assert_uint_eq(back->stats.cut, again->stats.cut);
	ck_assert_uint_eq(back->stats.states, again->stats.states);
	if (FIBER_IS_FLAT)
		ck_assert_uint_lt(back->stats.steps, again->stats.steps);
	ck_assert_uint_eq(back->outcomes->len, again->outcomes->len);
	for (i = 0; i < back->outcomes->len; i++) {
		const struct explore_outcome *x =
			&g_array_index(back->outcomes, struct explore_outcome, i);
		const struct explore_outcome *y =
			&g_array_index(again->outcomes, struct explore_outcome, i);

		ck_assert_str_eq(x->text, y->text);
		ck_assert_uint_eq(x->runs, y->runs);
	}
	explore_free(back);
	explore_free(again);
	lang_free(file);
}
END_TEST

START_TEST(another_process_finds)
{
	const struct explore_options o = { .bound = 1, .jobs = 2 };
	struct scenario_file *file = load(" with refile_loses_wakeup", lost_wakeup);
	struct explore_result *r = explore(file, &o);

	ck_assert_int_eq(r->test->status, TEST_FAILED);
	ck_assert_ptr_nonnull(strstr(r->test->report, "the wake-up was lost"));
	explore_free(r);
	lang_free(file);
}
END_TEST

START_TEST(sometimes_must_be_reached)
{
	const struct explore_options o = { .bound = EXPLORE_NO_BOUND };
	struct scenario_file *file = load("", "race\n"
					      "  x: store w[0] 1 as s\n"
					      "  y: load g[0] as l\n"
					      "final\n"
					      "  sometimes l.ret == 1\n"
					      "  sometimes l.ret == 2\n");
	struct explore_result *r = explore(file, &o);

	ck_assert_int_eq(r->test->status, TEST_FAILED);
	ck_assert_uint_eq(r->claims->len, 2);
	ck_assert(g_array_index(r->claims, struct explore_claim, 0).reached);
	ck_assert(!g_array_index(r->claims, struct explore_claim, 1).reached);
	explore_free(r);
	lang_free(file);
}
END_TEST

/* Cut short, it neither fails for what it has not seen nor claims to be complete. */
START_TEST(cut_short)
{
	const struct explore_options o = { .bound = EXPLORE_NO_BOUND, .max_runs = 1 };
	struct scenario_file *file = load("", "race\n"
					      "  x: store w[0] 1\n"
					      "  y: load g[0] as l\n"
					      "final\n"
					      "  sometimes l.ret == 2\n");
	struct explore_result *r = explore(file, &o);

	ck_assert(!r->complete);
	ck_assert_str_eq(r->cut_short, "--max-runs");
	ck_assert_int_eq(r->test->status, TEST_PASSED);
	explore_free(r);
	lang_free(file);
}
END_TEST

/* Whether something fails is a choice like any other. */
START_TEST(failures_are_choices)
{
	const struct explore_options o = { .bound = 0 };
	struct scenario_file *file =
		load("\ninject   user_copy prob=1/3", "race\n"
						      "  x: wake u g[0] = 0 | -1 EFAULT as r\n"
						      "  y: load w[0] = 0x11\n");
	struct explore_result *r = explore(file, &o);

	ck_assert(r->complete);
	ck_assert(has_outcome(r, "r: 0"));
	ck_assert(has_outcome(r, "r: -1 EFAULT"));
	explore_free(r);
	lang_free(file);
}
END_TEST

int main(void)
{
	Suite *s;
	TCase *tc;

	world_init();
	if (!world_can_restore())
		return EXIT_SUCCESS; /* a build without checkpoints has no search */
	s = suite_create("explore");
	tc = tcase_create("explore");
	tcase_add_checked_fixture(tc, begin, end);
	tcase_set_timeout(tc, 0);
	tcase_add_loop_test(tc, reductions_keep_outcomes, 0, G_N_ELEMENTS(small));
	tcase_add_loop_test(tc, sleep_sets_keep_states, 0, G_N_ELEMENTS(tricky));
	tcase_add_test(tc, bounded_is_smaller);
	tcase_add_test(tc, finds_a_lost_wakeup);
	tcase_add_test(tc, proves_its_absence);
	tcase_add_test(tc, processes_share_a_search);
	tcase_add_loop_test(tc, going_back_is_as_good_as_starting_again, 0, G_N_ELEMENTS(searches));
	tcase_add_test(tc, another_process_finds);
	tcase_add_test(tc, sometimes_must_be_reached);
	tcase_add_test(tc, cut_short);
	tcase_add_test(tc, failures_are_choices);
	suite_add_tcase(s, tc);
	return run_suite(s);
}
