// SPDX-License-Identifier: GPL-2.0-only
/* footprint.c - what a step has read and written, while somebody wants to know */
#include "sim/footprint.h"
#include "sim/machine.h"

enum { MAX_LOCKS = 8, MAX_ACCESSES = 1 << 16 };

bool footprint_wanted;

static struct access accesses[MAX_ACCESSES];
static struct footprint step = { .list = accesses };

/* Words of locks in the undo log are told by footprint_lock() instead. */
static struct {
	uintptr_t start, end;
} locks[MAX_LOCKS];
static unsigned int nlocks;

static void add(uintptr_t at, bool write)
{
	uint64_t bit = 1ull << ((at * 0x9e3779b97f4a7c15ull) >> 58);

	if (step.n == MAX_ACCESSES)
		machine_limit("more than %d accesses in one step", MAX_ACCESSES);
	accesses[step.n++].at = at | (write ? ACCESS_WRITE : 0);
	if (write)
		step.writes |= bit;
	else
		step.reads |= bit;
}

void footprint_add(const void *p, bool write)
{
	add((uintptr_t)p & ~7ul, write);
}

void world_touch(const void *p, bool write)
{
	footprint_note(p, write);
}

void footprint_range(const void *p, size_t n)
{
	uintptr_t a = (uintptr_t)p & ~7ul, end = (uintptr_t)p + n;

	for (; a < end; a += 8)
		add(a, false);
}

void footprint_lock(const void *lock, size_t size, bool write)
{
	if (nlocks < MAX_LOCKS) {
		locks[nlocks].start = (uintptr_t)lock;
		locks[nlocks++].end = (uintptr_t)lock + size;
	}
	add((uintptr_t)lock & ~7ul, write);
}

void footprint_turn(void)
{
	step.turn = true;
}

void footprint_history(enum footprint_history what)
{
	step.history |= what;
}

static bool in_lock(uintptr_t at)
{
	unsigned int i;

	for (i = 0; i < nlocks; i++) {
		if (at >= locks[i].start && at < locks[i].end)
			return true;
	}
	return false;
}

/*
 * What is no state of the modelled kernel: ghost state of the invariants, and the allocator's
 * own, which tells only which address an object gets.
 */
static bool is_ours(uintptr_t at)
{
	if (in_arena((void *)at))
		return cache_is_ghost((void *)at);
	return at - (uintptr_t)sim_caches < sizeof(sim_caches[0]) * MAX_CACHES ||
	       at - (uintptr_t)&machine < sizeof(machine) || phys_is_shadow((void *)at) ||
	       cache_is_table((void *)at);
}

const struct footprint *footprint_close(const struct undo *end)
{
	const struct undo *u;

	for (u = machine.step_log; u < end; u++) {
		uintptr_t at = (uintptr_t)u->word;

		if (!undo_is_filled(u) && !is_ours(at) && !in_lock(at))
			add(at, true);
	}
	return &step;
}

void footprint_clear(void)
{
	step.n = 0;
	step.reads = step.writes = 0;
	step.turn = false;
	step.history = 0;
	nlocks = 0;
}

void footprint_begin(void)
{
	footprint_clear();
	footprint_wanted = true;
	hooks_note_reads();
}

void footprint_end(void)
{
	footprint_wanted = false;
	hooks_note_reads();
}

static bool same_place(const struct access *a, const struct access *b)
{
	return !((a->at ^ b->at) & ~7ul) && ((a->at | b->at) & ACCESS_WRITE);
}

static bool order_is_asked(const struct footprint *a, const struct footprint *b)
{
	return (a->history & HISTORY_SINCE) && (b->history & HISTORY_EVENT);
}

bool footprint_conflict(const struct footprint *a, const struct footprint *b)
{
	size_t i, k;

	if (a->turn || b->turn || order_is_asked(a, b) || order_is_asked(b, a))
		return true;
	if (!(a->writes & (b->reads | b->writes)) && !(a->reads & b->writes))
		return false;
	for (i = 0; i < a->n; i++) {
		for (k = 0; k < b->n; k++) {
			if (same_place(&a->list[i], &b->list[k]))
				return true;
		}
	}
	return false;
}
