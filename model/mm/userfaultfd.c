/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/userfaultfd.c: how UFFDIO_COPY, UFFDIO_ZEROPAGE and UFFDIO_CONTINUE fill missing
 * pages of another thread's (perhaps another process') memory.
 *
 * All three walk the destination page by page with mmap_lock held for reading.  The source
 * of a copy is user memory as well, and may itself be missing; a fault on it cannot be taken
 * under mmap_lock.  So the first copy runs with faults disabled, and when it fails the page
 * is carried out of the lock, filled there, and brought back by a second pass over the same
 * address.  Between the two passes anything may have happened to the destination.
 */
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/userfaultfd_k.h>
#include <linux/mmu_notifier.h>
#include <linux/hugetlb.h>
#include <linux/shmem_fs.h>
#include <asm/tlbflush.h>
#include <asm/tlb.h>
#include <uffdsim/bugs.h>
#include "internal.h"

/* What the caller of the copy loop sees: whole pages done so far, else why there are none. */
static ssize_t mfill_result(long copied, ssize_t err)
{
	BUG_ON(copied < 0);
	BUG_ON(err > 0);
	BUG_ON(!copied && !err);
	return copied ? copied : err;
}

/*
 * The one VMA that holds the whole range and belongs to some userfaultfd, or NULL.  Being
 * registered is what vouches for VM_MAYWRITE: registration is the place that checks it.
 */
static struct vm_area_struct *find_dst_vma(struct mm_struct *mm, unsigned long start,
					   unsigned long len)
{
	struct vm_area_struct *vma = find_vma(mm, start);

	if (!vma)
		return NULL;
	if (vma->vm_start > start)
		return NULL;
	if (vma->vm_end < start + len)
		return NULL;
	return vma->vm_userfaultfd_ctx.ctx ? vma : NULL;
}

/*
 * The page-table entry for @page.  A private mapping of a page that belongs to the file maps
 * it read-only, so that the first store makes a private copy; a write-protected one does so
 * whatever the VMA allows, since mprotect() may change that later.
 */
static pte_t mfill_pte(struct page *page, struct vm_area_struct *vma, bool in_cache, bool wp)
{
	pte_t entry = pte_mkdirty(mk_pte(page, vma->vm_page_prot));
	bool may_store = vma->vm_flags & VM_WRITE;

	/* COV: ZEROPAGE never true: mfill_zeropage() passes no UFFDIO_COPY_MODE_WP */
	if (wp) {
		entry = pte_mkuffd_wp(entry);
		may_store = false;
	}
	/* COV: ZEROPAGE never false: a private mapping gets the page of zeros and does not come
	 * here */
	/* COV: CONTINUE never false: the page is that of the file, locked: truncation waits */
	if (in_cache) {
		/* COV: ZEROPAGE never true: only shmem_mfill_atomic_pte() gets here, with a
		 * shared mapping */
		if (!(vma->vm_flags & VM_SHARED))
			may_store = false;
	}
	/* mk_pte() may or may not have set the write bit: say it either way. */
	return may_store ? pte_mkwrite(entry) : pte_wrprotect(entry);
}

/**
 * mfill_atomic_install_pte - map one filled small page
 * @mm: the destination
 * @pmd: points to the page table that covers @addr
 * @vma: anonymous or shmem, contains @addr
 * @addr: user address, page aligned
 * @page: up to date; the caller's reference passes to the page table on success
 * @newly_allocated: nobody has put it on the LRU yet
 * @wp_copy: map it write-protected for userfaultfd
 *
 * Anonymous and shmem, COPY and CONTINUE, shared and private all end here.  mmap_lock held
 * for reading, @page locked if it is in the page cache; takes the page-table lock.
 *
 * Returns 0; -EFAULT: beyond the end of the file; -EEXIST: something is mapped already.
 * Linux: mm/userfaultfd.c.
 */
