/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/mremap.c: mappings that grow, shrink and move, their pages with them.
 *
 * Whole page tables are not moved: entry by entry gives the same, in more steps.
 */
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/mempolicy.h>
#include <linux/mman.h>
#include <linux/mmu_notifier.h>
#include <linux/rmap.h>
#include <linux/sched.h>
#include <linux/security.h>
#include <linux/swapops.h>
#include <linux/syscalls.h>
#include <linux/userfaultfd_k.h>
#include <asm/pgalloc.h>
#include <asm/tlbflush.h>
#include <uffdsim/bugs.h>

#include "internal.h"

/* ------------------------------------------------------------------- pages */

static struct address_space *mapping_of(const struct vm_area_struct *vma)
{
	return vma->vm_file ? vma->vm_file->f_mapping : NULL;
}

/* Whoever looks for mappings of a page, by its file or as anonymous memory, waits. */
static void take_rmap_locks(struct vm_area_struct *vma)
{
	struct address_space *mapping = mapping_of(vma);
	struct anon_vma *anon_vma = vma->anon_vma;

	if (mapping)
		i_mmap_lock_write(mapping);
	if (anon_vma)
		anon_vma_lock_write(anon_vma);
}

static void drop_rmap_locks(struct vm_area_struct *vma)
{
	struct address_space *mapping = mapping_of(vma);
	struct anon_vma *anon_vma = vma->anon_vma;

	if (anon_vma)
		anon_vma_unlock_write(anon_vma);
	if (mapping)
		i_mmap_unlock_write(mapping);
}

/* The table is there only if it was before, or memory can be had for it. */
static pmd_t *alloc_new_pmd(struct mm_struct *mm, unsigned long addr)
{
	p4d_t *p4d = p4d_alloc(mm, pgd_offset(mm, addr), addr);
	pud_t *pud;

	if (!p4d)
		return NULL;
	pud = pud_alloc(mm, p4d, addr);
	return pud ? pmd_alloc(mm, pud, addr) : NULL;
}

/* What is left of an entry whose new place is not registered any more; none: 0. */
static pte_t without_uffd_wp(pte_t pte)
{
	if (pte_marker_uffd_wp(pte))
		return __pte(0);
	if (pte_present(pte))
		return pte_clear_uffd_wp(pte);
	return is_swap_pte(pte) ? pte_swp_clear_uffd_wp(pte) : pte;
}

static void move_ptes(struct vm_area_struct *vma, pmd_t *old_pmd, unsigned long old_addr,
		      unsigned long old_end, pmd_t *new_pmd, unsigned long new_addr,
		      bool need_rmap_locks)
{
	bool clear_wp = vma_has_uffd_without_event_remap(vma) && !kernel_has(mremap_keeps_wp);
	unsigned long len = old_end - old_addr;
	pte_t *old_pte, *new_pte, *first, pte;
	spinlock_t *old_ptl, *new_ptl;
	struct mm_struct *mm = vma->vm_mm;
	bool flush = false;

	if (need_rmap_locks)
		take_rmap_locks(vma);
	/* With mmap_lock held for writing nobody takes two of them in another order. */
	first = old_pte = pte_offset_map_lock(mm, old_pmd, old_addr, &old_ptl);
	new_pte = pte_offset_map(new_pmd, new_addr);
	new_ptl = pte_lockptr(mm, new_pmd);
	if (new_ptl != old_ptl)
		spin_lock_nested(new_ptl, SINGLE_DEPTH_NESTING);
	for (; old_addr < old_end; old_addr += PAGE_SIZE, new_addr += PAGE_SIZE) {
		pte = *old_pte++;
		if (pte_none(pte)) {
			new_pte++;
			continue;
		}
		pte = ptep_get_and_clear(mm, old_addr, old_pte - 1);
		if (pte_present(pte))
			flush = true;
		if (clear_wp)
			pte = without_uffd_wp(pte);
		set_pte_at(mm, new_addr, new_pte++, pte);
	}
	/* Before anybody can take the pages away at their new place. */
	if (flush && !kernel_has(mremap_flushes_late))
		flush_tlb_range(vma, old_end - len, old_end);
	if (new_ptl != old_ptl)
		spin_unlock(new_ptl);
	pte_unmap_unlock(first, old_ptl);
	if (need_rmap_locks)
		drop_rmap_locks(vma);
}

/* Up to the end of either page table. */
static unsigned long get_extent(unsigned long old_addr, unsigned long old_end,
				unsigned long new_addr)
{
	unsigned long old_next = min((old_addr + PMD_SIZE) & PMD_MASK, old_end);
	unsigned long new_next = (new_addr + PMD_SIZE) & PMD_MASK;

	return min(old_next - old_addr, new_next - new_addr);
}

