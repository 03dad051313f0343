/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * syscalls.c - the simulated threads' system calls, for tools/
 *
 * Arguments that the kernel reads through pointers are copied into the task's argument
 * page first, which is what a program's stack is to the real kernel; results are copied
 * out of it.
 */
#include <linux/miscdevice.h>
#include <linux/errno.h>
#include <linux/falloc.h>
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/string.h>
#include <linux/syscalls.h>
#include <linux/uaccess.h>
#include <asm/mmu_access.h>
#include <uapi/linux/userfaultfd.h>
#include <uffdsim/uffd_ctx.h>

#include "model/host/host.h"
#include "model/invariants/calls.h"
#include "model/invariants/changing.h"

/* -------------------------------------------- what the invariants are told */

static const struct file *current_file(unsigned int fd)
{
	return fd < NR_OPEN_DEFAULT ? current->files->fd_array[fd] : NULL;
}

/* Which part of its argument tells what an ioctl is asked for, and what it answers. */
static const struct ioctl_kind {
	unsigned int cmd;
	enum call_kind kind;
	const char *name;
	int mode, field; /* words of the argument, -1: none */
} ioctl_kinds[] = {
	{ UFFDIO_COPY, CALL_FILL, "UFFDIO_COPY", 3, 4 },
	{ UFFDIO_ZEROPAGE, CALL_FILL, "UFFDIO_ZEROPAGE", 2, 3 },
	{ UFFDIO_CONTINUE, CALL_FILL, "UFFDIO_CONTINUE", 2, 3 },
	{ UFFDIO_POISON, CALL_FILL, "UFFDIO_POISON", 2, 3 },
	{ UFFDIO_WRITEPROTECT, CALL_WAKE, "UFFDIO_WRITEPROTECT", 2, -1 },
	{ UFFDIO_WAKE, CALL_WAKE, "UFFDIO_WAKE", -1, -1 },
	{ UFFDIO_UNREGISTER, CALL_UNREGISTER, "UFFDIO_UNREGISTER", -1, -1 },
};

static const struct ioctl_kind *ioctl_kind(unsigned int cmd)
{
	unsigned int i;

	for (i = 0; i < sizeof(ioctl_kinds) / sizeof(ioctl_kinds[0]); i++) {
		if (ioctl_kinds[i].cmd == cmd)
			return &ioctl_kinds[i];
	}
	return NULL;
}

static bool wakes(const struct ioctl_kind *kind, const __u64 *arg)
{
	if (kind->mode < 0)
		return true;
	if (kind->cmd == UFFDIO_WRITEPROTECT)
		return !arg[kind->mode];
	return !(arg[kind->mode] & UFFDIO_COPY_MODE_DONTWAKE);
}

static void begin_ioctl(int fd, const struct ioctl_kind *kind, const __u64 *arg)
{
	const struct file *file = current_file(fd);
	const struct userfaultfd_ctx *ctx = file ? file->private_data : NULL;
	/* All begin with the range, but COPY has its source in the middle. */
	const struct call call = {
		.kind = kind->kind,
		.name = kind->name,
		.start = arg[0],
		.len = kind->cmd == UFFDIO_COPY ? arg[2] : arg[1],
		.wakes = wakes(kind, arg),
		.ctx = ctx,
		.mm = ctx ? ctx->mm : NULL,
		.copies = kind->cmd == UFFDIO_COPY,
		.src = kind->cmd == UFFDIO_COPY ? arg[1] : 0,
		.field_before = kind->field < 0 ? 0 : arg[kind->field],
	};

	calls_begin(&call);
}

static void begin_file(int fd, enum call_kind kind, unsigned long start, unsigned long len)
{
	const struct file *file = current_file(fd);
	const struct call call = {
		.kind = file && file->f_inode ? kind : CALL_NONE,
		.name = kind == CALL_PUNCH ? "fallocate" : "ftruncate",
		.start = start,
		.len = len,
		.inode = file ? file_inode(file) : NULL,
	};

	calls_begin(&call);
}

