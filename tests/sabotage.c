// SPDX-License-Identifier: GPL-2.0-only
/* sabotage.c - ways to break the modelled kernel on purpose: a row each */
#include <linux/bug.h>
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/userfaultfd_k.h>
#include <uffdsim/observe.h>
#include <uffdsim/uffd_ctx.h>

#include "model/invariants/calls.h"
#include "model/invariants/invariants.h"
#include "tests/sabotage.h"

/* ------------------------------------------------------------ what is there */

static struct vm_area_struct *vma_at(unsigned long address)
{
	return ghost_find_vma(current->mm, address);
}

static struct page *page_at(unsigned long address)
{
	unsigned long pfn, bytes;

	BUG_ON(!ghost_translate(current->mm, address, &pfn, &bytes));
	return compound_head(mem_map + pfn);
}

static struct inode *inode_at(unsigned long address)
{
	return vma_at(address)->vm_file->f_inode;
}

static struct userfaultfd_ctx *ctx_at(unsigned long address)
{
	return vma_at(address)->vm_userfaultfd_ctx.ctx;
}

/* -------------------------------------------------------- pages and mappings */

static void keep_reference(unsigned long address)
{
	get_page(page_at(address));
}

static void drop_reference(unsigned long address)
{
	atomic_dec(&page_at(address)->_refcount);
}

static void count_mapping(unsigned long address)
{
	atomic_inc(&page_at(address)->_mapcount);
}

static void call_it_anonymous(unsigned long address)
{
	struct page *page = page_at(address);

	page->mapping = (void *)((unsigned long)page->mapping | PAGE_MAPPING_ANON);
}

static void drop_from_cache(unsigned long address)
{
	struct page *page = page_at(address);

	xa_store(&inode_at(address)->i_mapping->i_pages, page->index, NULL, GFP_KERNEL);
}

/* The check looks at pages that have changed. */
static void touch(struct page *page)
{
	get_page(page);
	put_page(page);
}

static void shift_mapping(unsigned long address)
{
	vma_at(address)->vm_pgoff++;
	touch(page_at(address));
}

static void forget_uptodate(unsigned long address)
{
	struct page *page = page_at(address);

	page->flags &= ~(1ul << PG_uptodate);
	touch(page);
}

static void change_contents(unsigned long address)
{
	sim_phys_write(page_to_pfn(page_at(address)), 0, 0x77);
}

static void cut_size(unsigned long address)
{
	inode_at(address)->i_size = 0;
}

/* ------------------------------------------------------------------ accounts */

static void promise_too_much(unsigned long address)
{
	struct hstate *h = hstate_vma(vma_at(address));

	h->resv_huge_pages = h->free_huge_pages + 1;
}

static void promise_one_more(unsigned long address)
{
	hstate_vma(vma_at(address))->resv_huge_pages++;
}

static void free_too_many(unsigned long address)
{
	struct hstate *h = hstate_vma(vma_at(address));

	h->free_huge_pages = h->nr_huge_pages + 1;
}

static void count_surplus(unsigned long address)
{
	hstate_vma(vma_at(address))->surplus_huge_pages++;
}

static void more_surplus_than_there_is(unsigned long address)
{
	struct hstate *h = hstate_vma(vma_at(address));

	h->surplus_huge_pages = h->nr_huge_pages + 1;
}

static void count_huge_page(unsigned long address)
{
	hstate_vma(vma_at(address))->nr_huge_pages++;
}

static void lose_free_page(unsigned long address)
{
	list_del(hstate_vma(vma_at(address))->hugepage_freelists[0].next);
}

static void count_block(unsigned long address)
{
	inode_at(address)->i_blocks += 8;
}

static void count_rss(unsigned long address)
{
	inc_mm_counter(current->mm, MM_ANONPAGES);
}

/* --------------------------------------------------------------------- locks */

static void return_with_lock(unsigned long address)
{
	mmap_read_lock(current->mm);
}

static void release_twice(unsigned long address)
{
	mmap_read_lock(current->mm);
	mmap_read_unlock(current->mm);
	mmap_read_unlock(current->mm);
}

static void wrong_order(unsigned long address)
{
	i_mmap_lock_read(inode_at(address)->i_mapping);
	mmap_read_lock(current->mm);
}

static void sleep_with_spinlock(unsigned long address)
{
	spin_lock(&current->mm->page_table_lock);
	kfree(kmalloc(64, GFP_KERNEL));
	spin_unlock(&current->mm->page_table_lock);
}

/* ------------------------------------------------------------- userfaultfd */

