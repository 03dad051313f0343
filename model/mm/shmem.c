/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/shmem.c: files that live in the page cache alone.  They stand behind
 * memfd_create() and behind shared anonymous mappings.
 *
 * Left out until something needs it: swap (an index holds a folio or nothing), huge pages,
 * read and write, names and directories, seals, limits of inodes, times.
 *
 * Accounting.  A block is taken from the file system's limit, and from the machine's
 * commitment unless the file was paid for as a whole when it was made, before its page is
 * allocated.  info->alloced counts pages that are paid for and were put into the cache;
 * when pages leave the cache nobody is told, so shmem_recalc_inode() compares it with
 * nrpages and gives back the difference.
 *
 * Truncation sets i_size, unmaps, and then empties the cache, page by page under the page
 * lock.  Who adds a page checks i_size before and, as i_size may have been set in between,
 * again afterwards: with the page locked (shmem_get_folio_gfp()), or under the PTE lock that
 * unmapping takes as well (mfill_atomic_install_pte()).
 */
#include <linux/mm.h>
#include <linux/err.h>
#include <linux/falloc.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/init.h>
#include <linux/memcontrol.h>
#include <linux/mman.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/pagevec.h>
#include <linux/percpu_counter.h>
#include <linux/rmap.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/security.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/uaccess.h>
#include <linux/userfaultfd_k.h>
#include <linux/wait.h>
#include <linux/xarray.h>
#include <uffdsim/bugs.h>

#include "internal.h"
#include "sim/sim.h"

#define BLOCKS_PER_PAGE (PAGE_SIZE / 512)
#define VM_ACCT(size) (PAGE_ALIGN(size) >> PAGE_SHIFT)

/* Boot parameter: pages that all files together may have, 0: any number. */
unsigned long shmem_max_blocks;

static struct vfsmount *shm_mnt;
static struct kmem_cache *shmem_inode_cachep;
static const struct vm_operations_struct shmem_vm_ops;
static const struct file_operations shmem_file_operations;
static const struct inode_operations shmem_inode_operations;
static const struct super_operations shmem_ops;

/*
 * What a fallocate() in progress tells the faults of the same file, through i_private and
 * under i_lock.  It lies on the stack of the caller, of whom i_rwsem allows only one.
 */
struct shmem_falloc {
	wait_queue_head_t *waitq; /* where faults into a hole being punched sleep */
	pgoff_t start;		  /* first page of the range */
	pgoff_t next;		  /* punch: page after the last; otherwise: next to allocate */
};

/**
 * vma_is_shmem - does a VMA map a file of this file system
 * @vma: the VMA
 *
 * Linux: mm/shmem.c.
 */
bool vma_is_shmem(struct vm_area_struct *vma)
{
	return vma->vm_ops == &shmem_vm_ops;
}

/* ------------------------------------------------------------- accounting */

static struct shmem_sb_info *SHMEM_SB(struct super_block *sb)
{
	return sb->s_fs_info;
}

/* Pays for a file of a fixed size as a whole.  0 or -ENOMEM. */
static int shmem_acct_size(unsigned long flags, loff_t size)
{
	if (flags & VM_NORESERVE)
		return 0;
	return security_vm_enough_memory_mm(current->mm, VM_ACCT(size));
}

static void shmem_unacct_size(unsigned long flags, loff_t size)
{
	if (flags & VM_NORESERVE)
		return;
	vm_unacct_memory(VM_ACCT(size));
}

static int shmem_reacct_size(unsigned long flags, loff_t oldsize, loff_t newsize)
{
	long more = VM_ACCT(newsize) - VM_ACCT(oldsize);

	if (flags & VM_NORESERVE)
		return 0;
	if (more > 0)
		return security_vm_enough_memory_mm(current->mm, more);
	if (more < 0)
		vm_unacct_memory(-more);
	return 0;
}

static void shmem_unacct_blocks(unsigned long flags, long pages)
{
	if (flags & VM_NORESERVE)
		vm_unacct_memory(pages);
}

/*
 * Pays for @pages pages.  The failure site stands for a refusal by the machine or by the
 * limit of the file system; the latter is looked at and used in two steps, so threads that
 * are quick enough get more than there is.
 */
static bool shmem_acct_at(struct inode *inode, long pages, const struct sim_site *fail)
{
	struct shmem_inode_info *info = SHMEM_I(inode);
	struct shmem_sb_info *sbinfo = SHMEM_SB(inode->i_sb);

	if (sim_should_fail(fail))
		return false;
	if (info->flags & VM_NORESERVE)
		vm_acct_memory(pages);
	if (!sbinfo->max_blocks)
		return true;

	if (percpu_counter_compare(&sbinfo->used_blocks, sbinfo->max_blocks - pages) > 0) {
		shmem_unacct_blocks(info->flags, pages);
		return false;
	}
	percpu_counter_add(&sbinfo->used_blocks, pages);
	return true;
}

#define shmem_inode_acct_block(inode, pages) shmem_acct_at(inode, pages, SIM_SITE("acct"))

