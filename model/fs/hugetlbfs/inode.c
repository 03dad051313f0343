/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux fs/hugetlbfs/inode.c: files of huge pages.
 *
 * The page cache of such a file is indexed in huge pages, and a page in it is the only copy
 * of its data: it stays until the file is truncated, punched or freed.
 *
 * Left out until something needs it: names and directories, mount options other than the
 * limits of the subpool, read(), seals, migration, System V shared memory.
 */
#include <linux/mm.h>
#include <linux/err.h>
#include <linux/falloc.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/hugetlb.h>
#include <linux/init.h>
#include <linux/kref.h>
#include <linux/mount.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/pagevec.h>
#include <linux/rmap.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/tlb.h>

#include "sim/sim.h"

static struct kmem_cache *hugetlbfs_inode_cachep;
static struct vfsmount *hugetlbfs_vfsmount[HUGE_MAX_HSTATE];
static const struct inode_operations hugetlbfs_inode_operations;
static const struct super_operations hugetlbfs_ops;
static const struct address_space_operations hugetlbfs_aops;

/* Offsets in small pages that no loff_t can hold in bytes. */
#define PGOFF_LOFFT_MAX (~0UL << (BITS_PER_LONG - (PAGE_SHIFT + 1)))

/* ------------------------------------------------------------------ mmap */

static int hugetlbfs_file_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct inode *inode = file_inode(file);
	struct hstate *h = hstate_file(file);
	loff_t len, vma_len;
	int ret;

	/* First of all: whoever cleans up after an error must know what kind of VMA it is. */
	vma->vm_flags |= VM_HUGETLB | VM_DONTEXPAND;
	vma->vm_ops = &hugetlb_vm_ops;

	if (vma->vm_pgoff & PGOFF_LOFFT_MAX)
		return -EINVAL;
	if (vma->vm_pgoff & (~huge_page_mask(h) >> PAGE_SHIFT))
		return -EINVAL;
	vma_len = vma->vm_end - vma->vm_start;
	len = vma_len + ((loff_t)vma->vm_pgoff << PAGE_SHIFT);
	if (len < vma_len)
		return -EINVAL;

	ret = -ENOMEM;
	inode_lock(inode);
	file_accessed(file);
	if (!hugetlb_reserve_pages(inode, vma->vm_pgoff >> huge_page_order(h),
				   len >> huge_page_shift(h), vma, vma->vm_flags))
		goto out_unlock;

	ret = 0;
	/* A mapping that may be written makes the file as long as it is. */
	if (vma->vm_flags & VM_WRITE) {
		if (inode->i_size < len)
			i_size_write(inode, len);
	}
out_unlock:
	inode_unlock(inode);
	return ret;
}

/* ---------------------------------------------------- unmapping of files */

static void hugetlb_delete_from_page_cache(struct folio *folio)
{
	folio_clear_dirty(folio);
	folio_clear_uptodate(folio);
	filemap_remove_folio(folio);
}

/* i_mmap_rwsem and the fault mutex of the page are held. */
static bool hugetlb_vma_maps_page(struct vm_area_struct *vma, unsigned long addr, struct page *page)
{
	pte_t *ptep = huge_pte_offset(vma->vm_mm, addr, huge_page_size(hstate_vma(vma)));
	pte_t pte;

	if (!ptep)
		return false;
	pte = huge_ptep_get(ptep);
	if (huge_pte_none(pte))
		return false;
	if (!pte_present(pte))
		return false;
	return pte_page(pte) == page;
}

/* First byte of a VMA that lies at or above @start; both offsets in small pages. */
static unsigned long vma_offset_start(struct vm_area_struct *vma, pgoff_t start)
{
	if (start <= vma->vm_pgoff)
		return vma->vm_start;
	return vma->vm_start + ((start - vma->vm_pgoff) << PAGE_SHIFT);
}

/* Byte after the last below @end, 0: the end of the file. */
static unsigned long vma_offset_end(struct vm_area_struct *vma, pgoff_t end)
{
	unsigned long up_to;

	if (!end)
		return vma->vm_end;
	up_to = vma->vm_start + ((end - vma->vm_pgoff) << PAGE_SHIFT);
	return min(up_to, vma->vm_end);
}

