/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine.h - the inside of the machine, shared by the files of sim/ only.
 *
 * State of the world is of two kinds.  What lies in the arena, in frame contents or
 * in a cache's counters is changed through the undo log.  What changes at every step
 * (threads, the scheduler, the choices) stands in `struct hot` and is copied at a
 * checkpoint, and back at a restore: of the threads those that have run.
 */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H

#include "sim/fiber.h"
#include "sim/invariant.h"
#include "sim/undo.h"
#include "sim/world.h"

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#if SIM_ASAN
#include <sanitizer/asan_interface.h>
#define sim_poison(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define sim_unpoison(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
#define sim_poison(p, n) ((void)(p), (void)(n))
#define sim_unpoison(p, n) ((void)(p), (void)(n))
#endif

/* Model code runs without write hooks in that build: no undo log to rely on. */
#define SIM_HAS_UNDO (!SIM_ASAN)

enum {
	CHUNK_SHIFT = 16,
	CHUNK_SIZE = 1 << CHUNK_SHIFT,
	NCHUNKS = 1 << (32 - CHUNK_SHIFT),
	MAX_CACHES = 96,
	MAX_ATOMIC = 8,
	SITE_COUNTS = 48,
	MAX_CLASSES = 64,
};

#define DEFAULT_MAX_STEPS 1000000ull

struct thread {
	struct fiber fiber;
	void *task;
	void (*fn)(void *arg);
	void *arg;
	const struct sim_site *site;
	const struct sim_site *wait_site;
	const void *wait_obj;
	const char *in_kernel;
	uint64_t parked_at; /* step in which it went to sleep */
	uint32_t wait_ticket;
	uint8_t state;
	uint8_t wants_shared;
	uint8_t kernel_depth;
	uint8_t natomic;
	uint8_t nheld;
	uint8_t nspin; /* spinlocks among the held */
	uint8_t unparked;
	uint8_t may_give_up; /* waits for a lock, but sim_interrupt() may end that */
	uint8_t yields;	     /* has been in sim_yield() since it entered the kernel */
	/* The lock that it released last, since when it had held it, and when it let go. */
	const struct sim_lock *released;
	uint64_t released_taken, released_step;
	/* From here on empty in an idle thread, and so at every checkpoint. */
	const char *atomic[MAX_ATOMIC];
	struct world_held held[WORLD_MAX_HELD];
};

struct hot {
	uint64_t step;
	uint64_t hash;
	uint64_t runnable; /* threads that are READY */
	uint64_t allowed;  /* mask of world_run() */
	uint32_t cur;	   /* running thread, NO_THREAD on the host */
	uint32_t nthreads;
	uint32_t block_next;  /* next unused content block */
	uint32_t frame_gen;   /* last generation given to a compound frame */
	int32_t preempt_left; /* -1: any number */
	uint32_t busy;	      /* threads that are not IDLE */
	uint64_t in_vain;     /* threads that went round in sim_yield() since another one stopped */
	uint16_t class_held[MAX_CLASSES];
	struct thread thread[WORLD_MAX_THREADS];
};

#define NO_THREAD 0xffffu

struct machine {
	struct hot hot;
	struct thread *running; /* that of hot.cur, NULL on the host */
	struct fiber host;
	struct strategy *strategy;
	struct world_config config;
	enum world_verdict verdict;
	struct world_report report;
	uint64_t max_steps;
	uint64_t look_at;      /* step at which the fast path is left; 0: always */
	uint64_t others;       /* who could run instead; all ones: the fast path is left */
	uint64_t stay_until;   /* step before which the strategy picks whoever runs now, if asked */
	struct undo *step_log; /* first log entry of the present step */
	bool in_run;
	bool slow; /* a stop point, a recording: leave the fast path */
	bool checkpointed;
	bool checks_only;      /* of what makes a step slow; look_at is 0 */
	bool exploring;	       /* explore_step() wants to hear of each step */
	bool learning;	       /* known_note() wants to hear of all that enters the hash */
	void (*on_host)(void); /* for the host to do, which then goes on with who asked for it */
	uint32_t begun;	       /* threads given work since the checkpoint, or made: one bit each */
	uint32_t arena_used;   /* chunks handed out; undone by the log */
	char names[WORLD_MAX_THREADS][WORLD_NAME_LEN];
};

