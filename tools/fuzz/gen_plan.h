/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gen_plan.h - the scenario that the generator is making: between the files gen*.c only
 *
 * Why a right kernel always gets to the end of it.  Some memory may be registered, each
 * piece with userfaultfds that are known beforehand (its owners); the rest never is.  Each
 * userfaultfd has a keeper, a thread that never touches memory that may be registered.  It ends
 * with loops that serve the other threads, wakes everything after each loop, whatever made that
 * end, and closes the descriptor last.  So for every thread that sleeps there is a keeper that
 * serves or has closed, provided that
 *  - the descriptor's file is really released then: a call on userfaultfd number i, and the
 *    keeper of number i, may fault in memory of numbers above i only, so a chain of sleepers
 *    ends;
 *  - nobody keeps a message, or a page that was filled without waking, to himself: who takes
 *    one wakes before the next line that may sleep;
 *  - nobody closes early where another thread may be polling, with the file in hand.
 * Memory that may be registered moves only to where its owners may have registered memory as well.
 * A thread that forks does nothing else, and its keeper serves until it has: while the fork waits
 * to be read, the child holds the descriptors already, so that closing would not release them.
 * Nor does the other keeper close before: the child's userfaultfd, which nobody serves, would get
 * the number, and who names the closed one would register the child's memory.  Who
 * changes memory of which its userfaultfd wants to hear waits until a keeper has read that; so
 * keepers do not.  The thread of a child never sleeps: what it touches is not registered, or not
 * in the child.  It ends its process, which has the descriptors as well.
 * A signal with a handler changes none of that: who slept in a fault faults again.  One without
 * ends everybody.
 */
#ifndef TOOLS_FUZZ_GEN_PLAN_H
#define TOOLS_FUZZ_GEN_PLAN_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "tools/fuzz/gen.h"

enum {
	GEN_FILES = 6,
	GEN_MAPS = 16,
	GEN_UFFDS = 2,
	GEN_WORKERS = 3,
	GEN_THREADS = GEN_WORKERS + GEN_UFFDS,
	GEN_TARGETS = 3,
};

/* What a line of the race can be about; a row each in gen_calls.c. */
enum gen_op {
	GEN_LOAD,
	GEN_STORE,
	GEN_UACCESS,
	GEN_ALIAS, /* an access to memory that is never registered */
	GEN_COPY,
	GEN_ZEROPAGE,
	GEN_CONTINUE,
	GEN_WAKE,
	GEN_PROTECT,
	GEN_REGISTER,
	GEN_UNREGISTER,
	GEN_DONTNEED,
	GEN_REMOVE,
	GEN_PUNCH,
	GEN_TRUNCATE,
	GEN_FALLOCATE,
	GEN_MUNMAP,
	GEN_REMAP,
	GEN_MPROTECT,
	GEN_MREMAP,
	GEN_POPULATE,
	GEN_ADVICE,
	GEN_CLOSE,
	GEN_READ,
	GEN_POLL,
	GEN_SERVE,
	GEN_EXIT,
	GEN_SIGNAL, /* mostly one with a handler */
	GEN_FORK,
	GEN_RESIZE, /* of a pool of huge pages */
	GEN_OPS
};

struct gen_file {
	char name[4];
	bool huge;
	unsigned int shift, pages;
	bool anchored;	     /* its first page stays: see gen_world.c */
	unsigned int cached; /* bits: its pages that are there when the race begins */
};

/* Pages of its page size; GEN_TARGET may be registered, the others never are. */
enum gen_use { GEN_TARGET, GEN_VIEW, GEN_SOURCE };

struct gen_map {
	char name[4];
	enum gen_use use;
	struct gen_file *file; /* NULL: anonymous */
	bool huge;
	unsigned int shift;
	unsigned int first, pages;
	bool shared, readonly, noreserve;
	unsigned int owners; /* bits: userfaultfds that may register it */
	unsigned int mapped; /* bits: pages that are mapped when the race begins */
};

