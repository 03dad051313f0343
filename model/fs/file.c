/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux fs/file.c: the table that makes numbers of open files.
 *
 * It does not grow: NR_OPEN_DEFAULT descriptors a process, as if RLIMIT_NOFILE said so.
 */
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "sim/sim.h"

struct kmem_cache *files_cachep;

/* ------------------------------------------------------------- the table */

/**
 * alloc_files - an empty table, for a new process
 *
 * The caller owns its only reference.  NULL without memory.  (Linux: a part of dup_fd().)
 */
struct files_struct *alloc_files(void)
{
	struct files_struct *files = kmem_cache_alloc(files_cachep, GFP_KERNEL);

	if (!files)
		return NULL;
	atomic_set(&files->count, 1);
	spin_lock_init(&files->file_lock);
	return files;
}

/**
 * dup_fd - a table with the same open files under the same numbers
 * @oldf: the table of the parent
 *
 * Close-on-exec descriptors are there too.  NULL without memory.  Linux: fs/file.c.
 */
struct files_struct *dup_fd(struct files_struct *oldf)
{
	struct files_struct *files = alloc_files();
	unsigned int fd;

	if (!files)
		return NULL;
	spin_lock(&oldf->file_lock);
	files->next_fd = oldf->next_fd;
	files->close_on_exec = oldf->close_on_exec;
	for (fd = 0; fd < NR_OPEN_DEFAULT; fd++) {
		/* Reserved, but not installed yet: a thread of the parent is inside open(). */
		if (!oldf->fd_array[fd])
			continue;
		get_file(oldf->fd_array[fd]);
		files->fd_array[fd] = oldf->fd_array[fd];
		files->open_fds |= 1ul << fd;
	}
	spin_unlock(&oldf->file_lock);
	return files;
}

static void close_files(struct files_struct *files)
{
	unsigned int fd;

	/* The last user: nobody looks things up here any more. */
	for (fd = 0; fd < NR_OPEN_DEFAULT; fd++) {
		if (files->fd_array[fd]) {
			filp_close(files->fd_array[fd], files);
			cond_resched();
		}
	}
}

/**
 * put_files_struct - drop a reference to a table; the last one closes what is open
 * @files: the table
 *
 * May sleep; no locks held.  Linux: fs/file.c.
 */
void put_files_struct(struct files_struct *files)
{
	if (!atomic_dec_and_test(&files->count))
		return;
	close_files(files);
	kmem_cache_free(files_cachep, files);
}

/**
 * exit_files - an exiting thread gives up its table
 * @tsk: the thread
 *
 * May sleep; no locks held.  Linux: fs/file.c.
 */
void exit_files(struct task_struct *tsk)
{
	struct files_struct *files = tsk->files;

	if (!files)
		return;
	tsk->files = NULL;
	put_files_struct(files);
}

/* ------------------------------------------------------- numbers in use */

static bool fd_in_use(const struct files_struct *files, unsigned int fd)
{
	return files->open_fds & (1ul << fd);
}

/* The lowest free number.  -EMFILE: all are taken. */
static int alloc_fd(struct files_struct *files, unsigned int flags)
{
	unsigned int fd;
	int err = -EMFILE;

	spin_lock(&files->file_lock);
	for (fd = files->next_fd; fd < NR_OPEN_DEFAULT; fd++) {
		if (!fd_in_use(files, fd))
			break;
	}
	if (fd == NR_OPEN_DEFAULT)
		goto out;
	files->next_fd = fd + 1;
	files->open_fds |= 1ul << fd;
	if (flags & O_CLOEXEC)
		files->close_on_exec |= 1ul << fd;
	else
		files->close_on_exec &= ~(1ul << fd);
	BUG_ON(files->fd_array[fd]);
	err = fd;
out:
	spin_unlock(&files->file_lock);
	return err;
}

/**
 * get_unused_fd_flags - reserve a descriptor
 * @flags: O_CLOEXEC or 0
 *
 * Nothing is open under it until fd_install(); put_unused_fd() takes it back.
 * Returns the descriptor or -EMFILE, which is also what the failure site makes it return.
 * Linux: fs/file.c.
 */
