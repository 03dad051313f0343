/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux arch/x86/mm/tlb.c: flushes of the translations that processors cache; and what the kernel
 * has no source for, how a processor uses them.
 *
 * Each thread is a processor of its own (sim/tlb.c).  It caches what it has walked to, and only
 * that: no entries that are not present, none of the upper levels, nothing ahead of an access.
 */
#include <linux/mm.h>
#include <linux/mm_types.h>
#include <linux/pgtable.h>
#include <linux/sched.h>
#include <asm/mmu_access.h>
#include <asm/tlbflush.h>
#include <uffdsim/kinds.h>

#include "sim/sim.h"

/* Bits of an entry that the TLB keeps. */
#define TLB_KEPT (PTE_PFN_MASK | _PAGE_PRESENT | _PAGE_RW | _PAGE_DIRTY)

/**
 * tlb_init - make the TLBs; once at boot
 */
void tlb_init(void)
{
	sim_tlb_boot(KIND_TLB);
}

/**
 * flush_tlb_mm_range - make all processors forget a range
 * @mm: the address space
 * @start: first byte
 * @end: byte after the last; TLB_FLUSH_ALL for everything
 * @stride_shift: of the bytes of an entry; unused
 * @freed_tables: page tables are about to go as well; unused
 *
 * Returns when all have done so; each that has anything to forget does it in a step of its own,
 * and may go on using it until then.  Any locks.  Linux: arch/x86/mm/tlb.c.
 */
void flush_tlb_mm_range(struct mm_struct *mm, unsigned long start, unsigned long end,
			unsigned int stride_shift, bool freed_tables)
{
	sim_tlb_flush(mm->id, start, end, SIM_SITE("flush_tlb"));
}

/**
 * leave_mm - the processor leaves its address space and forgets it
 * @cpu: the running one
 *
 * Linux: arch/x86/mm/tlb.c.
 */
void leave_mm(int cpu)
{
	sim_tlb_drop_all();
}

/**
 * tlb_translate - look an address up in the running thread's TLB
 * @mm: its address space
 * @addr: user address
 * @write: the access writes
 * @entry: receives the entry, as a PTE
 * @span: receives the bytes that it maps
 *
 * For a write, the entry must have been dirtied before: otherwise the processor has to walk, to
 * set the bit.  Whoever may only read faults at once, whatever has become of the page table; the
 * fault makes the processor forget the entry.
 */
enum tlb_result tlb_translate(const struct mm_struct *mm, unsigned long addr, bool write,
			      unsigned long *entry, unsigned long *span)
{
	unsigned int shift;

	*entry = sim_tlb_lookup(mm->id, addr, &shift);
	if (!*entry)
		return TLB_MISS;
	*span = 1ul << shift;
	if (!write)
		return TLB_HIT;
	if (!(*entry & _PAGE_RW)) {
		sim_tlb_drop(mm->id, addr);
		return TLB_FAULT;
	}
	return *entry & _PAGE_DIRTY ? TLB_HIT : TLB_MISS;
}

/**
 * tlb_fill - remember what a walk has found
 * @mm: the running thread's address space
 * @addr: user address
 * @entry: the leaf, present, after the walk has set its bits
 * @span: the bytes that it maps
 */
void tlb_fill(const struct mm_struct *mm, unsigned long addr, unsigned long entry,
	      unsigned long span)
{
	sim_tlb_fill(mm->id, addr, __builtin_ctzl(span), entry & TLB_KEPT);
}

/**
 * tlb_read_ahead - look up small pages one after the other, and remember those that were not there
 * @mm: the running thread's address space
 * @addr: user address of the first
 * @n: how many; the same page table maps them all
 * @ptes: the entries of the page table for them
 * @pfns: receives their page frames
 *
 * Stops before the first that is not present, or still has its accessed bit to be set, or that a
 * huge page holds.  Returns how many it has done.
 */
unsigned long tlb_read_ahead(const struct mm_struct *mm, unsigned long addr, unsigned long n,
			     const unsigned long *ptes, unsigned long *pfns)
{
	static const struct sim_tlb_format format = {
		.usable = _PAGE_PRESENT | _PAGE_ACCESSED,
		.kept = TLB_KEPT,
		.frame = PTE_PFN_MASK,
	};

	return sim_tlb_read_ahead(mm->id, addr, n, ptes, &format, pfns);
}

/**
 * tlb_forget - a walk has found that the entry for an address no longer holds
 * @mm: the running thread's address space
 * @addr: user address
 */
void tlb_forget(const struct mm_struct *mm, unsigned long addr)
{
	sim_tlb_drop(mm->id, addr);
}
