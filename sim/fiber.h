/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * fiber.h - a stack of its own for each simulated thread, inside one system thread.
 *
 * A switch saves four words and jumps; the compiler saves what else is live, because
 * the assembly clobbers every register.  The jump (instead of a return) keeps the
 * processor's return predictor out of it.
 */
#ifndef SIM_FIBER_H
#define SIM_FIBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__)
#define SIM_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SIM_ASAN 1
#endif
#endif
#ifndef SIM_ASAN
#define SIM_ASAN 0
#endif

#if defined(__x86_64__) && !defined(SIM_PORTABLE_FIBER)
#define FIBER_X86_64 1
#elif defined(__aarch64__) && !defined(SIM_PORTABLE_FIBER)
#define FIBER_AARCH64 1
#else
#define FIBER_UCONTEXT 1
#include <ucontext.h>
#endif

struct fiber {
#ifdef FIBER_UCONTEXT
	ucontext_t *uc; /* beside the stacks: a fiber must stay small to copy */
#else
	void *sp, *ip, *fp, *bx;
#endif
};

enum { FIBER_STACK_SHIFT = 18, FIBER_MAX = 33 }; /* 32 threads and world_call() */

#define FIBER_STACKS_SIZE ((uintptr_t)FIBER_MAX << FIBER_STACK_SHIFT)

extern uintptr_t fiber_stacks; /* FIBER_MAX stacks of 256 KiB, a guard page below each */

static inline bool fiber_on_stack(const void *p)
{
	return (uintptr_t)p - fiber_stacks < FIBER_STACKS_SIZE;
}

void fiber_init(void);
/* Makes @f start at @entry on stack number @i; @entry must not return. */
void fiber_start(struct fiber *f, unsigned int i, void (*entry)(void));
/* Whether an address lies in the guard page of a stack. */
bool fiber_in_guard(const void *p);
/* Where a stack begins: what is live on it goes from its stack pointer up to there. */
void *fiber_top(unsigned int i);
/* Number of the stack that holds @p. */
unsigned int fiber_of(const void *p);
/* Told to AddressSanitizer around a switch; the first one to coverage/gate.c, too. */
void fiber_before_switch(unsigned int to_stack, bool to_host);
#if SIM_ASAN
void fiber_after_switch(void);
#else
static inline void fiber_after_switch(void)
{
}
#endif

/* Whether all that a switch saves stands in struct fiber and on the stack. */
#ifdef FIBER_UCONTEXT
#define FIBER_IS_FLAT 0
static inline void *fiber_stack_pointer(const struct fiber *f)
{
	(void)f;
	return NULL;
}
#else
#define FIBER_IS_FLAT 1
static inline void *fiber_stack_pointer(const struct fiber *f)
{
	return f->sp;
}
#endif

#if defined(FIBER_X86_64)
static inline __attribute__((always_inline)) void fiber_jump(struct fiber *from, struct fiber *to)
{
	__asm__ volatile("leaq 1f(%%rip), %%rax\n\t"
			 "movq %%rsp, 0(%0)\n\t"
			 "movq %%rax, 8(%0)\n\t"
			 "movq %%rbp, 16(%0)\n\t"
			 "movq %%rbx, 24(%0)\n\t"
			 "movq 0(%1), %%rsp\n\t"
			 "movq 16(%1), %%rbp\n\t"
			 "movq 24(%1), %%rbx\n\t"
			 "jmpq *8(%1)\n"
			 "1:\n\t"
			 : "+D"(from), "+S"(to)
			 :
			 : "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
			   "r15", "memory", "cc");
}
#elif defined(FIBER_AARCH64)
static inline __attribute__((always_inline)) void fiber_jump(struct fiber *from, struct fiber *to)
{
	register struct fiber *f __asm__("x0") = from;
	register struct fiber *t __asm__("x1") = to;

	__asm__ volatile("mov x9, sp\n\t"
			 "adr x10, 1f\n\t"
			 "stp x9, x10, [%0, #0]\n\t"
			 "stp x29, x19, [%0, #16]\n\t"
			 "ldp x9, x10, [%1, #0]\n\t"
			 "ldp x29, x19, [%1, #16]\n\t"
			 "mov sp, x9\n\t"
			 "br x10\n"
			 "1:\n\t"
			 : "+r"(f), "+r"(t)
			 :
			 : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12",
			   "x13", "x14", "x15", "x16", "x17", "x20", "x21", "x22", "x23", "x24",
			   "x25", "x26", "x27", "x28", "x30", "v0", "v1", "v2", "v3", "v4", "v5",
			   "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15", "v16",
			   "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26",
			   "v27", "v28", "v29", "v30", "v31", "memory", "cc");
}
#else
static inline void fiber_jump(struct fiber *from, struct fiber *to)
{
	swapcontext(from->uc, to->uc);
}
#endif

#endif
