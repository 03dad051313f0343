// SPDX-License-Identifier: GPL-2.0-only
/* cmd_fuzz.c - uffdsim fuzz: scenarios and schedules from seeds */
#include <stdio.h>
#include <string.h>

#include "tools/cmd.h"
#include "tools/fuzz/cases.h"
#include "tools/fuzz/driver.h"
#include "tools/fuzz/modes.h"
#include "tools/fuzz/portfolio.h"

#define NOT_SAID G_MININT64

static struct {
	char *kernel;
	char *mode;
	char *seed;
	char *time;
	char *strategy;
	char *output;
	gint64 count, schedules, export;
	gint jobs;
	gboolean verify, merge, guided;
} opt = { .export = NOT_SAID };

static const GOptionEntry entries[] = {
	{ "kernel", 'k', 0, G_OPTION_ARG_STRING, &opt.kernel,
	  "Run on this kernel, perhaps with behaviours: v6.1+NAME+NAME (default: v6.1)", "KERNEL" },
	{ "mode", 'm', 0, G_OPTION_ARG_STRING, &opt.mode,
	  "What the scenarios are about: any, copy, zeropage, continue ... (default: any)",
	  "MODE" },
	{ "seed", 's', 0, G_OPTION_ARG_STRING, &opt.seed,
	  "Seeds of the scenarios, both included; A.. has no end (default: 1..)", "A..B" },
	{ "count", 'n', 0, G_OPTION_ARG_INT64, &opt.count, "So many scenarios", "N" },
	{ "time", 't', 0, G_OPTION_ARG_STRING, &opt.time, "Stop after that time: 90, 90s, 15m, 8h",
	  "TIME" },
	{ "jobs", 'j', 0, G_OPTION_ARG_INT, &opt.jobs, "So many processes (default: 1)", "N" },
	{ "schedules", 0, 0, G_OPTION_ARG_INT64, &opt.schedules,
	  "Runs of each scenario (default: 64)", "N" },
	{ "strategy", 0, 0, G_OPTION_ARG_STRING, &opt.strategy,
	  "How threads are scheduled: random, pct, pctN, bounded, boundedN, or mix (the default: "
	  "half random, half PCT of depths 2 to 4)",
	  "NAME" },
	{ "output", 'o', 0, G_OPTION_ARG_FILENAME, &opt.output,
	  "Keep failures in this folder (default: fuzz-failures)", "DIR" },
	{ "guided", 0, 0, G_OPTION_ARG_NONE, &opt.guided,
	  "Every second scenario is one that reached a new branch of the copy paths, changed",
	  NULL },
	{ "verify", 0, 0, G_OPTION_ARG_NONE, &opt.verify,
	  "Make every run twice, and compare the hashes of the traces", NULL },
	{ "export", 0, 0, G_OPTION_ARG_INT64, &opt.export,
	  "Instead write N scenarios in a single order, with their results, for 'uffdsim export'; "
	  "into the folder of --output (default: fuzz-cases)",
	  "N" },
	{ "merge", 0, 0, G_OPTION_ARG_NONE, &opt.merge,
	  "Join the folders that follow into the one of --output", NULL },
	{ NULL, 0, 0, 0, NULL, NULL, NULL },
};

/* ------------------------------------------------------------------ options */

static bool parse_seeds(const char *text, struct fuzz_options *o)
{
	char **ends = g_strsplit(text, "..", 2);
	bool ok = ends[0] && fuzz_number(ends[0], 10, &o->first);

	o->last = o->first;
	if (ok && ends[1]) {
		o->last = UINT64_MAX - 1;
		ok = !*ends[1] || fuzz_number(ends[1], 10, &o->last);
	}
	g_strfreev(ends);
	return ok && o->first <= o->last && o->last < UINT64_MAX;
}

