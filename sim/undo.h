/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * undo.h - the undo log: the old value of every word of the world that was written.
 *
 * It is what a restore walks back, and what the invariant engine reads to learn which
 * objects a step changed.  The aligned word that holds the written bytes is logged,
 * whatever the width of the write, and repeated writes are logged again: testing for
 * them costs more than the entry.
 */
#ifndef SIM_UNDO_H
#define SIM_UNDO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/undo_log.h"

/* Logs, then stores; for fields of sim's own that belong to the world. */
#define UNDO_SET(lvalue, value)       \
	do {                          \
		undo_word(&(lvalue)); \
		(lvalue) = (value);   \
	} while (0)

void undo_range(const void *p, size_t n);

/*
 * One entry for a run of bytes that were all the same, for tables that stand outside of what the
 * invariants look at: its address has this bit, and it holds their number, and the value below.
 */
#define UNDO_FILLED (1ul << 63)

static inline bool undo_is_filled(const struct undo *u)
{
	return (long)u->word < 0;
}

/* Logs, then stores: @n bytes from @p on. */
void undo_fill(uint8_t *p, uint8_t value, size_t n);
/* Walks the log back to @mark. */
void undo_rollback(struct undo *mark);

#endif
