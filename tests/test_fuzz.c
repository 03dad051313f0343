// SPDX-License-Identifier: GPL-2.0-only
/* test_fuzz.c - tokens, findings, folders, and the promise that a run can be had again */
#include <malloc.h>
#include <signal.h>
#include <unistd.h>

#include "tests/folder.h"
#include "tests/minor_race.h"

#include "sim/world.h"
#include "tools/fuzz/driver.h"
#include "tools/fuzz/gen.h"
#include "tools/fuzz/portfolio.h"

static void set_up(void)
{
	interp_init();
	make_folder();
}

/* ------------------------------------------------------------------- tokens */

/* How a token of the present generator begins. */
#define FUZZ "fuzz6"

static const char *const good_tokens[] = {
	FUZZ ":v6.1:any:0:random:0",
	FUZZ ":v6.1:copy:18446744073709551615:pct2:63:0123456789abcdef",
	FUZZ ":minor-v1:any:7:bounded0:1",
	FUZZ ":v6.1+hugetlb_copy_past_eof+shmem_copy_past_eof:any:7:pct16:1:ffffffffffffffff",
};

START_TEST(tokens_round_trip)
{
	struct diag *d = diag_new();
	struct fuzz_token t;
	char *text;

	ck_assert_int_eq(FUZZ_GENERATOR_VERSION, atoi(&FUZZ[strlen("fuzz")]));
	ck_assert(fuzz_token_parse(good_tokens[_i], &t, d));
	text = fuzz_token_text(&t);
	ck_assert_str_eq(text, good_tokens[_i]);
	g_free(text);
	fuzz_token_clear(&t);
	diag_free(d);
}
END_TEST

static const struct {
	const char *token, *error;
} bad_tokens[] = {
	{ "fuzz999:v6.1:any:0:random:0", "1:1: error: made by version 999 of the generator" },
	{ "fuzz:v6.1:any:0:random:0", "1:1: error: this is no version" },
	{ FUZZ ":v6.1:any:0:random", "a token has 6 or 7 parts, this one has 5" },
	{ FUZZ ":v6.1:any:0:random:0:0123456789abcdef:", "this one has 8" },
	{ FUZZ ":v6.9:any:0:random:0", "1:7: error: unknown kernel 'v6.9'" },
	{ FUZZ ":v6.1+nothing:any:0:random:0", "1:12: error: no behaviour is called 'nothing'" },
	{ FUZZ ":v6.1:all:0:random:0", "1:12: error: there is no mode 'all'" },
	{ FUZZ ":v6.1:any:x:random:0", "1:16: error: expected a number" },
	{ FUZZ ":v6.1:any:99999999999999999999:random:0", "1:16: error: expected a number" },
	{ FUZZ ":v6.1:any:-1:random:0", "1:16: error: expected a number" },
	{ FUZZ ":v6.1:any:0:pct:0", "1:18: error: there is no strategy 'pct'" },
	{ FUZZ ":v6.1:any:0:pct17:0", "1:18: error: there is no strategy" },
	{ FUZZ ":v6.1:any:0:random1:0", "1:18: error: there is no strategy" },
	{ FUZZ ":v6.1:any:0:random:0:abc", "1:27: error: expected 16 hexadecimal digits" },
};

START_TEST(bad_tokens_are_refused)
{
	struct diag *d = diag_new();
	struct fuzz_token t;
	char *text;

	ck_assert(!fuzz_token_parse(bad_tokens[_i].token, &t, d));
	text = diag_text(d);
	ck_assert_msg(strstr(text, bad_tokens[_i].error) != NULL, "%s: %s", bad_tokens[_i].token,
		      text);
	g_free(text);
	fuzz_token_clear(&t);
	diag_free(d);
}
END_TEST

START_TEST(kernels_have_two_forms)
{
	struct diag *d = diag_new();
	struct fuzz_kernel a, b;

	diag_source(d, "--kernel", "", 0);
	ck_assert(fuzz_kernel_parse("v6.1 with hugetlb_copy_past_eof,  shmem_copy_past_eof", &a, d,
				    1));
	ck_assert_str_eq(a.name, "v6.1");
	ck_assert_str_eq(a.line, "v6.1 with hugetlb_copy_past_eof, shmem_copy_past_eof");
	ck_assert(fuzz_kernel_parse(a.word, &b, d, 1));
	ck_assert_str_eq(a.line, b.line);
	ck_assert_str_eq(a.word, "v6.1+hugetlb_copy_past_eof+shmem_copy_past_eof");
	fuzz_kernel_clear(&a);
	fuzz_kernel_clear(&b);
	ck_assert(!fuzz_kernel_parse("", &a, d, 1));
	diag_free(d);
}
END_TEST