int mfill_atomic_install_pte(struct mm_struct *mm, pmd_t *pmd, struct vm_area_struct *vma,
			     unsigned long addr, struct page *page, bool newly_allocated,
			     bool wp_copy)
{
	bool in_cache = page_mapping(page);
	pte_t entry = mfill_pte(page, vma, in_cache, wp_copy);
	pgoff_t file_pages;
	spinlock_t *ptl;
	pte_t *pte;
	int err;

	pte = pte_offset_map_lock(mm, pmd, addr, &ptl);

	/* COV: ZEROPAGE, CONTINUE never 1 false: only mappings of shmem get here */
	if (vma_is_shmem(vma) && !kernel_has(shmem_copy_past_eof) &&
	    !kernel_has(shmem_copy_no_recheck)) {
		/*
		 * truncate sets i_size first and unmaps, under this lock, after: either we
		 * see the new size or it sees our entry.
		 */
		file_pages = DIV_ROUND_UP(i_size_read(vma->vm_file->f_inode), PAGE_SIZE);
		err = -EFAULT;
		if (linear_page_index(vma, addr) >= file_pages)
			goto out_unlock;
	}

	/* A marker left by a write-protect of nothing may be overwritten. */
	err = -EEXIST;
	/* COV: ZEROPAGE never true: shmem_add_to_page_cache() was first to refuse: what a shared
	 * mapping maps is in the cache */
	if (!pte_none_mostly(*pte))
		goto out_unlock;

	/* COV: ZEROPAGE, CONTINUE never false: as in mfill_pte() */
	if (in_cache) {
		if (newly_allocated)
			lru_cache_add(page);
		page_add_file_rmap(page, vma, false);
	} else {
		page_add_new_anon_rmap(page, vma, addr);
		lru_cache_add_inactive_or_unevictable(page, vma);
	}

	/* Only the rmap made an anonymous page one; which counter it is depends on that. */
	inc_mm_counter(mm, mm_counter(page));
	set_pte_at(mm, addr, pte, entry);
	/* Nothing was present, no TLB can hold it. */
	update_mmu_cache(vma, addr, pte);
	err = 0;
out_unlock:
	pte_unmap_unlock(pte, ptl);
	return err;
}

/*
 * COPY into anonymous memory, or into a private file mapping.  *@pagep is the page that a
 * first pass carried out of the lock, or NULL; -ENOENT carries one out.  Any other result
 * leaves *@pagep NULL.
 */
static int mcopy_atomic_pte(struct mm_struct *mm, pmd_t *pmd, struct vm_area_struct *vma,
			    unsigned long dst, unsigned long src, struct page **pagep, bool wp_copy)
{
	struct page *page = *pagep;
	unsigned long left;
	void *kaddr;
	int err;

	if (page) {
		*pagep = NULL;
	} else {
		err = -ENOMEM;
		page = alloc_page_vma(GFP_HIGHUSER_MOVABLE, vma, dst);
		if (!page)
			goto out;

		/*
		 * A fault on the source would take its mmap_lock for reading.  That may be
		 * the lock we hold: with a writer queued in between, a second reader waits
		 * for the writer and the writer for us.  Two processes that fill each other
		 * close the same circle.  So no faults here.
		 */
		kaddr = kmap_local_page(page);
		pagefault_disable();
		left = copy_from_user(kaddr, (const void __user *)src, PAGE_SIZE);
		pagefault_enable();
		kunmap_local(kaddr);

		err = -ENOENT;
		if (left) {
			*pagep = page;
			goto out;
		}
		flush_dcache_page(page);
	}

	/* Contents before flag before page-table entry, for those who look without a lock. */
	__SetPageUptodate(page);

	err = -ENOMEM;
	if (mem_cgroup_charge(page_folio(page), mm, GFP_KERNEL))
		goto out_put;
	err = mfill_atomic_install_pte(mm, pmd, vma, dst, page, true, wp_copy);
	if (err)
		goto out_put;
out:
	return err;
out_put:
	put_page(page);
	return err;
}

/* ZEROPAGE into anonymous memory or a private file mapping: the shared page of zeros. */
static int mfill_zeropage_pte(struct mm_struct *mm, pmd_t *pmd, struct vm_area_struct *vma,
			      unsigned long addr)
{
	pte_t entry = pte_mkspecial(pfn_pte(my_zero_pfn(addr), vma->vm_page_prot));
	pgoff_t file_pages;
	spinlock_t *ptl;
	pte_t *pte;
	int err;

	pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (vma->vm_file && !kernel_has(shmem_copy_past_eof) &&
	    !kernel_has(shmem_copy_no_recheck)) {
		file_pages = DIV_ROUND_UP(i_size_read(vma->vm_file->f_inode), PAGE_SIZE);
		err = -EFAULT;
		if (linear_page_index(vma, addr) >= file_pages)
			goto out_unlock;
	}
	err = -EEXIST;
	if (!pte_none(*pte))
		goto out_unlock;
	set_pte_at(mm, addr, pte, entry);
	update_mmu_cache(vma, addr, pte);
	err = 0;
out_unlock:
	pte_unmap_unlock(pte, ptl);
	return err;
}