static void lose_sleepers(unsigned long address)
{
	INIT_LIST_HEAD(&ctx_at(address)->fault_pending_wqh.head);
	INIT_LIST_HEAD(&ctx_at(address)->fault_wqh.head);
}

/* Sent, but nobody looks whether the thread sleeps. */
static void send_without_waking(unsigned long address)
{
	struct task_struct *t;

	for_each_thread(current, t)
	{
		if (t != current)
			t->pending |= sigmask(SIGUSR1);
	}
}

static void keep_context(unsigned long address)
{
	refcount_inc(&ctx_at(address)->refcount);
}

static void touch_freed(unsigned long address)
{
	unsigned long *p = kmalloc(64, GFP_KERNEL);

	kfree(p);
	*(volatile unsigned long *)p = 1;
}

static void say_done(unsigned long address)
{
	const struct call call = {
		.kind = CALL_FILL,
		.name = "UFFDIO_COPY",
		.start = address,
		.len = PAGE_SIZE,
		.ctx = ctx_at(address),
		.mm = current->mm,
	};

	calls_begin(&call);
	calls_end(0, PAGE_SIZE);
}

static void say_other_error(unsigned long address)
{
	const struct call call = {
		.kind = CALL_FILL,
		.name = "UFFDIO_COPY",
		.start = address,
		.len = PAGE_SIZE,
		.ctx = ctx_at(address),
		.mm = current->mm,
	};

	calls_begin(&call);
	calls_end(-EEXIST, -EFAULT);
}

/* -------------------------------------------------------------------- VMAs */

static void stretch_vma(unsigned long address)
{
	vma_at(address)->vm_end += PAGE_SIZE;
}

static void forget_context(unsigned long address)
{
	vma_at(address)->vm_userfaultfd_ctx.ctx = NULL;
}

/* ------------------------------------------------------------------- the rest */

static struct ptable *table_at(unsigned long address)
{
	return ghost_table_at(current->mm, address, 2);
}

static void count_table_user(unsigned long address)
{
	atomic_inc(&table_at(address)->pt_share_count);
}

/* As if another mapping had joined while this one was split there. */
static void share_across_border(unsigned long address)
{
	struct ptable *table = table_at(address);

	table->pt_share_count.counter++;
	table->links++;
	vma_at(address)->vm_flags ^= VM_SOFTDIRTY;
}

static void leak_memory(unsigned long address)
{
	kmalloc(64, GFP_KERNEL);
}

static void bug(unsigned long address)
{
	BUG_ON(address);
}

static void warn(unsigned long address)
{
	WARN_ON(address);
}

static void null_pointer(unsigned long address)
{
	struct page *volatile page = NULL;

	*(volatile unsigned long *)&page->flags = address;
}

static int recurse(volatile char *above)
{
	volatile char frame[256];

	frame[0] = *above;
	return frame[0] ? 0 : recurse(frame) + frame[0];
}

static void overflow_stack(unsigned long address)
{
	volatile char first = 0;

	recurse(&first);
}

static void miscount_ghost(unsigned long address)
{
	SIM_GHOST_SET(ghost_of(page_at(address))->ptes, 7);
}

static void miscount_tlbs(unsigned long address)
{
	SIM_GHOST_SET(ghost_of(page_at(address))->tlbs, 7);
}

/* ----------------------------------------------------------------------- TLBs */

static pte_t *pte_at(unsigned long address)
{
	const struct ptable *table;

	return (pte_t *)ghost_entry(current->mm, address, &table);
}

static void protect_without_flush(unsigned long address)
{
	ptep_set_wrprotect(current->mm, address, pte_at(address));
}

static void share_without_flush(unsigned long address)
{
	down_write(&current->mm->mmap_lock);
	ptep_set_wrprotect(current->mm, address, pte_at(address));
	up_write(&current->mm->mmap_lock);
}

/* The page stays, with somebody else. */
static void unmap_without_flush(unsigned long address)
{
	struct page *page = page_at(address);
	spinlock_t *ptl = &ptable_of(pte_at(address))->ptl;

	spin_lock(ptl);
	ptep_get_and_clear(current->mm, address, pte_at(address));
	page_remove_rmap(page, vma_at(address), false);
	add_mm_counter(current->mm, mm_counter(page), -1);
	put_page(page);
	spin_unlock(ptl);
}

static void free_without_flush(unsigned long address)
{
	inc_tlb_flush_pending(current->mm);
	unmap_without_flush(address);
}

/* A thread that takes its TLB along into another address space. */
static void leave_with_tlb(unsigned long address)
{
	current->mm->id++;
	ptep_set_wrprotect(current->mm, address, pte_at(address));
}

