// SPDX-License-Identifier: GPL-2.0-only
/*
 * resv.c - RESV: the huge pages that are promised are there, and somebody holds the promise
 *
 * While hugetlb_lock is free: 0 <= reserved <= free <= all pages of the pool.  When nothing
 * runs: reserved = what the reservation maps promise and nobody has redeemed, and the pages
 * with a reservation to restore.
 */
#include <linux/hugetlb.h>
#include <uffdsim/locks.h>
#include "model/invariants/invariants.h"

#define RESV_OWNER 1ul /* HPAGE_RESV_OWNER in vm_private_data */
#define RESV_FLAGS 3ul

static unsigned long *pools_changed; /* and not checked since */

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
}

static void resv_step_end(void)
{
	int i;

	if (sim_global_changed())
		SIM_GHOST_SET(*pools_changed, 1);
	if (!*pools_changed)
		return;
	if (sim_class_held(LOCKCLASS_hugetlb_lock)) {
		sim_check_again();
		return;
	}
	SIM_GHOST_SET(*pools_changed, 0);
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
		unsigned long i = rg->from;

		n += rg->to - rg->from;
		while ((i = ghost_next_cached(inode->i_mapping, i, rg->to - 1)) != ~0ul &&
		       i < (unsigned long)rg->to) {
			n--;
			i++;
		}
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

static void resv_quiet(void)
{
	int i;

	if (!hugetlb_max_hstate || sim_class_held(LOCKCLASS_hugetlb_lock) || !ghost_at_rest())
		return;
	for (i = 0; i < hugetlb_max_hstate; i++) {
		long want = promised(&hstates[i]), have = hstates[i].resv_huge_pages;

		if (want != have)
			sim_violation("RESV", NULL,
				      "the pool of pages of 0x%lx bytes has %ld reserved, but the "
				      "reservation maps promise %ld",
				      huge_page_size(&hstates[i]), have, want);
	}
}

void resv_init(void)
{
	pools_changed = sim_ghost_alloc(1, sizeof(*pools_changed));
	sim_watch_global(hstates, sizeof(hstates));
}

const struct sim_invariant inv_resv = {
	.name = "RESV",
	.text = "0 <= reserved <= free in each pool; reserved = unredeemed entries of the maps",
	.step_end = resv_step_end,
	.quiet = resv_quiet,
};