static bool parse_time(const char *text, double *seconds)
{
	static const struct {
		const char *unit;
		double seconds;
	} units[] = {
		{ "", 1 }, { "s", 1 }, { "m", 60 }, { "h", 3600 }, { "d", 86400 },
	};
	unsigned int i;
	char *end;

	*seconds = g_ascii_strtod(text, &end);
	if (!g_ascii_isdigit(*text) || *seconds <= 0)
		return false;
	for (i = 0; i < G_N_ELEMENTS(units); i++) {
		if (strcmp(end, units[i].unit))
			continue;
		*seconds *= units[i].seconds;
		return true;
	}
	return false;
}

static int check_mode(const struct command *self, struct fuzz_options *o)
{
	char *modes;

	o->mode = opt.mode ? opt.mode : FUZZ_ANY_MODE;
	if (fuzz_mode_known(o->mode))
		return STATUS_PASSED;
	modes = fuzz_mode_list();
	cmd_bad_usage(self, "--mode %s: expected one of %s", o->mode, modes);
	g_free(modes);
	return STATUS_BAD_INPUT;
}

static int check_numbers(const struct command *self, struct fuzz_options *o)
{
	if (opt.seed && !parse_seeds(opt.seed, o))
		return cmd_bad_usage(self, "--seed %s: expected A, A..B or A..", opt.seed);
	if (opt.time && !parse_time(opt.time, &o->seconds))
		return cmd_bad_usage(self, "--time %s: expected a number of seconds, or 15m, 8h",
				     opt.time);
	if (opt.count < 0 || opt.schedules < 0 || opt.schedules > 1000000)
		return cmd_bad_usage(self, "--count and --schedules are numbers from 1");
	if (opt.jobs < 0 || opt.jobs > FUZZ_MAX_JOBS)
		return cmd_bad_usage(self, "--jobs %d: expected 1 to %d", opt.jobs, FUZZ_MAX_JOBS);
	if (opt.strategy && !fuzz_portfolio_known(opt.strategy))
		return cmd_bad_usage(self, "--strategy %s: there is no such strategy",
				     opt.strategy);
	if (opt.count && opt.count - 1 < (gint64)MIN(o->last - o->first, G_MAXINT64))
		o->last = o->first + opt.count - 1;
	if (opt.schedules)
		o->schedules = opt.schedules;
	if (opt.jobs)
		o->jobs = opt.jobs;
	if (opt.strategy)
		o->portfolio = opt.strategy;
	return STATUS_PASSED;
}

static int check_options(const struct command *self, struct fuzz_options *o)
{
	int status = check_numbers(self, o);

	if (!status)
		status = check_mode(self, o);
	if (!status)
		status = cmd_kernel(opt.kernel ? opt.kernel : "v6.1", &o->kernel);
	return status;
}

/* ------------------------------------------------------------------ summary */

static void print_summary(const struct fuzz_options *o, const struct fuzz_result *r)
{
	double seconds = MAX(r->seconds, 1e-3);
	char *runs = fuzz_rough(r->sum.runs / seconds), *steps = fuzz_rough(r->sum.steps / seconds);

	printf("%lu scenarios, %lu runs of which %lu differ, %lu steps; %.1f s: %s runs/s, "
	       "%s steps/s\n",
	       (unsigned long)r->sum.scenarios, (unsigned long)r->sum.runs,
	       (unsigned long)r->sum.traces, (unsigned long)r->sum.steps, r->seconds, runs, steps);
	if (guided_all())
		printf("%zu of %zu branches of the copy paths taken\n", r->branches, guided_all());
	if (r->next <= o->last)
		printf("stopped before seed %lu; go on with --seed %lu..\n", (unsigned long)r->next,
		       (unsigned long)r->next);
	if (r->findings)
		printf("%lu runs failed, of %u different failures: see %s\n",
		       (unsigned long)r->sum.failures, r->findings, o->folder);
	else
		printf("no failure\n");
	g_free(runs);
	g_free(steps);
}

