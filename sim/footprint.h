/* SPDX-License-Identifier: GPL-2.0-only */
/* footprint.h - what a step has read and written, while somebody wants to know */
#ifndef SIM_FOOTPRINT_H
#define SIM_FOOTPRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/undo_log.h"

/* A word of the world, or an object that stands for something without an address. */
struct access {
	uintptr_t at; /* bit 0: it is written */
};

#define ACCESS_WRITE 1ul

struct footprint {
	struct access *list;
	size_t n;
	uint64_t reads, writes; /* a bit for each residue of what is in the list */
	bool turn;		/* see footprint_turn() */
	unsigned char history;	/* of enum footprint_history */
};

extern bool footprint_wanted;

/* Called by the primitives, when footprint_wanted. */
void footprint_add(const void *p, bool write);
void footprint_range(const void *p, size_t n);
/* A lock is taken or let go: readers do not disturb each other. */
void footprint_lock(const void *lock, size_t size, bool write);

/*
 * Others have their turn after this step: the thread cannot run again before one of them has made a
 * step.  Which of theirs came before it, and which did not, thus says who can run now.
 */
void footprint_turn(void);

/*
 * The invariants ask whether something has happened since a call or a fault began.  Whatever can be
 * asked about must come in both orders, so the beginning of the one depends on the other.
 */
enum footprint_history { HISTORY_SINCE = 1, HISTORY_EVENT = 2 };

void footprint_history(enum footprint_history what);

static inline void footprint_note(const void *p, bool write)
{
	if (__builtin_expect(footprint_wanted, 0))
		footprint_add(p, write);
}

void footprint_begin(void);
void footprint_end(void);
/* The step is over: what the write hooks have logged until @end joins the rest, until the next. */
const struct footprint *footprint_close(const struct undo *end);
/* Forgets what has been noted: nothing of it belongs to a step. */
void footprint_clear(void);

bool footprint_conflict(const struct footprint *a, const struct footprint *b);

#endif
