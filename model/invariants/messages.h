/* SPDX-License-Identifier: GPL-2.0-only */
/* messages.h - what messages.c is told, and what it asks of data.c */
#ifndef MODEL_MESSAGES_H
#define MODEL_MESSAGES_H

#include <linux/mm_types.h>
#include "sim/invariant.h"

void messages_init(void);
/* A leaf of a page table was made where there was none, or went. */
void messages_leaf(const struct ptable *table, unsigned int index, bool went);

/* Any entry was written. */
void messages_entry(const struct ptable *table, unsigned long old, unsigned long now);

/* data.c: when the fault began that the running thread is in; false: it is in none. */
bool data_fault_since(sim_u64 *since);
/* When any page last left its page cache. */
sim_u64 data_uncached_step(void);

#endif
