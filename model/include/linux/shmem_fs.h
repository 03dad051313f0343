/* SPDX-License-Identifier: GPL-2.0-only */
/* shmem_fs.h - tmpfs, as far as memory goes */
#ifndef _LINUX_SHMEM_FS_H
#define _LINUX_SHMEM_FS_H

#include <linux/fs.h>
#include <linux/pagemap.h>
#include <linux/percpu_counter.h>

struct shmem_inode_info {
	struct inode vfs_inode;
	spinlock_t lock;
	unsigned int seals;
	unsigned long flags;
	unsigned long alloced; /* pages that were paid for */
	unsigned long swapped;
	pgoff_t fallocend; /* highest fallocate endindex */
};

struct shmem_sb_info {
	unsigned long max_blocks; /* 0: no limit */
	struct percpu_counter used_blocks;
};

static inline struct shmem_inode_info *SHMEM_I(struct inode *inode)
{
	return container_of(inode, struct shmem_inode_info, vfs_inode);
}

enum sgp_type {
	SGP_READ,    /* a hole is no page */
	SGP_NOALLOC, /* a hole is an error */
	SGP_CACHE,   /* a hole is filled, below i_size */
	SGP_WRITE,   /* filled, beyond i_size too */
	SGP_FALLOC,  /* as SGP_WRITE, left not up to date */
};

extern unsigned long shmem_max_blocks; /* boot parameter, see shmem_init() */
extern const struct address_space_operations shmem_aops;
int shmem_get_folio(struct inode *inode, pgoff_t index, struct folio **foliop, enum sgp_type sgp);
int shmem_mfill_atomic_pte(struct mm_struct *dst_mm, pmd_t *dst_pmd, struct vm_area_struct *dst_vma,
			   unsigned long dst_addr, unsigned long src_addr, bool zeropage,
			   bool wp_copy, struct page **pagep);

bool vma_is_shmem(struct vm_area_struct *vma);
void shmem_truncate_range(struct inode *inode, loff_t lstart, loff_t lend);
unsigned long shmem_get_unmapped_area(struct file *file, unsigned long uaddr, unsigned long len,
				      unsigned long pgoff, unsigned long flags);
void shmem_init(void);
struct file *shmem_kernel_file_setup(const char *name, loff_t size, unsigned long flags);
struct file *shmem_file_setup(const char *name, loff_t size, unsigned long flags);
int shmem_zero_setup(struct vm_area_struct *vma);

#endif
