// SPDX-License-Identifier: GPL-2.0-only
/*
 * resv.c - RESV: the huge pages that are promised are there, and somebody holds the promise
 *
 * While hugetlb_lock is free: 0 <= reserved <= free <= all pages of the pool.  When nothing
 * runs: reserved = what the reservation maps promise and nobody has redeemed, and the pages
 * with a reservation to restore; the pages of the pool are on its lists, or lent to a COPY;
 * and without surplus ones there are as many as when it was resized last.
 */
#include <linux/hugetlb.h>
#include <uffdsim/locks.h>
#include "model/invariants/invariants.h"

#define RESV_OWNER 1ul /* HPAGE_RESV_OWNER in vm_private_data */
#define RESV_FLAGS 3ul

struct resv_ghost {
	unsigned long changed; /* and not checked since */
	/* Of each pool: pages that it keeps, when it was looked at last, and resized since? */
	long own[HUGE_MAX_HSTATE];
	bool resized[HUGE_MAX_HSTATE];
	/* The lengths of its lists, unless one may have changed since. */
	long free[HUGE_MAX_HSTATE], active[HUGE_MAX_HSTATE];
	bool relinked;
};

static struct resv_ghost *ghost;

void resv_note_links(void)
{
	if (!ghost->relinked)
		SIM_GHOST_SET(ghost->relinked, true);
}

static void check_pool(const struct hstate *h)
{
	if (h->resv_huge_pages > h->free_huge_pages)
		sim_violation("RESV", NULL,
			      "%lu huge pages of 0x%lx bytes are reserved, but only %lu are free: "
			      "somebody's promise cannot be kept",
			      h->resv_huge_pages, huge_page_size(h), h->free_huge_pages);
	if (h->free_huge_pages > h->nr_huge_pages)
		sim_violation("RESV", NULL, "%lu huge pages are free out of %lu",
			      h->free_huge_pages, h->nr_huge_pages);
	if (h->surplus_huge_pages > h->nr_huge_pages)
		sim_violation("RESV", NULL, "%lu huge pages are surplus out of %lu",
			      h->surplus_huge_pages, h->nr_huge_pages);
}

static void note_resizing(void)
{
	int i;

	for (i = 0; i < hugetlb_max_hstate; i++) {
		if (!ghost->resized[i] && sim_lock_is_held(&hstates[i].resize_lock.sim))
			SIM_GHOST_SET(ghost->resized[i], true);
	}
}

static void resv_step_end(void)
{
	int i;

	if (sim_global_changed()) {
		SIM_GHOST_SET(ghost->changed, 1);
		resv_note_links();
		note_resizing();
	}
	if (!ghost->changed)
		return;
	if (sim_class_held(LOCKCLASS_hugetlb_lock)) {
		sim_check_again();
		return;
	}
	SIM_GHOST_SET(ghost->changed, 0);
	for (i = 0; i < hugetlb_max_hstate; i++)
		check_pool(&hstates[i]);
}

/* Entries of a map in [from, to). */
static long entries_between(const struct resv_map *map, long from, long to)
{
	const struct list_head *at;
	long n = 0;

	for (at = map->regions.next; at != &map->regions; at = at->next) {
		const struct file_region *rg = list_entry(at, struct file_region, link);
		long first = rg->from > from ? rg->from : from;
		long end = rg->to < to ? rg->to : to;

		if (end > first)
			n += end - first;
	}
	return n;
}

/* Pages of a shared file that its map promises: those in the page cache have redeemed it. */
static long promised_by_file(const struct inode *inode)
{
	const struct resv_map *map = inode->i_mapping->private_data;
	const struct list_head *at;
	long n = 0;

	if (!map)
		return 0;
	for (at = map->regions.next; at != &map->regions; at = at->next) {
		const struct file_region *rg = list_entry(at, struct file_region, link);

		n += rg->to - rg->from;
		if (rg->to > rg->from)
			n -= ghost_count_cached(inode->i_mapping, rg->from, rg->to - 1);
	}
	return n;
}

/*
 * A private mapping was promised all its pages; its map has those that were redeemed.  The
 * parts of a mapping that was split share the map.
 */
static long promised_by_vma(const struct vm_area_struct *vma, const struct hstate *h)
{
	unsigned long data = (unsigned long)vma->vm_private_data;
	const struct resv_map *map = (const struct resv_map *)(data & ~RESV_FLAGS);
	long from = vma->vm_pgoff >> huge_page_order(h);
	long to = from + ((vma->vm_end - vma->vm_start) >> huge_page_shift(h));

	if ((vma->vm_flags & VM_MAYSHARE) || !(data & RESV_OWNER) || !map)
		return 0;
	return to - from - entries_between(map, from, to);
}