extern struct machine machine;

/* Of the running thread; on the host there is none. */
static inline struct thread *current_thread(void)
{
	return machine.running;
}

/* @tid: NO_THREAD for the host. */
static inline void set_current(unsigned int tid)
{
	struct thread *t = tid == NO_THREAD ? NULL : &machine.hot.thread[tid];

	machine.hot.cur = tid;
	machine.running = t;
	sim_tid = tid;
	sim_task = t ? t->task : NULL;
}

/* From the next step on, until a step has found out that nobody wants that. */
static inline void look_at_each_step(void)
{
	machine.look_at = 0;
	machine.checks_only = false;
}

/* ------------------------------------------------------------- the arena */

#define ARENA_BASE 0x200000000000ul
#define ARENA_SIZE (1ul << 32)
#define SHADOW_SHIFT 6

enum shadow { SHADOW_NONE, SHADOW_LIVE, SHADOW_FREED };

extern uint8_t *sim_shadow;
extern uint8_t *sim_chunk_cache; /* chunk number -> cache number, 0: none */

static inline bool in_arena(const void *p)
{
	return (uintptr_t)p - ARENA_BASE < ARENA_SIZE;
}

struct sim_cache {
	char name[WORLD_NAME_LEN];
	void (*ctor)(void *obj);
	uint32_t size;
	uint32_t stride_shift; /* objects stand 1 << stride_shift apart */
	int kind;
	bool ghost; /* what invariants keep there */
	/* from here on part of the world, changed through the undo log */
	uint64_t next, end; /* unused rest of the last chunk run */
	uint64_t live, made;
	uint64_t free_head, free_tail, nfree; /* quarantine, oldest first */
};

extern struct sim_cache sim_caches[MAX_CACHES];
extern unsigned int sim_ncaches;