static void unmap_folio_range(struct vm_area_struct *vma, pgoff_t start, pgoff_t end)
{
	unmap_hugepage_range(vma, vma_offset_start(vma, start), vma_offset_end(vma, end), NULL,
			     ZAP_FLAG_DROP_MARKER);
}

/*
 * Unmaps a folio from the VMAs whose lock is free.  Returns the lock, with a reference, of
 * the first whose lock is not, NULL when all are done.  i_mmap_rwsem held for writing.
 */
static struct hugetlb_vma_lock *unmap_folio_from_vmas(struct address_space *mapping,
						      struct folio *folio, pgoff_t start,
						      pgoff_t end)
{
	struct vm_area_struct *vma;

	vma_interval_tree_foreach(vma, &mapping->i_mmap, start, end - 1) {
		struct hugetlb_vma_lock *vma_lock = vma->vm_private_data;

		if (!hugetlb_vma_maps_page(vma, vma_offset_start(vma, start), &folio->page))
			continue;
		if (hugetlb_vma_trylock_write(vma)) {
			unmap_folio_range(vma, start, end);
			hugetlb_vma_unlock_write(vma);
		} else if (__vma_private_lock(vma)) {
			/*
			 * Linux takes vm_private_data for a lock object here too, but of a
			 * private mapping it is the reservation map.  The fault mutex is
			 * enough: nobody maps this page of the file meanwhile.
			 */
			unmap_folio_range(vma, start, end);
		} else {
			kref_get(&vma_lock->refs);
			return vma_lock;
		}
	}
	return NULL;
}

/*
 * A folio that is being removed was mapped again, or a VMA's lock was taken when its range
 * was unmapped.  The folio is locked and its fault mutex held.
 */
static void hugetlb_unmap_file_folio(struct hstate *h, struct address_space *mapping,
				     struct folio *folio, pgoff_t index)
{
	pgoff_t start = index * pages_per_huge_page(h);
	pgoff_t end = start + pages_per_huge_page(h);
	struct hugetlb_vma_lock *vma_lock;
	struct vm_area_struct *vma;

	i_mmap_lock_write(mapping);
	while ((vma_lock = unmap_folio_from_vmas(mapping, folio, start, end)) != NULL) {
		/* It comes before i_mmap_rwsem: drop that, and the VMA may go meanwhile. */
		i_mmap_unlock_write(mapping);
		down_write(&vma_lock->rw_sema);
		i_mmap_lock_write(mapping);

		vma = vma_lock->vma;
		if (!vma) {
			up_write(&vma_lock->rw_sema);
			kref_put(&vma_lock->refs, hugetlb_vma_lock_release);
			continue;
		}
		if (hugetlb_vma_maps_page(vma, vma_offset_start(vma, start), &folio->page))
			unmap_folio_range(vma, start, end);
		/* The VMA has a reference as well. */
		kref_put(&vma_lock->refs, hugetlb_vma_lock_release);
		hugetlb_vma_unlock_write(vma);
	}
	i_mmap_unlock_write(mapping);
}

/*
 * Unmaps a range of a file, in small pages, @end 0: to its end.  VMAs that are locked at the
 * moment are passed over: what is mapped there is found when its page is removed.
 * i_mmap_rwsem held for writing.
 */
static void hugetlb_vmdelete_list(struct rb_root_cached *root, pgoff_t start, pgoff_t end,
				  zap_flags_t zap_flags)
{
	pgoff_t last = end ? end - 1 : ULONG_MAX;
	struct vm_area_struct *vma;

	vma_interval_tree_foreach(vma, root, start, last) {
		if (!hugetlb_vma_trylock_write(vma))
			continue;
		unmap_hugepage_range(vma, vma_offset_start(vma, start), vma_offset_end(vma, end),
				     NULL, zap_flags);
		hugetlb_vma_unlock_write(vma);
	}
}

/* --------------------------------------------------- removing from files */

