// SPDX-License-Identifier: GPL-2.0-only
/*
 * cache.c - the arena and the object caches in it
 *
 * Objects come from runs of 64 KiB chunks, a cache a run, each object at a multiple of a
 * power of two: an address leads to its object by masking.  A freed object goes to the
 * end of its cache's quarantine and is used again only when that has grown long, so that a
 * late touch meets freed memory and not somebody else's object.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/machine.h"

/* Quarantine of a cache, in bytes, before its oldest object is used again. */
#define QUARANTINE (64ul << 20)

/* Giving pages back and getting some of them again costs more than to clear all of so many. */
#define CLEAR_IN_PLACE (4ul << 20)

uint8_t *sim_shadow;
uint8_t *sim_chunk_cache;
struct sim_cache sim_caches[MAX_CACHES];
unsigned int sim_ncaches = 1;

static unsigned int size_class[32]; /* log2 size -> cache, 0: not made yet */

static uint64_t round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) & ~(to - 1);
}

static void shadow_set(const void *p, size_t bytes, enum shadow state)
{
	uint8_t *s = sim_shadow + (((uintptr_t)p - ARENA_BASE) >> SHADOW_SHIFT);
	size_t n = (bytes + (1 << SHADOW_SHIFT) - 1) >> SHADOW_SHIFT;

	undo_fill(s, state, n);
}

void *arena_chunks(size_t bytes, unsigned int cache)
{
	uint32_t n = round_up(bytes, CHUNK_SIZE) >> CHUNK_SHIFT;
	uint32_t first = machine.arena_used;

	if (first + n > NCHUNKS)
		machine_limit("the arena is full (%lu MiB)", ARENA_SIZE >> 20);
	UNDO_SET(machine.arena_used, first + n);
	undo_range(sim_chunk_cache + first, n);
	memset(sim_chunk_cache + first, cache, n);
	return (void *)(ARENA_BASE + ((uintptr_t)first << CHUNK_SHIFT));
}

static struct sim_cache *cache_new(const char *name, size_t size, unsigned int shift, int kind,
				   void (*ctor)(void *))
{
	struct sim_cache *c;

	if (sim_ncaches == MAX_CACHES)
		abort();
	c = &sim_caches[sim_ncaches++];
	memset(c, 0, sizeof(*c));
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->size = size;
	c->stride_shift = shift;
	c->kind = kind;
	c->ctor = ctor;
	invariant_cache_made(sim_ncaches - 1);
	return c;
}

static unsigned int stride_of(size_t size)
{
	unsigned int shift = SHADOW_SHIFT;

	/* A redzone keeps AddressSanitizer's promise between neighbours. */
	if (SIM_ASAN)
		size++;
	while ((1ul << shift) < size)
		shift++;
	return shift;
}

struct sim_cache *sim_cache_create(const char *name, unsigned long size, unsigned long align,
				   int kind, void (*ctor)(void *))
{
	unsigned int shift = stride_of(size > align ? size : align);
	unsigned int i;

	for (i = 1; i < sim_ncaches; i++) {
		if (!strcmp(sim_caches[i].name, name))
			return &sim_caches[i];
	}
	return cache_new(name, size, shift, kind, ctor);
}

static void *take_fresh(struct sim_cache *c)
{
	size_t stride = 1ul << c->stride_shift;
	void *obj;

	if (c->next == c->end) {
		size_t bytes = round_up(stride, CHUNK_SIZE);

		UNDO_SET(c->next, (uintptr_t)arena_chunks(bytes, c - sim_caches));
		UNDO_SET(c->end, c->next + bytes);
		sim_poison((void *)c->next, bytes);
	}
	obj = (void *)c->next;
	UNDO_SET(c->next, c->next + stride);
	UNDO_SET(c->made, c->made + 1);
	return obj;
}

static void *take_oldest_freed(struct sim_cache *c)
{
	uint64_t *obj = (uint64_t *)c->free_head;

	sim_unpoison(obj, c->size);
	UNDO_SET(c->free_head, *obj);
	if (!*obj)
		UNDO_SET(c->free_tail, 0);
	UNDO_SET(c->nfree, c->nfree - 1);
	undo_range(obj, c->size);
	memset(obj, 0, c->size);
	return obj;
}

void *sim_cache_alloc(struct sim_cache *c)
{
	void *obj;

	if (unlikely((c->nfree << c->stride_shift) > QUARANTINE))
		obj = take_oldest_freed(c);
	else
		obj = take_fresh(c);
	sim_unpoison(obj, c->size);
	shadow_set(obj, c->size, SHADOW_LIVE);
	UNDO_SET(c->live, c->live + 1);
	if (c->ctor)
		c->ctor(obj);
	return obj;
}

void sim_cache_free(struct sim_cache *c, void *obj)
{
	uint64_t *word = obj;

	machine_touch(obj, "free of");
	invariant_object_freed(c, obj);
	UNDO_SET(*word, 0);
	if (c->free_tail) {
		uint64_t *tail = (uint64_t *)c->free_tail;

		sim_unpoison(tail, 8);
		UNDO_SET(*tail, (uintptr_t)obj);
		sim_poison(tail, 8);
	} else {
		UNDO_SET(c->free_head, (uintptr_t)obj);
	}
	UNDO_SET(c->free_tail, (uintptr_t)obj);
	UNDO_SET(c->nfree, c->nfree + 1);
	UNDO_SET(c->live, c->live - 1);
	shadow_set(obj, c->size, SHADOW_FREED);
	sim_poison(obj, 1ul << c->stride_shift);
}

unsigned long sim_cache_live(const struct sim_cache *c)
{
	return c->live;
}