/* ---------------------------------------------------------------- userfaultfd */

static void protect_but_let_write(unsigned long address)
{
	const struct ptable *table;
	pte_t *pte = (pte_t *)ghost_entry(current->mm, address, &table);

	BUG_ON(!pte_write(*pte));
	set_pte_at(current->mm, address, pte, __pte(pte_val(*pte) | _PAGE_UFFD_WP));
}

static void protect_what_is_not_registered(unsigned long address)
{
	const struct ptable *table;
	pte_t *pte = (pte_t *)ghost_entry(current->mm, address, &table);

	inc_tlb_flush_pending(current->mm);
	set_pte_at(current->mm, address, pte, pte_mkuffd_wp(*pte));
	flush_tlb_page(vma_at(address), address);
	dec_tlb_flush_pending(current->mm);
}

static void report_mapped_page(unsigned long address)
{
	struct vm_fault vmf = {
		.vma = vma_at(address),
		.address = address,
		.flags = FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_RETRY_NOWAIT | FAULT_FLAG_USER,
	};

	mmap_read_lock(current->mm);
	observe_fault(true);
	handle_userfault(&vmf, VM_UFFD_MISSING);
	observe_fault(false);
	mmap_read_unlock(current->mm);
}

/* An event that is over before it has begun, so to say. */
static void end_event_unread(unsigned long address)
{
	struct userfaultfd_ctx *ctx = ctx_at(address);

	atomic_inc(&ctx->mmap_changing);
	atomic_dec(&ctx->mmap_changing);
}

static void leave_event_behind(unsigned long address)
{
	struct userfaultfd_ctx *ctx = ctx_at(address);

	refcount_inc(&ctx->refcount);
	atomic_inc(&ctx->mmap_changing);
}

static void queue_event_uncounted(unsigned long address)
{
	static struct userfaultfd_wait_queue uwq;
	struct userfaultfd_ctx *ctx = ctx_at(address);

	init_waitqueue_entry(&uwq.wq, current);
	uwq.msg.event = UFFD_EVENT_REMOVE;
	spin_lock_irq(&ctx->event_wqh.lock);
	__add_wait_queue(&ctx->event_wqh, &uwq.wq);
	spin_unlock_irq(&ctx->event_wqh.lock);
}

