/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The first half of Linux mm/hugetlb.c: reservation maps.
 *
 * A map is a sorted list of disjoint regions [from, to) of huge page indices.  What a region
 * means is up to the map's owner:
 *
 *	map of a file (shared mappings)	the index has a reservation, or a page in the cache
 *					that used it up
 *	map of a private mapping	the reservation of the index has been used up
 *
 * so an index that is *not* in the map has no reservation in the one case and still has it
 * in the other.
 *
 * Adding takes two calls, since the global pool is asked in between: region_chg() says how
 * many pages the range lacks and puts empty regions into the map's region_cache, so many
 * that the region_add() or region_abort() which follows needs no memory.  adds_in_progress
 * counts what is set aside this way; nobody else may use it.  Both drop resv->lock while
 * they allocate, and the map may be another one afterwards.
 *
 * Left out: the charges of hugetlb cgroups, which the kernel notes in each region.
 */
#include <linux/mm.h>
#include <linux/hugetlb.h>
#include <linux/list.h>
#include <linux/slab.h>

#include "hugetlb_resv.h"

/* Caches of their own in place of kmalloc(): invariants find maps and regions by these. */
static struct kmem_cache *resv_map_cachep;
static struct kmem_cache *file_region_cachep;

/**
 * resv_map_init_caches - create the caches of maps and regions; once at boot
 */
void resv_map_init_caches(void)
{
	resv_map_cachep =
		kmem_cache_create("resv_map", sizeof(struct resv_map), 0, SLAB_PANIC, NULL);
	file_region_cachep =
		kmem_cache_create("file_region", sizeof(struct file_region), 0, SLAB_PANIC, NULL);
}

/* One of the empty regions that were set aside for the caller.  resv->lock held. */
static struct file_region *get_file_region_entry_from_cache(struct resv_map *resv, long from,
							    long to)
{
	struct file_region *spare;

	VM_BUG_ON(resv->region_cache_count <= 0);
	spare = list_first_entry(&resv->region_cache, struct file_region, link);
	list_del(&spare->link);
	resv->region_cache_count--;
	spare->from = from;
	spare->to = to;
	return spare;
}

static void free_region(struct file_region *region)
{
	list_del(&region->link);
	kmem_cache_free(file_region_cachep, region);
}

/* Joins a region with the neighbours that it touches.  resv->lock held. */
static void coalesce_file_region(struct resv_map *resv, struct file_region *region)
{
	struct file_region *below = list_prev_entry(region, link);
	struct file_region *above;

	if (&below->link != &resv->regions && below->to == region->from) {
		below->to = region->to;
		free_region(region);
		region = below;
	}
	above = list_next_entry(region, link);
	if (&above->link != &resv->regions && above->from == region->to) {
		above->from = region->from;
		free_region(region);
	}
}

/* Fills a gap below @next, or only counts that it would take a region.  Returns its pages. */
static long hugetlb_resv_map_add(struct resv_map *resv, struct list_head *next, long from, long to,
				 long *regions_needed)
{
	struct file_region *fresh;

	if (regions_needed) {
		++*regions_needed;
		return to - from;
	}
	fresh = get_file_region_entry_from_cache(resv, from, to);
	list_add_tail(&fresh->link, next);
	coalesce_file_region(resv, fresh);
	return to - from;
}

/*
 * Fills the gaps of [from, to); with @regions_needed only counts how many there are.
 * Returns the number of pages in them.  resv->lock held.
 */
static long add_reservation_in_range(struct resv_map *resv, long from, long to,
				     long *regions_needed)
{
	struct file_region *region, *tmp;
	struct list_head *next = &resv->regions;
	long covered = from; /* everything of the range below this is in the map */
	long pages = 0;

	if (regions_needed)
		*regions_needed = 0;

	list_for_each_entry_safe(region, tmp, &resv->regions, link) {
		if (region->from < from) {
			/* It may reach into the range from below. */
			covered = max(covered, region->to);
			continue;
		}
		if (region->from >= to) {
			next = &region->link;
			break;
		}
		/* What fills the gap joins this region, which stays; the one below may not. */
		if (region->from > covered)
			pages += hugetlb_resv_map_add(resv, &region->link, covered, region->from,
						      regions_needed);
		covered = region->to;
	}
	if (covered < to)
		pages += hugetlb_resv_map_add(resv, next, covered, to, regions_needed);
	return pages;
}

/* Drops what allocate_file_region_entries() got before it ran out of memory. */
static void free_region_list(struct list_head *list)
{
	struct file_region *region, *tmp;

	list_for_each_entry_safe(region, tmp, list, link)
		free_region(region);
}

