// SPDX-License-Identifier: GPL-2.0-only
/* undo.c - the undo log and the write hooks that the compiler calls in model code */
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
		*u->word = u->old;
	}
	undo_next = mark;
}

void *sim_memset(void *p, int c, unsigned long n)
{
	machine_touch(p, "memset of");
	if (SIM_HAS_UNDO && !fiber_on_stack(p))
		undo_range(p, n);
	return memset(p, c, n);
}

void *sim_memcpy(void *d, const void *s, unsigned long n)
{
	machine_touch(d, "memcpy to");
	machine_touch(s, "memcpy from");
	if (unlikely(footprint_wanted) && !fiber_on_stack(s))
		footprint_range(s, n);
	if (SIM_HAS_UNDO && !fiber_on_stack(d))
		undo_range(d, n);
	return memcpy(d, s, n);
}

#if SIM_HAS_UNDO
/*
 * What -fsanitize=thread emits for each access of the model.  Linking these instead of
 * libtsan makes the compiler promise that no write is missed.  Thread stacks are not
 * logged: a run starts with fresh ones.
 */
static void noted_read(const void *p)
{
	if (fiber_on_stack(p))
		return;
	machine_touch(p, "read");
	footprint_add(p, false);
}

static inline void hook_read(const void *p)
{
	uintptr_t off = (uintptr_t)p - ARENA_BASE;

	if (likely(off < footprint_fast)) {
		if (unlikely(sim_shadow[off >> SHADOW_SHIFT] != SHADOW_LIVE))
			machine_bad_touch(p, "read");
		return;
	}
	if (unlikely(footprint_wanted))
		noted_read(p);
}

/* The hooks end in calls of these, so that what is common saves no register for what is not. */
static __attribute__((noinline)) void bad_write(const void *p)
{
	machine_bad_touch(p, "write");
	undo_word(p);
}

static __attribute__((noinline)) void write_outside(const void *p)
{
	if (!fiber_on_stack(p))
		undo_word(p);
}

static inline void hook_write(const void *p)
{
	uintptr_t off = (uintptr_t)p - ARENA_BASE;

	if (unlikely(off >= ARENA_SIZE))
		write_outside(p);
	else if (unlikely(sim_shadow[off >> SHADOW_SHIFT] != SHADOW_LIVE))
		bad_write(p);
	else
		undo_word(p);
}

static void hook_read_range(const void *p, unsigned long n)
{
	uintptr_t a = (uintptr_t)p & ~7ul, end = (uintptr_t)p + n;

	/* Mostly a structure on the stack. */
	if (!in_arena(p) && !footprint_wanted)
		return;
	for (; a < end; a += 8)
		hook_read((void *)a);
}

static void hook_write_range(const void *p, unsigned long n)
{
	uintptr_t a = (uintptr_t)p & ~7ul, end = (uintptr_t)p + n;

	if (fiber_on_stack(p))
		return;
	for (; a < end; a += 8)
		hook_write((void *)a);
}

#define HOOK_ONE(n)                             \
	void __tsan_read##n(void *p);           \
	void __tsan_read##n(void *p)            \
	{                                       \
		hook_read(p);                   \
	}                                       \
	void __tsan_write##n(void *p);          \
	void __tsan_write##n(void *p)           \
	{                                       \
		hook_write(p);                  \
	}                                       \
	void __tsan_read_write##n(void *p);     \
	void __tsan_read_write##n(void *p)      \
	{                                       \
		hook_write(p);                  \
	}                                       \
	void __tsan_volatile_read##n(void *p);  \
	void __tsan_volatile_read##n(void *p)   \
	{                                       \
		hook_read(p);                   \
	}                                       \
	void __tsan_volatile_write##n(void *p); \
	void __tsan_volatile_write##n(void *p)  \
	{                                       \
		hook_write(p);                  \
	}

HOOK_ONE(1)
HOOK_ONE(2)
HOOK_ONE(4)
HOOK_ONE(8)

#define HOOK_WIDE(name, n)                          \
	void __tsan_##name##read##n(void *p);       \
	void __tsan_##name##read##n(void *p)        \
	{                                           \
		hook_read_range(p, n);              \
	}                                           \
	void __tsan_##name##write##n(void *p);      \
	void __tsan_##name##write##n(void *p)       \
	{                                           \
		hook_write_range(p, n);             \
	}                                           \
	void __tsan_##name##read_write##n(void *p); \
	void __tsan_##name##read_write##n(void *p)  \
	{                                           \
		hook_write_range(p, n);             \
	}

HOOK_WIDE(, 16)
HOOK_WIDE(unaligned_, 2)
HOOK_WIDE(unaligned_, 4)
HOOK_WIDE(unaligned_, 8)
HOOK_WIDE(unaligned_, 16)

void __tsan_read_range(void *p, unsigned long n);
void __tsan_read_range(void *p, unsigned long n)
{
	hook_read_range(p, n);
}
void __tsan_write_range(void *p, unsigned long n);
void __tsan_write_range(void *p, unsigned long n)
{
	hook_write_range(p, n);
}
void *__tsan_memset(void *p, int c, unsigned long n);
void *__tsan_memset(void *p, int c, unsigned long n)
{
	return sim_memset(p, c, n);
}
void *__tsan_memcpy(void *d, const void *s, unsigned long n);
void *__tsan_memcpy(void *d, const void *s, unsigned long n)
{
	return sim_memcpy(d, s, n);
}
void *__tsan_memmove(void *d, const void *s, unsigned long n);
void *__tsan_memmove(void *d, const void *s, unsigned long n)
{
	if (!fiber_on_stack(d))
		undo_range(d, n);
	return memmove(d, s, n);
}
void __tsan_init(void);
void __tsan_init(void)
{
}
void __tsan_func_entry(void *pc);
void __tsan_func_entry(void *pc)
{
	(void)pc;
}
void __tsan_func_exit(void);
void __tsan_func_exit(void)
{
}
#endif
