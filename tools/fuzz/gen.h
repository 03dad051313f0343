/* SPDX-License-Identifier: GPL-2.0-only */
/* gen.h - a seed makes a whole scenario */
#ifndef TOOLS_FUZZ_GEN_H
#define TOOLS_FUZZ_GEN_H

#include <stdint.h>

/* Part of every token: raised whenever some seed comes to mean another scenario. */
enum { FUZZ_GENERATOR_VERSION = 2 };

struct fuzz_gen {
	uint64_t seed;
	const char *kernel; /* "v6.1", or with behaviours: "v6.1 with A, B" */
	const char *mode;   /* NULL: any; or the operation that it must be about: "copy" ... */
};

/*
 * The canonical text of a scenario with a race.  It depends on nothing but the arguments.
 * A kernel without defects passes it under every schedule.  NULL: there is no such mode.
 * Free with g_free().
 */
char *fuzz_generate(const struct fuzz_gen *g);

#endif
