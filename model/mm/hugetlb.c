/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/hugetlb.c: huge pages from a pool, promised before they are used.
 *
 * Three counts must agree at all times, and most of the historic bugs are about them:
 *
 *	hstate		free_huge_pages, and resv_huge_pages of them that are promised
 *	subpool		the share of the pool that one mount may use (max) or owns (min)
 *	reservation map	which pages of a file or private mapping were promised one
 *
 * mmap() promises (hugetlb_reserve_pages()), alloc_huge_page() redeems, free_huge_page()
 * makes good a promise whose page was given back unused: HPageRestoreReserve says so.  The
 * caller that gives such a page back must put the map right as well:
 * restore_reserve_on_error().
 *
 * Locks, outer to inner: hugetlb_fault_mutex_table[], one mutex for all indices of all files
 * that hash alike; the VMA's lock (for private mappings, the reservation map's rw_sema);
 * i_mmap_rwsem; the page lock; the page-table lock; hugetlb_lock; the subpool's lock.
 *
 * Left out until something needs it: migration, memory errors, NUMA, cgroups,
 * demotion.  Reservation maps themselves are in hugetlb_resv.c, page tables that mappings
 * share in hugetlb_pmd_share.c.
 */
#include <linux/mm.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/hugetlb.h>
#include <linux/init.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/printk.h>
#include <linux/rmap.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/userfaultfd_k.h>
#include <asm/pgalloc.h>
#include <asm/tlb.h>
#include <asm/tlbflush.h>
#include <uffdsim/bugs.h>

#include "hugetlb_resv.h"
#include "internal.h"
#include "sim/sim.h"

int hugetlb_max_hstate __read_mostly;
unsigned int default_hstate_idx;
struct hstate hstates[HUGE_MAX_HSTATE];

/* Protects the pools: their lists and counts. */
DEFINE_SPINLOCK(hugetlb_lock);

/*
 * Serialises faults, copies and truncation on one index of one file.  Without it two
 * faults on the last page of the pool could each take one away from the other.
 */
struct mutex *hugetlb_fault_mutex_table;
static unsigned int num_fault_mutexes;

static struct kmem_cache *hugepage_subpool_cachep;

static int hugetlb_acct_memory(struct hstate *h, long delta);
static struct resv_map *vma_resv_map(struct vm_area_struct *vma);

/* --------------------------------------------------------------- subpools */

static bool subpool_is_free(struct hugepage_subpool *spool)
{
	if (spool->count)
		return false;
	if (spool->max_hpages != -1)
		return !spool->used_hpages;
	if (spool->min_hpages != -1)
		return spool->rsv_hpages == spool->min_hpages;
	return true;
}

/*
 * Drops the subpool's lock; the last user of a subpool without a mount frees it, and gives
 * back what it has reserved for its minimum.
 */
static void unlock_or_release_subpool(struct hugepage_subpool *spool, unsigned long irq_flags)
{
	spin_unlock_irqrestore(&spool->lock, irq_flags);
	if (!subpool_is_free(spool))
		return;
	if (spool->min_hpages != -1)
		hugetlb_acct_memory(spool->hstate, -spool->min_hpages);
	kmem_cache_free(hugepage_subpool_cachep, spool);
}

/**
 * hugepage_new_subpool - create the subpool of a mount
 * @h: size of its pages
 * @max_hpages: how many it may use, -1: any number
 * @min_hpages: how many it owns from the start, -1: none
 *
 * NULL without memory, or when the pool cannot promise @min_hpages.  Takes hugetlb_lock;
 * sleeps.  Linux: mm/hugetlb.c.
 */
struct hugepage_subpool *hugepage_new_subpool(struct hstate *h, long max_hpages, long min_hpages)
{
	struct hugepage_subpool *spool = kmem_cache_zalloc(hugepage_subpool_cachep, GFP_KERNEL);

	if (!spool)
		return NULL;
	spin_lock_init(&spool->lock);
	spool->hstate = h;
	spool->count = 1;
	spool->max_hpages = max_hpages;
	spool->min_hpages = min_hpages;
	spool->rsv_hpages = min_hpages;
	if (min_hpages == -1)
		return spool;
	if (!hugetlb_acct_memory(h, min_hpages))
		return spool;
	kmem_cache_free(hugepage_subpool_cachep, spool);
	return NULL;
}

/**
 * hugepage_put_subpool - the mount of a subpool ends
 * @spool: freed now, or with the last of its pages
 *
 * Linux: mm/hugetlb.c.
 */
void hugepage_put_subpool(struct hugepage_subpool *spool)
{
	unsigned long irq_flags;

	spin_lock_irqsave(&spool->lock, irq_flags);
	BUG_ON(spool->count <= 0);
	spool->count--;
	unlock_or_release_subpool(spool, irq_flags);
}

/*
 * Takes pages of a subpool into use.  Returns how many of them the global pool must answer
 * for: less than @delta when the subpool has reserves of its own; -ENOMEM: above its limit.
 */
static long hugepage_subpool_get_pages(struct hugepage_subpool *spool, long delta)
{
	long ret = delta;

	/* COV: COPY never false: only a mount with a limit has a subpool; memfd_create() and
	 * mmap() use that of the kernel, without */
	if (!spool)
		return delta;

	spin_lock_irq(&spool->lock);
	if (spool->max_hpages != -1) {
		ret = -ENOMEM;
		if (spool->used_hpages + delta > spool->max_hpages)
			goto out_unlock;
		if (sim_should_fail(SIM_SITE("acct")))
			goto out_unlock;
		spool->used_hpages += delta;
		ret = delta;
	}
	if (spool->min_hpages != -1) {
		long own = min(delta, spool->rsv_hpages);

		spool->rsv_hpages -= own;
		ret -= own;
	}
out_unlock:
	spin_unlock_irq(&spool->lock);
	return ret;
}

/*
 * Gives pages back to a subpool, free ones or promised ones.  Returns how many promises of
 * the global pool end with that: less than @delta when the subpool refills its reserves.
 */
static long hugepage_subpool_put_pages(struct hugepage_subpool *spool, long delta)
{
	unsigned long flags;
	long ret = delta;

	/* COV: COPY never false: only a mount with a limit has a subpool; memfd_create() and
	 * mmap() use that of the kernel, without */
	if (!spool)
		return delta;

	spin_lock_irqsave(&spool->lock, flags);
	if (spool->max_hpages != -1)
		spool->used_hpages -= delta;
	if (spool->min_hpages != -1 && spool->used_hpages < spool->min_hpages) {
		long kept = min(delta, spool->min_hpages - spool->rsv_hpages);

		spool->rsv_hpages += kept;
		ret -= kept;
	}
	/* The mount may have gone while pages were in use. */
	unlock_or_release_subpool(spool, flags);
	return ret;
}

static struct hugepage_subpool *subpool_inode(struct inode *inode)
{
	return HUGETLBFS_SB(inode->i_sb)->spool;
}

static struct hugepage_subpool *subpool_vma(struct vm_area_struct *vma)
{
	return subpool_inode(file_inode(vma->vm_file));
}

/* --------------------------------------------------------- the VMA's lock */

/* Has a lock object of its own: mappings that may share page tables. */
static bool __vma_shareable_lock(struct vm_area_struct *vma)
{
	if (!(vma->vm_flags & (VM_MAYSHARE | VM_SHARED)))
		return false;
	return vma->vm_private_data != NULL;
}

/*
 * The semaphore that is the VMA's lock; NULL: it has none, and need not be locked.  Faults
 * and copies hold it shared, whoever unmaps pages holds it exclusively.
 */
static struct rw_semaphore *hugetlb_vma_sema(struct vm_area_struct *vma)
{
	struct hugetlb_vma_lock *vma_lock = vma->vm_private_data;

	if (__vma_shareable_lock(vma))
		return &vma_lock->rw_sema;
	if (__vma_private_lock(vma))
		return &vma_resv_map(vma)->rw_sema;
	return NULL;
}

/**
 * hugetlb_vma_lock_read - keep the VMA's pages from being unmapped in its name
 * @vma: the VMA
 *
 * mmap_lock held; sleeps.  Linux: mm/hugetlb.c.
 */
void hugetlb_vma_lock_read(struct vm_area_struct *vma)
{
	struct rw_semaphore *sema = hugetlb_vma_sema(vma);

	if (sema)
		down_read(sema);
}

/**
 * hugetlb_vma_unlock_read - end of hugetlb_vma_lock_read()
 * @vma: the VMA
 *
 * Linux: mm/hugetlb.c.
 */
void hugetlb_vma_unlock_read(struct vm_area_struct *vma)
{
	struct rw_semaphore *sema = hugetlb_vma_sema(vma);

	if (sema)
		up_read(sema);
}

/**
 * hugetlb_vma_lock_write - keep faults and copies out of a VMA
 * @vma: the VMA
 *
 * Comes before i_mmap_rwsem; sleeps.  Linux: mm/hugetlb.c.
 */
void hugetlb_vma_lock_write(struct vm_area_struct *vma)
{
	struct rw_semaphore *sema = hugetlb_vma_sema(vma);

	if (sema)
		down_write(sema);
}

/**
 * hugetlb_vma_unlock_write - end of hugetlb_vma_lock_write()
 * @vma: the VMA
 *
 * Linux: mm/hugetlb.c.
 */
void hugetlb_vma_unlock_write(struct vm_area_struct *vma)
{
	struct rw_semaphore *sema = hugetlb_vma_sema(vma);

	if (sema)
		up_write(sema);
}

/**
 * hugetlb_vma_trylock_write - hugetlb_vma_lock_write() unless it would sleep
 * @vma: the VMA
 *
 * For those who hold i_mmap_rwsem already.  Returns nonzero when the lock is held or there
 * is none.  Linux: mm/hugetlb.c.
 */
int hugetlb_vma_trylock_write(struct vm_area_struct *vma)
{
	struct rw_semaphore *sema = hugetlb_vma_sema(vma);

	return sema ? down_write_trylock(sema) : 1;
}

/**
 * hugetlb_vma_assert_locked - a bug unless somebody holds the VMA's lock
 * @vma: the VMA
 *
 * Linux: mm/hugetlb.c.
 */
void hugetlb_vma_assert_locked(struct vm_area_struct *vma)
{
	struct rw_semaphore *sema = hugetlb_vma_sema(vma);

	if (sema)
		lockdep_assert_held(sema);
}

/**
 * hugetlb_vma_lock_release - free a lock object; the last kref_put()
 * @kref: hugetlb_vma_lock->refs
 *
 * Linux: mm/hugetlb.c.
 */
void hugetlb_vma_lock_release(struct kref *kref)
{
	kfree(container_of(kref, struct hugetlb_vma_lock, refs));
}

/*
 * Parts a VMA from its lock object, which is held exclusively: truncation may sleep on the
 * object with a reference of its own, and finds out by ->vma that there is no VMA any more.
 */
static void __hugetlb_vma_unlock_write_put(struct hugetlb_vma_lock *vma_lock)
{
	struct vm_area_struct *vma = vma_lock->vma;

	vma->vm_private_data = NULL;
	vma_lock->vma = NULL;
	up_write(&vma_lock->rw_sema);
	kref_put(&vma_lock->refs, hugetlb_vma_lock_release);
}

static void __hugetlb_vma_unlock_write_free(struct vm_area_struct *vma)
{
	if (__vma_shareable_lock(vma))
		__hugetlb_vma_unlock_write_put(vma->vm_private_data);
	else
		hugetlb_vma_unlock_write(vma); /* goes with the reservation map */
}

static void hugetlb_vma_lock_free(struct vm_area_struct *vma)
{
	struct hugetlb_vma_lock *vma_lock;

	if (!vma)
		return;
	if (!__vma_shareable_lock(vma))
		return;
	vma_lock = vma->vm_private_data;
	down_write(&vma_lock->rw_sema);
	__hugetlb_vma_unlock_write_put(vma_lock);
}

static void hugetlb_vma_lock_alloc(struct vm_area_struct *vma)
{
	struct hugetlb_vma_lock *vma_lock;

	if (!vma)
		return;
	if (!(vma->vm_flags & VM_MAYSHARE))
		return;
	if (vma->vm_private_data)
		return;

	vma_lock = kmalloc(sizeof(*vma_lock), GFP_KERNEL);
	if (!vma_lock) {
		/* Not an error: faults and truncation are then serialised less well. */
		pr_warn_once("HugeTLB: no memory for the lock of a VMA\n");
		return;
	}
	init_rwsem(&vma_lock->rw_sema);
	kref_init(&vma_lock->refs);
	vma->vm_private_data = vma_lock;
	vma_lock->vma = vma;
}

/* ------------------------------------- reservation maps of files and VMAs */

/* Index of an address in the page cache: huge pages are its unit. */
static pgoff_t vma_hugecache_offset(struct hstate *h, struct vm_area_struct *vma,
				    unsigned long address)
{
	pgoff_t first = vma->vm_pgoff >> huge_page_order(h);

	return first + ((address - vma->vm_start) >> huge_page_shift(h));
}

/**
 * linear_hugepage_index - index of an address in its file, in huge pages
 * @vma: hugetlb VMA
 * @address: user address
 *
 * Linux: mm/hugetlb.c.
 */
pgoff_t linear_hugepage_index(struct vm_area_struct *vma, unsigned long address)
{
	return vma_hugecache_offset(hstate_vma(vma), vma, address);
}

/**
 * vma_kernel_pagesize - bytes of a page of a VMA
 * @vma: any VMA
 *
 * Linux: mm/hugetlb.c.
 */
unsigned long vma_kernel_pagesize(struct vm_area_struct *vma)
{
	const struct vm_operations_struct *ops = vma->vm_ops;

	/* COV: COPY, CONTINUE, WRITEPROTECT never 1 true: asked about hugetlb mappings only */
	/* COV: COPY, CONTINUE, WRITEPROTECT never 2 true: asked about hugetlb mappings only */
	if (!ops || !ops->pagesize)
		return PAGE_SIZE;
	return ops->pagesize(vma);
}

/**
 * vma_mmu_pagesize - bytes of what one entry of the page tables maps
 * @vma: any VMA
 *
 * Linux: mm/hugetlb.c.
 */
unsigned long vma_mmu_pagesize(struct vm_area_struct *vma)
{
	return vma_kernel_pagesize(vma);
}

/*
 * vm_private_data of a private mapping is the pointer to its reservation map with flags in
 * the low bits.  OWNER: the promises are this VMA's, and not those of its parent.
 * UNMAPPED: the owner needed a page that this one shared and took it away.
 */
#define HPAGE_RESV_OWNER (1UL << 0)
#define HPAGE_RESV_UNMAPPED (1UL << 1)
#define HPAGE_RESV_MASK (HPAGE_RESV_OWNER | HPAGE_RESV_UNMAPPED)

static unsigned long get_vma_private_data(struct vm_area_struct *vma)
{
	return (unsigned long)vma->vm_private_data;
}

static void set_vma_private_data(struct vm_area_struct *vma, unsigned long value)
{
	vma->vm_private_data = (void *)value;
}

/*
 * By way of the address_space inside the inode: i_mapping may be another one by the time
 * the inode is evicted.
 */
static struct resv_map *inode_resv_map(struct inode *inode)
{
	return inode->i_data.private_data;
}