/* The fault mutex of the page is held. */
static void remove_inode_single_folio(struct hstate *h, struct inode *inode,
				      struct address_space *mapping, struct folio *folio,
				      pgoff_t index, bool truncate_op)
{
	folio_lock(folio);
	if (folio_mapped(folio))
		hugetlb_unmap_file_folio(h, mapping, folio, index);

	/*
	 * Out of the cache first: when there is no memory to change the map after that, its
	 * entry can be made a promise.  Of a page that is still there it could not.
	 */
	VM_BUG_ON(HPageRestoreReserve(&folio->page));
	hugetlb_delete_from_page_cache(folio);
	if (!truncate_op) {
		if (hugetlb_unreserve_pages(inode, index, index + 1, 1))
			hugetlb_fix_reserve_counts(inode);
	}
	folio_unlock(folio);
}

/*
 * Removes the pages of [lstart, lend), both aligned.  @lend LLONG_MAX: truncation, where
 * i_size keeps new pages away, and all promises of the range end in one go.  Otherwise a
 * hole, where only those of the removed pages end, each with its page.
 */
static void remove_inode_hugepages(struct inode *inode, loff_t lstart, loff_t lend)
{
	struct address_space *mapping = &inode->i_data;
	struct hstate *h = hstate_inode(inode);
	const pgoff_t start = lstart >> huge_page_shift(h);
	const pgoff_t end = lend >> huge_page_shift(h);
	bool truncate_op = lend == LLONG_MAX;
	struct folio_batch fbatch;
	pgoff_t next = start;
	unsigned int i;
	int freed = 0;

	folio_batch_init(&fbatch);
	while (filemap_get_folios(mapping, &next, end - 1, &fbatch)) {
		for (i = 0; i < folio_batch_count(&fbatch); i++) {
			struct folio *folio = fbatch.folios[i];
			pgoff_t index = folio->index;
			u32 hash = hugetlb_fault_mutex_hash(mapping, index);

			mutex_lock(&hugetlb_fault_mutex_table[hash]);
			remove_inode_single_folio(h, inode, mapping, folio, index, truncate_op);
			mutex_unlock(&hugetlb_fault_mutex_table[hash]);
		}
		freed += folio_batch_count(&fbatch);
		folio_batch_release(&fbatch);
		cond_resched();
	}
	if (truncate_op)
		hugetlb_unreserve_pages(inode, start, LONG_MAX, freed);
}

static void hugetlbfs_evict_inode(struct inode *inode)
{
	struct resv_map *resv_map;

	remove_inode_hugepages(inode, 0, LLONG_MAX);
	/* Mappings have a reference to the file, not to its map: nobody is left. */
	resv_map = inode->i_data.private_data;
	if (resv_map)
		resv_map_release(&resv_map->refs);
	clear_inode(inode);
}

static void hugetlb_vmtruncate(struct inode *inode, loff_t offset)
{
	struct address_space *mapping = inode->i_mapping;
	struct hstate *h = hstate_inode(inode);

	BUG_ON(offset & ~huge_page_mask(h));

	/* Before anything is unmapped, so that no fault maps it again. */
	i_size_write(inode, offset);
	i_mmap_lock_write(mapping);
	if (!RB_EMPTY_ROOT(&mapping->i_mmap.rb_root))
		hugetlb_vmdelete_list(&mapping->i_mmap, offset >> PAGE_SHIFT, 0,
				      ZAP_FLAG_DROP_MARKER);
	i_mmap_unlock_write(mapping);
	remove_inode_hugepages(inode, offset, LLONG_MAX);
}

static void zero_folio_part(struct folio *folio, size_t first, size_t behind)
{
	size_t len;

	for (; first < behind; first += len) {
		len = min(behind - first, PAGE_SIZE - offset_in_page(first));
		sim_phys_zero_bytes(folio_pfn(folio) + (first >> PAGE_SHIFT), offset_in_page(first),
				    len);
	}
}

/* Bytes [start, end) of one page, which stays. */
static void hugetlbfs_zero_partial_page(struct hstate *h, struct address_space *mapping,
					loff_t start, loff_t end)
{
	struct folio *folio = filemap_lock_folio(mapping, start >> huge_page_shift(h));
	size_t first, behind;

	if (!folio)
		return;
	first = start & ~huge_page_mask(h);
	behind = end & ~huge_page_mask(h);
	zero_folio_part(folio, first, behind ? behind : huge_page_size(h));
	folio_unlock(folio);
	folio_put(folio);
}

