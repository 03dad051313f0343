// SPDX-License-Identifier: GPL-2.0-only
/* invariant.c - runs the model's invariants over what each step wrote */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/machine.h"

enum { MAX_KINDS = 64 };

/* Where the last seen value of an arena word stands: at the same distance from its base. */
#define SEEN_BASE 0x210000000000ul

static const struct sim_invariant *const *table;
static unsigned int ntable;
static sim_note_fn notes[MAX_KINDS];
static void (*freed[MAX_KINDS])(void *obj);

void invariant_init(void)
{
	if (mmap((void *)SEEN_BASE, ARENA_SIZE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
		 0) == MAP_FAILED)
		abort();
}

void sim_invariants_register(const struct sim_invariant *const *t, unsigned int n)
{
	table = t;
	ntable = n;
}

unsigned int world_invariants(const struct sim_invariant *const **t)
{
	*t = table;
	return ntable;
}

void sim_watch_kind(int kind, sim_note_fn note)
{
	notes[kind] = note;
}

void sim_watch_free(int kind, void (*fn)(void *obj))
{
	freed[kind] = fn;
}

void invariant_reset(void)
{
	table = NULL;
	ntable = 0;
	memset(notes, 0, sizeof(notes));
	memset(freed, 0, sizeof(freed));
	madvise((void *)SEEN_BASE, world_arena_used(), MADV_DONTNEED);
}

static inline void note_word(sim_note_fn note, void *obj, uint64_t *word, uint64_t now)
{
	uint64_t *seen = (uint64_t *)((uintptr_t)word - ARENA_BASE + SEEN_BASE);
	uint64_t old = *seen;

	if (old == now)
		return;
	UNDO_SET(*seen, now);
	note(obj, (unsigned long *)word, old, now);
}

static inline void *object_of(const struct sim_cache *c, const uint64_t *word)
{
	return (void *)((uintptr_t)word & ~((1ul << c->stride_shift) - 1));
}

static inline void note_logged(uint64_t *word)
{
	uintptr_t off = (uintptr_t)word - ARENA_BASE;
	const struct sim_cache *c;

	if (off >= ARENA_SIZE)
		return;
	c = &sim_caches[sim_chunk_cache[off >> CHUNK_SHIFT]];
	if (notes[c->kind] && sim_shadow[off >> SHADOW_SHIFT] == SHADOW_LIVE)
		note_word(notes[c->kind], object_of(c, word), word, *word);
}

static __attribute__((no_sanitize_address)) uint64_t peek(const uint64_t *word)
{
	return *(const volatile uint64_t *)word;
}

/* Without write hooks the log lacks the model's own writes: look at every watched object. */
static void note_everything(void)
{
	uintptr_t off, end = (uintptr_t)machine.arena_used << CHUNK_SHIFT;

	for (off = 0; off < end; off += 8) {
		const struct sim_cache *c = &sim_caches[sim_chunk_cache[off >> CHUNK_SHIFT]];
		uint64_t *word = (uint64_t *)(ARENA_BASE + off);

		if (!notes[c->kind]) {
			off |= CHUNK_SIZE - 8;
			continue;
		}
		if (sim_shadow[off >> SHADOW_SHIFT] == SHADOW_LIVE)
			note_word(notes[c->kind], object_of(c, word), word, peek(word));
	}
}

void invariant_object_freed(const struct sim_cache *c, void *obj)
{
	if (machine.config.check && freed[c->kind])
		freed[c->kind](obj);
}

static void run_step_end(void)
{
	unsigned int i;

	for (i = 0; i < ntable; i++) {
		if (table[i]->step_end)
			table[i]->step_end();
	}
}

static void run_full(void)
{
	unsigned int i;

	for (i = 0; i < ntable; i++) {
		if (table[i]->full)
			table[i]->full();
	}
}

void invariant_end_of_step(void)
{
	const struct undo *u, *end = undo_next;

	if (!SIM_HAS_UNDO) {
		note_everything();
	} else {
		for (u = machine.step_log; u < end; u++)
			note_logged(u->word);
	}
	run_step_end();
	if (unlikely(machine.config.full_check))
		run_full();
}

void invariant_user_return(unsigned int tid)
{
	unsigned int i;

	for (i = 0; i < ntable; i++) {
		if (table[i]->user_return)
			table[i]->user_return(tid);
	}
}

void invariant_quiet(void)
{
	unsigned int i;

	for (i = 0; i < ntable; i++) {
		if (table[i]->quiet)
			table[i]->quiet();
	}
}

void world_end(void)
{
	unsigned int i;

	for (i = 0; i < ntable; i++) {
		if (table[i]->world_end)
			table[i]->world_end();
	}
}

int sim_thread_state(unsigned int tid, const void **wait_obj)
{
	const struct thread *t = &machine.hot.thread[tid];

	*wait_obj = t->wait_obj;
	return t->state;
}

unsigned int sim_nthreads(void)
{
	return machine.hot.nthreads;
}

void *sim_thread_task(unsigned int tid)
{
	return machine.hot.thread[tid].task;
}

int sim_is_live(const void *p)
{
	return in_arena(p) &&
	       sim_shadow[((uintptr_t)p - ARENA_BASE) >> SHADOW_SHIFT] == SHADOW_LIVE;
}

const char *sim_thread_sleeps_in(unsigned int tid)
{
	const struct thread *t = &machine.hot.thread[tid];

	return t->state == THREAD_PARKED ? t->wait_site->func : "";
}

sim_u64 sim_thread_asleep_since(unsigned int tid)
{
	return machine.hot.thread[tid].parked_at;
}

int sim_cache_info(unsigned int i, const char **name, unsigned long *live)
{
	return world_cache(i, name, live);
}
