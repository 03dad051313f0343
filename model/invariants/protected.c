// SPDX-License-Identifier: GPL-2.0-only
/*
 * protected.c - WP: no store passes a write-protected entry, and no such entry outlives its VMA's
 * registration
 *
 * The bit is the only thing that stands between a store and the page, so it never goes with
 * permission to write.  In a VMA that is not registered for WP nobody would take it away any
 * more, and a later registration would report protection that it has not asked for.
 */
#include <linux/userfaultfd_k.h>
#include "model/invariants/invariants.h"
#include "model/invariants/protected.h"

enum { MAX_PROTECTED = 256 };

/* Entries that were made protected; those that are so no more are dropped at the next look. */
static struct protected
{
	unsigned long n;
	struct {
		const struct mm_struct *mm;
		unsigned long address;
	} at[MAX_PROTECTED];
}
*protected;

void protected_init(void)
{
	protected = sim_ghost_alloc(1, sizeof(*protected));
}

static bool has_bit(unsigned int level, unsigned long entry)
{
	return ghost_is_leaf(level, entry) && (entry & _PAGE_UFFD_WP);
}

static void remember(const struct mm_struct *mm, unsigned long address)
{
	unsigned long i;

	for (i = 0; i < protected->n; i++) {
		if (protected->at[i].mm == mm && protected->at[i].address == address)
			return;
	}
	if (protected->n == MAX_PROTECTED)
		return;
	SIM_GHOST_SET(protected->at[i].mm, mm);
	SIM_GHOST_SET(protected->at[i].address, address);
	SIM_GHOST_SET(protected->n, i + 1);
}

void protected_entry(struct ptable *table, unsigned int index, unsigned long now)
{
	unsigned long address;

	if (!has_bit(table->level, now))
		return;
	address = ghost_entry_address(table, index);
	remember(table->mm, address);
	if (now & _PAGE_RW)
		sim_violation("WP", table,
			      "the entry for 0x%lx is write-protected, and lets stores through",
			      address);
}

void protected_store(const struct mm_struct *mm, unsigned long address)
{
	const struct ptable *table;
	const unsigned long *entry;

	if (mm->tlb_flush_pending.counter)
		return;
	entry = ghost_entry(mm, address, &table);
	if (has_bit(table->level, *entry))
		sim_violation("WP", table,
			      "a store at 0x%lx has gone through, though its entry is "
			      "write-protected: the monitor was not told",
			      address);
}

static void forget(unsigned long i)
{
	SIM_GHOST_SET(protected->n, protected->n - 1);
	SIM_GHOST_SET(protected->at[i].mm, protected->at[protected->n].mm);
	SIM_GHOST_SET(protected->at[i].address, protected->at[protected->n].address);
}

static bool is_still_protected(const struct mm_struct *mm, unsigned long address)
{
	const struct ptable *table;
	const unsigned long *entry;

	if (!sim_is_live(mm) || !mm->pgd)
		return false;
	entry = ghost_entry(mm, address, &table);
	return has_bit(table->level, *entry);
}

static void check_vma(const struct mm_struct *mm, unsigned long address)
{
	struct vm_area_struct *vma = ghost_find_vma(mm, address);

	if (vma && userfaultfd_wp(vma))
		return;
	sim_violation("WP", vma,
		      "the entry for 0x%lx is write-protected, in a mapping that is not registered "
		      "for that",
		      address);
}

static void wp_quiet(void)
{
	unsigned long i = 0;

	if (!protected->n || !ghost_at_rest())
		return;
	while (i < protected->n) {
		if (!is_still_protected(protected->at[i].mm, protected->at[i].address)) {
			forget(i);
			continue;
		}
		check_vma(protected->at[i].mm, protected->at[i].address);
		i++;
	}
}

const struct sim_invariant inv_wp = {
	.name = "WP",
	.text = "no store passes a write-protected entry; none is left where nobody registered it",
	.quiet = wp_quiet,
};
