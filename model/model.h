/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * model.h - what the model offers to tools/: plain C types only, so that a file
 * that includes libc's headers can include it.  Implemented in model/host/.
 *
 * Calls marked [thread] run inside a simulated thread, on behalf of its task,
 * and are the system calls and memory accesses of the simulated machine.  The
 * others run on the host side, between runs or while every thread is stopped;
 * those marked [call] touch model memory and must be inside world_call().
 *
 * A pointer handed to a call of either kind points at the caller's own stack: writes of
 * the model to any other place are logged and undone with the world.
 */
#ifndef MODEL_MODEL_H
#define MODEL_MODEL_H

/* ------------------------------------------------------------- catalogues */

struct model_bug {
	const char *name;
	const char *text;    /* what goes wrong */
	const char *fix;     /* commit, or where it was caught */
	const char *kernels; /* that have it, separated by blanks */
};

struct model_kernel {
	const char *name;
	const char *text;
};

struct model_failpoint {
	const char *name;
	const char *text;
};

struct model_lock {
	const char *name;
	unsigned int rank;
	const char *text;
};

/* Each gives a row, or NULL past the last. */
const struct model_bug *model_bug(unsigned int i);
const struct model_kernel *model_kernel(unsigned int i);
const struct model_failpoint *model_failpoint(unsigned int i);
const struct model_lock *model_lock(unsigned int i);

/* ------------------------------------------------------------------- boot */

struct model_machine {
	unsigned long pages;	      /* order-0 page frames, zero page not counted */
	unsigned long huge_2m;	      /* pool of 2 MiB pages */
	unsigned long huge_1g;	      /* pool of 1 GiB pages */
	unsigned long overcommit_2m;  /* surplus pages that the pool of 2 MiB pages may have */
	int resizes;		      /* pools are resized: there is memory for an empty one too */
	unsigned long shmem_blocks;   /* limit of the tmpfs behind memfd, 0: none */
	int unprivileged_userfaultfd; /* vm.unprivileged_userfaultfd */
	unsigned int fault_mutexes;   /* size of hugetlb_fault_mutex_table, 0: default */
};

/* A kernel by its name ("v6.1", "minor-v1") plus single behaviours; -1 if unknown. */
int model_select_kernel(const char *name);
int model_add_behaviour(const char *name);
/* Boots the selected kernel on an empty arena [call]. */
void model_boot(const struct model_machine *m);

/* Processes and threads are small numbers, -1: no more of them [call]. */
int model_process_create(const char *name);
/* It has no memory and no files until model_fork(): its threads must not run before [call]. */
void model_process_unborn(int process);
int model_thread_create(int process, const char *name); /* = the sim thread's number */
/* Takes a capability ("CAP_SYS_PTRACE") away from a process without threads; -1 if unknown. */
int model_process_drop_cap(int process, const char *cap);
/* The number that its messages and reports show [call]. */
int model_thread_pid(int thread);
/* A second descriptor for an open file, in another process; -errno [call]. */
int model_fd_pass(int from, int fd, int to);

/* ----------------------------------------------------------- system calls */

/* System calls [thread]: value or -errno, as the kernel's sys_* return them. */
long model_memfd_create(const char *name, unsigned int flags);
long model_mmap(unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags,
		int fd, unsigned long off);
long model_mprotect(unsigned long addr, unsigned long len, unsigned long prot);
/* The new address, or -errno. */
long model_mremap(unsigned long addr, unsigned long old_len, unsigned long new_len,
		  unsigned long flags, unsigned long new_addr);
long model_munmap(unsigned long addr, unsigned long len);
long model_madvise(unsigned long addr, unsigned long len, int advice);
long model_ftruncate(int fd, long len);
long model_fallocate(int fd, int mode, long off, long len);
/* Writing to /sys/kernel/mm/hugepages: pages of a size (1 << shift) in its pool, or surplus. */
long model_set_hugepages(unsigned int shift, unsigned long count);
long model_set_overcommit(unsigned int shift, unsigned long count);
long model_userfaultfd(int flags);
/* The same by /dev/userfaultfd, for which the caller has the right to open that file. */
long model_userfaultfd_dev(int flags);
long model_close(int fd);
/* poll(2) of one descriptor for POLLIN, without waiting: revents or -errno. */
long model_poll(int fd);
/* The argument structure stands in the task's own never-faulting argument page. */
long model_ioctl(int fd, unsigned int cmd, void *arg, unsigned long size);
/* Up to one page. */
long model_read(int fd, void *buf, unsigned long size);
/* 0, or -errno and the process stays unborn; on success all its threads are there. */
long model_fork(int process);
/* exit_group(): the calling thread must not run again; the others see model_killed(). */
void model_exit(void);
/* Frees what is left of exited threads, when the world is about to end [call]. */
void model_reap(void);
/* tgkill(): a signal by its number to a thread of any process: 0 or -ESRCH. */
long model_signal(int thread, int sig);
/*
 * The calling thread, in user mode, takes the signals that have come for it [thread].  Not zero:
 * its process ends, and it is to call model_exit().
 */