/*
 * CONTINUE on shmem, shared or private: map what the page cache has.  On success the
 * reference of the lookup becomes that of the page-table entry.
 */
static int mcontinue_atomic_pte(struct mm_struct *mm, pmd_t *pmd, struct vm_area_struct *vma,
				unsigned long addr, bool wp_copy)
{
	struct inode *inode = file_inode(vma->vm_file);
	pgoff_t index = linear_page_index(vma, addr);
	struct folio *folio;
	struct page *page;
	int err;

	err = shmem_get_folio(inode, index, &folio, SGP_NOALLOC);
	/* To our caller -ENOENT means "copy outside the lock"; a hole is a fault. */
	if (err == -ENOENT)
		err = -EFAULT;
	if (err)
		return err;
	/* COV: CONTINUE never true: of a hole SGP_NOALLOC makes -ENOENT */
	if (!folio)
		return -EFAULT;

	err = -EIO;
	page = folio_file_page(folio, index);
	/* COV: CONTINUE never true: memory errors are not modelled yet */
	if (PageHWPoison(page))
		goto out_put;
	err = mfill_atomic_install_pte(mm, pmd, vma, addr, page, false, wp_copy);
	if (err)
		goto out_put;

	folio_unlock(folio);
	return 0;

out_put:
	folio_unlock(folio);
	folio_put(folio);
	return err;
}

/* POISON into small pages: an entry that says so, where there was none and no marker either. */
static int mfill_poison_pte(struct mm_struct *mm, pmd_t *pmd, struct vm_area_struct *vma,
			    unsigned long addr)
{
	pgoff_t file_pages;
	spinlock_t *ptl;
	pte_t *pte;
	int err;

	pte = pte_offset_map_lock(mm, pmd, addr, &ptl);
	if (vma->vm_file) {
		file_pages = DIV_ROUND_UP(i_size_read(vma->vm_file->f_inode), PAGE_SIZE);
		err = -EFAULT;
		if (linear_page_index(vma, addr) >= file_pages)
			goto out_unlock;
	}
	err = -EEXIST;
	if (!pte_none(*pte))
		goto out_unlock;
	set_pte_at(mm, addr, pte, make_pte_marker(PTE_MARKER_POISONED));
	update_mmu_cache(vma, addr, pte);
	err = 0;
out_unlock:
	pte_unmap_unlock(pte, ptl);
	return err;
}

/* The pmd slot for an address, with the tables above it; NULL without memory for them. */
static pmd_t *mm_alloc_pmd(struct mm_struct *mm, unsigned long addr)
{
	p4d_t *p4d = p4d_alloc(mm, pgd_offset(mm, addr), addr);
	/* COV: COPY, ZEROPAGE, CONTINUE never false: four-level tables: the p4d is the entry of
	 * the pgd, always there */
	pud_t *pud = p4d ? pud_alloc(mm, p4d, addr) : NULL;

	return pud ? pmd_alloc(mm, pud, addr) : NULL;
}

/*
 * __mcopy_atomic() for huge pages: entered with mmap_lock held for reading, left without.
 *
 * The VMA lock keeps the page table in place even where it is shared with other processes;
 * the fault mutex keeps faults on the same page of the file out, so that looking for the
 * page in the cache and adding it are one action.
 */
static ssize_t __mcopy_atomic_hugetlb(struct mm_struct *mm, struct vm_area_struct *vma,
				      unsigned long dst_start, unsigned long src_start,
				      unsigned long len, atomic_t *mmap_changing,
				      enum mcopy_atomic_mode mode, bool wp_copy)
{
	unsigned long hpagesize, dst = dst_start, src = src_start;
	struct page *page = NULL;
	struct mutex *fault_mutex;
	long copied = 0;
	pgoff_t idx;
	ssize_t err;
	pte_t *pte;

