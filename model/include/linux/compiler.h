/* SPDX-License-Identifier: GPL-2.0-only */
/* compiler.h - accesses that other threads may race with */
#ifndef _LINUX_COMPILER_H
#define _LINUX_COMPILER_H

#include <linux/types.h>
#include "sim/sim.h"

#undef likely
#undef unlikely
/* An `if` of a macro is none of the file that uses it, whose own branches.h marks. */
#define macro_if(cond) for (_Bool once_ = !!(cond); once_; once_ = 0)

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#undef __always_inline
#define __always_inline inline __attribute__((__always_inline__))
#define __read_mostly
#define __maybe_unused __attribute__((__unused__))
#define noinline __attribute__((__noinline__))
#define __must_hold(x)
#define __force

#define barrier() __asm__ volatile("" : : : "memory")
/* Stores are seen at once by every thread: a barrier has nothing left to order. */
#define smp_mb() barrier()
#define smp_rmb() barrier()
#define smp_wmb() barrier()

#define READ_ONCE(x)                                              \
	({                                                        \
		sim_point(&(x), SIM_READ, SIM_SITE("READ_ONCE")); \
		*(const volatile __typeof__(x) *)&(x);            \
	})
#define WRITE_ONCE(x, v)                                            \
	do {                                                        \
		sim_point(&(x), SIM_WRITE, SIM_SITE("WRITE_ONCE")); \
		*(volatile __typeof__(x) *)&(x) = (v);              \
	} while (0)
#define smp_load_acquire(p) READ_ONCE(*(p))
#define smp_store_release(p, v) WRITE_ONCE(*(p), v)
#define data_race(x) (x)

/*
 * A word that stays as it is while a thread runs, and is asked for all the time.  The hooks of the
 * compiler do not look into an instruction, and need not hear of it.
 */
#if defined(__x86_64__)
#define READ_FIXED(x)                                       \
	({                                                  \
		__typeof__(x) fixed_;                       \
		asm("movq %1, %0" : "=r"(fixed_) : "m"(x)); \
		fixed_;                                     \
	})
#else
#define READ_FIXED(x) (x)
#endif

#define offsetof(type, member) __builtin_offsetof(type, member)
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define __same_type(a, b) __builtin_types_compatible_p(__typeof__(a), __typeof__(b))

#endif
