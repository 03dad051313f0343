// SPDX-License-Identifier: GPL-2.0-only
/*
 * tlb.c - each thread stands for a processor of its own, which caches translations
 *
 * A table a page size, in which an address has one place: what is put there drives out what was
 * there before.  So a look at one address reads, and a flush of one writes, that place alone;
 * threads that work at different addresses do not disturb each other, and the explorer sees it.
 */
#include "sim/footprint.h"
#include "sim/machine.h"

enum { SMALL_SHIFT = 12, SMALL_ENTRIES = 16 };

static const struct tlb_class {
	unsigned int shift;    /* of the bytes that an entry maps */
	unsigned int first, n; /* a power of two */
} classes[] = {
	{ SMALL_SHIFT, 0, SMALL_ENTRIES },
	{ 21, SMALL_ENTRIES, 4 },
	{ 30, SMALL_ENTRIES + 4, 2 },
};

enum { NCLASSES = sizeof(classes) / sizeof(classes[0]) };

static struct sim_tlb *tlbs;

void sim_tlb_boot(int kind)
{
	tlbs = sim_alloc_boot(WORLD_MAX_THREADS * sizeof(*tlbs), kind, sizeof(*tlbs));
}

const struct sim_tlb *sim_tlb_of(unsigned int tid)
{
	return &tlbs[tid];
}

static const struct tlb_class *class_of(unsigned int slot)
{
	const struct tlb_class *c = classes;

	while (slot >= c->first + c->n)
		c++;
	return c;
}

/* Never 0: there is no address space 0. */
static unsigned long key_of(unsigned int asid, unsigned long addr, unsigned int shift)
{
	return (unsigned long)asid << 36 | (addr >> shift & ((1ul << 36) - 1));
}

/* Neighbours stand side by side; what is far apart begins anywhere. */
static unsigned int slot_of(const struct tlb_class *c, unsigned long addr)
{
	unsigned long page = addr >> c->shift;

	return c->first + ((page + ((page >> 9) * 0x9e3779b97f4a7c15ul >> 60)) & (c->n - 1));
}

unsigned long sim_tlb_address(const struct sim_tlb *tlb, unsigned int slot, unsigned int *asid,
			      unsigned int *shift)
{
	*shift = class_of(slot)->shift;
	*asid = tlb->entry[slot].key >> 36;
	return (tlb->entry[slot].key & ((1ul << 36) - 1)) << *shift;
}

/* What the TLB has in the place for an address; 0: nothing, or another one. */
static inline sim_u64 look(const struct sim_tlb *tlb, const struct tlb_class *c, unsigned int asid,
			   unsigned long addr)
{
	const struct sim_tlb_entry *e = &tlb->entry[slot_of(c, addr)];

	footprint_note(e, false);
	return e->key == key_of(asid, addr, c->shift) ? e->value : 0;
}

sim_u64 sim_tlb_lookup(unsigned int asid, unsigned long addr, unsigned int *shift)
{
	const struct sim_tlb *tlb = &tlbs[machine.hot.cur];
	const struct tlb_class *c;

	for (c = classes; c < classes + NCLASSES; c++) {
		sim_u64 value = look(tlb, c, asid, addr);

		if (value) {
			*shift = c->shift;
			return value;
		}
	}
	return 0;
}

static void drop(struct sim_tlb *tlb, unsigned int slot)
{
	UNDO_SET(tlb->entry[slot].key, 0);
	UNDO_SET(tlb->entry[slot].value, 0);
	UNDO_SET(tlb->live, tlb->live & ~(1ul << slot));
}

void sim_tlb_fill(unsigned int asid, unsigned long addr, unsigned int shift, sim_u64 value)
{
	struct sim_tlb *tlb = &tlbs[machine.hot.cur];
	const struct tlb_class *c = classes;
	unsigned int slot;

	while (c->shift != shift)
		c++;
	slot = slot_of(c, addr);
	UNDO_SET(tlb->entry[slot].key, key_of(asid, addr, shift));
	UNDO_SET(tlb->entry[slot].value, value);
	if (!(tlb->live >> slot & 1))
		UNDO_SET(tlb->live, tlb->live | 1ul << slot);
}

/* One place is filled again and again: in a step its first values are enough to undo it. */
static void fill_again(struct sim_tlb *tlb, unsigned int slot, unsigned long key,
		       unsigned long value, unsigned long *logged)
{
	struct sim_tlb_entry *e = &tlb->entry[slot];

	if (!(*logged >> slot & 1)) {
		undo_word(&e->key);
		undo_word(&e->value);
		*logged |= 1ul << slot;
		if (!(tlb->live >> slot & 1))
			UNDO_SET(tlb->live, tlb->live | 1ul << slot);
	}
	e->key = key;
	e->value = value;
}

