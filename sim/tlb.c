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

static const struct tlb_class {
	unsigned int shift; /* of the bytes that an entry maps */
	unsigned int first, n;
} classes[] = {
	{ 12, 0, 16 },
	{ 21, 16, 4 },
	{ 30, 20, 2 },
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

	return c->first + (page + ((page >> 9) * 0x9e3779b97f4a7c15ul >> 60)) % c->n;
}

unsigned long sim_tlb_address(const struct sim_tlb *tlb, unsigned int slot, unsigned int *asid,
			      unsigned int *shift)
{
	*shift = class_of(slot)->shift;
	*asid = tlb->entry[slot].key >> 36;
	return (tlb->entry[slot].key & ((1ul << 36) - 1)) << *shift;
}

sim_u64 sim_tlb_lookup(unsigned int asid, unsigned long addr, unsigned int *shift)
{
	struct sim_tlb *tlb = &tlbs[machine.hot.cur];
	const struct tlb_class *c;

	for (c = classes; c < classes + NCLASSES; c++) {
		const struct sim_tlb_entry *e = &tlb->entry[slot_of(c, addr)];

		footprint_note(e, false);
		if (e->key == key_of(asid, addr, c->shift) && e->value) {
			*shift = c->shift;
			return e->value;
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
