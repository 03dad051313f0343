// SPDX-License-Identifier: GPL-2.0-only
/*
 * tlb.c - TLB: no processor's TLB leads to a page that is free, or says what the page table no
 * longer says
 *
 * A page that a TLB still leads to must not be freed: its next owner's contents would be read, or
 * overwritten.  That holds always.  Between the change of an entry and the flush a TLB may be
 * behind: while a page-table lock is held, while a gather of the address space has not been
 * finished, and while mmap_lock is held for writing, as fork() protects all entries first and
 * flushes once.  After that a TLB may know less than the page table, or allow less, but never
 * more.
 *
 * An entry of a TLB is looked at when it is new, and when the entry that it was made from loses
 * its page or its permission: such an entry's page is counted as one that TLBs lead to.
 */
#include <uffdsim/locks.h>
#include <linux/sched.h>
#include "model/invariants/invariants.h"
#include "model/invariants/tlb.h"

enum { MAX_THREADS = 32 };

static struct tlb_ghost {
	unsigned long waiting;		    /* threads with entries to look at, one bit each */
	unsigned long entries[MAX_THREADS]; /* which ones, one bit each */
} * ghost;

/* Scratch of the full check: no part of the world. */
static int *recount;

static unsigned int tid_of(const struct sim_tlb *tlb)
{
	return tlb - sim_tlb_of(0);
}

static unsigned long pfn_of(unsigned long value)
{
	return (value & PTE_PFN_MASK) >> PAGE_SHIFT;
}

static const struct mm_struct *mm_of(unsigned int tid)
{
	const struct task_struct *task = sim_thread_task(tid);

	return task && sim_is_live(task) ? task->mm : NULL;
}

static const char *name_of(unsigned int tid)
{
	const struct task_struct *task = sim_thread_task(tid);

	return task ? task->comm : "?";
}

static void look_at(unsigned int tid, unsigned long entries)
{
	sim_check_again();
	if (!entries || !(entries & ~ghost->entries[tid]))
		return;
	SIM_GHOST_SET(ghost->entries[tid], ghost->entries[tid] | entries);
	SIM_GHOST_SET(ghost->waiting, ghost->waiting | 1ul << tid);
}

static void count(unsigned long value, int by)
{
	unsigned long pfn = pfn_of(value);

	if (value && pfn < nr_page_ghosts)
		SIM_GHOST_SET(page_ghosts[pfn].tlbs, page_ghosts[pfn].tlbs + by);
}

static void note_tlb(void *obj, unsigned long *word, unsigned long old, unsigned long now)
{
	const struct sim_tlb *tlb = obj;
	unsigned int slot = (word - (unsigned long *)tlb->entry) / 2;

	count(old, -1);
	count(now, 1);
	if (now)
		look_at(tid_of(tlb), 1ul << slot);
}

/* Entries that lead to a page. */
static unsigned long entries_to(const struct sim_tlb *tlb, unsigned long pfn)
{
	unsigned long found = 0, rest;

	for (rest = tlb->live; rest; rest &= rest - 1) {
		unsigned int slot = __builtin_ctzl(rest);

		if (pfn_of(tlb->entry[slot].value) == pfn)
			found |= 1ul << slot;
	}
	return found;
}

void tlb_note_entry(const struct ptable *table, unsigned long old, unsigned long now)
{
	unsigned long pfn = pfn_of(old);
	unsigned int tid;

	if (!(old & _PAGE_PRESENT) || !((old ^ now) & (PTE_PFN_MASK | _PAGE_PRESENT | _PAGE_RW)))
		return;
	if (!ghost_is_leaf(table->level, old)) {
		/* What is below of it can be reached no more. */
		for (tid = 0; tid < sim_nthreads(); tid++)
			look_at(tid, sim_tlb_of(tid)->live);
		return;
	}
	if (pfn >= nr_page_ghosts || !page_ghosts[pfn].tlbs)
		return;
	for (tid = 0; tid < sim_nthreads(); tid++)
		look_at(tid, entries_to(sim_tlb_of(tid), pfn));
}

/* ---------------------------------------------------------------- the checks */

static void check_freed(struct page *page, struct page_ghost *g)
{
	if (g->tlbs && !page->_refcount.counter)
		sim_violation("TLB", page,
			      "page %u is free, but %d TLB(s) still lead to it: its next owner's "
			      "contents can be read, or overwritten, there",
			      ghost_pfn(page), g->tlbs);
}

/* Whether changes of entries may still wait for their flush. */
static bool is_settled(const struct mm_struct *mm)
{
	return !mm->tlb_flush_pending.counter && !mm->mmap_lock.sim.owner;
}

