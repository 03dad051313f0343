/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * prog.h - a scenario made ready to run: one variation, one kernel, addresses fixed
 *
 * bind.c makes it from the syntax tree, to which everything here points back.  What a run
 * changes is named now_*; prog_rewind() puts it back, so that a race can be run many times.
 */
#ifndef TOOLS_INTERP_PROG_H
#define TOOLS_INTERP_PROG_H

#include <glib.h>
#include <linux/userfaultfd.h>
#include <stdbool.h>
#include <stdint.h>

#include "model/model.h"
#include "sim/world.h"
#include "tools/lang/lang.h"

enum { PROG_MAX_PROCESSES = 16, PROG_MAX_MESSAGES = 32 };

struct prog;
struct prog_call;

/* Runs in a simulated thread and leaves what it returned in call->now. */
typedef void (*prog_op)(struct prog *p, struct prog_call *call);

/* ----------------------------------------------------------- declarations */

/* Of a process that a fork makes. */
enum prog_birth {
	PROG_UNBORN,
	PROG_BORN,
	PROG_STILLBORN, /* the fork has failed, or will not be made */
};

/* Row 0 stands for the process that every scenario has. */
struct prog_process {
	const char *name;
	const struct lang_decl *decl;
	int id;
	struct prog_thread *first; /* does the set-up */
	bool forked;		   /* some call makes it: it does not exist before */
	bool raced;		   /* a call of the race makes it, not one of the set-up */
	enum prog_birth now_birth;
	const struct prog_process *now_parent; /* of which it is a copy, or NULL */
};

struct prog_thread {
	const char *name;
	const struct lang_decl *decl; /* NULL: only there for the set-up */
	struct prog_process *process;
	unsigned int tid;
	int pid;
	GPtrArray *race;	    /* struct prog_call *: its lines of the race */
	struct prog_call *now_in;   /* the call that it is inside, or NULL */
	struct prog_call *now_last; /* the last call that it began */
	int now_finished;	    /* its lines are done: ends `until` */
};

struct prog_map {
	const struct lang_decl *decl;
	struct prog_process *process;
	unsigned long addr;
	unsigned long room; /* bytes that no other mapping uses */
};

/* A file or a userfaultfd: its descriptor in each process that uses it, -1: none. */
struct prog_fd {
	const struct lang_decl *decl;
	bool used[PROG_MAX_PROCESSES];
	int fd[PROG_MAX_PROCESSES];
	unsigned long id; /* model_file_id() or model_uffd_id() */
	bool raced;	  /* made in the race, by a call or with a fork event that is read */
};

/* ------------------------------------------------------------------ calls */

enum outcome_kind {
	OUTCOME_VALUE,	/* value; err != 0: failed with it */
	OUTCOME_SIGNAL, /* value */
	OUTCOME_MESSAGES,
	OUTCOME_POLL,	 /* value: bits */
	OUTCOME_PROCESS, /* value: row of prog.processes */
};

/* How a call ended. */
struct outcome {
	bool begun, done;
	bool killed; /* the thread never saw how it ended */
	enum outcome_kind kind;
	int err;
	uint64_t value;
	int64_t field[LANG_FIELD_KINDS]; /* of an ioctl's structure */
	unsigned int nmessages;
	struct uffd_msg message[PROG_MAX_MESSAGES];
	unsigned int retries, allocs;
	uint64_t first_step, last_step; /* of the run, for reports */
};

/* [fail] properties of one call. */
enum { PROG_MAX_FAILS = 4, PROG_MAX_UFDS = 8 };

struct prog_call {
	const struct lang_call *ast;
	prog_op run;
	struct prog_thread *thread; /* in set-up: the one that does it */
	struct prog_fd *fd;
	unsigned long addr, len;
	unsigned long src;
	uint64_t flags, value;
	const struct lang_map *as;	     /* mmap */
	const struct prog_map *map;	     /* mmap */
	const struct prog_map *src_map;	     /* serve copy */
	struct prog_thread *until;	     /* serve */
	struct prog_process *process;	     /* fork */
	struct prog_thread *to;		     /* signal */
	struct prog_fd *ufds[PROG_MAX_UFDS]; /* read: what the nth message's descriptor is called */
	const struct prog_call *after;
	int armed[PROG_MAX_FAILS]; /* handles of its [fail]s while it runs */
	unsigned int narmed;
	struct outcome now;
};

struct prog {
	const struct scenario_file *file;
	const struct scenario *scenario;
	const char *kernel;
	struct model_machine machine;
	unsigned int nprocesses, nthreads, nmaps, nfiles, nuffds, ncalls;
	struct prog_process *processes;
	struct prog_thread *threads; /* those declared first, in their order */
	struct prog_map *maps;
	struct prog_fd *files, *uffds;
	struct prog_call *calls; /* by lang_call.index */
	GPtrArray *expects;	 /* struct lang_expect, those for this kernel */
	bool counts;		 /* some expression asks for retries or allocations */
	bool births;		 /* some call makes a process or a userfaultfd */
	char *error;		 /* set-up of the world failed, and why */
};

/* Never fails: the checker has seen everything.  Free with prog_free(). */
struct prog *prog_new(const struct scenario_file *file, const struct scenario *scenario,
		      const char *kernel);
void prog_free(struct prog *p);
/* Forgets the outcomes of the last run; or of its race only. */
void prog_rewind(struct prog *p);
void prog_rewind_race(struct prog *p);

struct prog_call *prog_call_of(struct prog *p, const struct lang_call *ast);
struct prog_thread *prog_thread_of(struct prog *p, const struct lang_decl *decl);
struct prog_process *prog_process_of(struct prog *p, const struct lang_decl *decl);
struct prog_map *prog_map_of(struct prog *p, const struct lang_decl *decl);
struct prog_fd *prog_file_of(struct prog *p, const struct lang_decl *decl);
struct prog_fd *prog_uffd_of(struct prog *p, const struct lang_decl *decl);
/* Whether it comes with an event or by a call, and is not there when the scenario begins. */
bool prog_uffd_is_late(const struct prog_fd *u);
/* A thread by the machine's number, or NULL. */
struct prog_thread *prog_thread_by_tid(struct prog *p, unsigned int tid);
/* The section of a kind, or NULL. */
const struct lang_section *prog_section(const struct prog *p, enum lang_section_kind kind);
/* Whether [kernel < K] and [kernel >= K] let the call run on this kernel; of a resume, both do. */
bool prog_call_applies(const struct prog *p, const struct lang_call *ast);
/* The same of a condition, and of what is declared. */
bool prog_when_applies(const struct prog *p, const struct lang_when *when);

/* First byte and length of an address, without `len=`. */
unsigned long prog_addr(struct prog *p, const struct lang_addr *a);
unsigned long prog_addr_len(const struct lang_addr *a);

/* No fork will make the process any more: its threads have nothing to do. */
void op_stillborn(struct prog *p, struct prog_process *process);
/* The descriptor of the call's userfaultfd or file, in its thread's process; -1: none. */
int op_fd(const struct prog *p, const struct prog_call *c);
/* In a thread of the model: a userfaultfd as declared, with further flags; -errno. */
long op_make_uffd(const struct lang_uffd *u, int more);
/* What mmap() is told to make such a mapping, at an address of its own choice. */
unsigned int op_map_prot(const struct lang_map *m);
unsigned long op_map_flags(const struct lang_map *m);
/* What a system call returned: a value or -errno. */
void op_set_ret(struct prog_call *c, long ret);
/* serve.c */
void op_serve(struct prog *p, struct prog_call *c);
/* The row of ops.c. */
prog_op op_run(enum lang_op op);

#endif