static struct resv_map *vma_resv_map(struct vm_area_struct *vma)
{
	VM_BUG_ON_VMA(!is_vm_hugetlb_page(vma), vma);
	/* COV: WRITEPROTECT never true: it needs only the lock of a private mapping */
	if (vma->vm_flags & VM_MAYSHARE)
		return inode_resv_map(vma->vm_file->f_mapping->host);
	return (struct resv_map *)(get_vma_private_data(vma) & ~HPAGE_RESV_MASK);
}

/* In the vm_private_data of a shared mapping there is a lock. */
static void check_has_resv_data(struct vm_area_struct *vma)
{
	VM_BUG_ON_VMA(!is_vm_hugetlb_page(vma), vma);
	VM_BUG_ON_VMA(vma->vm_flags & VM_MAYSHARE, vma);
}

static void set_vma_resv_map(struct vm_area_struct *vma, struct resv_map *map)
{
	check_has_resv_data(vma);
	set_vma_private_data(vma, (unsigned long)map);
}

static void set_vma_resv_flags(struct vm_area_struct *vma, unsigned long flags)
{
	check_has_resv_data(vma);
	set_vma_private_data(vma, get_vma_private_data(vma) | flags);
}

static bool is_vma_resv_set(struct vm_area_struct *vma, unsigned long flag)
{
	VM_BUG_ON_VMA(!is_vm_hugetlb_page(vma), vma);
	return get_vma_private_data(vma) & flag;
}

/**
 * __vma_private_lock - is the reservation map of a private mapping its lock?
 * @vma: hugetlb VMA
 *
 * Linux: mm/hugetlb.c.
 */
bool __vma_private_lock(struct vm_area_struct *vma)
{
	if (vma->vm_flags & VM_MAYSHARE)
		return false;
	if (!(get_vma_private_data(vma) & ~HPAGE_RESV_MASK))
		return false;
	return is_vma_resv_set(vma, HPAGE_RESV_OWNER);
}

/*
 * May an allocation for this VMA use a promised page?  @chg is what vma_needs_reservation()
 * said: 0 when the map knows of a promise.  Where it does not, the range was punched or
 * truncated since, or the promise was redeemed before.
 */
static bool vma_has_reserves(struct vm_area_struct *vma, long chg)
{
	if (vma->vm_flags & VM_NORESERVE) {
		/*
		 * Another mapping of the file has made the promise.  The page will go into
		 * the cache and end that promise there, so it must be counted off here.
		 */
		if (!(vma->vm_flags & VM_MAYSHARE))
			return false;
		return chg == 0;
	}
	if (vma->vm_flags & VM_MAYSHARE)
		return chg == 0;
	if (!is_vma_resv_set(vma, HPAGE_RESV_OWNER))
		return false;
	return chg == 0;
}

/* Which step of changing one page's entry in a map. */
enum vma_resv_mode {
	VMA_NEEDS_RESV,	 /* region_chg(); one of the others must follow */
	VMA_COMMIT_RESV, /* the page was allocated */
	VMA_END_RESV,	 /* it was not */
	VMA_ADD_RESV,	 /* on error: a promise that was redeemed is valid again */
	VMA_DEL_RESV,	 /* on error: an entry without a promise must go */
};

static long resv_region_chg(struct resv_map *resv, pgoff_t idx)
{
	long regions;
	long ret = region_chg(resv, idx, idx + 1, &regions);

	/* A page lies in one region. */
	VM_BUG_ON(regions != 1);
	return ret;
}

static long resv_region_add(struct resv_map *resv, pgoff_t idx)
{
	long ret = region_add(resv, idx, idx + 1, 1);

	/* region_chg() has the region set aside: it cannot fail. */
	VM_BUG_ON(ret < 0);
	return ret;
}

static long resv_region_del(struct resv_map *resv, pgoff_t idx)
{
	region_abort(resv, idx, idx + 1, 1);
	return region_del(resv, idx, idx + 1);
}

static long __vma_reservation_common(struct hstate *h, struct vm_area_struct *vma,
				     unsigned long addr, enum vma_resv_mode mode)
{
	struct resv_map *resv = vma_resv_map(vma);
	bool shared = vma->vm_flags & VM_MAYSHARE;
	pgoff_t at;
	long ret = 0;

	if (!resv)
		return 1;
	at = vma_hugecache_offset(h, vma, addr);
	/* COV: COPY never arm 6: all values have a case */
	/* COV: CONTINUE never arm 2: commits an allocation */
	/* COV: CONTINUE never arm 3: restores what was redeemed: see restore_reserve_on_error() */
	/* COV: CONTINUE never arm 6: all values have a case */
	switch (mode) {
	case VMA_NEEDS_RESV:
		ret = resv_region_chg(resv, at);
		break;
	case VMA_COMMIT_RESV:
		ret = resv_region_add(resv, at);
		break;
	case VMA_ADD_RESV:
		/* COV: CONTINUE never true: see arm 3 above */
		/* COV: CONTINUE never false: see arm 3 above */
		ret = shared ? resv_region_add(resv, at) : resv_region_del(resv, at);
		break;
	case VMA_DEL_RESV:
		/* COV: COPY never false: in a private map the entry of alloc_huge_page() is
		 * still there: see restore_no_reserve() */
		ret = shared ? resv_region_del(resv, at) : resv_region_add(resv, at);
		break;
	case VMA_END_RESV:
		region_abort(resv, at, at + 1, 1);
		break;
	}

	if (shared)
		return ret;
	/* COV: COPY never true: not of a private map, as above */
	if (mode == VMA_DEL_RESV)
		return ret;
	/* In a private map an entry means the opposite: the promise has been redeemed. */
	if (ret < 0)
		return ret;
	return ret == 0;
}

/* 0: there is a promise, 1: there is none, -ENOMEM.  Must be followed up unless it failed. */
static long vma_needs_reservation(struct hstate *h, struct vm_area_struct *vma, unsigned long addr)
{
	return __vma_reservation_common(h, vma, addr, VMA_NEEDS_RESV);
}

/* The page is allocated.  Differs from vma_needs_reservation() if the map changed since. */
static long vma_commit_reservation(struct hstate *h, struct vm_area_struct *vma, unsigned long addr)
{
	return __vma_reservation_common(h, vma, addr, VMA_COMMIT_RESV);
}

static void vma_end_reservation(struct hstate *h, struct vm_area_struct *vma, unsigned long addr)
{
	__vma_reservation_common(h, vma, addr, VMA_END_RESV);
}

static long vma_add_reservation(struct hstate *h, struct vm_area_struct *vma, unsigned long addr)
{
	return __vma_reservation_common(h, vma, addr, VMA_ADD_RESV);
}

static long vma_del_reservation(struct hstate *h, struct vm_area_struct *vma, unsigned long addr)
{
	return __vma_reservation_common(h, vma, addr, VMA_DEL_RESV);
}

/* The page redeemed a promise, and free_huge_page() will renew it: the map must follow. */
static void restore_redeemed_reserve(struct hstate *h, struct vm_area_struct *vma,
				     unsigned long address, struct page *page, long rc)
{
	if (rc == 0) {
		vma_end_reservation(h, vma, address);
		return;
	}
	if (rc > 0) {
		vma_add_reservation(h, vma, address);
		return;
	}
	/* No memory to change the map: then the promise counts as redeemed for good. */
	ClearHPageRestoreReserve(page);
}

/* There was no promise, but alloc_huge_page() has made an entry: it must go. */
static void restore_no_reserve(struct hstate *h, struct vm_area_struct *vma, unsigned long address,
			       struct page *page, long rc)
{
	if (rc > 0) {
		vma_end_reservation(h, vma, address);
		return;
	}
	if (rc == 0) {
		/* Of a page that stays in the page cache this would delete what it lives on. */
		rc = vma_del_reservation(h, vma, address);
		if (rc < 0)
			SetHPageRestoreReserve(page);
		return;
	}
	/*
	 * No memory, so the map lacks an entry.  In a file's map that is what we want; in a
	 * private one it promises a page, and the pool must keep that.
	 */
	if (!(vma->vm_flags & VM_MAYSHARE))
		SetHPageRestoreReserve(page);
}

/**
 * restore_reserve_on_error - undo what alloc_huge_page() did to the reservation map
 * @h: size of the page
 * @vma: the VMA it was allocated for
 * @address: user address
 * @page: from alloc_huge_page(), about to be freed; never one in the page cache
 *
 * The fault mutex of the page is still held.  Linux: mm/hugetlb.c.
 */
void restore_reserve_on_error(struct hstate *h, struct vm_area_struct *vma, unsigned long address,
			      struct page *page)
{
	long rc = vma_needs_reservation(h, vma, address);

	/* COV: CONTINUE never true: a page of the file keeps no promise:
	 * hugetlb_add_to_page_cache() has ended it */
	if (HPageRestoreReserve(page))
		restore_redeemed_reserve(h, vma, address, page, rc);
	else
		restore_no_reserve(h, vma, address, page, rc);
}

/* --------------------------------------------------------------- the pool */

/* hugetlb_lock held, reference count 0. */
static void enqueue_huge_page(struct hstate *h, struct page *page)
{
	lockdep_assert_held(&hugetlb_lock);
	VM_BUG_ON_PAGE(page_count(page), page);
	list_move(&page->lru, &h->hugepage_freelists[0]);
	h->free_huge_pages++;
	SetHPageFreed(page);
}

/* A free page with one reference, whoever it is promised to, or NULL. */
static struct page *dequeue_huge_page_node_exact(struct hstate *h, int nid)
{
	struct list_head *free = &h->hugepage_freelists[nid];
	struct page *page;

	lockdep_assert_held(&hugetlb_lock);
	if (list_empty(free))
		return NULL;
	page = list_first_entry(free, struct page, lru);
	h->free_huge_pages--;
	ClearHPageFreed(page);
	list_move(&page->lru, &h->hugepage_activelist);
	set_page_refcounted(page);
	sim_phys_stale(page_to_pfn(page), pages_per_huge_page(h));
	return page;
}

static unsigned long available_huge_pages(struct hstate *h)
{
	return h->free_huge_pages - h->resv_huge_pages;
}

/* The page remembers it until it is in use.  hugetlb_lock held. */
static void redeem_promise(struct hstate *h, struct page *page)
{
	h->resv_huge_pages--;
	SetHPageRestoreReserve(page);
}

/*
 * A free page for a VMA; NULL when all free pages are promised to others.  @chg 0: there
 * is a promise, and it is redeemed.
 */
static struct page *dequeue_huge_page_vma(struct hstate *h, struct vm_area_struct *vma,
					  unsigned long address, long chg)
{
	bool promised = vma_has_reserves(vma, chg);
	struct page *page;

	if (!promised && !available_huge_pages(h))
		return NULL;
	page = dequeue_huge_page_node_exact(h, 0);
	if (!page)
		return NULL;
	if (promised)
		redeem_promise(h, page);
	return page;
}

/*
 * What the page allocator has in blocks of each size: a list of frames that no pool owns.  Of
 * 2 MiB there are some at boot; of 1 GiB only what a pool gave back, as a range of that length
 * is hardly ever free elsewhere.
 */
static struct list_head buddy_huge_pages[HUGE_MAX_HSTATE];

static void prep_new_huge_page(struct hstate *h, struct page *page)
{
	INIT_LIST_HEAD(&page->lru);
	page->private = 0;
	page->mapping = NULL;
	hugetlb_set_page_subpool(page, NULL);
	atomic_set(compound_mapcount_ptr(page), -1);
	spin_lock_irq(&hugetlb_lock);
	h->nr_huge_pages++;
	spin_unlock_irq(&hugetlb_lock);
}

/* Reference count 0, on no list. */
static struct page *alloc_buddy_huge_page(struct hstate *h, gfp_t gfp_mask)
{
	struct list_head *blocks = &buddy_huge_pages[hstate_index(h)];
	struct page *page;

	might_sleep();
	sim_point(blocks, SIM_WRITE, SIM_SITE("page_alloc"));
	if (sim_should_fail(SIM_SITE("page_alloc")))
		return NULL;
	if (list_empty(blocks))
		return NULL;
	page = list_first_entry(blocks, struct page, lru);
	list_del(&page->lru);
	sim_phys_stale(page_to_pfn(page), pages_per_huge_page(h));
	return page;
}

static struct page *alloc_fresh_huge_page(struct hstate *h, gfp_t gfp_mask)
{
	struct page *page = alloc_buddy_huge_page(h, gfp_mask);

	if (page)
		prep_new_huge_page(h, page);
	return page;
}

/* The page leaves the pool, with one reference.  hugetlb_lock held. */
static void remove_hugetlb_page(struct hstate *h, struct page *page, bool adjust_surplus)
{
	lockdep_assert_held(&hugetlb_lock);
	list_del(&page->lru);
	if (HPageFreed(page))
		h->free_huge_pages--;
	if (adjust_surplus)
		h->surplus_huge_pages--;
	set_page_refcounted(page);
	h->nr_huge_pages--;
}

/* Back to the page allocator with a page that has left the pool. */
static void update_and_free_page(struct hstate *h, struct page *page)
{
	page->private = 0;
	/* COV: COPY never false: the reference of remove_hugetlb_page() is the only one */
	if (put_page_testzero(page))
		list_add(&page->lru, &buddy_huge_pages[hstate_index(h)]);
}

static void update_and_free_pages_bulk(struct hstate *h, struct list_head *list)
{
	struct page *page, *tmp;

	list_for_each_entry_safe(page, tmp, list, lru) {
		update_and_free_page(h, page);
		cond_resched();
	}
}

/* A free page that leaves the pool, or NULL.  hugetlb_lock held. */
static struct page *remove_pool_huge_page(struct hstate *h, bool acct_surplus)
{
	struct page *page;

	lockdep_assert_held(&hugetlb_lock);
	/* COV: COPY never 1 false: it resizes no pool */
	/* COV: COPY never 2 true: return_unused_surplus_pages() asks for no more than there are */
	if (acct_surplus && !h->surplus_huge_pages)
		return NULL;
	/* COV: COPY never true: whoever made the promise that ends has seen a free page for it */
	if (list_empty(&h->hugepage_freelists[0]))
		return NULL;
	page = list_first_entry(&h->hugepage_freelists[0], struct page, lru);
	remove_hugetlb_page(h, page, acct_surplus);
	return page;
}

/**
 * size_to_hstate - the hstate of a page size
 * @size: bytes
 *
 * NULL if there is none.  Linux: mm/hugetlb.c.
 */
struct hstate *size_to_hstate(unsigned long size)
{
	int i;

	/* COV: COPY never false: asked with the size of a page that exists */
	for (i = 0; i < hugetlb_max_hstate; i++) {
		if (huge_page_size(&hstates[i]) == size)
			return &hstates[i];
	}
	return NULL;
}

/**
 * free_huge_page - the last reference to a huge page is gone
 * @page: head page, reference count 0, not mapped
 *
 * Gives it back to its pool, or to the page allocator when it was only lent.  Takes
 * hugetlb_lock and the subpool's lock; does not sleep.  Linux: mm/hugetlb.c.
 */
