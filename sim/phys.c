// SPDX-License-Identifier: GPL-2.0-only
/*
 * phys.c - contents of page frames
 *
 * A frame holds the number of a block of eight words; block 0 is all zeros.  Blocks are
 * never changed once another step could have seen them, so copying a page is copying a
 * number.  Each half of a compound page has one number for all its frames and a generation:
 * a frame written since has a number of its own, marked with the generation of its half.  The
 * first of these stands with the half: mostly there is no other.
 * Clearing a 1 GiB page is thus two stores, writing one of its words another, and copying
 * one costs what was written to it, not what it holds.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/footprint.h"
#include "sim/machine.h"

/* Half of them are shadows: what the DATA invariant expects of the other half. */
#define MAX_FRAMES (2 * SIM_PHYS_SHADOW)
#define MAX_BLOCKS (1ul << 26)
#define BLOCK_BYTES (SIM_PAGE_WORDS * 8)

struct frame {
	uint32_t block;
	uint32_t gen; /* of a compound page: that of its half when this frame was written */
};

struct half {
	uint32_t block, gen;
	uint32_t own_first, own_end; /* frames that may have a number of their own */
	/* One of them, plus 1, and its number: the first, so that it need not touch its frame. */
	uint32_t one, one_block;
};

/* Halves begin at multiples of the smallest of them. */
#define HALF_SHIFT 8

struct region {
	unsigned long first, n;
	unsigned int order;
};

enum { MAX_REGIONS = 8 };

static struct frame *frames;
static struct half *halves;
static uint64_t *blocks;
static struct region regions[MAX_REGIONS];
static unsigned int nregions;
static unsigned long frames_used;

/* What nobody has cleared or filled yet. */
enum { ZERO_BLOCK, STALE_BLOCK, FIRST_BLOCK };
#define STALE_WORD 0x57a1e57a1e57a1eull