static void shmem_inode_unacct_blocks(struct inode *inode, long pages)
{
	struct shmem_sb_info *sbinfo = SHMEM_SB(inode->i_sb);

	if (sbinfo->max_blocks)
		percpu_counter_sub(&sbinfo->used_blocks, pages);
	shmem_unacct_blocks(SHMEM_I(inode)->flags, pages);
}

/*
 * Gives back what was paid for pages that left the cache since.  info->lock held.  A page
 * that was added and is not counted in alloced yet only makes the difference smaller.
 */
static void shmem_recalc_inode(struct inode *inode)
{
	struct shmem_inode_info *info = SHMEM_I(inode);
	long freed = info->alloced - info->swapped - inode->i_mapping->nrpages;

	if (freed <= 0)
		return;
	info->alloced -= freed;
	inode->i_blocks -= freed * BLOCKS_PER_PAGE;
	shmem_inode_unacct_blocks(inode, freed);
}

/* A page that was paid for is in the cache: it counts from now on. */
static void shmem_count_page(struct inode *inode)
{
	struct shmem_inode_info *info = SHMEM_I(inode);

	spin_lock_irq(&info->lock);
	inode->i_blocks += BLOCKS_PER_PAGE;
	info->alloced++;
	shmem_recalc_inode(inode);
	spin_unlock_irq(&info->lock);
}

static void shmem_recalc_locked(struct inode *inode)
{
	struct shmem_inode_info *info = SHMEM_I(inode);

	spin_lock_irq(&info->lock);
	shmem_recalc_inode(inode);
	spin_unlock_irq(&info->lock);
}

/* -------------------------------------------------------- the page cache */

/*
 * Puts a new folio into the cache, with a reference.  It is locked and swap-backed.  0,
 * -EEXIST when another one is there, or -ENOMEM.  Sleeps.
 */
static int shmem_add_to_page_cache(struct folio *folio, struct address_space *mapping,
				   pgoff_t index, gfp_t gfp, struct mm_struct *charge_mm)
{
	XA_STATE(xas, &mapping->i_pages, index);
	int err;

	VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);
	VM_BUG_ON_FOLIO(!folio_test_swapbacked(folio), folio);

	/* Look-ups find it, and try to get it, from the moment it is stored. */
	folio_ref_add(folio, 1);
	folio->mapping = mapping;
	folio->index = index;

	err = mem_cgroup_charge(folio, charge_mm, gfp);
	if (err)
		goto out_forget;

	do {
		xas_lock_irq(&xas);
		if (xas_find_conflict(&xas))
			xas_set_err(&xas, -EEXIST);
		else
			xas_store(&xas, folio);
		if (!xas_error(&xas))
			mapping->nrpages++;
		xas_unlock_irq(&xas);
	} while (xas_nomem(&xas, gfp));

	err = xas_error(&xas);
	if (err)
		goto out_forget;
	return 0;

out_forget:
	folio->mapping = NULL;
	folio_ref_sub(folio, 1);
	return err;
}

static struct folio *shmem_get_partial_folio(struct inode *inode, pgoff_t index)
{
	/* Not shmem_get_folio(): that fails behind i_size, and takes fallocated pages for holes. */
	return __filemap_get_folio(inode->i_mapping, index, FGP_ENTRY | FGP_LOCK, 0);
}

/*
 * First pass: what can be locked without waiting.  @unfalloc: only what fallocate() added
 * and nobody has used.
 */
static void shmem_undo_quick(struct address_space *mapping, pgoff_t start, pgoff_t end,
			     bool unfalloc)
{
	struct folio_batch batch;
	pgoff_t indices[PAGEVEC_SIZE];
	pgoff_t index = start;
	unsigned int i;

	folio_batch_init(&batch);
	while (index < end && find_lock_entries(mapping, index, end - 1, &batch, indices)) {
		for (i = 0; i < folio_batch_count(&batch); i++) {
			struct folio *folio = batch.folios[i];

			index = indices[i];
			if (!unfalloc || !folio_test_uptodate(folio))
				truncate_inode_folio(mapping, folio);
			folio_unlock(folio);
		}
		folio_batch_release(&batch);
		cond_resched();
		index++;
	}
}

/* Last pass: waits for each page lock; a truncation goes on until nothing is found. */
static void shmem_undo_wait(struct address_space *mapping, pgoff_t start, pgoff_t end,
			    bool unfalloc)
{
	struct folio_batch batch;
	pgoff_t indices[PAGEVEC_SIZE];
	pgoff_t index = start;
	unsigned int i;

	folio_batch_init(&batch);
	while (index < end) {
		cond_resched();
		if (!find_get_entries(mapping, index, end - 1, &batch, indices)) {
			/* A hole: pages that came behind us may stay. */
			if (index == start || end != (pgoff_t)-1)
				break;
			index = start;
			continue;
		}
		for (i = 0; i < folio_batch_count(&batch); i++) {
			struct folio *folio = batch.folios[i];

			index = indices[i];
			folio_lock(folio);
			if (!unfalloc || !folio_test_uptodate(folio)) {
				if (truncate_inode_folio(mapping, folio)) {
					/* It left by itself; another one may stand there. */
					folio_unlock(folio);
					index--;
					break;
				}
			}
			folio_unlock(folio);
		}
		folio_batch_release(&batch);
		index++;
	}
}

