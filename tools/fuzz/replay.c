// SPDX-License-Identifier: GPL-2.0-only
/* replay.c - one run again, and whether it is the one that was meant */
#include <stdio.h>
#include <string.h>

#include "tools/cmd.h"
#include "tools/fuzz/replay.h"

/* ------------------------------------------------------------------ printing */

/* The report says how `uffdsim run` would do it; here one knows better. */
static void print_report(const char *report, const char *replay)
{
	const char *end = report + strlen(report), *at = g_strrstr(report, "\nreplay: ");
	const char *seed = g_strrstr(report, "\nseed: ");

	if (at)
		end = at + 1;
	if (seed && seed < end)
		end = seed + 1;
	printf("%.*sreplay:  uffdsim replay %s\n", (int)(end - report), report, replay);
}

static int print_result(const struct test_result *r, const char *replay)
{
	printf("%s: %s\ntrace:   %016lx\n", r->status == TEST_FAILED ? "FAILED" : "ok", r->name,
	       (unsigned long)r->hash);
	if (r->status == TEST_FAILED && r->report)
		print_report(r->report, replay);
	return r->status == TEST_FAILED ? STATUS_FAILED : STATUS_PASSED;
}

/* -------------------------------------------------------------------- tokens */

static int write_case(const struct fuzz_case *c, const struct fuzz_token *t,
		      const struct test_result *r, const char *path)
{
	const struct interp_try tried = {
		.hash = r->hash,
		.key = r->key ? r->key : "nothing",
		.reason = r->reason ? r->reason : "this run passes",
	};
	struct finding *f = finding_new(c, t, &tried);
	int status = cmd_write(path, f->text, strlen(f->text));

	finding_free(f);
	return status;
}

static int other_trace(const char *text, const struct fuzz_token *t, uint64_t hash)
{
	struct diag *d = diag_new();
	struct lang_pos pos = fuzz_token_pos(text, 6);

	diag_source(d, "token", text, strlen(text));
	diag_error(d, pos,
		   "that run had the trace %016lx, but now it is %016lx: the code has changed "
		   "since",
		   (unsigned long)t->hash, (unsigned long)hash);
	diag_note(d, pos,
		  "the file that was kept has the schedule: its replay says which choice "
		  "differs first");
	return cmd_verdict(d);
}

static int replay_case(const char *text, const struct fuzz_token *t, struct fuzz_case *c,
		       const char *write)
{
	const struct interp_chooser chooser = fuzz_chooser(t);
	bool bad_input = false;
	struct test_result *r = interp_race_explain(c->race, &chooser, &bad_input);
	struct fuzz_token exact = *t;
	char *replay;
	int status;

	exact.has_hash = true;
	exact.hash = r->hash;
	replay = fuzz_token_text(&exact);
	if (t->has_hash && t->hash != r->hash)
		status = other_trace(text, t, r->hash);
	else
		status = print_result(r, replay);
	if (write && status != STATUS_BAD_INPUT && write_case(c, t, r, write))
		status = STATUS_BAD_INPUT;
	g_free(replay);
	test_result_free(r);
	return status;
}

int replay_token(const char *text, FILE *trace, const char *write)
{
	const struct interp_options how = { .trace = trace };
	struct diag *d = diag_new();
	struct fuzz_token t;
	struct fuzz_case c;
	char *error = NULL;
	int status;

	if (!fuzz_token_parse(text, &t, d)) {
		fuzz_token_clear(&t);
		return cmd_verdict(d);
	}
	diag_free(d);
	if (fuzz_case_open(&c, t.scenario, &t.kernel, t.mode, &how, &error)) {
		status = replay_case(text, &t, &c, write);
	} else {
		fputs(error, stderr);
		g_free(error);
		status = STATUS_BAD_INPUT;
	}
	fuzz_case_close(&c);
	fuzz_token_clear(&t);
	return status;
}

