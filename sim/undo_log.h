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

/* The caller has the word, aligned, and what it holds. */
static inline void undo_add(unsigned long *word, unsigned long old)
{
	struct undo *u = undo_next++;

	u->word = word;
	u->old = old;
}

/*
 * In halves: the word has often been written a moment ago, half of it, and a load of all of it
 * would wait until that store has left the processor's buffer.
 */
static inline void undo_word(const void *p)
{
	struct undo *u = undo_next++;

	u->word = (unsigned long *)((unsigned long)p & ~7ul);
	((volatile unsigned int *)&u->old)[0] = ((volatile unsigned int *)u->word)[0];
	((volatile unsigned int *)&u->old)[1] = ((volatile unsigned int *)u->word)[1];
}

#endif