START_TEST(the_mix_is_half_random)
{
	unsigned int random = 0, depth[5] = { 0 }, i;

	for (i = 0; i < 60; i++) {
		struct fuzz_strategy s = fuzz_portfolio_pick("mix", i, 60);

		random += s.how == INTERP_RANDOM;
		if (s.how == INTERP_PCT && s.depth < 5)
			depth[s.depth]++;
	}
	ck_assert_uint_eq(random, 30);
	for (i = 2; i < 5; i++)
		ck_assert_uint_eq(depth[i], 10);
	ck_assert_uint_eq(fuzz_portfolio_pick("bounded", 0, 60).depth, 0);
	ck_assert_uint_eq(fuzz_portfolio_pick("bounded", 59, 60).depth, 4);
	ck_assert(!fuzz_portfolio_known("luck"));
}
END_TEST

/* ----------------------------------------------------------------- findings */

static struct finding *make(const char *kernel, const char *key, uint64_t seed, uint64_t schedule)
{
	struct fuzz_token t = {
		.version = 1, .mode = (char *)"any", .scenario = seed, .schedule = schedule
	};
	struct diag *d = diag_new();
	struct finding *f;

	ck_assert(fuzz_kernel_parse(kernel, &t.kernel, d, 1));
	f = finding_of_text(&t, key, "why", "scenario \"x\"\n");
	fuzz_kernel_clear(&t.kernel);
	diag_free(d);
	return f;
}

static enum finding_news add(struct findings *set, struct finding *f)
{
	enum finding_news news;
	GError *error = NULL;

	ck_assert(findings_add(set, f, &news, &error));
	return news;
}

/* What is kept of a kernel and key: the seed in its token. */
static uint64_t kept(struct findings *set, const char *kernel, const char *key)
{
	struct finding *like = make(kernel, key, 0, 0), *f;
	char *path = findings_path(set, like), *text = contents(path);
	uint64_t seed;

	f = finding_read(text);
	ck_assert_ptr_nonnull(f);
	ck_assert_str_eq(f->key, key);
	ck_assert_str_eq(f->kernel, kernel);
	seed = f->scenario;
	finding_free(f);
	finding_free(like);
	g_free(path);
	return seed;
}

START_TEST(one_file_a_defect)
{
	char *path = below("kept");
	struct findings *set = findings_new(path), *later;

	ck_assert(!g_file_test(path, G_FILE_TEST_EXISTS));
	ck_assert_int_eq(add(set, make("v6.1", "CACHE in f", 9, 0)), FINDING_NEW);
	ck_assert_int_eq(add(set, make("v6.1", "CACHE in f", 12, 0)), FINDING_KNOWN);
	ck_assert_int_eq(add(set, make("v6.1", "CACHE in f", 7, 3)), FINDING_LOWER);
	ck_assert_int_eq(add(set, make("v6.1", "CACHE in f", 7, 5)), FINDING_KNOWN);
	ck_assert_int_eq(add(set, make("v6.1", "CACHE in g", 9, 0)), FINDING_NEW);
	ck_assert_int_eq(add(set, make("minor-v1", "CACHE in f", 9, 0)), FINDING_NEW);
	ck_assert_uint_eq(files_in("kept"), 3);
	ck_assert_uint_eq(kept(set, "v6.1", "CACHE in f"), 7);
	/* Another run of the program, into the same folder. */
	later = findings_new(path);
	ck_assert_int_eq(add(later, make("v6.1", "CACHE in f", 8, 0)), FINDING_NEW);
	ck_assert_uint_eq(kept(later, "v6.1", "CACHE in f"), 7);
	findings_free(later);
	findings_free(set);
	g_free(path);
}
END_TEST

