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

/* What the loop over the log needs of a cache, close together. */
static struct watch {
	sim_note_fn note;
	uintptr_t inside; /* the bits of an address that say where in the object it is */
	uint64_t words;	  /* of an object: those that note() wants; none if there is no note() */
	char *(*next)(char *obj);
} watches[MAX_CACHES];
static char *(*nexts[MAX_KINDS])(char *obj);
static uint64_t unwanted[MAX_KINDS];

/* A global of the model whose change wakes the checks. */
static uintptr_t global_start;
static size_t global_size;

/* Those functions of the table that there are. */
static void (*step_ends[MAX_KINDS])(void);
static unsigned int nstep_ends;
static void (*user_returns[MAX_KINDS])(unsigned int tid);
static unsigned int nuser_returns;
static void (*quiets[MAX_KINDS])(void);
static unsigned int nquiets;
/* Whether the step_end() functions have anything to look at. */
static bool global_changed;
int sim_checks_awake;

void invariant_init(void)
{
	if (mmap((void *)SEEN_BASE, ARENA_SIZE, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
		 0) == MAP_FAILED)
		abort();
}

void sim_invariants_register(const struct sim_invariant *const *t, unsigned int n)
{
	unsigned int i;

	table = t;
	ntable = n;
	nstep_ends = nuser_returns = nquiets = 0;
	for (i = 0; i < n; i++) {
		if (t[i]->step_end)
			step_ends[nstep_ends++] = t[i]->step_end;
		if (t[i]->user_return)
			user_returns[nuser_returns++] = t[i]->user_return;
		if (t[i]->quiet)
			quiets[nquiets++] = t[i]->quiet;
	}
}

unsigned int world_invariants(const struct sim_invariant *const **t)
{
	*t = table;
	return ntable;
}

static void watch_cache(unsigned int i)
{
	const struct sim_cache *c = &sim_caches[i];

	watches[i] = (struct watch){
		.note = notes[c->kind],
		.inside = (1ul << c->stride_shift) - 1,
		.words = notes[c->kind] ? ~unwanted[c->kind] : 0,
		.next = nexts[c->kind],
	};
}

/* A cache that is made after its kind was watched. */
void invariant_cache_made(unsigned int i)
{
	watch_cache(i);
}

void sim_watch_kind(int kind, sim_note_fn note)
{
	unsigned int i;

	notes[kind] = note;
	for (i = 0; i < sim_ncaches; i++)
		watch_cache(i);
}

void sim_watch_words(int kind, sim_u64 words)
{
	unwanted[kind] = ~words;
	sim_watch_kind(kind, notes[kind]);
}

void sim_watch_next(int kind, char *(*next)(char *obj))
{
	nexts[kind] = next;
	sim_watch_kind(kind, notes[kind]);
}

void sim_watch_global(const void *p, unsigned long n)
{
	global_start = (uintptr_t)p;
	global_size = n;
}

int sim_global_changed(void)
{
	return global_changed;
}

void sim_watch_free(int kind, void (*fn)(void *obj))
{
	freed[kind] = fn;
}

/* Of what nobody watches, nothing was seen. */
static bool is_watched(unsigned int cache)
{
	return watches[cache].words;
}

void invariant_reset(void)
{
	arena_clear(SEEN_BASE, is_watched);
	table = NULL;
	ntable = 0;
	memset(notes, 0, sizeof(notes));
	memset(freed, 0, sizeof(freed));
	memset(nexts, 0, sizeof(nexts));
	memset(unwanted, 0, sizeof(unwanted));
	memset(watches, 0, sizeof(watches));
	nstep_ends = nuser_returns = nquiets = 0;
	global_size = 0;
	sim_checks_awake = global_changed = false;
}

static inline unsigned long *seen_of(const void *word)
{
	return (unsigned long *)((uintptr_t)word - ARENA_BASE + SEEN_BASE);
}

static inline bool is_wanted(const struct watch *w, const void *word)
{
	return w->words >> (((uintptr_t)word & w->inside) / 8 % 64) & 1;
}

static inline void note_word(const struct watch *w, unsigned long *word, unsigned long now)
{
	unsigned long *seen = seen_of(word);
	unsigned long old = *seen;

	if (old == now || !is_wanted(w, word))
		return;
	undo_add(seen, old);
	*seen = now;
	w->note((void *)((uintptr_t)word & ~w->inside), (unsigned long *)word, old, now);
}

/*
 * The model has often written half of the word a moment ago.  A load of all of it would wait
 * until that store has left the processor's buffer; two halves are forwarded from there.
 */
static inline uint64_t just_written(const uint64_t *word)
{
	const volatile uint32_t *half = (const volatile uint32_t *)word;

	return half[0] | (uint64_t)half[1] << 32;
}

/* What most words of the log do not come to. */
static __attribute__((noinline)) void note_changed(const struct watch *w, uint64_t *word)
{
	if (sim_shadow[((uintptr_t)word - ARENA_BASE) >> SHADOW_SHIFT] == SHADOW_LIVE)
		note_word(w, word, *word);
}