/*
 * Makes the cache large enough for @regions_needed more than are promised already.  Called
 * with resv->lock, which is dropped to allocate and taken again.  Returns 0, or -ENOMEM
 * *without* the lock.
 */
static int allocate_file_region_entries(struct resv_map *resv, int regions_needed)
{
	LIST_HEAD(fresh);
	struct file_region *region;
	int missing, i;

	VM_BUG_ON(regions_needed < 0);
	/* A loop: others take from the cache, and promise its contents, while we allocate. */
	for (;;) {
		missing = resv->adds_in_progress + regions_needed - resv->region_cache_count;
		if (missing <= 0)
			return 0;
		VM_BUG_ON(resv->region_cache_count < resv->adds_in_progress);

		spin_unlock(&resv->lock);
		for (i = 0; i < missing; i++) {
			region = kmem_cache_alloc(file_region_cachep, GFP_KERNEL);
			if (!region) {
				free_region_list(&fresh);
				return -ENOMEM;
			}
			list_add(&region->link, &fresh);
		}
		spin_lock(&resv->lock);

		list_splice_init(&fresh, &resv->region_cache);
		resv->region_cache_count += missing;
	}
}

/**
 * region_chg - prepare to add [from, to) to a map
 * @resv: the map
 * @from: first index, huge pages
 * @to: index after the last
 * @out_regions_needed: receives how many regions were set aside, for region_add() or
 *	region_abort()
 *
 * Takes and drops resv->lock; sleeps.  Returns the number of pages of the range that are
 * not in the map, or -ENOMEM.  Linux: mm/hugetlb.c.
 */
long region_chg(struct resv_map *resv, long from, long to, long *out_regions_needed)
{
	long lacking;

	spin_lock(&resv->lock);
	lacking = add_reservation_in_range(resv, from, to, out_regions_needed);
	/* At least one: by the time of region_add() the range may have lost a page. */
	*out_regions_needed = max(*out_regions_needed, 1L);
	if (allocate_file_region_entries(resv, *out_regions_needed))
		return -ENOMEM;
	resv->adds_in_progress += *out_regions_needed;
	spin_unlock(&resv->lock);
	return lacking;
}

/* Regions that a region_add() must find beyond those that region_chg() promised it. */
static long regions_short(struct resv_map *resv, long from, long to, long in_regions_needed)
{
	long needed;

	add_reservation_in_range(resv, from, to, &needed);
	if (needed <= in_regions_needed)
		return 0;
	needed -= in_regions_needed;
	if (resv->region_cache_count >= resv->adds_in_progress + needed)
		return 0;
	return needed;
}

/**
 * region_add - add [from, to) to a map
 * @resv: the map
 * @from: first index, huge pages
 * @to: index after the last
 * @in_regions_needed: what region_chg() of the same range has set aside
 *
 * Takes and drops resv->lock; sleeps only when the map has changed since region_chg() so
 * that more regions are needed.  That cannot be for a range of one page.  Returns the
 * number of pages added, or -ENOMEM with the regions still set aside.
 * Linux: mm/hugetlb.c.
 */
long region_add(struct resv_map *resv, long from, long to, long in_regions_needed)
{
	long added, needed;

	spin_lock(&resv->lock);
	/* Counted anew after each allocation: it drops the lock. */
	while ((needed = regions_short(resv, from, to, in_regions_needed)) != 0) {
		VM_BUG_ON(to - from <= 1);
		if (allocate_file_region_entries(resv, needed))
			return -ENOMEM;
	}
	added = add_reservation_in_range(resv, from, to, NULL);
	resv->adds_in_progress -= in_regions_needed;
	spin_unlock(&resv->lock);
	return added;
}

/**
 * region_abort - take back what region_chg() has prepared
 * @resv: the map
 * @from: first index, huge pages; for the reader only
 * @to: index after the last
 * @regions_needed: what region_chg() has set aside
 *
 * Takes and drops resv->lock.  Linux: mm/hugetlb.c.
 */
void region_abort(struct resv_map *resv, long from, long to, long regions_needed)
{
	spin_lock(&resv->lock);
	VM_BUG_ON(!resv->region_cache_count);
	resv->adds_in_progress -= regions_needed;
	spin_unlock(&resv->lock);
}

/* A region from the cache that was promised to nobody, or NULL.  resv->lock held. */
static struct file_region *take_unpromised_region(struct resv_map *resv)
{
	struct file_region *region;

	if (resv->region_cache_count <= resv->adds_in_progress)
		return NULL;
	region = list_first_entry(&resv->region_cache, struct file_region, link);
	list_del(&region->link);
	resv->region_cache_count--;
	return region;
}

