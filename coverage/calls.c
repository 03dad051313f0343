/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * calls.c - when a thread is inside the measured mode, and what its call returned
 *
 * Compiled as the model is.  Each function here stands before the one of that name (--wrap).
 */
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/shmem_fs.h>
#include <linux/uaccess.h>
#include <linux/userfaultfd.h>
#include <uffdsim/uffd_ctx.h>

#include "coverage/gate.h"
#include "model/host/host.h"

#define WRAP(type, name, ...)            \
	type __real_##name(__VA_ARGS__); \
	type __wrap_##name(__VA_ARGS__)

WRAP(long, sys_ioctl, unsigned int fd, unsigned int cmd, unsigned long arg);
WRAP(vm_fault_t, handle_mm_fault, struct vm_area_struct *vma, unsigned long address,
     unsigned int flags, struct pt_regs *regs);
WRAP(void, __mmput, struct mm_struct *mm);
WRAP(void, task_work_run, void);
WRAP(unsigned long, sim_copy_from_user, void *to, const void __user *from, unsigned long n,
     const struct uaccess_sites *sites);
WRAP(long, sim_copy_huge_page_from_user, unsigned long dst, unsigned long from, unsigned int pages,
     const struct sim_site *site);

static enum cov_mode mode_of(unsigned int cmd)
{
	switch (cmd) {
	case UFFDIO_COPY:
		return COV_COPY;
	case UFFDIO_ZEROPAGE:
		return COV_ZEROPAGE;
	case UFFDIO_CONTINUE:
		return COV_CONTINUE;
	case UFFDIO_WRITEPROTECT:
		return COV_WRITEPROTECT;
	}
	return COV_NONE;
}

/* ------------------------------------------------------ what was to be filled */

/* Nobody else runs: the tree is looked at as it is, without lock and scheduling point. */
static const char *backing_of(struct vm_area_struct *vma)
{
	bool shared = vma->vm_flags & VM_SHARED;

	if (is_vm_hugetlb_page(vma))
		return shared ? "hugetlb shared" : "hugetlb private";
	if (vma_is_shmem(vma))
		return shared ? "shmem shared" : "shmem private";
	return vma_is_anonymous(vma) ? "anonymous" : "nothing at first";
}

static const char *backing_at(struct file *file, unsigned long addr)
{
	struct userfaultfd_ctx *ctx = file->private_data;
	struct vm_area_struct *vma;
	VMA_ITERATOR(vmi, ctx->mm, addr);

	vma = vma_next(&vmi);
	if (!vma)
		return "nothing at first";
	return vma->vm_start <= addr ? backing_of(vma) : "nothing at first";
}

/* ---------------------------------------------------------- what came of it */

static const char *errno_name(long err)
{
	switch (-err) {
	case ENOENT:
		return "-ENOENT";
	case EINTR:
		return "-EINTR";
	case EIO:
		return "-EIO";
	case EAGAIN:
		return "-EAGAIN";
	case ENOMEM:
		return "-ENOMEM";
	case EFAULT:
		return "-EFAULT";
	case EEXIST:
		return "-EEXIST";
	case EINVAL:
		return "-EINVAL";
	case ESRCH:
		return "-ESRCH";
	}
	return "another error";
}

/* @done: the output field, bytes or an error. */
static const char *outcome_of(long ret, long long done, bool second_pass)
{
	if (ret == -EAGAIN && done > 0)
		return second_pass ? "part of it, a second pass" : "part of it";
	if (ret)
		return errno_name(ret);
	return second_pass ? "0, a second pass" : "0";
}

static struct file *open_file(unsigned int fd)
{
	return fd < NR_OPEN_DEFAULT ? current->files->fd_array[fd] : NULL;
}

static long measured_ioctl(struct file *file, unsigned int fd, unsigned int cmd, unsigned long arg)
{
	/* The address is the first word of all arguments, the output field the last. */
	const unsigned long *first = (const unsigned long *)arg;
	const __s64 *field = (const __s64 *)(arg + (cmd >> 16 & 0x3fff)) - 1;
	const char *backing = backing_at(file, *first);
	long long done;
	long ret;
	int was;

	cov_second_pass_forget();
	was = cov_count(1);
	ret = __real_sys_ioctl(fd, cmd, arg);
	cov_count(was);
	/* WRITEPROTECT has no such field. */
	done = cmd == UFFDIO_WRITEPROTECT ? 0 : *field;
	/* What was there is on its way out. */
	if (ret == -ESRCH)
		backing = "nothing at first";
	/* Closed by somebody else before it began. */
	if (ret != -EBADF)
		cov_returned(backing, outcome_of(ret, done, cov_second_pass_forget()));
	return ret;
}

long __wrap_sys_ioctl(unsigned int fd, unsigned int cmd, unsigned long arg)
{
	struct file *file = open_file(fd);

	if (!file || cov_measured() == COV_NONE || mode_of(cmd) != cov_measured())
		return __real_sys_ioctl(fd, cmd, arg);
	return measured_ioctl(file, fd, cmd, arg);
}

/* ----------------------------------------------- what a call does for others */

/* A fault on the source of a copy, or on the argument: no path of the copy. */
vm_fault_t __wrap_handle_mm_fault(struct vm_area_struct *vma, unsigned long address,
				  unsigned int flags, struct pt_regs *regs)
{
	int was = cov_count(0);
	vm_fault_t ret = __real_handle_mm_fault(vma, address, flags, regs);

	cov_count(was);
	return ret;
}

/* The last user of an address space takes it down. */
void __wrap___mmput(struct mm_struct *mm)
{
	int was = cov_count(0);

	__real___mmput(mm);
	cov_count(was);
}

/* On the way out: what was put off, such as the end of a file that was closed meanwhile. */
void __wrap_task_work_run(void)
{
	int was = cov_count(0);

	__real_task_work_run();
	cov_count(was);
}

/* ------------------------------------------------------- copies without locks */

unsigned long __wrap_sim_copy_from_user(void *to, const void __user *from, unsigned long n,
					const struct uaccess_sites *sites)
{
	if (sim_is_kmap(to) && !pagefault_disabled())
		cov_second_pass_begins();
	return __real_sim_copy_from_user(to, from, n, sites);
}

long __wrap_sim_copy_huge_page_from_user(unsigned long dst, unsigned long from, unsigned int pages,
					 const struct sim_site *site)
{
	if (!pagefault_disabled())
		cov_second_pass_begins();
	return __real_sim_copy_huge_page_from_user(dst, from, pages, site);
}
