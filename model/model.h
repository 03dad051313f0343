/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model.h - what the model offers to tools/: plain C types only, so that a file
 * that includes libc's headers can include it.  Implemented in model/host/.
 *
 * Calls marked [thread] run inside a simulated thread, on behalf of its task,
 * and are the system calls and memory accesses of the simulated machine.  The
 * others run on the host side, between runs or while every thread is stopped.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

struct model_machine {
	unsigned long pages;		/* order-0 page frames, zero page not counted */
	unsigned long huge_2m;		/* pool of 2 MiB pages */
	unsigned long huge_1g;		/* pool of 1 GiB pages */
	unsigned long shmem_blocks;	/* limit of the tmpfs behind memfd, 0: none */
	int unprivileged_userfaultfd;	/* vm.unprivileged_userfaultfd */
	unsigned int fault_mutexes;	/* size of hugetlb_fault_mutex_table, 0: default */
};

/* A kernel by its name ("v6.1", "minor-v1") plus single behaviours; -1 if unknown. */
int model_select_kernel(const char *name);
int model_add_behaviour(const char *name);
/* Boots the selected kernel on an empty arena.  Host. */
void model_boot(const struct model_machine *m);

/* Processes and threads are small numbers.  Host. */
int model_process_create(const char *name);
int model_thread_create(int process, const char *name);	/* = the sim thread's number */

/* System calls [thread]: value or -errno, as the kernel's sys_* return them. */
long model_memfd_create(const char *name, unsigned int flags);
long model_mmap(unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags,
		int fd, unsigned long off);
long model_munmap(unsigned long addr, unsigned long len);
long model_madvise(unsigned long addr, unsigned long len, int advice);
long model_ftruncate(int fd, long len);
long model_fallocate(int fd, int mode, long off, long len);
long model_userfaultfd(int flags);
long model_close(int fd);
long model_poll(int fd);			/* revents */
/* The argument structure stands in the task's own never-faulting argument page. */
long model_ioctl(int fd, unsigned int cmd, void *arg, unsigned long size);
long model_read(int fd, void *buf, unsigned long size);
void model_exit(void);

/* Memory accesses [thread]: 0, or the signal that the access ended in. */
int model_load(unsigned long addr, unsigned long long *value);
int model_store(unsigned long addr, unsigned long long value);
/* By the kernel for the thread: 0 or -EFAULT. */
int model_uaccess_read(unsigned long addr, unsigned long long *value);
int model_uaccess_write(unsigned long addr, unsigned long long value);

#endif