/* Clears what of the range lies in folios that stay; they are at its two edges. */
static void shmem_undo_edges(struct inode *inode, loff_t lstart, loff_t lend)
{
	bool same_folio = lstart >> PAGE_SHIFT == lend >> PAGE_SHIFT;
	struct folio *folio = shmem_get_partial_folio(inode, lstart >> PAGE_SHIFT);

	if (folio) {
		same_folio = lend < folio_pos(folio) + folio_size(folio);
		folio_mark_dirty(folio);
		truncate_inode_partial_folio(folio, lstart, lend);
		folio_unlock(folio);
		folio_put(folio);
	}
	if (same_folio)
		return;
	folio = shmem_get_partial_folio(inode, lend >> PAGE_SHIFT);
	if (!folio)
		return;
	folio_mark_dirty(folio);
	truncate_inode_partial_folio(folio, lstart, lend);
	folio_unlock(folio);
	folio_put(folio);
}

/*
 * Removes the pages of [lstart, lend] bytes (lend -1: to the end) from the cache and gives
 * back what was paid for them.  @unfalloc: undo a fallocate() that failed.
 */
static void shmem_undo_range(struct inode *inode, loff_t lstart, loff_t lend, bool unfalloc)
{
	struct address_space *mapping = inode->i_mapping;
	struct shmem_inode_info *info = SHMEM_I(inode);
	pgoff_t start = (lstart + PAGE_SIZE - 1) >> PAGE_SHIFT;
	pgoff_t end = lend == -1 ? (pgoff_t)-1 : (pgoff_t)(lend + 1) >> PAGE_SHIFT;

	if (!unfalloc) {
		if (info->fallocend > start && info->fallocend <= end)
			info->fallocend = start;
	}

	shmem_undo_quick(mapping, start, end, unfalloc);
	if (!unfalloc)
		shmem_undo_edges(inode, lstart, lend);
	shmem_undo_wait(mapping, start, end, unfalloc);

	shmem_recalc_locked(inode);
}

/**
 * shmem_truncate_range - remove a range of a file from the page cache
 * @inode: the file, locked
 * @lstart: first byte
 * @lend: last byte; -1: to the end
 *
 * Pages that lie in it in part are cleared there.  Does not unmap large ranges at once:
 * the caller did.  Sleeps.  Linux: mm/shmem.c.
 */
void shmem_truncate_range(struct inode *inode, loff_t lstart, loff_t lend)
{
	shmem_undo_range(inode, lstart, lend, false);
}

/* ------------------------------------------------------------ allocation */

static struct folio *shmem_alloc_folio(gfp_t gfp, struct shmem_inode_info *info, pgoff_t index)
{
	return vma_alloc_folio(gfp, 0, NULL, 0, false);
}

/* A new folio that is paid for and locked, or ERR_PTR(-ENOSPC or -ENOMEM). */
static struct folio *shmem_alloc_and_acct_folio(gfp_t gfp, struct inode *inode, pgoff_t index)
{
	struct folio *folio;

	if (!shmem_inode_acct_block(inode, 1))
		return ERR_PTR(-ENOSPC);

	folio = shmem_alloc_folio(gfp, SHMEM_I(inode), index);
	if (!folio) {
		shmem_inode_unacct_blocks(inode, 1);
		return ERR_PTR(-ENOMEM);
	}
	__folio_set_locked(folio);
	__folio_set_swapbacked(folio);
	return folio;
}

static bool shmem_behind_eof(struct inode *inode, pgoff_t index)
{
	return (loff_t)index << PAGE_SHIFT >= i_size_read(inode);
}

/*
 * Finds the folio at an index or makes one, as @sgp says.  @vma, @vmf and @fault_type are
 * those of a fault, or NULL.  Returns 0 with *foliop locked and with a reference; 0 with
 * *foliop NULL for a hole that is to be read (SGP_READ), or untouched when a userfault was
 * handled (*fault_type tells; mmap_lock may have been dropped); or an error: -EINVAL (behind
 * i_size), -ENOENT (SGP_NOALLOC and a hole), -ENOSPC (not paid), -ENOMEM, -EFBIG.
 */
static int shmem_get_folio_gfp(struct inode *inode, pgoff_t index, struct folio **foliop,
			       enum sgp_type sgp, gfp_t gfp, struct vm_area_struct *vma,
			       struct vm_fault *vmf, vm_fault_t *fault_type)
{
	struct address_space *mapping = inode->i_mapping;
	/* COV: CONTINUE never true: shmem_get_folio() passes none */
	struct mm_struct *charge_mm = vma ? vma->vm_mm : NULL;
	struct folio *folio;
	bool alloced = false;
	bool once = false;
	int err;

