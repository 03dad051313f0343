// SPDX-License-Identifier: GPL-2.0-only
/*
 * full.c - the debug mode's other opinion: page-table entries, page-cache slots and resident
 * pages counted from scratch, which must agree with what the engine counted change by change
 */
#include "model/invariants/invariants.h"

struct recount {
	int ptes, cached;
};

/* Scratch, filled and compared within one call: no part of the world. */
static struct recount *recounts;

void full_init(void)
{
	recounts = sim_ghost_alloc(nr_page_ghosts, sizeof(*recounts));
}

/* Of a table that is shared, at the place that it is known by. */
static void walk(const struct ptable *table, unsigned long base, long rss[GHOST_TYPES]);

static void walk_below(const struct ptable *table, const struct ptable *above, unsigned long base,
		       long rss[GHOST_TYPES])
{
	if (table->mm == above->mm && table->base == base)
		walk(table, base, rss);
}

static void walk(const struct ptable *table, unsigned long base, long rss[GHOST_TYPES])
{
	unsigned int i;

	for (i = 0; i < PTRS_PER_PTE; i++) {
		unsigned long entry = table->entries[i];
		struct page *page;

		if (!ghost_is_leaf(table->level, entry)) {
			if (entry & _PAGE_PRESENT)
				walk_below((const struct ptable *)(entry & PTE_PFN_MASK), table,
					   base + i * ghost_entry_size(table->level), rss);
			continue;
		}
		page = ghost_leaf_page(table->level, entry);
		if (!page)
			continue;
		recounts[page - mem_map].ptes++;
		rss[ghost_of(page)->type]++;
	}
}

static void recount_mm(const struct mm_struct *mm)
{
	long rss[GHOST_TYPES] = { 0 };
	int type;

	if (!mm->pgd)
		return;
	walk((const struct ptable *)mm->pgd, 0, rss);
	for (type = GHOST_ANON; type < GHOST_TYPES; type++) {
		if (rss[type] != ghost_rss(mm, type))
			sim_violation("ENGINE", mm,
				      "counted change by change %ld pages of type %d are "
				      "mapped, from scratch %ld",
				      ghost_rss(mm, type), type, rss[type]);
	}
}

static void recount_inode(const struct inode *inode)
{
	const struct address_space *mapping = &inode->i_data;
	unsigned long i;

	for (i = ghost_next_cached(mapping, 0, ~0ul - 1); i != ~0ul;
	     i = ghost_next_cached(mapping, i + 1, ~0ul - 1))
		recounts[ghost_cached_page(mapping, i) - mem_map].cached++;
}

static void compare(unsigned long pfn)
{
	const struct page_ghost *g = &page_ghosts[pfn];
	const struct recount *r = &recounts[pfn];

	if (g->ptes != r->ptes || g->cached != r->cached)
		sim_violation("ENGINE", mem_map + pfn,
			      "page %lu: counted change by change %d page-table entries and %d "
			      "page-cache slots, from scratch %d and %d",
			      pfn, g->ptes, g->cached, r->ptes, r->cached);
	if (mem_map[pfn]._refcount.counter - g->ptes - g->cached != g->spare)
		sim_violation("ENGINE", mem_map + pfn, "page %lu: its references changed unseen",
			      pfn);
}

static void full_check(void)
{
	unsigned long pfn;
	unsigned int i;

	for (pfn = 0; pfn < nr_page_ghosts; pfn++)
		recounts[pfn] = (struct recount){ 0 };
	for (i = 0; i < ghost_count(GHOST_MMS); i++)
		recount_mm(ghost_at(GHOST_MMS, i));
	for (i = 0; i < ghost_count(GHOST_INODES); i++)
		recount_inode(ghost_inode(i));
	/* The zero page is mapped without being counted. */
	for (pfn = 1; pfn < nr_page_ghosts; pfn++)
		compare(pfn);
}

const struct sim_invariant inv_full = {
	.name = "",
	.full = full_check,
};
