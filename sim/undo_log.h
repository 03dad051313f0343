/* SPDX-License-Identifier: GPL-2.0-only */
/* undo_log.h - one entry of the undo log and where the next one goes; see undo.h */
#ifndef SIM_UNDO_LOG_H
#define SIM_UNDO_LOG_H

/* unsigned long, not uint64_t: the model's invariants write entries too and have no libc. */
struct undo {
	unsigned long *word;
	unsigned long old;
};

extern struct undo *undo_next; /* first unused entry */
extern struct undo *undo_base;
extern struct undo *undo_limit;

static inline void undo_word(const void *p)
{
	struct undo *u = undo_next++;

	u->word = (unsigned long *)((unsigned long)p & ~7ul);
	u->old = *u->word;
}

#endif
