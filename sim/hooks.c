// SPDX-License-Identifier: GPL-2.0-only
/*
 * hooks.c - what the compiler calls at each access of model code, and how the calls are taken out
 * where nobody wants to know
 *
 * What -fsanitize=thread emits for each access of the model.  Linking these instead of libtsan
 * makes the compiler promise that no write is missed.  Thread stacks are not logged: a run starts
 * with fresh ones.
 *
 * A hook that is called although nobody wants it puts a no-operation of the same length in place of
 * that very call, so a path costs its calls once.  want() puts the calls back.
 * Only the text of this process changes; where that is not allowed, and on other processors than
 * x86-64, the calls stay and return at once.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/footprint.h"
#include "sim/machine.h"

bool hooks_wanted = true;

#if SIM_HAS_UNDO
/* Accesses that far into the arena are a matter of the fast path: all of it, or none. */
static uintptr_t fast_reads = ARENA_SIZE, fast_writes = ARENA_SIZE;
static uintptr_t quiet_stacks =
	FIBER_STACKS_SIZE; /* writes to the stacks are nothing, or they are apart */
static bool reads_apart;   /* those outside the arena, too, are of interest */

/* ------------------------------------------------------------ calls taken out */

#ifdef __x86_64__
enum { MAX_CALLS = 1 << 16, CALL_SIZE = 5, OPCODE_CALL = 0xe8 };

/* One for each call that was taken out; to where it went is kept in it. */
static struct call {
	uint8_t *at;
	int32_t distance;
} calls[MAX_CALLS];
static unsigned int ncalls;

extern const uint8_t __executable_start[], etext[];
#define HOOK __attribute__((section("sim_hooks")))
extern const uint8_t __start_sim_hooks[], __stop_sim_hooks[];

static bool may_change_text(void)
{
	static int allowed = -1;
	uintptr_t start = (uintptr_t)__executable_start & ~4095ul;

	if (allowed < 0)
		allowed = !mprotect((void *)start, (uintptr_t)etext - start,
				    PROT_READ | PROT_WRITE | PROT_EXEC);
	return allowed;
}

/* Only what is for certain a direct call of a hook is changed. */
static void take_out(uint8_t *back)
{
	static const uint8_t nop[CALL_SIZE] = { 0x0f, 0x1f, 0x44, 0x00, 0x00 };
	uint8_t *at = back - CALL_SIZE;
	const uint8_t *to;
	int32_t distance;

	memcpy(&distance, at + 1, sizeof(distance));
	to = back + distance;
	if (*at != OPCODE_CALL || to < __start_sim_hooks || to >= __stop_sim_hooks)
		return;
	if (ncalls == MAX_CALLS || !may_change_text())
		return;
	calls[ncalls++] = (struct call){ at, distance };
	memcpy(at, nop, sizeof(nop));
}

unsigned int world_hooks_out(void)
{
	return ncalls;
}

static void put_back(void)
{
	for (; ncalls; ncalls--) {
		const struct call *c = &calls[ncalls - 1];

		*c->at = OPCODE_CALL;
		memcpy(c->at + 1, &c->distance, sizeof(c->distance));
	}
}
#else
#define HOOK

unsigned int world_hooks_out(void)
{
	return 0;
}

static void take_out(uint8_t *back)
{
}

static void put_back(void)
{
}
#endif

static void want(bool on)
{
	if (on && !hooks_wanted)
		put_back();
	hooks_wanted = on;
	reads_apart = !hooks_wanted || footprint_wanted;
	fast_reads = reads_apart ? 0 : ARENA_SIZE;
	fast_writes = hooks_wanted ? ARENA_SIZE : 0;
	quiet_stacks = hooks_wanted ? FIBER_STACKS_SIZE : 0;
}

/*
 * Without them a touch of memory that was freed is no violation, and the undo log has only what
 * sim/ itself changes.
 */
void hooks_reset(void)
{
	const struct world_config *c = &machine.config;

	want(c->check || c->record || !c->no_undo);
}

void hooks_note_reads(void)
{
	want(hooks_wanted || footprint_wanted);
}

/* ------------------------------------------------------------------ the hooks */

static void noted_read(const void *p)
{
	if (fiber_on_stack(p))
		return;
	machine_touch(p, "read");
	footprint_add(p, false);
}

/* The hooks end in calls of these, so that what is common saves no register for what is not. */
static __attribute__((noinline)) void read_apart(const void *p, uint8_t *back)
{
	if (hooks_wanted)
		noted_read(p);
	else
		take_out(back);
}