	/* Zero pages do not exist in most huge sizes, so in none. */
	/* COV: ZEROPAGE never false: it is that mode */
	/* COV: COPY, CONTINUE never true: another mode */
	if (mode == MCOPY_ATOMIC_ZEROPAGE) {
		mmap_read_unlock(mm);
		return -EINVAL;
	}

	err = -EINVAL;
	hpagesize = vma_kernel_pagesize(vma);
	if (dst_start & (hpagesize - 1))
		goto out_unlock;
	if (len & (hpagesize - 1))
		goto out_unlock;

retry:
	/* NULL: the lock was dropped, and the range may be a different mapping now. */
	/* COV: CONTINUE never true: no second pass: there is nothing to copy */
	if (!vma) {
		err = -ENOENT;
		vma = find_dst_vma(mm, dst_start, len);
		if (!vma)
			goto out_unlock;
		if (!is_vm_hugetlb_page(vma))
			goto out_unlock;
		err = -EINVAL;
		if (vma_kernel_pagesize(vma) != hpagesize)
			goto out_unlock;
	}

	err = -ENOMEM;
	if (!(vma->vm_flags & VM_SHARED)) {
		if (anon_vma_prepare(vma))
			goto out_unlock;
	}

	while (src < src_start + len) {
		BUG_ON(dst >= dst_start + len);

		idx = linear_page_index(vma, dst);
		if (kernel_has(hugetlb_mutex_small_pages))
			idx = ((dst - vma->vm_start) >> PAGE_SHIFT) + vma->vm_pgoff;
		fault_mutex = &hugetlb_fault_mutex_table[hugetlb_fault_mutex_hash(
			vma->vm_file->f_mapping, idx)];
		mutex_lock(fault_mutex);
		hugetlb_vma_lock_read(vma);
		if (kernel_has(hugetlb_error_unreserves_cached))
			i_mmap_lock_read(vma->vm_file->f_mapping);

		err = -ENOMEM;
		pte = huge_pte_alloc(mm, vma, dst, hpagesize);
		if (!pte)
			goto out_unlock_page;

		/* CONTINUE tests under the page-table lock only: it allocates nothing. */
		/* COV: COPY never false: it is not that mode */
		/* COV: CONTINUE never true: it is that mode */
		if (mode != MCOPY_ATOMIC_CONTINUE) {
			err = -EEXIST;
			if (!huge_pte_none_mostly(huge_ptep_get(pte)))
				goto out_unlock_page;
		}

		err = hugetlb_mcopy_atomic_pte(mm, pte, vma, dst, src, mode, &page, wp_copy);
		if (kernel_has(hugetlb_error_unreserves_cached))
			i_mmap_unlock_read(vma->vm_file->f_mapping);
		hugetlb_vma_unlock_read(vma);
		mutex_unlock(fault_mutex);
		cond_resched();

		/* COV: CONTINUE never true: hugetlb_mcopy_atomic_pte() has nothing to copy; a
		 * hole is -EFAULT */
		if (err == -ENOENT) {
			mmap_read_unlock(mm);
			BUG_ON(!page);

			err = copy_huge_page_from_user(page, (const void __user *)src,
						       hpagesize / PAGE_SIZE, true);
			if (err) {
				err = -EFAULT;
				goto out;
			}
			mmap_read_lock(mm);
			vma = NULL;
			if (kernel_has(hugetlb_retry_skips_mmap_changing))
				goto retry;
			/* An event began meanwhile: the monitor is to come back later. */
			err = -EAGAIN;
			if (atomic_read(mmap_changing))
				goto out_unlock;
			goto retry;
		}
		BUG_ON(page);
		if (err)
			goto out_unlock;

		dst += hpagesize;
		src += hpagesize;
		copied += hpagesize;
		if (fatal_signal_pending(current)) {
			err = -EINTR;
			goto out_unlock;
		}
	}
	goto out_unlock;

out_unlock_page:
	if (kernel_has(hugetlb_error_unreserves_cached))
		i_mmap_unlock_read(vma->vm_file->f_mapping);
	hugetlb_vma_unlock_read(vma);
	mutex_unlock(fault_mutex);
out_unlock:
	mmap_read_unlock(mm);
out:
	/* COV: CONTINUE never true: only a first pass leaves a page */
	if (page)
		put_page(page);
	return mfill_result(copied, err);
}