	/* COV: CONTINUE never true: mmap() refuses what lies behind the largest size of a file */
	if (index > MAX_LFS_FILESIZE >> PAGE_SHIFT)
		return -EFBIG;
repeat:
	/* COV: CONTINUE never 1 false: it asks with SGP_NOALLOC */
	if (sgp <= SGP_CACHE && shmem_behind_eof(inode, index))
		return -EINVAL;

	folio = __filemap_get_folio(mapping, index, FGP_ENTRY | FGP_LOCK, 0);
	/* COV: CONTINUE never 2 true: shmem_get_folio() passes none */
	if (folio && vma && userfaultfd_minor(vma)) {
		folio_unlock(folio);
		if (!kernel_has(shmem_minor_leaks_page))
			folio_put(folio);
		*fault_type = handle_userfault(vmf, VM_UFFD_MINOR);
		return 0;
	}

	if (folio) {
		if (sgp == SGP_WRITE)
			folio_mark_accessed(folio);
		if (folio_test_uptodate(folio))
			goto out_found;
		/* fallocate() made it and nobody has used it: for a reader it is a hole. */
		/* COV: CONTINUE never false: it asks with SGP_NOALLOC */
		if (sgp != SGP_READ)
			goto clear;
		folio_unlock(folio);
		folio_put(folio);
	}

	*foliop = NULL;
	/* COV: CONTINUE never true: it asks with SGP_NOALLOC */
	if (sgp == SGP_READ)
		return 0;
	/* COV: CONTINUE never false: it asks with SGP_NOALLOC */
	if (sgp == SGP_NOALLOC)
		return -ENOENT;

	if (vma && userfaultfd_missing(vma)) {
		*fault_type = handle_userfault(vmf, VM_UFFD_MISSING);
		return 0;
	}

	folio = shmem_alloc_and_acct_folio(gfp, inode, index);
	if (IS_ERR(folio)) {
		err = PTR_ERR(folio);
		folio = NULL;
		goto out_unlock;
	}
	if (sgp == SGP_WRITE)
		__folio_set_referenced(folio);

	err = shmem_add_to_page_cache(folio, mapping, index, gfp & GFP_RECLAIM_MASK, charge_mm);
	if (err)
		goto out_unacct;
	folio_add_lru(folio);

	shmem_count_page(inode);
	alloced = true;

	/* A folio that is new to fallocate() is left for its user to clear. */
	if (sgp == SGP_FALLOC)
		sgp = SGP_WRITE;
clear:
	/* One that is not must be kept even if fallocate() fails: it is used from now on. */
	/* COV: CONTINUE never 1 false: it asks with SGP_NOALLOC */
	/* COV: CONTINUE never 2 false: only a page that is not comes here */
	if (sgp != SGP_WRITE && !folio_test_uptodate(folio)) {
		clear_highpage(&folio->page);
		flush_dcache_folio(folio);
		folio_mark_uptodate(folio);
	}

	/* Truncated since the first check?  Then the truncation may have missed this one. */
	/* COV: CONTINUE never 1 false: it asks with SGP_NOALLOC */
	if (sgp <= SGP_CACHE && shmem_behind_eof(inode, index)) {
		/* COV: CONTINUE never true: it asks with SGP_NOALLOC */
		if (alloced) {
			folio_clear_dirty(folio);
			filemap_remove_folio(folio);
			shmem_recalc_locked(inode);
		}
		err = -EINVAL;
		goto out_unlock;
	}
out_found:
	*foliop = folio;
	return 0;

out_unacct:
	shmem_inode_unacct_blocks(inode, 1);
out_unlock:
	/* COV: CONTINUE never false: it was found: it asks with SGP_NOALLOC */
	if (folio) {
		folio_unlock(folio);
		folio_put(folio);
	}
	/* COV: CONTINUE never 1 true: nothing was asked for: it asks with SGP_NOALLOC */
	if (err == -ENOSPC && !once) {
		/* Pages may have left the cache that are still paid for. */
		once = true;
		shmem_recalc_locked(inode);
		goto repeat;
	}
	/* Somebody was faster: there is one now. */
	/* COV: CONTINUE never true: nothing was added: it asks with SGP_NOALLOC */
	if (err == -EEXIST)
		goto repeat;
	return err;
}

/**
 * shmem_get_folio - find the folio at an index, or make one
 * @inode: the file
 * @index: which
 * @foliop: gets it, locked and with a reference; NULL for a hole
 * @sgp: what to do with holes and behind i_size
 *
 * Returns 0, -EINVAL (behind i_size), -ENOENT (a hole, SGP_NOALLOC), -ENOSPC, -ENOMEM or
 * -EFBIG.  Sleeps.  Linux: mm/shmem.c.
 */
int shmem_get_folio(struct inode *inode, pgoff_t index, struct folio **foliop, enum sgp_type sgp)
{
	return shmem_get_folio_gfp(inode, index, foliop, sgp, mapping_gfp_mask(inode->i_mapping),
				   NULL, NULL, NULL);
}

/* ----------------------------------------------------------------- faults */

