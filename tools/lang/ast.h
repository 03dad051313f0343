/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ast.h - a scenario as the checker leaves it: read it as the specification of the language
 *
 * Everything here lives as long as the struct scenario_file it came from.  Arrays are
 * GPtrArrays of the type in the comment, never NULL.  Strings are NUL-terminated ASCII.
 * Names are resolved: a pointer leads to the declaration or to the labelled call, an
 * address is (mapping, page, bytes), a word that stands for a number is that number.
 * What is marked [printed] is only there to be shown to people.
 */
#ifndef TOOLS_LANG_AST_H
#define TOOLS_LANG_AST_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct lang_call;
struct lang_decl;
struct lang_expr;

/* Where something stands in the file: 1-based, in bytes.  line 0: nowhere. */
struct lang_pos {
	uint32_t line, col, len;
};

/* A word with its place. */
struct lang_word {
	struct lang_pos pos;
	const char *text;
};

/* A number as written, and what it is in bytes where it has a unit. */
enum lang_unit {
	LANG_UNIT_NONE,	 /* 5, 0x10, -0x1000 (wraps) */
	LANG_UNIT_SIZE,	 /* 2M: value is already in bytes */
	LANG_UNIT_PAGES, /* 1p: after the check, value is in bytes */
};

struct lang_number {
	struct lang_pos pos;
	uint64_t value;
	enum lang_unit unit;
};

/* ---------------------------------------------------------------- addresses */

enum lang_addr_form {
	LANG_ADDR_WHOLE, /* g: all of it */
	LANG_ADDR_PAGE,	 /* g[1] */
	LANG_ADDR_RANGE, /* g[0:2], half-open */
	LANG_ADDR_BYTE,	 /* g+0x200, g[1]+0x8, g-0x1000 */
};

/*
 * Pages of a mapping or of a file.  The address in bytes, from the start of the mapping, is
 * (first << lang_page_shift(decl)) + offset; the length is count << lang_page_shift(decl).
 */
struct lang_addr {
	struct lang_pos pos;
	const char *text; /* [printed] "g[0:2]" */
	enum lang_addr_form form;
	const struct lang_decl *decl;	 /* LANG_DECL_MAP or LANG_DECL_FILE */
	uint64_t first, count;		 /* pages; count is 1 for a byte address */
	int64_t offset;			 /* bytes; LANG_ADDR_BYTE only; not range-checked */
	const struct lang_decl *process; /* `in P`, in expressions; NULL: the mapping's own */
};

/* ------------------------------------------------------------- declarations */

enum lang_decl_kind {
	LANG_DECL_FILE,
	LANG_DECL_MAP,
	LANG_DECL_UFFD,
	LANG_DECL_PROCESS,
	LANG_DECL_THREAD,
	LANG_DECL_KINDS
};

enum lang_mem { LANG_MEM_ANON, LANG_MEM_SHMEM, LANG_MEM_HUGETLB };

/* file S shmem pages=1 | file F hugetlb 2M pages=2 */
struct lang_file {
	enum lang_mem mem;  /* shmem or hugetlb */
	unsigned int shift; /* of its page size */
	uint64_t pages;	    /* i_size, in its pages; 0 is allowed */
};

/*
 * map g F[0:2] shared rw | map a anon [hugetlb 2M] pages=2 rw
 * A file mapping may reach beyond the end of its file.  No process: the first one.
 * `anon shared` is MAP_SHARED|MAP_ANONYMOUS.  Also the second form of the operation mmap.
 */
struct lang_map {
	const struct lang_decl *file; /* NULL: anonymous */
	uint64_t first;		      /* page of the file */
	uint64_t pages;
	enum lang_mem mem;
	unsigned int shift; /* of its page size */
	bool shared, noreserve;
	bool read, write; /* neither: PROT_NONE */
	const struct lang_decl *process;
};

/* uffd u features=MINOR_SHMEM blocking user_mode_only dev in p */
struct lang_uffd {
	uint64_t features;
	bool blocking;
	bool user_mode_only;
	bool dev;			 /* made by /dev/userfaultfd, not by the system call */
	const struct lang_decl *process; /* that makes it; NULL: the first one */
	bool from_fork;			 /* declared by {ufd=NAME} of a FORK event */
	bool by_call;			 /* a line `userfaultfd u` makes it */
};