static int fuzz(const struct command *self)
{
	struct fuzz_options o = {
		.portfolio = "mix",
		.first = 1,
		.last = UINT64_MAX - 1,
		.schedules = FUZZ_SCHEDULES,
		.jobs = 1,
		.folder = opt.output ? opt.output : "fuzz-failures",
		.verify = opt.verify,
		.guided = opt.guided,
	};
	struct fuzz_result r;
	int status = check_options(self, &o);

	if (status)
		return status;
	fuzz_run(&o, &r);
	fuzz_kernel_clear(&o.kernel);
	print_summary(&o, &r);
	if (r.failed)
		return STATUS_BAD_INPUT;
	return r.findings ? STATUS_FAILED : STATUS_PASSED;
}

/* What --export has no use for would be taken for a wish that was heard. */
static const char *useless_for_export(void)
{
	const struct {
		bool is;
		const char *name;
	} all[] = {
		{ opt.count, "--count" },	{ opt.time, "--time" },
		{ opt.jobs, "--jobs" },		{ opt.schedules, "--schedules" },
		{ opt.strategy, "--strategy" }, { opt.guided, "--guided" },
		{ opt.verify, "--verify" },	{ opt.merge, "--merge" },
	};
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(all); i++) {
		if (all[i].is)
			return all[i].name;
	}
	return NULL;
}

static int export(const struct command *self)
{
	struct fuzz_options o = { .first = 1, .last = UINT64_MAX - 1 };
	struct cases_options c = {
		.count = opt.export,
		.folder = opt.output ? opt.output : "fuzz-cases",
	};
	int status;

	if (opt.export < 1)
		return cmd_bad_usage(self, "--export: a number from 1");
	if (useless_for_export())
		return cmd_bad_usage(self, "--export and %s do not go together",
				     useless_for_export());
	status = check_options(self, &o);
	if (status)
		return status;
	c.kernel = o.kernel;
	c.mode = o.mode;
	c.first = o.first;
	/* A seed alone is where they begin. */
	c.last = opt.seed && !strstr(opt.seed, "..") ? UINT64_MAX - 1 : o.last;
	if (strcmp(o.kernel.name, o.kernel.line)) {
		status = cmd_bad_usage(self, "--export: no real kernel can be told to be '%s'",
				       o.kernel.line);
	} else {
		status = cases_export(&c);
	}
	fuzz_kernel_clear(&o.kernel);
	return status;
}

/* "-j4" as make has it, which GLib takes for two options. */
static char **spell_out_jobs(int *argc, char **argv)
{
	GPtrArray *words = g_ptr_array_new();
	int i;

	for (i = 0; i < *argc; i++) {
		bool joined = g_str_has_prefix(argv[i], "-j") && g_ascii_isdigit(argv[i][2]);

		g_ptr_array_add(words, joined ? (char *)"-j" : argv[i]);
		if (joined)
			g_ptr_array_add(words, argv[i] + 2);
	}
	*argc = words->len;
	g_ptr_array_add(words, NULL);
	return (char **)g_ptr_array_free(words, false);
}

static int fuzz_or_merge(const struct command *self, int argc, char **argv)
{
	int status;

	if (!cmd_options(self, entries, &argc, &argv, &status))
		return status;
	interp_init();
	if (opt.export != NOT_SAID && argc > 1)
		return cmd_bad_usage(self, "%s: no file or folder is expected", argv[1]);
	if (opt.export != NOT_SAID)
		return export(self);
	if (opt.merge && argc < 2)
		return cmd_bad_usage(self, "--merge: no folder to join");
	if (opt.merge)
		return fuzz_merge(argv + 1, opt.output ? opt.output : "fuzz-failures");
	if (argc > 1)
		return cmd_bad_usage(self, "%s: no file or folder is expected", argv[1]);
	return fuzz(self);
}

int cmd_fuzz(const struct command *self, int argc, char **argv)
{
	char **words = spell_out_jobs(&argc, argv);
	int status = fuzz_or_merge(self, argc, words);

	g_free(words);
	return status;
}
