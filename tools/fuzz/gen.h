/* SPDX-License-Identifier: GPL-2.0-only */
/* gen.h - a seed makes a whole scenario */
#ifndef TOOLS_FUZZ_GEN_H
#define TOOLS_FUZZ_GEN_H

#include <glib.h>
#include <stdint.h>

/* Part of every token: raised whenever some seed comes to mean another scenario. */
enum { FUZZ_GENERATOR_VERSION = 6 };
/* In a token: no seed makes this scenario, `fuzz --guided` did. */
enum { FUZZ_NO_GENERATOR = 0 };

struct fuzz_gen {
	uint64_t seed;
	const char *kernel;  /* "v6.1", or with behaviours: "v6.1 with A, B" */
	const char *mode;    /* NULL: any; or the operation that it must be about: "copy" ... */
	const GArray *draws; /* uint64_t: seeds of the first parts, world and lines; or NULL */
	GArray *drawn;	     /* uint64_t: the seeds of all parts are added; or NULL */
};

/*
 * The canonical text of a scenario with a race.  It depends on nothing but the arguments.
 * A kernel without defects passes it under every schedule.  NULL: there is no such mode.
 * Free with g_free().
 */
char *fuzz_generate(const struct fuzz_gen *g);

#endif
