// SPDX-License-Identifier: GPL-2.0-only
/*
 * phys.c - contents of page frames
 *
 * A frame holds the number of a block of eight words; block 0 is all zeros.  Blocks are
 * never changed once another step could have seen them, so copying a page is copying a
 * number.  A compound page has one number for all its frames (that of its head) and a
 * generation: a frame written since has a number of its own, marked with the generation
 * of the head.  Clearing a 1 GiB page is thus one store, writing one of its words another.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/machine.h"

/* Half of them are shadows: what the DATA invariant expects of the other half. */
#define MAX_FRAMES (2 * SIM_PHYS_SHADOW)
#define MAX_BLOCKS (1ul << 26)
#define BLOCK_BYTES (SIM_PAGE_WORDS * 8)

struct frame {
	uint32_t block;
	uint32_t gen; /* of a head: its generation; of a tail: the head's when written */
};

struct region {
	unsigned long first, n;
	unsigned int order;
};

enum { MAX_REGIONS = 8 };

static struct frame *frames;
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
	blocks = mmap(NULL, MAX_BLOCKS * BLOCK_BYTES, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (frames == MAP_FAILED || blocks == MAP_FAILED)
		abort();
	for (unsigned int i = 0; i < SIM_PAGE_WORDS; i++)
		blocks[STALE_BLOCK * SIM_PAGE_WORDS + i] = STALE_WORD;
}

void phys_reset(void)
{
	madvise(frames, frames_used * sizeof(*frames), MADV_DONTNEED);
	madvise(frames + SIM_PHYS_SHADOW, frames_used * sizeof(*frames), MADV_DONTNEED);
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

/* Head of the compound page that holds a frame: the frame itself for order 0. */
static unsigned long head_of(unsigned long pfn, unsigned int *order)
{
	unsigned long real = pfn & ~SIM_PHYS_SHADOW;
	unsigned int i;

	for (i = 0; i < nregions; i++) {
		const struct region *r = &regions[i];

		if (real - r->first < r->n) {
			*order = r->order;
			return pfn - ((real - r->first) & ((1ul << r->order) - 1));
		}
	}
	machine_limit("page frame %lu does not exist", pfn);
	return 0;
}

static uint32_t block_of(unsigned long pfn)
{
	unsigned int order;
	unsigned long head = head_of(pfn, &order);

	if (pfn == head || frames[pfn].gen != frames[head].gen)
		return frames[head].block;
	return frames[pfn].block;
}

static void set_frame(unsigned long pfn, uint32_t block, uint32_t gen)
{
	undo_word(&frames[pfn]);
	frames[pfn] = (struct frame){ block, gen };
}

/* Gives one frame a block of its own. */
static void set_block(unsigned long pfn, uint32_t block)
{
	unsigned int order;
	unsigned long head = head_of(pfn, &order), i;
	uint32_t old = frames[head].block;

	if (!order) {
		set_frame(pfn, block, 0);
		return;
	}
	if (block_of(pfn) == block)
		return;
	if (pfn != head) {
		set_frame(pfn, block, frames[head].gen);
		return;
	}
	/* The head's number stands for all: those that rely on it get their own first. */
	for (i = 1; i < 1ul << order; i++) {
		if (frames[head + i].gen != frames[head].gen)
			set_frame(head + i, old, frames[head].gen);
	}
	set_frame(head, block, frames[head].gen);
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
	unsigned int order;
	unsigned long i;

	if (head_of(pfn, &order) == pfn && order && nframes == 1ul << order) {
		set_frame(pfn, block, ++machine.hot.frame_gen);
		return;
	}
	for (i = 0; i < nframes; i++)
		set_block(pfn + i, block);
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

/* All frames of the compound page have the head's contents. */
static bool uniform(unsigned long head, unsigned long n)
{
	unsigned long i;

	for (i = 1; i < n; i++) {
		if (frames[head + i].gen == frames[head].gen &&
		    frames[head + i].block != frames[head].block)
			return false;
	}
	return true;
}

void sim_phys_copy(unsigned long dst, unsigned long src, unsigned long nframes)
{
	unsigned int order;
	unsigned long i;

	if (nframes > 1 && head_of(src, &order) == src && nframes == 1ul << order &&
	    uniform(src, nframes)) {
		fill(dst, nframes, block_of(src));
		return;
	}
	for (i = 0; i < nframes; i++)
		set_block(dst + i, block_of(src + i));
}

int sim_phys_differ(unsigned long a, unsigned long b, unsigned long nframes)
{
	unsigned int order;
	unsigned long i;

	if (nframes > 1 && head_of(a, &order) == a && head_of(b, &order) == b &&
	    nframes == 1ul << order && uniform(a, nframes) && uniform(b, nframes))
		nframes = 1;
	for (i = 0; i < nframes; i++) {
		uint32_t x = block_of(a + i), y = block_of(b + i);

		if (x != y && memcmp(block_words(x), block_words(y), BLOCK_BYTES))
			return 1;
	}
	return 0;
}