void free_huge_page(struct page *page)
{
	struct folio *folio = page_folio(page);
	struct hugepage_subpool *spool = hugetlb_folio_subpool(folio);
	bool restore = folio_test_hugetlb_restore_reserve(folio);
	struct hstate *h = folio_hstate(folio);
	bool leaves, surplus = false;
	unsigned long irq_flags;

	VM_BUG_ON_FOLIO(folio_ref_count(folio), folio);
	VM_BUG_ON_FOLIO(folio_mapcount(folio), folio);

	/* COV: COPY never true: COPY gives back what it could not map */
	if (folio_test_anon(folio))
		__ClearPageAnonExclusive(page);
	folio->mapping = NULL;
	hugetlb_set_folio_subpool(folio, NULL);
	folio_clear_hugetlb_restore_reserve(folio);

	/*
	 * A promise that becomes valid again keeps its page in the subpool too.  One that
	 * does not may have to, when the subpool would fall below its minimum.
	 */
	if (!restore)
		restore = hugepage_subpool_put_pages(spool, 1) == 0;

	spin_lock_irqsave(&hugetlb_lock, irq_flags);
	folio_clear_hugetlb_migratable(folio);
	if (restore)
		h->resv_huge_pages++;
	leaves = folio_test_hugetlb_temporary(folio);
	if (!leaves)
		surplus = h->surplus_huge_pages;
	if (leaves || surplus) {
		remove_hugetlb_page(h, page, surplus);
		spin_unlock_irqrestore(&hugetlb_lock, irq_flags);
		update_and_free_page(h, page);
		return;
	}
	arch_clear_hugepage_flags(page);
	enqueue_huge_page(h, page);
	spin_unlock_irqrestore(&hugetlb_lock, irq_flags);
}

/*
 * One page above the size of the pool, if that is allowed; reference count 0, on no list.
 * Takes hugetlb_lock, sleeps.
 */
static struct page *alloc_surplus_huge_page(struct hstate *h, gfp_t gfp_mask)
{
	struct page *page;
	bool allowed;

	if (hstate_is_gigantic(h))
		return NULL;
	spin_lock_irq(&hugetlb_lock);
	allowed = h->surplus_huge_pages < h->nr_overcommit_huge_pages;
	spin_unlock_irq(&hugetlb_lock);
	if (!allowed)
		return NULL;

	page = alloc_fresh_huge_page(h, gfp_mask);
	if (!page)
		return NULL;

	/* Somebody else may have taken the last one meanwhile: then ours goes, uncounted. */
	spin_lock_irq(&hugetlb_lock);
	allowed = h->surplus_huge_pages < h->nr_overcommit_huge_pages;
	if (allowed)
		h->surplus_huge_pages++;
	else
		SetHPageTemporary(page);
	spin_unlock_irq(&hugetlb_lock);
	if (allowed)
		return page;
	free_huge_page(page);
	return NULL;
}

/* A page that is in no pool's count and leaves when its last reference goes. */
static struct page *alloc_migrate_huge_page(struct hstate *h, gfp_t gfp_mask)
{
	struct page *page;

	if (hstate_is_gigantic(h))
		return NULL;
	page = alloc_fresh_huge_page(h, gfp_mask);
	if (!page)
		return NULL;
	set_page_refcounted(page);
	SetHPageTemporary(page);
	return page;
}

/**
 * alloc_huge_page_nodemask - a huge page that no reservation is asked for
 * @h: its size
 * @preferred_nid: unused, one node
 * @nmask: unused
 * @gfp_mask: how to allocate when the pool has none to spare
 *
 * From the pool if not all free pages are promised, otherwise a temporary one.  One
 * reference, belongs to no subpool and no map.  NULL without memory.  Takes hugetlb_lock;
 * sleeps.  Linux: mm/hugetlb.c.
 */
struct page *alloc_huge_page_nodemask(struct hstate *h, int preferred_nid, nodemask_t *nmask,
				      gfp_t gfp_mask)
{
	struct page *page = NULL;

	spin_lock_irq(&hugetlb_lock);
	if (available_huge_pages(h))
		page = dequeue_huge_page_node_exact(h, 0);
	spin_unlock_irq(&hugetlb_lock);

	return page ? page : alloc_migrate_huge_page(h, gfp_mask);
}

/**
 * alloc_huge_page_vma - alloc_huge_page_nodemask() by the policy of a VMA
 * @h: size of the page
 * @vma: unused, one node
 * @address: unused
 *
 * Gives the page that holds the data of a UFFDIO_COPY while no lock is held.
 * Linux: mm/hugetlb.c.
 */
struct page *alloc_huge_page_vma(struct hstate *h, struct vm_area_struct *vma,
				 unsigned long address)
{
	if (sim_should_fail(SIM_SITE("hugepage_alloc")))
		return NULL;
	return alloc_huge_page_nodemask(h, 0, NULL, htlb_alloc_mask(h));
}

/* How many pages a promise of @delta more lacks, when so many are about to be added. */
static long surplus_needed(struct hstate *h, long delta, long allocated)
{
	return (long)(h->resv_huge_pages + delta) - (long)(h->free_huge_pages + allocated);
}

/*
 * Promises @delta pages, and lets the pool grow by surplus pages if it has not enough free
 * ones.  hugetlb_lock held, dropped on the way.  Returns 0 or -ENOMEM.
 */
static int gather_surplus_pages(struct hstate *h, long delta)
{
	LIST_HEAD(surplus);
	struct page *page, *tmp;
	long needed, allocated = 0;
	bool alloc_ok = true;
	int ret = -ENOMEM;

	lockdep_assert_held(&hugetlb_lock);
	needed = surplus_needed(h, delta, 0);
	if (needed <= 0) {
		h->resv_huge_pages += delta;
		return 0;
	}

	do {
		spin_unlock_irq(&hugetlb_lock);
		for (; needed > 0; needed--) {
			page = alloc_surplus_huge_page(h, htlb_alloc_mask(h));
			if (!page) {
				alloc_ok = false;
				break;
			}
			list_add(&page->lru, &surplus);
			allocated++;
			cond_resched();
		}
		spin_lock_irq(&hugetlb_lock);
		/* Without the lock the pool has changed: others took pages, or gave some. */
		needed = surplus_needed(h, delta, allocated);
	} while (needed > 0 && alloc_ok);

	if (needed <= 0) {
		h->resv_huge_pages += delta;
		ret = 0;
		needed += allocated;
		list_for_each_entry_safe(page, tmp, &surplus, lru) {
			if (--needed < 0)
				break;
			enqueue_huge_page(h, page);
		}
	}
	spin_unlock_irq(&hugetlb_lock);

	/* What turned out to be too much; they have no reference. */
	list_for_each_entry_safe(page, tmp, &surplus, lru)
		free_huge_page(page);
	spin_lock_irq(&hugetlb_lock);
	return ret;
}

/*
 * Takes back @unused_resv_pages promises, and frees surplus pages that nobody needs after
 * that.  hugetlb_lock held, dropped on the way.
 */
static void return_unused_surplus_pages(struct hstate *h, unsigned long unused_resv_pages)
{
	LIST_HEAD(list);
	unsigned long nr;
	struct page *page;

	lockdep_assert_held(&hugetlb_lock);
	h->resv_huge_pages -= unused_resv_pages;

	for (nr = min(unused_resv_pages, h->surplus_huge_pages); nr; nr--) {
		page = remove_pool_huge_page(h, true);
		/* COV: COPY never true: there is a free page, as there */
		if (!page)
			break;
		list_add(&page->lru, &list);
	}
	spin_unlock_irq(&hugetlb_lock);
	update_and_free_pages_bulk(h, &list);
	spin_lock_irq(&hugetlb_lock);
}

/* ------------------------------------------------- a pool of another size */

/* Of its pages, those that stay when they are free. */
static unsigned long persistent_huge_pages(struct hstate *h)
{
	return h->nr_huge_pages - h->surplus_huge_pages;
}

/* Declares one page of the pool to be surplus, or to be so no more.  hugetlb_lock held. */
static bool adjust_pool_surplus(struct hstate *h, int delta)
{
	lockdep_assert_held(&hugetlb_lock);
	VM_BUG_ON(delta != 1 && delta != -1);
	if (delta < 0 && !h->surplus_huge_pages)
		return false;
	if (delta > 0 && h->surplus_huge_pages >= h->nr_huge_pages)
		return false;
	h->surplus_huge_pages += delta;
	return true;
}

/* One page more, free; without memory false.  Sleeps. */
static bool alloc_pool_huge_page(struct hstate *h)
{
	struct page *page = alloc_fresh_huge_page(h, htlb_alloc_mask(h));

	if (!page)
		return false;
	/* Should there be surplus pages by now, it goes at once in the place of one. */
	free_huge_page(page);
	return true;
}

/* hugetlb_lock held, dropped on the way.  False: no memory, or a signal. */
static bool grow_pool(struct hstate *h, unsigned long count)
{
	bool grown;

	while (count > persistent_huge_pages(h)) {
		if (!adjust_pool_surplus(h, -1))
			break;
	}
	while (count > persistent_huge_pages(h)) {
		spin_unlock_irq(&hugetlb_lock);
		cond_resched();
		grown = alloc_pool_huge_page(h);
		spin_lock_irq(&hugetlb_lock);
		if (!grown)
			return false;
		if (signal_pending(current))
			return false;
	}
	return true;
}

/*
 * Free pages that are not promised go at once.  What is in use, or promised, becomes surplus,
 * whatever nr_overcommit_hugepages says, and goes when it is given back.  hugetlb_lock held,
 * dropped on the way.
 */
static void shrink_pool(struct hstate *h, unsigned long count)
{
	unsigned long min_count = h->resv_huge_pages + h->nr_huge_pages - h->free_huge_pages;
	LIST_HEAD(list);
	struct page *page;

	min_count = max(min_count, count);
	while (min_count < persistent_huge_pages(h)) {
		page = remove_pool_huge_page(h, false);
		if (!page)
			break;
		list_add(&page->lru, &list);
	}
	spin_unlock_irq(&hugetlb_lock);
	update_and_free_pages_bulk(h, &list);
	spin_lock_irq(&hugetlb_lock);

	while (count < persistent_huge_pages(h)) {
		if (!adjust_pool_surplus(h, 1))
			break;
	}
}

/**
 * set_max_huge_pages - change the size of a pool
 * @h: its page size
 * @count: pages that it shall have; surplus ones do not count
 *
 * What stands behind nr_hugepages of /proc and /sys.  Temporary pages of UFFDIO_COPYs that wait
 * for their data are taken for pages of the pool, which is then too small when they go.  Takes
 * the pool's resize_lock and hugetlb_lock; sleeps.  Returns 0, also when there was not enough
 * memory.  Linux: mm/hugetlb.c, where it also has a node.
 */
int set_max_huge_pages(struct hstate *h, unsigned long count)
{
	mutex_lock(&h->resize_lock);
	spin_lock_irq(&hugetlb_lock);
	if (grow_pool(h, count))
		shrink_pool(h, count);
	h->max_huge_pages = persistent_huge_pages(h);
	spin_unlock_irq(&hugetlb_lock);
	mutex_unlock(&h->resize_lock);
	return 0;
}

/**
 * nr_overcommit_hugepages_store - change how many surplus pages a pool may have
 * @h: its page size
 * @count: pages; those that there are stay
 *
 * Takes hugetlb_lock.  Returns 0, or -EINVAL: gigantic pages cannot be made on demand.
 * Linux: mm/hugetlb.c, where the count is text.
 */
int nr_overcommit_hugepages_store(struct hstate *h, unsigned long count)
{
	if (hstate_is_gigantic(h))
		return -EINVAL;
	spin_lock_irq(&hugetlb_lock);
	h->nr_overcommit_huge_pages = count;
	spin_unlock_irq(&hugetlb_lock);
	return 0;
}

/* Promises @delta more pages of the pool, or -@delta fewer.  Returns 0 or -ENOMEM. */
static int hugetlb_acct_memory(struct hstate *h, long delta)
{
	int ret = -ENOMEM;

	/* COV: COPY never true: alloc_huge_page() gives back one: there is no subpool to keep it */
	if (!delta)
		return 0;

	/* COV: COPY never true: alloc_huge_page() gives back */
	if (delta > 0) {
		if (sim_should_fail(SIM_SITE("acct")))
			return -ENOMEM;
	}
	spin_lock_irq(&hugetlb_lock);
	/* COV: COPY never true: alloc_huge_page() gives back */
	if (delta > 0) {
		if (gather_surplus_pages(h, delta))
			goto out_unlock;
		/* With cpusets, fewer pages than these may be for us.  There are none. */
		if (delta > h->free_huge_pages) {
			return_unused_surplus_pages(h, delta);
			goto out_unlock;
		}
	}
	ret = 0;
	/* COV: COPY never false: alloc_huge_page() gives back */
	if (delta < 0)
		return_unused_surplus_pages(h, -delta);
out_unlock:
	spin_unlock_irq(&hugetlb_lock);
	return ret;
}

/* One page for alloc_huge_page(): from the pool, else surplus.  One reference. */
static struct page *take_huge_page(struct hstate *h, struct vm_area_struct *vma, unsigned long addr,
				   long gbl_chg, int avoid_reserve)
{
	struct page *page;

	spin_lock_irq(&hugetlb_lock);
	page = dequeue_huge_page_vma(h, vma, addr, gbl_chg);
	if (page) {
		spin_unlock_irq(&hugetlb_lock);
		return page;
	}
	spin_unlock_irq(&hugetlb_lock);

	page = alloc_surplus_huge_page(h, htlb_alloc_mask(h));
	if (!page)
		return NULL;
	spin_lock_irq(&hugetlb_lock);
	set_page_refcounted(page);
	list_add(&page->lru, &h->hugepage_activelist);
	/* COV: COPY never 1 false: avoid_reserve is 0 */
	if (!avoid_reserve && vma_has_reserves(vma, gbl_chg))
		redeem_promise(h, page);
	spin_unlock_irq(&hugetlb_lock);
	return page;
}

/**
 * alloc_huge_page - a huge page for an address
 * @vma: its VMA
 * @addr: user address
 * @avoid_reserve: nonzero: do not redeem a promise even if there is one
 *
 * The page has one reference and belongs to the subpool; the reservation map has an entry
 * for it.  A caller that then frees it unused must call restore_reserve_on_error().  The
 * fault mutex of the page is held.  Takes hugetlb_lock; sleeps.
 *
 * Returns ERR_PTR(-ENOMEM) when the map could not be changed, ERR_PTR(-ENOSPC) when there
 * is no page.  Linux: mm/hugetlb.c.
 */
struct page *alloc_huge_page(struct vm_area_struct *vma, unsigned long addr, int avoid_reserve)
{
	struct hugepage_subpool *spool = subpool_vma(vma);
	struct hstate *h = hstate_vma(vma);
	long map_chg, gbl_chg, map_commit;
	struct page *page = NULL;

	map_chg = vma_needs_reservation(h, vma, addr);
	if (map_chg < 0)
		return ERR_PTR(-ENOMEM);

	/* Without a promise the subpool must allow one page more. */
	gbl_chg = map_chg;
	/* COV: COPY never 2 true: avoid_reserve is 0 */
	if (map_chg || avoid_reserve) {
		gbl_chg = hugepage_subpool_get_pages(spool, 1);
		/* COV: COPY never true: only a mount with a limit has a subpool; memfd_create()
		 * and mmap() use that of the kernel, without */
		if (gbl_chg < 0)
			goto out_end_reservation;
	}

