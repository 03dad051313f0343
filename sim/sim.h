/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * sim.h - what the simulated machine offers to the software that runs on it.
 *
 * This is the only header of sim/ that the model includes.  It names nothing of
 * libc and nothing of Linux: model objects are built with -nostdinc, and sim
 * knows no kernel.  The machine is a process-wide singleton (the arena stands at
 * a fixed address), so no function here takes a world argument.
 *
 * Everything here may only be called from a simulated thread ("fiber") unless
 * its comment says otherwise.  A function that is a scheduling point says so.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

typedef unsigned char sim_u8;
typedef unsigned short sim_u16;
typedef unsigned int sim_u32;
typedef unsigned long long sim_u64;

/* ------------------------------------------------------------------ sites */

/*
 * One place in the source at which something can happen: a scheduling point, a
 * failure, a BUG_ON.  All sites of the program lie in one linker section, so
 * that `uffdsim points` can list them.  "func:label" is the name of a site in
 * the scenario language; a primitive is a macro for no other reason than to
 * take __func__ from its caller.
 */
struct sim_site {
	const char *func;
	const char *label;
	const char *file;
	long line;
};

#define SIM_SITE(label_)                                                                         \
	({                                                                                       \
		static const struct sim_site sim_site_                                           \
			__attribute__((section("sim_sites"), used,                               \
				       aligned(32))) = { __func__, label_, __FILE__, __LINE__ }; \
		&sim_site_;                                                                      \
	})

/* ------------------------------------------------------ scheduling points */

enum sim_access { SIM_READ, SIM_WRITE };

/*
 * sim_point() - the current thread may lose the processor here.
 * @obj: the object that the code after the point touches (arena or model data)
 * @rw:  how it touches it
 *
 * Ends a step: invariants are checked, the strategy picks who runs next.
 */
void sim_point(const void *obj, enum sim_access rw, const struct sim_site *site);

/* A busy-wait goes round once more: somebody else runs first, if anybody can. */
void sim_spin(const void *obj, const struct sim_site *site);

/*
 * A busy-wait that only others can end goes round once more.  They run first; when all that can
 * run have gone round in vain, the last of them twice, since what the others did before they went
 * to sleep may have been enough, the run stops as if they slept, and a later one goes on here.
 */
void sim_yield(const void *obj, const struct sim_site *site);

/* What is being waited for while a thread is parked; for reports and WAKE. */
void sim_park(const void *obj, const struct sim_site *site);
/* Makes a parked thread runnable; nothing if it is not parked.  No point. */
void sim_unpark(unsigned int tid);

/*
 * A thread enters the kernel (system call or page fault; @name for reports) and leaves it
 * again.  Both are scheduling points; leaving checks what must hold on return to user:
 * no lock held, no reference kept.  They nest: only the outermost pair counts.
 */
void sim_enter_kernel(const char *name, const struct sim_site *site);
void sim_leave_kernel(const struct sim_site *site);

/* The task that the model attached to the running thread (its `current`). */
extern void *sim_task;
extern unsigned int sim_tid;

/* ------------------------------------------------------------------ locks */

enum sim_lock_kind { SIM_SPINLOCK = 1, SIM_MUTEX, SIM_RWSEM, SIM_PAGELOCK };

/* 24 bytes, zero is "never initialised".  Embedded in the model's lock types. */
struct sim_lock {
	sim_u64 waiters; /* threads blocked on it, one bit each */
	sim_u32 ticket;	 /* order of arrival, for the fair rwsem */
	union {
		struct {
			sim_u16 owner; /* thread + 1 that holds it exclusively */
			sim_u16 readers;
		};
		sim_u32 holders; /* both; written as one: the log reads them as one soon after */
	};
	sim_u8 kind;
	sim_u8 class_; /* row of the model's lock table */
	sim_u16 pad;
};

/*
 * One row of the model's lock table.  A thread that holds a lock of rank r may
 * block on locks of a higher rank only; on one of the same class only through
 * the _nested form.  Trylocks may break the order, as in lockdep.
 */
struct sim_lock_class {
	const char *name; /* the field's own name: matched against the argument of *_init() */
	unsigned int rank;
	const char *what;
};

/* Row of the table whose name ends @expr ("&ctx->fd_wqh" -> fd_wqh), 0 if none. */
unsigned int sim_lock_class_of(const char *expr);
void sim_lock_init(struct sim_lock *l, enum sim_lock_kind kind, unsigned int class_);
/* Scheduling points before the acquisition; block until they have it. */
void sim_lock(struct sim_lock *l, const struct sim_site *site);
void sim_lock_nested(struct sim_lock *l, const struct sim_site *site);
void sim_lock_shared(struct sim_lock *l, const struct sim_site *site);
/*
 * As the two above, but a wait can be ended: whenever the thread has been woken without getting
 * the lock, and before it goes to sleep, give_up() is asked.  Returns whether it has the lock.
 */
