/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux include/linux/xarray.h: an array of pointers under an unsigned long, kept as a
 * tree of nodes with 64 slots (model/lib/xarray.c).
 *
 * Readers take no lock; a writer holds xa_lock.  Marks, entries of several indices and
 * allocation of indices are left out.  No operation keeps a node from one scheduling
 * point to the next: a node that left the tree is freed at once, where Linux waits for
 * the readers' RCU sections, and a search starts at the root, where Linux goes on from
 * the node it stopped at.  What a reader can see is the same.
 */
#ifndef _LINUX_XARRAY_H
#define _LINUX_XARRAY_H

#include <linux/compiler.h>
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "sim/sim.h"

/*
 * The two low bits tell what an entry is: 00 a pointer, x1 a value of 63 bits (a swap
 * entry, later), 10 internal to the array: a node.
 */
static inline void *xa_mk_value(unsigned long v)
{
	return (void *)(v << 1 | 1);
}

static inline unsigned long xa_to_value(const void *entry)
{
	return (unsigned long)entry >> 1;
}

static inline bool xa_is_value(const void *entry)
{
	return (unsigned long)entry & 1;
}

static inline void *xa_mk_internal(unsigned long v)
{
	return (void *)(v << 2 | 2);
}

static inline bool xa_is_internal(const void *entry)
{
	return ((unsigned long)entry & 3) == 2;
}

/* The normal API returns errors as internal entries in the topmost page of values. */
static inline bool xa_is_err(const void *entry)
{
	return xa_is_internal(entry) && entry >= xa_mk_internal(-MAX_ERRNO);
}

static inline int xa_err(const void *entry)
{
	return xa_is_err(entry) ? (long)entry >> 2 : 0;
}

typedef unsigned int xa_mark_t;
#define XA_PRESENT ((xa_mark_t)8U)

#define XA_FLAGS_LOCK_IRQ ((gfp_t)1U)
#define XA_FLAGS_ACCOUNT ((gfp_t)32U)

struct xarray {
	spinlock_t xa_lock;
	gfp_t xa_flags;
	void *xa_head; /* a node, or the entry at index 0 when it is the only one */
};

#define XA_CHUNK_SHIFT 6
#define XA_CHUNK_SIZE (1UL << XA_CHUNK_SHIFT)
#define XA_CHUNK_MASK (XA_CHUNK_SIZE - 1)

struct xa_node {
	unsigned char shift;  /* bits of the index that the levels below take */
	unsigned char offset; /* slot in the parent */
	unsigned char count;  /* slots in use */
	struct xa_node *parent;
	struct xarray *array;
	void *slots[XA_CHUNK_SIZE];
};

static inline bool xa_is_node(const void *entry)
{
	return xa_is_internal(entry) && (unsigned long)entry > 4096;
}

static inline struct xa_node *xa_to_node(const void *entry)
{
	return (struct xa_node *)((unsigned long)entry - 2);
}

#define xa_lock(xa) spin_lock(&(xa)->xa_lock)
#define xa_unlock(xa) spin_unlock(&(xa)->xa_lock)
#define xa_lock_irq(xa) spin_lock_irq(&(xa)->xa_lock)
#define xa_unlock_irq(xa) spin_unlock_irq(&(xa)->xa_lock)

#define xa_init_flags(xa, flags)                    \
	do {                                        \
		struct xarray *xa_init_ = (xa);     \
                                                    \
		spin_lock_init(&xa_init_->xa_lock); \
		xa_init_->xa_flags = (flags);       \
		xa_init_->xa_head = NULL;           \
	} while (0)
#define xa_init(xa) xa_init_flags(xa, 0)

static inline bool xa_empty(const struct xarray *xa)
{
	return !xa->xa_head;
}

/* ------------------------------------------------------------ normal API */

/*
 * Each takes the site of its scheduling point, and of the node it may have to allocate
 * (failure site "slab_alloc"), from its caller.  Contracts: model/lib/xarray.c.
 */
void *xa_load_at(struct xarray *xa, unsigned long index, const struct sim_site *site);
void *xa_store_at(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp,
		  const struct sim_site *site, const struct sim_site *fail);
void *xa_cmpxchg_at(struct xarray *xa, unsigned long index, void *old, void *entry, gfp_t gfp,
		    const struct sim_site *site, const struct sim_site *fail);