/* process p -CAP_SYS_PTRACE */
struct lang_process {
	GPtrArray *dropped; /* struct lang_word: capabilities, "CAP_SYS_PTRACE" */
};

/* thread vcpu in p */
struct lang_thread {
	const struct lang_decl *process; /* NULL: the first one */
};

/* A declared name.  `thread a, b` makes two. */
struct lang_decl {
	enum lang_decl_kind kind;
	struct lang_pos pos; /* of the name */
	const char *name;
	unsigned int index; /* among those of its kind, from 0, in file order */
	union {
		struct lang_file file;
		struct lang_map map;
		struct lang_uffd uffd;
		struct lang_process process;
		struct lang_thread thread;
	};
};

/* machine hugepages 2M=4, pages=64: an item each. */
enum lang_item_kind {
	LANG_ITEM_HUGEPAGES,  /* size is 2 MiB or 1 GiB */
	LANG_ITEM_OVERCOMMIT, /* size is 2 MiB */
	LANG_ITEM_PAGES,
	LANG_ITEM_SHMEM_BLOCKS,
	LANG_ITEM_FAULT_MUTEXES,
	LANG_ITEM_UNPRIVILEGED_USERFAULTFD,
};

struct lang_item {
	struct lang_pos pos;
	enum lang_item_kind kind;
	uint64_t size;
	uint64_t value;
};

/* inject FAILPOINT [nth=N | prob=N/D] [= ERRNO] */
struct lang_inject {
	struct lang_pos pos;
	const char *point; /* "label" or "function:label" */
	uint64_t nth;	   /* 0: every time */
	uint64_t num, den; /* den 0: no probability */
	int err;	   /* 0: the site's own */
};

/* [kernel < K] and [kernel >= K] behind what is no call; NULL: not said. */
struct lang_when {
	const char *lt, *ge;
};

/* expect violation INVARIANT | expect deadlock | expect mark NAME */
enum lang_expect_kind { LANG_EXPECT_VIOLATION, LANG_EXPECT_DEADLOCK, LANG_EXPECT_MARK };

struct lang_expect {
	struct lang_pos pos;
	enum lang_expect_kind kind;
	const char *name; /* NULL: deadlock */
	struct lang_when when;
};

/* tolerate INVARIANT "reason" */
struct lang_tolerate {
	struct lang_pos pos;
	const char *invariant;
	const char *reason;
	struct lang_when when;
};

/* schedule h1:3 vcpu:5 h2:* chance:2 : a run each; the second chance to fail comes true. */
struct lang_run {
	struct lang_pos pos;
	const struct lang_decl *thread; /* NULL: `chance`, and steps is its number */
	uint64_t steps;			/* 0: `*`, as long as it can */
};

/* -------------------------------------------------------------------- calls */

/* The rows of ops.def: LANG_OP_copy, LANG_OP_load ... */
enum lang_op {
#define OP(name, ...) LANG_OP_##name,
#include "tools/lang/ops.def"
#undef OP
	LANG_OPS
};

/* What an argument is for.  A call has at most one of each. */
enum lang_role {
	LANG_ROLE_UFFD,	   /* decl: the userfaultfd; of close also a file */
	LANG_ROLE_ADDR,	   /* addr: where; of copy the destination */
	LANG_ROLE_SRC,	   /* addr: where copy reads; where mremap moves to */
	LANG_ROLE_FLAGS,   /* value: modes, features, advice, protection, signal */
	LANG_ROLE_LEN,	   /* value: len=, bytes; overrides the length of ROLE_ADDR */
	LANG_ROLE_BYTES,   /* value: bytes=, of the buffer that read is given */
	LANG_ROLE_VALUE,   /* value: word to store */
	LANG_ROLE_FILE,	   /* decl: a file */
	LANG_ROLE_SIZE,	   /* value: bytes */
	LANG_ROLE_HUGE,	   /* value: bytes of a huge page */
	LANG_ROLE_PAGES,   /* addr: pages of a file */
	LANG_ROLE_THREAD,  /* decl */
	LANG_ROLE_PROCESS, /* decl */
	LANG_ROLE_MAP,	   /* decl: the mapping to make again */
	LANG_ROLE_AS,	   /* map: what to make it of; absent: as declared */
	LANG_ROLE_SERVE,   /* serve */
	LANG_ROLES
};

