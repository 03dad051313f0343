/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sabotage.h - ways to break the modelled kernel on purpose
 *
 * They are compiled as the model is, so that the hooks see what they write, and are called
 * in a simulated thread, in the middle of a system call.
 */
#ifndef TESTS_SABOTAGE_H
#define TESTS_SABOTAGE_H

struct sabotage {
	const char *name;
	const char *invariant;		    /* that has to notice */
	const char *text;		    /* part of what it says */
	void (*act)(unsigned long address); /* what to break: the memory there */
	int where;			    /* of enum sabotage_where */
	int when;			    /* of enum sabotage_when */
};

enum sabotage_where { AT_SHMEM, AT_ANON, AT_HUGETLB };

enum sabotage_when {
	AT_ONCE, /* during the call, or at its return */
	AT_LOAD, /* when the memory is read afterwards */
	AT_REST, /* when all threads are idle or asleep */
	AT_COPY, /* when a COPY should wake a thread that sleeps on a page beside it */
	AT_END,	 /* when everybody has exited */
	WITH_FULL_CHECK,
	WITH_HOOKS, /* AT_ONCE; the sanitizers would end the program themselves */
};

struct sim_invariant;

/* Does it, as a system call of the running thread. */
void sabotage_call(const struct sabotage *row, unsigned long address);
const char *sabotage_invariant_name(const struct sim_invariant *invariant);

extern const struct sabotage sabotages[];
extern const unsigned int nr_sabotages;

#endif