	/* gbl_chg 0: either the map or the subpool has a promise of the pool for it. */
	if (!sim_should_fail(SIM_SITE("hugepage_alloc")))
		page = take_huge_page(h, vma, addr, gbl_chg, avoid_reserve);
	if (!page)
		goto out_put_subpool;
	hugetlb_set_page_subpool(page, spool);

	map_commit = vma_commit_reservation(h, vma, addr);
	if (map_chg > map_commit) {
		/*
		 * hugetlb_reserve_pages() got in between and promised this very page: both
		 * have counted it.
		 */
		long rsv_adjust = hugepage_subpool_put_pages(spool, 1);

		hugetlb_acct_memory(h, -rsv_adjust);
	}
	return page;

out_put_subpool:
	/* COV: COPY never 2 true: avoid_reserve is 0 */
	if (map_chg || avoid_reserve)
		hugepage_subpool_put_pages(spool, 1);
out_end_reservation:
	vma_end_reservation(h, vma, addr);
	return ERR_PTR(-ENOSPC);
}

/* ----------------------------------------------- promises of whole ranges */

/**
 * hugetlb_fix_reserve_counts - a page has left its file, but its entry in the map has not
 * @inode: the file; there was no memory to split a region of its map
 *
 * Makes the entry that stays a valid promise.  Linux: mm/hugetlb.c.
 */
void hugetlb_fix_reserve_counts(struct inode *inode)
{
	long lacking = hugepage_subpool_get_pages(subpool_inode(inode), 1);

	if (lacking == 0)
		return;
	if (lacking > 0) {
		if (!hugetlb_acct_memory(hstate_inode(inode), 1))
			return;
	}
	pr_warn("hugetlb: count of reserved pages may become negative\n");
}

static bool maps_private(struct vm_area_struct *vma)
{
	return vma && !(vma->vm_flags & VM_MAYSHARE);
}

/* A map of its own for a private mapping that makes the promises.  0 or -ENOMEM. */
static int give_vma_resv_map(struct vm_area_struct *vma)
{
	struct resv_map *resv_map = resv_map_alloc();

	if (!resv_map)
		return -ENOMEM;
	set_vma_resv_map(vma, resv_map);
	set_vma_resv_flags(vma, HPAGE_RESV_OWNER);
	return 0;
}

static void drop_vma_resv_map(struct vm_area_struct *vma)
{
	struct resv_map *resv_map = vma_resv_map(vma);

	kref_put(&resv_map->refs, resv_map_release);
	set_vma_resv_map(vma, NULL);
}

/* region_add() found fewer gaps than region_chg(): somebody else counted those pages. */
static void return_double_counted(struct hstate *h, struct hugepage_subpool *spool, long pages)
{
	long rsv_adjust;

	if (!pages)
		return;
	rsv_adjust = hugepage_subpool_put_pages(spool, pages);
	hugetlb_acct_memory(h, -rsv_adjust);
}

/**
 * hugetlb_reserve_pages - promise the pages of a range of a file or private mapping
 * @inode: the file
 * @from: first index, huge pages
 * @to: index after the last
 * @vma: the mapping, not in the tree yet; NULL: for the file itself
 * @vm_flags: VM_NORESERVE: promise nothing
 *
 * Gives the VMA its lock as well.  The inode's lock is held; sleeps.  Returns whether all
 * could be promised; if not, nothing was.  Linux: mm/hugetlb.c.
 */
bool hugetlb_reserve_pages(struct inode *inode, long from, long to, struct vm_area_struct *vma,
			   vm_flags_t vm_flags)
{
	struct hugepage_subpool *spool = subpool_inode(inode);
	struct resv_map *file_map = inode_resv_map(inode);
	struct hstate *h = hstate_inode(inode);
	long chg, added, gbl_reserve, regions_needed = 0;

	if (from > to) {
		VM_WARN_ON(from > to);
		return false;
	}
	hugetlb_vma_lock_alloc(vma);
	if (vm_flags & VM_NORESERVE)
		return true;

	/* Of a file only what lacks a promise; of a private mapping all, it shares with none. */
	if (maps_private(vma)) {
		if (give_vma_resv_map(vma))
			goto out_free_lock;
		chg = to - from;
	} else {
		chg = region_chg(file_map, from, to, &regions_needed);
		if (chg < 0)
			goto out_free_lock;
	}

	gbl_reserve = hugepage_subpool_get_pages(spool, chg);
	if (gbl_reserve < 0)
		goto out_abort;
	if (hugetlb_acct_memory(h, gbl_reserve))
		goto out_put_pages;

	/* The entries of a private map come when its promises are redeemed. */
	if (maps_private(vma))
		return true;
	added = region_add(file_map, from, to, regions_needed);
	if (added < 0) {
		hugetlb_acct_memory(h, -gbl_reserve);
		goto out_put_pages;
	}
	return_double_counted(h, spool, chg - added);
	return true;

out_put_pages:
	hugepage_subpool_put_pages(spool, chg);
out_abort:
	hugetlb_vma_lock_free(vma);
	if (maps_private(vma))
		drop_vma_resv_map(vma);
	else
		region_abort(file_map, from, to, regions_needed);
	return false;

out_free_lock:
	hugetlb_vma_lock_free(vma);
	return false;
}

/**
 * hugetlb_unreserve_pages - pages of a file are gone: end their promises
 * @inode: the file
 * @start: first index, huge pages
 * @end: index after the last, LONG_MAX: to the end of the map
 * @freed: how many pages of the range have left the page cache
 *
 * Returns 0, or -ENOMEM with nothing changed, never with LONG_MAX.  Linux: mm/hugetlb.c.
 */
long hugetlb_unreserve_pages(struct inode *inode, long start, long end, long freed)
{
	struct resv_map *resv_map = inode_resv_map(inode);
	struct hstate *h = hstate_inode(inode);
	long gbl_reserve, chg = 0;

	if (resv_map) {
		chg = region_del(resv_map, start, end);
		if (chg < 0)
			return chg;
	}

	spin_lock(&inode->i_lock);
	inode->i_blocks -= blocks_per_huge_page(h) * freed;
	spin_unlock(&inode->i_lock);

	/* Entries with a page were redeemed: free_huge_page() has settled those. */
	gbl_reserve = hugepage_subpool_put_pages(subpool_inode(inode), chg - freed);
	hugetlb_acct_memory(h, -gbl_reserve);
	return 0;
}

/* ------------------------------------------------------ operations of VMAs */

/**
 * hugetlb_dup_vma_private - a child's VMA forgets what is its parent's alone
 * @vma: the child's, a copy of its parent's
 *
 * Reservations of a private mapping stay with the parent; a shared one gets a lock of its own
 * when it is opened.  Linux: mm/hugetlb.c.
 */
void hugetlb_dup_vma_private(struct vm_area_struct *vma)
{
	struct hugetlb_vma_lock *vma_lock = vma->vm_private_data;

	VM_BUG_ON_VMA(!is_vm_hugetlb_page(vma), vma);
	if (vma->vm_flags & VM_MAYSHARE) {
		if (vma_lock && vma_lock->vma != vma)
			vma->vm_private_data = NULL;
		return;
	}
	vma->vm_private_data = NULL;
}

/**
 * clear_vma_resv_huge_pages - mremap() has given the promises of a VMA to its copy
 * @vma: the VMA that is about to be unmapped
 *
 * mmap_lock held for writing.  Its reference to the map goes, never the last one.
 * Linux: mm/hugetlb.c.
 */
void clear_vma_resv_huge_pages(struct vm_area_struct *vma)
{
	struct resv_map *resv = vma_resv_map(vma);

	if (resv && is_vma_resv_set(vma, HPAGE_RESV_OWNER))
		kref_put(&resv->refs, resv_map_release);
	hugetlb_dup_vma_private(vma);
}

/* A VMA that was copied from another one: by a split, fork() or mremap(). */
static void hugetlb_vm_op_open(struct vm_area_struct *vma)
{
	struct resv_map *resv = vma_resv_map(vma);
	struct hugetlb_vma_lock *vma_lock;

	/* The VMA it was copied from has a reference, so the map is still there. */
	if (resv && is_vma_resv_set(vma, HPAGE_RESV_OWNER))
		kref_get(&resv->refs);

	if (!(vma->vm_flags & VM_MAYSHARE))
		return;
	/* The lock is still that of the other VMA. */
	vma_lock = vma->vm_private_data;
	if (vma_lock && vma_lock->vma == vma) {
		pr_warn("HugeTLB: a new VMA has a lock already\n");
		return;
	}
	vma->vm_private_data = NULL;
	hugetlb_vma_lock_alloc(vma);
}

static void hugetlb_vm_op_close(struct vm_area_struct *vma)
{
	struct hugepage_subpool *spool = subpool_vma(vma);
	struct hstate *h = hstate_vma(vma);
	struct resv_map *resv;
	unsigned long start, end;
	long unredeemed;

	hugetlb_vma_lock_free(vma);

	resv = vma_resv_map(vma);
	if (!resv)
		return;
	if (!is_vma_resv_set(vma, HPAGE_RESV_OWNER))
		return;

	start = vma_hugecache_offset(h, vma, vma->vm_start);
	end = vma_hugecache_offset(h, vma, vma->vm_end);
	unredeemed = end - start - region_count(resv, start, end);
	if (unredeemed) {
		long gbl_reserve = hugepage_subpool_put_pages(spool, unredeemed);

		hugetlb_acct_memory(h, -gbl_reserve);
	}
	kref_put(&resv->refs, resv_map_release);
}

static int hugetlb_vm_op_split(struct vm_area_struct *vma, unsigned long addr)
{
	return addr & ~huge_page_mask(hstate_vma(vma)) ? -EINVAL : 0;
}

static unsigned long hugetlb_vm_op_pagesize(struct vm_area_struct *vma)
{
	return huge_page_size(hstate_vma(vma));
}

/* handle_mm_fault() goes to hugetlb_fault(); here it would map small pages. */
static vm_fault_t hugetlb_vm_op_fault(struct vm_fault *vmf)
{
	BUG_ON(1);
	return 0;
}

const struct vm_operations_struct hugetlb_vm_ops = {
	.open = hugetlb_vm_op_open,
	.close = hugetlb_vm_op_close,
	.fault = hugetlb_vm_op_fault,
	.pagesize = hugetlb_vm_op_pagesize,
	.may_split = hugetlb_vm_op_split,
};

/* ------------------------------------------------------------ page tables */

/**
 * huge_pte_alloc - the page table entry for a huge page, with the tables above it
 * @mm: the address space
 * @vma: hugetlb VMA
 * @addr: user address
 * @sz: bytes of the page: PMD_SIZE or PUD_SIZE
 *
 * mmap_lock and the VMA's lock held.  Sleeps.  NULL without memory.
 * Linux: mm/hugetlb.c.
 */
pte_t *huge_pte_alloc(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr,
		      unsigned long sz)
{
	p4d_t *top = p4d_alloc(mm, pgd_offset(mm, addr), addr);
	pte_t *pte = NULL;
	pud_t *pud;
	bool shares;

	/* COV: COPY, CONTINUE, WRITEPROTECT never true: four-level tables: the p4d is the entry of
	 * the pgd, always there */
	if (!top)
		return NULL;
	pud = pud_alloc(mm, top, addr);
	if (!pud)
		return NULL;

	if (sz == PUD_SIZE) {
		pte = (pte_t *)pud;
	} else {
		BUG_ON(sz != PMD_SIZE);
		/* COV: CONTINUE never 1 true: a mapping with minor faults shares no tables */
		/* COV: WRITEPROTECT never 1 true: nor does one that is protected */
		shares = want_pmd_share(vma, addr) && pud_none(*pud);
		/* COV: CONTINUE, WRITEPROTECT never true: as above */
		if (shares)
			pte = huge_pmd_share(mm, vma, addr, pud);
		else
			pte = (pte_t *)pmd_alloc(mm, pud, addr);
	}
	BUG_ON(pte && pte_present(*pte) && !pte_huge(*pte));
	return pte;
}

/**
 * huge_pte_offset - the page table entry for a huge page
 * @mm: the address space
 * @addr: user address
 * @sz: bytes of the page: PMD_SIZE or PUD_SIZE
 *
 * Takes no lock; the VMA's lock, or i_mmap_rwsem, keeps the entry valid.  NULL when there is
 * no table for it.  Linux: mm/hugetlb.c.
 */
pte_t *huge_pte_offset(struct mm_struct *mm, unsigned long addr, unsigned long sz)
{
	/* The fourth level is folded into the fifth: present says the same of both. */
	p4d_t *p4d = p4d_offset(pgd_offset(mm, addr), addr);
	pud_t *pud;

	if (!p4d_present(*p4d))
		return NULL;
	pud = pud_offset(p4d, addr);
	/* COV: COPY never true: looks for shared tables, which pages of 1G have none of */
	if (sz == PUD_SIZE)
		return (pte_t *)pud;
	return pud_present(*pud) ? (pte_t *)pmd_offset(pud, addr) : NULL;
}

/**
 * hugetlb_mask_last_page - what to or to an address to come to the last page of its table
 * @h: size of the pages
 *
 * Linux: mm/hugetlb.c.
 */
unsigned long hugetlb_mask_last_page(struct hstate *h)
{
	if (huge_page_size(h) == PUD_SIZE)
		return P4D_SIZE - PUD_SIZE;
	return PUD_SIZE - PMD_SIZE;
}

static pte_t make_huge_pte(struct vm_area_struct *vma, struct page *page, int writable)
{
	pte_t entry = mk_huge_pte(page, vma->vm_page_prot);

	if (writable)
		entry = huge_pte_mkwrite(huge_pte_mkdirty(entry));
	else
		entry = huge_pte_wrprotect(entry);
	return arch_make_huge_pte(pte_mkyoung(entry), huge_page_shift(hstate_vma(vma)),
				  vma->vm_flags);
}

static void set_huge_ptep_writable(struct vm_area_struct *vma, unsigned long address, pte_t *ptep)
{
	pte_t entry = huge_pte_mkwrite(huge_pte_mkdirty(huge_ptep_get(ptep)));

	if (huge_ptep_set_access_flags(vma, address, ptep, entry, 1))
		update_mmu_cache(vma, address, ptep);
}

/* ------------------------------------------------------------------- fork */

/*
 * A present entry for the child, both page-table locks held.  What is private is written to by
 * neither any more without a copy.  A page that page_try_dup_anon_rmap() refuses Linux copies
 * at once, without the locks, out of what the pool has beyond its promises; it refuses pages
 * that are pinned for DMA only, which none is here.
 */
static void copy_present_huge_pte(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma,
				  unsigned long addr, pte_t *dst_pte, pte_t *src_pte)
{
	struct hstate *h = hstate_vma(src_vma);
	pte_t entry = huge_ptep_get(src_pte);
	struct page *page = pte_page(entry);

	get_page(page);
	if (PageAnon(page))
		page_try_dup_anon_rmap(page, true, src_vma);
	else
		page_dup_file_rmap(page, true);

	if (is_cow_mapping(src_vma->vm_flags)) {
		huge_ptep_set_wrprotect(src_vma->vm_mm, addr, src_pte);
		entry = huge_pte_wrprotect(entry);
	}
	/* A protection that nobody can take away: 6.1 clears it in small pages only. */
	if (kernel_has(hugetlb_fork_drops_wp) && !userfaultfd_wp(dst_vma))
		entry = huge_pte_clear_uffd_wp(entry);
	set_huge_pte_at(dst_vma->vm_mm, addr, dst_pte, entry);
	hugetlb_count_add(pages_per_huge_page(h), dst_vma->vm_mm);
}

