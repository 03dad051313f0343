/* SPDX-License-Identifier: GPL-2.0-only */
/* file.h */
#ifndef _LINUX_FILE_H
#define _LINUX_FILE_H

#include <linux/fs.h>

#define FDPUT_FPUT 1

struct fd {
	struct file *file;
	unsigned int flags;
};

struct file *fget(unsigned int fd);
void fput(struct file *file);
typedef void *fl_owner_t;
int filp_close(struct file *filp, fl_owner_t id);
unsigned long __fdget(unsigned int fd);

static inline struct fd fdget(unsigned int fd)
{
	unsigned long v = __fdget(fd);

	return (struct fd){ (struct file *)(v & ~3ul), v & 3 };
}

static inline void fdput(struct fd fd)
{
	if (fd.flags & FDPUT_FPUT)
		fput(fd.file);
}
int get_unused_fd_flags(unsigned int flags);
void put_unused_fd(unsigned int fd);
void fd_install(unsigned int fd, struct file *file);

#endif
