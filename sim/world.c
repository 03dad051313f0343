// SPDX-License-Identifier: GPL-2.0-only
/* world.c - making, checkpointing and restoring a world */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/machine.h"

/*
 * The globals of the model: its objects' .data and .bss are renamed at build time, so
 * that the linker gathers them and names their ends.
 */
extern char __start_model_data[] __attribute__((weak));
extern char __stop_model_data[] __attribute__((weak));
extern char __start_model_bss[] __attribute__((weak));
extern char __stop_model_bss[] __attribute__((weak));

static struct {
	char *start;
	size_t size;
	char *initial;
} globals[2];

static struct hot saved_hot;
static struct undo *checkpoint_mark;
static char *full_copy;
static size_t full_copy_size;
static bool initialised;

static void *map_at(uintptr_t at, size_t size)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	void *p;

	if (at)
		flags |= MAP_FIXED_NOREPLACE;
	p = mmap((void *)at, size, PROT_READ | PROT_WRITE, flags, -1, 0);
	if (p == MAP_FAILED || (at && (uintptr_t)p != at)) {
		fprintf(stderr, "uffdsim: cannot map %zu MiB for the simulated machine\n",
			size >> 20);
		exit(2);
	}
	return p;
}

/* By hand: AddressSanitizer's redzones lie between the globals. */
__attribute__((no_sanitize_address)) static void copy_globals(char *to, const char *from, size_t n)
{
	volatile char *t = to;
	const volatile char *f = from;

	while (n--)
		*t++ = *f++;
}

static void save_globals(void)
{
	unsigned int i;

	globals[0].start = __start_model_data;
	globals[0].size = __stop_model_data - __start_model_data;
	globals[1].start = __start_model_bss;
	globals[1].size = __stop_model_bss - __start_model_bss;
	for (i = 0; i < 2; i++) {
		globals[i].initial = malloc(globals[i].size + 1);
		if (!globals[i].initial)
			abort();
		copy_globals(globals[i].initial, globals[i].start, globals[i].size);
	}
}

void world_init(void)
{
	if (initialised)
		return;
	initialised = true;
	map_at(ARENA_BASE, ARENA_SIZE);
	sim_shadow = map_at(0, ARENA_SIZE >> SHADOW_SHIFT);
	sim_chunk_cache = map_at(0, NCHUNKS + 64);
	fiber_init();
	phys_init();
	trace_init();
	invariant_init();
	known_init();
	save_globals();
	crash_init();
	set_current(NO_THREAD);
}

void world_reset(const struct world_config *config)
{
	unsigned int i;

	world_init();
	machine.config = *config;
	machine.max_steps = config->max_steps ? config->max_steps : DEFAULT_MAX_STEPS;
	machine.checkpointed = false;
	look_at_each_step();
	hooks_reset();
	known_forget();
	stamp_reset();
	undo_next = undo_base;
	machine.step_log = undo_base;
	invariant_reset();
	cache_reset();
	memset(&machine.hot, 0, sizeof(machine.hot));
	machine.hot.preempt_left = -1;
	memset(&machine.report, 0, sizeof(machine.report));
	for (i = 0; i < 2; i++)
		copy_globals(globals[i].start, globals[i].initial, globals[i].size);
	sched_reset();
	phys_reset();
	inject_reset();
	report_reset();
	trace_reset();
	strategy_reset();
}

const struct world_config *world_config(void)
{
	return &machine.config;
}

void world_set_check(bool check)
{
	machine.config.check = check;
	hooks_reset();
	known_forget();
	look_at_each_step();
}

bool world_can_restore(void)
{
	return SIM_HAS_UNDO;
}

enum { THREAD_SAVED = offsetof(struct thread, atomic) };

static void copy_threads(struct hot *to, const struct hot *from, uint32_t mask)
{
	for (; mask; mask &= mask - 1) {
		unsigned int tid = __builtin_ctz(mask);

		memcpy(&to->thread[tid], &from->thread[tid], THREAD_SAVED);
	}
}

void world_restore_threads(uint32_t mask)
{
	copy_threads(&machine.hot, &saved_hot, mask);
}

static void take_full_copy(void)
{
	full_copy_size = world_arena_used();
	full_copy = realloc(full_copy, full_copy_size);
	if (!full_copy)
		abort();
	memcpy(full_copy, (void *)ARENA_BASE, full_copy_size);
}

static void compare_full_copy(void)
{
	const uint64_t *a = (const uint64_t *)ARENA_BASE, *b = (const uint64_t *)full_copy;
	unsigned long index = 0;
	const char *name;
	int kind = 0;
	size_t i;

	if (!memcmp(a, b, full_copy_size))
		return;
	for (i = 0; a[i] == b[i]; i++)
		;
	name = world_object(&a[i], &kind, &index);
	fprintf(stderr, "uffdsim: a write was not logged: %s #%lu, word %zu of the arena\n",
		name ? name : "?", index, i);
	abort();
}

void world_checkpoint(void)
{
	if (!SIM_HAS_UNDO)
		return;
	if (machine.config.no_undo)
		abort();
	undo_next = undo_base;
	machine.step_log = undo_base;
	checkpoint_mark = undo_next;
	machine.checkpointed = true;
	phys_checkpoint();
	known_forget();
	stamp_reset();
	memcpy(&saved_hot, &machine.hot, offsetof(struct hot, thread));
	copy_threads(&saved_hot, &machine.hot, ~0u);
	machine.begun = 0;
	if (machine.config.verify_restore)
		take_full_copy();
}

void world_restore(void)
{
	undo_rollback(checkpoint_mark);
	machine.step_log = undo_next;
	memcpy(&machine.hot, &saved_hot, offsetof(struct hot, thread));
	copy_threads(&machine.hot, &saved_hot, machine.begun);
	machine.begun = 0;
	look_at_each_step();
	machine.learning = false;
	stamp_reset();
	machine.report.verdict = WORLD_DONE;
	world_schedule_clear();
	set_current(NO_THREAD);
	if (machine.config.record)
		trace_reset();
	if (unlikely(machine.config.verify_restore))
		compare_full_copy();
}

size_t world_log_words(void)
{
	return undo_next - undo_base;
}

uint64_t world_steps(void)
{
	return machine.hot.step;
}

void world_limit_steps(uint64_t n)
{
	machine.max_steps = machine.hot.step + n;
	look_at_each_step();
}

const struct world_report *world_report(void)
{
	return &machine.report;
}

sim_u64 sim_step(void)
{
	return machine.hot.step;
}

unsigned int sim_step_tid(void)
{
	return machine.hot.cur;
}
