/* SPDX-License-Identifier: GPL-2.0-only */
/* catalogue.c - the tables of the model as plain rows, and the choice of a kernel */
#include <linux/kernel.h>
#include <linux/string.h>
#include <uffdsim/bugs.h>

#include "model/host/host.h"

static const struct model_bug bugs[] = {
#pragma push_macro("BUG")
#undef BUG
#define BUG(name, text, fix, kernels) { #name, text, fix, kernels },
#include "model/bugs.def"
#undef BUG
#pragma pop_macro("BUG")
};

static const struct model_kernel kernels[] = {
	{ "v6.1", "Linux 6.1: the reference, without any of the behaviours below" },
	{ "minor-v1", "Linux 6.1 with UFFDIO_CONTINUE as it was first posted, 15 January 2021" },
	{ "v6.12", "Linux 6.12.y: 6.1 with what user space sees of the changes since" },
	{ "v6.18", "Linux 6.18.y, in the same way" },
};

static const struct model_failpoint failpoints[] = {
#define FAILPOINT(name, text) { #name, text },
#include "model/failpoints.def"
};

static const struct model_lock locks[] = {
#define LOCK(id, name, rank, text) { name, rank, text },
#include "model/locks.def"
};

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

const struct model_bug *model_bug(unsigned int i)
{
	return i < ROWS(bugs) ? &bugs[i] : NULL;
}

const struct model_kernel *model_kernel(unsigned int i)
{
	return i < ROWS(kernels) ? &kernels[i] : NULL;
}

const struct model_failpoint *model_failpoint(unsigned int i)
{
	return i < ROWS(failpoints) ? &failpoints[i] : NULL;
}

/* In the order in which they are taken. */
const struct model_lock *model_lock(unsigned int n)
{
	unsigned int i, j, before;

	for (i = 0; i < ROWS(locks); i++) {
		before = 0;
		for (j = 0; j < ROWS(locks); j++)
			before += locks[j].rank < locks[i].rank ||
				  (locks[j].rank == locks[i].rank && j < i);
		if (before == n)
			return &locks[i];
	}
	return NULL;
}

/* --------------------------------------------------------------- choosing */

static int is_separator(char c)
{
	return !c || c == ' ' || c == ',';
}

static int begins_with_word(const char *p, const char *word)
{
	while (*word && *p == *word) {
		p++;
		word++;
	}
	return !*word && is_separator(*p);
}

static int has_word(const char *words, const char *word)
{
	const char *p;

	for (p = words; *p; p++) {
		if ((p == words || is_separator(p[-1])) && begins_with_word(p, word))
			return 1;
	}
	return 0;
}

int model_select_kernel(const char *name)
{
	unsigned int i;

	for (i = 0; i < ROWS(kernels) && strcmp(kernels[i].name, name); i++)
		;
	if (i == ROWS(kernels))
		return -1;
	kernel_bugs = 0;
	for (i = 0; i < ROWS(bugs); i++) {
		if (has_word(bugs[i].kernels, name))
			kernel_bugs |= 1ul << i;
	}
	return 0;
}

int model_add_behaviour(const char *name)
{
	unsigned int i;

	for (i = 0; i < ROWS(bugs); i++) {
		if (strcmp(bugs[i].name, name))
			continue;
		kernel_bugs |= 1ul << i;
		return 0;
	}
	return -1;
}