int sim_lock_unless(struct sim_lock *l, int (*give_up)(void), const struct sim_site *site);
int sim_lock_shared_unless(struct sim_lock *l, int (*give_up)(void), const struct sim_site *site);
/* A thread that waits like that is to ask give_up() again; nothing to any other.  No point. */
void sim_interrupt(unsigned int tid);
int sim_trylock(struct sim_lock *l, const struct sim_site *site);
int sim_trylock_shared(struct sim_lock *l, const struct sim_site *site);
/* Scheduling points after the release. */
void sim_unlock(struct sim_lock *l, const struct sim_site *site);
void sim_unlock_shared(struct sim_lock *l, const struct sim_site *site);
/* Exclusive to shared without letting go; no point. */
void sim_lock_downgrade(struct sim_lock *l);
/* Held in any mode by the running thread / by anybody.  Not points. */
int sim_lock_is_mine(const struct sim_lock *l);
int sim_lock_is_mine_exclusive(const struct sim_lock *l);
int sim_lock_is_held(const struct sim_lock *l);

/* RCU read sections, preemption and interrupts off: sleeping in one is a LOCK violation. */
void sim_atomic_enter(const char *why);
void sim_atomic_leave(const char *why);
/* The caller is about to do what may sleep. */
void sim_might_sleep(const struct sim_site *site);

/* ----------------------------------------------------------------- memory */

struct sim_cache;

/*
 * sim_cache_create() - a class of objects in the arena.  Host or thread.
 * @kind: the model's number for this type, given to its invariants (0: none)
 * @ctor: run on every allocated object, or NULL
 */
struct sim_cache *sim_cache_create(const char *name, unsigned long size, unsigned long align,
				   int kind, void (*ctor)(void *));
/* Zeroed unless it has a constructor.  Not a point, does not fail (limits end the run). */
void *sim_cache_alloc(struct sim_cache *c);
void sim_cache_free(struct sim_cache *c, void *obj);
/* Objects of any size in power-of-two caches; the free one finds the cache by address. */
void *sim_alloc(unsigned long size);
void sim_free(void *obj);
/* One never-freed zeroed block, at a 64 KiB boundary: mem_map, hash tables.  Host only. */
void *sim_alloc_boot(unsigned long size, int kind, unsigned long objsize);
/* Live objects of a cache: for LEAK. */
unsigned long sim_cache_live(const struct sim_cache *c);
/* Plain memory functions that keep the undo log whole. */
void *sim_memset(void *p, int c, unsigned long n);
void *sim_memcpy(void *d, const void *s, unsigned long n);

/* -------------------------------------------------- contents of page frames */

/*
 * A 4 KiB frame holds SIM_PAGE_WORDS 64-bit words; the word at byte offset o is
 * o / SIM_WORD_STRIDE.  Contents are immutable blocks shared until written.
 * The kernel-virtual address of a frame is a handle: only these functions and
 * the model's copy functions understand it, touching it directly is a crash.
 */
#define SIM_PAGE_WORDS 8UL
#define SIM_WORD_STRIDE 512UL
#define SIM_KMAP_BASE 0x300000000000UL

static inline void *sim_kmap(unsigned long pfn)
{
	return (void *)(SIM_KMAP_BASE + (pfn << 12));
}

static inline int sim_is_kmap(const void *addr)
{
	return ((unsigned long)addr >> 44) == (SIM_KMAP_BASE >> 44);
}

static inline unsigned long sim_kmap_pfn(const void *addr)
{
	return ((unsigned long)addr - SIM_KMAP_BASE) >> 12;
}

/*
 * Beside each frame stands a shadow of it, which no page table reaches: an invariant keeps
 * there what the frame should hold.
 */
#define SIM_PHYS_SHADOW (1ul << 25)

/* Frames [pfn, pfn + n) are runs of compound pages of 1 << order frames.  Host only. */
void sim_phys_region(unsigned long pfn, unsigned long nframes, unsigned int order);
sim_u64 sim_phys_read(unsigned long pfn, unsigned int word);
void sim_phys_write(unsigned long pfn, unsigned int word, sim_u64 value);
/* Whole compound pages too, when pfn is the head of one: @nframes 1, 512 or 262144. */
void sim_phys_clear(unsigned long pfn, unsigned long nframes);
/* Contents left over from who knows what: no program may come to see them. */
void sim_phys_stale(unsigned long pfn, unsigned long nframes);
/* Words [first, first + n) of one frame. */
void sim_phys_copy_words(unsigned long dst, unsigned long src, unsigned int first, unsigned int n);
/* Frame by frame, sharing the contents. */
void sim_phys_copy(unsigned long dst, unsigned long src, unsigned long nframes);
/* Of frames that need not stand side by side, and are none of the @n at @dst. */
void sim_phys_gather(unsigned long dst, const unsigned long *src, unsigned long n);
/* Whether any word of @nframes frames differs. */
int sim_phys_differ(unsigned long a, unsigned long b, unsigned long nframes);

