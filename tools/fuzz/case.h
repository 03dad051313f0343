/* SPDX-License-Identifier: GPL-2.0-only */
/* case.h - the scenario of a seed, read and ready to be run */
#ifndef TOOLS_FUZZ_CASE_H
#define TOOLS_FUZZ_CASE_H

#include "tools/fuzz/token.h"

struct fuzz_case {
	char *name; /* in diagnostics: seed-17.uffd */
	char *text;
	struct scenario_file *file;
	const struct scenario *scenario;
	struct interp_race *race;
};

/*
 * Makes the scenario of a seed.  False: the generator wrote something that cannot be read,
 * and *error says what.  Free with fuzz_case_close() in either case.
 */
struct fuzz_gen;
bool fuzz_case_make(struct fuzz_case *c, const struct fuzz_gen *gen,
		    const struct fuzz_kernel *kernel, const struct interp_options *options,
		    char **error);
/* The same, with nothing but its seed. */
bool fuzz_case_open(struct fuzz_case *c, uint64_t seed, const struct fuzz_kernel *kernel,
		    const char *mode, const struct interp_options *options, char **error);
void fuzz_case_close(struct fuzz_case *c);

#endif