/* Leaves the queue even if something else has woken the sleeper: the queue may go away. */
static int synchronous_wake_function(wait_queue_entry_t *wait, unsigned int mode, int sync,
				     void *key)
{
	int woken = default_wake_function(wait, mode, sync, key);

	list_del_init(&wait->entry);
	return woken;
}

/*
 * Sleeps until the hole is punched.  Entered with i_lock, drops it.  The queue may be gone
 * when we wake up; then our entry is out of it, finish_wait() sees that and does not touch
 * it, and i_lock keeps the two apart.
 */
static vm_fault_t shmem_wait_for_punch(struct vm_fault *vmf, struct inode *inode,
				       wait_queue_head_t *waitq)
{
	DEFINE_WAIT_FUNC(wait, synchronous_wake_function);
	struct vm_area_struct *vma = vmf->vma;
	struct file *fpin = NULL;

	/* As maybe_unlock_mmap_for_io(): the file keeps the inode while the VMA may go. */
	if (fault_flag_allow_retry_first(vmf->flags)) {
		if (!(vmf->flags & FAULT_FLAG_RETRY_NOWAIT)) {
			fpin = get_file(vma->vm_file);
			mmap_read_unlock(vma->vm_mm);
		}
	}

	prepare_to_wait(waitq, &wait, TASK_UNINTERRUPTIBLE);
	spin_unlock(&inode->i_lock);
	schedule();

	spin_lock(&inode->i_lock);
	finish_wait(waitq, &wait);
	spin_unlock(&inode->i_lock);

	if (!fpin)
		return VM_FAULT_NOPAGE;
	fput(fpin);
	return VM_FAULT_RETRY;
}

/*
 * ->fault().  Returns VM_FAULT_LOCKED with vmf->page locked and with a reference, or what a
 * userfault, a hole being punched or an error made of it.  mmap_lock held for reading; it is
 * dropped with VM_FAULT_RETRY.
 */
static vm_fault_t shmem_fault(struct vm_fault *vmf)
{
	struct vm_area_struct *vma = vmf->vma;
	struct inode *inode = file_inode(vma->vm_file);
	vm_fault_t ret = VM_FAULT_LOCKED;
	struct folio *folio = NULL;
	int err;

	/*
	 * A fault that gets here just before the punch begins races with it and is unmapped
	 * again; this is there for all others, lest they keep it busy for ever.
	 */
	if (inode->i_private) {
		struct shmem_falloc *falloc;

		spin_lock(&inode->i_lock);
		falloc = inode->i_private;
		if (falloc && falloc->waitq) {
			if (vmf->pgoff >= falloc->start && vmf->pgoff < falloc->next)
				return shmem_wait_for_punch(vmf, inode, falloc->waitq);
		}
		spin_unlock(&inode->i_lock);
	}

	err = shmem_get_folio_gfp(inode, vmf->pgoff, &folio, SGP_CACHE,
				  mapping_gfp_mask(inode->i_mapping), vma, vmf, &ret);
	if (!err && folio)
		vmf->page = folio_file_page(folio, vmf->pgoff);
	return err ? vmf_error(err) : ret;
}

/**
 * shmem_get_unmapped_area - choose the place of a mapping
 * @file: the file
 * @uaddr: wanted address, or 0
 * @len: bytes
 * @pgoff: page offset in the file
 * @flags: MAP_*
 *
 * Without huge pages any place is as good.  Linux: mm/shmem.c.
 */
unsigned long shmem_get_unmapped_area(struct file *file, unsigned long uaddr, unsigned long len,
				      unsigned long pgoff, unsigned long flags)
{
	return current->mm->get_unmapped_area(file, uaddr, len, pgoff, flags);
}

static int shmem_mmap(struct file *file, struct vm_area_struct *vma)
{
	file_accessed(file);
	vma->vm_ops = &shmem_vm_ops;
	return 0;
}

/**
 * shmem_mfill_atomic_pte - UFFDIO_COPY or UFFDIO_ZEROPAGE of one page of a shared file
 * @dst_mm: the address space
 * @dst_pmd: entry of the PTE table for @dst_addr
 * @dst_vma: shared mapping of a shmem file
 * @dst_addr: where, page aligned
 * @src_addr: COPY: from where, an address of current's
 * @zeropage: ZEROPAGE, not COPY
 * @wp_copy: map it write-protected
 * @pagep: COPY: see below
 *
 * Returns 0; -EEXIST, the page is cached or mapped; -EFAULT, behind i_size; -ENOMEM, or
 * -ENOENT: the source was not mapped, *@pagep is a new page that the caller fills without
 * locks and passes in again.  In all other cases *@pagep is NULL on return: consumed.
 * mmap_lock of @dst_mm held for reading.  Linux: mm/shmem.c.
 */