/**
 * move_page_tables - move what is mapped in a range
 * @vma: where it is
 * @old_addr: first byte
 * @new_vma: where it goes
 * @new_addr: first byte there; nothing is mapped in the range
 * @len: bytes
 * @need_rmap_locks: from copy_vma()
 *
 * mmap_lock held for writing.  Returns the bytes done, fewer than @len without memory for a page
 * table.  Linux: mm/mremap.c.
 */
unsigned long move_page_tables(struct vm_area_struct *vma, unsigned long old_addr,
			       struct vm_area_struct *new_vma, unsigned long new_addr,
			       unsigned long len, bool need_rmap_locks)
{
	unsigned long extent, start = old_addr, old_end = old_addr + len;
	struct mmu_notifier_range range;
	pmd_t *old_pmd, *new_pmd;

	if (!len)
		return 0;
	if (is_vm_hugetlb_page(vma))
		return move_hugetlb_page_tables(vma, new_vma, old_addr, new_addr, len);

	mmu_notifier_range_init(&range, MMU_NOTIFY_UNMAP, 0, vma, vma->vm_mm, old_addr, old_end);
	mmu_notifier_invalidate_range_start(&range);
	for (; old_addr < old_end; old_addr += extent, new_addr += extent) {
		cond_resched();
		extent = get_extent(old_addr, old_end, new_addr);
		old_pmd = mm_find_pmd(vma->vm_mm, old_addr);
		if (!old_pmd)
			continue;
		new_pmd = alloc_new_pmd(vma->vm_mm, new_addr);
		if (!new_pmd)
			break;
		if (pte_alloc(new_vma->vm_mm, new_pmd))
			break;
		move_ptes(vma, old_pmd, old_addr, old_addr + extent, new_pmd, new_addr,
			  need_rmap_locks);
	}
	if (kernel_has(mremap_flushes_late))
		flush_tlb_range(vma, start, old_end);
	mmu_notifier_invalidate_range_end(&range);
	return len + old_addr - old_end;
}

/* -------------------------------------------------------------------- VMAs */

/* One mremap(): what it was asked for, and what is owed to monitors afterwards. */
struct remap {
	unsigned long addr, old_len, new_len, new_addr;
	unsigned long flags;
	struct vm_userfaultfd_ctx uf;
	struct list_head unmap_early; /* of what was at the new place */
	struct list_head unmap;
};

static int may_split(struct vm_area_struct *vma, unsigned long addr)
{
	if (addr == vma->vm_start || addr == vma->vm_end)
		return 0;
	if (!vma->vm_ops || !vma->vm_ops->may_split)
		return 0;
	return vma->vm_ops->may_split(vma, addr);
}

/* The old place stays, without pages.  It has no use for the anon_vmas of those. */
static void keep_source(struct vm_area_struct *vma, const struct remap *r)
{
	vma->vm_flags &= VM_LOCKED_CLEAR_MASK;
	if (vma->vm_start != r->addr || vma->vm_end != r->addr + r->old_len)
		return;
	unlink_anon_vmas(vma);
	if (vma_is_anonymous(vma) && !vma->vm_file)
		vma->vm_pgoff = vma->vm_start >> PAGE_SHIFT;
}

/* The old place goes; what was charged for it is that of the new one. */
static void drop_source(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr,
			unsigned long len, struct list_head *unmap)
{
	bool charged = vma->vm_flags & VM_ACCOUNT;
	bool below = addr > vma->vm_start, above = addr + len < vma->vm_end;
	bool excess = vma->vm_end - vma->vm_start > len;

	vma->vm_flags &= ~VM_ACCOUNT;
	if (do_munmap(mm, addr, len, unmap) < 0) {
		/* The VMA could not be split: its pages are gone all the same. */
		if (charged)
			vm_acct_memory(len >> PAGE_SHIFT);
		excess = false;
	}
	if (!charged || !excess)
		return;
	/* The parts that are left are charged as before. */
	vma->vm_flags |= VM_ACCOUNT;
	if (below && above)
		find_vma(mm, vma->vm_end)->vm_flags |= VM_ACCOUNT;
}

