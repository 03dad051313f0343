// SPDX-License-Identifier: GPL-2.0-only
/*
 * target.c - the same choices from the bytes of a coverage-guided fuzzer (`make fuzz-target`)
 *
 * The first four bytes are the seed of the scenario, little-endian; each of the others is a
 * slice of the schedule.  Our own options begin with two dashes, which libFuzzer skips:
 *
 *	build/libfuzzer/fuzz-target --kernel=v6.1 --mode=copy CORPUS
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/fuzz/findings.h"
#include "tools/fuzz/gen.h"
#include "tools/fuzz/modes.h"

enum { SEED_BYTES = 4 };

/* Called by libFuzzer. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct fuzz_token token = {
	.version = FUZZ_GENERATOR_VERSION,
	.mode = (char *)FUZZ_ANY_MODE,
};

/* The scenario of the last input: the next one often has the same. */
static struct fuzz_case now;
static bool is_open;

static const char *option(char **argv, const char *name, const char *otherwise)
{
	for (argv++; *argv; argv++) {
		if (g_str_has_prefix(*argv, name))
			return *argv + strlen(name);
	}
	return otherwise;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *kernel = option(*argv, "--kernel=", "v6.1");
	struct diag *d = diag_new();

	(void)argc;
	interp_init();
	token.mode = (char *)option(*argv, "--mode=", FUZZ_ANY_MODE);
	diag_source(d, "--kernel", kernel, strlen(kernel));
	if (!fuzz_kernel_parse(kernel, &token.kernel, d, 1) || !fuzz_mode_known(token.mode)) {
		char *text = diag_text(d);

		fprintf(stderr, "%sfuzz-target: --kernel=%s --mode=%s is not possible\n", text,
			kernel, token.mode);
		exit(2);
	}
	diag_free(d);
	return 0;
}

static void stop_here(const char *what)
{
	fflush(stdout);
	fprintf(stderr, "%s", what);
	abort();
}

/* All that `uffdsim` knows of it, and then the end that a fuzzer takes for a crash. */
static void failed(const struct interp_chooser *chooser, const struct interp_try *t)
{
	struct finding *f = finding_new(&now, &token, t);
	bool bad_input = false;
	struct test_result *r = interp_race_explain(now.race, chooser, &bad_input);

	fprintf(stderr, "uffdsim: %s\n%s\n----- as a scenario:\n%s-----\n", f->key,
		r->report ? r->report : "", f->text);
	stop_here("");
}

static void open_case(uint64_t seed)
{
	/* What an input covers must not depend on those before it. */
	const struct interp_options how = { .every_end = true };
	char *error = NULL;

	if (is_open && token.scenario == seed)
		return;
	if (is_open)
		fuzz_case_close(&now);
	is_open = true;
	token.scenario = seed;
	if (!fuzz_case_open(&now, seed, &token.kernel, token.mode, &how, &error))
		stop_here(error);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct interp_chooser chooser = { .how = INTERP_BYTES };
	struct interp_try t;
	uint64_t seed = 0;
	size_t i;

	for (i = 0; i < SEED_BYTES && i < size; i++)
		seed |= (uint64_t)data[i] << (8 * i);
	open_case(seed);
	chooser.bytes = data + i;
	chooser.nbytes = size - i;
	interp_race_try(now.race, &chooser, &t);
	if (t.failed)
		failed(&chooser, &t);
	return 0;
}