START_TEST(keys_without_places)
{
	static const struct {
		const char *key, *reason, *want;
	} rows[] = {
		{ "CACHE in f", "CACHE: page 3 ...", "CACHE in f" },
		{ "LIMIT in g", "LIMIT: ...", "LIMIT" },
		{ "line 21", "h1: load g[17]: expected 0x5a, got 0",
		  "h#: load g[#]: expected #, got #" },
	};
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(rows); i++) {
		char *key = finding_key(rows[i].key, rows[i].reason);

		ck_assert_str_eq(key, rows[i].want);
		g_free(key);
	}
}
END_TEST

/* Keys that differ only in signs that no file name may have. */
START_TEST(names_do_not_clash)
{
	struct finding *a = make("v6.1", "h#: x == 1", 1, 1), *b = make("v6.1", "h#: x != 1", 1, 1);
	char *x = finding_name(a), *y = finding_name(b);

	ck_assert_str_ne(x, y);
	ck_assert_ptr_null(strpbrk(x, " /:#!="));
	g_free(x);
	g_free(y);
	finding_free(a);
	finding_free(b);
}
END_TEST

START_TEST(findings_come_through_a_pipe)
{
	GByteArray *in = g_byte_array_new();
	struct finding *f = make("v6.1", "deadlock", 5, 6), *g;
	guint8 byte;
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert(fuzz_send(ends[1], f));
	close(ends[1]);
	for (g = NULL; !g && read(ends[0], &byte, 1) == 1; g = fuzz_receive(in))
		g_byte_array_append(in, &byte, 1);
	ck_assert_ptr_nonnull(g);
	ck_assert_uint_eq(in->len, 0);
	ck_assert_str_eq(f->text, g->text);
	ck_assert_str_eq(f->key, g->key);
	ck_assert_uint_eq(g->schedule, 6);
	close(ends[0]);
	finding_free(f);
	finding_free(g);
	g_byte_array_free(in, true);
}
END_TEST

/* ------------------------------------------------------------------ the runs */

static const char text_of_race[] = MINOR_RACE "  vcpu:    store g[0] 1\n"
					     "  handler: continue u g[0] = 0\n"
					     "  handler: load w[0] = 0x5a\n";

struct loaded {
	struct scenario_file *file;
	struct interp_race *race;
};

static struct loaded load(const char *schedule)
{
	const struct interp_options how = { .schedule = schedule };
	struct diag *d = diag_new();
	struct loaded l;

	l.file = lang_load_text(text_of_race, strlen(text_of_race), "race", d);
	ck_assert_ptr_nonnull(l.file);
	l.race = interp_race_new(l.file, l.file->scenarios->pdata[0], "v6.1", &how);
	diag_free(d);
	return l;
}

static void unload(struct loaded *l)
{
	interp_race_free(l->race);
	lang_free(l->file);
}

/* Whoever chose, the schedule leads to the same trace. */
static void check_schedule(const struct loaded *l, const struct interp_try *t)
{
	const struct interp_chooser none = { .seed = 1 };
	char *schedule = interp_race_schedule(l->race);
	struct loaded again = load(schedule);
	struct interp_try u;

	interp_race_try(again.race, &none, &u);
	ck_assert_uint_eq(u.hash, t->hash);
	ck_assert_uint_eq(u.steps, t->steps);
	ck_assert_int_eq(u.failed, t->failed);
	unload(&again);
	interp_race_forget(l->race);
	g_free(schedule);
}

START_TEST(every_chooser_can_be_replayed)
{
	static const uint8_t bytes[] = { 0x23, 0x04, 0xe9, 0x21, 0x0f, 0x33, 0x02, 0x81 };
	const struct interp_chooser choosers[] = {
		{ .how = INTERP_RANDOM, .seed = 3 },
		{ .how = INTERP_PCT, .depth = 3, .seed = 4 },
		{ .how = INTERP_BOUNDED, .depth = 2, .seed = 5 },
		{ .how = INTERP_BYTES, .bytes = bytes, .nbytes = sizeof(bytes) },
		{ .how = INTERP_BYTES },
	};
	struct loaded l = load(NULL);
	struct interp_try t, u;
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(choosers); i++) {
		interp_race_try(l.race, &choosers[i], &t);
		check_schedule(&l, &t);
		interp_race_try(l.race, &choosers[i], &u);
		ck_assert_uint_eq(t.hash, u.hash);
	}
	unload(&l);
}
END_TEST

