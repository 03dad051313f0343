/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux arch/x86/mm/pgtable.c: page tables as objects, and changes of entries that are in
 * use.
 */
#include <linux/mm.h>
#include <linux/bug.h>
#include <linux/pgtable.h>
#include <asm/pgalloc.h>
#include <asm/tlb.h>
#include <uffdsim/kinds.h>

#include "sim/sim.h"

static struct sim_cache *ptable_cache;

/**
 * pgtable_cache_init - make the cache of page tables; once at boot
 *
 * Linux: arch/x86/mm/pgtable.c.
 */
void pgtable_cache_init(void)
{
	ptable_cache =
		sim_cache_create("pgtable", sizeof(struct ptable), PAGE_SIZE, KIND_PTABLE, NULL);
}

/**
 * ptable_alloc_at - allocate a page table
 * @mm: the address space it will belong to
 * @level: 1 for a PTE table to 4 for the root
 * @point: the caller's scheduling point
 * @fail: the caller's failure site
 *
 * pte_alloc_one(), pmd_alloc_one(), pud_alloc_one() and pgd_alloc() are macros over this.
 * Empty.  Sleeps.  NULL only by injection.
 */
struct ptable *ptable_alloc_at(struct mm_struct *mm, unsigned int level,
			       const struct sim_site *point, const struct sim_site *fail)
{
	struct ptable *table;

	sim_might_sleep(point);
	sim_point(mm, SIM_WRITE, point);
	if (sim_should_fail(fail))
		return NULL;
	table = sim_cache_alloc(ptable_cache);
	table->mm = mm;
	table->level = level;
	spin_lock_init(&table->ptl);
	return table;
}

/**
 * ptable_free - free a page table that no entry points to
 * @table: the table
 */
void ptable_free(struct ptable *table)
{
	sim_cache_free(ptable_cache, table);
}
