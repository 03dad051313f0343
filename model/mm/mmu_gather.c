/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/mmu_gather.c: pages and page tables that have been taken out of an address space
 * wait here until no processor's TLB can lead to them, and are freed then.
 *
 * The first pages are noted in the structure itself, on the caller's stack; further ones in
 * batches that cost no page frame here and therefore never fail.
 */
#include <linux/mm.h>
#include <linux/hugetlb.h>
#include <linux/sched.h>
#include <linux/swap.h>
#include <asm/pgalloc.h>
#include <asm/tlb.h>
#include <uffdsim/bugs.h>

#include "sim/sim.h"

static bool tlb_next_batch(struct mmu_gather *tlb)
{
	struct mmu_gather_batch *batch;

	if (tlb->active->next) {
		tlb->active = tlb->active->next;
		return true;
	}
	if (tlb->batch_count == MAX_GATHER_BATCH_COUNT)
		return false;
	/* Zeroed: no page in it, no batch after it. */
	batch = sim_alloc(sizeof(*batch) + MAX_GATHER_BATCH * sizeof(batch->pages[0]));
	batch->max = MAX_GATHER_BATCH;
	tlb->active->next = batch;
	tlb->active = batch;
	tlb->batch_count++;
	return true;
}

static void tlb_batch_pages_flush(struct mmu_gather *tlb)
{
	struct mmu_gather_batch *batch;

	for (batch = &tlb->local; batch && batch->nr; batch = batch->next) {
		free_pages_and_swap_cache(batch->pages, batch->nr);
		batch->nr = 0;
		cond_resched();
	}
	tlb->active = &tlb->local;
}

static void tlb_batch_list_free(struct mmu_gather *tlb)
{
	struct mmu_gather_batch *batch = tlb->local.next;

	while (batch) {
		struct mmu_gather_batch *next = batch->next;

		sim_free(batch);
		batch = next;
	}
	tlb->local.next = NULL;
}

/**
 * __tlb_remove_page_size - note a page for freeing
 * @tlb: the gather
 * @page: its reference is handed over
 * @page_size: bytes
 *
 * Returns true when the gather is full and must be flushed before the next page.
 * Linux: mm/mmu_gather.c.
 */
bool __tlb_remove_page_size(struct mmu_gather *tlb, struct page *page, int page_size)
{
	struct mmu_gather_batch *batch = tlb->active;

	VM_BUG_ON(!tlb->end);
	batch->pages[batch->nr++] = page;
	if (batch->nr < batch->max)
		return false;
	return !tlb_next_batch(tlb);
}

/**
 * tlb_remove_table - note a page table for freeing
 * @tlb: the gather
 * @table: no entry points to it any more
 *
 * Linux: mm/mmu_gather.c.
 */
void tlb_remove_table(struct mmu_gather *tlb, void *table)
{
	if (tlb->nr_tables == MAX_TABLE_BATCH)
		tlb_flush_mmu(tlb);
	tlb->tables[tlb->nr_tables++] = table;
}

static void tlb_table_flush(struct mmu_gather *tlb)
{
	unsigned int i;

	for (i = 0; i < tlb->nr_tables; i++)
		__tlb_remove_table(tlb->tables[i]);
	tlb->nr_tables = 0;
}

/**
 * tlb_flush_mmu_tlbonly - flush the TLBs, and free nothing yet
 * @tlb: the gather, which begins anew
 *
 * Any locks: what a page-table lock protects must be out of the TLBs before it is dropped when
 * others draw conclusions from the entries.  Linux: include/asm-generic/tlb.h.
 */
void tlb_flush_mmu_tlbonly(struct mmu_gather *tlb)
{
	/* Nothing was taken out since the last time. */
	if (!tlb->end)
		return;
	if (tlb->fullmm)
		flush_tlb_mm(tlb->mm);
	else
		flush_tlb_mm_range(tlb->mm, tlb->start, tlb->end, PAGE_SHIFT, tlb->freed_tables);
	__tlb_reset_range(tlb);
}

/**
 * tlb_flush_mmu - flush the TLBs and free what was gathered
 * @tlb: the gather, which can be used further
 *
 * No spinlock held.  Linux: mm/mmu_gather.c.
 */
void tlb_flush_mmu(struct mmu_gather *tlb)
{
	tlb_flush_mmu_tlbonly(tlb);
	tlb_table_flush(tlb);
	tlb_batch_pages_flush(tlb);
}

static void __tlb_gather_mmu(struct mmu_gather *tlb, struct mm_struct *mm, bool fullmm)
{
	tlb->mm = mm;
	tlb->fullmm = fullmm;
	tlb->need_flush_all = 0;
	tlb->unshared_tables = 0;
	tlb->fully_unshared_tables = 0;
	tlb->nr_tables = 0;
	tlb->batch_count = 0;
	tlb->active = &tlb->local;
	tlb->local.next = NULL;
	tlb->local.nr = 0;
	tlb->local.max = MMU_GATHER_BUNDLE;
	__tlb_reset_range(tlb);
	inc_tlb_flush_pending(mm);
}

/**
 * tlb_gather_mmu - begin to take pages out of an address space
 * @tlb: the gather
 * @mm: the address space
 *
 * Linux: mm/mmu_gather.c.
 */
void tlb_gather_mmu(struct mmu_gather *tlb, struct mm_struct *mm)
{
	__tlb_gather_mmu(tlb, mm, false);
}

/**
 * tlb_gather_mmu_fullmm - tlb_gather_mmu() for an address space that ends
 * @tlb: the gather
 * @mm: without users
 *
 * Linux: mm/mmu_gather.c.
 */
void tlb_gather_mmu_fullmm(struct mmu_gather *tlb, struct mm_struct *mm)
{
	__tlb_gather_mmu(tlb, mm, true);
}

/**
 * tlb_gather_mmu_vma - tlb_gather_mmu() for one VMA, whose page size is noted
 * @tlb: the gather
 * @vma: the VMA
 *
 * Linux: mm/mmu_gather.c.
 */
void tlb_gather_mmu_vma(struct mmu_gather *tlb, struct vm_area_struct *vma)
{
	tlb_gather_mmu(tlb, vma->vm_mm);
	if (is_vm_hugetlb_page(vma))
		tlb_change_page_size(tlb, huge_page_size(hstate_vma(vma)));
}

static void widen_to_whole_mm(struct mmu_gather *tlb)
{
	tlb->fullmm = 1;
	__tlb_reset_range(tlb);
	tlb->freed_tables = 1;
}

/**
 * tlb_finish_mmu - flush, free, and end
 * @tlb: the gather
 *
 * Linux: mm/mmu_gather.c.
 */
void tlb_finish_mmu(struct mmu_gather *tlb)
{
	VM_WARN_ON_ONCE(tlb->fully_unshared_tables);
	/*
	 * Somebody else changes PTEs of this mm under the shared lock and defers his flush
	 * too: what he changed we may have seen as changed already and not noted.
	 */
	if (mm_tlb_flush_nested(tlb->mm) && !kernel_has(gather_ignores_others))
		widen_to_whole_mm(tlb);
	tlb_flush_mmu(tlb);
	tlb_batch_list_free(tlb);
	dec_tlb_flush_pending(tlb->mm);
}
