/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux fs/ioctl.c: ioctl(), as far as it is the file's own business */
#include <linux/errno.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/syscalls.h>

/**
 * vfs_ioctl - ask a file
 * @filp: the file
 * @cmd: what
 * @arg: usually a user address
 *
 * No locks held.  Returns what the file answers, -ENOTTY if it does not know @cmd.
 * Linux: fs/ioctl.c.
 */
long vfs_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	long ret = -ENOIOCTLCMD;

	if (filp->f_op->unlocked_ioctl)
		ret = filp->f_op->unlocked_ioctl(filp, cmd, arg);
	return ret == -ENOIOCTLCMD ? -ENOTTY : ret;
}

/**
 * sys_ioctl - ioctl(2)
 * @fd: the descriptor
 * @cmd: what
 * @arg: usually a user address
 *
 * Returns what vfs_ioctl() does, or -EBADF.  Linux: fs/ioctl.c.
 */
SYSCALL_DEFINE3(ioctl, unsigned int, fd, unsigned int, cmd, unsigned long, arg)
{
	struct fd f = fdget(fd);
	long ret;

	if (!f.file)
		return -EBADF;
	ret = vfs_ioctl(f.file, cmd, arg);
	fdput(f);
	return ret;
}

/**
 * compat_ptr_ioctl - ->compat_ioctl() of a file whose arguments look the same in 32 bits
 * @file: the file
 * @cmd: what
 * @arg: a user address
 *
 * No 32-bit program is modelled: only its address is taken.  Linux: fs/ioctl.c.
 */
long compat_ptr_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return vfs_ioctl(file, cmd, (unsigned int)arg);
}