static void copy_huge_pte(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma,
			  unsigned long addr, pte_t *dst_pte, pte_t *src_pte)
{
	spinlock_t *dst_ptl = huge_pte_lock(hstate_vma(dst_vma), dst_vma->vm_mm, dst_pte);
	spinlock_t *src_ptl = huge_pte_lockptr(hstate_vma(src_vma), src_vma->vm_mm, src_pte);
	pte_t entry;

	spin_lock_nested(src_ptl, SINGLE_DEPTH_NESTING);
	entry = huge_ptep_get(src_pte);
	if (is_pte_marker(entry)) {
		if (userfaultfd_wp(dst_vma) || pte_marker_poisoned(entry))
			set_huge_pte_at(dst_vma->vm_mm, addr, dst_pte, entry);
	} else if (!huge_pte_none(entry)) {
		copy_present_huge_pte(dst_vma, src_vma, addr, dst_pte, src_pte);
	}
	spin_unlock(src_ptl);
	spin_unlock(dst_ptl);
}

/**
 * copy_hugetlb_page_range - the child's entries of a hugetlb VMA
 * @dst: the child
 * @src: the parent
 * @dst_vma: the child's VMA, in its tree
 * @src_vma: the parent's
 *
 * mmap_lock of both held for writing; of a shared mapping takes the VMA's lock, lest its
 * tables go meanwhile.  Sleeps.  Returns 0 or -ENOMEM.  Linux: mm/hugetlb.c.
 */
int copy_hugetlb_page_range(struct mm_struct *dst, struct mm_struct *src,
			    struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma)
{
	bool cow = is_cow_mapping(src_vma->vm_flags);
	struct hstate *h = hstate_vma(src_vma);
	unsigned long sz = huge_page_size(h);
	struct mmu_notifier_range range;
	unsigned long addr;
	int ret = 0;

	if (cow) {
		mmu_notifier_range_init(&range, MMU_NOTIFY_CLEAR, 0, src_vma, src,
					src_vma->vm_start, src_vma->vm_end);
		mmu_notifier_invalidate_range_start(&range);
		mmap_assert_write_locked(src);
	} else {
		hugetlb_vma_lock_read(src_vma);
	}

	for (addr = src_vma->vm_start; addr < src_vma->vm_end; addr += sz) {
		pte_t *dst_pte, *src_pte = huge_pte_offset(src, addr, sz);

		if (!src_pte) {
			addr |= hugetlb_mask_last_page(h);
			continue;
		}
		dst_pte = huge_pte_alloc(dst, dst_vma, addr, sz);
		ret = -ENOMEM;
		if (!dst_pte)
			break;
		ret = 0;
		/* It is the parent's table, or that of a third mapping: all is there. */
		if (atomic_read(&ptable_of(dst_pte)->pt_share_count)) {
			addr |= hugetlb_mask_last_page(h);
			continue;
		}
		copy_huge_pte(dst_vma, src_vma, addr, dst_pte, src_pte);
	}

	if (cow)
		mmu_notifier_invalidate_range_end(&range);
	else
		hugetlb_vma_unlock_read(src_vma);
	return ret;
}

/* ------------------------------------------------------------------ moving */

static void move_huge_pte(struct vm_area_struct *vma, unsigned long old_addr,
			  unsigned long new_addr, pte_t *src_pte, pte_t *dst_pte)
{
	bool clear_wp = vma_has_uffd_without_event_remap(vma) && !kernel_has(mremap_keeps_wp);
	spinlock_t *src_ptl, *dst_ptl;
	pte_t pte;

	dst_ptl = huge_pte_lock(hstate_vma(vma), vma->vm_mm, dst_pte);
	src_ptl = huge_pte_lockptr(hstate_vma(vma), vma->vm_mm, src_pte);
	if (src_ptl != dst_ptl)
		spin_lock_nested(src_ptl, SINGLE_DEPTH_NESTING);
	pte = huge_ptep_get_and_clear(vma->vm_mm, old_addr, src_pte);
	if (clear_wp && pte_marker_uffd_wp(pte))
		pte = __pte(0);
	else if (clear_wp && pte_present(pte))
		pte = huge_pte_clear_uffd_wp(pte);
	set_huge_pte_at(vma->vm_mm, new_addr, dst_pte, pte);
	if (src_ptl != dst_ptl)
		spin_unlock(src_ptl);
	spin_unlock(dst_ptl);
}

/* Before the locks go: what has changed, and the tables that are shared no more. */
static void hugetlb_flush_gathered(struct mmu_gather *tlb, struct vm_area_struct *vma)
{
	tlb_flush_mmu_tlbonly(tlb);
	huge_pmd_unshare_flush(tlb, vma);
}

/**
 * move_hugetlb_page_tables - move_page_tables() of huge pages
 * @vma: where they are
 * @new_vma: where they go
 * @old_addr: first byte
 * @new_addr: first byte there
 * @len: bytes
 *
 * mmap_lock held for writing; takes the VMA's lock and i_mmap_rwsem for writing.  What stands in a
 * shared page table is left there: faults find the pages again in the file.  Returns the
 * bytes done.  Linux: mm/hugetlb.c.
 */
int move_hugetlb_page_tables(struct vm_area_struct *vma, struct vm_area_struct *new_vma,
			     unsigned long old_addr, unsigned long new_addr, unsigned long len)
{
	struct hstate *h = hstate_vma(vma);
	unsigned long old_end = old_addr + len, sz = huge_page_size(h), rest;
	struct mmu_notifier_range range;
	struct mmu_gather tlb;
	pte_t *src_pte, *dst_pte;

	mmu_notifier_range_init(&range, MMU_NOTIFY_CLEAR, 0, vma, vma->vm_mm, old_addr, old_end);
	adjust_range_if_pmd_sharing_possible(vma, &range.start, &range.end);
	tlb_gather_mmu_vma(&tlb, vma);
	mmu_notifier_invalidate_range_start(&range);
	hugetlb_vma_lock_write(vma);
	i_mmap_lock_write(vma->vm_file->f_mapping);
	for (; old_addr < old_end; old_addr += sz, new_addr += sz) {
		rest = (old_addr | hugetlb_mask_last_page(h)) - old_addr;
		src_pte = huge_pte_offset(vma->vm_mm, old_addr, sz);
		if (!src_pte) {
			old_addr += rest;
			new_addr += rest;
			continue;
		}
		if (huge_pte_none(huge_ptep_get(src_pte)))
			continue;
		if (huge_pmd_unshare(&tlb, vma, old_addr, src_pte)) {
			old_addr += rest;
			new_addr += rest;
			continue;
		}
		dst_pte = huge_pte_alloc(vma->vm_mm, new_vma, new_addr, sz);
		if (!dst_pte)
			break;
		move_huge_pte(vma, old_addr, new_addr, src_pte, dst_pte);
		tlb_remove_huge_tlb_entry(h, &tlb, src_pte, old_addr);
	}
	hugetlb_flush_gathered(&tlb, vma);
	mmu_notifier_invalidate_range_end(&range);
	i_mmap_unlock_write(vma->vm_file->f_mapping);
	hugetlb_vma_unlock_write(vma);
	tlb_finish_mmu(&tlb);
	return len + old_addr - old_end;
}

/* ------------------------------------------------------------- protection */

static bool hugetlb_change_entry(struct mmu_gather *tlb, struct vm_area_struct *vma,
				 unsigned long address, pte_t *ptep, pgprot_t newprot,
				 unsigned long cp_flags)
{
	struct hstate *h = hstate_vma(vma);
	pte_t pte = huge_ptep_get(ptep);

	if (is_pte_marker(pte)) {
		if (pte_marker_poisoned(pte))
			return false;
		WARN_ON_ONCE(!pte_marker_uffd_wp(pte));
		if (cp_flags & MM_CP_UFFD_WP_RESOLVE)
			huge_pte_clear(vma->vm_mm, address, ptep, huge_page_size(h));
		return false;
	}
	if (huge_pte_none(pte)) {
		if (cp_flags & MM_CP_UFFD_WP)
			set_huge_pte_at(vma->vm_mm, address, ptep,
					make_pte_marker(PTE_MARKER_UFFD_WP));
		return false;
	}
	pte = huge_pte_modify(huge_ptep_get_and_clear(vma->vm_mm, address, ptep), newprot);
	pte = arch_make_huge_pte(pte, huge_page_shift(h), vma->vm_flags);
	if (cp_flags & MM_CP_UFFD_WP)
		pte = huge_pte_mkuffd_wp(huge_pte_wrprotect(pte));
	if (cp_flags & MM_CP_UFFD_WP_RESOLVE)
		pte = huge_pte_clear_uffd_wp(pte);
	set_huge_pte_at(vma->vm_mm, address, ptep, pte);
	tlb_remove_huge_tlb_entry(h, tlb, ptep, address);
	return true;
}

/* Markers need a table to stand in. */
static pte_t *hugetlb_entry_to_change(struct vm_area_struct *vma, unsigned long address,
				      unsigned long cp_flags)
{
	unsigned long sz = huge_page_size(hstate_vma(vma));
	pte_t *ptep = huge_pte_offset(vma->vm_mm, address, sz);

	if (!ptep && (cp_flags & MM_CP_UFFD_WP))
		ptep = huge_pte_alloc(vma->vm_mm, vma, address, sz);
	return ptep;
}

/**
 * hugetlb_change_protection - change_protection() of huge pages
 * @vma: contains the range
 * @address: aligned to its pages
 * @end: the same
 * @newprot: the new protection
 * @cp_flags: MM_CP_UFFD_WP*
 *
 * mmap_lock held in either mode; takes the VMA's lock and i_mmap_rwsem for writing.  Returns
 * the small pages changed.  Without memory for a table 6.1 stops there and says nothing.
 * Linux: mm/hugetlb.c.
 */
long hugetlb_change_protection(struct vm_area_struct *vma, unsigned long address, unsigned long end,
			       pgprot_t newprot, unsigned long cp_flags)
{
	struct hstate *h = hstate_vma(vma);
	struct mmu_notifier_range range;
	struct mmu_gather tlb;
	spinlock_t *ptl;
	long pages = 0;
	pte_t *ptep;

	BUG_ON(address >= end);
	mmu_notifier_range_init(&range, MMU_NOTIFY_PROTECTION_VMA, 0, vma, vma->vm_mm, address,
				end);
	/* What is parted from goes for the whole of its GiB. */
	adjust_range_if_pmd_sharing_possible(vma, &range.start, &range.end);
	tlb_gather_mmu_vma(&tlb, vma);
	mmu_notifier_invalidate_range_start(&range);
	hugetlb_vma_lock_write(vma);
	i_mmap_lock_write(vma->vm_file->f_mapping);
	for (; address < end; address += huge_page_size(h)) {
		ptep = hugetlb_entry_to_change(vma, address, cp_flags);
		if (!ptep) {
			if (cp_flags & MM_CP_UFFD_WP)
				break;
			address |= hugetlb_mask_last_page(h);
			continue;
		}
		ptl = huge_pte_lock(h, vma->vm_mm, ptep);
		/* COV: WRITEPROTECT never true: REGISTER has parted from shared tables */
		if (huge_pmd_unshare(&tlb, vma, address, ptep)) {
			/* The others keep their protection; our faults will make entries anew. */
			spin_unlock(ptl);
			WARN_ON_ONCE(cp_flags & (MM_CP_UFFD_WP | MM_CP_UFFD_WP_RESOLVE));
			pages++;
			address |= hugetlb_mask_last_page(h);
			continue;
		}
		pages += hugetlb_change_entry(&tlb, vma, address, ptep, newprot, cp_flags);
		spin_unlock(ptl);
		cond_resched();
	}
	hugetlb_flush_gathered(&tlb, vma);
	i_mmap_unlock_write(vma->vm_file->f_mapping);
	hugetlb_vma_unlock_write(vma);
	mmu_notifier_invalidate_range_end(&range);
	/* Nothing is left to flush but what others have changed meanwhile. */
	tlb_finish_mmu(&tlb);
	return pages << h->order;
}

/* -------------------------------------------------------------- unmapping */

/* An entry that maps nothing goes; what userfaultfd has protected leaves a marker. */
static void zap_nonpresent_huge_pte(struct mm_struct *mm, unsigned long address, pte_t *ptep,
				    pte_t old, unsigned long sz, zap_flags_t zap_flags)
{
	if (pte_swp_uffd_wp_any(old)) {
		if (!(zap_flags & ZAP_FLAG_DROP_MARKER)) {
			set_huge_pte_at(mm, address, ptep, make_pte_marker(PTE_MARKER_UFFD_WP));
			return;
		}
	}
	huge_pte_clear(mm, address, ptep, sz);
}

/* The reference that the entry had is the caller's. */
static void zap_present_huge_pte(struct mmu_gather *tlb, struct vm_area_struct *vma,
				 unsigned long address, pte_t *ptep, struct page *page,
				 zap_flags_t zap_flags)
{
	struct mm_struct *mm = vma->vm_mm;
	struct hstate *h = hstate_vma(vma);
	pte_t old = huge_ptep_get_and_clear(mm, address, ptep);

	tlb_remove_huge_tlb_entry(h, tlb, ptep, address);
	if (huge_pte_dirty(old))
		set_page_dirty(page);
	if (huge_pte_uffd_wp(old)) {
		if (!(zap_flags & ZAP_FLAG_DROP_MARKER))
			set_huge_pte_at(mm, address, ptep, make_pte_marker(PTE_MARKER_UFFD_WP));
	}
	hugetlb_count_sub(pages_per_huge_page(h), mm);
	page_remove_rmap(page, vma, true);
}

/*
 * Clears one entry, page-table lock held.  Returns the page that was mapped, NULL when there
 * was none or another one than @ref_page.
 */
static struct page *zap_huge_pte(struct mmu_gather *tlb, struct vm_area_struct *vma,
				 unsigned long address, pte_t *ptep, struct page *ref_page,
				 zap_flags_t zap_flags)
{
	pte_t pte = huge_ptep_get(ptep);
	struct page *page;

	if (huge_pte_none(pte))
		return NULL;
	if (!pte_present(pte)) {
		zap_nonpresent_huge_pte(vma->vm_mm, address, ptep, pte,
					huge_page_size(hstate_vma(vma)), zap_flags);
		return NULL;
	}
	page = pte_page(pte);
	if (ref_page) {
		if (page != ref_page)
			return NULL;
		/* A later fault must not find zeros where data was: it gets SIGBUS. */
		set_vma_resv_flags(vma, HPAGE_RESV_UNMAPPED);
	}
	zap_present_huge_pte(tlb, vma, address, ptep, page, zap_flags);
	return page;
}

