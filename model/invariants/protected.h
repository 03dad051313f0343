/* SPDX-License-Identifier: GPL-2.0-only */
/* protected.h - write-protected entries: what protected.c is told */
#ifndef MODEL_PROTECTED_H
#define MODEL_PROTECTED_H

#include <linux/mm_types.h>

void protected_init(void);
/* An entry of a page table was written. */
void protected_entry(struct ptable *table, unsigned int index, unsigned long now);
/* A store went through to memory. */
void protected_store(const struct mm_struct *mm, unsigned long address);

#endif
