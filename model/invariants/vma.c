// SPDX-License-Identifier: GPL-2.0-only
/*
 * vma.c - VMA: the tree is sorted and disjoint, flags and userfaultfd context agree, and no
 * page table maps an address outside of every VMA
 *
 * Looked at when nobody holds mmap_lock, for address spaces whose VMAs were changed.
 */
#include <uffdsim/locks.h>
#include "model/invariants/invariants.h"
#include "model/invariants/sleepers.h"

#define UFFD_FLAGS (VM_UFFD_MISSING | VM_UFFD_WP | VM_UFFD_MINOR)

struct vma_ghost {
	unsigned int changed; /* since the last step_end() that looked */
	unsigned int moved;   /* since the last quiet() */
};

static struct vma_ghost *ghost;

static void check_vma(const struct mm_struct *mm, const struct vm_area_struct *vma,
		      const struct maple_range *range)
{
	bool armed = vma->vm_flags & UFFD_FLAGS;

	if (vma->vm_start != range->first || vma->vm_end != range->last + 1)
		sim_violation("VMA", vma,
			      "the tree has a VMA at 0x%lx-0x%lx, which itself says 0x%lx-0x%lx",
			      range->first, range->last + 1, vma->vm_start, vma->vm_end);
	if (vma->vm_mm != mm)
		sim_violation("VMA", vma, "the VMA at 0x%lx belongs to another address space",
			      vma->vm_start);
	if (armed != !!vma->vm_userfaultfd_ctx.ctx)
		sim_violation("VMA", vma,
			      "the VMA at 0x%lx-0x%lx is %s for userfaultfd, but has %s "
			      "context",
			      vma->vm_start, vma->vm_end, armed ? "registered" : "not registered",
			      armed ? "no" : "a");
	if ((vma->vm_flags & VM_SHARED) && !vma->vm_file)
		sim_violation("VMA", vma, "the VMA at 0x%lx is shared without a file",
			      vma->vm_start);
	share_check_vma(vma);
}

static void check_mm(const struct mm_struct *mm)
{
	const struct maple_tree *mt = &mm->mm_mt;
	unsigned long end = 0;
	unsigned int i, nr = 0;

	/* exit_mmap() takes the whole tree away and counts nothing. */
	if (!mm->mm_users.counter)
		return;
	for (i = 0; i < mt->nr; i++) {
		if (mt->ranges[i].first < end)
			sim_violation("VMA", mm, "two VMAs overlap at 0x%lx", mt->ranges[i].first);
		end = mt->ranges[i].last + 1;
		if (!mt->ranges[i].entry)
			continue;
		nr++;
		check_vma(mm, mt->ranges[i].entry, &mt->ranges[i]);
	}
	if ((unsigned int)mm->map_count != nr)
		sim_violation("VMA", mm, "map_count is %d, but the tree has %u VMAs", mm->map_count,
			      nr);
}

static void note_vma(void *obj, unsigned long *word, unsigned long old, unsigned long now)
{
	sim_check_again();
	if (!ghost->changed)
		SIM_GHOST_SET(ghost->changed, 1);
	if (!ghost->moved)
		SIM_GHOST_SET(ghost->moved, 1);
}

static void vma_freed(void *obj)
{
	note_vma(obj, NULL, 0, 0);
}

static void vma_step_end(void)
{
	unsigned int i;

	if (!ghost->changed)
		return;
	sleepers_vmas_changed();
	if (sim_class_held(LOCKCLASS_mmap_lock)) {
		sim_check_again();
		return;
	}
	SIM_GHOST_SET(ghost->changed, 0);
	for (i = 0; i < ghost_count(GHOST_MMS); i++)
		check_mm(ghost_at(GHOST_MMS, i));
}

/* Entries outside of every VMA: a range was unmapped and its entries were left. */
static void check_mapped(struct page *page, struct page_ghost *g)
{
	unsigned long address;

	if (!g->mapper || !sim_is_live(g->mapper) || !g->mapper->mm)
		return;
	if (ghost_leaf_page(g->mapper->level, g->mapper->entries[g->mapper_index]) != page)
		return;
	address = ghost_entry_address(g->mapper, g->mapper_index);
	if (!ghost_find_vma(g->mapper->mm, address))
		sim_violation("VMA", page, "page %u is mapped at 0x%lx, where there is no VMA",
			      ghost_pfn(page), address);
}

static void vma_quiet(void)
{
	if (!ghost->moved || sim_class_held(LOCKCLASS_mmap_lock))
		return;
	SIM_GHOST_SET(ghost->moved, 0);
	ghost_for_mapped(check_mapped);
}

void vma_ghost_init(void)
{
	ghost = sim_ghost_alloc(1, sizeof(*ghost));
	sim_watch_kind(KIND_VMA, note_vma);
	sim_watch_free(KIND_VMA, vma_freed);
}

const struct sim_invariant inv_vma = {
	.name = "VMA",
	.text = "VMAs sorted and disjoint, flags and context agree, page tables end with their "
		"range",
	.step_end = vma_step_end,
	.quiet = vma_quiet,
};