/* Some schedule of this race fails: the next run must not be any different for it. */
START_TEST(a_failure_leaves_nothing_behind)
{
	struct interp_chooser c = { .how = INTERP_RANDOM };
	unsigned int failed = 0, n = world_can_restore() ? 200 : 20;
	uint64_t hash[200];
	struct interp_try t;
	struct loaded l = load(NULL);

	for (c.seed = 0; c.seed < n; c.seed++) {
		interp_race_try(l.race, &c, &t);
		failed += t.failed;
		hash[c.seed] = t.hash;
		if (t.failed)
			ck_assert(t.key && t.reason);
	}
	ck_assert(failed > 0 && failed < n);
	for (c.seed = n; c.seed--;) {
		interp_race_try(l.race, &c, &t);
		ck_assert_uint_eq(t.hash, hash[c.seed]);
	}
	unload(&l);
}
END_TEST

START_TEST(a_million_runs_leave_no_memory)
{
	struct interp_chooser c = { .how = INTERP_RANDOM };
	struct loaded l = load(NULL);
	struct interp_try t;
	size_t before = 0;

	if (world_can_restore()) { /* otherwise LeakSanitizer looks at the end */
		for (c.seed = 0; c.seed < 3000; c.seed++) {
			interp_race_try(l.race, &c, &t);
			if (c.seed == 1000)
				before = mallinfo2().uordblks;
		}
		ck_assert_uint_le(mallinfo2().uordblks, before + 2000);
	}
	unload(&l);
}
END_TEST

/* The end of everybody, run each time or known from a run before. */
START_TEST(an_end_that_is_known_is_as_if_it_had_been_run)
{
	const struct interp_options how[2] = { { .every_end = true, .no_check = _i },
					       { .no_check = _i } };
	struct fuzz_token token = { .version = FUZZ_GENERATOR_VERSION, .mode = (char *)"any" };
	struct fuzz_case c[2];
	char *error = NULL;
	struct diag *d;
	unsigned int k;

	/* Each run is made from scratch there, and every end is run. */
	if (!world_can_restore())
		return;
	d = diag_new();
	diag_source(d, "v6.1", "v6.1", 4);
	ck_assert(fuzz_kernel_parse("v6.1", &token.kernel, d, 1));
	for (token.scenario = 1; token.scenario <= 12; token.scenario++) {
		struct interp_try t[2][FUZZ_SCHEDULES];

		for (k = 0; k < 2; k++) {
			ck_assert(fuzz_case_open(&c[k], token.scenario, &token.kernel, token.mode,
						 &how[k], &error));
			for (token.schedule = 0; token.schedule < FUZZ_SCHEDULES;
			     token.schedule++) {
				struct interp_chooser chooser;

				token.strategy =
					fuzz_portfolio_pick("mix", token.schedule, FUZZ_SCHEDULES);
				chooser = fuzz_chooser(&token);
				interp_race_try(c[k].race, &chooser, &t[k][token.schedule]);
			}
			fuzz_case_close(&c[k]);
		}
		for (k = 0; k < FUZZ_SCHEDULES; k++) {
			ck_assert_uint_eq(t[0][k].hash, t[1][k].hash);
			ck_assert_uint_eq(t[0][k].steps, t[1][k].steps);
			ck_assert_int_eq(t[0][k].failed, t[1][k].failed);
		}
	}
	fuzz_kernel_clear(&token.kernel);
	diag_free(d);
}
END_TEST

START_TEST(the_first_step_that_differs)
{
	static const struct sim_site x = { .func = "f", .label = "one" };
	static const struct sim_site y = { .func = "f", .label = "two" };
	struct world_event a[3] = {
		{ .step = 5, .tid = 0, .site = &x },
		{ .step = 6, .tid = 1, .fmt = "page %u of %p", .arg = { 3, 77 } },
		{ .step = 6, .tid = 1, .site = &y },
	};
	struct world_event b[3];
	char *text;

	memcpy(b, a, sizeof(a));
	b[1].arg[1] = 78; /* an address is no difference */
	ck_assert_ptr_null(fuzz_difference(a, 3, b, 3));
	b[2].site = &x;
	text = fuzz_difference(a, 3, b, 3);
	ck_assert_str_eq(text, "the first difference is at step 6: thread 1 at f() (two); "
			       "the second time thread 1 at f() (one)");
	g_free(text);
	b[1].arg[0] = 4;
	text = fuzz_difference(a, 3, b, 3);
	ck_assert_ptr_nonnull(strstr(text, "thread 1 in 'page %u of %p'"));
	g_free(text);
	text = fuzz_difference(a, 3, a, 2);
	ck_assert_ptr_nonnull(strstr(text, "the second time nothing, it was over"));
	g_free(text);
}
END_TEST