/* serve UFFD copy ADDR | zeropage | continue | writeprotect [dontwake] {on E wake} until T */
enum lang_serve_action { LANG_SERVE_WAKE, LANG_SERVE_SKIP, LANG_SERVE_RETRY };

struct lang_serve_rule {
	struct lang_pos pos;
	int err; /* positive errno; 0: any that has no rule before this one */
	enum lang_serve_action action;
};

struct lang_serve {
	enum lang_op op;      /* copy, zeropage, continue, writeprotect */
	struct lang_addr src; /* copy only: page i of the mapping comes from page i */
	bool dontwake;
	GPtrArray *rules;	       /* struct lang_serve_rule */
	const struct lang_decl *until; /* a thread */
};

struct lang_arg {
	enum lang_role role;
	struct lang_pos pos;
	const char *text; /* [printed] */
	const struct lang_decl *decl;
	struct lang_addr addr;
	uint64_t value;
	struct lang_map *map;
	struct lang_serve *serve;
};

/* {copy=1p, flags has WP}: fields that are not named are not checked. */
enum lang_field_kind {
	LANG_FIELD_COPY,
	LANG_FIELD_ZEROPAGE,
	LANG_FIELD_MAPPED,   /* value: bytes or -errno */
	LANG_FIELD_UPDATED,  /* value: bytes or -errno */
	LANG_FIELD_IOCTLS,   /* value: bits, 1 << _UFFDIO_* */
	LANG_FIELD_FEATURES, /* value: bits; of api */
	LANG_FIELD_FLAGS,    /* value: UFFD_PAGEFAULT_FLAG_* */
	LANG_FIELD_ADDR,     /* addr; or value when addr.decl is NULL */
	LANG_FIELD_PTID,     /* decl: a thread; or value when decl is NULL */
	LANG_FIELD_UFD,	     /* decl: the uffd that this declares */
	LANG_FIELD_FROM,
	LANG_FIELD_TO,	/* addr; of REMAP */
	LANG_FIELD_LEN, /* value: bytes; of REMAP */
	LANG_FIELD_START,
	LANG_FIELD_END,	 /* addr; of REMOVE and UNMAP */
	LANG_FIELD_CODE, /* value: si_code; of SIGSEGV and SIGBUS */
	LANG_FIELD_KINDS
};

struct lang_field {
	struct lang_pos pos; /* of the whole field */
	enum lang_field_kind kind;
	bool has; /* at least these bits */
	int64_t value;
	struct lang_addr addr;
	const struct lang_decl *decl;
	const char *text; /* [printed] of the value */
};

/* A message as read from a userfaultfd; several in one read are joined by `+`. */
enum lang_event {
	LANG_EVENT_PAGEFAULT = 0x12,
	LANG_EVENT_FORK,
	LANG_EVENT_REMAP,
	LANG_EVENT_REMOVE,
	LANG_EVENT_UNMAP,
};

struct lang_message {
	struct lang_pos pos;
	enum lang_event event;
	GPtrArray *fields; /* struct lang_field */
};

/* One of the alternatives behind `=`. */
enum lang_result_kind {
	LANG_RESULT_VALUE,    /* 0, 0x5a: value; 24 or 1p in bytes */
	LANG_RESULT_ERRNO,    /* -1 EEXIST: value is the positive errno */
	LANG_RESULT_SIGNAL,   /* SIGBUS: value is its number */
	LANG_RESULT_MESSAGES, /* PAGEFAULT {...} + FORK {...} */
	LANG_RESULT_POLL,     /* POLLIN|POLLERR: value is the bits */
	LANG_RESULT_PROCESS,  /* child: decl */
	LANG_RESULT_ANY,      /* *: it returns, no matter what */
};

struct lang_result {
	struct lang_pos pos;
	enum lang_result_kind kind;
	uint64_t value;
	const struct lang_decl *decl;
	GPtrArray *fields;   /* struct lang_field; of messages: empty, see there */
	GPtrArray *messages; /* struct lang_message */
	const char *text;    /* [printed] "-1 EEXIST {mapped=-EEXIST}" */
};

