#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/falloc.h>
#include <linux/futex.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What headers of the time before the kernel may lack. */
#ifndef UFFD_USER_MODE_ONLY
#define UFFD_USER_MODE_ONLY 1
#endif
#ifndef USERFAULTFD_IOC_NEW
#define USERFAULTFD_IOC_NEW _IO(0xAA, 0x00)
#endif
#ifndef UFFDIO_CONTINUE
struct uffdio_continue {
	struct uffdio_range range;
	__u64 mode;
	__s64 mapped;
};
#define UFFDIO_CONTINUE _IOWR(0xAA, 0x07, struct uffdio_continue)
#endif
#ifndef UFFDIO_POISON
struct uffdio_poison {
	struct uffdio_range range;
	__u64 mode;
	__s64 updated;
};
#define UFFDIO_POISON _IOWR(0xAA, 0x08, struct uffdio_poison)
#endif
#ifndef UFFDIO_WRITEPROTECT
struct uffdio_writeprotect {
	struct uffdio_range range;
	__u64 mode;
};
#define UFFDIO_WRITEPROTECT _IOWR(0xAA, 0x06, struct uffdio_writeprotect)
#endif
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif
#ifndef MFD_HUGETLB
#define MFD_HUGETLB 4u
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#define DEEP_FEATURES (1u << 9 | 1u << 10) /* MINOR_HUGETLBFS and MINOR_SHMEM */
#define HUGE_SIZE     (2ul << 20)

/* --------------------------------------------- a scenario, as rows of tables */

enum {
	MAX_THREADS = 40,
	MAX_PROCESSES = 17,
	MAX_UFFDS = 20,
	MAX_FILES = 16,
	MAX_LINES = 400,
	MAX_MESSAGES = 16,
	MAX_MAPPINGS = 256,
	NOT_SAID = -1,
};

enum op {
	OP_none,
	OP_userfaultfd,
	OP_api,
	OP_register,
	OP_unregister,
	OP_wake,
	OP_copy,
	OP_zeropage,
	OP_continue,
	OP_poison,
	OP_writeprotect,
	OP_read,
	OP_poll,
	OP_close,
	OP_mmap,
	OP_munmap,
	OP_mremap,
	OP_madvise,
	OP_mprotect,
	OP_truncate,
	OP_punch,
	OP_fallocate,
	OP_fork,
	OP_hugepages,
	OP_overcommit,
	OP_exit,
	OP_signal,
	OP_load,
	OP_store,
	OP_uaccess,
	OP_serve,
	OP_make, /* what a declaration stands for: the descriptor, and UFFDIO_API */
	OP_take, /* the same descriptor, from the process that has made it */
};

enum field_kind {
	F_end,
	F_copy,
	F_zeropage,
	F_mapped,
	F_updated,
	F_ioctls,
	F_features,
	F_flags,
	F_addr,
	F_ptid, /* value: a thread, plus 1; 0: none */
	F_from,
	F_to,
	F_len,
	F_start,
	F_end_,
	F_code,
};

struct field {
	enum field_kind kind;
	bool has; /* at least these bits */
	int64_t value;
};

struct message {
	unsigned int event; /* 0: the end */
	const struct field *fields;
};

enum want_kind { W_end, W_value, W_errno, W_signal, W_messages, W_poll, W_process, W_any };

/* One of the results that a line may have. */
struct want {
	enum want_kind kind;
	uint64_t value;
	const struct field *fields;
	const struct message *messages;
};

enum rule_action { RULE_wake = 1, RULE_skip, RULE_retry };

struct rule {
	int err; /* 0: any */
	enum rule_action action;
};

enum line_kind { L_call, L_resume, L_check, L_race };

struct line {
	int number;
	enum line_kind kind;
	const char *text;
	const char *wanted; /* as the file has it */
	int thread;
	enum op op; /* of L_resume: of the call that ends */
	bool sleeps;
	bool may_stay; /* L_race: nothing is wrong if its thread sleeps for good */
	int call; /* row of the call that ends; else its own */
	int uffd, file;
	uint64_t addr, len, src, flags, value;
	int64_t offset;
	int prot, map_flags;
	int to;		      /* a thread (signal, serve) or a process (fork) */
	enum op answer;	      /* serve */
	int ufds[MAX_UFFDS];  /* read: what the descriptor of the nth message is called, plus 1 */
	const struct rule *rules; /* serve */
	const struct want *want;
	bool (*check)(void);
	enum { ALWAYS, SOMETIMES, NEVER } verdict;
};

struct file {
	const char *name;
	bool huge;
	uint64_t size;
};

struct map {
	const char *name;
	int process;
	uint64_t addr, len, page;
	int prot, flags, file;
	int64_t offset;
};

struct uffd {
	const char *name;
	int flags;
	bool dev, late;
	int process; /* that makes it */
	uint64_t features;
};

struct process {
	const char *name;
	uint64_t dropped; /* capabilities */
	bool forked;
	unsigned int uffds, files; /* bits: those that it uses */
};

struct thread {
	const char *name;
	int process;
};

struct scenario {
	const char *file;
	const char *skip; /* why it is none for a real kernel */
	int huge, overcommit, blocks;
	int unprivileged; /* NOT_SAID: either will do */
	bool race;
	const struct file *files;
	const struct map *maps;
	const struct uffd *uffds;
	const struct process *processes;
	const struct thread *threads;
	const struct line *lines;
	int nfiles, nmaps, nuffds, nprocesses, nthreads, nlines;
};

/* --------------------------------------- what the processes of one have in common */

enum outcome_kind { O_none, O_value, O_signal, O_messages, O_poll, O_process };

struct outcome {
	enum outcome_kind kind;
	bool gone; /* its thread was killed in it */
	int err;
	uint64_t value; /* O_signal: its number */
	int code;
	uint64_t sigaddr;
	int nmessages;
	struct uffd_msg message[MAX_MESSAGES];
	union {
		struct uffdio_api api;
		struct uffdio_register reg;
		struct uffdio_range range;
		struct uffdio_copy copy;
		struct uffdio_zeropage zero;
		struct uffdio_continue cont;
		struct uffdio_poison poison;
		struct uffdio_writeprotect wp;
	} arg;
};

struct slot {
	int go, done; /* futexes */
	int started;
	int tid;
	int row; /* line that it is told to do */
	int busy;
	int idle; /* a handler loop that has found nothing to do */
};

struct control {
	struct slot slots[MAX_THREADS];
	int pid[MAX_PROCESSES];
	int up[MAX_PROCESSES]; /* 1: its threads are there; 2: it is dead */
	int fds[MAX_UFFDS][MAX_PROCESSES];
	int read_faults[MAX_UFFDS][3]; /* messages of missing, minor and wp faults */
	int start; /* futex: a race begins */
	int finished;
	int line;	/* number of the line that is being done, for the watchdog */
	int lines, differ; /* checked; among them */
	unsigned int reached; /* `sometimes` rows, as bits in their order */
	int boosted, boosts; /* thread whose line it is; how often that has changed */
	int must_sleep, spins; /* it; it has run for too long */
	char skip[200];
	struct outcome out[MAX_LINES];
};

static struct control *shared;
static const struct scenario *now;
static int files[MAX_FILES];
static int my_process;
static bool quiet;
/* In the pool of huge pages for good, and promised for good: there are defects that lose them. */
static long lost_pages, lost_promises;
static bool holds; /* woken threads are kept from running before their line */
