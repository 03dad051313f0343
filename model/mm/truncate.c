/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/truncate.c: taking pages out of the page cache of a file that becomes shorter,
 * gets a hole, or goes away.
 *
 * Left out until something needs it: invalidation of clean pages, pages with data of the
 * file system, write-back, splitting of large folios.
 *
 * Whoever calls has set i_size, so that no new page appears behind it, or keeps faults
 * away in a way of its own.  Nevertheless a page can be mapped or added between the walk
 * over the page tables and the walk over the cache: therefore each page is locked, and
 * unmapped again if need be, before it goes.
 */
#include <linux/mm.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/pagemap.h>
#include <linux/pagevec.h>
#include <linux/sched.h>

#include "internal.h"
#include "sim/sim.h"

static void truncate_cleanup_folio(struct folio *folio)
{
	if (folio_mapped(folio))
		unmap_mapping_folio(folio);
	folio_cancel_dirty(folio);
}

/**
 * truncate_inode_folio - take one folio out of the page cache
 * @mapping: where it is supposed to be
 * @folio: locked; the caller has a reference
 *
 * Unmaps it from every process first.  Returns 0, or -EIO if it is not there any more.
 * Sleeps.  Linux: mm/truncate.c.
 */
int truncate_inode_folio(struct address_space *mapping, struct folio *folio)
{
	bool there = folio->mapping == mapping;

	if (!there)
		return -EIO;
	truncate_cleanup_folio(folio);
	filemap_remove_folio(folio);
	return 0;
}

/**
 * truncate_inode_partial_folio - clear the part of a folio that lies in a range
 * @folio: locked, in the page cache; the caller has a reference
 * @start: first byte of the range in the file
 * @end: last byte
 *
 * A folio that lies in it as a whole leaves the cache.  Returns true: the folio needs no
 * more work.  Linux: mm/truncate.c.
 */
bool truncate_inode_partial_folio(struct folio *folio, loff_t start, loff_t end)
{
	loff_t first = folio_pos(folio);
	loff_t last = first + folio_size(folio) - 1;

	if (start > first)
		first = start;
	/* All ones, "to the end", is not less than nothing. */
	if ((u64)end < (u64)last)
		last = end;
	if (last - first + 1 == folio_size(folio)) {
		truncate_inode_folio(folio->mapping, folio);
		return true;
	}
	folio_zero_range(folio, first - folio_pos(folio), last - first + 1);
	return true;
}

/* The partial folio at one edge of the range; returns whether it reaches the other. */
static bool truncate_edge(struct address_space *mapping, loff_t edge, loff_t lstart, loff_t lend)
{
	struct folio *folio = __filemap_get_folio(mapping, edge >> PAGE_SHIFT, FGP_LOCK, 0);
	bool same_folio;

	if (!folio)
		return lstart >> PAGE_SHIFT == lend >> PAGE_SHIFT;
	same_folio = lend < folio_pos(folio) + folio_size(folio);
	truncate_inode_partial_folio(folio, lstart, lend);
	folio_unlock(folio);
	folio_put(folio);
	return same_folio;
}

/* Out of the page tables and the cache; the references stay. */
static void truncate_locked_batch(struct address_space *mapping, struct folio_batch *fbatch)
{
	unsigned int i, n = folio_batch_count(fbatch);

	for (i = 0; i < n; i++)
		truncate_cleanup_folio(fbatch->folios[i]);
	delete_from_page_cache_batch(mapping, fbatch);
	for (i = 0; i < n; i++)
		folio_unlock(fbatch->folios[i]);
}

/* What can be had without waiting. */
static void truncate_pass_quick(struct address_space *mapping, pgoff_t start, pgoff_t end)
{
	struct folio_batch fbatch;
	pgoff_t indices[PAGEVEC_SIZE];
	pgoff_t index = start;

	folio_batch_init(&fbatch);
	while (index < end) {
		if (!find_lock_entries(mapping, index, end - 1, &fbatch, indices))
			break;
		index = indices[folio_batch_count(&fbatch) - 1] + 1;
		truncate_locked_batch(mapping, &fbatch);
		folio_batch_release(&fbatch);
		cond_resched();
	}
}