/* [fail P nth=N] [stop at POINT] [after LABEL] [kernel >= K] */
enum lang_prop_kind {
	LANG_PROP_FAIL,
	LANG_PROP_STOP,
	LANG_PROP_AFTER,
	LANG_PROP_KERNEL_LT,
	LANG_PROP_KERNEL_GE,
};

struct lang_prop {
	struct lang_pos pos;
	enum lang_prop_kind kind;
	const char *name;	      /* failure point, stop point or "lock NAME", label, kernel */
	uint64_t nth;		      /* fail: 0: every time */
	const struct lang_call *call; /* after */
};

struct lang_call {
	enum lang_op op;		/* of a resume: that of the call it ends */
	struct lang_pos pos;		/* the operation's word, or the `...` of a resume */
	struct lang_pos all;		/* from there to the end of the line's last word */
	const char *text;		/* [printed] "continue u g[0]", without results */
	const struct lang_decl *thread; /* NULL in setup */
	GPtrArray *args;		/* struct lang_arg; see lang_call_arg() */
	bool sleeps;			/* ends in `...` */
	bool stops;			/* has [stop at]: a resume follows, as after `...` */
	struct lang_pos sleeps_pos;
	struct lang_call *resume;    /* the line that ends it, or NULL */
	struct lang_call *resumes;   /* a resume only: the call it ends */
	GPtrArray *results;	     /* struct lang_result; empty: not said */
	struct lang_pos results_pos; /* all of them */
	const char *results_text;    /* [printed] "0 | -1 EEXIST", or NULL */
	const char *label;	     /* `as`; of a resume: names the call, too; or NULL */
	struct lang_pos label_pos;
	GPtrArray *props;   /* struct lang_prop */
	unsigned int index; /* of all calls of the file, from 0 */
};

/* -------------------------------------------------------------- expressions */

enum lang_expr_kind {
	/* lhs, rhs; EXPR_NOT: lhs only */
	LANG_EXPR_OR,
	LANG_EXPR_AND,
	LANG_EXPR_NOT,
	LANG_EXPR_EQ,
	LANG_EXPR_NE,
	LANG_EXPR_LT,
	LANG_EXPR_LE,
	LANG_EXPR_GT,
	LANG_EXPR_GE,
	LANG_EXPR_HAS, /* (lhs & rhs) == rhs; of locks: holds that one */
	/* constants */
	LANG_EXPR_NUMBER,    /* value; also errnos and bits: present|write */
	LANG_EXPR_NONE,	     /* the word `none`: no bits, no page, no context, no lock */
	LANG_EXPR_LOCK,	     /* name: a lock, on the right side of locks(T) */
	LANG_EXPR_UFFD,	     /* decl, on the right side of ctx(A) */
	LANG_EXPR_THREAD,    /* decl, next to LABEL.ptid */
	LANG_EXPR_ADDR,	     /* addr: the virtual address, next to LABEL.addr and the like */
	LANG_EXPR_FILE_PAGE, /* addr: F[i], the page in the cache, as one to compare with */
	/* asked of the machine */
	LANG_EXPR_PTE,		 /* addr: LANG_PTE_* bits */
	LANG_EXPR_PTE_PAGE,	 /* addr: pte(A).page, a page */
	LANG_EXPR_PAGE_REFS,	 /* lhs: a page (FILE_PAGE or PTE_PAGE) */
	LANG_EXPR_PAGE_MAPCOUNT, /* lhs: a page */
	LANG_EXPR_VALUE,   /* addr: its word: of a mapping through the PTE, of a file cached */
	LANG_EXPR_CACHED,  /* addr: F[i] is in the page cache */
	LANG_EXPR_FREE,	   /* value: page size in bytes; 4K too */
	LANG_EXPR_RESV,	   /* value: page size in bytes */
	LANG_EXPR_SURPLUS, /* value: page size in bytes */
	LANG_EXPR_TOTAL,   /* value: page size in bytes */
	LANG_EXPR_CTX,	   /* addr: the context of its VMA */
	LANG_EXPR_FAULTS,  /* decl: uffd; value: VM_UFFD_* kind as register mode bit, 0: all */
	LANG_EXPR_EVENTS,  /* decl: uffd; messages not yet read */
	LANG_EXPR_REFS,	   /* decl: uffd; references to its context */
	LANG_EXPR_BLOCKED, /* decl: thread */
	LANG_EXPR_LOCKS,   /* decl: thread; compare with none, a lock, or a number of them */
	LANG_EXPR_PAGES,   /* decl: thread; references to pages its call holds */
	LANG_EXPR_ALLOCS,  /* call: pages it allocated */
	LANG_EXPR_RET,	   /* call: LABEL.ret, as the system call returns it: -1 on error */
	LANG_EXPR_ERR,	   /* call: LABEL.err, positive errno or 0 */
	LANG_EXPR_RETRIES, /* call: LABEL.retries */
	LANG_EXPR_FIELD,   /* call, field: LABEL.copy, of the first message where it has several */
	LANG_EXPR_WORDS,   /* name: only while an expression is being read */
};