/*
 * One small page in the way that the mode and the kind of mapping ask for.  @vm_flags are those
 * of @vma.
 */
static ssize_t mfill_atomic_pte(struct mm_struct *mm, pmd_t *pmd, struct vm_area_struct *vma,
				unsigned long vm_flags, unsigned long dst, unsigned long src,
				struct page **pagep, enum mcopy_atomic_mode mode, bool wp_copy)
{
	/* COV: COPY, ZEROPAGE never true: another mode */
	/* COV: CONTINUE never false: it is that mode */
	if (mode == MCOPY_ATOMIC_CONTINUE) {
		if (kernel_has(minor_v1_no_shmem))
			return -EINVAL;
		return mcontinue_atomic_pte(mm, pmd, vma, dst, wp_copy);
	}
	/* COV: COPY, ZEROPAGE, CONTINUE never true: another mode */
	if (mode == MCOPY_ATOMIC_POISON)
		return mfill_poison_pte(mm, pmd, vma, dst);

	if (vm_flags & VM_SHARED)
		return shmem_mfill_atomic_pte(mm, pmd, vma, dst, src, mode != MCOPY_ATOMIC_NORMAL,
					      wp_copy, pagep);

	/*
	 * A fault on a hole of a private file mapping would fill the hole and copy the page
	 * at once.  We make the copy and leave the hole: only the page-table entry, never
	 * the page cache, says whether there was something already.
	 */
	/* COV: COPY never true: another mode */
	/* COV: ZEROPAGE never false: it is that mode, CONTINUE has left */
	if (mode == MCOPY_ATOMIC_ZEROPAGE)
		return mfill_zeropage_pte(mm, pmd, vma, dst);
	return mcopy_atomic_pte(mm, pmd, vma, dst, src, pagep, wp_copy);
}

/* Whether the small-page loop can fill this VMA in that mode. */
static bool mfill_can_fill(struct vm_area_struct *vma, enum mcopy_atomic_mode mode)
{
	if (vma_is_shmem(vma))
		return true;
	/* COV: COPY, ZEROPAGE, CONTINUE never true: nothing but anonymous memory, shmem and
	 * hugetlb can be registered */
	if (!vma_is_anonymous(vma))
		return false;
	return mode != MCOPY_ATOMIC_CONTINUE;
}

/*
 * What stands in the way at this pmd: 0, or the error.  A huge page there is somebody
 * else's result, even one that came and went while we allocated a table.
 */
static int mfill_pmd_error(pmd_t pmd)
{
	/* COV: COPY, ZEROPAGE, CONTINUE never true: the table is there, and goes only when
	 * mmap_lock is held for writing */
	if (!pmd_present(pmd))
		return -EEXIST;
	/* COV: COPY, ZEROPAGE, CONTINUE never true: huge pages of anonymous memory and shmem are
	 * not modelled yet */
	if (pmd_trans_huge(pmd))
		return -EEXIST;
	/* COV: COPY, ZEROPAGE, CONTINUE never true: no file system on memory of a device is
	 * modelled */
	if (pmd_devmap(pmd))
		return -EEXIST;
	/* COV: COPY, ZEROPAGE, CONTINUE never true: an entry that is present points to a table:
	 * no entry is ever damaged */
	return pmd_bad(pmd) ? -EFAULT : 0;
}

/* Callers have checked what came from user space; this is the last look. */
static void mfill_check_span(unsigned long dst, unsigned long src, unsigned long len)
{
	BUG_ON(dst & ~PAGE_MASK);
	BUG_ON(len & ~PAGE_MASK);
	/* Neither empty nor wrapping, on both sides. */
	BUG_ON(src + len <= src);
	BUG_ON(dst + len <= dst);
}

/*
 * The loop behind all three ioctls.  Takes and drops mmap_lock of @mm; @src_start is 0 where
 * there is no source and counts pages all the same.  Returns bytes done, or why none.
 */
