/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/madvise.c: advice that drops memory.  DONTNEED throws away what is mapped (never
 * the page cache), REMOVE punches a hole into the file behind a shared mapping.
 */
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/falloc.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/syscalls.h>
#include <linux/userfaultfd_k.h>

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

static long madvise_dontneed_free(struct vm_area_struct *vma, struct vm_area_struct **prev,
				  unsigned long start, unsigned long end, int behavior)
{
	struct mm_struct *mm = vma->vm_mm;
	int err;

	*prev = vma;
	if (!madvise_dontneed_free_valid_vma(vma, start, &end, behavior))
		return -EINVAL;
	if (start == end)
		return 0;

	if (!userfaultfd_remove(vma, start, end)) {
		*prev = NULL;
		err = madvise_dontneed_revalidate(mm, &vma, start, &end, behavior);
		if (err)
			return err;
		if (start == end)
			return 0;
		VM_WARN_ON(start > end);
	}
	zap_page_range_single(vma, start, end - start, NULL);
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

static int madvise_vma_behavior(struct vm_area_struct *vma, struct vm_area_struct **prev,
				unsigned long start, unsigned long end, unsigned long behavior)
{
	switch (behavior) {
	case MADV_REMOVE:
		return madvise_remove(vma, prev, start, end);
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
		return madvise_dontneed_free(vma, prev, start, end, behavior);
	default:
		/* Hints about read-ahead and the like change nothing here. */
		*prev = vma;
		return 0;
	}
}

static bool madvise_behavior_valid(int behavior)
{
	return behavior == MADV_REMOVE || behavior == MADV_DONTNEED ||
	       behavior == MADV_DONTNEED_LOCKED || behavior == MADV_NORMAL ||
	       behavior == MADV_WILLNEED;
}

/*
 * Visits the part of each VMA that lies in [start, end).  A hole gives -ENOMEM in the end,
 * after all VMAs were visited; an error of @visit ends the walk.  @visit sets its second
 * argument to NULL when it has dropped mmap_lock.
 */
static int
madvise_walk_vmas(struct mm_struct *mm, unsigned long start, unsigned long end, unsigned long arg,
		  int (*visit)(struct vm_area_struct *vma, struct vm_area_struct **prev,
			       unsigned long start, unsigned long end, unsigned long arg))
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
		err = visit(vma, &prev, start, stop, arg);
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
 * Takes mmap_lock for reading.  Returns 0, -EINVAL, -ENOMEM for holes, or what a file
 * system's fallocate() returns.  Linux: mm/madvise.c.
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

	mmap_read_lock(mm);
	err = madvise_walk_vmas(mm, start, end, behavior, madvise_vma_behavior);
	mmap_read_unlock(mm);
	return err;
}

SYSCALL_DEFINE3(madvise, unsigned long, start, size_t, len_in, int, behavior)
{
	return do_madvise(current->mm, start, len_in, behavior);
}
