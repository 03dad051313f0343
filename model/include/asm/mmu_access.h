/* SPDX-License-Identifier: GPL-2.0-only */
/* mmu_access.h - what the processor does with a user address */
#ifndef _ASM_X86_MMU_ACCESS_H
#define _ASM_X86_MMU_ACCESS_H

#include <linux/mm_types.h>
#include <asm/ptrace.h>

/*
 * Faults of one access before it waits for others: one for each cause that takes a fault of
 * its own, which are missing, minor, write, and zapped again.
 */
enum { MMU_MAX_TRIES = 4 };

enum tlb_result { TLB_MISS, TLB_HIT, TLB_FAULT };

enum tlb_result tlb_translate(const struct mm_struct *mm, unsigned long addr, bool write,
			      unsigned long *entry, unsigned long *span);
void tlb_fill(const struct mm_struct *mm, unsigned long addr, unsigned long entry,
	      unsigned long span);
unsigned long tlb_read_ahead(const struct mm_struct *mm, unsigned long addr, unsigned long n,
			     const unsigned long *ptes, unsigned long *pfns);
void tlb_forget(const struct mm_struct *mm, unsigned long addr);
bool mmu_translate(struct mm_struct *mm, unsigned long addr, bool write, unsigned long *pfn,
		   unsigned long *bytes);
unsigned long mmu_read_ahead(struct mm_struct *mm, unsigned long addr, unsigned long n,
			     unsigned long *pfns);
void mmu_point(bool write, unsigned int tries, const struct sim_site *site);
void exc_page_fault(struct pt_regs *regs, unsigned long error_code, unsigned long address);
void do_user_addr_fault(struct pt_regs *regs, unsigned long error_code, unsigned long address);
int user_load(unsigned long addr, unsigned long long *value);
int user_store(unsigned long addr, unsigned long long value);

#endif