/* -------------------------------------------------------------- the command */

static const struct {
	const char *arguments;
	int status;
	const char *out, *err;
} commands[] = {
	{ "fuzz --seed 1..3 --schedules 4", 0, "3 scenarios, 12 runs", "" },
	{ "fuzz --seed 1..3 --schedules 2 --verify", 0, "no failure", "" },
	{ "fuzz -n 2 -j2 --schedules 4 --strategy pct --mode copy", 0, "2 scenarios, 8 runs", "" },
	{ "fuzz --seed 5 --schedules 4 --kernel 'v6.1 with shmem_copy_past_eof'", 0, "", "" },
	{ "fuzz --time 0.1 --seed 7..", 0, "go on with --seed", "" },
	{ "fuzz --seed 3..1", 2, "", "--seed 3..1: expected A, A..B or A.." },
	{ "fuzz --seed x", 2, "", "--seed x: expected" },
	{ "fuzz --time soon", 2, "", "--time soon: expected" },
	{ "fuzz --jobs 1000", 2, "", "--jobs 1000: expected 1 to" },
	{ "fuzz --mode all", 2, "", "--mode all: expected one of any, copy" },
	{ "fuzz --strategy luck", 2, "", "--strategy luck: there is no such strategy" },
	{ "fuzz --kernel v6.2", 2, "", "--kernel:1:1: error: unknown kernel 'v6.2'" },
	{ "fuzz file", 2, "", "file: no file or folder is expected" },
	{ "fuzz --merge", 2, "", "--merge: no folder" },
	{ "fuzz --merge none", 2, "", "none" },
	{ "fuzz --guided --seed 1..12 --schedules 2", 0, "branches of the copy paths taken", "" },
	{ "replay fuzz0:v6.1:any:1:random:0", 2, "", "no seed makes this scenario" },
	{ "coverage", 2, "", "no file and no seed" },
	{ "coverage none.uffd", 2, "", "none.uffd: error: cannot be read" },
	{ "coverage 3..1", 2, "", "3..1: error: cannot be read" },
	{ "coverage 1 --mode all", 2, "", "--mode all: there is no such mode" },
	{ "coverage 1 --kernel v6.2", 2, "", "unknown kernel 'v6.2'" },
	{ "coverage " SRCDIR "/tests/data/one-copy.uffd --kernel v6.2", 2, "",
	  "unknown kernel 'v6.2'" },
	{ "coverage 1..2 --schedules 2 --summary --mode copy", 0, "copy paths: ", "" },
	{ "replay", 2, "", "no token and no file" },
	{ "replay none.uffd", 2, "", "none.uffd: error: cannot be read" },
	{ "replay " FUZZ ":v6.1:any:1:random:0", 0, "ok: ", "" },
	{ "replay " FUZZ ":v6.1:any:1:random:0 --trace", 0, "syscall_enter", "" },
	{ "replay fuzz999:v6.1:any:1:random:0", 2, "", "made by version 999 of the generator" },
	{ "replay " FUZZ ":v6.1:any:1:random:0:0123456789abcdef", 2, "",
	  "token:1:27: error: that run had the trace 0123456789abcdef, but now it is " },
};

START_TEST(command_line)
{
	expect(commands[_i].status, commands[_i].out, commands[_i].err, commands[_i].arguments);
}
END_TEST

static bool same_folders(const char *a, const char *b)
{
	return !shell(NULL, "diff -r %s %s", a, b);
}

/*
 * "--seed A..B --schedules N" around a failure of the stored set: the build without
 * checkpoints is too slow to look for one.
 */