int model_killed(void);
/* The thread has a signal to take that ends its process, and has not called model_exit() [call]. */
int model_is_dying(int thread);
/* The thread has exited [call]. */
int model_is_dead(int thread);

/*
 * Sleeps until the descriptor is readable or *until, which stands in memory of the host,
 * is not zero: revents, 0 for the latter, -EINTR when a signal came first.  Whoever sets *until
 * calls model_wake().
 */
long model_poll_wait(int fd, const int *until);
void model_wake(int thread);

/* Memory accesses [thread]: 0, or the signal that the access ended in; see model_siginfo(). */
int model_load(unsigned long addr, unsigned long long *value);
int model_store(unsigned long addr, unsigned long long value);
/* What the handler is told of the last access that ended in SIGSEGV or SIGBUS [thread]. */
void model_siginfo(int *code, unsigned long *addr);
/* By the kernel for the thread: 0 or -EFAULT. */
int model_uaccess_read(unsigned long addr, unsigned long long *value);
int model_uaccess_write(unsigned long addr, unsigned long long value);

/* ------------------------------------------------------------- inspection */

enum {
	MODEL_PTE_PRESENT = 1 << 0,
	MODEL_PTE_WRITE = 1 << 1,
	MODEL_PTE_DIRTY = 1 << 2,
	MODEL_PTE_YOUNG = 1 << 3,
	MODEL_PTE_UFFD_WP = 1 << 4,
	MODEL_PTE_SPECIAL = 1 << 5,
	MODEL_PTE_MARKER = 1 << 6,
	MODEL_PTE_SWAP = 1 << 7,
	MODEL_PTE_HUGE = 1 << 8,
};

struct model_pte {
	unsigned int bits;  /* MODEL_PTE_*; 0: none */
	long pfn;	    /* -1 unless present */
	unsigned int shift; /* of the bytes that the entry maps */
};

/* The page-table entry behind an address [call]. */
void model_pte(int process, unsigned long addr, struct model_pte *pte);

struct model_page {
	int refs, mapcount;
	unsigned int shift;
	int anon, locked, uptodate;
	unsigned long file; /* whose page cache it says it is in, 0: none */
	unsigned long index;
};

/* [call] false when there is no such page frame. */
int model_page(long pfn, struct model_page *page);
/* A word of a frame's contents, @offset in bytes from the frame's start [call]. */
unsigned long long model_frame_word(long pfn, unsigned long offset);

/* Files and userfaultfds by descriptor: an id that stays the same, 0: none [call]. */
unsigned long model_file_id(int process, int fd);
/* The page in a file's cache, -1: none.  @index in pages of that file [call]. */
long model_cached(unsigned long file, unsigned long index);
struct model_file {
	unsigned int shift; /* of its pages */
	int hugetlb;
	unsigned long size;   /* bytes */
	unsigned long cached; /* pages in its cache */
};
int model_file(unsigned long file, struct model_file *out);

enum { MODEL_MISSING = 1, MODEL_WP = 2, MODEL_MINOR = 4 };

struct model_vma {
	unsigned long start, end;
	int shared, read, write;
	unsigned int shift;  /* of its pages */
	unsigned long file;  /* 0: anonymous */
	unsigned long pgoff; /* in pages of that file */
	unsigned long ctx;   /* userfaultfd it is registered with, 0: none */
	unsigned int modes;  /* MODEL_MISSING ... */
};

/* The VMA that holds an address, or the next one above it; false: none [call]. */
int model_vma(int process, unsigned long addr, struct model_vma *vma);

/* Userfaultfds [call]. */
unsigned long model_uffd_id(int process, int fd);
struct model_uffd {
	int refs;
	unsigned int unread_faults; /* in fault_pending_wqh */
	unsigned int read_faults;   /* in fault_wqh */
	unsigned int unread_events;
	int mmap_changing;
	unsigned long faults[3]; /* so far: missing, wp, minor */
};
int model_uffd(unsigned long id, struct model_uffd *out);

/* Free and reserved pages of a size (1 << shift); false if there is no such pool [call]. */
struct model_pool {
	unsigned long total, free, reserved, surplus;
};
int model_pool(unsigned int shift, struct model_pool *out);

/* References to pages that a thread's running system call holds [call]. */
int model_thread_pages(int thread);

/* ---------------------------------------------------------------- reports */

enum model_object_kind {
	MODEL_OBJECT_OTHER,
	MODEL_OBJECT_PAGE,    /* pfn */
	MODEL_OBJECT_PTE,     /* process, addr: a page-table entry */
	MODEL_OBJECT_VMA,     /* process, addr: its start */
	MODEL_OBJECT_FILE,    /* id: an inode, or its page cache or reservations */
	MODEL_OBJECT_UFFD,    /* id */
	MODEL_OBJECT_PROCESS, /* process: an mm */
};

struct model_object {
	enum model_object_kind kind;
	long pfn;
	int process;
	unsigned long addr;
	unsigned long id;
};

/* What an address that a report speaks of belongs to; @kind as world_object() gives it [call]. */
void model_object(const void *p, int kind, struct model_object *out);
/* The page whose lock this is, -1: it is no page lock [call]. */
long model_page_of_lock(const void *lock);

#endif