enum lang_pte_bits {
	LANG_PTE_PRESENT = 1 << 0,
	LANG_PTE_WRITE = 1 << 1,
	LANG_PTE_DIRTY = 1 << 2,
	LANG_PTE_YOUNG = 1 << 3,
	LANG_PTE_UFFD_WP = 1 << 4,
	LANG_PTE_SPECIAL = 1 << 5,
	LANG_PTE_MARKER = 1 << 6,
	LANG_PTE_SWAP = 1 << 7,
	LANG_PTE_HUGE = 1 << 8,
};

struct lang_expr {
	enum lang_expr_kind kind;
	struct lang_pos pos; /* from its first to its last character */
	struct lang_expr *lhs, *rhs;
	uint64_t value;
	enum lang_unit unit; /* of a number as written; value is in bytes */
	struct lang_addr addr;
	const struct lang_decl *decl;
	const struct lang_call *call;
	enum lang_field_kind field;
	const char *name;
	const char *text; /* [printed] as written */
};

/* ----------------------------------------------------------------- sections */

enum lang_section_kind { LANG_SETUP, LANG_STEPS, LANG_RACE, LANG_FINAL };

enum lang_line_kind {
	LANG_LINE_CALL,
	LANG_LINE_RESUME, /* call->resumes is the call */
	LANG_LINE_CHECK,  /* check expr, in steps */
	LANG_LINE_CLAIM,  /* [always|sometimes|never] expr, in final */
};

enum lang_verdict { LANG_ALWAYS, LANG_SOMETIMES, LANG_NEVER };

struct lang_line {
	enum lang_line_kind kind;
	struct lang_pos pos; /* of all of it */
	struct lang_call *call;
	struct lang_expr *expr;
	struct lang_when when; /* of CHECK and CLAIM; a call has it among its properties */
	enum lang_verdict verdict;
	struct lang_pos verdict_pos; /* line 0: not said */
};

struct lang_section {
	enum lang_section_kind kind;
	struct lang_pos pos;
	GPtrArray *lines; /* struct lang_line */
	int preempt;	  /* race preempt<=N; -1: not said */
	uint64_t seeds;	  /* race seeds=N; 0: not said */
};

/* One variation of a file. */
struct scenario {
	const char *title;
	struct lang_pos title_pos;
	GPtrArray *values;     /* of each `vary`: "mem=hugetlb 2M" */
	const char *variation; /* "mem=hugetlb 2M uffd=blocking"; "" if there is none */
	GPtrArray *kernels;    /* struct lang_word; at least one */
	GPtrArray *bugs;       /* struct lang_word: switched on as well */
	GPtrArray *machine;    /* struct lang_item */
	GPtrArray *files, *maps, *uffds, *processes, *threads; /* struct lang_decl */
	GPtrArray *injects;				       /* struct lang_inject */
	GPtrArray *expects;				       /* struct lang_expect */
	GPtrArray *tolerates;				       /* struct lang_tolerate */
	GPtrArray *schedule;				       /* struct lang_run */
	GPtrArray *sections; /* struct lang_section, in file order */
	bool race;	     /* has a race section */
};

#endif
