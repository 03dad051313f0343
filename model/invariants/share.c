// SPDX-License-Identifier: GPL-2.0-only
/*
 * share.c - page tables that several mappings of a hugetlb file use, as part of VMA: what a
 * table says of its users is what points to it, and none reaches across a border
 *
 * A table is looked at when nobody holds the lock under which users come and go.
 */
#include <linux/hugetlb.h>
#include <uffdsim/locks.h>
#include "model/invariants/invariants.h"

enum { MAX_SHARED = 64 };

struct shares {
	unsigned int n, changed;
	struct ptable *table[MAX_SHARED]; /* shared now, or not looked at since they were */
};

static struct shares *shares;

static unsigned int place_of(const struct ptable *table)
{
	unsigned int i = 0;

	while (i < shares->n && shares->table[i] != table)
		i++;
	return i;
}

static void forget(unsigned int i)
{
	SIM_GHOST_SET(shares->table[i], shares->table[shares->n - 1]);
	SIM_GHOST_SET(shares->n, shares->n - 1);
}

static bool is_shared(const struct ptable *table)
{
	return table->links > 1 || table->pt_share_count.counter;
}

void share_note(struct ptable *table)
{
	unsigned int i = place_of(table);

	if (i == shares->n) {
		if (!is_shared(table) || i == MAX_SHARED)
			return;
		SIM_GHOST_SET(shares->table[i], table);
		SIM_GHOST_SET(shares->n, i + 1);
	}
	SIM_GHOST_SET(shares->changed, 1);
	sim_check_again();
}

/* Its own entry above may have been cleared in this very step, which is not counted yet. */
void share_freed(struct ptable *table)
{
	unsigned int i = place_of(table);

	if (table->links > 1)
		sim_violation("VMA", table,
			      "the page table for 0x%lx is freed, but %u mappings use it",
			      table->base, table->links);
	if (i < shares->n)
		forget(i);
}

static void check_users(struct ptable *table)
{
	if ((int)table->links == table->pt_share_count.counter + 1)
		return;
	sim_violation("VMA", table,
		      "the page table for 0x%lx has %u user(s), but says that it is shared by %d",
		      table->base, table->links, table->pt_share_count.counter + 1);
}

static void share_step_end(void)
{
	unsigned int i = 0;

	if (!shares->changed)
		return;
	if (sim_class_held(LOCKCLASS_hugetlbfs_i_mmap_rwsem) || sim_class_held(LOCKCLASS_ptl)) {
		sim_check_again();
		return;
	}
	SIM_GHOST_SET(shares->changed, 0);
	while (i < shares->n) {
		check_users(shares->table[i]);
		if (is_shared(shares->table[i]))
			i++;
		else
			forget(i);
	}
}

static void check_border(const struct vm_area_struct *vma, unsigned long border)
{
	const struct ptable *table;

	if (border == (border & PUD_MASK))
		return;
	table = ghost_table_at(vma->vm_mm, border, 2);
	if (table && table->pt_share_count.counter)
		sim_violation("VMA", vma,
			      "a page table that is shared reaches across the border of the VMA at "
			      "0x%lx: what unmaps one side unmaps the other",
			      border);
}

void share_check_vma(const struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & VM_HUGETLB) || !(vma->vm_flags & VM_MAYSHARE))
		return;
	if (huge_page_size(hstate_vma(vma)) != PMD_SIZE)
		return;
	check_border(vma, vma->vm_start);
	check_border(vma, vma->vm_end);
}

void share_init(void)
{
	shares = sim_ghost_alloc(1, sizeof(*shares));
}

const struct sim_invariant inv_share = {
	.name = "",
	.step_end = share_step_end,
};