static bool is_hugetlb(const struct inode *inode)
{
	return inode->i_fop == &hugetlbfs_file_operations;
}

static long promised(const struct hstate *h)
{
	unsigned int i, j;
	long n = 0;

	for (i = 0; i < ghost_count(GHOST_INODES); i++) {
		const struct inode *inode = ghost_inode(i);

		if (is_hugetlb(inode) && HUGETLBFS_SB(inode->i_sb)->hstate == h)
			n += promised_by_file(inode);
	}
	for (i = 0; i < ghost_count(GHOST_MMS); i++) {
		const struct maple_tree *mt = &((struct mm_struct *)ghost_at(GHOST_MMS, i))->mm_mt;

		for (j = 0; j < mt->nr; j++) {
			const struct vm_area_struct *vma = mt->ranges[j].entry;

			if (vma && (vma->vm_flags & VM_HUGETLB) && vma->vm_file &&
			    HUGETLBFS_SB(vma->vm_file->f_inode->i_sb)->hstate == h)
				n += promised_by_vma(vma, h);
		}
	}
	return n;
}

static long list_length(const struct list_head *list)
{
	const struct list_head *at;
	long n = 0;

	for (at = list->next; at != list && n <= (long)max_mapnr; at = at->next)
		n++;
	return n;
}

/* The pages lie far apart: a walk of a long list costs more than all other checks. */
static void measure_lists(void)
{
	int i;

	for (i = 0; i < hugetlb_max_hstate; i++) {
		const struct hstate *h = &hstates[i];

		SIM_GHOST_SET(ghost->free[i], list_length(&h->hugepage_freelists[0]));
		SIM_GHOST_SET(ghost->active[i], list_length(&h->hugepage_activelist));
	}
	SIM_GHOST_SET(ghost->relinked, false);
}

/* Pages that a COPY has borrowed while it waits for its data. */
static long count_temporary(const struct hstate *h)
{
	unsigned long head, pfn = 0;
	unsigned int order;
	long n = 0;

	for (; pfn < max_mapnr; pfn = head + (1ul << order)) {
		order = page_region_order(mem_map + pfn, &head);
		if (order == h->order && mem_map[head]._refcount.counter > 0)
			n += HPageTemporary(mem_map + head);
	}
	return n;
}

static void check_pages(const struct hstate *h, int i)
{
	long nr = h->nr_huge_pages, free = ghost->free[i];
	long lent = nr - free - ghost->active[i];
	long own = nr - lent - h->surplus_huge_pages;

	if (free != (long)h->free_huge_pages)
		sim_violation("RESV", NULL,
			      "%lu huge pages of 0x%lx bytes are said to be free, but %ld are",
			      h->free_huge_pages, huge_page_size(h), free);
	if (lent && lent != count_temporary(h))
		sim_violation(
			"RESV", NULL,
			"the pool of pages of 0x%lx bytes is said to have %ld, but %ld are on "
			"its lists or lent to a COPY",
			huge_page_size(h), nr, nr - lent + count_temporary(h));
	if (own != ghost->own[i] && !ghost->resized[i])
		sim_violation(
			"RESV", NULL,
			"the pool of pages of 0x%lx bytes has %ld beside %lu surplus ones, and "
			"had %ld when it was resized last",
			huge_page_size(h), own, h->surplus_huge_pages, ghost->own[i]);
	SIM_GHOST_SET(ghost->own[i], own);
	SIM_GHOST_SET(ghost->resized[i], false);
}

static void resv_quiet(void)
{
	int i;

	if (!hugetlb_max_hstate || sim_class_held(LOCKCLASS_hugetlb_lock) || !ghost_at_rest())
		return;
	if (ghost->relinked)
		measure_lists();
	for (i = 0; i < hugetlb_max_hstate; i++) {
		long want = promised(&hstates[i]), have = hstates[i].resv_huge_pages;

		check_pages(&hstates[i], i);
		if (want != have)
			sim_violation("RESV", NULL,
				      "the pool of pages of 0x%lx bytes has %ld reserved, but the "
				      "reservation maps promise %ld",
				      huge_page_size(&hstates[i]), have, want);
	}
}

void resv_init(void)
{
	int i;

	ghost = sim_ghost_alloc(1, sizeof(*ghost));
	ghost->relinked = true;
	for (i = 0; i < hugetlb_max_hstate; i++)
		ghost->own[i] = hstates[i].nr_huge_pages;
	sim_watch_global(hstates, sizeof(hstates));
}

const struct sim_invariant inv_resv = {
	.name = "RESV",
	.text = "0 <= reserved <= free in each pool; reserved = unredeemed entries of the maps",
	.step_end = resv_step_end,
	.quiet = resv_quiet,
};