/* Cuts [from, to) out of the middle of a region; @upper becomes what is above the cut. */
static void split_region(struct file_region *region, struct file_region *upper, long from, long to)
{
	upper->from = to;
	upper->to = region->to;
	region->to = from;
	list_add(&upper->link, &region->link);
}

/* Cuts [from, to) off a region that it overlaps but not splits.  Returns the pages cut. */
static long cut_region(struct file_region *region, long from, long to)
{
	long cut;

	if (from > region->from) {
		cut = region->to - from;
		region->to = from;
		return cut;
	}
	if (to >= region->to) {
		cut = region->to - region->from;
		free_region(region);
		return cut;
	}
	cut = to - region->from;
	region->from = to;
	return cut;
}

/**
 * region_del - take [from, to) out of a map
 * @resv: the map
 * @from: first index, huge pages
 * @to: index after the last; LONG_MAX for everything above @from
 *
 * Takes and drops resv->lock.  Sleeps when a region must be split and the cache has none
 * to spare.  Returns the number of pages taken out, or -ENOMEM, never with LONG_MAX.
 * Linux: mm/hugetlb.c.
 */
long region_del(struct resv_map *resv, long from, long to)
{
	struct file_region *region, *tmp;
	struct file_region *upper = NULL;
	long gone = 0;

retry:
	spin_lock(&resv->lock);
	list_for_each_entry_safe(region, tmp, &resv->regions, link) {
		if (region->to <= from)
			continue;
		if (region->from >= to)
			break;
		if (from <= region->from || to >= region->to) {
			gone += cut_region(region, from, to);
			continue;
		}

		if (!upper)
			upper = take_unpromised_region(resv);
		if (!upper) {
			spin_unlock(&resv->lock);
			upper = kmem_cache_alloc(file_region_cachep, GFP_KERNEL);
			if (!upper)
				return -ENOMEM;
			goto retry;
		}
		split_region(region, upper, from, to);
		upper = NULL;
		gone += to - from;
		break;
	}
	spin_unlock(&resv->lock);

	/* Somebody else split the region, or cut it, while we allocated. */
	if (upper)
		kmem_cache_free(file_region_cachep, upper);
	return gone;
}

/**
 * region_count - pages of [from, to) that are in a map
 * @resv: the map
 * @from: first index, huge pages
 * @to: index after the last
 *
 * Takes and drops resv->lock.  Linux: mm/hugetlb.c.
 */
long region_count(struct resv_map *resv, long from, long to)
{
	struct file_region *region;
	long pages = 0;

	spin_lock(&resv->lock);
	list_for_each_entry(region, &resv->regions, link) {
		if (region->to <= from)
			continue;
		if (region->from >= to)
			break;
		pages += min(region->to, to) - max(region->from, from);
	}
	spin_unlock(&resv->lock);
	return pages;
}

/**
 * resv_map_alloc - create an empty map
 *
 * One reference; one region in its cache.  Sleeps.  NULL without memory.
 * Linux: mm/hugetlb.c.
 */
struct resv_map *resv_map_alloc(void)
{
	struct resv_map *resv_map = kmem_cache_alloc(resv_map_cachep, GFP_KERNEL);
	struct file_region *spare = kmem_cache_alloc(file_region_cachep, GFP_KERNEL);

	if (!resv_map || !spare)
		goto out_free;

	kref_init(&resv_map->refs);
	spin_lock_init(&resv_map->lock);
	init_rwsem(&resv_map->rw_sema);
	INIT_LIST_HEAD(&resv_map->regions);
	resv_map->adds_in_progress = 0;

	INIT_LIST_HEAD(&resv_map->region_cache);
	list_add(&spare->link, &resv_map->region_cache);
	resv_map->region_cache_count = 1;
	return resv_map;

out_free:
	if (resv_map)
		kmem_cache_free(resv_map_cachep, resv_map);
	if (spare)
		kmem_cache_free(file_region_cachep, spare);
	return NULL;
}

/**
 * resv_map_release - free a map; the last kref_put()
 * @ref: resv_map->refs
 *
 * Linux: mm/hugetlb.c.
 */
void resv_map_release(struct kref *ref)
{
	struct resv_map *resv_map = container_of(ref, struct resv_map, refs);

	region_del(resv_map, 0, LONG_MAX);
	free_region_list(&resv_map->region_cache);
	/* Somebody is between region_chg() and region_add(), on a map that goes. */
	VM_BUG_ON(resv_map->adds_in_progress);
	kmem_cache_free(resv_map_cachep, resv_map);
}
