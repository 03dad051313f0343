// SPDX-License-Identifier: GPL-2.0-only
/*
 * ref.c - REF: every page reference belongs to a page-table entry, to the page cache or to
 * running code
 *
 * What page-table entries and page-cache slots do not explain must be held by a thread that
 * is inside the kernel.  Each change of that rest is charged to the thread whose step made
 * it, and a thread that returns to user mode must have settled its account.
 */
#include "model/invariants/invariants.h"

enum { MAX_THREADS = 32 };

/* References that each thread has taken and not given back. */
struct accounts {
	int held[MAX_THREADS];
};

static struct accounts *accounts;

/* Whoever has the lock will release that of the page's next owner. */
static void check_freed(struct page *page, struct page_ghost *g)
{
	if (g->born_step)
		SIM_GHOST_SET(g->born_step, 0);
	if (sim_lock_is_held(&page->lock))
		sim_violation("LOCK", page,
			      "page %u has lost its last reference while its lock is held",
			      ghost_pfn(page));
}

static void check(struct page *page, struct page_ghost *g)
{
	int refs = page->_refcount.counter;
	int spare = refs - g->ptes - g->cached;
	unsigned int tid = sim_step_tid();

	if (spare < 0)
		sim_violation("REF", page,
			      "page %u has %d reference(s), but %d page-table entries and %d "
			      "page-cache slot(s) rely on it: it will be freed under them",
			      ghost_pfn(page), refs, g->ptes, g->cached);
	if (!refs)
		check_freed(page, g);
	if (spare == g->spare)
		return;
	if (tid < MAX_THREADS) {
		SIM_GHOST_SET(accounts->held[tid], accounts->held[tid] + spare - g->spare);
		SIM_GHOST_SET(g->last_tid, tid);
	}
	SIM_GHOST_SET(g->spare, spare);
}

static void ref_step_end(void)
{
	ghost_for_dirty(check);
}

/* A page whose references that thread was the last to leave unsettled. */
static struct page *unsettled(unsigned int tid)
{
	unsigned long pfn;

	for (pfn = 1; pfn < nr_page_ghosts; pfn++) {
		if (page_ghosts[pfn].spare && page_ghosts[pfn].last_tid == tid)
			return mem_map + pfn;
	}
	return NULL;
}

static void ref_user_return(unsigned int tid)
{
	int held = accounts->held[tid];
	struct page *page;

	if (!held)
		return;
	page = unsettled(tid);
	if (held > 0)
		sim_violation("REF", page,
			      "the thread returns to user mode and leaves %d page reference(s) "
			      "behind, one to page %u: nobody will drop them, the page leaks",
			      held, page ? ghost_pfn(page) : 0);
	else
		sim_violation(
			"REF", page,
			"the thread returns to user mode and has dropped %d page reference(s) "
			"that it did not take, one of page %u",
			-held, page ? ghost_pfn(page) : 0);
}

int ghost_thread_refs(unsigned int tid)
{
	return accounts->held[tid];
}

void ref_init(void)
{
	accounts = sim_ghost_alloc(1, sizeof(*accounts));
}

const struct sim_invariant inv_ref = {
	.name = "REF",
	.text = "page references = page-table entries + page-cache slots + held by running code",
	.step_end = ref_step_end,
	.user_return = ref_user_return,
};