void *sim_alloc(unsigned long size)
{
	unsigned int shift = stride_of(size ? size : 1);
	char name[WORLD_NAME_LEN];

	if (shift > CHUNK_SHIFT)
		machine_limit("an allocation of %lu bytes", size);
	if (!size_class[shift]) {
		snprintf(name, sizeof(name), "kmalloc-%lu", 1ul << shift);
		size_class[shift] =
			cache_new(name, (1ul << shift) - SIM_ASAN, shift, 0, NULL) - sim_caches;
	}
	return sim_cache_alloc(&sim_caches[size_class[shift]]);
}

void sim_free(void *obj)
{
	unsigned int c;

	if (!obj)
		return;
	machine_touch(obj, "free of");
	c = sim_chunk_cache[((uintptr_t)obj - ARENA_BASE) >> CHUNK_SHIFT];
	sim_cache_free(&sim_caches[c], obj);
}

void *sim_alloc_boot(unsigned long size, int kind, unsigned long objsize)
{
	char name[WORLD_NAME_LEN];
	struct sim_cache *c;
	void *p;

	snprintf(name, sizeof(name), "boot-%u", sim_ncaches);
	c = cache_new(name, objsize, 0, kind, NULL);
	while ((1ul << c->stride_shift) < objsize)
		c->stride_shift++;
	invariant_cache_made(sim_ncaches - 1);
	p = arena_chunks(size, c - sim_caches);
	c->next = c->end = (uintptr_t)p + size;
	shadow_set(p, size, SHADOW_LIVE);
	return p;
}

void *sim_ghost_alloc(unsigned long n, unsigned long size)
{
	void *p = sim_alloc_boot(n * size, 0, size);

	sim_caches[sim_ncaches - 1].ghost = true;
	return p;
}

bool cache_is_ghost(const void *p)
{
	return sim_caches[sim_chunk_cache[((uintptr_t)p - ARENA_BASE) >> CHUNK_SHIFT]].ghost;
}

/* What says which parts of the arena are in use, and by whom. */
bool cache_is_table(const void *p)
{
	return (uintptr_t)p - (uintptr_t)sim_shadow < ARENA_SIZE >> SHADOW_SHIFT ||
	       (uintptr_t)p - (uintptr_t)sim_chunk_cache < NCHUNKS;
}

/* ------------------------------------------------------------- look-ups */

const char *world_object(const void *addr, int *kind, unsigned long *index)
{
	uintptr_t off = (uintptr_t)addr - ARENA_BASE;
	uintptr_t first;
	const struct sim_cache *c;
	unsigned int n;

	if (off >= ARENA_SIZE)
		return NULL;
	n = sim_chunk_cache[off >> CHUNK_SHIFT];
	if (!n)
		return NULL;
	c = &sim_caches[n];
	*kind = c->kind;
	for (first = off >> CHUNK_SHIFT; first && sim_chunk_cache[first - 1] == n; first--)
		;
	*index = (off - (first << CHUNK_SHIFT)) >> c->stride_shift;
	return c->name;
}

bool world_cache(unsigned int i, const char **name, unsigned long *live)
{
	if (i + 1 >= sim_ncaches)
		return false;
	*name = sim_caches[i + 1].name;
	*live = sim_caches[i + 1].live;
	return true;
}

size_t world_arena_used(void)
{
	return (size_t)machine.arena_used << CHUNK_SHIFT;
}

void machine_bad_touch(const void *p, const char *what)
{
	uintptr_t off = (uintptr_t)p - ARENA_BASE;
	bool freed = sim_shadow[off >> SHADOW_SHIFT] == SHADOW_FREED;
	unsigned long index = 0;
	const char *name;
	int kind = 0;

	name = world_object(p, &kind, &index);
	sim_violation("CTX", p, "%s %s memory: %s #%lu", what, freed ? "freed" : "never allocated",
		      name ? name : "no object", index);
}

void clear_memory(void *p, size_t bytes)
{
	if (bytes <= CLEAR_IN_PLACE)
		memset(p, 0, bytes);
	else
		madvise(p, bytes, MADV_DONTNEED);
}

/* Of the run of chunks that ends there, up to the first object that was never handed out. */
static size_t used_of_run(const struct sim_cache *c, uintptr_t start, uintptr_t end)
{
	return c->next > start && c->next < end ? c->next - start : end - start;
}

void arena_clear(uintptr_t base, bool (*wanted)(unsigned int cache))
{
	uint32_t chunk, after, used = machine.arena_used;

	for (chunk = 0; chunk < used; chunk = after) {
		const struct sim_cache *c = &sim_caches[sim_chunk_cache[chunk]];
		uintptr_t start = (uintptr_t)chunk << CHUNK_SHIFT;

		for (after = chunk + 1; after < used; after++) {
			if (sim_chunk_cache[after] != sim_chunk_cache[chunk])
				break;
		}
		if (!wanted || wanted(sim_chunk_cache[chunk]))
			clear_memory((void *)(base + start),
				     used_of_run(c, ARENA_BASE + start,
						 ARENA_BASE + ((uintptr_t)after << CHUNK_SHIFT)));
	}
}

void cache_reset(void)
{
	size_t used = world_arena_used();
	unsigned int i;

	sim_unpoison((void *)ARENA_BASE, used);
	arena_clear(ARENA_BASE, NULL);
	clear_memory(sim_shadow, (used >> SHADOW_SHIFT) + 4096);
	memset(sim_chunk_cache, 0, machine.arena_used);
	for (i = 0; i < sizeof(size_class) / sizeof(size_class[0]); i++)
		size_class[i] = 0;
	memset(sim_caches, 0, sizeof(sim_caches));
	sim_ncaches = 1;
	machine.arena_used = 0;
}