void *xa_erase_at(struct xarray *xa, unsigned long index, const struct sim_site *site);
void *xa_erase_locked_at(struct xarray *xa, unsigned long index, const struct sim_site *site);
void *xa_find_at(struct xarray *xa, unsigned long *index, unsigned long max,
		 const struct sim_site *site);
void *xa_find_after_at(struct xarray *xa, unsigned long *index, unsigned long max,
		       const struct sim_site *site);
void xa_destroy(struct xarray *xa);
void radix_tree_init(void);

#define xa_load(xa, index) xa_load_at(xa, index, SIM_SITE("xa_load"))
#define xa_store(xa, index, entry, gfp) \
	xa_store_at(xa, index, entry, gfp, SIM_SITE("xa_store"), SIM_SITE("slab_alloc"))
#define xa_cmpxchg(xa, index, old, entry, gfp) \
	xa_cmpxchg_at(xa, index, old, entry, gfp, SIM_SITE("xa_cmpxchg"), SIM_SITE("slab_alloc"))
#define xa_erase(xa, index) xa_erase_at(xa, index, SIM_SITE("xa_erase"))
/* The caller holds xa_lock. */
#define __xa_erase(xa, index) xa_erase_locked_at(xa, index, SIM_SITE("xa_erase"))
/* Only XA_PRESENT is known as @filter. */
#define xa_find(xa, indexp, max, filter) xa_find_at(xa, indexp, max, SIM_SITE("xa_find"))
#define xa_find_after(xa, indexp, max, filter) \
	xa_find_after_at(xa, indexp, max, SIM_SITE("xa_find_after"))

#define xa_for_each_range(xa, index, entry, start, last)                          \
	for (index = start, entry = xa_find(xa, &index, last, XA_PRESENT); entry; \
	     entry = xa_find_after(xa, &index, last, XA_PRESENT))
#define xa_for_each(xa, index, entry) xa_for_each_range(xa, index, entry, 0, ~0UL)

/* ---------------------------------------------------------- advanced API */

/* Where an operation of several steps stands. */
struct xa_state {
	struct xarray *xa;
	unsigned long xa_index;
	bool xa_walked;		  /* xa_index was visited: a search begins behind it */
	bool xa_done;		  /* a search found nothing more */
	int xa_error;		  /* 0 or -errno */
	struct xa_node *xa_alloc; /* allocated by xas_nomem(), not used yet */
};

#define XA_STATE(name, array, index) \
	struct xa_state name = {     \
		.xa = array,         \
		.xa_index = index,   \
	}

#define xas_lock_irq(xas) xa_lock_irq((xas)->xa)
#define xas_unlock_irq(xas) xa_unlock_irq((xas)->xa)

static inline int xas_error(const struct xa_state *xas)
{
	return xas->xa_error;
}

static inline void xas_set_err(struct xa_state *xas, long err)
{
	xas->xa_error = err;
}

static inline void xas_reset(struct xa_state *xas)
{
	xas->xa_error = 0;
	xas->xa_walked = false;
	xas->xa_done = false;
}

static inline void xas_set(struct xa_state *xas, unsigned long index)
{
	xas->xa_index = index;
	xas_reset(xas);
}

void *xas_load_at(struct xa_state *xas, const struct sim_site *site);
void *xas_store_at(struct xa_state *xas, void *entry, const struct sim_site *site,
		   const struct sim_site *fail);
void *xas_find_at(struct xa_state *xas, unsigned long max, const struct sim_site *site);
void *xas_find_conflict(struct xa_state *xas);
bool xas_nomem_at(struct xa_state *xas, gfp_t gfp, const struct sim_site *fail);

#define xas_load(xas) xas_load_at(xas, SIM_SITE("xas_load"))
/* Looks again at the place of the last look-up: what was found may have gone. */
#define xas_reload(xas) xas_load_at(xas, SIM_SITE("xas_reload"))
#define xas_store(xas, entry) \
	xas_store_at(xas, entry, SIM_SITE("xas_store"), SIM_SITE("slab_alloc"))
#define xas_find(xas, max) xas_find_at(xas, max, SIM_SITE("xas_find"))
#define xas_next_entry(xas, max) xas_find_at(xas, max, SIM_SITE("xas_next_entry"))
#define xas_nomem(xas, gfp) xas_nomem_at(xas, gfp, SIM_SITE("slab_alloc"))

#endif
