// SPDX-License-Identifier: GPL-2.0-only
/* states.c - the states that a search has seen; see states.h */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/machine.h"
#include "sim/states.h"

/*
 * Each look is at another place, so it costs what it costs to come there: the fewer pages the
 * better.  Who is alone moves to a table of twice the size when half of it is used.  A shared one
 * stays where it is.  When it is full, new states go into a larger one beside it, and from then on
 * both are looked at.  Who comes too late puts a state into the full one: then it may be there
 * twice, and is tried twice.
 */
struct part {
	struct seen *slots;
	uint64_t size; /* a power of two */
};

enum {
	MAX_PARTS = 4,
	SMALLEST = 1 << 10,
	SMALL = 1 << 12, /* of which who is alone has one at hand */
	FIRST = 1 << 20, /* of a shared table */
	TIMES = 4,	 /* the part before */
	AT_A_TIME = 64,	 /* new states are told to the others */
	LONG_SEARCH = 8192,
};

/* What the processes tell each other. */
struct common {
	unsigned int full; /* parts */
	uint64_t used[MAX_PARTS];
};

static struct part part[MAX_PARTS];
static unsigned int nparts;
static uint64_t most; /* slots that a table which grows may come to have */
static struct common *common, common_of_one;
static bool is_alone;
static unsigned int seen_full; /* parts, when this process looked last */
static unsigned int untold;    /* new states in the present part */
static uint64_t found_here;    /* new states in all */
static void (*has_moved)(void);

static struct seen small[SMALL];

static void *map_memory(size_t bytes, bool alone)
{
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		       (alone ? MAP_PRIVATE : MAP_SHARED) | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		abort();
	return p;
}

static struct seen *map_slots(uint64_t n, bool alone)
{
	struct seen *slots = map_memory(n * sizeof(*slots), alone);

	madvise(slots, n * sizeof(*slots), MADV_HUGEPAGE);
	return slots;
}

static void unmap_part(const struct part *p)
{
	if (p->slots && p->slots != small)
		munmap(p->slots, p->size * sizeof(*p->slots));
}

static void new_alone(void)
{
	nparts = 1;
	common_of_one = (struct common){ 0 };
	common = &common_of_one;
	memset(small, 0, sizeof(small));
	part[0] = (struct part){ small, SMALL < most ? SMALL : most };
}

static void new_shared(void)
{
	uint64_t size = FIRST;

	common = map_memory(sizeof(*common), false);
	for (nparts = 0; nparts < MAX_PARTS; nparts++, size *= TIMES) {
		/* One that is larger than the one before it; the last has room for all. */
		if (size > most || nparts == MAX_PARTS - 1)
			size = most;
		if (nparts && size <= part[nparts - 1].size)
			break;
		part[nparts] = (struct part){ map_slots(size, false), size };
	}
}

void states_new(uint64_t max, bool alone, void (*moved)(void))
{
	for (most = SMALLEST; most < max; most *= 2)
		;
	is_alone = alone;
	has_moved = moved;
	untold = 0;
	found_here = 0;
	seen_full = 0;
	if (alone)
		new_alone();
	else
		new_shared();
}

void states_free(void)
{
	unsigned int i;

	for (i = 0; i < nparts; i++)
		unmap_part(&part[i]);
	if (!is_alone && nparts)
		munmap(common, sizeof(*common));
	nparts = 0;
}

static inline uint64_t place(const struct part *p, uint64_t key)
{
	return key >> 8 & (p->size - 1);
}

/* The slot of a state that is there, or the free one at which a look for it ends. */
static struct seen *slot_of(const struct part *p, uint64_t key)
{
	uint64_t i = place(p, key), found;

	for (;; i = (i + 1) & (p->size - 1)) {
		found = __atomic_load_n(&p->slots[i].key, __ATOMIC_ACQUIRE);
		if (!found || found == key)
			return &p->slots[i];
	}
}

static void grow(void)
{
	struct part old = part[0];
	uint64_t i;

	part[0].size = 2 * old.size;
	part[0].slots = map_slots(part[0].size, true);
	for (i = 0; i < old.size; i++) {
		if (old.slots[i].key)
			*slot_of(&part[0], old.slots[i].key) = old.slots[i];
	}
	has_moved();
	unmap_part(&old);
}

/* All of it will be touched, and to do that at one go is less work than page by page. */
static void touch(const struct part *p)
{
#ifdef MADV_POPULATE_WRITE
	madvise(p->slots, p->size * sizeof(*p->slots), MADV_POPULATE_WRITE);
#else
	(void)p;
#endif
}

/* How many parts take no more. */
static unsigned int full_parts(void)
{
	unsigned int full = __atomic_load_n(&common->full, __ATOMIC_ACQUIRE);

	if (unlikely(full != seen_full)) {
		seen_full = full;
		untold = 0;
		if (full < nparts)
			touch(&part[full]);
	}
	return full;
}

static bool is_full(const struct part *p, uint64_t used)
{
	return used >= p->size / 4 * 3;
}

/* One more in that part, which is the first that is not full. */
static void count_new(unsigned int n)
{
	const struct part *p = &part[n];
	uint64_t used;

	if (unlikely(++found_here == LONG_SEARCH) && !is_alone)
		touch(p);
	/* In a small one each counts. */
	if (++untold < AT_A_TIME && p->size >= FIRST)
		return;
	used = __atomic_add_fetch(&common->used[n], untold, __ATOMIC_ACQ_REL);
	untold = 0;
	if (is_full(p, used) && !(is_alone && p->size < most))
		__atomic_compare_exchange_n(&common->full, &n, n + 1, false, __ATOMIC_ACQ_REL,
					    __ATOMIC_ACQUIRE);
}

static struct seen *find_or_add(unsigned int n, uint64_t key, bool *is_new)
{
	struct seen *s;
	uint64_t found;

	do {
		s = slot_of(&part[n], key);
		found = __atomic_load_n(&s->key, __ATOMIC_ACQUIRE);
		*is_new = !found && __atomic_compare_exchange_n(&s->key, &found, key, false,
								__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
	} while (!*is_new && found != key); /* somebody was faster, with another one */
	if (*is_new)
		count_new(n);
	return s;
}

struct seen *states_find(uint64_t key, bool *is_new)
{
	unsigned int i, full = full_parts();

	if (is_alone && part[0].size < most && found_here >= part[0].size / 2)
		grow();
	*is_new = false;
	for (i = 0; i < full; i++) {
		struct seen *s = slot_of(&part[i], key);

		if (s->key == key)
			return s;
	}
	return full == nparts ? NULL : find_or_add(full, key, is_new);
}

struct seen *states_again(uint64_t key)
{
	return slot_of(&part[0], key);
}

void states_expect(uint64_t key)
{
	unsigned int i;

	for (i = 0; i < nparts && i <= seen_full; i++)
		__builtin_prefetch(&part[i].slots[place(&part[i], key)]);
}