static char *failing_seeds(unsigned int before, unsigned int after)
{
	GPtrArray *files = stored("tests/replay");
	uint64_t seed = UINT64_MAX, schedule = 0;
	guint i;

	for (i = 0; i < files->len; i++) {
		struct finding *f = NULL;

		if (strstr(files->pdata[i], "/minor-v1"))
			f = finding_read(contents(files->pdata[i]));
		/* With --mode it would be another scenario. */
		if (f && strstr(f->token, ":any:") && f->scenario < seed) {
			seed = f->scenario;
			schedule = f->schedule;
		}
		finding_free(f);
	}
	g_ptr_array_unref(files);
	ck_assert_uint_ne(seed, UINT64_MAX);
	return g_strdup_printf("--kernel minor-v1 --seed %lu..%lu --schedules %lu",
			       (unsigned long)(seed - MIN(before, seed)),
			       (unsigned long)(seed + after), (unsigned long)schedule + 1);
}

static void fuzz_into(const char *where, unsigned int before, unsigned int after, int status)
{
	char *seeds = failing_seeds(before, after);
	char *line = g_strdup_printf("fuzz %s %s", seeds, where);

	expect(status, "runs/s", "", line);
	g_free(line);
	g_free(seeds);
}

/* However the seeds are divided, the folder is the same. */
START_TEST(processes_and_machines_do_not_matter)
{
	unsigned int n = world_can_restore() ? 100 : 1;

	fuzz_into("-o one", n, n, 1);
	fuzz_into("-o two -j2", n, n, 1);
	ck_assert(same_folders("one", "two"));
	fuzz_into("-o high", 0, n, 1);
	fuzz_into("-o low", n, 0, 1);
	expect(0, "different failures in joined", "", "fuzz --merge high low high -o joined");
	ck_assert(same_folders("one", "joined"));
}
END_TEST

/* The file, and the token in its head: the run that was meant, or nothing. */
static void check_kept(const char *path, unsigned int *current)
{
	char *text = contents(path), *token, *trace, *out, *err;
	struct finding *f;
	uint64_t hash;
	int status;

	ck_assert(finding_trace(text, &hash));
	trace = g_strdup_printf("%016lx", (unsigned long)hash);
	f = finding_read(text);
	ck_assert_ptr_nonnull(f);
	token = f->token;
	status = run(&out, &err, "replay %s", path);
	ck_assert_msg(status == 1, "%s: exit status %d (tests/replay/renew?)\n%s", path, status,
		      err);
	ck_assert_msg(strstr(out, trace) != NULL, "%s: %s", path, out);
	g_free(out);
	g_free(err);
	status = run(&out, &err, "replay %s", token);
	if (g_str_has_prefix(token, FUZZ ":")) {
		++*current;
		ck_assert_msg(status == 1 && strstr(out, trace), "%s: %d %s%s", token, status, out,
			      err);
	} else {
		ck_assert_int_eq(status, 2);
	}
	g_free(out);
	g_free(err);
	finding_free(f);
	g_free(trace);
}

/* "N of M" behind the name of a function. */
static void ways_of(const char *out, const char *function, unsigned int *taken, unsigned int *all)
{
	char *head = g_strdup_printf("  %s ", function);
	const char *at = strstr(out, head);

	ck_assert_msg(at != NULL, "%s is not in\n%s", function, out);
	ck_assert_int_eq(sscanf(at + strlen(head), "%u of %u", taken, all), 2);
	g_free(head);
}

/* What a file does is what its marks say: a COPY goes through no function of CONTINUE. */
START_TEST(coverage_of_a_file)
{
	unsigned int taken, all;
	char *out, *err;
	int status = run(&out, &err, "coverage %s/tests/data/one-copy.uffd", SRCDIR);

	ck_assert_msg(status == 0, "%s%s", out, err);
	ways_of(out, "mcontinue_atomic_pte", &taken, &all);
	ck_assert_uint_eq(taken, 0);
	ck_assert_uint_ge(all, 8);
	ways_of(out, "mcopy_atomic_pte", &taken, &all);
	ck_assert_uint_ge(taken, 3);
	ck_assert_uint_lt(taken, all);
	/* The copy fails at first, and is made again without locks: both ways. */
	ck_assert_ptr_nonnull(strstr(out, "false true   left\n"));
	g_free(out);
	g_free(err);
}
END_TEST

START_TEST(guided_is_reproducible)
{
	const char *args = "fuzz --guided --seed 1..40 --schedules 2";
	char *out[2], *err[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(run(&out[i], &err[i], "%s", args), 0);
		*strchr(out[i], ';') = '\0';
	}
	ck_assert_str_eq(out[0], out[1]);
	for (i = 0; i < 2; i++) {
		g_free(out[i]);
		g_free(err[i]);
	}
}
END_TEST