/* ---------------------------------------------------- caches of translations */

/*
 * Each thread has one, as a processor of its own.  What an entry says is the model's affair: a
 * value that is not 0 for an address space, not 0 either, and an address in it.  Pages are of
 * 1 << 12, 1 << 21 or 1 << 30 bytes.
 */
enum { SIM_TLB_ENTRIES = 22 };

struct sim_tlb_entry {
	unsigned long key, value; /* both 0: none */
};

struct sim_tlb {
	struct sim_tlb_entry entry[SIM_TLB_ENTRIES];
	unsigned long live; /* one bit each */
	unsigned long pad[19];
};

/* Host only, once.  @kind: of the objects, for the invariants. */
void sim_tlb_boot(int kind);
/* In the running thread's: the value, and the page's size; 0: none.  Not a point. */
sim_u64 sim_tlb_lookup(unsigned int asid, unsigned long addr, unsigned int *shift);
/* Into the running thread's; drives out what stands in that place.  Not a point. */
void sim_tlb_fill(unsigned int asid, unsigned long addr, unsigned int shift, sim_u64 value);
/* What the entries of a page table that map small pages mean. */
struct sim_tlb_format {
	unsigned long usable; /* bits that an entry has if it can be used as it stands */
	unsigned long kept;   /* those of a value */
	unsigned long frame;  /* those of a value that hold the frame's address */
};
/*
 * As sim_tlb_lookup() for up to @n small pages from @addr on, which lie in the same 2 MiB, and, for
 * each that is not there, sim_tlb_fill() of what its entry, from @entries on, says.  Stops where
 * that is not usable, or a larger page is there.  Returns how many of @frames it has filled in.
 * Not a point.
 */
unsigned long sim_tlb_read_ahead(unsigned int asid, unsigned long addr, unsigned long n,
				 const unsigned long *entries, const struct sim_tlb_format *format,
				 unsigned long *frames);
/* Out of the running thread's: what it has for an address, or all.  Not points. */
void sim_tlb_drop(unsigned int asid, unsigned long addr);
void sim_tlb_drop_all(void);
/* Out of everybody's.  A scheduling point before each thread that has any of it. */
void sim_tlb_flush(unsigned int asid, unsigned long start, unsigned long end,
		   const struct sim_site *site);
/* To look at: a thread's cache, and the address that an entry of it is for. */
const struct sim_tlb *sim_tlb_of(unsigned int tid);
unsigned long sim_tlb_address(const struct sim_tlb *tlb, unsigned int slot, unsigned int *asid,
			      unsigned int *shift);

/* ------------------------------------------------------ failure injection */

/*
 * sim_should_fail() - whether the failure site fires now.  The site's label is the
 * name of the failpoint ("page_alloc", "copy_atomic"); a scenario names it alone
 * or as "func:label".  Not a point.
 */
int sim_should_fail(const struct sim_site *site);

/* -------------------------------------------------------- trace, reports */

/*
 * A line of the trace, with up to four numbers, formatted only when somebody reads
 * it: @fmt is a literal; %lx takes a number; %p an address that the tool may know a
 * name for; %s a literal string.
 */
void sim_trace(const char *fmt, unsigned long a, unsigned long b, unsigned long c, unsigned long d);

/* What is called on no good way: its place is away from the code of the others. */
#define SIM_COLD __attribute__((cold))

/* The run ends here with a report; they return to nobody. */
SIM_COLD void sim_bug(const struct sim_site *site, const char *cond);
/* WARN_ON: same as BUG unless the scenario tolerates WARN. */
SIM_COLD void sim_warn(const struct sim_site *site, const char *cond);
/* An invariant of that name does not hold.  @obj: what it is about, or NULL. */
SIM_COLD void sim_violation(const char *invariant, const void *obj, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* ------------------------------------------------------------------- undo */

/* The words that hold [p, p + n) are about to be written behind the compiler's back. */
void sim_undo_note(void *p, unsigned long n);

/* --------------------------------------------------------- random choices */

/* One of 0 .. n - 1, chosen by the strategy: the only source of chance. */
unsigned int sim_choose(unsigned int n, const char *kind, const struct sim_site *site);

#endif