static __attribute__((noinline)) void bad_write(const void *p)
{
	machine_bad_touch(p, "write");
	undo_word(p);
}

static __attribute__((noinline)) void write_apart(const void *p, uint8_t *back)
{
	if (hooks_wanted)
		undo_word(p);
	else
		take_out(back);
}

static inline void hook_read(const void *p, uint8_t *back)
{
	uintptr_t off = (uintptr_t)p - ARENA_BASE;

	if (likely(off < fast_reads)) {
		if (unlikely(sim_shadow[off >> SHADOW_SHIFT] != SHADOW_LIVE))
			machine_bad_touch(p, "read");
		return;
	}
	if (unlikely(reads_apart))
		read_apart(p, back);
}

static inline void hook_write(const void *p, uint8_t *back)
{
	uintptr_t off = (uintptr_t)p - ARENA_BASE;

	if (unlikely(off >= fast_writes)) {
		if ((uintptr_t)p - fiber_stacks >= quiet_stacks)
			write_apart(p, back);
	} else if (unlikely(sim_shadow[off >> SHADOW_SHIFT] != SHADOW_LIVE)) {
		bad_write(p);
	} else {
		undo_word(p);
	}
}

static void hook_read_range(const void *p, unsigned long n, uint8_t *back)
{
	uintptr_t a = (uintptr_t)p & ~7ul, end = (uintptr_t)p + n;

	/* Mostly a structure on the stack. */
	if (!in_arena(p) && !reads_apart)
		return;
	for (; a < end; a += 8)
		hook_read((void *)a, back);
}

static void hook_write_range(const void *p, unsigned long n, uint8_t *back)
{
	uintptr_t a = (uintptr_t)p & ~7ul, end = (uintptr_t)p + n;

	if (fiber_on_stack(p) && hooks_wanted)
		return;
	for (; a < end; a += 8)
		hook_write((void *)a, back);
}

#define HOOK_ONE(n)                                         \
	HOOK void __tsan_read##n(void *p);                  \
	void __tsan_read##n(void *p)                        \
	{                                                   \
		hook_read(p, __builtin_return_address(0));  \
	}                                                   \
	HOOK void __tsan_write##n(void *p);                 \
	void __tsan_write##n(void *p)                       \
	{                                                   \
		hook_write(p, __builtin_return_address(0)); \
	}                                                   \
	HOOK void __tsan_read_write##n(void *p);            \
	void __tsan_read_write##n(void *p)                  \
	{                                                   \
		hook_write(p, __builtin_return_address(0)); \
	}                                                   \
	HOOK void __tsan_volatile_read##n(void *p);         \
	void __tsan_volatile_read##n(void *p)               \
	{                                                   \
		hook_read(p, __builtin_return_address(0));  \
	}                                                   \
	HOOK void __tsan_volatile_write##n(void *p);        \
	void __tsan_volatile_write##n(void *p)              \
	{                                                   \
		hook_write(p, __builtin_return_address(0)); \
	}

HOOK_ONE(1)
HOOK_ONE(2)
HOOK_ONE(4)
HOOK_ONE(8)

#define HOOK_WIDE(name, n)                                           \
	HOOK void __tsan_##name##read##n(void *p);                   \
	void __tsan_##name##read##n(void *p)                         \
	{                                                            \
		hook_read_range(p, n, __builtin_return_address(0));  \
	}                                                            \
	HOOK void __tsan_##name##write##n(void *p);                  \
	void __tsan_##name##write##n(void *p)                        \
	{                                                            \
		hook_write_range(p, n, __builtin_return_address(0)); \
	}                                                            \
	HOOK void __tsan_##name##read_write##n(void *p);             \
	void __tsan_##name##read_write##n(void *p)                   \
	{                                                            \
		hook_write_range(p, n, __builtin_return_address(0)); \
	}

HOOK_WIDE(, 16)
HOOK_WIDE(unaligned_, 2)
HOOK_WIDE(unaligned_, 4)
HOOK_WIDE(unaligned_, 8)
HOOK_WIDE(unaligned_, 16)

HOOK void __tsan_read_range(void *p, unsigned long n);
void __tsan_read_range(void *p, unsigned long n)
{
	hook_read_range(p, n, __builtin_return_address(0));
}
HOOK void __tsan_write_range(void *p, unsigned long n);
void __tsan_write_range(void *p, unsigned long n)
{
	hook_write_range(p, n, __builtin_return_address(0));
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
#else
unsigned int world_hooks_out(void)
{
	return 0;
}

void hooks_reset(void)
{
}

void hooks_note_reads(void)
{
}
#endif
