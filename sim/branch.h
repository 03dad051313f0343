/* SPDX-License-Identifier: GPL-2.0-only */
/* branch.h - which way the conditions of the copy paths went: shared by model and tools */
#ifndef SIM_BRANCH_H
#define SIM_BRANCH_H

/* One `if`.  Lies outside of the world: a run that is taken back has still been there. */
struct sim_branch {
	const char *func, *file;
	const char *cond; /* as it is written */
	long line;
	unsigned char taken[2]; /* when false, when true */
} __attribute__((aligned(64)));

void sim_branch_taken(unsigned char *mark);

#endif
