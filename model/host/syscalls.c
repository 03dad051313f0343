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
#include <linux/userfaultfd.h>

#include "model/host/host.h"

/* A call that a signal ended before it had done anything is repeated or fails with EINTR. */
static long exit_code(long ret)
{
	return ret == -ERESTARTSYS ? -EINTR : ret;
}

long model_memfd_create(const char *name, unsigned int flags)
{
	return HOST_SYSCALL("memfd_create", "memfd_create()",
			    sys_memfd_create((const char __user *)name, flags));
}

long model_mmap(unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags,
		int fd, unsigned long off)
{
	return HOST_SYSCALL("mmap", "mmap()", sys_mmap(addr, len, prot, flags, fd, off));
}

long model_munmap(unsigned long addr, unsigned long len)
{
	return HOST_SYSCALL("munmap", "munmap()", sys_munmap(addr, len));
}

long model_madvise(unsigned long addr, unsigned long len, int advice)
{
	return HOST_SYSCALL("madvise", "madvise()", sys_madvise(addr, len, advice));
}

long model_ftruncate(int fd, long len)
{
	return HOST_SYSCALL("ftruncate", "ftruncate()", sys_ftruncate(fd, len));
}

long model_fallocate(int fd, int mode, long off, long len)
{
	return HOST_SYSCALL("fallocate", "fallocate()", sys_fallocate(fd, mode, off, len));
}

long model_userfaultfd(int flags)
{
	return HOST_SYSCALL("userfaultfd", "userfaultfd()", sys_userfaultfd(flags));
}

long model_close(int fd)
{
	return HOST_SYSCALL("close", "close()", sys_close(fd));
}

long model_poll(int fd)
{
	struct pollfd *arg = current->arg_page;
	const struct pollfd want = { .fd = fd, .events = EPOLLIN };
	long ret;

	memcpy(arg, &want, sizeof(want));
	ret = HOST_SYSCALL("poll", "poll()", sys_poll((struct pollfd __user *)arg, 1, 0));
	return ret > 0 ? arg->revents : exit_code(ret);
}

static const char *ioctl_name(unsigned int cmd)
{
	static const struct {
		unsigned int cmd;
		const char *name;
	} names[] = {
		{ UFFDIO_API, "ioctl(UFFDIO_API)" },
		{ UFFDIO_REGISTER, "ioctl(UFFDIO_REGISTER)" },
		{ UFFDIO_UNREGISTER, "ioctl(UFFDIO_UNREGISTER)" },
		{ UFFDIO_WAKE, "ioctl(UFFDIO_WAKE)" },
		{ UFFDIO_COPY, "ioctl(UFFDIO_COPY)" },
		{ UFFDIO_ZEROPAGE, "ioctl(UFFDIO_ZEROPAGE)" },
		{ UFFDIO_CONTINUE, "ioctl(UFFDIO_CONTINUE)" },
		{ UFFDIO_WRITEPROTECT, "ioctl(UFFDIO_WRITEPROTECT)" },
	};
	unsigned int i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].cmd == cmd)
			return names[i].name;
	}
	return "ioctl()";
}

long model_ioctl(int fd, unsigned int cmd, void *arg, unsigned long size)
{
	void *page = current->arg_page;
	long ret;

	if (size > PAGE_SIZE)
		return -EINVAL;
	memcpy(page, arg, size);
	ret = HOST_SYSCALL("ioctl", ioctl_name(cmd), sys_ioctl(fd, cmd, (unsigned long)page));
	__builtin_memcpy(arg, page, size);
	return exit_code(ret);
}

long model_read(int fd, void *buf, unsigned long size)
{
	char *page = current->arg_page;
	long ret;

	if (size > PAGE_SIZE)
		size = PAGE_SIZE;
	ret = HOST_SYSCALL("read", "read()", sys_read(fd, (char __user *)page, size));
	if (ret > 0)
		__builtin_memcpy(buf, page, ret);
	return exit_code(ret);
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
	return HOST_SYSCALL("write", "write()", uaccess_read(addr, value));
}

int model_uaccess_write(unsigned long addr, unsigned long long value)
{
	return HOST_SYSCALL("read", "read()", uaccess_write(addr, value));
}
