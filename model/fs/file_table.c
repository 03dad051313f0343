/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux fs/file_table.c: open files, from alloc_file_pseudo() to the last fput() */
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/task_work.h>

static struct kmem_cache *filp_cachep;

static struct file *alloc_file(struct inode *inode, struct vfsmount *mnt, int flags,
			       const struct file_operations *fop)
{
	struct file *file = kmem_cache_alloc(filp_cachep, GFP_KERNEL);

	if (!file)
		return ERR_PTR(-ENOMEM);
	atomic_long_set(&file->f_count, 1);
	file->f_flags = flags;
	file->f_mode = OPEN_FMODE(flags) | FMODE_OPENED;
	file->f_path.mnt = mnt;
	file->f_path.dentry = &inode->i_dentry;
	inode->i_dentry.d_inode = inode;
	file->f_inode = inode;
	file->f_mapping = inode->i_mapping;
	file->f_op = fop;
	if ((file->f_mode & FMODE_READ) && fop->read)
		file->f_mode |= FMODE_CAN_READ;
	return file;
}

/**
 * alloc_file_pseudo - open a file that has no place in any directory
 * @inode: its inode; the caller's reference passes to the file on success
 * @mnt: the file system it belongs to, or NULL
 * @name: for reports
 * @flags: O_*
 * @fops: what can be done with it
 *
 * Returns the file with one reference, or ERR_PTR(-ENOMEM) with @inode untouched.
 * Linux: fs/file_table.c.
 */
struct file *alloc_file_pseudo(struct inode *inode, struct vfsmount *mnt, const char *name,
			       int flags, const struct file_operations *fops)
{
	return alloc_file(inode, mnt, flags, fops);
}

/* What the last reference leaves behind. */
static void __fput(struct file *file)
{
	struct inode *inode = file->f_inode;

	might_sleep();
	if (file->f_op->release)
		file->f_op->release(inode, file);
	iput(inode);
	kmem_cache_free(filp_cachep, file);
}

static void ____fput(struct callback_head *work)
{
	__fput(container_of(work, struct file, f_work));
}

/**
 * fput - drop a reference to an open file
 * @file: the file
 *
 * Never sleeps and may be called with locks held: the last reference is only noted, and the
 * file is released when the thread leaves the kernel.  Linux: fs/file_table.c.
 */
void fput(struct file *file)
{
	if (!atomic_long_dec_and_test(&file->f_count))
		return;
	init_task_work(&file->f_work, ____fput);
	/* Nobody at all runs while the world is taken down, and an exiting task not for long. */
	if (!current || task_work_add(current, &file->f_work, TWA_RESUME))
		__fput(file);
}

static int __init filp_init(void)
{
	filp_cachep = kmem_cache_create("filp", sizeof(struct file), 0,
					SLAB_HWCACHE_ALIGN | SLAB_PANIC | SLAB_ACCOUNT, NULL);
	return 0;
}
__initcall(filp_init);