/* Whether the page table was shared: then all that it maps has gone from here. */
static bool zap_shared_table(struct mmu_gather *tlb, struct vm_area_struct *vma,
			     unsigned long address, pte_t *ptep)
{
	unsigned long start = tlb->start, end = tlb->end;

	if (!huge_pmd_unshare(tlb, vma, address, ptep))
		return false;
	if (kernel_has(hugetlb_unshare_keeps_tlb)) {
		tlb->start = start;
		tlb->end = end;
	}
	return true;
}

/*
 * A page that the owner of the promises drops is to be promised again: the map is told now, the
 * pool when the last reference goes, for a flag of the page says so.
 */
static void restore_unmapped_promise(struct hstate *h, struct vm_area_struct *vma,
				     unsigned long address, struct page *page)
{
	bool restore;
	long rc;

	spin_lock_irq(&hugetlb_lock);
	restore = !h->surplus_huge_pages && __vma_private_lock(vma) && PageAnon(page);
	/* A child that still has it would free it, when the owner has given back its promises. */
	if (page_mapped(page) && !kernel_has(hugetlb_unmap_restores_shared))
		restore = false;
	if (restore)
		SetHPageRestoreReserve(page);
	spin_unlock_irq(&hugetlb_lock);
	if (!restore)
		return;

	rc = vma_needs_reservation(h, vma, address);
	if (rc < 0)
		ClearHPageRestoreReserve(page);
	else if (rc)
		vma_add_reservation(h, vma, address);
	else
		vma_end_reservation(h, vma, address);
}

/**
 * __unmap_hugepage_range - unmap part of a VMA
 * @tlb: gathers the pages
 * @vma: hugetlb VMA
 * @start: first byte, aligned to the page size of the VMA
 * @end: byte after the last, aligned
 * @ref_page: only this page, or NULL
 * @zap_flags: ZAP_FLAG_DROP_MARKER
 *
 * i_mmap_rwsem held for writing, and the VMA's lock unless whoever comes through the file
 * could not have it.  Linux: mm/hugetlb.c.
 */
void __unmap_hugepage_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long start,
			    unsigned long end, struct page *ref_page, zap_flags_t zap_flags)
{
	struct mm_struct *mm = vma->vm_mm;
	struct hstate *h = hstate_vma(vma);
	unsigned long sz = huge_page_size(h);
	unsigned long table_rest = hugetlb_mask_last_page(h);
	struct mmu_notifier_range range;
	unsigned long address;

	WARN_ON(!is_vm_hugetlb_page(vma));
	BUG_ON((start | end) & ~huge_page_mask(h));

	tlb_change_page_size(tlb, sz);
	tlb_start_vma(tlb, vma);
	mmu_notifier_range_init(&range, MMU_NOTIFY_UNMAP, 0, vma, mm, start, end);
	adjust_range_if_pmd_sharing_possible(vma, &range.start, &range.end);
	mmu_notifier_invalidate_range_start(&range);

	for (address = start; address < end; address += sz) {
		pte_t *ptep = huge_pte_offset(mm, address, sz);
		struct page *page = NULL;
		spinlock_t *ptl;
		bool unshared;

		if (!ptep) {
			/* No table: go on with the next one. */
			address |= table_rest;
			continue;
		}
		ptl = huge_pte_lock(h, mm, ptep);
		unshared = zap_shared_table(tlb, vma, address, ptep);
		if (!unshared)
			page = zap_huge_pte(tlb, vma, address, ptep, ref_page, zap_flags);
		spin_unlock(ptl);
		if (unshared)
			address |= table_rest;
		if (!page)
			continue;

		if (kernel_has(hugetlb_unmap_restores_promise))
			restore_unmapped_promise(h, vma, address, page);
		tlb_remove_page_size(tlb, page, sz);
		/* There is no second one of it. */
		if (ref_page)
			end = address;
	}
	mmu_notifier_invalidate_range_end(&range);
	tlb_end_vma(tlb, vma);
	huge_pmd_unshare_flush(tlb, vma);
}

/**
 * __unmap_hugepage_range_final - unmap part of a VMA for munmap(), exit, or MADV_DONTNEED
 * @tlb: gathers the pages
 * @vma: hugetlb VMA
 * @start: first byte, aligned to the page size of the VMA
 * @end: byte after the last, aligned
 * @ref_page: only this page, or NULL
 * @zap_flags: ZAP_FLAG_UNMAP: the VMA itself goes; ZAP_FLAG_DROP_MARKER
 *
 * mmap_lock held in any mode.  Takes the VMA's lock and i_mmap_rwsem; with ZAP_FLAG_UNMAP the
 * lock object is gone afterwards, so that truncation cannot unmap in tables that are being
 * freed.  Linux: mm/hugetlb.c.
 */
void __unmap_hugepage_range_final(struct mmu_gather *tlb, struct vm_area_struct *vma,
				  unsigned long start, unsigned long end, struct page *ref_page,
				  zap_flags_t zap_flags)
{
	struct address_space *mapping = vma->vm_file->f_mapping;

	hugetlb_vma_lock_write(vma);
	i_mmap_lock_write(mapping);
	__unmap_hugepage_range(tlb, vma, start, end, ref_page, zap_flags);

	if (zap_flags & ZAP_FLAG_UNMAP) {
		/* Before i_mmap_rwsem: who finds the VMA through the file finds no lock. */
		__hugetlb_vma_unlock_write_free(vma);
		i_mmap_unlock_write(mapping);
		return;
	}
	i_mmap_unlock_write(mapping);
	hugetlb_vma_unlock_write(vma);
}

/**
 * hugetlb_zap_begin - lock a VMA that loses pages, until they are back in the pool
 * @vma: hugetlb VMA that stays
 *
 * A fault on what is unmapped waits for hugetlb_zap_end(), so it cannot look for a page, perhaps
 * the last one, while that is still in a gather.  mmap_lock held in any mode; takes the VMA's
 * lock and i_mmap_rwsem for writing.  Linux: mm/hugetlb.c, since 6.6.
 */
void hugetlb_zap_begin(struct vm_area_struct *vma)
{
	hugetlb_vma_lock_write(vma);
	i_mmap_lock_write(vma->vm_file->f_mapping);
}

/**
 * hugetlb_zap_end - end of hugetlb_zap_begin()
 * @vma: the VMA
 *
 * Linux: mm/hugetlb.c, since 6.6.
 */
void hugetlb_zap_end(struct vm_area_struct *vma)
{
	hugetlb_vma_unlock_write(vma);
	i_mmap_unlock_write(vma->vm_file->f_mapping);
}

/**
 * unmap_hugepage_range - unmap part of a VMA for somebody who came through its file
 * @vma: hugetlb VMA
 * @start: first byte, aligned to the page size of the VMA
 * @end: byte after the last, aligned
 * @ref_page: only this page, or NULL
 * @zap_flags: ZAP_FLAG_DROP_MARKER
 *
 * i_mmap_rwsem held for writing, and the VMA's lock unless the VMA is private.
 * Linux: mm/hugetlb.c.
 */
void unmap_hugepage_range(struct vm_area_struct *vma, unsigned long start, unsigned long end,
			  struct page *ref_page, zap_flags_t zap_flags)
{
	struct mmu_gather tlb;

	tlb_gather_mmu(&tlb, vma->vm_mm);
	__unmap_hugepage_range(&tlb, vma, start, end, ref_page, zap_flags);
	tlb_finish_mmu(&tlb);
}

/*
 * The owner of a private mapping could not get a page for its copy: take the shared page away
 * from those who have promises of their own or none.  What they lose is data, so they are
 * marked and will be killed when they come for it.
 */
static void unmap_ref_private(struct mm_struct *mm, struct vm_area_struct *vma, struct page *page,
			      unsigned long address)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	struct hstate *h = hstate_vma(vma);
	struct vm_area_struct *other;
	pgoff_t pgoff;

	/* In small pages, as the interval tree counts. */
	address &= huge_page_mask(h);
	pgoff = vma->vm_pgoff + ((address - vma->vm_start) >> PAGE_SHIFT);

	i_mmap_lock_write(mapping);
	vma_interval_tree_foreach(other, &mapping->i_mmap, pgoff, pgoff) {
		if (other == vma)
			continue;
		if (other->vm_flags & VM_MAYSHARE)
			continue;
		if (is_vma_resv_set(other, HPAGE_RESV_OWNER))
			continue;
		unmap_hugepage_range(other, address, address + huge_page_size(h), page, 0);
	}
	i_mmap_unlock_write(mapping);
}

/* ---------------------------------------------------------- copy on write */

static struct mutex *fault_mutex_of(struct address_space *mapping, pgoff_t idx)
{
	return &hugetlb_fault_mutex_table[hugetlb_fault_mutex_hash(mapping, idx)];
}

/*
 * Has unmap_ref_private() make room, for which the fault's locks must be dropped.  Entered
 * without the page-table lock, left with it.  True when the entry is still @pte: the copy,
 * or the reuse of the page, may be tried again.
 */
static bool hugetlb_wp_unmap_others(struct mm_struct *mm, struct vm_area_struct *vma,
				    unsigned long haddr, struct page *page,
				    struct page *pagecache_page, pte_t **ptepp, pte_t pte,
				    spinlock_t *ptl)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	struct hstate *h = hstate_vma(vma);
	struct mutex *fault_mutex = fault_mutex_of(mapping, vma_hugecache_offset(h, vma, haddr));
	bool unlocks = pagecache_page && kernel_has(hugetlb_wp_unlocks_pagecache);

	/* Unmapping takes the locks of other VMAs, exclusively. */
	if (unlocks)
		unlock_page(pagecache_page);
	hugetlb_vma_unlock_read(vma);
	mutex_unlock(fault_mutex);
	unmap_ref_private(mm, vma, page, haddr);
	/*
	 * With the page of the file locked: who has the mutex may be waiting for that.  6.1 does
	 * so all the same.
	 */
	mutex_lock(fault_mutex);
	hugetlb_vma_lock_read(vma);
	if (unlocks)
		lock_page(pagecache_page);

	spin_lock(ptl);
	*ptepp = huge_pte_offset(mm, haddr, huge_page_size(h));
	if (!*ptepp)
		return false;
	return pte_same(huge_ptep_get(*ptepp), pte);
}

/* Nobody else has the page: it is made writable where it is.  Page-table lock held. */
static bool hugetlb_wp_reuse(struct vm_area_struct *vma, unsigned long haddr, pte_t *ptep,
			     struct page *page, bool unshare)
{
	if (page_mapcount(page) != 1)
		return false;
	if (!PageAnon(page))
		return false;
	if (!PageAnonExclusive(page))
		page_move_anon_rmap(page, vma);
	if (!unshare)
		set_huge_ptep_writable(vma, haddr, ptep);
	return true;
}

/*
 * A write to a page that is mapped without write permission.  Entered and left with the
 * page-table lock, which is dropped on the way; the fault mutex and the VMA's lock are held,
 * the mapped page is locked, and so is @pagecache_page, the page that the file has there.
 */
static vm_fault_t hugetlb_wp(struct mm_struct *mm, struct vm_area_struct *vma,
			     unsigned long address, pte_t *ptep, unsigned int flags,
			     struct page *pagecache_page, spinlock_t *ptl)
{
	const bool unshare = flags & FAULT_FLAG_UNSHARE;
	struct hstate *h = hstate_vma(vma);
	unsigned long haddr = address & huge_page_mask(h);
	struct page *old_page, *new_page;
	struct mmu_notifier_range range;
	int outside_reserve = 0;
	vm_fault_t ret = 0;
	pte_t pte = huge_ptep_get(ptep);

	VM_BUG_ON(unshare == !!(flags & FAULT_FLAG_WRITE));

	/* Of userfaultfd's making: hugetlb_fault() will report it when the access comes back. */
	if (!unshare) {
		if (huge_pte_uffd_wp(pte))
			return 0;
		if (WARN_ON_ONCE(!(vma->vm_flags & VM_WRITE)))
			return VM_FAULT_SIGSEGV;
	}
	if (vma->vm_flags & VM_MAYSHARE) {
		if (!unshare)
			set_huge_ptep_writable(vma, haddr, ptep);
		return 0;
	}

	old_page = pte_page(pte);
retry_avoidcopy:
	if (hugetlb_wp_reuse(vma, haddr, ptep, old_page, unshare))
		return 0;
	VM_BUG_ON_PAGE(PageAnon(old_page) && PageAnonExclusive(old_page), old_page);

	/*
	 * The promise for this address went into the page that is shared with children.  One
	 * more page must come from elsewhere, or the rest of the promises would not last.
	 */
	if (is_vma_resv_set(vma, HPAGE_RESV_OWNER)) {
		if (old_page != pagecache_page)
			outside_reserve = 1;
	}

	get_page(old_page);
	spin_unlock(ptl);
	new_page = alloc_huge_page(vma, haddr, outside_reserve);
	if (IS_ERR(new_page)) {
		if (outside_reserve) {
			put_page(old_page);
			if (hugetlb_wp_unmap_others(mm, vma, haddr, old_page, pagecache_page, &ptep,
						    pte, ptl))
				goto retry_avoidcopy;
			/* Somebody else changed it: fault again. */
			return 0;
		}
		ret = vmf_error(PTR_ERR(new_page));
		goto out_put_old;
	}

	/* A VMA that has read the file only may have none. */
	if (anon_vma_prepare(vma)) {
		ret = VM_FAULT_OOM;
		goto out_put_new;
	}
	copy_user_huge_page(new_page, old_page, address, vma, pages_per_huge_page(h));
	__SetPageUptodate(new_page);

	mmu_notifier_range_init(&range, MMU_NOTIFY_CLEAR, 0, vma, mm, haddr,
				haddr + huge_page_size(h));
	mmu_notifier_invalidate_range_start(&range);
	spin_lock(ptl);
	ptep = huge_pte_offset(mm, haddr, huge_page_size(h));
	if (ptep && pte_same(huge_ptep_get(ptep), pte)) {
		/* Used from now on: the promise is redeemed. */
		ClearHPageRestoreReserve(new_page);
		huge_ptep_clear_flush(vma, haddr, ptep);
		mmu_notifier_invalidate_range(mm, range.start, range.end);
		page_remove_rmap(old_page, vma, true);
		hugepage_add_new_anon_rmap(new_page, vma, haddr);
		set_huge_pte_at(mm, haddr, ptep, make_huge_pte(vma, new_page, !unshare));
		SetHPageMigratable(new_page);
		new_page = old_page; /* the reference that the entry had */
	}
	spin_unlock(ptl);
	mmu_notifier_invalidate_range_end(&range);

out_put_new:
	/* Not mapped: with the page goes what it was promised for. */
	if (new_page != old_page)
		restore_reserve_on_error(h, vma, haddr, new_page);
	put_page(new_page);
out_put_old:
	put_page(old_page);
	/* As the caller had it. */
	spin_lock(ptl);
	return ret;
}

/* ----------------------------------------------------------------- faults */

/*
 * Is there a page in the file?  Only a hint unless the fault mutex is held; does not wait for
 * the page lock.
 */
static bool hugetlbfs_pagecache_present(struct hstate *h, struct vm_area_struct *vma,
					unsigned long address)
{
	struct address_space *mapping = vma->vm_file->f_mapping;
	struct page *page = find_get_page(mapping, vma_hugecache_offset(h, vma, address));

	if (!page)
		return false;
	put_page(page);
	return true;
}

