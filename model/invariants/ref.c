// SPDX-License-Identifier: GPL-2.0-only
/*
 * ref.c - REF: every page reference belongs to a page-table entry, to the page cache or to
 * running code
 *
 * What page-table entries and page-cache slots do not explain must be held by a thread that
 * is inside the kernel.  Each change of that rest is charged to the thread whose step made
 * it, and a thread that returns to user mode must have settled its account, page by page.
 */
#include "model/invariants/invariants.h"

enum { MAX_HELD_PAGES = 64, MAX_THREADS = 32 };

struct account {
	unsigned int n;
	struct {
		unsigned int pfn;
		int refs;
	} page[MAX_HELD_PAGES];
};

static struct account *accounts;

static void charge(struct account *a, unsigned int pfn, int by)
{
	unsigned int i;

	for (i = 0; i < a->n && a->page[i].pfn != pfn; i++)
		;
	if (i == MAX_HELD_PAGES)
		return;
	if (i == a->n) {
		SIM_GHOST_SET(a->n, a->n + 1);
		SIM_GHOST_SET(a->page[i].pfn, pfn);
		SIM_GHOST_SET(a->page[i].refs, 0);
	}
	SIM_GHOST_SET(a->page[i].refs, a->page[i].refs + by);
	if (a->page[i].refs)
		return;
	SIM_GHOST_SET(a->page[i], a->page[a->n - 1]);
	SIM_GHOST_SET(a->n, a->n - 1);
}

static void check(struct page *page, struct page_ghost *g)
{
	int refs = page->_refcount.counter;
	int spare = refs - g->ptes - g->cached;

	if (spare < 0)
		sim_violation("REF", page,
			      "page %u has %d reference(s), but %d page-table entries and %d "
			      "page-cache slot(s) rely on it: it will be freed under them",
			      ghost_pfn(page), refs, g->ptes, g->cached);
	if (spare == g->spare)
		return;
	if (sim_step_tid() < MAX_THREADS)
		charge(&accounts[sim_step_tid()], ghost_pfn(page), spare - g->spare);
	SIM_GHOST_SET(g->spare, spare);
}

static void ref_step_end(void)
{
	ghost_for_dirty(check);
}

static void ref_user_return(unsigned int tid)
{
	const struct account *a = &accounts[tid];
	int refs;

	if (!a->n)
		return;
	refs = a->page[0].refs;
	if (refs > 0)
		sim_violation("REF", mem_map + a->page[0].pfn,
			      "the thread returns to user mode and leaves %d reference(s) to page %u "
			      "behind: nobody will drop them, the page leaks",
			      refs, a->page[0].pfn);
	else
		sim_violation("REF", mem_map + a->page[0].pfn,
			      "the thread returns to user mode and has dropped %d reference(s) to "
			      "page %u that it did not take", -refs, a->page[0].pfn);
}

int ghost_thread_refs(unsigned int tid)
{
	unsigned int i;
	int n = 0;

	for (i = 0; i < accounts[tid].n; i++)
		n += accounts[tid].page[i].refs;
	return n;
}

void ref_init(void)
{
	accounts = sim_ghost_alloc(MAX_THREADS, sizeof(*accounts));
}

const struct sim_invariant inv_ref = {
	.name = "REF",
	.text = "page references = page-table entries + page-cache slots + held by running code",
	.step_end = ref_step_end,
	.user_return = ref_user_return,
};
