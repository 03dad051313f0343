/* SPDX-License-Identifier: GPL-2.0-only */
/* sleepers.h - who sleeps on a fault, and whether that place is still registered for it */
#ifndef MODEL_SLEEPERS_H
#define MODEL_SLEEPERS_H

#include <linux/mm_types.h>

void sleepers_init(void);
/* The thread of this step is about to sleep on a fault there. */
void sleepers_add(const struct vm_area_struct *vma, unsigned long address);
/* VMAs were changed, and maybe not for the last time, by the thread of this step. */
void sleepers_vmas_changed(void);
/* Whether the registration that the thread sleeps for was ended by an UNREGISTER. */
bool sleepers_unregistered(unsigned int tid);

#endif