unsigned long sim_tlb_read_ahead(unsigned int asid, unsigned long addr, unsigned long n,
				 const unsigned long *entries, const struct sim_tlb_format *format,
				 unsigned long *frames)
{
	struct sim_tlb *tlb = &tlbs[machine.hot.cur];
	const struct tlb_class *c;
	unsigned long i, key, logged = 0;
	unsigned int slot;

	for (c = classes + 1; c < classes + NCLASSES; c++) {
		if (look(tlb, c, asid, addr))
			return 0;
	}
	/* From one page to its neighbour both go up by one. */
	key = key_of(asid, addr, SMALL_SHIFT);
	slot = slot_of(classes, addr);
	for (i = 0; i < n; i++, key++, slot = (slot + 1) & (SMALL_ENTRIES - 1)) {
		const struct sim_tlb_entry *e = &tlb->entry[slot];
		unsigned long value = e->value;

		footprint_note(e, false);
		if (e->key != key || !value) {
			footprint_note(&entries[i], false);
			if ((entries[i] & format->usable) != format->usable)
				break;
			value = entries[i] & format->kept;
			fill_again(tlb, slot, key, value, &logged);
		}
		frames[i] = (value & format->frame) >> SMALL_SHIFT;
	}
	return i;
}

void sim_tlb_drop(unsigned int asid, unsigned long addr)
{
	struct sim_tlb *tlb = &tlbs[machine.hot.cur];
	const struct tlb_class *c;

	for (c = classes; c < classes + NCLASSES; c++) {
		unsigned int slot = slot_of(c, addr);

		if (tlb->entry[slot].key == key_of(asid, addr, c->shift))
			drop(tlb, slot);
	}
}

void sim_tlb_drop_all(void)
{
	struct sim_tlb *tlb = &tlbs[machine.hot.cur];

	while (tlb->live)
		drop(tlb, __builtin_ctzl(tlb->live));
}

/* For the explorer: the places in which a flush may find something, whatever is there now. */
static void note_range(const struct sim_tlb *tlb, unsigned long start, unsigned long end)
{
	const struct tlb_class *c;

	for (c = classes; c < classes + NCLASSES; c++) {
		unsigned long page = start >> c->shift, n = ((end - 1) >> c->shift) - page + 1;
		unsigned int i;

		for (i = 0; i < c->n && n >= c->n; i++)
			footprint_note(&tlb->entry[c->first + i], false);
		for (i = 0; i < n && n < c->n; i++)
			footprint_note(&tlb->entry[slot_of(c, (page + i) << c->shift)], false);
	}
}

static bool is_in(const struct sim_tlb *tlb, unsigned int slot, unsigned int asid,
		  unsigned long start, unsigned long end)
{
	unsigned int of, shift;
	unsigned long addr = sim_tlb_address(tlb, slot, &of, &shift);

	return of == asid && addr < end && addr + (1ul << shift) > start;
}

/* The entries in the range, one bit each. */
static unsigned long find_range(const struct sim_tlb *tlb, unsigned int asid, unsigned long start,
				unsigned long end)
{
	unsigned long found = 0, rest;

	if (unlikely(footprint_wanted))
		note_range(tlb, start, end);
	for (rest = tlb->live; rest; rest &= rest - 1) {
		unsigned int slot = __builtin_ctzl(rest);

		if (is_in(tlb, slot, asid, start, end))
			found |= 1ul << slot;
	}
	return found;
}

static void drop_range(struct sim_tlb *tlb, unsigned int asid, unsigned long start,
		       unsigned long end)
{
	unsigned long found = find_range(tlb, asid, start, end);

	for (; found; found &= found - 1)
		drop(tlb, __builtin_ctzl(found));
}

/*
 * A thread that has nothing of the range costs no step: whatever it did before the flush reached
 * it, it would do the same after.
 */
void sim_tlb_flush(unsigned int asid, unsigned long start, unsigned long end,
		   const struct sim_site *site)
{
	unsigned int tid, me = machine.hot.cur;

	if (me < machine.hot.nthreads)
		drop_range(&tlbs[me], asid, start, end);
	for (tid = 0; tid < machine.hot.nthreads; tid++) {
		if (tid == me || !find_range(&tlbs[tid], asid, start, end))
			continue;
		if (me < machine.hot.nthreads)
			sim_point(&tlbs[tid], SIM_WRITE, site);
		drop_range(&tlbs[tid], asid, start, end);
	}
}