const struct sabotage sabotages[] = {
	{ "a reference is kept", "REF", "leaves 1 page reference", keep_reference, AT_SHMEM },
	{ "a reference is dropped", "REF", "page", drop_reference, AT_ANON },
	{ "a mapping is counted twice", "MAP", "map count 2, but 1", count_mapping, AT_SHMEM },
	{ "the same for a huge page", "MAP", "map count 2, but 1", count_mapping, AT_HUGETLB },
	{ "a page of a file turns anonymous", "MAP", "anonymous", call_it_anonymous, AT_SHMEM },
	{ "a mapped page leaves the page cache", "CACHE", "has nothing at index", drop_from_cache,
	  AT_SHMEM },
	{ "the same for a huge page", "CACHE", "has nothing at index", drop_from_cache,
	  AT_HUGETLB },
	{ "a mapping slides over its file", "CACHE", "show different data", shift_mapping,
	  AT_SHMEM },
	{ "a mapped page is not up to date", "CACHE", "not up to date", forget_uptodate, AT_SHMEM },
	{ "more is reserved than is free", "RESV", "only", promise_too_much, AT_HUGETLB },
	{ "a reservation that nobody holds", "RESV", "reserv", promise_one_more, AT_HUGETLB,
	  AT_REST },
	{ "more is free than there is", "RESV", "huge pages are free out of", free_too_many,
	  AT_HUGETLB },
	{ "a surplus page too many", "RESV", "when it was resized last", count_surplus, AT_HUGETLB,
	  AT_REST },
	{ "more surplus pages than pages", "RESV", "are surplus out of", more_surplus_than_there_is,
	  AT_HUGETLB },
	{ "a huge page that is nowhere", "RESV", "on its lists or lent", count_huge_page,
	  AT_HUGETLB, AT_REST },
	{ "a free huge page gets lost", "RESV", "are said to be free", lose_free_page, AT_HUGETLB,
	  AT_REST },
	{ "a block too many", "BLK", "block", count_block, AT_SHMEM, AT_REST },
	{ "a page too many in the process", "BLK", "MM_ANONPAGES", count_rss, AT_SHMEM, AT_REST },
	{ "return with a lock held", "LOCK", "mmap_lock still held", return_with_lock, AT_SHMEM },
	{ "a lock is released twice", "LOCK", "mmap_lock", release_twice, AT_SHMEM },
	{ "locks in the wrong order", "LOCK", "mmap_lock", wrong_order, AT_SHMEM },
	{ "sleep with a spinlock held", "LOCK", "sleep", sleep_with_spinlock, AT_SHMEM },
	{ "a sleeper is lost", "WAKE", "sleeps", lose_sleepers, AT_SHMEM, AT_COPY },
	{ "a signal wakes nobody", "WAKE", "a signal pending", send_without_waking, AT_SHMEM,
	  AT_COPY },
	{ "contents change by themselves", "DATA", "0x77", change_contents, AT_SHMEM, AT_LOAD },
	{ "the same for anonymous memory", "DATA", "0x77", change_contents, AT_ANON, AT_LOAD },
	{ "the same for a huge page", "DATA", "0x77", change_contents, AT_HUGETLB, AT_LOAD },
	{ "the size goes and the pages stay", "SIZE", "of a file of 0x0 bytes", cut_size, AT_SHMEM,
	  AT_REST },
	{ "a mapped page is reported missing", "EVT", "reported as missing", report_mapped_page,
	  AT_SHMEM },
	{ "an event is over and was never read", "EVT", "does not know", end_event_unread, AT_SHMEM,
	  AT_REST },
	{ "a protected entry lets stores through", "WP", "lets stores through",
	  protect_but_let_write, AT_ANON },
	{ "protected, but nobody registered it", "WP", "not registered",
	  protect_what_is_not_registered, AT_ANON, AT_REST },
	{ "mmap_changing stays", "CHG", "returns to user mode", leave_event_behind, AT_SHMEM },
	{ "an event that is not counted", "CHG", "mmap_changing is 0", queue_event_uncounted,
	  AT_SHMEM, AT_REST },
	{ "a context is never let go", "CTX", "reference", keep_context, AT_SHMEM, AT_REST },
	{ "a freed object is touched", "CTX", "freed", touch_freed, AT_SHMEM, WITH_HOOKS },
	{ "success and nothing was done", "API", "the field must say what was mapped", say_done,
	  AT_SHMEM },
	{ "two different errors", "API", "different errors", say_other_error, AT_SHMEM },
	{ "a VMA that is longer than its place", "VMA", "which itself says", stretch_vma,
	  AT_SHMEM },
	{ "registered, but with nobody", "VMA", "registered for userfaultfd, but has no",
	  forget_context, AT_SHMEM },
	{ "a page table with a user too many", "VMA", "says that it is shared by", count_table_user,
	  AT_HUGETLB },
	{ "a shared page table reaches across a border", "VMA", "reaches across the border",
	  share_across_border, AT_HUGETLB },
	{ "an entry is protected and not flushed", "TLB", "still lets stores to",
	  protect_without_flush, AT_ANON },
	{ "entries are protected under mmap_lock and not flushed", "TLB", "still lets stores to",
	  share_without_flush, AT_HUGETLB },
	{ "an entry is emptied and not flushed", "TLB", "nothing is mapped there any more",
	  unmap_without_flush, AT_SHMEM },
	{ "a page is freed before its flush", "TLB", "is free, but 1 TLB(s)", free_without_flush,
	  AT_ANON },
	{ "a TLB of another address space", "TLB", "that it has left", leave_with_tlb, AT_ANON },
	{ "memory is never freed", "LEAK", "kmalloc", leak_memory, AT_SHMEM, AT_END },
	{ "BUG_ON", "BUG", "BUG_ON", bug, AT_SHMEM },
	{ "WARN_ON", "WARN", "WARN_ON", warn, AT_SHMEM },
	{ "a NULL pointer", "CRASH", "NULL dereference", null_pointer, AT_SHMEM, WITH_HOOKS },
	{ "the stack overflows", "CRASH", "stack", overflow_stack, AT_SHMEM, WITH_HOOKS },
	{ "the engine counts wrong", "ENGINE", "", miscount_ghost, AT_SHMEM, WITH_FULL_CHECK },
	{ "the engine counts TLBs wrong", "ENGINE", "7 TLBs", miscount_tlbs, AT_SHMEM,
	  WITH_FULL_CHECK },
};

const unsigned int nr_sabotages = sizeof(sabotages) / sizeof(sabotages[0]);

void sabotage_call(const struct sabotage *row, unsigned long address)
{
	sim_enter_kernel("sabotage", SIM_SITE("syscall_enter"));
	row->act(address);
	sim_leave_kernel(SIM_SITE("syscall_exit"));
}

const char *sabotage_invariant_name(const struct sim_invariant *invariant)
{
	return invariant->name;
}
