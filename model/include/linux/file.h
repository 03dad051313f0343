/* SPDX-License-Identifier: GPL-2.0-only */
/* file.h */
#ifndef _LINUX_FILE_H
#define _LINUX_FILE_H

#include <linux/fs.h>

struct fd {
	struct file *file;
	unsigned int flags;
};

struct file *fget(unsigned int fd);
void fput_at(struct file *file, const struct sim_site *site);
#define fput(file) fput_at(file, SIM_SITE("fput"))
struct fd fdget(unsigned int fd);
#define fdput(f) fput((f).file)
int get_unused_fd_flags(unsigned int flags);
void put_unused_fd(unsigned int fd);
void fd_install(unsigned int fd, struct file *file);

#endif