int get_unused_fd_flags(unsigned int flags)
{
	if (sim_should_fail(SIM_SITE("fd_alloc")))
		return -EMFILE;
	return alloc_fd(current->files, flags);
}

static void __put_unused_fd(struct files_struct *files, unsigned int fd)
{
	files->open_fds &= ~(1ul << fd);
	if (fd < files->next_fd)
		files->next_fd = fd;
}

/**
 * put_unused_fd - give a reserved descriptor back
 * @fd: from get_unused_fd_flags(), not installed
 *
 * Linux: fs/file.c.
 */
void put_unused_fd(unsigned int fd)
{
	struct files_struct *files = current->files;

	spin_lock(&files->file_lock);
	__put_unused_fd(files, fd);
	spin_unlock(&files->file_lock);
}

/**
 * fd_install - open a file under a reserved descriptor
 * @fd: from get_unused_fd_flags()
 * @file: the caller's reference passes to the table
 *
 * From here on other threads can use, and close, it.  Linux: fs/file.c.
 */
void fd_install(unsigned int fd, struct file *file)
{
	struct files_struct *files = current->files;

	BUG_ON(files->fd_array[fd]);
	WRITE_ONCE(files->fd_array[fd], file);
}

static struct file *pick_file(struct files_struct *files, unsigned int fd)
{
	struct file *file;

	if (fd >= NR_OPEN_DEFAULT)
		return NULL;
	file = files->fd_array[fd];
	if (!file)
		return NULL;
	files->fd_array[fd] = NULL;
	__put_unused_fd(files, fd);
	return file;
}

/**
 * close_fd - the body of close()
 * @fd: the descriptor
 *
 * The file itself lives on while it is mapped, or another thread is inside a call on it.
 * Returns 0 or -EBADF.  Linux: fs/file.c.
 */
int close_fd(unsigned int fd)
{
	struct files_struct *files = current->files;
	struct file *file;

	spin_lock(&files->file_lock);
	file = pick_file(files, fd);
	spin_unlock(&files->file_lock);
	if (!file)
		return -EBADF;
	return filp_close(file, files);
}

/* ------------------------------------------------- from number to file */

/*
 * Linux reads the slot, tries to take a reference, and starts again if the file was closed in
 * between; RCU keeps the memory there meanwhile.  What comes out is the file that was in the
 * slot at one moment with a reference taken at that moment, so this is one step here.
 */
static struct file *fget_slot(struct files_struct *files, unsigned int fd,
			      const struct sim_site *site)
{
	struct file *file;

	if (fd >= NR_OPEN_DEFAULT)
		return NULL;
	sim_point(&files->fd_array[fd], SIM_READ, site);
	file = files->fd_array[fd];
	if (file)
		file->f_count.counter++;
	return file;
}

/**
 * fget - the open file behind a descriptor
 * @fd: the descriptor
 *
 * Returns the file with a reference for fput(), or NULL.  Linux: fs/file.c.
 */
struct file *fget(unsigned int fd)
{
	return fget_slot(current->files, fd, SIM_SITE("fget"));
}

/**
 * fdget - fget() for the length of a system call
 * @fd: the descriptor
 *
 * Another thread may close the descriptor meanwhile: the reference keeps the file there.
 * (Linux does without one in a process of a single thread.)
 * Returns what fdput() wants; its ->file is NULL if nothing is open there.
 * Linux: include/linux/file.h.
 */
struct fd fdget(unsigned int fd)
{
	return (struct fd){ .file = fget_slot(current->files, fd, SIM_SITE("fdget")) };
}

static int __init fdtable_init(void)
{
	files_cachep = kmem_cache_create("files_cache", sizeof(struct files_struct), 0,
					 SLAB_HWCACHE_ALIGN | SLAB_PANIC | SLAB_ACCOUNT, NULL);
	return 0;
}
__initcall(fdtable_init);