int shmem_mfill_atomic_pte(struct mm_struct *dst_mm, pmd_t *dst_pmd, struct vm_area_struct *dst_vma,
			   unsigned long dst_addr, unsigned long src_addr, bool zeropage,
			   bool wp_copy, struct page **pagep)
{
	struct inode *inode = file_inode(dst_vma->vm_file);
	struct address_space *mapping = inode->i_mapping;
	pgoff_t pgoff = linear_page_index(dst_vma, dst_addr);
	gfp_t gfp = mapping_gfp_mask(mapping);
	struct folio *folio;
	pgoff_t max_off;
	void *kaddr;
	int ret;

	if (!shmem_inode_acct_block(inode, 1)) {
		/* On the second pass there is a page already, for which nobody cares now. */
		/* COV: ZEROPAGE never 1 true: only COPY has a second pass */
		if (*pagep && !kernel_has(shmem_retry_full_keeps_page)) {
			put_page(*pagep);
			*pagep = NULL;
		}
		return -ENOMEM;
	}

	/* COV: ZEROPAGE never true: only COPY has a second pass */
	if (*pagep) {
		folio = page_folio(*pagep);
		VM_BUG_ON_FOLIO(folio_test_large(folio), folio);
		*pagep = NULL;
		goto filled;
	}

	ret = -ENOMEM;
	folio = shmem_alloc_folio(gfp, SHMEM_I(inode), pgoff);
	if (!folio)
		goto out_unpay;

	/* COV: COPY never true: it is not that mode */
	/* COV: ZEROPAGE never false: it is that mode */
	if (zeropage) {
		clear_user_highpage(&folio->page, dst_addr);
		goto filled;
	}

	kaddr = kmap_local_folio(folio, 0);
	/*
	 * A fault would take mmap_lock again, of this or of another process; with a writer
	 * waiting for each of the two that is a deadlock.  So no fault: the caller copies.
	 */
	pagefault_disable();
	ret = copy_from_user(kaddr, (const void __user *)src_addr, PAGE_SIZE);
	pagefault_enable();
	kunmap_local(kaddr);
	if (ret) {
		*pagep = &folio->page;
		ret = -ENOENT;
		/* Its block is paid for on the second pass. */
		goto out_unpay;
	}
	flush_dcache_folio(folio);

filled:
	VM_BUG_ON(folio_test_locked(folio));
	__folio_set_locked(folio);
	VM_BUG_ON(folio_test_swapbacked(folio));
	__folio_set_swapbacked(folio);
	/* Before anybody can find it. */
	__folio_mark_uptodate(folio);

	ret = -EFAULT;
	if (!kernel_has(shmem_copy_past_eof)) {
		max_off = DIV_ROUND_UP(i_size_read(inode), PAGE_SIZE);
		if (pgoff >= max_off)
			goto out_put;
	}

	ret = shmem_add_to_page_cache(folio, mapping, pgoff, gfp & GFP_RECLAIM_MASK, dst_mm);
	if (ret)
		goto out_put;

	/* Looks at i_size again. */
	ret = mfill_atomic_install_pte(dst_mm, dst_pmd, dst_vma, dst_addr, &folio->page, true,
				       wp_copy);
	if (ret)
		goto out_uncache;

	shmem_count_page(inode);
	folio_unlock(folio);
	return 0;

out_uncache:
	filemap_remove_folio(folio);
out_put:
	/* The only reference now: the cache's, if there was one, is gone. */
	folio_unlock(folio);
	folio_put(folio);
out_unpay:
	shmem_inode_unacct_blocks(inode, 1);
	return ret;
}

/* ----------------------------------------------- fallocate() and truncate() */

/* Faults look at it only under i_lock: with NULL it may go. */
static void shmem_falloc_publish(struct inode *inode, struct shmem_falloc *falloc)
{
	spin_lock(&inode->i_lock);
	inode->i_private = falloc;
	spin_unlock(&inode->i_lock);
}

static void shmem_punch_hole(struct inode *inode, loff_t offset, loff_t len)
{
	DECLARE_WAIT_QUEUE_HEAD_ONSTACK(shmem_falloc_waitq);
	loff_t first = round_up(offset, PAGE_SIZE);
	loff_t behind = round_down(offset + len, PAGE_SIZE);
	struct shmem_falloc falloc = {
		.waitq = &shmem_falloc_waitq,
		.start = (u64)first >> PAGE_SHIFT,
		.next = (u64)behind >> PAGE_SHIFT,
	};

	shmem_falloc_publish(inode, &falloc);

	if ((u64)(behind - 1) > (u64)first)
		unmap_mapping_range(inode->i_mapping, first, behind - first, 0);
	shmem_truncate_range(inode, offset, offset + len - 1);
	/* Not unmapped once more: private copies stay, unlike on truncation. */

	spin_lock(&inode->i_lock);
	inode->i_private = NULL;
	wake_up_all(falloc.waitq);
	WARN_ON_ONCE(!list_empty(&falloc.waitq->head));
	spin_unlock(&inode->i_lock);
}

/*
 * Fills the holes of [falloc->start, end) with pages that are not up to date: all, or after
 * an error none.
 */