/**
 * hugetlb_add_to_page_cache - put a new page into its file
 * @page: up to date, unlocked, known to nobody else
 * @mapping: the file's pages
 * @idx: index, huge pages
 *
 * The page is locked afterwards, and what it redeemed is redeemed.  The fault mutex of the
 * index is held.  Returns 0, -EEXIST or -ENOMEM; after an error the page is unlocked.
 * Linux: mm/hugetlb.c.
 */
int hugetlb_add_to_page_cache(struct page *page, struct address_space *mapping, pgoff_t idx)
{
	struct folio *folio = page_folio(page);
	struct inode *inode = mapping->host;
	int err;

	__folio_set_locked(folio);
	err = __filemap_add_folio(mapping, folio, idx, GFP_KERNEL, NULL);
	if (err) {
		__folio_clear_locked(folio);
		return err;
	}
	ClearHPageRestoreReserve(page);
	/* Clean pages of a file may be thrown away by others; these are all there is. */
	folio_mark_dirty(folio);

	spin_lock(&inode->i_lock);
	inode->i_blocks += blocks_per_huge_page(hstate_inode(inode));
	spin_unlock(&inode->i_lock);
	return 0;
}

/*
 * Reports to userfaultfd.  handle_userfault() sleeps without mmap_lock, so when it returns the
 * VMA, the file and their locks may be no more: the locks are dropped here, and the callers
 * return without touching anything.
 */
static vm_fault_t hugetlb_handle_userfault(struct vm_area_struct *vma,
					   struct address_space *mapping, pgoff_t idx,
					   unsigned int flags, unsigned long haddr,
					   unsigned long addr, unsigned long reason)
{
	struct vm_fault vmf = {
		.flags = flags,
		.vma = vma,
		.address = haddr,
		.real_address = addr,
	};
	struct mutex *fault_mutex = fault_mutex_of(mapping, idx);
	vm_fault_t ret;

	hugetlb_vma_unlock_read(vma);
	mutex_unlock(fault_mutex);
	ret = handle_userfault(&vmf, reason);
	/* Once the callers dropped the locks after this, too, and so they had to be taken. */
	if (kernel_has(hugetlb_relock_after_userfault)) {
		mutex_lock(fault_mutex);
		hugetlb_vma_lock_read(vma);
		hugetlb_vma_unlock_read(vma);
		mutex_unlock(fault_mutex);
	}
	return ret;
}

/*
 * Does the entry still say what hugetlb_fault() read without its lock?  An entry that is being
 * changed is none for a moment, under its lock: no message must tell of that.
 */
static bool hugetlb_pte_stable(struct hstate *h, struct mm_struct *mm, pte_t *ptep, pte_t old_pte)
{
	spinlock_t *ptl;
	bool same;

	if (kernel_has(hugetlb_unstable_pte_event))
		return true;
	ptl = huge_pte_lock(h, mm, ptep);
	same = pte_same(huge_ptep_get(ptep), old_pte);
	spin_unlock(ptl);
	return same;
}

/*
 * Fills a new page with zeros and makes it ready to be mapped: locked, in the file if the
 * mapping is shared.  Returns 0, or VM_FAULT_* with the page given back.
 */
static vm_fault_t hugetlb_prepare_page(struct hstate *h, struct vm_area_struct *vma,
				       struct address_space *mapping, pgoff_t idx,
				       unsigned long address, struct page *page)
{
	unsigned long haddr = address & huge_page_mask(h);

	clear_huge_page(page, address, pages_per_huge_page(h));
	__SetPageUptodate(page);

	if (vma->vm_flags & VM_MAYSHARE) {
		if (!hugetlb_add_to_page_cache(page, mapping, idx))
			return 0;
		/* Not for -EEXIST, which the fault mutex excludes: then it were not ours. */
		restore_reserve_on_error(h, vma, haddr, page);
		put_page(page);
		return VM_FAULT_SIGBUS;
	}
	lock_page(page);
	if (!anon_vma_prepare(vma))
		return 0;
	restore_reserve_on_error(h, vma, haddr, page);
	unlock_page(page);
	put_page(page);
	return VM_FAULT_OOM;
}

/*
 * Nothing is mapped there, or a marker: @old_pte, read without the lock.  Entered with the
 * fault mutex and the VMA's lock, drops both.
 */
static vm_fault_t hugetlb_no_page(struct mm_struct *mm, struct vm_area_struct *vma,
				  struct address_space *mapping, pgoff_t idx, unsigned long address,
				  pte_t *ptep, pte_t old_pte, unsigned int flags)
{
	struct hstate *h = hstate_vma(vma);
	unsigned long haddr = address & huge_page_mask(h);
	bool private_write = (flags & FAULT_FLAG_WRITE) && !(vma->vm_flags & VM_SHARED);
	bool shared_writable = (vma->vm_flags & VM_WRITE) && (vma->vm_flags & VM_SHARED);
	struct mutex *fault_mutex = fault_mutex_of(mapping, idx);
	bool new_page = false, anon_rmap = false;
	vm_fault_t ret = VM_FAULT_SIGBUS;
	struct page *page;
	spinlock_t *ptl;
	pte_t new_pte;

	/* Its page was taken away by unmap_ref_private(). */
	if (is_vma_resv_set(vma, HPAGE_RESV_UNMAPPED)) {
		pr_warn_ratelimited("PID %d killed: not enough huge pages\n", current->pid);
		goto out_unlock;
	}

	/* Locked from here on, a page cannot be truncated until it is mapped. */
	page = find_lock_page(mapping, idx);
	if (!page) {
		if (idx >= i_size_read(mapping->host) >> huge_page_shift(h))
			goto out_unlock;
		if (userfaultfd_missing(vma)) {
			ret = 0;
			if (!hugetlb_pte_stable(h, mm, ptep, old_pte))
				goto out_unlock;
			return hugetlb_handle_userfault(vma, mapping, idx, flags, haddr, address,
							VM_UFFD_MISSING);
		}

		page = alloc_huge_page(vma, haddr, 0);
		if (IS_ERR(page)) {
			ret = 0;
			if (hugetlb_pte_stable(h, mm, ptep, old_pte))
				ret = vmf_error(PTR_ERR(page));
			goto out_unlock;
		}
		ret = hugetlb_prepare_page(h, vma, mapping, idx, address, page);
		if (ret)
			goto out_unlock;
		new_page = true;
		anon_rmap = !(vma->vm_flags & VM_MAYSHARE);
	} else {
		if (PageHWPoison(page)) {
			ret = VM_FAULT_HWPOISON_LARGE | VM_FAULT_SET_HINDEX(hstate_index(h));
			goto out_release;
		}
		if (userfaultfd_minor(vma)) {
			unlock_page(page);
			if (!kernel_has(hugetlb_minor_leaks_page))
				put_page(page);
			ret = 0;
			if (!hugetlb_pte_stable(h, mm, ptep, old_pte))
				goto out_unlock;
			return hugetlb_handle_userfault(vma, mapping, idx, flags, haddr, address,
							VM_UFFD_MINOR);
		}
	}

	/* The copy below will change the map under a spinlock: it allocates its regions now. */
	if (private_write) {
		ret = VM_FAULT_OOM;
		if (vma_needs_reservation(h, vma, haddr) < 0)
			goto out_release;
		vma_end_reservation(h, vma, haddr);
	}

	ptl = huge_pte_lock(h, mm, ptep);
	ret = 0;
	if (!pte_same(huge_ptep_get(ptep), old_pte)) {
		spin_unlock(ptl);
		goto out_release;
	}
	if (!anon_rmap) {
		page_dup_file_rmap(page, true);
	} else {
		ClearHPageRestoreReserve(page);
		hugepage_add_new_anon_rmap(page, vma, haddr);
	}
	new_pte = make_huge_pte(vma, page, shared_writable);
	if (pte_marker_uffd_wp(old_pte))
		new_pte = huge_pte_wrprotect(huge_pte_mkuffd_wp(new_pte));
	set_huge_pte_at(mm, haddr, ptep, new_pte);
	hugetlb_count_add(pages_per_huge_page(h), mm);

	/* Copy at once, not in a second fault. */
	if (private_write)
		ret = hugetlb_wp(mm, vma, address, ptep, flags, page, ptl);
	spin_unlock(ptl);
	if (new_page)
		SetHPageMigratable(page);
	unlock_page(page);
	goto out_unlock;

out_release:
	/* What is in the file has its entry in the map, and keeps it. */
	if (new_page && anon_rmap)
		restore_reserve_on_error(h, vma, haddr, page);
	unlock_page(page);
	put_page(page);
out_unlock:
	hugetlb_vma_unlock_read(vma);
	mutex_unlock(fault_mutex);
	return ret;
}

/**
 * hugetlb_fault_mutex_hash - which of the fault mutexes serialises a page of a file
 * @mapping: the file's pages
 * @idx: index, in huge pages: all users must agree on the unit
 *
 * By the number of the inode where Linux hashes the address of @mapping: numbers are the same
 * in each run.  Linux: mm/hugetlb.c.
 */
u32 hugetlb_fault_mutex_hash(struct address_space *mapping, pgoff_t idx)
{
	u64 key = ((u64)mapping->host->i_ino << 40) ^ idx;

	/* The upper bits of a product depend on all bits of the factor. */
	key *= 0x9e3779b97f4a7c15ULL;
	return (key >> 40) & (num_fault_mutexes - 1);
}

static void put_locked_page(struct page *page)
{
	if (!page)
		return;
	unlock_page(page);
	put_page(page);
}

/* A write to what userfaultfd has protected.  @entry as read under the lock. */
static bool hugetlb_uffd_wp_fault(struct vm_area_struct *vma, pte_t entry, unsigned int flags)
{
	if (!(flags & FAULT_FLAG_WRITE))
		return false;
	if (!userfaultfd_wp(vma))
		return false;
	if (!huge_pte_uffd_wp(entry))
		return false;
	return !huge_pte_write(entry);
}

/**
 * hugetlb_fault - resolve a fault on huge pages
 * @mm: the address space
 * @vma: hugetlb VMA whose permissions allow the access
 * @address: user address
 * @flags: FAULT_FLAG_*
 *
 * mmap_lock held for reading; still held on return unless VM_FAULT_RETRY is returned.  Takes
 * the page's fault mutex and the VMA's lock.  Returns VM_FAULT_*.  Linux: mm/hugetlb.c.
 */
vm_fault_t hugetlb_fault(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long address,
			 unsigned int flags)
{
	const unsigned int wants_own = FAULT_FLAG_WRITE | FAULT_FLAG_UNSHARE;
	struct hstate *h = hstate_vma(vma);
	struct address_space *mapping = vma->vm_file->f_mapping;
	unsigned long haddr = address & huge_page_mask(h);
	pgoff_t idx = vma_hugecache_offset(h, vma, haddr);
	struct mutex *fault_mutex = fault_mutex_of(mapping, idx);
	struct page *page, *cached = NULL, *busy = NULL;
	pte_t *ptep, entry;
	spinlock_t *ptl;
	vm_fault_t ret;

	mutex_lock(fault_mutex);
	hugetlb_vma_lock_read(vma);
	ptep = huge_pte_alloc(mm, vma, haddr, huge_page_size(h));
	ret = VM_FAULT_OOM;
	if (!ptep)
		goto out_unlock;

	entry = huge_ptep_get(ptep);
	if (pte_marker_poisoned(entry)) {
		ret = VM_FAULT_HWPOISON_LARGE | VM_FAULT_SET_HINDEX(hstate_index(h));
		goto out_unlock;
	}
	/* It drops the locks: nothing here is valid after it. */
	if (huge_pte_none_mostly(entry))
		return hugetlb_no_page(mm, vma, mapping, idx, address, ptep, entry, flags);
	ret = 0;
	if (!pte_present(entry))
		goto out_unlock;

	/* A copy may follow: what must sleep is done before the page-table lock. */
	if ((flags & wants_own) && !(vma->vm_flags & VM_MAYSHARE) && !huge_pte_write(entry)) {
		ret = VM_FAULT_OOM;
		if (vma_needs_reservation(h, vma, haddr) < 0)
			goto out_unlock;
		vma_end_reservation(h, vma, haddr);
		ret = 0;
		cached = find_lock_page(mapping, idx);
	}

	ptl = huge_pte_lock(h, mm, ptep);
	if (!pte_same(entry, huge_ptep_get(ptep)))
		goto out_unlock_ptl;
	if (hugetlb_uffd_wp_fault(vma, entry, flags)) {
		if (!kernel_has(knows_wp_async) || !userfaultfd_wp_async(vma)) {
			spin_unlock(ptl);
			put_locked_page(cached);
			return hugetlb_handle_userfault(vma, mapping, idx, flags, haddr, address,
							VM_UFFD_WP);
		}
		entry = huge_pte_clear_uffd_wp(entry);
		set_huge_pte_at(mm, haddr, ptep, entry);
	}

	/* hugetlb_wp() wants both pages locked.  Under the spinlock we can only try. */
	page = pte_page(entry);
	if (page != cached) {
		if (!trylock_page(page)) {
			busy = page;
			goto out_unlock_ptl;
		}
	}
	get_page(page);

	if ((flags & wants_own) && !huge_pte_write(entry)) {
		ret = hugetlb_wp(mm, vma, address, ptep, flags, cached, ptl);
	} else {
		if (flags & FAULT_FLAG_WRITE)
			entry = huge_pte_mkdirty(entry);
		entry = pte_mkyoung(entry);
		if (huge_ptep_set_access_flags(vma, haddr, ptep, entry, flags & FAULT_FLAG_WRITE))
			update_mmu_cache(vma, haddr, ptep);
	}
	if (page != cached)
		unlock_page(page);
	put_page(page);

out_unlock_ptl:
	spin_unlock(ptl);
	put_locked_page(cached);
out_unlock:
	hugetlb_vma_unlock_read(vma);
	mutex_unlock(fault_mutex);
	/* Not to fault in a loop.  Without a reference: the page is not used afterwards. */
	if (busy)
		wait_on_page_locked(busy);
	return ret;
}

/* ------------------------------------------------ UFFDIO_COPY and CONTINUE */

/* POISON: an entry that says so, where there was none and no marker either.  0 or -EEXIST. */
static int hugetlb_poison_pte(struct mm_struct *mm, pte_t *ptep, struct vm_area_struct *vma,
			      unsigned long addr)
{
	spinlock_t *ptl = huge_pte_lock(hstate_vma(vma), mm, ptep);
	bool taken = !huge_pte_none(huge_ptep_get(ptep));

	if (!taken) {
		set_huge_pte_at(mm, addr, ptep, make_pte_marker(PTE_MARKER_POISONED));
		update_mmu_cache(vma, addr, ptep);
	}
	spin_unlock(ptl);
	return taken ? -EEXIST : 0;
}

