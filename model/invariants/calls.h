/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calls.h - the system calls that the invariants hear of: what was asked, what came back
 *
 * model/host/ tells them at both ends of a call; between, the page-table entries that the
 * thread installs are counted to it.
 */
#ifndef MODEL_CALLS_H
#define MODEL_CALLS_H

#include <linux/mm_types.h>

struct inode;
struct userfaultfd_ctx;

enum call_kind {
	CALL_NONE,
	CALL_FILL,	 /* COPY, ZEROPAGE, CONTINUE: range, wakes */
	CALL_WAKE,	 /* WAKE, WRITEPROTECT: range, wakes */
	CALL_UNREGISTER, /* range, wakes who sleeps on what it unregisters */
	CALL_TRUNCATE,	 /* start: the new size */
	CALL_PUNCH,	 /* range of the file */
};

struct call {
	enum call_kind kind;
	const char *name;
	unsigned long start, len;
	bool wakes;
	const struct userfaultfd_ctx *ctx;
	const struct mm_struct *mm;
	const struct inode *inode;
	bool copies; /* a FILL with what stands at @src */
	unsigned long src;
	long field_before; /* of a FILL: what the output field held */
};

/* Called in the thread whose call it is. */
void calls_begin(const struct call *call);
void calls_end(long ret, long field);

/* The call that the thread of this step is in, NULL: none; @begun: since which step. */
const struct call *calls_current(sim_u64 *begun);

/* An entry of a page table went; one that is changed goes and comes again. */
void calls_note_removed(const struct ptable *table, unsigned int index);
void calls_note_installed(const struct ptable *table, unsigned int index);
/*
 * A call that must have woken who slept there since before @asleep_since.  @unregistered: an
 * UNREGISTER has ended the registration that he sleeps for.
 */
const struct call *calls_should_have_woken(const struct userfaultfd_ctx *ctx, unsigned long address,
					   sim_u64 asleep_since, bool unregistered);

#endif