void phys_init(void)
{
	frames = mmap(NULL, MAX_FRAMES * sizeof(*frames), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	halves = mmap(NULL, (MAX_FRAMES >> HALF_SHIFT) * sizeof(*halves), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	blocks = mmap(NULL, MAX_BLOCKS * BLOCK_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (frames == MAP_FAILED || halves == MAP_FAILED || blocks == MAP_FAILED)
		abort();
	for (unsigned int i = 0; i < SIM_PAGE_WORDS; i++)
		blocks[STALE_BLOCK * SIM_PAGE_WORDS + i] = STALE_WORD;
}

static void reset_from(unsigned long pfn)
{
	clear_memory(frames + pfn, frames_used * sizeof(*frames));
	clear_memory(halves + (pfn >> HALF_SHIFT), (frames_used >> HALF_SHIFT) * sizeof(*halves));
}

void phys_reset(void)
{
	reset_from(0);
	reset_from(SIM_PHYS_SHADOW);
	nregions = 0;
	frames_used = 0;
	machine.hot.block_next = FIRST_BLOCK;
	machine.hot.frame_gen = 1;
}

void sim_phys_region(unsigned long pfn, unsigned long nframes, unsigned int order)
{
	if (nregions == MAX_REGIONS || pfn + nframes > SIM_PHYS_SHADOW) {
		machine_limit("%lu page frames", pfn + nframes);
		return;
	}
	regions[nregions++] = (struct region){ pfn, nframes, order };
	if (pfn + nframes > frames_used)
		frames_used = pfn + nframes;
}

static bool in_region(const struct region *r, unsigned long pfn)
{
	return (pfn & ~SIM_PHYS_SHADOW) - r->first < r->n;
}

static const struct region *region_of(unsigned long pfn)
{
	static const struct region none;
	unsigned int i;

	for (i = 0; i < nregions; i++) {
		if (in_region(&regions[i], pfn))
			return &regions[i];
	}
	machine_limit("page frame %lu does not exist", pfn);
	return &none;
}

/* Order of the compound page that holds a frame. */
static unsigned int order_of(unsigned long pfn)
{
	return region_of(pfn)->order;
}

/* Frames of half a compound page of that order. */
static unsigned long half_size(unsigned int order)
{
	return 1ul << (order - 1);
}

/* The half that a frame belongs to, and which of its frames that is. */
static struct half *half_of(unsigned long pfn, unsigned int order, uint32_t *index)
{
	*index = pfn & (half_size(order) - 1);
	return &halves[(pfn - *index) >> HALF_SHIFT];
}

bool phys_is_shadow(const void *p)
{
	return (uintptr_t)p - (uintptr_t)&frames[SIM_PHYS_SHADOW] <
		       SIM_PHYS_SHADOW * sizeof(*frames) ||
	       (uintptr_t)p - (uintptr_t)&halves[SIM_PHYS_SHADOW >> HALF_SHIFT] <
		       (SIM_PHYS_SHADOW >> HALF_SHIFT) * sizeof(*halves);
}

static inline uint32_t block_in(const struct region *r, unsigned long pfn)
{
	const struct half *h;
	uint32_t index;

	if (unlikely(footprint_wanted) && !(pfn & SIM_PHYS_SHADOW))
		footprint_add(&frames[pfn], false);
	if (!r->order)
		return frames[pfn].block;
	h = half_of(pfn, r->order, &index);
	if (unlikely(footprint_wanted) && !(pfn & SIM_PHYS_SHADOW))
		footprint_add(h, false);
	if (index + 1 == h->one)
		return h->one_block;
	if (index < h->own_first || index >= h->own_end)
		return h->block;
	return frames[pfn].gen == h->gen ? frames[pfn].block : h->block;
}

static uint32_t block_of(unsigned long pfn)
{
	return block_in(region_of(pfn), pfn);
}

static void set_frame(unsigned long pfn, uint32_t block, uint32_t gen)
{
	undo_word(&frames[pfn]);
	frames[pfn] = (struct frame){ block, gen };
}

static void set_half(struct half *h, uint32_t block)
{
	undo_word(h);
	undo_word(&h->own_first);
	undo_word(&h->one);
	*h = (struct half){ .block = block, .gen = ++machine.hot.frame_gen };
}

static void add_own(struct half *h, uint32_t index)
{
	if (h->own_end && index >= h->own_first && index < h->own_end)
		return;
	undo_word(&h->own_first);
	if (!h->own_end || index < h->own_first)
		h->own_first = index;
	if (index >= h->own_end)
		h->own_end = index + 1;
}

static void set_one(struct half *h, unsigned long pfn, uint32_t index, uint32_t block)
{
	/* Who looks at the frame has noted that. */
	if (!(pfn & SIM_PHYS_SHADOW))
		footprint_note(&frames[pfn], true);
	undo_word(&h->one);
	h->one = index + 1;
	h->one_block = block;
}

/* Gives one frame a block of its own. */
static void set_block(unsigned long pfn, uint32_t block)
{
	unsigned int order = order_of(pfn);
	struct half *h;
	uint32_t index;

	if (!order) {
		set_frame(pfn, block, 0);
		return;
	}
	if (block_of(pfn) == block)
		return;
	h = half_of(pfn, order, &index);
	if (!h->own_end || h->one == index + 1)
		set_one(h, pfn, index, block);
	else
		set_frame(pfn, block, h->gen);
	add_own(h, index);
}

/* A frame from which a whole half is within the next @n frames: that half, or NULL. */
static struct half *whole_half(unsigned long pfn, unsigned long n, unsigned int order)
{
	struct half *h;
	uint32_t index;

	if (!order || n < half_size(order))
		return NULL;
	h = half_of(pfn, order, &index);
	return index ? NULL : h;
}

static uint64_t *block_words(uint32_t block)
{
	return blocks + (size_t)block * SIM_PAGE_WORDS;
}

static uint32_t new_block(uint32_t like)
{
	uint32_t b = machine.hot.block_next;

	if (b == MAX_BLOCKS)
		machine_limit("more than %lu distinct page contents", MAX_BLOCKS);
	machine.hot.block_next = b + 1;
	if (like)
		memcpy(block_words(b), block_words(like), BLOCK_BYTES);
	else
		memset(block_words(b), 0, BLOCK_BYTES);
	return b;
}

static uint32_t blocks_at_checkpoint;

void phys_checkpoint(void)
{
	blocks_at_checkpoint = machine.hot.block_next;
}

uint64_t *phys_new_words(size_t *n)
{
	uint64_t *w = block_words(blocks_at_checkpoint);

	*n = (uint64_t *)block_words(machine.hot.block_next) - w;
	return w;
}

sim_u64 sim_phys_read(unsigned long pfn, unsigned int word)
{
	return block_words(block_of(pfn))[word];
}

void sim_phys_write(unsigned long pfn, unsigned int word, sim_u64 value)
{
	uint32_t old = block_of(pfn), b;

	if (block_words(old)[word] == value)
		return;
	b = new_block(old);
	block_words(b)[word] = value;
	set_block(pfn, b);
}

static void fill(unsigned long pfn, unsigned long nframes, uint32_t block)
{
	unsigned int order = order_of(pfn);
	unsigned long end = pfn + nframes;

	while (pfn < end) {
		struct half *h = whole_half(pfn, end - pfn, order);

		if (h)
			set_half(h, block);
		else
			set_block(pfn, block);
		pfn += h ? half_size(order) : 1;
	}
}

void sim_phys_clear(unsigned long pfn, unsigned long nframes)
{
	fill(pfn, nframes, 0);
}

void sim_phys_stale(unsigned long pfn, unsigned long nframes)
{
	fill(pfn, nframes, STALE_BLOCK);
}

void sim_phys_copy_words(unsigned long dst, unsigned long src, unsigned int first, unsigned int n)
{
	uint32_t from = block_of(src), to = block_of(dst), b;

	if (from == to)
		return;
	if (first == 0 && n == SIM_PAGE_WORDS) {
		set_block(dst, from);
		return;
	}
	b = new_block(to);
	memcpy(block_words(b) + first, block_words(from) + first, n * 8);
	/* The last part of a copy: share the source again instead of keeping a twin. */
	if (!memcmp(block_words(b), block_words(from), BLOCK_BYTES)) {
		machine.hot.block_next = b;
		b = from;
	}
	set_block(dst, b);
}

/* All that tells what a frame of it holds: a store to any of them comes before this, or behind it.
 */
static void note_half(const struct half *h, unsigned long pfn)
{
	if (likely(!footprint_wanted) || (pfn & SIM_PHYS_SHADOW))
		return;
	footprint_range(h, sizeof(*h));
	footprint_range(&frames[pfn + h->own_first],
			(h->own_end - h->own_first) * sizeof(struct frame));
}

static void copy_half(struct half *to, unsigned long dst, const struct half *from,
		      unsigned long src)
{
	uint32_t i;

	note_half(from, src);
	set_half(to, from->block);
	for (i = from->own_first; i < from->own_end; i++) {
		if (i + 1 == from->one)
			set_block(dst + i, from->one_block);
		else if (frames[src + i].gen == from->gen)
			set_block(dst + i, frames[src + i].block);
	}
}

void sim_phys_copy(unsigned long dst, unsigned long src, unsigned long nframes)
{
	unsigned int order = order_of(dst), from_order = order_of(src);

	while (nframes) {
		struct half *to = whole_half(dst, nframes, order);
		const struct half *from = whole_half(src, nframes, from_order);
		unsigned long done = 1;

		if (to && from && order == from_order) {
			copy_half(to, dst, from, src);
			done = half_size(order);
		} else {
			set_block(dst, block_of(src));
		}
		dst += done;
		src += done;
		nframes -= done;
	}
}

void sim_phys_gather(unsigned long dst, const unsigned long *src, unsigned long n)
{
	const struct region *from = region_of(src[n - 1]);
	uint32_t last = block_in(from, src[n - 1]);
	unsigned int order = order_of(dst);
	struct half *h = whole_half(dst, n, order);
	bool whole = h && n == half_size(order);
	unsigned long i;

	/* A page that holds little is mostly what its end is: zeros. */
	if (whole)
		set_half(h, last);
	for (i = 0; i < n; i++) {
		uint32_t block;

		if (unlikely(!in_region(from, src[i])))
			from = region_of(src[i]);
		block = block_in(from, src[i]);
		if (!whole || block != last)
			set_block(dst + i, block);
	}
}

static bool blocks_differ(uint32_t a, uint32_t b)
{
	return a != b && memcmp(block_words(a), block_words(b), BLOCK_BYTES);
}

static int frames_differ(unsigned long a, unsigned long b, unsigned long n)
{
	unsigned long i;

	for (i = 0; i < n; i++) {
		if (blocks_differ(block_of(a + i), block_of(b + i)))
			return 1;
	}
	return 0;
}

/* Only frames with numbers of their own may differ when the halves' numbers do not. */
static int halves_differ(const struct half *x, unsigned long a, const struct half *y,
			 unsigned long b, unsigned long n)
{
	if (blocks_differ(x->block, y->block))
		return frames_differ(a, b, n);
	return frames_differ(a + x->own_first, b + x->own_first, x->own_end - x->own_first) ||
	       frames_differ(a + y->own_first, b + y->own_first, y->own_end - y->own_first);
}

int sim_phys_differ(unsigned long a, unsigned long b, unsigned long nframes)
{
	unsigned int order = order_of(a);
	unsigned long half = order ? half_size(order) : 1, i;

	if (order_of(b) != order)
		return frames_differ(a, b, nframes);
	for (i = 0; i < nframes; i += half) {
		const struct half *x = whole_half(a + i, nframes - i, order);
		const struct half *y = whole_half(b + i, nframes - i, order);

		if (!x || !y)
			return frames_differ(a + i, b + i, nframes - i);
		if (halves_differ(x, a + i, y, b + i, half))
			return 1;
	}
	return 0;
}