static ssize_t __mcopy_atomic(struct mm_struct *mm, unsigned long dst_start,
			      unsigned long src_start, unsigned long len,
			      enum mcopy_atomic_mode mcopy_mode, atomic_t *mmap_changing,
			      __u64 mode)
{
	unsigned long dst = dst_start, src = src_start, left;
	unsigned long vm_flags = 0;
	bool wp_copy = mode & UFFDIO_COPY_MODE_WP;
	struct vm_area_struct *vma;
	struct page *page = NULL;
	long copied = 0;
	void *kaddr;
	ssize_t err;
	pmd_t *pmd;
	pmd_t pmdval;

	mfill_check_span(dst_start, src_start, len);
retry:
	mmap_read_lock(mm);

	/*
	 * A fork, mremap, unmap or discard of this memory is under way and its event not yet
	 * read: what the monitor knows of the layout is about to be wrong.
	 */
	err = -EAGAIN;
	if (atomic_read(mmap_changing))
		goto out_unlock;

	err = -ENOENT;
	vma = find_dst_vma(mm, dst_start, len);
	if (!vma)
		goto out_unlock;

	/* Shared anonymous memory is shmem underneath, and its vm_ops say so. */
	err = -EINVAL;
	if (vma_is_anonymous(vma)) {
		if (WARN_ON_ONCE(vma->vm_flags & VM_SHARED))
			goto out_unlock;
	}

	/* To map a page write-protected makes sense only where the fault is then reported. */
	/* COV: ZEROPAGE never true: mfill_zeropage() passes no UFFDIO_COPY_MODE_WP */
	if (wp_copy) {
		if (!(vma->vm_flags & VM_UFFD_WP))
			goto out_unlock;
	}

	if (is_vm_hugetlb_page(vma))
		return __mcopy_atomic_hugetlb(mm, vma, dst_start, src_start, len, mmap_changing,
					      mcopy_mode, wp_copy);

	/* COV: COPY, ZEROPAGE never true: what can be registered, COPY and ZEROPAGE can fill;
	 * hugetlb is gone by here */
	if (!mfill_can_fill(vma, mcopy_mode))
		goto out_unlock;
	/* The rewrite of 2026 chose once, for the VMA that it found first. */
	/* COV: ZEROPAGE, CONTINUE never 1 false: only the first pass of COPY leaves a page */
	if (!page || !kernel_has(copy_retry_keeps_vma_kind))
		vm_flags = vma->vm_flags;

	/* An anonymous page must find its anon_vma when the rmap adds it. */
	err = -ENOMEM;
	if (!(vma->vm_flags & VM_SHARED)) {
		if (anon_vma_prepare(vma))
			goto out_unlock;
	}

	while (src < src_start + len) {
		BUG_ON(dst >= dst_start + len);

		err = -ENOMEM;
		pmd = mm_alloc_pmd(mm, dst);
		if (!pmd)
			goto out_unlock;
		pmdval = pmd_read_atomic(pmd);
		if (pmd_none(pmdval)) {
			if (__pte_alloc(mm, pmd))
				goto out_unlock;
		}
		/* Read again: another thread's fault may have been first. */
		pmdval = pmd_read_atomic(pmd);
		err = mfill_pmd_error(pmdval);
		/* COV: COPY, ZEROPAGE, CONTINUE never true: mfill_pmd_error() finds no fault, as
		 * it says itself */
		if (err)
			goto out_unlock;
		BUG_ON(pmd_none(*pmd));
		BUG_ON(pmd_trans_huge(*pmd));

		err = mfill_atomic_pte(mm, pmd, vma, vm_flags, dst, src, &page, mcopy_mode,
				       wp_copy);
		cond_resched();

		/* COV: ZEROPAGE never true: nothing is copied, so nothing is missing */
		/* COV: CONTINUE never true: mcontinue_atomic_pte() makes -EFAULT of it */
		if (err == -ENOENT) {
			mmap_read_unlock(mm);
			BUG_ON(!page);

			/* May sleep for as long as the source's own monitor likes. */
			kaddr = kmap_local_page(page);
			left = copy_from_user(kaddr, (const void __user *)src, PAGE_SIZE);
			kunmap_local(kaddr);
			if (left) {
				err = -EFAULT;
				goto out;
			}
			flush_dcache_page(page);
			goto retry;
		}
		/* Whoever does not ask for the copy has used the page up. */
		BUG_ON(page);
		if (err)
			goto out_unlock;

		dst += PAGE_SIZE;
		src += PAGE_SIZE;
		copied += PAGE_SIZE;
		if (fatal_signal_pending(current)) {
			err = -EINTR;
			goto out_unlock;
		}
	}

out_unlock:
	mmap_read_unlock(mm);
out:
	/* COV: ZEROPAGE, CONTINUE never true: only a first pass of COPY leaves a page */
	if (page)
		put_page(page);
	return mfill_result(copied, err);
}

