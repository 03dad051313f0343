/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/page_alloc.c: page frames, one by one.
 *
 * Frames that were never used come first, then freed ones in the order in which they were
 * freed: a frame is used again as late as possible, so that whoever still holds it is
 * caught by what is done to it when it is freed, not by its next owner.
 */
#include <linux/mm.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/page-flags.h>
#include <linux/pagemap.h>

#include "internal.h"
#include "sim/sim.h"

static struct {
	struct list_head freed; /* page->lru, oldest first */
	unsigned long fresh;	/* first frame that was never used */
	unsigned long end;	/* frame after the last */
	unsigned long nr_free;
} zone;

/**
 * page_alloc_init - hand the allocator its frames; once at boot
 * @first: first page frame number
 * @nr: how many
 *
 * The struct pages are not touched.
 */
void page_alloc_init(unsigned long first, unsigned long nr)
{
	INIT_LIST_HEAD(&zone.freed);
	zone.fresh = first;
	zone.end = first + nr;
	zone.nr_free = nr;
}

/**
 * nr_free_pages - page frames that can still be allocated
 *
 * Linux: include/linux/vmstat.h.
 */
unsigned long nr_free_pages(void)
{
	return zone.nr_free;
}

/* A page changes hands in a state in which nobody may have left it. */
static void bad_page(struct page *page, const char *reason)
{
	sim_trace("bad page state: pfn %lx: %s", page_to_pfn(page), (unsigned long)reason, 0, 0);
	sim_bug(SIM_SITE("bad_page"), reason);
}

static void free_page_check(struct page *page)
{
	if (page_count(page))
		bad_page(page, "bad page: freed with a reference");
	if (page_mapcount(page))
		bad_page(page, "bad page: freed while it is mapped");
	if (page->mapping)
		bad_page(page, "bad page: freed while it is in the page cache");
	if (page->flags & PAGE_FLAGS_CHECK_AT_FREE)
		bad_page(page, "bad page: freed with a flag that must be clear");
	if (PageLocked(page))
		bad_page(page, "bad page: freed while it is locked");
}

static void prep_new_page(struct page *page, gfp_t gfp)
{
	page->private = 0;
	set_page_count(page, 1);
	if (gfp & __GFP_ZERO)
		sim_phys_clear(page_to_pfn(page), 1);
	else
		sim_phys_stale(page_to_pfn(page), 1);
}

static struct page *rmqueue(void)
{
	struct page *page;

	if (zone.fresh < zone.end) {
		page = pfn_to_page(zone.fresh++);
		page_lock_init(page);
		page_mapcount_reset(page);
		return page;
	}
	if (list_empty(&zone.freed))
		return NULL;
	page = list_first_entry(&zone.freed, struct page, lru);
	list_del(&page->lru);
	if (page_count(page))
		bad_page(page, "bad page: referenced while it was free");
	return page;
}

/**
 * sim_alloc_page - allocate one page frame
 * @gfp: GFP_*; __GFP_ZERO clears it, __GFP_NOFAIL never fails by injection
 * @point: the caller's scheduling point
 * @fail: the caller's failure site
 *
 * alloc_page() and its kin are macros over this.  Reference count 1, unlocked, contents
 * left over from before.  NULL when there is none.  Sleeps unless GFP_NOWAIT.
 */
struct page *sim_alloc_page(gfp_t gfp, const struct sim_site *point, const struct sim_site *fail)
{
	struct page *page;

	if (gfp & __GFP_DIRECT_RECLAIM)
		sim_might_sleep(point);
	sim_point(&zone, SIM_WRITE, point);
	if (!(gfp & __GFP_NOFAIL)) {
		if (sim_should_fail(fail))
			return NULL;
	}
	page = rmqueue();
	if (!page)
		return NULL;
	zone.nr_free--;
	prep_new_page(page, gfp);
	return page;
}

/**
 * free_unref_page - give a page frame back
 * @page: reference count 0
 * @order: 0
 *
 * Linux: mm/page_alloc.c.
 */
void free_unref_page(struct page *page, unsigned int order)
{
	if (PageMappingFlags(page))
		page->mapping = NULL;
	free_page_check(page);
	page->flags = 0;
	list_add_tail(&page->lru, &zone.freed);
	zone.nr_free++;
}

/**
 * __free_pages - drop a reference, and free the page if it was the last
 * @page: the page
 * @order: 0
 *
 * Linux: mm/page_alloc.c.
 */
void __free_pages(struct page *page, unsigned int order)
{
	if (put_page_testzero(page))
		free_unref_page(page, order);
}
