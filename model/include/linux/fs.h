/* SPDX-License-Identifier: GPL-2.0-only */
/* fs.h - inodes, files and the page cache that belongs to an inode */
#ifndef _LINUX_FS_H
#define _LINUX_FS_H

#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/falloc.h>
#include <linux/fcntl.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/stat.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/xarray.h>

struct callback_head {
	struct callback_head *next;
	void (*func)(struct callback_head *head);
};

struct address_space;
struct file;
struct folio;
struct inode;
struct poll_table_struct;
struct seq_file;
struct super_block;
struct user_namespace;
struct vfsmount;
struct vm_area_struct;

/* The VMAs that map a file, ordered as the kernel's interval tree is walked. */
struct rb_root {
	struct list_head head;
};

struct rb_root_cached {
	struct rb_root rb_root;
};

#define RB_ROOT_CACHED ((struct rb_root_cached){ { { NULL, NULL } } })
#define RB_EMPTY_ROOT(r) (!(r)->head.next || list_empty(&(r)->head))

struct address_space_operations {
	bool (*dirty_folio)(struct address_space *mapping, struct folio *folio);
	void (*free_folio)(struct folio *folio);
	int (*error_remove_page)(struct address_space *mapping, struct folio *folio);
};

struct address_space {
	struct inode *host;
	struct xarray i_pages;
	gfp_t gfp_mask;
	atomic_t i_mmap_writable;
	struct rb_root_cached i_mmap;
	struct rw_semaphore i_mmap_rwsem;
	struct rw_semaphore invalidate_lock;
	unsigned long nrpages;
	const struct address_space_operations *a_ops;
	unsigned long flags;
	spinlock_t private_lock;
	void *private_data;
};

struct inode_operations;
struct file_operations;

/* There are no names: a dentry, one an inode, is the way from a file to its inode. */
struct dentry {
	struct inode *d_inode;
};

struct inode {
	umode_t i_mode;
	unsigned int i_flags;
	const struct inode_operations *i_op;
	struct super_block *i_sb;
	struct address_space *i_mapping;
	unsigned long i_ino;
	unsigned int __i_nlink;
	loff_t i_size;
	spinlock_t i_lock;
	blkcnt_t i_blocks;
	unsigned long i_state;
	struct rw_semaphore i_rwsem;
	atomic_t i_count;
	atomic_t i_writecount;
	const struct file_operations *i_fop;
	struct address_space i_data;
	void *i_private;
	struct dentry i_dentry;
};

struct dentry;

struct path {
	struct vfsmount *mnt;
	struct dentry *dentry;
};

struct file {
	struct inode *f_inode;
	const struct file_operations *f_op;
	atomic_long_t f_count;
	unsigned int f_flags;
	unsigned int f_mode;
	loff_t f_pos;
	void *private_data;
	struct address_space *f_mapping;
	struct callback_head f_work;
	struct path f_path;
};

#define FMODE_READ 0x1u
#define FMODE_WRITE 0x2u
#define FMODE_LSEEK 0x4u
#define FMODE_PREAD 0x8u
#define FMODE_PWRITE 0x10u
#define FMODE_OPENED 0x80000u
#define OPEN_FMODE(flags) ((((flags)&O_ACCMODE) + 1) & 3)
#define FMODE_CAN_READ 0x20000u
#define FMODE_CAN_WRITE 0x40000u
#define MAX_RW_COUNT (0x7fffffff & ~4095)