static long hugetlbfs_punch_hole(struct inode *inode, loff_t offset, loff_t len)
{
	struct address_space *mapping = inode->i_mapping;
	struct hstate *h = hstate_inode(inode);
	loff_t behind = offset + len;
	loff_t hole_start = round_up(offset, (loff_t)huge_page_size(h));
	loff_t hole_end = round_down(behind, (loff_t)huge_page_size(h));

	inode_lock(inode);
	i_mmap_lock_write(mapping);
	if (offset < hole_start)
		hugetlbfs_zero_partial_page(h, mapping, offset, min(behind, hole_start));
	if (hole_end > hole_start) {
		if (!RB_EMPTY_ROOT(&mapping->i_mmap.rb_root))
			hugetlb_vmdelete_list(&mapping->i_mmap, hole_start >> PAGE_SHIFT,
					      hole_end >> PAGE_SHIFT, 0);
	}
	if (behind > hole_end) {
		/* Unless the whole range lies in one page, which is done. */
		if (behind > hole_start)
			hugetlbfs_zero_partial_page(h, mapping, hole_end, behind);
	}
	i_mmap_unlock_write(mapping);

	if (hole_end > hole_start)
		remove_inode_hugepages(inode, hole_start, hole_end);
	inode_unlock(inode);
	return 0;
}

/* One page of fallocate(); nothing to do if it is there.  0 or -errno. */
static int hugetlbfs_fallocate_page(struct file *file, pgoff_t index)
{
	struct address_space *mapping = file->f_mapping;
	struct hstate *h = hstate_file(file);
	/* There is no VMA: the offset in the file stands for the address. */
	unsigned long addr = index << huge_page_shift(h);
	u32 hash = hugetlb_fault_mutex_hash(mapping, index);
	struct vm_area_struct pseudo_vma;
	struct page *page;
	int err = 0;

	vma_init(&pseudo_vma, current->mm);
	pseudo_vma.vm_flags = VM_HUGETLB | VM_MAYSHARE | VM_SHARED;
	pseudo_vma.vm_file = file;

	mutex_lock(&hugetlb_fault_mutex_table[hash]);
	page = find_get_page(mapping, index);
	if (page) {
		put_page(page);
		goto out_unlock;
	}

	/* Promises that mappings have made for this page are redeemed by it. */
	page = alloc_huge_page(&pseudo_vma, addr, 0);
	if (IS_ERR(page)) {
		err = PTR_ERR(page);
		goto out_unlock;
	}
	clear_huge_page(page, addr, pages_per_huge_page(h));
	__SetPageUptodate(page);
	err = hugetlb_add_to_page_cache(page, mapping, index);
	if (err) {
		restore_reserve_on_error(h, &pseudo_vma, addr, page);
		put_page(page);
		goto out_unlock;
	}
	mutex_unlock(&hugetlb_fault_mutex_table[hash]);

	SetHPageMigratable(page);
	/* Locked by the cache; the reference is from the allocation. */
	unlock_page(page);
	put_page(page);
	return 0;

out_unlock:
	mutex_unlock(&hugetlb_fault_mutex_table[hash]);
	return err;
}

static long hugetlbfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = file_inode(file);
	struct hstate *h = hstate_inode(inode);
	pgoff_t index, end;
	int error;

	if (mode & ~(FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE))
		return -EOPNOTSUPP;
	if (mode & FALLOC_FL_PUNCH_HOLE)
		return hugetlbfs_punch_hole(inode, offset, len);

	/* All pages that the range touches. */
	index = offset >> huge_page_shift(h);
	end = (offset + len + huge_page_size(h) - 1) >> huge_page_shift(h);

	inode_lock(inode);
	error = inode_newsize_ok(inode, offset + len);
	if (error)
		goto out_unlock;

	for (; index < end; index++) {
		cond_resched();
		if (signal_pending(current)) {
			/* Not the end of it: Linux sets the size all the same. */
			error = -EINTR;
			break;
		}
		error = hugetlbfs_fallocate_page(file, index);
		if (error)
			goto out_unlock;
	}
	if (!(mode & FALLOC_FL_KEEP_SIZE)) {
		if (offset + len > inode->i_size)
			i_size_write(inode, offset + len);
	}