static inline void note_logged(uint64_t *word)
{
	uintptr_t off = (uintptr_t)word - ARENA_BASE;
	const struct watch *w;

	if (unlikely(off >= ARENA_SIZE)) {
		if ((uintptr_t)word - global_start < global_size)
			sim_checks_awake = global_changed = true;
		return;
	}
	w = &watches[sim_chunk_cache[off >> CHUNK_SHIFT]];
	if (is_wanted(w, word) && just_written(word) != *seen_of(word))
		note_changed(w, word);
}

static __attribute__((no_sanitize_address)) uint64_t peek(const uint64_t *word)
{
	return *(const volatile uint64_t *)word;
}

/* Nearly all objects are as they were, and this is asked of each after each step. */
static __attribute__((no_sanitize_address, no_sanitize("undefined"))) bool
has_changed(const uint64_t *now, const uint64_t *seen, size_t words)
{
	uint64_t differs = 0;
	size_t i;

	for (i = 0; i < words; i++)
		differs |= now[i] ^ seen[i];
	return differs;
}

static void note_object(const struct watch *w, uint64_t *word, size_t words)
{
	if (!has_changed(word, seen_of(word), words))
		return;
	for (; words--; word++)
		note_word(w, word, peek(word));
}

/* A run of chunks of one cache whose objects are looked at one by one, with gaps. */
static void note_objects(const struct watch *w, char *obj, const char *end, size_t size)
{
	for (; obj < end; obj = w->next(obj))
		note_object(w, (uint64_t *)obj, size / 8);
}

/* Without write hooks the log lacks the model's own writes: look at every watched object. */
static void note_everything(void)
{
	uintptr_t chunk, end = machine.arena_used, after;

	for (chunk = 0; chunk < end; chunk = after) {
		unsigned int cache = sim_chunk_cache[chunk];
		const struct watch *w = &watches[cache];
		char *start = (char *)(ARENA_BASE + (chunk << CHUNK_SHIFT)), *p;

		for (after = chunk + 1; w->next && after < end && sim_chunk_cache[after] == cache;)
			after++;
		if (!w->note)
			continue;
		if (w->next) {
			note_objects(w, start, (char *)(ARENA_BASE + (after << CHUNK_SHIFT)),
				     sim_caches[cache].size);
			continue;
		}
		for (p = start; p < start + CHUNK_SIZE; p += 1 << SHADOW_SHIFT) {
			if (sim_is_live(p))
				note_object(w, (uint64_t *)p, (1 << SHADOW_SHIFT) / 8);
		}
	}
}

/*
 * What the step has written to the object so far must be noted before it goes: a slot that
 * was emptied no longer counts.
 */
void invariant_object_freed(const struct sim_cache *c, void *obj)
{
	const struct watch *w = &watches[c - sim_caches];
	uint64_t *word = obj, *end = (uint64_t *)((char *)obj + c->size);
	const struct undo *u, *log_end = undo_next;

	if (!machine.config.check)
		return;
	for (; !SIM_HAS_UNDO && w->note && word < end; word++)
		note_word(w, word, peek(word));
	for (u = machine.step_log; SIM_HAS_UNDO && w->note && u < log_end; u++) {
		if (u->word >= word && u->word < end)
			note_word(w, u->word, *u->word);
	}
	if (freed[c->kind])
		freed[c->kind](obj);
}

/* They say with sim_check_again() that they wait for something, a lock to be free. */
static void run_step_end(void)
{
	unsigned int i;

	sim_checks_awake = false;
	for (i = 0; i < nstep_ends; i++)
		step_ends[i]();
	global_changed = false;
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
		sim_checks_awake = global_changed = true;
	} else {
		for (u = machine.step_log; u < end; u++)
			note_logged(u->word);
	}
	if (unlikely(sim_checks_awake))
		run_step_end();
	if (unlikely(machine.config.full_check))
		run_full();
}

void invariant_user_return(unsigned int tid)
{
	unsigned int i;

	for (i = 0; i < nuser_returns; i++)
		user_returns[i](tid);
}

unsigned int invariant_pending(void)
{
	return (sim_checks_awake ? 1 : 0) | global_changed << 1;
}

void invariant_set_pending(unsigned int pending)
{
	sim_checks_awake = pending & 1;
	global_changed = pending & 2;
}

void invariant_quiet(void)
{
	unsigned int i;

	for (i = 0; i < nquiets; i++)
		quiets[i]();
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

unsigned int sim_busy_threads(void)
{
	return machine.hot.busy;
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

int sim_thread_may_give_up(unsigned int tid)
{
	const struct thread *t = &machine.hot.thread[tid];

	return t->state == THREAD_LOCKED && t->may_give_up;
}

sim_u64 sim_thread_asleep_since(unsigned int tid)
{
	return machine.hot.thread[tid].parked_at;
}

int sim_cache_info(unsigned int i, const char **name, unsigned long *live)
{
	return world_cache(i, name, live);
}

int sim_checking(void)
{
	return machine.config.check;
}