/**
 * mcopy_atomic - UFFDIO_COPY
 * @mm: destination, with a user reference held by the caller
 * @dst_start: where to, page aligned
 * @src_start: where from, in the address space of the caller
 * @len: bytes, whole pages of the destination; must not wrap on either side
 * @mmap_changing: the context's count of events in flight
 * @mode: UFFDIO_COPY_MODE_*
 *
 * No lock held on entry and exit; takes mmap_lock of @mm, may sleep in faults on the source.
 * Other threads see each page either missing or with all its contents.
 *
 * Returns the bytes copied when at least one page was, else -EAGAIN: an event is in flight;
 * -ENOENT: no registered VMA holds the range; -EINVAL: that VMA cannot do it, or a huge
 * page's alignment; -EEXIST: something is mapped; -EFAULT: no source, or beyond the file's
 * end; -ENOMEM; -EINTR: the caller is being killed.
 * Linux: mm/userfaultfd.c.
 */
ssize_t mcopy_atomic(struct mm_struct *mm, unsigned long dst_start, unsigned long src_start,
		     unsigned long len, atomic_t *mmap_changing, __u64 mode)
{
	return __mcopy_atomic(mm, dst_start, src_start, len, MCOPY_ATOMIC_NORMAL, mmap_changing,
			      mode);
}

/**
 * mfill_zeropage - UFFDIO_ZEROPAGE
 * @mm: destination, with a user reference held by the caller
 * @start: page aligned
 * @len: bytes, whole pages; must not wrap
 * @mmap_changing: the context's count of events in flight
 *
 * Locks and results as mcopy_atomic(); there is no source to fault on, and huge pages are
 * -EINVAL.  Linux: mm/userfaultfd.c.
 */
ssize_t mfill_zeropage(struct mm_struct *mm, unsigned long start, unsigned long len,
		       atomic_t *mmap_changing)
{
	return __mcopy_atomic(mm, start, 0, len, MCOPY_ATOMIC_ZEROPAGE, mmap_changing, 0);
}

/**
 * mcopy_continue - UFFDIO_CONTINUE
 * @mm: destination, with a user reference held by the caller
 * @start: page aligned
 * @len: bytes, whole pages; must not wrap
 * @mmap_changing: the context's count of events in flight
 *
 * Maps pages that the page cache holds already.  Locks and results as mcopy_atomic();
 * -EFAULT also where the file has a hole, -EINVAL on anonymous memory, -EIO on poison.
 * Linux: mm/userfaultfd.c.
 */
ssize_t mcopy_continue(struct mm_struct *mm, unsigned long start, unsigned long len,
		       atomic_t *mmap_changing)
{
	return __mcopy_atomic(mm, start, 0, len, MCOPY_ATOMIC_CONTINUE, mmap_changing, 0);
}

/**
 * mcopy_continue_wp - UFFDIO_CONTINUE with UFFDIO_CONTINUE_MODE_WP, since 6.4
 *
 * As mcopy_continue(), and -EINVAL where no store is reported.  Linux: mm/userfaultfd.c, where a
 * flag of the same function says so.
 */
ssize_t mcopy_continue_wp(struct mm_struct *mm, unsigned long start, unsigned long len,
			  atomic_t *mmap_changing)
{
	return __mcopy_atomic(mm, start, 0, len, MCOPY_ATOMIC_CONTINUE, mmap_changing,
			      UFFDIO_COPY_MODE_WP);
}

/**
 * mfill_poison - UFFDIO_POISON, since 6.6
 * @mm: destination, with a user reference held by the caller
 * @start: page aligned
 * @len: bytes, whole pages; must not wrap
 * @mmap_changing: the context's count of events in flight
 *
 * Who touches the range gets SIGBUS from now on.  Locks and results as mcopy_atomic(); -EEXIST
 * also for the marker of a protected page that is not there.  Linux: mm/userfaultfd.c.
 */