START_TEST(the_stored_set)
{
	GPtrArray *files = stored("tests/replay");
	unsigned int current = 0;
	guint i;

	for (i = 0; i < files->len; i++)
		check_kept(files->pdata[i], &current);
	g_ptr_array_unref(files);
	ck_assert_uint_ge(current, 4);
}
END_TEST

/* The first slice one step longer.  NULL: it is the only one, and ends where the run does. */
static char *with_longer_slice(const char *text)
{
	const char *at = strstr(text, "\nschedule ");
	unsigned long n;
	char *rest;

	if (!at)
		return NULL;
	at = strchr(at, ':') + 1;
	n = strtoul(at, &rest, 10);
	if (*rest != ' ')
		return NULL;
	return g_strdup_printf("%.*s%lu%s", (int)(at - text), text, n + 1, rest);
}

static bool spoil(const char *path, const char *to)
{
	char *text = contents(path), *spoilt = with_longer_slice(text);

	if (spoilt)
		ck_assert(g_file_set_contents(to, spoilt, -1, NULL));
	g_free(text);
	g_free(spoilt);
	return spoilt;
}

static bool spoil_one_of(const GPtrArray *files, const char *to)
{
	guint i;

	for (i = 0; i < files->len; i++) {
		if (spoil(files->pdata[i], to))
			return true;
	}
	return false;
}

START_TEST(a_schedule_that_does_not_fit)
{
	char *spoilt = below("spoilt.uffd");
	GPtrArray *files = stored("tests/replay");

	ck_assert(spoil_one_of(files, spoilt));
	expect(2, "", "error: the ", "replay spoilt.uffd");
	g_ptr_array_unref(files);
	g_free(spoilt);
}
END_TEST

START_TEST(the_end_by_ctrl_c)
{
	const char *argv[] = { BUILD "/uffdsim", "fuzz", "-j2", NULL };
	char text[1000] = "";
	int out, status;
	GPid pid;

	ck_assert(g_spawn_async_with_pipes(folder, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD,
					   NULL, NULL, &pid, NULL, &out, NULL, NULL));
	g_usleep(G_USEC_PER_SEC / 2);
	kill(pid, SIGINT);
	waitpid(pid, &status, 0);
	ck_assert(WIFEXITED(status));
	ck_assert_int_gt(read(out, text, sizeof(text) - 1), 0);
	ck_assert_ptr_nonnull(strstr(text, "go on with --seed "));
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("fuzz");
	TCase *t = tcase_create("fuzz");

	tcase_set_timeout(t, 600);
	tcase_add_checked_fixture(t, set_up, remove_folder);
	tcase_add_loop_test(t, tokens_round_trip, 0, G_N_ELEMENTS(good_tokens));
	tcase_add_loop_test(t, bad_tokens_are_refused, 0, G_N_ELEMENTS(bad_tokens));
	tcase_add_test(t, kernels_have_two_forms);
	tcase_add_test(t, the_mix_is_half_random);
	tcase_add_test(t, one_file_a_defect);
	tcase_add_test(t, keys_without_places);
	tcase_add_test(t, names_do_not_clash);
	tcase_add_test(t, findings_come_through_a_pipe);
	tcase_add_test(t, every_chooser_can_be_replayed);
	tcase_add_test(t, a_failure_leaves_nothing_behind);
	tcase_add_test(t, a_million_runs_leave_no_memory);
	tcase_add_loop_test(t, an_end_that_is_known_is_as_if_it_had_been_run, 0, 2);
	tcase_add_test(t, the_first_step_that_differs);
	tcase_add_loop_test(t, command_line, 0, G_N_ELEMENTS(commands));
	tcase_add_test(t, processes_and_machines_do_not_matter);
	tcase_add_test(t, coverage_of_a_file);
	tcase_add_test(t, guided_is_reproducible);
	tcase_add_test(t, the_stored_set);
	tcase_add_test(t, a_schedule_that_does_not_fit);
	tcase_add_test(t, the_end_by_ctrl_c);
	suite_add_tcase(s, t);
	return s;
}

int main(void)
{
	return run_suite(suite());
}