/* To r->new_addr, where nothing is mapped.  Returns that address, or an error. */
static unsigned long move_vma(struct vm_area_struct *vma, struct remap *r)
{
	bool dontunmap = r->flags & MREMAP_DONTUNMAP;
	long to_account = dontunmap ? r->new_len : r->new_len - r->old_len;
	unsigned long new_addr = r->new_addr, old_addr = r->addr, old_len = r->old_len;
	struct mm_struct *mm = vma->vm_mm;
	struct vm_area_struct *new_vma;
	unsigned long vm_flags = vma->vm_flags, moved;
	bool need_rmap_locks;
	pgoff_t pgoff;
	int err;

	if (mm->map_count >= sysctl_max_map_count - 3)
		return -ENOMEM;
	err = may_split(vma, old_addr);
	if (err)
		return err;
	err = may_split(vma, old_addr + old_len);
	if (err)
		return err;
	if (vm_flags & VM_ACCOUNT) {
		err = security_vm_enough_memory_mm(mm, to_account >> PAGE_SHIFT);
		if (err)
			return -ENOMEM;
	}

	pgoff = vma->vm_pgoff + ((old_addr - vma->vm_start) >> PAGE_SHIFT);
	new_vma = copy_vma(&vma, new_addr, r->new_len, pgoff, &need_rmap_locks, dontunmap);
	if (!new_vma) {
		if (vm_flags & VM_ACCOUNT)
			vm_unacct_memory(to_account >> PAGE_SHIFT);
		return -ENOMEM;
	}

	moved = move_page_tables(vma, old_addr, new_vma, new_addr, old_len, need_rmap_locks);
	if (moved < old_len) {
		/* Back again, where the tables still are; and it is the new place that goes. */
		move_page_tables(new_vma, new_addr, vma, old_addr, moved, true);
		vma = new_vma;
		old_len = r->new_len;
		old_addr = new_addr;
		new_addr = -ENOMEM;
		dontunmap = false;
	} else {
		mremap_userfaultfd_prep(new_vma, &r->uf);
	}
	if (is_vm_hugetlb_page(vma))
		clear_vma_resv_huge_pages(vma);
	vm_stat_account(mm, vma->vm_flags, r->new_len >> PAGE_SHIFT);

	if (dontunmap)
		keep_source(vma, r);
	else
		drop_source(mm, vma, old_addr, old_len, &r->unmap);
	return new_addr;
}

/* The VMA that is to change its size, or why it cannot. */
static struct vm_area_struct *vma_to_resize(struct mm_struct *mm, const struct remap *r)
{
	struct vm_area_struct *vma = vma_lookup(mm, r->addr);
	pgoff_t pgoff;

	if (!vma)
		return ERR_PTR(-EFAULT);
	/* A second mapping of the same: of a private one it would be something else. */
	if (!r->old_len && !(vma->vm_flags & (VM_SHARED | VM_MAYSHARE)))
		return ERR_PTR(-EINVAL);
	if ((r->flags & MREMAP_DONTUNMAP) && (vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP)))
		return ERR_PTR(-EINVAL);
	if (r->old_len > vma->vm_end - r->addr)
		return ERR_PTR(-EFAULT);
	if (r->new_len == r->old_len)
		return vma;
	pgoff = vma->vm_pgoff + ((r->addr - vma->vm_start) >> PAGE_SHIFT);
	if (pgoff + (r->new_len >> PAGE_SHIFT) < pgoff)
		return ERR_PTR(-EINVAL);
	if (vma->vm_flags & (VM_DONTEXPAND | VM_PFNMAP))
		return ERR_PTR(-EFAULT);
	return vma;
}

static unsigned long map_flags_of(const struct vm_area_struct *vma)
{
	return vma->vm_flags & VM_MAYSHARE ? MAP_SHARED : 0;
}

static pgoff_t pgoff_of(const struct vm_area_struct *vma, unsigned long addr)
{
	return vma->vm_pgoff + ((addr - vma->vm_start) >> PAGE_SHIFT);
}

/* Is the new place one, and none that the old one reaches into?  0 or -EINVAL. */
static int mremap_check_place(const struct remap *r)
{
	if (offset_in_page(r->new_addr))
		return -EINVAL;
	if (r->new_len > TASK_SIZE || r->new_addr > TASK_SIZE - r->new_len)
		return -EINVAL;
	if (r->addr + r->old_len > r->new_addr && r->new_addr + r->new_len > r->addr)
		return -EINVAL;
	return 0;
}

/* Whether what would be left of it after it has shrunk can go there; 0, -EFAULT or -EINVAL. */
static int mremap_check_source(struct mm_struct *mm, const struct remap *r)
{
	struct remap left = *r;

	left.old_len = min(r->old_len, r->new_len);
	return PTR_ERR_OR_ZERO(vma_to_resize(mm, &left));
}

