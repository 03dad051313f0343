/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * observe.h - what the simulated processor tells the invariants of accesses to user memory
 *
 * Called in the step of the access; the model itself never learns anything from them.
 */
#ifndef _UFFDSIM_OBSERVE_H
#define _UFFDSIM_OBSERVE_H

#include <linux/mm_types.h>

/* The word at user address @addr was read out of frame @pfn, or written to it. */
void observe_load(const struct mm_struct *mm, unsigned long addr, unsigned long pfn,
		  unsigned long long value);
void observe_store(const struct mm_struct *mm, unsigned long addr, unsigned long pfn,
		   unsigned long long value);
/* A part of a file's page was cleared: a truncation or a hole that ends within it. */
void observe_cleared(unsigned long pfn, unsigned int word);
/* The running thread enters, or leaves, the page fault handler. */
void observe_fault(bool enters);
/* It is about to report the fault, for a reason of VM_UFFD_*. */
void observe_userfault(const struct vm_fault *vmf, unsigned long reason);
/* It waits no longer. */
void observe_userfault_over(void);

#endif