/* Aborts the run with LIMIT. */
SIM_COLD void machine_limit(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Leaves the run with the report filled in; on the host it only records. */
SIM_COLD void machine_fail(enum world_verdict v);
/* A touch of memory that is not a live object: CTX. */
SIM_COLD void machine_bad_touch(const void *p, const char *what);

/* The caller checks a word of the model's memory itself (hooks do not see sim). */
static inline void machine_touch(const void *p, const char *what)
{
	uintptr_t off = (uintptr_t)p - ARENA_BASE;

	if (off < ARENA_SIZE && unlikely(sim_shadow[off >> SHADOW_SHIFT] != SHADOW_LIVE))
		machine_bad_touch(p, what);
}

/* ----------------------------------------------------------- other files */

void sched_reset(void);
void sched_leave_to_host(void) __attribute__((noinline));
void sched_set_slow(void);
/* Of the running thread: @fn is run on the host's stack, while the thread waits. */
void sched_on_host(void (*fn)(void));
/* Back to what they were at the checkpoint; one bit each. */
void world_restore_threads(uint32_t mask);
void sched_look(const struct sim_site *site);
bool sched_stop_matches(const struct sim_site *site, const struct sim_lock *lock);
void sched_block_on_lock(struct sim_lock *l, bool shared, const struct sim_site *site);
void cache_reset(void);
void *arena_chunks(size_t bytes, unsigned int cache);
void phys_reset(void);
void phys_init(void);
void phys_checkpoint(void);
void inject_reset(void);
void report_reset(void);
void trace_init(void);
void trace_reset(void);
void trace_record_step(uint32_t tid, const struct sim_site *site);
void trace_note_writes(const struct undo *from, const struct undo *to);
bool trace_last_writer(const void *obj, size_t size, uint64_t *step);
void report_fill(const char *invariant, const void *obj, const struct sim_site *site);
void invariant_init(void);
void invariant_reset(void);
void invariant_end_of_step(void);
void invariant_user_return(unsigned int tid);
void invariant_quiet(void);
/* What the engine itself carries into the next step. */
unsigned int invariant_pending(void);
void invariant_set_pending(unsigned int pending);
void invariant_cache_made(unsigned int cache);
void invariant_object_freed(const struct sim_cache *c, void *obj);
void strategy_reset(void);
extern bool hooks_wanted;
/* Another world, or other settings: whom do the accesses of the model interest? */
void hooks_reset(void);
/* footprint_wanted has changed. */
void hooks_note_reads(void);
/* @end: of what the step itself has written. */
void explore_step(const struct undo *end);
/* The world is at its checkpoint. */
void stamp_reset(void);
/* How many there were so far, and back to so many. */
unsigned int stamp_count(void);
void stamp_go_back(unsigned int n);
/* Nobody is in a call.  False: the steps that are remembered cannot be put closer together. */
bool stamp_close_up(void);
void known_init(void);
void known_forget(void);
void known_note(uint64_t word);
/* Of an address in the arena. */
bool cache_is_ghost(const void *p);
/*
 * All zero again, where it is used: the arena, or what stands beside it at the same distances,
 * for all caches or some.
 */
void arena_clear(uintptr_t base, bool (*wanted)(unsigned int cache));
/* In place, unless it is large. */
void clear_memory(void *p, size_t bytes);
bool cache_is_table(const void *p);
bool phys_is_shadow(const void *p);
/* The words of page contents that were made since the checkpoint. */
uint64_t *phys_new_words(size_t *n);
void crash_init(void);
void lock_check_user_return(const struct thread *t);
const char *lock_class_name(const struct sim_lock *l);

/* ------------------------------------------------------------- the hash */

extern uint64_t *trace_site_hashes;
extern const struct sim_site __start_sim_sites[], __stop_sim_sites[];

/* One multiply and a fold a word: full mixing is left to the end. */
static inline uint64_t trace_mixed(uint64_t hash, uint64_t word)
{
	uint64_t h = (hash ^ word) * 0x9fb21c651e98df25ull;

	return h ^ (h >> 32);
}

static inline void trace_mix(uint64_t word)
{
	machine.hot.hash = trace_mixed(machine.hot.hash, word);
}

static inline uint64_t trace_word(uint32_t tid, const struct sim_site *site)
{
	return trace_site_hashes[site - __start_sim_sites] + tid;
}

static inline void trace_step(uint32_t tid, const struct sim_site *site)
{
	trace_mix(trace_word(tid, site));
}

/*
 * The end of a step of @t, the running thread, where nobody has to look and nobody else can run.
 * False: sched_look() does the rest.
 */
static inline bool point_passed(struct thread *t, const struct sim_site *site)
{
	t->site = site;
	trace_step(machine.hot.cur, site);
	if (unlikely(++machine.hot.step >= machine.look_at))
		return false;
	return likely(!machine.others);
}

struct strategy {
	/* One of 0 .. n - 1; for a thread choice 0 is the running one if it can go on. */
	unsigned int (*choose)(unsigned int n, const char *kind, const struct sim_site *site);
	/* The thread to run next out of @mask; NULL: by choose(). */
	unsigned int (*pick)(uint64_t mask, bool can_stay);
	bool every_point; /* pick() is asked even where one thread alone can run */
};

unsigned int strategy_pick(uint64_t mask, bool can_stay, const struct sim_site *site);
uint64_t strategy_last_draw(void);

/* inject.c: the number of the present question of chance, from 1, since the schedule began. */
uint32_t inject_chance(void);
void inject_forget_chances(void);

#endif