/* MREMAP_FIXED, MREMAP_DONTUNMAP: the new address, or an error with what went before done. */
static unsigned long mremap_to(struct mm_struct *mm, struct remap *r)
{
	struct vm_area_struct *vma;
	unsigned long ret, map_flags = 0;

	ret = mremap_check_place(r);
	if (ret)
		return ret;
	/* 6.1 looks only when the new place has been made free. */
	if (kernel_has(mremap_moves_several)) {
		ret = mremap_check_source(mm, r);
		if (ret)
			return ret;
	}
	if (mm->map_count + 2 >= sysctl_max_map_count - 3)
		return -ENOMEM;

	if (r->flags & MREMAP_FIXED) {
		ret = do_munmap(mm, r->new_addr, r->new_len, &r->unmap_early);
		if (ret)
			return ret;
		map_flags = MAP_FIXED;
	}
	if (r->old_len > r->new_len) {
		ret = do_munmap(mm, r->addr + r->new_len, r->old_len - r->new_len, &r->unmap);
		if (ret)
			return ret;
		r->old_len = r->new_len;
	}
	vma = vma_to_resize(mm, r);
	if (IS_ERR(vma))
		return PTR_ERR(vma);
	ret = get_unmapped_area(vma->vm_file, r->new_addr, r->new_len, pgoff_of(vma, r->addr),
				map_flags | map_flags_of(vma));
	if (IS_ERR_VALUE(ret))
		return ret;
	if (!(r->flags & MREMAP_FIXED))
		r->new_addr = ret;
	return move_vma(vma, r);
}

static bool vma_expandable(struct vm_area_struct *vma, unsigned long delta)
{
	unsigned long end = vma->vm_end + delta, at;

	if (end < vma->vm_end)
		return false;
	if (find_vma_intersection(vma->vm_mm, vma->vm_end, end))
		return false;
	at = get_unmapped_area(NULL, vma->vm_start, end - vma->vm_start, 0, MAP_FIXED);
	return !(at & ~PAGE_MASK);
}

/* Where it is: 0 or -ENOMEM. */
static int expand_vma(struct mm_struct *mm, struct vm_area_struct *vma, const struct remap *r)
{
	unsigned long start = r->addr + r->old_len, end = r->addr + r->new_len;
	long pages = (end - start) >> PAGE_SHIFT;
	struct vm_area_struct *grown;

	if (vma->vm_flags & VM_ACCOUNT) {
		if (security_vm_enough_memory_mm(mm, pages))
			return -ENOMEM;
	}
	grown = vma;
	/* A VMA that has to be told of its end is not merged, but can be longer. */
	if (!vma->vm_ops || !vma->vm_ops->close)
		grown = vma_merge(mm, vma, start, end, vma->vm_flags, vma->anon_vma, vma->vm_file,
				  pgoff_of(vma, start), vma_policy(vma), vma->vm_userfaultfd_ctx,
				  anon_vma_name(vma));
	else if (vma_adjust(vma, vma->vm_start, end, vma->vm_pgoff, NULL))
		grown = NULL;
	if (!grown) {
		/* 6.1 does not ask whether it was charged. */
		vm_unacct_memory(pages);
		return -ENOMEM;
	}
	vm_stat_account(mm, grown->vm_flags, pages);
	return 0;
}

/* In place if there is room, else elsewhere if it may move. */
static unsigned long mremap_grow(struct mm_struct *mm, struct remap *r)
{
	struct vm_area_struct *vma = vma_to_resize(mm, r);
	int err;

	if (IS_ERR(vma))
		return PTR_ERR(vma);
	if (r->old_len == vma->vm_end - r->addr && vma_expandable(vma, r->new_len - r->old_len)) {
		err = expand_vma(mm, vma, r);
		return err ? (unsigned long)err : r->addr;
	}
	if (!(r->flags & MREMAP_MAYMOVE))
		return -ENOMEM;
	r->new_addr = get_unmapped_area(vma->vm_file, 0, r->new_len, pgoff_of(vma, r->addr),
					map_flags_of(vma));
	if (IS_ERR_VALUE(r->new_addr))
		return r->new_addr;
	return move_vma(vma, r);
}

/* -EINVAL or 0, with the lengths in whole pages of the mapping. */
static int mremap_hugetlb(struct vm_area_struct *vma, struct remap *r)
{
	struct hstate *h = hstate_vma(vma);

	r->old_len = ALIGN(r->old_len, huge_page_size(h));
	r->new_len = ALIGN(r->new_len, huge_page_size(h));
	if (r->addr & ~huge_page_mask(h))
		return -EINVAL;
	if (r->new_addr & ~huge_page_mask(h))
		return -EINVAL;
	/* Promises of a part of a mapping cannot be moved. */
	return r->new_len > r->old_len ? -EINVAL : 0;
}

