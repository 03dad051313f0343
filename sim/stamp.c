// SPDX-License-Identifier: GPL-2.0-only
/*
 * stamp.c - the steps that the invariants remember
 *
 * "Since when" is all that they ask of a step's number, so of two that are over only the order
 * counts (for enum sim_stamp see invariant.h).  Where nobody is in a call they are put closer
 * together, as the first steps after the checkpoint, and runs of different lengths can meet in one
 * state: see known.c.
 */
#include "sim/footprint.h"
#include "sim/machine.h"

enum { MAX_STAMPS = 1024 };

struct stamp {
	void *at;
	uint64_t step;
	unsigned short number; /* among all */
	uint8_t size;	       /* 4 or 8 bytes */
	bool age;
};

static struct stamp stamps[MAX_STAMPS];
static unsigned int nstamps;		/* MAX_STAMPS: there may have been more */
static struct stamp closed[MAX_STAMPS]; /* those that were put closer together, by their steps */
static unsigned int nclosed;
static uint64_t since; /* step of the checkpoint */

void stamp_reset(void)
{
	nstamps = nclosed = 0;
	since = machine.hot.step;
}

static uint64_t read_stamp(const struct stamp *s)
{
	return s->size == 4 ? *(uint32_t *)s->at : *(uint64_t *)s->at;
}

void sim_ghost_stamped(void *p, unsigned long size, enum sim_stamp what)
{
	struct stamp *s = &stamps[nstamps];

	if (what != SIM_STAMP_COPY)
		footprint_history(what == SIM_STAMP_SINCE ? HISTORY_SINCE : HISTORY_EVENT);
	if (nstamps == MAX_STAMPS)
		return;
	s->at = p;
	s->size = size;
	s->number = nstamps;
	s->age = what == SIM_STAMP_AGE;
	s->step = read_stamp(s);
	nstamps++;
}

static void write_stamp(const struct stamp *s, uint64_t value)
{
	if (s->size == 4)
		*(uint32_t *)s->at = value;
	else
		*(uint64_t *)s->at = value;
}

unsigned int stamp_count(void)
{
	return nstamps;
}

/* The log has gone back already, and knows nothing of those that were closed up. */
void stamp_go_back(unsigned int n)
{
	for (; nclosed; nclosed--) {
		const struct stamp *s = &closed[nclosed - 1];

		if (s->number < n)
			write_stamp(s, s->step);
	}
	nstamps = n;
}

/* Without those that were written again later. */
static void sort_stamps(void)
{
	const struct stamp *s;
	unsigned int k;

	nclosed = 0;
	for (s = stamps; s < stamps + nstamps; s++) {
		if (read_stamp(s) != s->step)
			continue;
		/* Nearly always it is the last one. */
		for (k = nclosed++; k && closed[k - 1].step > s->step; k--)
			closed[k] = closed[k - 1];
		closed[k] = *s;
	}
}

static bool can_close_up(void)
{
	unsigned int i;

	for (i = 0; i < nclosed; i++) {
		if (closed[i].step + closed[i].age >= machine.hot.step)
			return false;
	}
	return true;
}

/* The words stand in the log since they were stamped, so this needs no entry of its own. */
bool stamp_close_up(void)
{
	uint64_t last = since, rank = since;
	const struct stamp *s;

	if (nstamps == MAX_STAMPS)
		return false;
	sort_stamps();
	if (!can_close_up()) {
		nclosed = 0;
		return false;
	}
	for (s = closed; s < closed + nclosed; s++) {
		if (s->step > last)
			rank++;
		last = s->step;
		write_stamp(s, s->step > since ? rank : s->step);
	}
	return true;
}