struct gen_uffd {
	char name[4];
	const char *features; /* NULL: none */
	bool events;	      /* of changes of its memory, which wait to be read */
	bool fork_event;      /* and of forks: the child is registered too, and nobody serves it */
	unsigned int modes;   /* bits of enum gen_modes that it may be registered for */
	const struct gen_map *range[GEN_TARGETS];
	unsigned int nranges;
};

enum gen_modes { GEN_MISSING = 1, GEN_MINOR = 2, GEN_BOTH = 4 };

enum gen_role { GEN_ANYTHING, GEN_FAULTS, GEN_HANDLES };

struct gen_thread {
	char name[4];
	unsigned int index;
	const struct gen_uffd *keeps; /* NULL: a worker */
	enum gen_role role;
	bool exits; /* with its last line */
	GString *lines;
};

struct gen_plan {
	const struct fuzz_gen *gen;
	uint64_t parts, random; /* states: for the seed of the next part; within the part */
	unsigned int nparts;
	bool minor_v1;
	bool full_is_eexist;   /* COPY to huge pages says so of a pool that is empty */
	bool restores_promise; /* of a private huge page that is unmapped */

	struct gen_file file[GEN_FILES];
	unsigned int nfiles;
	struct gen_map map[GEN_MAPS];
	unsigned int nmaps;
	struct gen_map *target[GEN_TARGETS];
	unsigned int ntargets;
	struct gen_uffd uffd[GEN_UFFDS];
	unsigned int nuffds;
	struct gen_thread thread[GEN_THREADS]; /* workers first */
	struct gen_thread forker, child;       /* named if there is a fork */
	unsigned int nworkers, nthreads;

	/* What this seed is about. */
	unsigned int weight[GEN_OPS];
	unsigned int fails; /* of a hundred lines, so many have an injected failure */
	bool dontwake, early_close, exits;
	bool protects;	     /* registered for write-protection too, and protected in set-up */
	bool forks;	     /* one thread does, and the child has a thread too */
	bool shrinks;	     /* pools become smaller than what is in use, or have surplus pages */
	bool shared_reading; /* workers read messages as well, beside the keeper */
	/* Tolerated: defects of 6.1. */
	bool minor_unregister, bare_truncate, huge_truncate, huge_cut, slab_fails;
	unsigned int hot_target, hot_page;
	unsigned int values; /* stored so far: each is another one */

	GString *setup;
};

/* ----------------------------------------------------------- gen_random.c */

/*
 * What follows is a part by itself, with a seed of its own: it can be changed while the others
 * stay as they are.
 */
void gen_part(struct gen_plan *p);
uint64_t gen_random(struct gen_plan *p);
/* 0 ... n - 1 */
unsigned int gen_below(struct gen_plan *p, unsigned int n);
unsigned int gen_between(struct gen_plan *p, unsigned int least, unsigned int most);
/* True in so many of a hundred. */
bool gen_chance(struct gen_plan *p, unsigned int percent);
/* An index, each as likely as its weight; n when all are 0. */
unsigned int gen_weighted(struct gen_plan *p, const unsigned int *weights, unsigned int n);
#define GEN_PICK(p, table) ((table)[gen_below((p), G_N_ELEMENTS(table))])

/* ------------------------------------------------------------ gen_world.c */

/* Files, mappings, userfaultfds and what is done before the race. */
void gen_world(struct gen_plan *p);
/* `machine` and what follows, up to the threads. */
void gen_print_world(struct gen_plan *p, GString *out);
/* `F[0:2] shared rw`: the second half of a `map` line. */
void gen_print_mapping(const struct gen_plan *p, GString *out, const struct gen_map *m);

/* Pages of that size (1 << shift) that mappings are promised; whether there are any. */
unsigned int gen_promised(const struct gen_plan *p, unsigned int shift);
bool gen_has_shift(const struct gen_plan *p, unsigned int shift);

/* Whether a private mapping of the file would show a known defect of 6.1. */
bool gen_must_share(const struct gen_plan *p, const struct gen_file *f);

/* --------------------------------------------------------- gen_failures.c */

/* Whether an injected failure there shows no known defect of 6.1. */
bool gen_may_fail(const struct gen_plan *p, const char *point);
/* ` [fail page_alloc nth=1]`, in as many lines as this seed wants it. */
void gen_append_failure(struct gen_plan *p, GString *out, enum gen_op op);