/**
 * hugetlb_mcopy_atomic_pte - fill and map one huge page for userfaultfd
 * @dst_mm: the destination
 * @dst_pte: its entry, none or a marker as of a moment ago
 * @dst_vma: hugetlb VMA; has an anon_vma if it is private
 * @dst_addr: user address, aligned to the page size of the VMA
 * @src_addr: user address of the running task that the data come from
 * @mode: MCOPY_ATOMIC_NORMAL, or MCOPY_ATOMIC_CONTINUE: map the page that the file has, or
 *	  MCOPY_ATOMIC_POISON
 * @pagep: NULL at first.  With -ENOENT it receives a page, to be filled without locks; the
 *	   next call copies from it, frees it, and clears this whatever the result
 * @wp_copy: map it write-protected
 *
 * mmap_lock for reading, the fault mutex of the page and the VMA's lock are held.  Sleeps.
 * Returns 0, -EEXIST (mapped or, with a shared mapping, in the file already), -EFAULT (not in
 * the file: CONTINUE, behind its end: COPY), -EIO, -ENOMEM, or -ENOENT (see @pagep).
 * Linux: mm/hugetlb.c.
 */
int hugetlb_mcopy_atomic_pte(struct mm_struct *dst_mm, pte_t *dst_pte,
			     struct vm_area_struct *dst_vma, unsigned long dst_addr,
			     unsigned long src_addr, enum mcopy_atomic_mode mode,
			     struct page **pagep, bool wp_copy)
{
	struct address_space *mapping = dst_vma->vm_file->f_mapping;
	struct hstate *h = hstate_vma(dst_vma);
	pgoff_t idx = vma_hugecache_offset(h, dst_vma, dst_addr);
	bool is_continue = mode == MCOPY_ATOMIC_CONTINUE;
	bool vm_shared = dst_vma->vm_flags & VM_SHARED;
	/* COV: COPY never 2 true: another mode */
	/* COV: CONTINUE never 2 false: it is that mode */
	bool of_file = vm_shared || is_continue;
	bool new_page = !is_continue;
	bool second_pass = *pagep;
	bool page_in_pagecache = false;
	struct page *page;
	spinlock_t *ptl;
	int writable;
	pte_t entry;
	int ret;

	/* The patch as posted asked only what the mapping is, not whose the page is. */
	if (kernel_has(minor_v1_private_locked))
		of_file = vm_shared;

	/* COV: COPY, CONTINUE never true: another mode */
	if (mode == MCOPY_ATOMIC_POISON)
		return hugetlb_poison_pte(dst_mm, dst_pte, dst_vma, dst_addr);

	/* COV: COPY never true: another mode */
	/* COV: CONTINUE never false: it is that mode */
	if (is_continue) {
		page = find_lock_page(mapping, idx);
		ret = -EFAULT;
		if (!page)
			goto out;
		/* Before anything can fail: its entry in the map must stay. */
		page_in_pagecache = !kernel_has(hugetlb_continue_error_unreserves);
	} else if (!*pagep) {
		/* Before a page is allocated: the promise for this index has been redeemed. */
		ret = -EEXIST;
		if (vm_shared && !kernel_has(hugetlb_copy_over_cached)) {
			if (hugetlbfs_pagecache_present(h, dst_vma, dst_addr))
				goto out;
		}
		ret = -ENOMEM;
		page = alloc_huge_page(dst_vma, dst_addr, 0);
		if (IS_ERR(page)) {
			/* A table is there, for the caller has made one: that is all it looks at.
			 */
			if (kernel_has(hugetlb_full_is_eexist))
				ret = -EEXIST;
			goto out;
		}

		/* Under mmap_lock: a source that is not mapped cannot be faulted in. */
		if (copy_huge_page_from_user(page, (const void __user *)src_addr,
					     pages_per_huge_page(h), false)) {
			if (kernel_has(hugetlb_retry_keeps_reservation)) {
				*pagep = page;
				ret = -ENOENT;
				goto out;
			}
			/*
			 * The data will come without locks, and so may a fault that takes the
			 * page of this index: what this one redeemed goes back, and the data
			 * go into a page that stands for no index.
			 */
			restore_reserve_on_error(h, dst_vma, dst_addr, page);
			put_page(page);
			page = alloc_huge_page_vma(h, dst_vma, dst_addr);
			if (!page)
				goto out;
			*pagep = page;
			ret = -ENOENT;
			goto out;
		}
	} else if (kernel_has(hugetlb_retry_keeps_reservation)) {
		page = *pagep;
		*pagep = NULL;
	} else {
		/* Everything again: nothing is as it was before the locks were dropped. */
		ret = -EEXIST;
		if (vm_shared) {
			if (hugetlbfs_pagecache_present(h, dst_vma, dst_addr))
				goto out_put_temporary;
		}
		ret = -ENOMEM;
		page = alloc_huge_page(dst_vma, dst_addr, 0);
		if (IS_ERR(page)) {
			if (kernel_has(hugetlb_retry_leaks_temporary))
				goto out_forget_temporary;
			goto out_put_temporary;
		}
		if (kernel_has(hugetlb_retry_error_keeps_entry)) {
			ret = -EHWPOISON;
			if (sim_should_fail(SIM_SITE("copy_page"))) {
				put_page(page);
				goto out_put_temporary;
			}
		}
		copy_user_huge_page(page, *pagep, dst_addr, dst_vma, pages_per_huge_page(h));
		put_page(*pagep);
		*pagep = NULL;
	}

	/* As posted: the flag was set where the first pass allocates. */
	/* COV: CONTINUE never 1 true: nothing is copied: one pass */
	if (second_pass && kernel_has(minor_v1_new_page))
		new_page = false;

	/* Contents before the entry that makes them visible: the barrier is inside. */
	__SetPageUptodate(page);

	/* COV: CONTINUE never 2 true: the page is that of the file */
	if (vm_shared && new_page) {
		ret = -EFAULT;
		if (!kernel_has(hugetlb_copy_past_eof)) {
			if (idx >= i_size_read(mapping->host) >> huge_page_shift(h))
				goto out_free_page;
		}
		/* Truncation cannot pass us here: it takes the fault mutex. */
		ret = hugetlb_add_to_page_cache(page, mapping, idx);
		if (ret) {
			if (kernel_has(hugetlb_copy_unlocks_twice))
				unlock_page(page);
			goto out_free_page;
		}
		page_in_pagecache = true;
	}

	ptl = huge_pte_lock(h, dst_mm, dst_pte);
	/* Of 5.14: such an error is what it takes for what is below to go wrong. */
	/* COV: CONTINUE never 3 true: the page is that of the file */
	if (kernel_has(hugetlb_error_unreserves_cached) && vm_shared && new_page) {
		page_in_pagecache = false;
		ret = -EFAULT;
		if (idx >= i_size_read(mapping->host) >> huge_page_shift(h))
			goto out_unlock_page;
	}
	ret = -EIO;
	/* COV: COPY, CONTINUE never true: memory errors are not modelled yet */
	if (PageHWPoison(page))
		goto out_unlock_page;
	/* A marker may be overwritten: it protects a page that was not there. */
	ret = -EEXIST;
	if (!huge_pte_none_mostly(huge_ptep_get(dst_pte)))
		goto out_unlock_page;

	if (of_file) {
		page_dup_file_rmap(page, true);
	} else {
		ClearHPageRestoreReserve(page);
		hugepage_add_new_anon_rmap(page, dst_vma, dst_addr);
	}

	writable = dst_vma->vm_flags & VM_WRITE ? 1 : 0;
	if (wp_copy)
		writable = 0;
	/* A private mapping of the file's page: the first write makes a copy. */
	if (of_file) {
		/* COV: COPY never true: of COPY it is a page of the file when the mapping is
		 * shared */
		if (!vm_shared)
			writable = 0;
	}
	entry = make_huge_pte(dst_vma, page, writable);
	entry = pte_mkyoung(huge_pte_mkdirty(entry));
	if (wp_copy)
		entry = huge_pte_mkuffd_wp(entry);
	set_huge_pte_at(dst_mm, dst_addr, dst_pte, entry);
	hugetlb_count_add(pages_per_huge_page(h), dst_mm);
	update_mmu_cache(dst_vma, dst_addr, dst_pte);
	spin_unlock(ptl);

	/* COV: CONTINUE never true: the page is that of the file */
	if (new_page)
		SetHPageMigratable(page);
	if (of_file)
		unlock_page(page);
	ret = 0;
out:
	return ret;

out_put_temporary:
	put_page(*pagep);
out_forget_temporary:
	*pagep = NULL;
	goto out;

out_unlock_page:
	spin_unlock(ptl);
	if (of_file)
		unlock_page(page);
out_free_page:
	/* What is in the file has its entry in the map, and keeps it. */
	/* COV: COPY never false: nothing fails behind the cache: the page is locked until it is
	 * mapped */
	if (!page_in_pagecache)
		restore_reserve_on_error(h, dst_vma, dst_addr, page);
	put_page(page);
	goto out;
}

/* ------------------------------------------------------------------- boot */

/*
 * Blocks of 2 MiB that the page allocator has beyond the pool, for surplus and temporary pages
 * and for a pool that grows: so many UFFDIO_COPYs can wait for their data at the same time
 * when the pool is exhausted.
 */
#define NR_BUDDY_HUGE_PAGES 8

/* As Linux has on one processor: few enough that pages collide. */
#define DEFAULT_FAULT_MUTEXES 8

/* Frames of the huge pages of one size: those of the pool, then those of the page allocator. */
struct huge_region {
	unsigned long first;
	unsigned long end;
	unsigned long pool; /* pages */
};

static struct huge_region huge_regions[HUGE_MAX_HSTATE];
static unsigned long first_huge_pfn = ULONG_MAX;

/**
 * page_region_order - to what page a frame belongs
 * @page: of the frame
 * @head: receives the frame number of the page's head
 *
 * Huge pages lie in regions of their own, so that their tail pages need not be initialised:
 * there are 262144 of them to a page of 1 GiB.  Returns the order of the page.
 */
unsigned int page_region_order(const struct page *page, unsigned long *head)
{
	unsigned long pfn = page - READ_FIXED(mem_map);
	int i;

	*head = pfn;
	/* Small pages are asked for all the time. */
	if (pfn < READ_FIXED(first_huge_pfn))
		return 0;
	for (i = 0; i < HUGE_MAX_HSTATE; i++) {
		const struct huge_region *region = &huge_regions[i];

		if (pfn - region->first >= region->end - region->first)
			continue;
		*head = pfn & -(unsigned long)pages_per_huge_page(&hstates[i]);
		return hstates[i].order;
	}
	return 0;
}

/**
 * hugetlb_add_hstate - one more page size; at boot
 * @order: of small pages
 *
 * Linux: mm/hugetlb.c.
 */
void __init hugetlb_add_hstate(unsigned int order)
{
	struct hstate *h = &hstates[hugetlb_max_hstate];

	BUG_ON(hugetlb_max_hstate == HUGE_MAX_HSTATE);
	hugetlb_max_hstate++;
	memset(h, 0, sizeof(*h));
	h->order = order;
	h->mask = ~(huge_page_size(h) - 1);
	mutex_init(&h->resize_lock);
	INIT_LIST_HEAD(&h->hugepage_freelists[0]);
	INIT_LIST_HEAD(&h->hugepage_activelist);
	INIT_LIST_HEAD(&buddy_huge_pages[hstate_index(h)]);
}

static unsigned long __init lay_out_region(struct hstate *h, unsigned long pfn, unsigned long pool,
					   unsigned long buddy)
{
	struct huge_region *region = &huge_regions[hstate_index(h)];
	unsigned long nr = (pool + buddy) * pages_per_huge_page(h);

	region->pool = pool;
	if (nr)
		pfn = ALIGN(pfn, (unsigned long)pages_per_huge_page(h));
	region->first = pfn;
	region->end = pfn + nr;
	if (!nr)
		return pfn;
	sim_phys_region(pfn, nr, h->order);
	first_huge_pfn = min(first_huge_pfn, pfn);
	return region->end;
}

/**
 * hugetlb_lay_out - decide where the page frames of huge pages lie; before there is a mem_map
 * @start_pfn: the first frame that is free
 * @nr_2m: pages of 2 MiB in the pool
 * @nr_1g: pages of 1 GiB in the pool
 * @overcommit_2m: surplus pages of 2 MiB that are allowed
 * @resizes: the pool of 2 MiB pages is going to be resized, even if it is empty now
 *
 * Returns the frame after the last.
 */
unsigned long __init hugetlb_lay_out(unsigned long start_pfn, unsigned long nr_2m,
				     unsigned long nr_1g, unsigned long overcommit_2m, bool resizes)
{
	unsigned long buddy = nr_2m || overcommit_2m || resizes ? NR_BUDDY_HUGE_PAGES : 0;

	hugetlb_max_hstate = 0;
	hugetlb_add_hstate(PMD_SHIFT - PAGE_SHIFT);
	hugetlb_add_hstate(PUD_SHIFT - PAGE_SHIFT);
	default_hstate_idx = 0;
	first_huge_pfn = ULONG_MAX;

	hstates[0].nr_overcommit_huge_pages = overcommit_2m;
	start_pfn = lay_out_region(&hstates[0], start_pfn, nr_2m, buddy);
	return lay_out_region(&hstates[1], start_pfn, nr_1g, 0);
}

/*
 * Not the class of other page locks: truncation waits for i_mmap_rwsem and the lock of a VMA
 * while it has the page locked, faults lock the page with the latter held.  It is the fault
 * mutex, which both hold, that rules out a deadlock.
 */
static void __init huge_page_lock_init(struct page *page)
{
	sim_lock_init(&page->lock, SIM_PAGELOCK, LOCK_CLASS("hugetlb_page_lock"));
}

/* The last first: the pool gives out the page that it got last. */
static void __init hugetlb_hstate_alloc_pages(struct hstate *h)
{
	const struct huge_region *region = &huge_regions[hstate_index(h)];
	unsigned long i, nr = (region->end - region->first) >> h->order;

	h->max_huge_pages = region->pool;
	for (i = nr; i-- > 0;) {
		struct page *page = pfn_to_page(region->first + (i << h->order));

		huge_page_lock_init(page);
		page_mapcount_reset(page);
		if (i >= region->pool) {
			list_add(&page->lru, &buddy_huge_pages[hstate_index(h)]);
			continue;
		}
		prep_new_huge_page(h, page);
		spin_lock_irq(&hugetlb_lock);
		enqueue_huge_page(h, page);
		spin_unlock_irq(&hugetlb_lock);
	}
}

/**
 * hugetlb_init_pools - fill the pools with the frames of hugetlb_lay_out(); once at boot
 * @fault_mutexes: size of the table of fault mutexes, rounded up to a power of two; 0: default
 *
 * Of each huge page only the head's struct page is touched.
 */
void __init hugetlb_init_pools(unsigned int fault_mutexes)
{
	struct hstate *h;
	unsigned int i;

	spin_lock_init(&hugetlb_lock);
	resv_map_init_caches();
	hugepage_subpool_cachep = kmem_cache_create(
		"hugepage_subpool", sizeof(struct hugepage_subpool), 0, SLAB_PANIC, NULL);
	for (h = hstates; h < hstates + hugetlb_max_hstate; h++)
		hugetlb_hstate_alloc_pages(h);

	num_fault_mutexes = DEFAULT_FAULT_MUTEXES;
	if (fault_mutexes)
		num_fault_mutexes = roundup_pow_of_two(fault_mutexes);
	hugetlb_fault_mutex_table =
		kcalloc(num_fault_mutexes, sizeof(struct mutex), GFP_KERNEL | __GFP_NOFAIL);
	for (i = 0; i < num_fault_mutexes; i++)
		mutex_init(&hugetlb_fault_mutex_table[i]);
}
