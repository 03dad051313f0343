/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux fs/read_write.c: read(), for files whose read is a function of their own */
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>

static ssize_t vfs_read(struct file *file, char __user *buf, size_t count, loff_t *pos)
{
	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	/* Those of shmem go through read_iter, which is not modelled. */
	if (!(file->f_mode & FMODE_CAN_READ))
		return -EINVAL;
	if (!access_ok(buf, count))
		return -EFAULT;
	return file->f_op->read(file, buf, min(count, MAX_RW_COUNT), pos);
}

/**
 * sys_read - read(2)
 * @fd: the descriptor
 * @buf: where to, user address
 * @count: bytes
 *
 * Returns the bytes read; -EBADF: no such descriptor; -EINVAL: nothing to read() there;
 * what the file's own function returns.  Linux: fs/read_write.c.
 */
SYSCALL_DEFINE3(read, unsigned int, fd, char __user *, buf, size_t, count)
{
	struct fd f = fdget(fd);
	ssize_t ret;

	if (!f.file)
		return -EBADF;
	ret = vfs_read(f.file, buf, count, &f.file->f_pos);
	fdput(f);
	return ret;
}

/**
 * noop_llseek - ->llseek() of a file without a position
 *
 * Returns the position, unchanged.  Linux: fs/read_write.c.
 */
loff_t noop_llseek(struct file *file, loff_t offset, int whence)
{
	return file->f_pos;
}