out_unlock:
	inode_unlock(inode);
	return error;
}

static int hugetlbfs_setattr(struct user_namespace *mnt_userns, struct dentry *dentry,
			     struct iattr *attr)
{
	struct inode *inode = d_inode(dentry);
	int error = setattr_prepare(mnt_userns, dentry, attr);

	if (error)
		return error;
	if (!(attr->ia_valid & ATTR_SIZE))
		return 0;
	if (attr->ia_size & ~huge_page_mask(hstate_inode(inode)))
		return -EINVAL;
	/* Growing goes the same way: there is just nothing to remove. */
	hugetlb_vmtruncate(inode, attr->ia_size);
	return 0;
}

/* ---------------------------------------------------------------- inodes */

static struct inode *hugetlbfs_get_inode(struct super_block *sb, umode_t mode)
{
	struct resv_map *resv_map = resv_map_alloc();
	struct inode *inode;

	if (!resv_map)
		return NULL;
	inode = new_inode(sb);
	if (!inode) {
		kref_put(&resv_map->refs, resv_map_release);
		return NULL;
	}
	inode->i_ino = get_next_ino();
	inode->i_mode = mode;
	/* A class of its own, as mmap() takes it after mmap_lock. */
	sim_lock_init(&inode->i_rwsem.sim, SIM_RWSEM, LOCK_CLASS("hugetlbfs_i_rwsem"));
	lockdep_set_class(&inode->i_mapping->i_mmap_rwsem, hugetlbfs_i_mmap_rwsem_key);
	inode->i_op = &hugetlbfs_inode_operations;
	inode->i_fop = &hugetlbfs_file_operations;
	inode->i_mapping->a_ops = &hugetlbfs_aops;
	inode->i_mapping->private_data = resv_map;
	return inode;
}

static struct inode *hugetlbfs_alloc_inode(struct super_block *sb)
{
	struct hugetlbfs_inode_info *info = kmem_cache_alloc(hugetlbfs_inode_cachep, GFP_KERNEL);

	return info ? &info->vfs_inode : NULL;
}

static void hugetlbfs_free_inode(struct inode *inode)
{
	kmem_cache_free(hugetlbfs_inode_cachep, HUGETLBFS_I(inode));
}

static void init_once(void *obj)
{
	struct hugetlbfs_inode_info *info = obj;

	memset(info, 0, sizeof(*info));
	inode_init_once(&info->vfs_inode);
}

static void hugetlbfs_put_super(struct super_block *sb)
{
	struct hugetlbfs_sb_info *sbinfo = HUGETLBFS_SB(sb);

	if (!sbinfo)
		return;
	sb->s_fs_info = NULL;
	if (sbinfo->spool)
		hugepage_put_subpool(sbinfo->spool);
	kfree(sbinfo);
}

static const struct address_space_operations hugetlbfs_aops = {
	.dirty_folio = noop_dirty_folio,
};

const struct file_operations hugetlbfs_file_operations = {
	.mmap = hugetlbfs_file_mmap,
	.get_unmapped_area = hugetlb_get_unmapped_area,
	.fallocate = hugetlbfs_fallocate,
};

static const struct inode_operations hugetlbfs_inode_operations = {
	.setattr = hugetlbfs_setattr,
};

static const struct super_operations hugetlbfs_ops = {
	.put_super = hugetlbfs_put_super,
	.alloc_inode = hugetlbfs_alloc_inode,
	.drop_inode = generic_delete_inode,
	.evict_inode = hugetlbfs_evict_inode,
	.free_inode = hugetlbfs_free_inode,
};

/* ------------------------------------------------------- the file system */

