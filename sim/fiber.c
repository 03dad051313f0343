// SPDX-License-Identifier: GPL-2.0-only
/* fiber.c - the stacks of simulated threads */
#include <stdlib.h>
#include <sys/mman.h>

#include "sim/machine.h"

#if SIM_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

#define STACK_SIZE (1ul << FIBER_STACK_SHIFT)
/* Wide: a function with a large frame must not step over it. */
#define GUARD_SIZE 65536ul

uintptr_t fiber_stacks;

#ifdef FIBER_UCONTEXT
static ucontext_t contexts[FIBER_MAX + 1];
#endif

void fiber_init(void)
{
	char *p = mmap(NULL, FIBER_MAX * STACK_SIZE + STACK_SIZE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	unsigned int i;

	if (p == MAP_FAILED)
		abort();
	fiber_stacks = ((uintptr_t)p + STACK_SIZE - 1) & ~(STACK_SIZE - 1);
	for (i = 0; i < FIBER_MAX; i++) {
		if (mprotect((void *)(fiber_stacks + i * STACK_SIZE), GUARD_SIZE, PROT_NONE))
			abort();
	}
#ifdef FIBER_UCONTEXT
	machine.host.uc = &contexts[FIBER_MAX];
#endif
}

static char *stack_bottom(unsigned int i)
{
	return (char *)(fiber_stacks + i * STACK_SIZE + GUARD_SIZE);
}

void fiber_start(struct fiber *f, unsigned int i, void (*entry)(void))
{
	/* An abandoned run leaves its frames' red zones behind. */
	sim_unpoison(stack_bottom(i), STACK_SIZE - GUARD_SIZE);
#ifdef FIBER_UCONTEXT
	f->uc = &contexts[i];
	getcontext(f->uc);
	f->uc->uc_stack.ss_sp = stack_bottom(i);
	f->uc->uc_stack.ss_size = STACK_SIZE - GUARD_SIZE;
	f->uc->uc_link = NULL;
	makecontext(f->uc, entry, 0);
#else
	f->sp = stack_bottom(i) + STACK_SIZE - GUARD_SIZE - 64;
#ifdef FIBER_X86_64
	f->sp = (char *)f->sp - 8; /* as if called: the return address' slot */
	*(void **)f->sp = NULL;
#endif
	f->ip = (void *)entry;
	f->fp = NULL;
	f->bx = NULL;
#endif
}

void *fiber_top(unsigned int i)
{
	return stack_bottom(i) + STACK_SIZE - GUARD_SIZE;
}

bool fiber_in_guard(const void *p)
{
	return fiber_on_stack(p) && ((uintptr_t)p & (STACK_SIZE - 1)) < GUARD_SIZE;
}

unsigned int fiber_of(const void *p)
{
	return ((uintptr_t)p - fiber_stacks) >> FIBER_STACK_SHIFT;
}

#if SIM_ASAN
static const void *host_bottom;
static size_t host_size;
static bool from_host;

void fiber_before_switch(unsigned int to_stack, bool to_host)
{
	from_host = !fiber_on_stack(__builtin_frame_address(0));
	if (to_host)
		__sanitizer_start_switch_fiber(NULL, host_bottom, host_size);
	else
		__sanitizer_start_switch_fiber(NULL, stack_bottom(to_stack),
					       STACK_SIZE - GUARD_SIZE);
}

void fiber_after_switch(void)
{
	const void *bottom;
	size_t size;

	__sanitizer_finish_switch_fiber(NULL, &bottom, &size);
	if (from_host) {
		host_bottom = bottom;
		host_size = size;
	}
}
#else
void fiber_before_switch(unsigned int to_stack, bool to_host)
{
	(void)to_stack;
	(void)to_host;
}
#endif
