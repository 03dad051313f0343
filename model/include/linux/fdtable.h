/* SPDX-License-Identifier: GPL-2.0-only */
/* fdtable.h - the open files of a process */
#ifndef _LINUX_FDTABLE_H
#define _LINUX_FDTABLE_H

#include <linux/file.h>
#include <linux/spinlock.h>

#define NR_OPEN_DEFAULT 64

struct task_struct;

struct files_struct {
	atomic_t count;
	spinlock_t file_lock;
	unsigned int next_fd;
	unsigned long open_fds; /* one bit each */
	unsigned long close_on_exec;
	struct file *fd_array[NR_OPEN_DEFAULT];
};

struct files_struct *alloc_files(void);
struct files_struct *dup_fd(struct files_struct *oldf);
void put_files_struct(struct files_struct *files);
void exit_files(struct task_struct *tsk);
int close_fd(unsigned int fd);

#endif