static int shmem_falloc_pages(struct inode *inode, struct shmem_falloc *falloc, pgoff_t end)
{
	struct shmem_inode_info *info = SHMEM_I(inode);
	pgoff_t undo_fallocend = info->fallocend;
	pgoff_t index;
	int err;

	if (info->fallocend < end)
		info->fallocend = end;

	for (index = falloc->start; index < end; index++) {
		struct folio *folio;

		err = -EINTR;
		if (!signal_pending(current))
			err = shmem_get_folio(inode, index, &folio, SGP_FALLOC);
		if (err)
			goto out_undo;

		falloc->next = index + 1;
		folio_mark_dirty(folio);
		folio_unlock(folio);
		folio_put(folio);
		cond_resched();
	}
	return 0;

out_undo:
	info->fallocend = undo_fallocend;
	/* Those that a fault has made up to date by now stay. */
	if (index > falloc->start)
		shmem_undo_range(inode, (loff_t)falloc->start << PAGE_SHIFT,
				 ((loff_t)index << PAGE_SHIFT) - 1, true);
	return err;
}

static long shmem_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = file_inode(file);
	struct shmem_sb_info *sbinfo = SHMEM_SB(inode->i_sb);
	struct shmem_falloc falloc = { .waitq = NULL };
	pgoff_t end;
	int err;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;

	inode_lock(inode);

	err = 0;
	if (mode & FALLOC_FL_PUNCH_HOLE) {
		shmem_punch_hole(inode, offset, len);
		goto out_unlock;
	}

	err = inode_newsize_ok(inode, offset + len);
	if (err)
		goto out_unlock;

	falloc.start = offset >> PAGE_SHIFT;
	falloc.next = falloc.start;
	end = (offset + len + PAGE_SIZE - 1) >> PAGE_SHIFT;
	err = -ENOSPC;
	if (sbinfo->max_blocks && end - falloc.start > sbinfo->max_blocks)
		goto out_unlock;

	shmem_falloc_publish(inode, &falloc);
	err = shmem_falloc_pages(inode, &falloc, end);
	if (!err && !(mode & FALLOC_FL_KEEP_SIZE)) {
		if (offset + len > inode->i_size)
			i_size_write(inode, offset + len);
	}
	shmem_falloc_publish(inode, NULL);
out_unlock:
	inode_unlock(inode);
	return err;
}

/* The part of ->setattr() that is of interest: a new size.  i_rwsem held for writing. */
static int shmem_setsize(struct inode *inode, loff_t newsize)
{
	struct shmem_inode_info *info = SHMEM_I(inode);
	loff_t oldsize = inode->i_size;
	loff_t hole = round_up(newsize, PAGE_SIZE);
	int err;

	if (newsize != oldsize) {
		err = shmem_reacct_size(info->flags, oldsize, newsize);
		if (err)
			return err;
		i_size_write(inode, newsize);
	}
	if (newsize > oldsize)
		return 0;

	if (oldsize > hole)
		unmap_mapping_range(inode->i_mapping, hole, 0, 1);
	if (info->alloced)
		shmem_truncate_range(inode, newsize, -1);
	/* Private copies made of cached pages since the first call. */
	if (oldsize > hole)
		unmap_mapping_range(inode->i_mapping, hole, 0, 1);
	return 0;
}

static int shmem_setattr(struct user_namespace *mnt_userns, struct dentry *dentry,
			 struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	int err = setattr_prepare(mnt_userns, dentry, attr);

	if (err)
		return err;
	if (!(attr->ia_valid & ATTR_SIZE))
		return 0;
	return shmem_setsize(inode, attr->ia_size);
}

/* ---------------------------------------------------------------- inodes */

static void shmem_evict_inode(struct inode *inode)
{
	struct shmem_inode_info *info = SHMEM_I(inode);

	shmem_unacct_size(info->flags, inode->i_size);
	inode->i_size = 0;
	mapping_set_exiting(inode->i_mapping);
	shmem_truncate_range(inode, 0, -1);

	/* Each page that was paid for has been given back. */
	WARN_ON(inode->i_blocks);
	clear_inode(inode);
}

/* VM_NORESERVE in @flags: the pages are paid for one by one. */
static struct inode *shmem_get_inode(struct super_block *sb, umode_t mode, unsigned long flags)
{
	struct inode *inode = new_inode(sb);
	struct shmem_inode_info *info;

	if (!inode)
		return NULL;
	inode->i_ino = get_next_ino();
	inode->i_mode = mode;
	info = SHMEM_I(inode);
	spin_lock_init(&info->lock);
	info->flags = flags & VM_NORESERVE;
	inode->i_op = &shmem_inode_operations;
	inode->i_fop = &shmem_file_operations;
	inode->i_mapping->a_ops = &shmem_aops;
	return inode;
}

static struct inode *shmem_alloc_inode(struct super_block *sb)
{
	struct shmem_inode_info *info = kmem_cache_alloc(shmem_inode_cachep, GFP_KERNEL);

	return info ? &info->vfs_inode : NULL;
}

static void shmem_free_in_core_inode(struct inode *inode)
{
	kmem_cache_free(shmem_inode_cachep, SHMEM_I(inode));
}

