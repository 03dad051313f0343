/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/memfd.c: memfd_create(), files of shmem or hugetlbfs that have no name in any
 * directory.
 *
 * Left out until something needs it: seals.  Files are made as without MFD_ALLOW_SEALING,
 * which is accepted and has no effect.
 */
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/memfd.h>
#include <linux/mm.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/syscalls.h>

#include "sim/sim.h"

#define MFD_NAME_PREFIX "memfd:"
#define MFD_NAME_PREFIX_LEN (sizeof(MFD_NAME_PREFIX) - 1)
#define MFD_NAME_MAX_LEN (NAME_MAX - MFD_NAME_PREFIX_LEN)

#define MFD_ALL_FLAGS (MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_HUGETLB)

static bool memfd_flags_ok(unsigned int flags)
{
	unsigned int known = MFD_ALL_FLAGS;

	/* The size of the huge pages: its logarithm in the topmost bits. */
	if (flags & MFD_HUGETLB)
		known |= MFD_HUGE_MASK << MFD_HUGE_SHIFT;
	return !(flags & ~known);
}

/**
 * sys_memfd_create - memfd_create(2)
 * @uname: name of the file, for reports
 * @flags: MFD_*
 *
 * The name is taken as it is: scenarios keep no strings in the memory of their processes.
 * The file has size 0.  Returns a file descriptor, or -EINVAL (flags, name too long),
 * -ENODEV (no huge pages of that size), -ENOMEM, -EMFILE.  Linux: mm/memfd.c.
 */
SYSCALL_DEFINE2(memfd_create, const char __user *, uname, unsigned int, flags)
{
	struct file *file;
	int fd, err;
	size_t len;
	char *name;

	if (!memfd_flags_ok(flags))
		return -EINVAL;
	len = strlen(uname) + 1;
	if (len > MFD_NAME_MAX_LEN + 1)
		return -EINVAL;

	name = kmalloc(len + MFD_NAME_PREFIX_LEN, GFP_KERNEL);
	if (!name)
		return -ENOMEM;
	memcpy(name, MFD_NAME_PREFIX, MFD_NAME_PREFIX_LEN);
	memcpy(name + MFD_NAME_PREFIX_LEN, uname, len);

	fd = get_unused_fd_flags(flags & MFD_CLOEXEC ? O_CLOEXEC : 0);
	if (fd < 0) {
		err = fd;
		goto out_free_name;
	}

	if (flags & MFD_HUGETLB)
		file = hugetlb_file_setup(name, 0, VM_NORESERVE, HUGETLB_ANONHUGE_INODE,
					  (flags >> MFD_HUGE_SHIFT) & MFD_HUGE_MASK);
	else
		file = shmem_file_setup(name, 0, VM_NORESERVE);
	if (IS_ERR(file)) {
		err = PTR_ERR(file);
		goto out_put_fd;
	}
	file->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	file->f_flags |= O_LARGEFILE;

	fd_install(fd, file);
	kfree(name);
	return fd;

out_put_fd:
	put_unused_fd(fd);
out_free_name:
	kfree(name);
	return err;
}
