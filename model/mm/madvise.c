/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/madvise.c: advice.  DONTNEED throws away what is mapped (never the page cache), FREE
 * lets reclaim do so (there is none here, so that only entries turn old and clean), REMOVE punches
 * a hole into the file behind a shared mapping, POPULATE_* takes faults beforehand; the others
 * change flags of the mapping.
 */
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/falloc.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/sched.h>
#include <linux/mempolicy.h>
#include <linux/mm_inline.h>
#include <linux/mmu_notifier.h>
#include <linux/sched/mm.h>
#include <linux/swap.h>
#include <linux/syscalls.h>
#include <linux/userfaultfd_k.h>
#include <asm/tlb.h>
#include <uffdsim/bugs.h>

#include "internal.h"

/* May the range be dropped?  On huge pages *@end is rounded down to whole ones. */
static bool madvise_dontneed_free_valid_vma(struct vm_area_struct *vma, unsigned long start,
					    unsigned long *end, int behavior)
{
	vm_flags_t never = VM_PFNMAP;
	struct hstate *h;

	if (!is_vm_hugetlb_page(vma)) {
		if (behavior != MADV_DONTNEED_LOCKED)
			never |= VM_LOCKED;
		return !(vma->vm_flags & never);
	}
	if (behavior != MADV_DONTNEED && behavior != MADV_DONTNEED_LOCKED)
		return false;
	h = hstate_vma(vma);
	if (start & ~huge_page_mask(h))
		return false;
	/* The caller rounded up to small pages: never drop more than was asked for. */
	*end = ALIGN_DOWN(*end, huge_page_size(h));
	return true;
}

/*
 * userfaultfd_remove() has dropped mmap_lock while a monitor read the event.  Take it again
 * and find out what is there now; the VMA of before may be gone.  Returns 0 with *@vma and
 * *@end set, or an error; mmap_lock held in both cases.
 */
static int madvise_dontneed_revalidate(struct mm_struct *mm, struct vm_area_struct **vmap,
				       unsigned long start, unsigned long *end, int behavior)
{
	struct vm_area_struct *vma;

	mmap_read_lock(mm);
	vma = find_vma(mm, start);
	if (!vma || vma->vm_start > start)
		return -ENOMEM;
	if (!madvise_dontneed_free_valid_vma(vma, start, end, behavior))
		return -EINVAL;
	/* The walk goes on with the VMA above; its event may come twice, which is allowed. */
	*end = min(*end, vma->vm_end);
	*vmap = vma;
	return 0;
}

/* False: somebody else holds its lock or has it mapped, and its dirt is theirs as well. */
static bool madvise_free_page(struct page *page)
{
	struct folio *folio = page_folio(page);
	bool sole;

	if (!folio_test_dirty(folio))
		return true;
	if (!folio_trylock(folio))
		return false;
	sole = folio_mapcount(folio) == 1;
	if (sole)
		folio_clear_dirty(folio);
	folio_unlock(folio);
	return sole;
}

static void madvise_free_pte(struct mmu_gather *tlb, struct vm_area_struct *vma, pte_t *pte,
			     unsigned long addr)
{
	struct page *page;
	pte_t old = *pte;

	if (pte_marker_poisoned(old))
		pte_clear_not_present_full(tlb->mm, addr, pte, tlb->fullmm);
	if (!pte_present(old))
		return;
	page = vm_normal_page(vma, addr, old);
	if (!page || !madvise_free_page(page))
		return;
	if (!pte_young(old) && !pte_dirty(old))
		return;
	old = ptep_get_and_clear_full(tlb->mm, addr, pte, tlb->fullmm);
	set_pte_at(tlb->mm, addr, pte, pte_mkold(pte_mkclean(old)));
	tlb_remove_tlb_entry(tlb, pte, addr);
}

static void madvise_free_range(struct mmu_gather *tlb, struct vm_area_struct *vma,
			       unsigned long addr, unsigned long end)
{
	pmd_t *pmd = mm_find_pmd(vma->vm_mm, addr);
	pte_t *pte, *first;
	spinlock_t *ptl;

	if (!pmd)
		return;
	first = pte = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	for (; addr < end; addr += PAGE_SIZE, pte++)
		madvise_free_pte(tlb, vma, pte, addr);
	pte_unmap_unlock(first, ptl);
	cond_resched();
}

static long madvise_free_single_vma(struct vm_area_struct *vma, unsigned long start,
				    unsigned long end)
{
	struct mmu_notifier_range range;
	struct mmu_gather tlb;
	unsigned long next;

	if (!vma_is_anonymous(vma))
		return -EINVAL;
	mmu_notifier_range_init(&range, MMU_NOTIFY_CLEAR, 0, vma, vma->vm_mm, start, end);
	tlb_gather_mmu(&tlb, vma->vm_mm);
	mmu_notifier_invalidate_range_start(&range);
	for (; start < end; start = next) {
		next = pmd_addr_end(start, end);
		madvise_free_range(&tlb, vma, start, next);
	}
	mmu_notifier_invalidate_range_end(&range);
	tlb_finish_mmu(&tlb);
	return 0;
}