static void shmem_init_inode(void *obj)
{
	struct shmem_inode_info *info = obj;

	memset(info, 0, sizeof(*info));
	inode_init_once(&info->vfs_inode);
}

const struct address_space_operations shmem_aops = {
	.dirty_folio = noop_dirty_folio,
};

static const struct file_operations shmem_file_operations = {
	.mmap = shmem_mmap,
	.get_unmapped_area = shmem_get_unmapped_area,
	.fallocate = shmem_fallocate,
};

static const struct inode_operations shmem_inode_operations = {
	.setattr = shmem_setattr,
};

static const struct super_operations shmem_ops = {
	.alloc_inode = shmem_alloc_inode,
	.free_inode = shmem_free_in_core_inode,
	.evict_inode = shmem_evict_inode,
	.drop_inode = generic_delete_inode,
};

static const struct vm_operations_struct shmem_vm_ops = {
	.fault = shmem_fault,
	.map_pages = filemap_map_pages,
};

/* ------------------------------------------------------- the file system */

static void __init shmem_fill_super(struct super_block *sb)
{
	struct shmem_sb_info *sbinfo = kzalloc(sizeof(*sbinfo), GFP_KERNEL | __GFP_NOFAIL);

	sbinfo->max_blocks = shmem_max_blocks;
	(void)percpu_counter_init(&sbinfo->used_blocks, 0, GFP_KERNEL);
	sb->s_fs_info = sbinfo;
	sb->s_maxbytes = MAX_LFS_FILESIZE;
	sb->s_op = &shmem_ops;
}

/**
 * shmem_init - mount the one instance of the file system; once at boot
 *
 * With the limit shmem_max_blocks, which Linux gives to mounts only and not to this
 * internal one.  Linux: mm/shmem.c.
 */
void __init shmem_init(void)
{
	struct super_block *sb = kzalloc(sizeof(*sb), GFP_KERNEL | __GFP_NOFAIL);

	shmem_inode_cachep = kmem_cache_create("shmem_inode_cache", sizeof(struct shmem_inode_info),
					       0, SLAB_PANIC, shmem_init_inode);
	shmem_fill_super(sb);
	shm_mnt = kzalloc(sizeof(*shm_mnt), GFP_KERNEL | __GFP_NOFAIL);
	shm_mnt->mnt_sb = sb;
}

static struct file *__shmem_file_setup(struct vfsmount *mnt, const char *name, loff_t size,
				       unsigned long flags, unsigned int i_flags)
{
	struct inode *inode;
	struct file *file;

	if (size < 0 || size > MAX_LFS_FILESIZE)
		return ERR_PTR(-EINVAL);
	if (shmem_acct_size(flags, size))
		return ERR_PTR(-ENOMEM);

	inode = shmem_get_inode(mnt->mnt_sb, S_IFREG | S_IRWXUGO, flags);
	if (!inode) {
		shmem_unacct_size(flags, size);
		return ERR_PTR(-ENOSPC);
	}
	inode->i_flags |= i_flags;
	inode->i_size = size;
	/* It has no name: it goes with its last user. */
	clear_nlink(inode);
	file = alloc_file_pseudo(inode, mnt, name, O_RDWR, &shmem_file_operations);
	if (IS_ERR(file))
		iput(inode);
	return file;
}

/**
 * shmem_kernel_file_setup - make a file that only the kernel knows
 * @name: for reports
 * @size: bytes
 * @flags: VM_NORESERVE: the pages are paid for one by one, not now
 *
 * Returns it or ERR_PTR(-EINVAL, -ENOMEM, -ENOSPC, -ENFILE).  Linux: mm/shmem.c.
 */
struct file *shmem_kernel_file_setup(const char *name, loff_t size, unsigned long flags)
{
	return __shmem_file_setup(shm_mnt, name, size, flags, S_PRIVATE);
}

/**
 * shmem_file_setup - make a file without a name in any directory
 * @name: for reports
 * @size: bytes
 * @flags: VM_NORESERVE: the pages are paid for one by one, not now
 *
 * Returns as shmem_kernel_file_setup().  Linux: mm/shmem.c.
 */
struct file *shmem_file_setup(const char *name, loff_t size, unsigned long flags)
{
	return __shmem_file_setup(shm_mnt, name, size, flags, 0);
}

/**
 * shmem_zero_setup - give a shared anonymous mapping its file
 * @vma: the mapping, new
 *
 * Returns 0 or an error of shmem_kernel_file_setup().  mmap_lock held for writing.
 * Linux: mm/shmem.c.
 */
int shmem_zero_setup(struct vm_area_struct *vma)
{
	loff_t size = vma->vm_end - vma->vm_start;
	struct file *file = shmem_kernel_file_setup("dev/zero", size, vma->vm_flags);

	if (IS_ERR(file))
		return PTR_ERR(file);
	swap(vma->vm_file, file);
	if (file)
		fput(file);
	vma->vm_ops = &shmem_vm_ops;
	return 0;
}