/*
 * MREMAP_FIXED without another length: one mapping after the other, with the gaps between them.
 * Those of a userfaultfd move alone, for its event is sent without the lock.
 */
static unsigned long mremap_several(struct mm_struct *mm, struct remap *r)
{
	const struct remap all = *r;
	unsigned long end = all.addr + all.old_len, moved, ret = -EFAULT;
	struct vm_area_struct *vma;

	for (vma = find_vma(mm, all.addr); vma && vma->vm_start < end;
	     vma = find_vma(mm, r->addr + r->old_len)) {
		bool first = ret == (unsigned long)-EFAULT;

		if (first && vma->vm_start > all.addr)
			return -EFAULT;
		if (userfaultfd_armed(vma) && (!first || vma->vm_end < end))
			return -EFAULT;
		r->addr = max(vma->vm_start, all.addr);
		r->old_len = r->new_len = min(vma->vm_end, end) - r->addr;
		r->new_addr = all.new_addr + (r->addr - all.addr);
		if (is_vm_hugetlb_page(vma) && mremap_hugetlb(vma, r))
			return -EINVAL;
		moved = mremap_to(mm, r);
		if (IS_ERR_VALUE(moved))
			return moved;
		if (first)
			ret = moved;
		if (r->addr + r->old_len >= end)
			break;
	}
	return ret;
}

/* mmap_lock held for writing; *@downgraded: for reading, when it returns. */
static unsigned long mremap_locked(struct mm_struct *mm, struct remap *r, bool *downgraded)
{
	struct vm_area_struct *vma = vma_lookup(mm, r->addr);
	unsigned long end = r->addr + r->new_len;
	int ret;
	MA_STATE(mas, &mm->mm_mt, 0, 0);

	if (kernel_has(mremap_moves_several)) {
		/* What is no place is said before anybody looks what is there. */
		if (r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) {
			ret = mremap_check_place(r);
			if (ret)
				return ret;
		}
		if ((r->flags & MREMAP_FIXED) && r->old_len == r->new_len)
			return mremap_several(mm, r);
	}
	if (!vma)
		return -EFAULT;
	if (is_vm_hugetlb_page(vma)) {
		ret = mremap_hugetlb(vma, r);
		if (ret)
			return ret;
		end = r->addr + r->new_len;
	}
	if (r->flags & (MREMAP_FIXED | MREMAP_DONTUNMAP))
		return mremap_to(mm, r);
	if (r->old_len < r->new_len)
		return mremap_grow(mm, r);

	mas_set_range(&mas, end, end);
	ret = do_mas_munmap(&mas, mm, end, r->old_len - r->new_len, &r->unmap, true);
	if (ret == 1)
		*downgraded = true;
	else if (ret < 0 && r->old_len != r->new_len)
		return ret;
	return r->addr;
}

static bool mremap_flags_valid(unsigned long flags, unsigned long old_len, unsigned long new_len)
{
	if (flags & ~(MREMAP_FIXED | MREMAP_MAYMOVE | MREMAP_DONTUNMAP))
		return false;
	if ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && !(flags & MREMAP_MAYMOVE))
		return false;
	return !(flags & MREMAP_DONTUNMAP) || old_len == new_len;
}

SYSCALL_DEFINE5(mremap, unsigned long, addr, unsigned long, old_len, unsigned long, new_len,
		unsigned long, flags, unsigned long, new_addr)
{
	struct remap r = {
		.addr = addr,
		.old_len = PAGE_ALIGN(old_len),
		.new_len = PAGE_ALIGN(new_len),
		.new_addr = new_addr,
		.flags = flags,
	};
	struct mm_struct *mm = current->mm;
	bool downgraded = false;
	unsigned long ret;

	INIT_LIST_HEAD(&r.unmap_early);
	INIT_LIST_HEAD(&r.unmap);
	if (!mremap_flags_valid(flags, old_len, new_len))
		return -EINVAL;
	if (offset_in_page(addr))
		return -EINVAL;
	if (!r.new_len)
		return -EINVAL;

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	ret = mremap_locked(mm, &r, &downgraded);
	if (downgraded)
		mmap_read_unlock(mm);
	else
		mmap_write_unlock(mm);

	userfaultfd_unmap_complete(mm, &r.unmap_early);
	mremap_userfaultfd_complete(&r.uf, addr, ret, r.old_len);
	userfaultfd_unmap_complete(mm, &r.unmap);
	return ret;
}
