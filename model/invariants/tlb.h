/* SPDX-License-Identifier: GPL-2.0-only */
/* tlb.h - TLBs against page tables: what tlb.c is told */
#ifndef MODEL_INVARIANTS_TLB_H
#define MODEL_INVARIANTS_TLB_H

#include <linux/mm_types.h>

/* After ghost_init(). */
void tlb_ghost_init(void);
/* An entry of a page table was written. */
void tlb_note_entry(const struct ptable *table, unsigned long old, unsigned long now);

#endif
