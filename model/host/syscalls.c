/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * syscalls.c - the simulated threads' system calls, for tools/
 *
 * Arguments that the kernel reads through pointers are copied into the task's argument
 * page first, which is what a program's stack is to the real kernel; results are copied
 * out of it.
 */
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <asm/mmu_access.h>

#include "model/host/host.h"

long model_memfd_create(const char *name, unsigned int flags)
{
	return sys_memfd_create((const char __user *)name, flags);
}

long model_mmap(unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags,
		int fd, unsigned long off)
{
	return sys_mmap(addr, len, prot, flags, fd, off);
}

long model_munmap(unsigned long addr, unsigned long len)
{
	return sys_munmap(addr, len);
}

long model_madvise(unsigned long addr, unsigned long len, int advice)
{
	return sys_madvise(addr, len, advice);
}

long model_ftruncate(int fd, long len)
{
	return sys_ftruncate(fd, len);
}

long model_fallocate(int fd, int mode, long off, long len)
{
	return sys_fallocate(fd, mode, off, len);
}

long model_userfaultfd(int flags)
{
	return sys_userfaultfd(flags);
}

long model_close(int fd)
{
	return sys_close(fd);
}

long model_poll(int fd)
{
	struct pollfd *arg = current->arg_page;
	const struct pollfd want = { .fd = fd, .events = EPOLLIN };
	long ret;

	memcpy(arg, &want, sizeof(want));
	ret = sys_poll((struct pollfd __user *)arg, 1, 0);
	return ret > 0 ? arg->revents : ret;
}

long model_ioctl(int fd, unsigned int cmd, void *arg, unsigned long size)
{
	void *page = current->arg_page;
	long ret;

	if (size > PAGE_SIZE)
		return -EINVAL;
	memcpy(page, arg, size);
	ret = sys_ioctl(fd, cmd, (unsigned long)page);
	memcpy(arg, page, size);
	return ret;
}

long model_read(int fd, void *buf, unsigned long size)
{
	char *page = current->arg_page;
	long ret;

	if (size > PAGE_SIZE)
		size = PAGE_SIZE;
	ret = sys_read(fd, (char __user *)page, size);
	if (ret > 0)
		memcpy(buf, page, ret);
	return ret;
}

/* ------------------------------------------------------- memory accesses */

int model_load(unsigned long addr, unsigned long long *value)
{
	return user_load(addr, value);
}

int model_store(unsigned long addr, unsigned long long value)
{
	return user_store(addr, value);
}

/* What write(fd, addr, 8) does to its buffer. */
static long uaccess_read(unsigned long addr, unsigned long long *value)
{
	if (copy_from_user(value, (const void __user *)addr, sizeof(*value)))
		return -EFAULT;
	return 0;
}

/* What read(fd, addr, 8) does to its buffer. */
static long uaccess_write(unsigned long addr, unsigned long long value)
{
	if (copy_to_user((void __user *)addr, &value, sizeof(value)))
		return -EFAULT;
	return 0;
}

int model_uaccess_read(unsigned long addr, unsigned long long *value)
{
	return HOST_SYSCALL("write", uaccess_read(addr, value));
}

int model_uaccess_write(unsigned long addr, unsigned long long value)
{
	return HOST_SYSCALL("read", uaccess_write(addr, value));
}
