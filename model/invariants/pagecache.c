// SPDX-License-Identifier: GPL-2.0-only
/*
 * pagecache.c - CACHE: a page mapped shared is the page cache's page at that place
 *
 * Holds whenever no page-table lock is held: the mapping of a page and its presence in the
 * cache meet under that lock (and under the page lock, against truncation).
 */
#include "model/invariants/invariants.h"

/* The VMA that an entry of a page table belongs to, and the address it maps. */
static struct vm_area_struct *vma_of(const struct page_ghost *g, unsigned long *address)
{
	struct ptable *table = g->mapper;
	struct mm_struct *mm = table->mm;

	*address = ghost_entry_address(table, g->mapper_index);
	return mm ? ghost_find_vma(mm, *address) : NULL;
}

static int still_maps(const struct page *page, const struct page_ghost *g)
{
	const struct ptable *table = g->mapper;

	if (!table || !sim_is_live(table))
		return 0;
	return ghost_leaf_page(table->level, table->entries[g->mapper_index]) == page;
}

static void check_shared(struct page *page, struct page_ghost *g, struct vm_area_struct *vma,
			 unsigned long address)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	unsigned long index = ghost_index(vma, address);
	struct page *cached = ghost_cached_page(mapping, index);

	if (cached != page) {
		if (cached)
			sim_violation(
				"CACHE", page,
				"page %u is mapped shared at 0x%lx, but the page cache of the "
				"file has page %u at index %lu: the two views of the file show "
				"different data",
				ghost_pfn(page), address, ghost_pfn(cached), index);
		else
			sim_violation(
				"CACHE", page,
				"page %u is mapped shared at 0x%lx, but the page cache of the "
				"file has nothing at index %lu: another mapping of the file "
				"will see other data, and nobody will write this page back",
				ghost_pfn(page), address, index);
		return;
	}
	if (!ghost_uptodate(page))
		sim_violation("CACHE", page, "page %u is mapped at 0x%lx and not up to date",
			      ghost_pfn(page), address);
}

static void check(struct page *page, struct page_ghost *g)
{
	struct vm_area_struct *vma;
	unsigned long address;

	if (!g->ptes || !still_maps(page, g))
		return;
	vma = vma_of(g, &address);
	if (!vma || !vma->vm_file)
		return;
	if (vma->vm_flags & VM_SHARED) {
		check_shared(page, g, vma, address);
		return;
	}
	if (!ghost_is_anon(page) && !g->cached)
		sim_violation("CACHE", page,
			      "page %u is mapped at 0x%lx as a page of the file, but is in no page "
			      "cache",
			      ghost_pfn(page), address);
}

static void cache_step_end(void)
{
	ghost_for_settled(check);
}

const struct sim_invariant inv_cache = {
	.name = "CACHE",
	.text = "a page mapped shared is in the file's page cache, at that index and up to date",
	.step_end = cache_step_end,
};