/* ---------------------------------------------------------------- the calls */

long model_memfd_create(const char *name, unsigned int flags)
{
	return sys_memfd_create((const char __user *)name, flags);
}

long model_mmap(unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags,
		int fd, unsigned long off)
{
	return sys_mmap(addr, len, prot, flags, fd, off);
}

long model_mprotect(unsigned long addr, unsigned long len, unsigned long prot)
{
	return sys_mprotect(addr, len, prot);
}

long model_mremap(unsigned long addr, unsigned long old_len, unsigned long new_len,
		  unsigned long flags, unsigned long new_addr)
{
	return sys_mremap(addr, old_len, new_len, flags, new_addr);
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
	long ret;

	begin_file(fd, CALL_TRUNCATE, len, 0);
	ret = sys_ftruncate(fd, len);
	calls_end(ret, 0);
	return ret;
}

long model_fallocate(int fd, int mode, long off, long len)
{
	long ret;

	begin_file(fd, mode & FALLOC_FL_PUNCH_HOLE ? CALL_PUNCH : CALL_NONE, off, len);
	ret = sys_fallocate(fd, mode, off, len);
	calls_end(ret, 0);
	return ret;
}

long model_set_hugepages(unsigned int shift, unsigned long count)
{
	struct hstate *h = size_to_hstate(1ul << shift);

	return h ? set_max_huge_pages(h, count) : -ENOENT;
}

long model_set_overcommit(unsigned int shift, unsigned long count)
{
	struct hstate *h = size_to_hstate(1ul << shift);

	return h ? nr_overcommit_hugepages_store(h, count) : -ENOENT;
}

long model_userfaultfd(int flags)
{
	return sys_userfaultfd(flags);
}

long model_userfaultfd_dev(int flags)
{
	long dev = misc_open("userfaultfd"), fd;

	if (dev < 0)
		return dev;
	fd = sys_ioctl(dev, USERFAULTFD_IOC_NEW, flags);
	sys_close(dev);
	return fd;
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
	const struct ioctl_kind *kind = ioctl_kind(cmd);
	__u64 *page = current->arg_page;
	long ret;

	if (size > PAGE_SIZE)
		return -EINVAL;
	memcpy(page, arg, size);
	if (kind)
		begin_ioctl(fd, kind, page);
	ret = sys_ioctl(fd, cmd, (unsigned long)page);
	if (kind)
		calls_end(ret, kind->field < 0 ? 0 : page[kind->field]);
	memcpy(arg, page, size);
	return ret;
}

/* Messages of events, not of faults, among those that a read() gave. */
static unsigned int events_among(const struct uffd_msg *msg, unsigned long bytes)
{
	unsigned int n = 0;

	for (; bytes >= sizeof(*msg); bytes -= sizeof(*msg), msg++)
		n += msg->event != UFFD_EVENT_PAGEFAULT;
	return n;
}

long model_read(int fd, void *buf, unsigned long size)
{
	const struct file *file = current_file(fd);
	const struct userfaultfd_ctx *ctx = file ? file->private_data : NULL;
	char *page = current->arg_page;
	long ret;

	if (size > PAGE_SIZE)
		size = PAGE_SIZE;
	ret = sys_read(fd, (char __user *)page, size);
	if (ret == -EFAULT)
		changing_read_failed(ctx);
	if (ret > 0) {
		changing_read(ctx, events_among((const struct uffd_msg *)page, ret));
		memcpy(buf, page, ret);
	}
	return ret;
}

long model_signal(int thread, int sig)
{
	const struct task_struct *task = host_task(thread);

	/* Or its process has not been made yet. */
	if (!task || (!task->mm && !(task->flags & PF_EXITING)))
		return -ESRCH;
	return sys_tgkill(task->tgid, task->pid, sig);
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

void model_siginfo(int *code, unsigned long *addr)
{
	*code = current->last_siginfo.si_code;
	*addr = current->last_siginfo.si_addr;
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
