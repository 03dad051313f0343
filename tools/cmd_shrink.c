// SPDX-License-Identifier: GPL-2.0-only
/* cmd_shrink.c - uffdsim shrink: a failing scenario as small as it gets */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/cmd.h"
#include "tools/fuzz/case.h"
#include "tools/fuzz/kept.h"
#include "tools/shrink/shrink.h"

enum { RUNS = 150, SEARCH = 3000 };

static struct {
	char *kernel, *filter, *output;
	double max_time;
} opt = { .max_time = 60 };

static const GOptionEntry entries[] = {
	{ "kernel", 'k', 0, G_OPTION_ARG_STRING, &opt.kernel,
	  "Of a FILE: shrink what fails on this kernel instead of those it names", "KERNEL" },
	{ "filter", 'f', 0, G_OPTION_ARG_STRING, &opt.filter,
	  "Of a FILE with several tests: the first that fails whose name has TEXT in it", "TEXT" },
	{ "output", 'o', 0, G_OPTION_ARG_FILENAME, &opt.output,
	  "Write the result into FILE instead of printing it", "FILE" },
	{ "max-time", 0, 0, G_OPTION_ARG_DOUBLE, &opt.max_time,
	  "Stop after so many seconds with the smallest case so far (default: 60)", "SECONDS" },
	{ NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* ------------------------------------------------------------------- progress */

static void show_progress(const struct shrink *x)
{
	if (x->candidates % 16 == 1)
		fprintf(stderr, "\r%u lines, %u switches; %lu candidates, %lu runs, %.0f s ",
			x->text->lines->len,
			x->stretches && x->stretches->len ? x->stretches->len - 1 : 0,
			(unsigned long)x->candidates, (unsigned long)x->tries,
			g_timer_elapsed(x->timer, NULL));
}

static void clear_progress(void)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%70s\r", "");
}

/* --------------------------------------------------------------------- result */

static void say_how_far(const struct shrink *x, guint before, bool cut)
{
	fprintf(stderr, "%s: %u lines left of %u", x->key, x->text->lines->len, before);
	if (x->has_race)
		fprintf(stderr, ", %u preemption%s%s", shrink_preemptions(x->stretches),
			shrink_preemptions(x->stretches) == 1 ? "" : "s",
			x->proved ? " (no run with fewer fails)" : "");
	fprintf(stderr, "; %lu candidates, %lu runs, %.1f s%s\n", (unsigned long)x->candidates,
		(unsigned long)x->tries, g_timer_elapsed(x->timer, NULL),
		cut ? ", cut short by --max-time" : "");
}

static int conclude(struct shrink *x, const char *from, guint before)
{
	bool cut = x->out_of_time;
	GArray *orders;
	char *text;
	int status = STATUS_FAILED;

	/* What is known now is worth a few seconds more, whatever the limit was. */
	x->limits.max_seconds = g_timer_elapsed(x->timer, NULL) + 10;
	x->out_of_time = false;
	orders = shrink_decisive(x);
	text = shrink_file(x, from, orders);
	clear_progress();
	say_how_far(x, before, cut);
	if (text)
		status = cmd_write(opt.output, text, strlen(text));
	else
		fputs("uffdsim shrink: the result does not fail when it is read again: the "
		      "simulator is at fault\n",
		      stderr);
	g_array_free(orders, true);
	g_free(text);
	return status;
}

static void shrink_done(struct shrink *x)
{
	shrink_close(x->present);
	shrink_text_free(x->text);
	if (x->stretches)
		g_array_free(x->stretches, true);
	g_array_free(x->chances, true);
	g_free(x->key);
	g_free(x->reason);
	g_timer_destroy(x->timer);
}

/* ---------------------------------------------------------------- what to shrink */

static bool is_wanted(const struct scenario *s, const char *kernel)
{
	char *name;
	bool wanted;

	if (!opt.filter)
		return true;
	name = g_strdup_printf("%s [%s%s%s]", s->title, kernel, *s->variation ? ", " : "",
			       s->variation);
	wanted = strstr(name, opt.filter) != NULL;
	g_free(name);
	return wanted;
}

static bool find_on_kernels(struct shrink *x, const struct scenario_file *file,
			    const struct scenario *s)
{
	guint i;

	for (i = 0; i < s->kernels->len; i++) {
		const struct lang_word *own = s->kernels->pdata[i];
		const char *kernel = opt.kernel ? opt.kernel : own->text;

		if (is_wanted(s, kernel) && shrink_find(x, file, s, kernel))
			return true;
		if (opt.kernel)
			break;
	}
	return false;
}

static bool find_first(struct shrink *x, const struct scenario_file *file)
{
	guint i;

	for (i = 0; i < file->scenarios->len; i++) {
		if (find_on_kernels(x, file, file->scenarios->pdata[i]))
			return true;
	}
	return false;
}

static int shrink(const struct scenario_file *file)
{
	struct shrink x = {
		.limits = { .max_seconds = opt.max_time, .runs = RUNS, .search = SEARCH },
		.timer = g_timer_new(),
		.chances = g_array_new(false, false, sizeof(uint32_t)),
		.progress = isatty(STDERR_FILENO) ? show_progress : NULL,
	};
	int status = STATUS_PASSED;
	guint before;

	if (!find_first(&x, file)) {
		printf("%s: nothing fails here\n", file->name);
	} else {
		before = x.text->lines->len;
		if (x.has_race)
			shrink_switches(&x);
		shrink_reduce(&x);
		if (x.has_race) {
			shrink_switches(&x);
			shrink_reduce(&x);
		}
		status = conclude(&x, file->name, before);
	}
	shrink_done(&x);
	return status;
}

static int shrink_loaded(struct scenario_file *file, struct diag *d)
{
	int status;

	if (file)
		interp_check_points(file, d);
	status = cmd_verdict(d);
	if (!status)
		status = shrink(file);
	if (file)
		lang_free(file);
	return status;
}

/* The scenario of a token with the schedule of its run, as if it had been kept as a file. */
static char *file_of_token(const struct fuzz_token *t, char **error)
{
	static const struct interp_options options;
	const struct interp_chooser chooser = fuzz_chooser(t);
	GString *out = g_string_new(NULL);
	struct interp_try tried;
	struct fuzz_case c;
	char *schedule;

	if (fuzz_case_open(&c, t->scenario, &t->kernel, t->mode, &options, error)) {
		interp_race_try(c.race, &chooser, &tried);
		schedule = interp_race_schedule(c.race);
		kept_text(out, c.text, *schedule ? schedule : NULL);
		g_free(schedule);
	}
	fuzz_case_close(&c);
	return g_string_free(out, false);
}

static int shrink_token(const char *word)
{
	struct diag *d = diag_new();
	struct fuzz_token t;
	char *error = NULL, *text;
	int status;

	if (!fuzz_token_parse(word, &t, d)) {
		fuzz_token_clear(&t);
		return cmd_verdict(d);
	}
	text = file_of_token(&t, &error);
	if (error) {
		fputs(error, stderr);
		diag_free(d);
		status = STATUS_BAD_INPUT;
	} else {
		status = shrink_loaded(lang_load_text(text, strlen(text), word, d), d);
	}
	g_free(error);
	g_free(text);
	fuzz_token_clear(&t);
	return status;
}

int cmd_shrink(const struct command *self, int argc, char **argv)
{
	struct diag *d;
	int status;

	if (!cmd_options(self, entries, &argc, &argv, &status))
		return status;
	if (argc != 2)
		return cmd_bad_usage(self, argc < 2 ? "no file and no token to shrink" :
						      "one file or token at a time");
	if (opt.max_time <= 0)
		return cmd_bad_usage(self, "--max-time: expected a positive number of seconds");
	interp_init();
	if (opt.kernel && cmd_check_kernel("--kernel", opt.kernel))
		return STATUS_BAD_INPUT;
	if (fuzz_is_token(argv[1]))
		return shrink_token(argv[1]);
	d = diag_new();
	return shrink_loaded(lang_load(argv[1], d), d);
}
