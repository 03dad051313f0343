/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/gup.c: faults that the kernel makes on its own for a range, as MADV_POPULATE_* does.
 * Nobody holds on to the pages here, so nothing is pinned.
 */
#include <linux/mm.h>
#include <linux/hugetlb.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/swap.h>
#include <uffdsim/observe.h>

#include "internal.h"
#include "sim/sim.h"

static int vm_fault_to_errno(vm_fault_t fault)
{
	if (fault & VM_FAULT_OOM)
		return -ENOMEM;
	if (fault & (VM_FAULT_HWPOISON | VM_FAULT_HWPOISON_LARGE))
		return -EHWPOISON;
	return -EFAULT;
}

/* Does the entry of a small page allow the access?  Then it has been touched. */
static bool follow_page_pte(struct vm_area_struct *vma, unsigned long addr, bool write)
{
	pmd_t *pmd = mm_find_pmd(vma->vm_mm, addr);
	struct page *page;
	spinlock_t *ptl;
	pte_t *ptep;
	bool there;

	if (!pmd)
		return false;
	ptep = pte_offset_map_lock(vma->vm_mm, pmd, addr, &ptl);
	there = pte_present(*ptep) && (!write || pte_write(*ptep));
	if (!there)
		goto out;
	page = vm_normal_page(vma, addr, *ptep);
	if (!page)
		goto out;
	if (write && !pte_dirty(*ptep) && !PageDirty(page))
		set_page_dirty(page);
	mark_page_accessed(page);
out:
	pte_unmap_unlock(ptep, ptl);
	return there;
}

static bool follow_huge_page(struct vm_area_struct *vma, unsigned long addr, bool write)
{
	struct hstate *h = hstate_vma(vma);
	spinlock_t *ptl;
	pte_t *ptep, pte;

	ptep = huge_pte_offset(vma->vm_mm, addr & huge_page_mask(h), huge_page_size(h));
	if (!ptep)
		return false;
	ptl = huge_pte_lock(h, vma->vm_mm, ptep);
	pte = huge_ptep_get(ptep);
	spin_unlock(ptl);
	if (!pte_present(pte))
		return false;
	return !write || huge_pte_write(pte);
}

/*
 * Takes the fault that the access would take.  0: look again; -EBUSY: mmap_lock was dropped, as
 * *@locked says; or its error.
 */
static int faultin_page(struct vm_area_struct *vma, unsigned long addr, bool write, int *locked)
{
	unsigned int flags = FAULT_FLAG_ALLOW_RETRY | FAULT_FLAG_KILLABLE;
	vm_fault_t ret;

	if (write)
		flags |= FAULT_FLAG_WRITE;
	observe_fault(true);
	ret = handle_mm_fault(vma, addr, flags, NULL);
	observe_fault(false);
	if (ret & VM_FAULT_COMPLETED) {
		*locked = 0;
		return -EBUSY;
	}
	if (ret & VM_FAULT_ERROR)
		return vm_fault_to_errno(ret);
	if (ret & VM_FAULT_RETRY) {
		*locked = 0;
		return -EBUSY;
	}
	return 0;
}

/* 0, with the page there or *@locked 0; or an error. */
static int populate_page(struct vm_area_struct *vma, unsigned long addr, bool write, int *locked)
{
	unsigned int faults;
	bool there;
	int err;

	for (faults = 0;; faults++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
		if (is_vm_hugetlb_page(vma))
			there = follow_huge_page(vma, addr, write);
		else
			there = follow_page_pte(vma, addr, write);
		if (there)
			return 0;
		/* mmap_lock stays held: only those who can do without it make a difference. */
		if (faults)
			sim_yield(vma->vm_mm, SIM_SITE("fault_again"));
		err = faultin_page(vma, addr, write, locked);
		if (err == -EBUSY)
			return 0;
		if (err)
			return err;
	}
}

/**
 * faultin_vma_page_range - make the pages of a range present
 * @vma: contains the range
 * @start: page-aligned
 * @end: the same
 * @write: writable, too
 * @locked: set to 0 when mmap_lock was dropped on the way
 *
 * mmap_lock held for reading.  Returns the pages that are there, fewer than asked for if the lock
 * was dropped; -EINVAL: the VMA does not allow the access; -EFAULT, -ENOMEM, -EHWPOISON: the
 * first page's fault failed so; -EINTR: killed.  Linux: mm/gup.c.
 */
long faultin_vma_page_range(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			    bool write, int *locked)
{
	unsigned long addr = start, step = PAGE_SIZE;
	int err;

	mmap_assert_locked(vma->vm_mm);
	if (!(vma->vm_flags & (write ? VM_WRITE : VM_READ)))
		return -EINVAL;
	if (is_vm_hugetlb_page(vma))
		step = huge_page_size(hstate_vma(vma));
	for (; addr < end; addr = ALIGN_DOWN(addr, step) + step) {
		err = populate_page(vma, addr, write, locked);
		if (err)
			return addr == start ? err : (long)((addr - start) >> PAGE_SHIFT);
		if (!*locked)
			return (addr - start) >> PAGE_SHIFT;
	}
	return (end - start) >> PAGE_SHIFT;
}