/* --------------------------------------------------------------------- files */

/* "h1:3"; of a stretch that goes to its end the length does not matter. */
static bool is_slice(const struct lang_run *run, const char *made)
{
	const char *who = run->thread ? run->thread->name : "chance";
	char *want = run->steps ? g_strdup_printf("%s:%lu", who, (unsigned long)run->steps) :
				  g_strdup_printf("%s:", who);
	bool same = run->steps ? !strcmp(made, want) : g_str_has_prefix(made, want);

	g_free(want);
	return same;
}

/* The first slice of the file that the run did not make. */
static void point_at_slice(struct diag *d, const struct scenario *s, const char *made)
{
	char **slices = g_strsplit(made, " ", -1);
	unsigned int i;

	for (i = 0; i < s->schedule->len; i++) {
		const struct lang_run *run = s->schedule->pdata[i];

		if (slices[i] && is_slice(run, slices[i]))
			continue;
		diag_error(d, run->pos, "the schedule does not fit: slice %u, the run now has %s",
			   i + 1, slices[i] ? slices[i] : "ended before");
		break;
	}
	g_strfreev(slices);
}

static int file_differs(const struct scenario_file *file, const struct scenario *s,
			const struct interp_race *race, uint64_t want, uint64_t hash)
{
	const struct lang_pos whole = s->title_pos;
	char *made = interp_race_schedule(race);
	struct diag *d = diag_new();

	diag_source(d, file->name, file->text, file->len);
	point_at_slice(d, s, made);
	if (!d->errors)
		diag_error(d, whole, "the choices are the same, but what is done is not");
	diag_note(d, whole, "the file was kept of a run with the trace %016lx; now it is %016lx",
		  (unsigned long)want, (unsigned long)hash);
	g_free(made);
	return cmd_verdict(d);
}

static int judge_file(const struct scenario_file *file, const struct scenario *s,
		      const struct interp_race *race, const struct test_result *r, bool compare)
{
	uint64_t want;

	if (compare && finding_trace(file->text, &want) && want != r->hash)
		return file_differs(file, s, race, want, r->hash);
	return print_result(r, file->name);
}

static int run_file(const struct scenario_file *file, const char *kernel, FILE *trace)
{
	const struct scenario *s = file->scenarios->pdata[0];
	const struct interp_options how = { .trace = trace };
	const struct interp_chooser none = { .seed = INTERP_DEFAULT_SEED };
	const char *own = ((const struct lang_word *)s->kernels->pdata[0])->text;
	struct interp_race *race;
	struct test_result *r;
	bool bad_input = false;
	int status = STATUS_BAD_INPUT;

	race = interp_race_new(file, s, kernel ? kernel : own, &how);
	r = interp_race_explain(race, &none, &bad_input);
	if (bad_input)
		fputs(r->report, stderr);
	else
		status = judge_file(file, s, race, r, !kernel || !strcmp(kernel, own));
	test_result_free(r);
	interp_race_free(race);
	return status;
}

static void check_file(const struct scenario_file *file, struct diag *d)
{
	const struct scenario *s = file->scenarios->pdata[0];

	interp_check_points(file, d);
	if (d->errors)
		return;
	if (file->scenarios->len > 1 || s->kernels->len > 1)
		diag_error(d, s->title_pos,
			   "this is more than one test; use `uffdsim run --filter`");
	else if (!s->race)
		diag_error(d, s->title_pos,
			   "there is no race section whose choices could be replayed");
}

int replay_file(const char *path, const char *kernel, FILE *trace)
{
	struct diag *d = diag_new();
	struct scenario_file *file = lang_load(path, d);
	int status;

	if (file)
		check_file(file, d);
	status = cmd_verdict(d);
	if (!status && kernel)
		status = cmd_check_kernel("--kernel", kernel);
	if (!status)
		status = run_file(file, kernel, trace);
	if (file)
		lang_free(file);
	return status;
}
