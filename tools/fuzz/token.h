/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * token.h - one word that names a run of `uffdsim fuzz`
 *
 *	fuzz1:v6.1+hugetlb_copy_past_eof:any:4711:pct3:17:0123456789abcdef
 *
 * The version of the generator, the kernel and what is switched on in it, the mode, the
 * seed of the scenario, the strategy, the number of the schedule, and the hash of the trace.
 * The last may be left out: then it is not compared.
 */
#ifndef TOOLS_FUZZ_TOKEN_H
#define TOOLS_FUZZ_TOKEN_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "tools/interp/interp.h"

/* A kernel, perhaps with behaviours that it does not have by itself. */
struct fuzz_kernel {
	char *name; /* v6.1 */
	char *line; /* v6.1 with a, b: as a scenario says it */
	char *word; /* v6.1+a+b */
};

/*
 * Reads either of the two forms of a kernel, whose names are those of interp_init().  False: *d
 * says what is wrong, from @col of the present source.  Free with fuzz_kernel_clear().
 */
bool fuzz_kernel_parse(const char *text, struct fuzz_kernel *k, struct diag *d, uint32_t col);
void fuzz_kernel_clear(struct fuzz_kernel *k);

/* How the schedule of a run is drawn. */
struct fuzz_strategy {
	enum interp_choosing how;
	unsigned int depth; /* of PCT; preemptions of BOUNDED */
};

struct fuzz_token {
	unsigned int version;
	struct fuzz_kernel kernel;
	char *mode;
	uint64_t scenario;
	struct fuzz_strategy strategy;
	uint64_t schedule;
	bool has_hash;
	uint64_t hash;
};

/* Whether a word of the command line is meant as a token and not as the name of a file. */
bool fuzz_is_token(const char *word);
/* False: *d says what is wrong.  Free with fuzz_token_clear() in either case. */
bool fuzz_token_parse(const char *text, struct fuzz_token *t, struct diag *d);
void fuzz_token_clear(struct fuzz_token *t);
/* Free with g_free(). */
char *fuzz_token_text(const struct fuzz_token *t);
/* Where its nth part stands, from 0. */
struct lang_pos fuzz_token_pos(const char *text, unsigned int part);

/* "random", "pct3", "bounded0"; false: there is no such strategy. */
bool fuzz_strategy_parse(const char *text, struct fuzz_strategy *s);
char *fuzz_strategy_text(const struct fuzz_strategy *s);

/* The choices that a token stands for. */
struct interp_chooser fuzz_chooser(const struct fuzz_token *t);

/* A whole number and nothing else. */
bool fuzz_number(const char *text, int base, uint64_t *value);

#endif
