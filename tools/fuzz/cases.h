/* SPDX-License-Identifier: GPL-2.0-only */
/* cases.h - uffdsim fuzz --export: scenarios of seeds, as a real kernel can be asked them */
#ifndef TOOLS_FUZZ_CASES_H
#define TOOLS_FUZZ_CASES_H

#include "tools/fuzz/token.h"

struct cases_options {
	struct fuzz_kernel kernel;
	const char *mode;
	uint64_t first, last; /* seeds, both included */
	uint64_t count;	      /* files that are wanted */
	const char *folder;
};

/*
 * The scenario of a seed in a single order, without what cannot be had of a kernel: failures on
 * demand, limits of memory, pages of 1G.  It is canonical and passes.  It depends on nothing but
 * the arguments.  NULL: *why says in a few words what is in the way.  Free both with g_free().
 */
char *cases_make(uint64_t seed, const struct fuzz_kernel *kernel, const char *mode, char **why);

/* Writes so many of them, a file each, and says what was left out; exit status. */
int cases_export(const struct cases_options *options);

#endif
