/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/swap.c: the end of a page's last reference.
 *
 * There is no reclaim, so pages are on no LRU list and the calls that would put them there
 * are empty.
 */
#include <linux/mm.h>
#include <linux/hugetlb.h>
#include <linux/memcontrol.h>
#include <linux/pagemap.h>
#include <linux/pagevec.h>
#include <linux/swap.h>

#include "internal.h"
#include "sim/sim.h"

/**
 * __folio_put - free a folio whose last reference is gone
 * @folio: reference count 0
 *
 * A huge page goes back to its pool.  Linux: mm/swap.c.
 */
void __folio_put(struct folio *folio)
{
	if (folio_test_hugetlb(folio)) {
		free_huge_page(&folio->page);
		return;
	}
	mem_cgroup_uncharge(folio);
	free_unref_page(&folio->page, 0);
}

/**
 * release_pages - drop one reference to each page
 * @pages: the pages
 * @nr: how many
 *
 * No spinlock held.  Linux: mm/swap.c.
 */
void release_pages(struct page **pages, int nr)
{
	int i;

	for (i = 0; i < nr; i++) {
		struct folio *folio = page_folio(pages[i]);

		if (folio_put_testzero(folio))
			__folio_put(folio);
	}
}

/**
 * free_pages_and_swap_cache - release_pages() of pages that were mapped
 * @pages: the pages
 * @nr: how many
 *
 * Linux: mm/swap_state.c.
 */
void free_pages_and_swap_cache(struct page **pages, int nr)
{
	lru_add_drain();
	release_pages(pages, nr);
}

/**
 * __pagevec_release - release the pages of a vector and empty it
 * @pvec: the vector
 *
 * Linux: mm/swap.c.
 */
void __pagevec_release(struct pagevec *pvec)
{
	release_pages(pvec->pages, pagevec_count(pvec));
	pagevec_reinit(pvec);
}
