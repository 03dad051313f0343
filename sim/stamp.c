// SPDX-License-Identifier: GPL-2.0-only
/*
 * stamp.c - the steps that the invariants remember
 *
 * "Since when" is all that they ask of a step's number, so of two that are over only the order
 * counts (for enum sim_stamp see invariant.h).  Where nobody is in a call they are put closer
 * together, as the first steps after the checkpoint, and runs of different lengths can meet in one
 * state: see known.c.
 */
#include "sim/machine.h"

enum { MAX_STAMPS = 1024 };

struct stamp {
	void *at;
	uint64_t step;
	uint8_t size; /* 4 or 8 bytes */
	bool age;
};

static struct stamp stamps[MAX_STAMPS];
static unsigned int nstamps; /* MAX_STAMPS: there may have been more */
static uint64_t since;	     /* step of the checkpoint */

void stamp_reset(void)
{
	nstamps = 0;
	since = machine.hot.step;
}

static uint64_t read_stamp(const struct stamp *s)
{
	return s->size == 4 ? *(uint32_t *)s->at : *(uint64_t *)s->at;
}

void sim_ghost_stamped(void *p, unsigned long size, enum sim_stamp what)
{
	struct stamp *s = &stamps[nstamps];

	if (nstamps == MAX_STAMPS)
		return;
	s->at = p;
	s->size = size;
	s->age = what == SIM_STAMP_AGE;
	s->step = read_stamp(s);
	nstamps++;
}

/* Drops those that were written again later, and sorts. */
static void sort_stamps(void)
{
	unsigned int i, k, n = 0;

	for (i = 0; i < nstamps; i++) {
		struct stamp s = stamps[i];

		if (read_stamp(&s) != s.step)
			continue;
		/* Nearly always it is the last one. */
		for (k = n; k && stamps[k - 1].step > s.step; k--)
			stamps[k] = stamps[k - 1];
		stamps[k] = s;
		n++;
	}
	nstamps = n;
}

/* The words stand in the log since they were stamped, so this needs no entry of its own. */
bool stamp_close_up(void)
{
	uint64_t last = 0, rank = since;
	unsigned int i;

	if (nstamps == MAX_STAMPS)
		return false;
	sort_stamps();
	for (i = 0; i < nstamps; i++) {
		if (stamps[i].step + stamps[i].age >= machine.hot.step)
			return false;
	}
	for (i = 0; i < nstamps; i++) {
		struct stamp *s = &stamps[i];

		if (s->step <= since)
			continue;
		if (s->step != last)
			rank++;
		last = s->step;
		s->step = rank;
		if (s->size == 4)
			*(uint32_t *)s->at = rank;
		else
			*(uint64_t *)s->at = rank;
	}
	return true;
}
