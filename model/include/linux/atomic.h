/* SPDX-License-Identifier: GPL-2.0-only */
/* atomic.h - each operation is one step */
#ifndef _LINUX_ATOMIC_H
#define _LINUX_ATOMIC_H

#include <linux/compiler.h>
#include <linux/types.h>

#define ATOMIC_INIT(i) \
	{              \
		(i)    \
	}

/* The operations in plain C; each macro below puts the scheduling point before its one. */
static inline int atomic_raw_read(const atomic_t *v)
{
	return *(const volatile int *)&v->counter;
}

static inline int atomic_raw_add(atomic_t *v, int i)
{
	return v->counter += i;
}

static inline bool atomic_raw_inc_unless(atomic_t *v, int unless)
{
	if (v->counter == unless)
		return false;
	v->counter++;
	return true;
}

static inline long atomic_long_raw_add(atomic_long_t *v, long i)
{
	return v->counter += i;
}

static inline int atomic_raw_xchg(atomic_t *v, int to)
{
	int old = v->counter;

	v->counter = to;
	return old;
}

#define ATOMIC_POINT(v, rw, name) sim_point(v, rw, SIM_SITE(name))

#define atomic_read(v) (ATOMIC_POINT(v, SIM_READ, "atomic_read"), atomic_raw_read(v))
#define atomic_set(v, i) (ATOMIC_POINT(v, SIM_WRITE, "atomic_set"), (void)((v)->counter = (i)))
#define atomic_inc(v) (ATOMIC_POINT(v, SIM_WRITE, "atomic_inc"), (void)atomic_raw_add(v, 1))
#define atomic_dec(v) (ATOMIC_POINT(v, SIM_WRITE, "atomic_dec"), (void)atomic_raw_add(v, -1))
#define atomic_add(i, v) (ATOMIC_POINT(v, SIM_WRITE, "atomic_add"), (void)atomic_raw_add(v, i))
#define atomic_sub(i, v) (ATOMIC_POINT(v, SIM_WRITE, "atomic_sub"), (void)atomic_raw_add(v, -(i)))
#define atomic_inc_return(v) (ATOMIC_POINT(v, SIM_WRITE, "atomic_inc_return"), atomic_raw_add(v, 1))
#define atomic_dec_return(v) \
	(ATOMIC_POINT(v, SIM_WRITE, "atomic_dec_return"), atomic_raw_add(v, -1))
#define atomic_dec_and_test(v) \
	(ATOMIC_POINT(v, SIM_WRITE, "atomic_dec_and_test"), atomic_raw_add(v, -1) == 0)
#define atomic_inc_and_test(v) \
	(ATOMIC_POINT(v, SIM_WRITE, "atomic_inc_and_test"), atomic_raw_add(v, 1) == 0)
#define atomic_add_negative(i, v) \
	(ATOMIC_POINT(v, SIM_WRITE, "atomic_add_negative"), atomic_raw_add(v, i) < 0)
#define atomic_inc_not_zero(v) \
	(ATOMIC_POINT(v, SIM_WRITE, "atomic_inc_not_zero"), atomic_raw_inc_unless(v, 0))
#define atomic_xchg(v, to) (ATOMIC_POINT(v, SIM_WRITE, "atomic_xchg"), atomic_raw_xchg(v, to))

#define atomic_long_read(v) (ATOMIC_POINT(v, SIM_READ, "atomic_long_read"), (v)->counter)
#define atomic_long_set(v, i) \
	(ATOMIC_POINT(v, SIM_WRITE, "atomic_long_set"), (void)((v)->counter = (i)))
#define atomic_long_add(i, v) \
	(ATOMIC_POINT(v, SIM_WRITE, "atomic_long_add"), (void)atomic_long_raw_add(v, i))
#define atomic_long_inc(v) atomic_long_add(1, v)
#define atomic_long_dec(v) atomic_long_add(-1, v)
#define atomic_long_dec_and_test(v) \
	(ATOMIC_POINT(v, SIM_WRITE, "atomic_long_dec_and_test"), atomic_long_raw_add(v, -1) == 0)
#define atomic_long_add_return(i, v) \
	(ATOMIC_POINT(v, SIM_WRITE, "atomic_long_add_return"), atomic_long_raw_add(v, i))

#define cmpxchg(ptr, from, to)                                         \
	({                                                             \
		__typeof__(ptr) cmpxchg_p_ = (ptr);                    \
		__typeof__(*(ptr)) cmpxchg_old_;                       \
		sim_point(cmpxchg_p_, SIM_WRITE, SIM_SITE("cmpxchg")); \
		cmpxchg_old_ = *cmpxchg_p_;                            \
		macro_if(cmpxchg_old_ == (from)) *cmpxchg_p_ = (to);   \
		cmpxchg_old_;                                          \
	})

#endif