/* ------------------------------------------------------------- gen_pick.c */

/* A target and one of its pages: the hot ones mostly. */
const struct gen_map *gen_pick_target(struct gen_plan *p, unsigned int *page);
/* The same, but mostly where that fill has something to do when the race begins. */
const struct gen_map *gen_pick_to_fill(struct gen_plan *p, enum gen_op op, unsigned int *page);
/* Any mapping of that use.  NULL: none. */
const struct gen_map *gen_pick_map(struct gen_plan *p, enum gen_use use);
/* A userfaultfd that may register the mapping. */
const struct gen_uffd *gen_pick_owner(struct gen_plan *p, const struct gen_map *m);
/* A range around the page: that page mostly. */
void gen_pick_range(struct gen_plan *p, const struct gen_map *m, unsigned int page,
		    unsigned int *from, unsigned int *to);
/* `g0[1:3]` */
void gen_append_pages(GString *out, const struct gen_map *m, unsigned int from, unsigned int to);

/*
 * A source of @n pages for a fill by @u that breaks no rule above; without a thread one that
 * nobody can sleep on.  NULL: none.
 */
const struct gen_map *gen_source(struct gen_plan *p, const struct gen_thread *t,
				 const struct gen_uffd *u, unsigned int shift, unsigned int n);

/* ------------------------------------------------------------ gen_calls.c */

/* Which operations this seed leaves out, and how the others weigh.  False: unknown mode. */
bool gen_swarm(struct gen_plan *p);
/* A line of the race, or a few that belong together. */
void gen_call(struct gen_plan *p, struct gen_thread *t);
/* A thread that forks, and the thread of its child. */
void gen_fork(struct gen_plan *p);
/* `register u g0 MISSING = *` */
void gen_register(struct gen_plan *p, GString *out, const struct gen_uffd *u,
		  const struct gen_map *m, bool whole);
/* A fill of one page from memory that is never registered, without DONTWAKE. */
void gen_fill(struct gen_plan *p, GString *out, const struct gen_uffd *u, const struct gen_map *m);
/* "copy", "zeropage" or "continue". */
const char *gen_op_name(enum gen_op op);
void gen_line(struct gen_thread *t, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* `CALL = *` with its failure, if it has one; takes the string. */
void gen_end_call(struct gen_plan *p, struct gen_thread *t, GString *call, enum gen_op op);

/* ----------------------------------------------------------- gen_memory.c */

/* Lines of the race: a row each in the table of gen_calls.c. */
void gen_madvise(struct gen_plan *p, struct gen_thread *t, enum gen_op op);
void gen_hole(struct gen_plan *p, struct gen_thread *t, enum gen_op op);
void gen_truncate(struct gen_plan *p, struct gen_thread *t, enum gen_op op);
void gen_munmap(struct gen_plan *p, struct gen_thread *t, enum gen_op op);
void gen_remap(struct gen_plan *p, struct gen_thread *t, enum gen_op op);
void gen_mprotect(struct gen_plan *p, struct gen_thread *t, enum gen_op op);
void gen_mremap(struct gen_plan *p, struct gen_thread *t, enum gen_op op);
void gen_populate(struct gen_plan *p, struct gen_thread *t, enum gen_op op);
void gen_advice(struct gen_plan *p, struct gen_thread *t, enum gen_op op);

/* ------------------------------------------------------------ gen_pools.c */

/* A pool gets another size, or another limit of surplus pages. */
void gen_resize(struct gen_plan *p, struct gen_thread *t, enum gen_op op);

/* --------------------------------------------------------- gen_handlers.c */

/* WAKE of everything that may sleep on the userfaultfd. */
void gen_wake_all(struct gen_thread *t, const struct gen_uffd *u);
/* A loop that serves until a worker has finished, and the WAKE for whom it left asleep. */
void gen_serve(struct gen_plan *p, struct gen_thread *t, const struct gen_uffd *u,
	       const struct gen_thread *until);
/* How the race ends for a keeper. */
void gen_keeper_end(struct gen_plan *p, struct gen_thread *t);

#endif