static long madvise_dontneed_free(struct vm_area_struct *vma, struct vm_area_struct **prev,
				  unsigned long start, unsigned long *stop, int behavior)
{
	struct mm_struct *mm = vma->vm_mm;
	unsigned long end = *stop;
	int err;

	*prev = vma;
	if (!madvise_dontneed_free_valid_vma(vma, start, &end, behavior))
		return -EINVAL;

	if (start != end && !userfaultfd_remove(vma, start, end)) {
		*prev = NULL;
		err = madvise_dontneed_revalidate(mm, &vma, start, &end, behavior);
		if (err)
			return err;
		VM_WARN_ON(start > end);
		/* The walk goes on behind what is left, and finds a hole there. */
		if (kernel_has(madvise_misses_unmapped))
			*stop = end;
	}
	if (start == end)
		return 0;
	if (behavior == MADV_FREE)
		return madvise_free_single_vma(vma, start, end);
	zap_page_range_single(vma, start, end - start, NULL);
	return 0;
}

/* mmap_lock may be dropped on the way, and is held again at the end. */
static long madvise_populate(struct vm_area_struct *vma, struct vm_area_struct **prev,
			     unsigned long start, unsigned long end, int behavior)
{
	bool write = behavior == MADV_POPULATE_WRITE;
	struct mm_struct *mm = vma->vm_mm;
	int locked = 1;
	long pages;

	*prev = vma;
	while (start < end) {
		if (!vma || start >= vma->vm_end)
			vma = vma_lookup(mm, start);
		if (!vma)
			return -ENOMEM;
		pages = faultin_vma_page_range(vma, start, min(end, vma->vm_end), write, &locked);
		if (!locked) {
			*prev = vma = NULL;
			mmap_read_lock(mm);
			locked = 1;
		}
		if (pages < 0)
			return pages;
		start += pages * PAGE_SIZE;
	}
	return 0;
}

/*
 * Entered and left with mmap_lock for reading, which is dropped on the way: fallocate()
 * takes the inode's lock, which comes before it in the order.
 */
static long madvise_remove(struct vm_area_struct *vma, struct vm_area_struct **prev,
			   unsigned long start, unsigned long end)
{
	struct mm_struct *mm = vma->vm_mm;
	struct file *file = vma->vm_file;
	loff_t offset;
	int err;

	*prev = NULL;
	if (vma->vm_flags & VM_LOCKED)
		return -EINVAL;
	if (!file || !file->f_mapping || !file->f_mapping->host)
		return -EINVAL;
	if ((vma->vm_flags & (VM_SHARED | VM_MAYWRITE)) != (VM_SHARED | VM_MAYWRITE))
		return -EACCES;
	offset = ((loff_t)vma->vm_pgoff << PAGE_SHIFT) + (loff_t)(start - vma->vm_start);

	/* The VMA, and its reference to the file, may go as soon as the lock does. */
	get_file(file);
	if (userfaultfd_remove(vma, start, end))
		mmap_read_unlock(mm);
	err = vfs_fallocate(file, FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE, offset, end - start);
	fput(file);
	mmap_read_lock(mm);
	return err;
}

/* Advice that is a flag of the mapping: what it sets and clears.  mmap_lock for writing. */
static const struct madvise_flags {
	int behavior;
	unsigned long set, clear;
} madvise_flags[] = {
	{ MADV_NORMAL, 0, VM_RAND_READ | VM_SEQ_READ },
	{ MADV_RANDOM, VM_RAND_READ, VM_SEQ_READ },
	{ MADV_SEQUENTIAL, VM_SEQ_READ, VM_RAND_READ },
	{ MADV_DONTFORK, VM_DONTCOPY, 0 },
	{ MADV_DOFORK, 0, VM_DONTCOPY },
	{ MADV_WIPEONFORK, VM_WIPEONFORK, 0 },
	{ MADV_KEEPONFORK, 0, VM_WIPEONFORK },
};

static const struct madvise_flags *madvise_flags_of(int behavior)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(madvise_flags); i++) {
		if (madvise_flags[i].behavior == behavior)
			return &madvise_flags[i];
	}
	return NULL;
}

/* The part of a VMA gets other flags, merged with a neighbour or split off. */
static int madvise_update_vma(struct vm_area_struct *vma, struct vm_area_struct **prev,
			      unsigned long start, unsigned long end, unsigned long new_flags)
{
	pgoff_t pgoff = vma->vm_pgoff + ((start - vma->vm_start) >> PAGE_SHIFT);
	struct mm_struct *mm = vma->vm_mm;
	int err;

	if (new_flags == vma->vm_flags) {
		*prev = vma;
		return 0;
	}
	*prev = vma_merge(mm, *prev, start, end, new_flags, vma->anon_vma, vma->vm_file, pgoff,
			  vma_policy(vma), vma->vm_userfaultfd_ctx, anon_vma_name(vma));
	if (*prev) {
		(*prev)->vm_flags = new_flags;
		return 0;
	}
	*prev = vma;
	if (start != vma->vm_start) {
		err = split_vma(mm, vma, start, 1);
		if (err)
			return err;
	}
	if (end != vma->vm_end) {
		err = split_vma(mm, vma, end, 0);
		if (err)
			return err;
	}
	vma->vm_flags = new_flags;
	return 0;
}

