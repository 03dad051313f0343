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
struct fd fdget(unsigned int fd);
#define fdput(f) fput((f).file)
int get_unused_fd_flags(unsigned int flags);
void put_unused_fd(unsigned int fd);
void fd_install(unsigned int fd, struct file *file);

#endif