/* Pages that the files of an internal mount may use, and pages that they own; -1: no limit. */
static int __init hugetlbfs_fill_super(struct super_block *sb, struct hstate *h, long max_hpages,
				       long min_hpages)
{
	struct hugetlbfs_sb_info *sbinfo = kzalloc(sizeof(*sbinfo), GFP_KERNEL | __GFP_NOFAIL);

	sbinfo->hstate = h;
	if (max_hpages != -1 || min_hpages != -1) {
		sbinfo->spool = hugepage_new_subpool(h, max_hpages, min_hpages);
		if (!sbinfo->spool) {
			kfree(sbinfo);
			return -ENOMEM;
		}
	}
	sb->s_fs_info = sbinfo;
	sb->s_maxbytes = MAX_LFS_FILESIZE;
	sb->s_op = &hugetlbfs_ops;
	return 0;
}

/**
 * hugetlbfs_limit_mount - give the internal mount of a page size a subpool
 * @h: the page size
 * @max_hpages: pages that its files may use together, -1: any number
 * @min_hpages: pages that they own from now on, -1: none
 *
 * At boot, after init_hugetlbfs_fs(), before there are files.  Linux has these as options of
 * mounts (size=, min_size=), and none for the internal ones.  Returns 0 or -ENOMEM.
 */
int __init hugetlbfs_limit_mount(struct hstate *h, long max_hpages, long min_hpages)
{
	struct super_block *sb = hugetlbfs_vfsmount[hstate_index(h)]->mnt_sb;

	hugetlbfs_put_super(sb);
	return hugetlbfs_fill_super(sb, h, max_hpages, min_hpages);
}

static struct vfsmount *__init mount_one_hugetlbfs(struct hstate *h)
{
	struct super_block *sb = kzalloc(sizeof(*sb), GFP_KERNEL | __GFP_NOFAIL);
	struct vfsmount *mnt = kzalloc(sizeof(*mnt), GFP_KERNEL | __GFP_NOFAIL);

	hugetlbfs_fill_super(sb, h, -1, -1);
	mnt->mnt_sb = sb;
	return mnt;
}

/**
 * init_hugetlbfs_fs - mount one instance for each page size; once at boot
 *
 * After hugetlb_init_pools().  Returns 0.  Linux: fs/hugetlbfs/inode.c.
 */
int __init init_hugetlbfs_fs(void)
{
	struct hstate *h;

	hugetlbfs_inode_cachep =
		kmem_cache_create("hugetlbfs_inode_cache", sizeof(struct hugetlbfs_inode_info), 0,
				  SLAB_ACCOUNT | SLAB_PANIC, init_once);
	for (h = hstates; h < hstates + hugetlb_max_hstate; h++)
		hugetlbfs_vfsmount[hstate_index(h)] = mount_one_hugetlbfs(h);
	return 0;
}

/**
 * hugetlb_file_setup - make a file of huge pages without a name in any directory
 * @name: for reports
 * @size: bytes, aligned to the page size
 * @acctflag: VM_NORESERVE: the mappings promise its pages, not the file
 * @creat_flags: HUGETLB_ANONHUGE_INODE
 * @page_size_log: which page size, 0: the default
 *
 * Returns it or ERR_PTR(-ENODEV): no such page size, -ENOSPC, -ENOMEM, -ENFILE.  Sleeps.
 * Linux: fs/hugetlbfs/inode.c.
 */
struct file *hugetlb_file_setup(const char *name, size_t size, vm_flags_t acctflag, int creat_flags,
				int page_size_log)
{
	struct hstate *h = hstate_sizelog(page_size_log);
	struct vfsmount *mnt;
	struct inode *inode;
	struct file *file;

	if (!h)
		return ERR_PTR(-ENODEV);
	mnt = hugetlbfs_vfsmount[hstate_index(h)];
	if (!mnt)
		return ERR_PTR(-ENOENT);

	inode = hugetlbfs_get_inode(mnt->mnt_sb, S_IFREG | S_IRWXUGO);
	if (!inode)
		return ERR_PTR(-ENOSPC);
	inode->i_size = size;
	clear_nlink(inode);

	file = ERR_PTR(-ENOMEM);
	if (hugetlb_reserve_pages(inode, 0, size >> huge_page_shift(h), NULL, acctflag))
		file = alloc_file_pseudo(inode, mnt, name, O_RDWR, &hugetlbfs_file_operations);
	if (IS_ERR(file))
		iput(inode);
	return file;
}