static int madvise_change_flags(struct vm_area_struct *vma, struct vm_area_struct **prev,
				unsigned long start, unsigned long end,
				const struct madvise_flags *f)
{
	int err;

	if (f->behavior == MADV_DOFORK && (vma->vm_flags & VM_IO))
		return -EINVAL;
	/* What is shared with the parent cannot be wiped for the child alone. */
	if (f->behavior == MADV_WIPEONFORK && (vma->vm_file || (vma->vm_flags & VM_SHARED)))
		return -EINVAL;
	err = madvise_update_vma(vma, prev, start, end, (vma->vm_flags & ~f->clear) | f->set);
	/* It may work later: only to say no more than that is what users rely on. */
	return err == -ENOMEM ? -EAGAIN : err;
}

static int madvise_vma_behavior(struct vm_area_struct *vma, struct vm_area_struct **prev,
				unsigned long start, unsigned long *stop, unsigned long behavior)
{
	const struct madvise_flags *f = madvise_flags_of(behavior);
	unsigned long end = *stop;

	if (f)
		return madvise_change_flags(vma, prev, start, end, f);
	switch (behavior) {
	case MADV_POPULATE_WRITE:
	case MADV_POPULATE_READ:
		return madvise_populate(vma, prev, start, end, behavior);
	case MADV_DONTNEED_LOCKED:
	case MADV_DONTNEED:
	case MADV_FREE:
		return madvise_dontneed_free(vma, prev, start, stop, behavior);
	case MADV_REMOVE:
		return madvise_remove(vma, prev, start, end);
	default:
		/* WILLNEED: there is nothing to read in. */
		*prev = vma;
		return 0;
	}
}

static bool madvise_behavior_valid(int behavior)
{
	static const int others[] = { MADV_REMOVE,	  MADV_DONTNEED, MADV_DONTNEED_LOCKED,
				      MADV_WILLNEED,	  MADV_FREE,	 MADV_POPULATE_READ,
				      MADV_POPULATE_WRITE };
	unsigned int i;

	if (madvise_flags_of(behavior))
		return true;
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		if (others[i] == behavior)
			return true;
	}
	return false;
}

/*
 * Visits the part of each VMA that lies in [start, end).  A hole gives -ENOMEM in the end,
 * after all VMAs were visited; an error of @visit ends the walk.  @visit sets its second
 * argument to NULL when it has dropped mmap_lock, and may move the end.
 */
static int
madvise_walk_vmas(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned long arg,
		  int (*visit)(struct vm_area_struct *vma, struct vm_area_struct **prev,
			       unsigned long start, unsigned long *stop, unsigned long arg))
{
	struct vm_area_struct *vma, *prev;
	int hole = 0;

	vma = find_vma_prev(mm, start, &prev);
	if (vma && vma->vm_start < start)
		prev = vma;

	for (;;) {
		unsigned long stop;
		int err;

		if (!vma)
			return -ENOMEM;
		if (start < vma->vm_start) {
			hole = -ENOMEM;
			start = vma->vm_start;
			if (start >= end)
				return hole;
		}
		stop = min(vma->vm_end, end);
		err = visit(vma, &prev, start, &stop, arg);
		if (err)
			return err;
		start = stop;
		if (prev && start < prev->vm_end)
			start = prev->vm_end;
		if (start >= end)
			return hole;
		vma = find_vma(mm, prev ? prev->vm_end : start);
	}
}

/**
 * do_madvise - the body of madvise()
 * @mm: the address space
 * @start: first byte, page-aligned
 * @len_in: bytes, rounded up to pages
 * @behavior: MADV_*
 *
 * Takes mmap_lock, for writing where flags change.  Returns 0, -EAGAIN, -EINTR, -EFAULT, -EINVAL,
 * -ENOMEM for holes, or what a file system's fallocate() returns.  Linux: mm/madvise.c.
 */
int do_madvise(struct mm_struct *mm, unsigned long start, size_t len_in, int behavior)
{
	size_t len = PAGE_ALIGN(len_in);
	unsigned long end = start + len;
	int err;

	if (!madvise_behavior_valid(behavior))
		return -EINVAL;
	if (!PAGE_ALIGNED(start))
		return -EINVAL;
	/* A small negative length has become zero. */
	if (len_in && !len)
		return -EINVAL;
	if (end < start)
		return -EINVAL;
	if (end == start)
		return 0;

	if (madvise_flags_of(behavior)) {
		if (mmap_write_lock_killable(mm))
			return -EINTR;
		err = madvise_walk_vmas(mm, start, end, behavior, madvise_vma_behavior);
		mmap_write_unlock(mm);
		return err;
	}
	mmap_read_lock(mm);
	err = madvise_walk_vmas(mm, start, end, behavior, madvise_vma_behavior);
	mmap_read_unlock(mm);
	return err;
}

SYSCALL_DEFINE3(madvise, unsigned long, start, size_t, len_in, int, behavior)
{
	return do_madvise(current->mm, start, len_in, behavior);
}
