// SPDX-License-Identifier: GPL-2.0-only
/* undo.c - the undo log */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/footprint.h"
#include "sim/machine.h"

/* Virtual: a run that fills it is stopped by the check in the scheduler long before. */
#define UNDO_ENTRIES (1ul << 28)

struct undo *undo_base, *undo_next, *undo_limit;

/* Before main(): the hooks may be called by model code that runs ahead of world_init(). */
__attribute__((constructor)) static void undo_init(void)
{
	undo_base = mmap(NULL, UNDO_ENTRIES * sizeof(struct undo), PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (undo_base == MAP_FAILED)
		abort();
	undo_next = undo_base;
	undo_limit = undo_base + UNDO_ENTRIES - (1ul << 22);
}

void undo_range(const void *p, size_t n)
{
	uintptr_t a = (uintptr_t)p & ~7ul, end = (uintptr_t)p + n;

	for (; a < end; a += 8)
		undo_word((void *)a);
}

void undo_fill(uint8_t *p, uint8_t value, size_t n)
{
	undo_add((unsigned long *)((uintptr_t)p | UNDO_FILLED), n << 8 | *p);
	memset(p, value, n);
}

void sim_undo_note(void *p, unsigned long n)
{
	/* Mostly a field within one word. */
	if (likely(((uintptr_t)p & 7) + n <= 8)) {
		undo_word(p);
		return;
	}
	undo_range(p, n);
}

__attribute__((no_sanitize_address)) void undo_rollback(struct undo *mark)
{
	struct undo *u = undo_next;

	while (u > mark) {
		u--;
		if (likely(!undo_is_filled(u)))
			*u->word = u->old;
		else
			memset((void *)((uintptr_t)u->word & ~UNDO_FILLED), u->old & 0xff,
			       u->old >> 8);
	}
	undo_next = mark;
}

void *sim_memset(void *p, int c, unsigned long n)
{
	machine_touch(p, "memset of");
	if (SIM_HAS_UNDO && hooks_wanted && !fiber_on_stack(p))
		undo_range(p, n);
	return memset(p, c, n);
}

void *sim_memcpy(void *d, const void *s, unsigned long n)
{
	machine_touch(d, "memcpy to");
	machine_touch(s, "memcpy from");
	if (unlikely(footprint_wanted) && !fiber_on_stack(s))
		footprint_range(s, n);
	if (SIM_HAS_UNDO && hooks_wanted && !fiber_on_stack(d))
		undo_range(d, n);
	return memcpy(d, s, n);
}