struct file_operations {
	void *owner;
	loff_t (*llseek)(struct file *file, loff_t offset, int whence);
	ssize_t (*read)(struct file *file, char __user *buf, size_t count, loff_t *ppos);
	__poll_t (*poll)(struct file *file, struct poll_table_struct *wait);
	long (*unlocked_ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	long (*compat_ioctl)(struct file *file, unsigned int cmd, unsigned long arg);
	int (*mmap)(struct file *file, struct vm_area_struct *vma);
	int (*open)(struct inode *inode, struct file *file);
	int (*release)(struct inode *inode, struct file *file);
	unsigned long (*get_unmapped_area)(struct file *file, unsigned long addr, unsigned long len,
					   unsigned long pgoff, unsigned long flags);
	long (*fallocate)(struct file *file, int mode, loff_t offset, loff_t len);
	void (*show_fdinfo)(struct seq_file *m, struct file *file);
};

#define ATTR_SIZE (1u << 3)
#define ATTR_FILE (1u << 13)

struct iattr {
	unsigned int ia_valid;
	loff_t ia_size;
	struct file *ia_file;
};

static inline struct inode *d_inode(const struct dentry *dentry)
{
	return dentry->d_inode;
}

struct inode_operations {
	int (*setattr)(struct user_namespace *mnt_userns, struct dentry *dentry,
		       struct iattr *attr);
};

struct super_operations {
	struct inode *(*alloc_inode)(struct super_block *sb);
	void (*destroy_inode)(struct inode *inode);
	void (*free_inode)(struct inode *inode);
	int (*drop_inode)(struct inode *inode);
	void (*evict_inode)(struct inode *inode);
	void (*put_super)(struct super_block *sb);
};

struct super_block {
	unsigned long s_blocksize;
	unsigned char s_blocksize_bits;
	loff_t s_maxbytes;
	const struct super_operations *s_op;
	void *s_fs_info;
};

struct vfsmount {
	struct super_block *mnt_sb;
};

#define MAX_LFS_FILESIZE ((loff_t)(~0ull >> 1))
#define S_PRIVATE (1 << 9)
#define I_NEW (1ul << 3)
#define I_WILL_FREE (1ul << 4)
#define I_FREEING (1ul << 5)
#define I_CLEAR (1ul << 6)

#define THIS_MODULE NULL
loff_t noop_llseek(struct file *file, loff_t offset, int whence);
long compat_ptr_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
bool noop_dirty_folio(struct address_space *mapping, struct folio *folio);

static inline struct inode *file_inode(const struct file *f)
{
	return f->f_inode;
}

#define get_file(f)                               \
	({                                        \
		struct file *file_ = (f);         \
		atomic_long_inc(&file_->f_count); \
		file_;                            \
	})
struct file *alloc_file_pseudo(struct inode *inode, struct vfsmount *mnt, const char *name,
			       int flags, const struct file_operations *fops);
#define file_accessed(f) ((void)(f))
#define file_update_time(f) ((void)(f), 0)

/* Read without a lock: truncate may come between two looks. */
#define i_size_read(i)                                                        \
	({                                                                    \
		const struct inode *size_ = (i);                              \
		sim_point(&size_->i_size, SIM_READ, SIM_SITE("i_size_read")); \
		*(const volatile loff_t *)&size_->i_size;                     \
	})
#define i_size_write(i, v)                                                      \
	do {                                                                    \
		struct inode *size_ = (i);                                      \
		sim_point(&size_->i_size, SIM_WRITE, SIM_SITE("i_size_write")); \
		size_->i_size = (v);                                            \
	} while (0)
#define inode_lock(inode) down_write(&(inode)->i_rwsem)
#define inode_unlock(inode) up_write(&(inode)->i_rwsem)
#define inode_is_locked(inode) rwsem_is_locked(&(inode)->i_rwsem)
#define i_mmap_lock_write(m) down_write(&(m)->i_mmap_rwsem)
#define i_mmap_trylock_write(m) down_write_trylock(&(m)->i_mmap_rwsem)
#define i_mmap_unlock_write(m) up_write(&(m)->i_mmap_rwsem)
#define i_mmap_lock_read(m) down_read(&(m)->i_mmap_rwsem)
#define i_mmap_unlock_read(m) up_read(&(m)->i_mmap_rwsem)
#define i_mmap_assert_locked(m) lockdep_assert_held(&(m)->i_mmap_rwsem)
#define i_mmap_assert_write_locked(m) lockdep_assert_held_write(&(m)->i_mmap_rwsem)
#define filemap_invalidate_lock(m) down_write(&(m)->invalidate_lock)
#define filemap_invalidate_unlock(m) up_write(&(m)->invalidate_lock)
#define inode_newsize_ok(inode, size) ((loff_t)(size) > (inode)->i_sb->s_maxbytes ? -EFBIG : 0)
extern struct user_namespace init_user_ns;
int notify_change(struct user_namespace *mnt_userns, struct dentry *dentry, struct iattr *attr,
		  struct inode **delegated_inode);
#define setattr_prepare(ns, dentry, attr) 0
#define setattr_copy(ns, inode, attr) ((void)0)
#define mapping_empty(m) xa_empty(&(m)->i_pages)
#define mapping_can_writeback(m) 0
int vfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len);
#define call_mmap(file, vma) ((file)->f_op->mmap(file, vma))
#define is_file_shm_hugepages(f) 0
#define mapping_writably_mapped(m) ((m)->i_mmap_writable.counter > 0)
#define mapping_allow_writable(m) atomic_inc(&(m)->i_mmap_writable)
#define mapping_unmap_writable(m) atomic_dec(&(m)->i_mmap_writable)
#define mapping_map_writable(m) (atomic_inc(&(m)->i_mmap_writable), 0)
#define mark_inode_dirty(i) ((void)(i))
#define inode_inc_iversion(i) ((void)(i))

void address_space_init_once(struct address_space *mapping);
void inode_init_once(struct inode *inode);
void inode_init(void);
int inode_init_always(struct super_block *sb, struct inode *inode);
struct inode *new_inode_pseudo(struct super_block *sb);
struct inode *new_inode(struct super_block *sb);
unsigned int get_next_ino(void);
void ihold(struct inode *inode);
struct inode *igrab(struct inode *inode);
void clear_nlink(struct inode *inode);
int generic_delete_inode(struct inode *inode);
void clear_inode(struct inode *inode);
void iput(struct inode *inode);

#endif
