// SPDX-License-Identifier: GPL-2.0-only
/* test_fuzz_gen.c - the generator: pure, canonical, readable, and right kernels pass */
#include <string.h>

#include <xxhash.h>

#include "tests/suite.h"

#include "sim/world.h"
#include "tools/fuzz/gen.h"
#include "tools/interp/interp.h"

enum { SEEDS = 400, BLOCK = 20, SCHEDULES = 6, MOST_SEEDS = 600 };

static const char *const modes[] = { NULL, "copy", "zeropage", "continue" };

static char *generate(uint64_t seed, const char *kernel, const char *mode)
{
	const struct fuzz_gen g = { .seed = seed, .kernel = kernel, .mode = mode };

	return fuzz_generate(&g);
}

static struct scenario_file *load(const char *text)
{
	struct diag *d = diag_new();
	struct scenario_file *f = lang_load_text(text, strlen(text), "generated", d);
	char *errors;

	if (f)
		interp_check_points(f, d);
	errors = diag_text(d);
	ck_assert_msg(f && !d->errors, "%s%s", errors, text);
	g_free(errors);
	diag_free(d);
	return f;
}

/* ---------------------------------------------------------------- the text */

static void check_same_text(uint64_t seed)
{
	char *once = generate(seed, "v6.1", modes[seed % 4]);
	char *between = generate(seed + 1, "v6.1", modes[seed % 4]);
	char *again = generate(seed, "v6.1", modes[seed % 4]);

	ck_assert_str_eq(once, again);
	ck_assert_str_ne(once, between);
	g_free(once);
	g_free(between);
	g_free(again);
}

START_TEST(same_seed_same_text)
{
	for_block(_i, BLOCK, check_same_text);
}
END_TEST

/*
 * Whoever changes what a seed makes gives the generator a new version, so that an old token
 * cannot run something else.  The number below is for the version beside it.
 */
START_TEST(version_stands_for_the_text)
{
	static const struct {
		int version;
		uint64_t hash;
	} known = { 6, 0xea45b8e5f2d57839 };
	uint64_t hash = 0;
	unsigned int i;

	for (i = 0; i < SEEDS; i++) {
		char *text = generate(i, "v6.1", modes[i % 4]);

		hash = XXH64(text, strlen(text), hash);
		g_free(text);
	}
	ck_assert_int_eq(FUZZ_GENERATOR_VERSION, known.version);
	ck_assert_msg(hash == known.hash, "0x%016lx", (unsigned long)hash);
}
END_TEST

static void check_readable(uint64_t seed)
{
	char *text = generate(seed, "v6.1 with hugetlb_copy_past_eof", modes[seed % 4]);
	struct diag *d = diag_new();
	char *formatted = lang_format(text, strlen(text), "generated", d);

	ck_assert_str_eq(text, formatted);
	lang_free(load(text));
	g_free(formatted);
	g_free(text);
	diag_free(d);
}

START_TEST(canonical_and_readable)
{
	for_block(_i, BLOCK, check_readable);
}
END_TEST

START_TEST(mode_has_its_operation)
{
	unsigned int i, with = 0;
	char *text;

	for (i = 0; i < 100; i++) {
		text = generate(i, "v6.1", modes[_i]);
		with += strstr(text, modes[_i]) != NULL;
		g_free(text);
	}
	ck_assert_int_ge(with, 90);
}
END_TEST

START_TEST(unknown_mode)
{
	ck_assert_ptr_null(generate(1, "v6.1", "copying"));
}
END_TEST

/* -------------------------------------------------------------------- runs */

/* The key of the first schedule that fails, or NULL.  Free with g_free(). */
static char *first_failure(const char *text, const char *kernel, uint64_t seed, char **reason)
{
	static const struct interp_options options;
	struct scenario_file *f = load(text);
	struct interp_race *race = interp_race_new(f, f->scenarios->pdata[0], kernel, &options);
	struct interp_try t = { .failed = false };
	char *key = NULL;
	unsigned int i;

	for (i = 0; i < SCHEDULES && !t.failed; i++) {
		const struct interp_chooser chooser = {
			.how = i % 2 ? INTERP_PCT : INTERP_RANDOM,
			.depth = 3,
			.seed = seed * SCHEDULES + i,
		};

		interp_race_try(race, &chooser, &t);
	}
	if (t.failed) {
		key = g_strdup(t.key);
		*reason = g_strdup(t.reason);
	}
	interp_race_free(race);
	lang_free(f);
	return key;
}

static void check_passes(uint64_t seed)
{
	char *text = generate(seed, "v6.1", modes[seed % 4]), *reason = NULL;
	char *key = first_failure(text, "v6.1", seed, &reason);

	ck_assert_msg(!key, "%s\n%s", reason, text);
	g_free(text);
}

START_TEST(right_kernel_passes)
{
	for_block(_i, BLOCK, check_passes);
}
END_TEST

static const struct {
	const char *key, *mode;
	unsigned int near; /* a seed that finds it: a slow build begins there */
} reviewed[] = { { "CACHE in hugetlb_mcopy_atomic_pte", NULL, 0 },
		 { "LOCK in sys_ioctl", "continue", 114 } };

/* Both defects of the patch under review, from nothing but the seed. */
START_TEST(reviewed_patch_fails)
{
	unsigned int i = world_can_restore() ? 0 : reviewed[_i].near;
	bool found = false;

	for (; i < MOST_SEEDS && !found; i++) {
		char *text = generate(i, "minor-v1", reviewed[_i].mode), *reason = NULL;
		char *key = first_failure(text, "minor-v1", i, &reason);

		found = key && !strcmp(key, reviewed[_i].key);
		g_free(text);
		g_free(reason);
		g_free(key);
	}
	ck_assert(found);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("fuzz generator");
	TCase *text = tcase_create("text"), *runs = tcase_create("runs");
	/* Without checkpoints each run begins with the boot. */
	const int seeds = world_can_restore() ? SEEDS : BLOCK;

	interp_init();
	tcase_add_loop_test(text, same_seed_same_text, 0, SEEDS / BLOCK);
	tcase_add_loop_test(text, canonical_and_readable, 0, SEEDS / BLOCK);
	tcase_add_loop_test(text, mode_has_its_operation, 1, 4);
	tcase_add_test(text, unknown_mode);
	tcase_add_test(text, version_stands_for_the_text);
	tcase_add_loop_test(runs, right_kernel_passes, 0, seeds / BLOCK);
	tcase_add_loop_test(runs, reviewed_patch_fails, 0, G_N_ELEMENTS(reviewed));
	tcase_set_timeout(runs, 600);
	suite_add_tcase(s, text);
	suite_add_tcase(s, runs);
	return run_suite(s);
}