static void check_entry(unsigned int tid, const struct mm_struct *mm, unsigned int slot)
{
	const struct sim_tlb *tlb = sim_tlb_of(tid);
	unsigned long value = tlb->entry[slot].value;
	const struct ptable *table;
	const unsigned long *entry;
	unsigned int asid, shift;
	unsigned long address = sim_tlb_address(tlb, slot, &asid, &shift);

	if (!mm || asid != (unsigned int)mm->id) {
		sim_violation("TLB", tlb,
			      "the TLB of %s still has 0x%lx of an address space that "
			      "it has left",
			      name_of(tid), address);
		return;
	}
	entry = ghost_entry(mm, address, &table);
	if (!(*entry & _PAGE_PRESENT) || !ghost_is_leaf(table->level, *entry))
		sim_violation("TLB", entry,
			      "the TLB of %s still leads from 0x%lx to page %lu, but nothing is "
			      "mapped there any more, and no flush is to come",
			      name_of(tid), address, pfn_of(value));
	else if (pfn_of(*entry) != pfn_of(value) || ghost_entry_size(table->level) != 1ul << shift)
		sim_violation("TLB", entry,
			      "the TLB of %s still leads from 0x%lx to page %lu, but page %lu is "
			      "mapped there, and no flush is to come",
			      name_of(tid), address, pfn_of(value), pfn_of(*entry));
	else if ((value & _PAGE_RW) && !(*entry & _PAGE_RW))
		sim_violation("TLB", entry,
			      "the TLB of %s still lets stores to 0x%lx through, page %lu, whose "
			      "entry is write-protected, and no flush is to come",
			      name_of(tid), address, pfn_of(value));
}

static void check_entries(unsigned int tid, unsigned long entries)
{
	const struct mm_struct *mm = mm_of(tid);

	for (; entries; entries &= entries - 1)
		check_entry(tid, mm, __builtin_ctzl(entries));
}

static bool tables_are_locked(void)
{
	return sim_class_held(LOCKCLASS_ptl) || sim_class_held(LOCKCLASS_page_table_lock);
}

static void check_thread(unsigned int tid)
{
	const struct mm_struct *mm = mm_of(tid);

	if (mm && !is_settled(mm))
		return;
	check_entries(tid, ghost->entries[tid] & sim_tlb_of(tid)->live);
	SIM_GHOST_SET(ghost->entries[tid], 0);
	SIM_GHOST_SET(ghost->waiting, ghost->waiting & ~(1ul << tid));
}

static void tlb_step_end(void)
{
	unsigned long rest;

	ghost_for_dirty(check_freed);
	if (!ghost->waiting)
		return;
	for (rest = tables_are_locked() ? 0 : ghost->waiting; rest; rest &= rest - 1)
		check_thread(__builtin_ctzl(rest));
	if (ghost->waiting)
		sim_check_again();
}

/* --------------------------------------------------------------- from scratch */

static void recount_thread(unsigned int tid)
{
	const struct sim_tlb *tlb = sim_tlb_of(tid);
	unsigned long rest;

	for (rest = tlb->live; rest; rest &= rest - 1)
		recount[pfn_of(tlb->entry[__builtin_ctzl(rest)].value)]++;
}

static void tlb_full(void)
{
	unsigned long pfn;
	unsigned int tid;

	for (pfn = 0; pfn < nr_page_ghosts; pfn++)
		recount[pfn] = 0;
	for (tid = 0; tid < sim_nthreads(); tid++)
		recount_thread(tid);
	for (pfn = 0; pfn < nr_page_ghosts; pfn++) {
		if (recount[pfn] != page_ghosts[pfn].tlbs)
			sim_violation("ENGINE", mem_map + pfn,
				      "page %lu: counted change by change %d TLBs lead to it, from "
				      "scratch %d",
				      pfn, page_ghosts[pfn].tlbs, recount[pfn]);
		check_freed(mem_map + pfn, &page_ghosts[pfn]);
	}
	for (tid = 0; tid < sim_nthreads() && !tables_are_locked(); tid++) {
		if (!mm_of(tid) || is_settled(mm_of(tid)))
			check_entries(tid, sim_tlb_of(tid)->live);
	}
}

/* Of a build without write hooks: the TLBs of threads that are not there need no look. */
static char *next_tlb(char *obj)
{
	const struct sim_tlb *tlb = (const struct sim_tlb *)obj;

	return (char *)(tid_of(tlb) < sim_nthreads() ? tlb + 1 : tlb + MAX_THREADS);
}

void tlb_ghost_init(void)
{
	ghost = sim_ghost_alloc(1, sizeof(*ghost));
	recount = sim_ghost_alloc(nr_page_ghosts, sizeof(*recount));
	sim_watch_kind(KIND_TLB, note_tlb);
	/* The values of the entries. */
	sim_watch_words(KIND_TLB, 0xaaaaaaaaaaaaaaaa & ((1ul << 2 * SIM_TLB_ENTRIES) - 1));
	sim_watch_next(KIND_TLB, next_tlb);
}

const struct sim_invariant inv_tlb = {
	.name = "TLB",
	.text = "no TLB leads to a free page, or allows more than the page table once it is "
		"flushed",
	.step_end = tlb_step_end,
	.full = tlb_full,
};
