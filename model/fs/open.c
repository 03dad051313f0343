/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux fs/open.c: close(), ftruncate(), fallocate() */
#include <linux/dcache.h>
#include <linux/errno.h>
#include <linux/falloc.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/stat.h>
#include <linux/syscalls.h>

/**
 * filp_close - an open file leaves a table
 * @filp: the file; the reference of the table
 * @id: the table
 *
 * Returns 0.  Linux: fs/open.c.
 */
int filp_close(struct file *filp, fl_owner_t id)
{
	fput(filp);
	return 0;
}

/**
 * sys_close - close(2)
 * @fd: the descriptor
 *
 * Returns 0 or -EBADF.  Linux: fs/open.c.
 */
SYSCALL_DEFINE1(close, unsigned int, fd)
{
	return close_fd(fd);
}

static int do_truncate(struct file *filp, loff_t length)
{
	struct iattr attr = { .ia_valid = ATTR_SIZE | ATTR_FILE, .ia_size = length };
	struct inode *inode = file_inode(filp);
	int ret;

	attr.ia_file = filp;
	inode_lock(inode);
	ret = notify_change(&init_user_ns, filp->f_path.dentry, &attr, NULL);
	inode_unlock(inode);
	return ret;
}

static long do_sys_ftruncate(unsigned int fd, loff_t length)
{
	struct fd f;
	long ret;

	if (length < 0)
		return -EINVAL;
	f = fdget(fd);
	if (!f.file)
		return -EBADF;
	ret = -EINVAL;
	if (!S_ISREG(file_inode(f.file)->i_mode))
		goto out;
	if (!(f.file->f_mode & FMODE_WRITE))
		goto out;
	ret = do_truncate(f.file, length);
out:
	fdput(f);
	return ret;
}

/**
 * sys_ftruncate - ftruncate(2)
 * @fd: the descriptor
 * @length: new size of the file, bytes
 *
 * Returns 0; -EINVAL: negative, or not that kind of file; -EBADF; the file system's errors.
 * Linux: fs/open.c.
 */
SYSCALL_DEFINE2(ftruncate, unsigned int, fd, unsigned long, length)
{
	return do_sys_ftruncate(fd, length);
}

/* The modes that file systems without a disk have. */
static int fallocate_check_mode(int mode)
{
	if (mode & ~(FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE))
		return -EOPNOTSUPP;
	/* A hole at the end does not make the file shorter, and has to say so. */
	if ((mode & FALLOC_FL_PUNCH_HOLE) && !(mode & FALLOC_FL_KEEP_SIZE))
		return -EOPNOTSUPP;
	return 0;
}

/**
 * vfs_fallocate - change which parts of a file have pages
 * @file: the file, open for writing
 * @mode: FALLOC_FL_*; 0: give every page of the range one
 * @offset: first byte
 * @len: bytes
 *
 * No locks held.  Returns 0; -EINVAL: an empty or negative range; -EOPNOTSUPP: that mode;
 * -EBADF: read-only; -EFBIG: too far; the file system's errors.  Linux: fs/open.c.
 */
int vfs_fallocate(struct file *file, int mode, loff_t offset, loff_t len)
{
	struct inode *inode = file_inode(file);
	int ret;

	if (offset < 0 || len <= 0)
		return -EINVAL;
	ret = fallocate_check_mode(mode);
	if (ret)
		return ret;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (!S_ISREG(inode->i_mode))
		return -ENODEV;
	if (offset > inode->i_sb->s_maxbytes - len)
		return -EFBIG;
	if (!file->f_op->fallocate)
		return -EOPNOTSUPP;
	return file->f_op->fallocate(file, mode, offset, len);
}

/**
 * sys_fallocate - fallocate(2)
 * @fd: the descriptor
 * @mode: FALLOC_FL_*
 * @offset: first byte
 * @len: bytes
 *
 * Returns what vfs_fallocate() does, or -EBADF.  Linux: fs/open.c.
 */
SYSCALL_DEFINE4(fallocate, int, fd, int, mode, loff_t, offset, loff_t, len)
{
	struct fd f = fdget(fd);
	int ret;

	if (!f.file)
		return -EBADF;
	ret = vfs_fallocate(f.file, mode, offset, len);
	fdput(f);
	return ret;
}