/* The rest, until one walk from the start finds nothing. */
static void truncate_pass_wait(struct address_space *mapping, pgoff_t start, pgoff_t end)
{
	struct folio_batch fbatch;
	pgoff_t indices[PAGEVEC_SIZE];
	pgoff_t index = start;
	unsigned int i;

	folio_batch_init(&fbatch);
	while (index < end) {
		cond_resched();
		if (!find_get_entries(mapping, index, end - 1, &fbatch, indices)) {
			if (index == start)
				break;
			index = start;
			continue;
		}
		for (i = 0; i < folio_batch_count(&fbatch); i++) {
			struct folio *folio = fbatch.folios[i];

			index = indices[i];
			folio_lock(folio);
			VM_BUG_ON_FOLIO(!folio_contains(folio, index), folio);
			truncate_inode_folio(mapping, folio);
			folio_unlock(folio);
		}
		folio_batch_release(&fbatch);
		index++;
	}
}

/**
 * truncate_inode_pages_range - empty a range of the page cache
 * @mapping: the file's pages
 * @lstart: first byte
 * @lend: last byte; -1: to the end
 *
 * Pages that lie in it in part are cleared there.  In two passes, of which only the second
 * waits for page locks.  The inode is locked, or nobody else has it.  Sleeps.
 * Linux: mm/truncate.c.
 */
void truncate_inode_pages_range(struct address_space *mapping, loff_t lstart, loff_t lend)
{
	pgoff_t start = (lstart + PAGE_SIZE - 1) >> PAGE_SHIFT;
	pgoff_t end = lend == -1 ? (pgoff_t)-1 : (pgoff_t)(lend + 1) >> PAGE_SHIFT;

	if (mapping_empty(mapping))
		return;

	truncate_pass_quick(mapping, start, end);
	if (!truncate_edge(mapping, lstart, lstart, lend))
		truncate_edge(mapping, lend, lstart, lend);
	truncate_pass_wait(mapping, start, end);
}

/**
 * truncate_inode_pages - empty the page cache from a byte on
 * @mapping: the file's pages
 * @lstart: first byte
 *
 * Linux: mm/truncate.c.
 */
void truncate_inode_pages(struct address_space *mapping, loff_t lstart)
{
	truncate_inode_pages_range(mapping, lstart, -1);
}

/**
 * truncate_inode_pages_final - empty the page cache of an inode that goes away
 * @mapping: the file's pages
 *
 * For ->evict_inode().  Linux: mm/truncate.c.
 */
void truncate_inode_pages_final(struct address_space *mapping)
{
	mapping_set_exiting(mapping);
	truncate_inode_pages(mapping, 0);
}

/**
 * truncate_pagecache - unmap and drop what lies behind the end of a file
 * @inode: the file, locked
 * @newsize: its size; i_size has been set already
 *
 * Linux: mm/truncate.c.
 */
void truncate_pagecache(struct inode *inode, loff_t newsize)
{
	struct address_space *mapping = inode->i_mapping;
	loff_t hole = round_up(newsize, PAGE_SIZE);

	/* Many pages at a time; the walk over the cache would do it one by one. */
	unmap_mapping_range(mapping, hole, 0, 1);
	truncate_inode_pages(mapping, newsize);
	/* Private copies made of cached pages since the first call. */
	unmap_mapping_range(mapping, hole, 0, 1);
}

/**
 * truncate_setsize - give a file another size
 * @inode: the file, locked
 * @newsize: bytes
 *
 * For ->setattr() of file systems that have nothing else to do.  Linux: mm/truncate.c.
 */
void truncate_setsize(struct inode *inode, loff_t newsize)
{
	i_size_write(inode, newsize);
	truncate_pagecache(inode, newsize);
}

/**
 * truncate_pagecache_range - unmap and drop a hole
 * @inode: the file, locked
 * @lstart: first byte
 * @lend: last byte
 *
 * Only whole pages are unmapped.  Private copies stay: only truncation takes them.
 * Linux: mm/truncate.c.
 */
void truncate_pagecache_range(struct inode *inode, loff_t lstart, loff_t lend)
{
	loff_t first = round_up(lstart, PAGE_SIZE);
	loff_t behind = round_down(lend + 1, PAGE_SIZE);

	if ((u64)(behind - 1) > (u64)first)
		unmap_mapping_range(inode->i_mapping, first, behind - first, 0);
	truncate_inode_pages_range(inode->i_mapping, lstart, lend);
}