ssize_t mfill_poison(struct mm_struct *mm, unsigned long start, unsigned long len,
		     atomic_t *mmap_changing)
{
	return __mcopy_atomic(mm, start, 0, len, MCOPY_ATOMIC_POISON, mmap_changing, 0);
}

/**
 * uffd_wp_range - write-protect a range for userfaultfd, or stop doing so
 * @mm: its address space
 * @vma: contains the range
 * @start: page aligned
 * @len: bytes
 * @enable_wp: which of the two
 *
 * mmap_lock held, for reading or writing.  Linux: mm/userfaultfd.c.
 */
void uffd_wp_range(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long start,
		   unsigned long len, bool enable_wp)
{
	unsigned long cp_flags = enable_wp ? MM_CP_UFFD_WP : MM_CP_UFFD_WP_RESOLVE;
	vm_flags_t flags = vma->vm_flags;
	struct mmu_gather tlb;

	/* A store to what is protected must fault, whatever mprotect() has allowed. */
	if (enable_wp)
		flags &= ~VM_WRITE;
	tlb_gather_mmu(&tlb, mm);
	change_protection(&tlb, vma, start, start + len, vm_get_page_prot(flags), cp_flags);
	tlb_finish_mmu(&tlb);
}

static int mwriteprotect_check(struct vm_area_struct *vma, unsigned long start, unsigned long len)
{
	unsigned long mask;

	if (!vma)
		return -ENOENT;
	if (!userfaultfd_wp(vma))
		return -ENOENT;
	/* COV: WRITEPROTECT never true: REGISTER has asked that already */
	if (!vma_can_userfault(vma, vma->vm_flags))
		return -ENOENT;
	if (!is_vm_hugetlb_page(vma))
		return 0;
	mask = vma_kernel_pagesize(vma) - 1;
	return (start | len) & mask ? -EINVAL : 0;
}

/*
 * Mapping by mapping, up to one that is not registered for it; what is done by then stays.  Gaps
 * are no error, as long as there is anything.
 */
static int mwriteprotect_each(struct mm_struct *mm, unsigned long start, unsigned long len,
			      bool enable_wp)
{
	unsigned long from, to, end = start + len;
	struct vm_area_struct *vma;
	int err = -ENOENT;
	MA_STATE(mas, &mm->mm_mt, start, start);

	for (vma = mas_find(&mas, end - 1); vma; vma = mas_find(&mas, end - 1)) {
		err = mwriteprotect_check(vma, start, len);
		if (err)
			break;
		from = max(start, vma->vm_start);
		to = min(end, vma->vm_end);
		uffd_wp_range(mm, vma, from, to - from, enable_wp);
	}
	return err;
}

/**
 * mwriteprotect_range - what UFFDIO_WRITEPROTECT does to the memory
 * @mm: with a user reference held by the caller
 * @start: page aligned
 * @len: bytes, whole pages; must not wrap
 * @enable_wp: protect, or take the protection away
 * @mmap_changing: the context's count of events in flight
 *
 * Takes mmap_lock for reading.  -EAGAIN while mappings change, -ENOENT where the range is not
 * all within one VMA that is registered for write-protection, -EINVAL for parts of huge pages.
 * Linux: mm/userfaultfd.c.
 */
int mwriteprotect_range(struct mm_struct *mm, unsigned long start, unsigned long len,
			bool enable_wp, atomic_t *mmap_changing)
{
	struct vm_area_struct *vma;
	int err = -EAGAIN;

	BUG_ON(start & ~PAGE_MASK);
	BUG_ON(len & ~PAGE_MASK);
	BUG_ON(start + len <= start);

	mmap_read_lock(mm);
	/* COV: WRITEPROTECT never 1 false: its only caller passes the counter */
	if (mmap_changing && atomic_read(mmap_changing))
		goto out_unlock;
	if (kernel_has(writeprotect_spans_mappings)) {
		err = mwriteprotect_each(mm, start, len, enable_wp);
		goto out_unlock;
	}
	vma = find_dst_vma(mm, start, len);
	err = mwriteprotect_check(vma, start, len);
	if (err)
		goto out_unlock;
	uffd_wp_range(mm, vma, start, len, enable_wp);

out_unlock:
	mmap_read_unlock(mm);
	return err;
}
