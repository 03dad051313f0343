/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux lib/xarray.c: the array of pointers that is the page cache of a file.
 *
 * A tree of nodes with 64 slots, as high as its largest index needs.  An array that has
 * one entry only, at index 0, has no node at all: the first page of a file never fails
 * for lack of one.
 *
 * Between two scheduling points an operation runs alone.  The only point inside one is the
 * allocation of a node, and before each the tree is whole, if perhaps with an empty node:
 * a reader never sees it half changed.  See linux/xarray.h for what that replaces.
 */
#include <linux/bug.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "sim/sim.h"

static struct kmem_cache *xa_node_cachep;

/**
 * radix_tree_init - create the cache of nodes; once at boot
 *
 * Linux: lib/radix-tree.c.
 */
void radix_tree_init(void)
{
	xa_node_cachep =
		kmem_cache_create("radix_tree_node", sizeof(struct xa_node), 0, SLAB_PANIC, NULL);
}

/* ------------------------------------------------------------------ nodes */

static void *mk_node(const struct xa_node *node)
{
	return (void *)((unsigned long)node | 2);
}

static unsigned int slot_of(const struct xa_node *node, unsigned long index)
{
	return (index >> node->shift) & XA_CHUNK_MASK;
}

/* The largest index for which a tree of this head is high enough. */
static unsigned long top_index(const void *head)
{
	if (!xa_is_node(head))
		return 0;
	/* Wraps to all ones at the highest level, as it should. */
	return (XA_CHUNK_SIZE << xa_to_node(head)->shift) - 1;
}

static void node_free(struct xa_node *node)
{
	kmem_cache_free(xa_node_cachep, node);
}

/*
 * What xas_nomem() has put by comes first.  Otherwise an allocation that must not sleep:
 * xa_lock is held.
 */
static struct xa_node *node_new(struct xa_state *xas, struct xa_node *parent, unsigned int shift,
				const struct sim_site *fail)
{
	struct xa_node *node = xas->xa_alloc;

	if (node)
		xas->xa_alloc = NULL;
	else
		node = sim_kmem_cache_alloc(xa_node_cachep, GFP_NOWAIT, fail, fail);
	if (!node) {
		xas->xa_error = -ENOMEM;
		return NULL;
	}
	node->shift = shift;
	node->count = 0;
	node->offset = 0;
	node->parent = parent;
	node->array = xas->xa;
	return node;
}

/* While all that is left stands in the leftmost slot, the tree is a level too high. */
static void shrink(struct xarray *xa)
{
	while (xa_is_node(xa->xa_head)) {
		struct xa_node *node = xa_to_node(xa->xa_head);
		void *first = node->slots[0];

		if (node->count != 1)
			break;
		if (!first)
			break;
		if (!xa_is_node(first) && node->shift)
			break;
		xa->xa_head = first;
		if (xa_is_node(first))
			xa_to_node(first)->parent = NULL;
		/* Who counts entries by the slots they are in shall not count this one twice. */
		node->slots[0] = NULL;
		node_free(node);
	}
}

/* A slot of @node was emptied. */
static void delete_empty(struct xarray *xa, struct xa_node *node)
{
	while (!node->count) {
		struct xa_node *parent = node->parent;

		if (!parent) {
			xa->xa_head = NULL;
			node_free(node);
			return;
		}
		parent->slots[node->offset] = NULL;
		parent->count--;
		node_free(node);
		node = parent;
	}
	if (!node->parent)
		shrink(xa);
}

/* -------------------------------------------------------------- searching */

static void *lookup(const struct xarray *xa, unsigned long index)
{
	const void *entry = xa->xa_head;
	const struct xa_node *node;
	unsigned int shift;

	if (!xa_is_node(entry))
		return index ? NULL : (void *)entry;
	node = xa_to_node(entry);
	shift = node->shift;
	if (index >> shift >= XA_CHUNK_SIZE)
		return NULL;
	while (xa_is_node(entry = node->slots[index >> shift & XA_CHUNK_MASK])) {
		node = xa_to_node(entry);
		shift = node->shift;
	}
	return (void *)entry;
}

/* The first entry in [*@indexp, @max] and its index. */
static void *next_entry(const struct xarray *xa, unsigned long *indexp, unsigned long max)
{
	unsigned long index = *indexp;
	void *entry = xa->xa_head;
	const struct xa_node *node;
	unsigned int slot;

	if (index > max || index > top_index(entry))
		return NULL;
	if (!xa_is_node(entry))
		return entry;
	node = xa_to_node(entry);
	slot = slot_of(node, index);
	for (;;) {
		if (slot == XA_CHUNK_SIZE) {
			slot = node->offset + 1;
			node = node->parent;
			if (!node)
				return NULL;
			continue;
		}
		entry = node->slots[slot];
		if (xa_is_node(entry)) {
			node = xa_to_node(entry);
			slot = slot_of(node, index);
			continue;
		}
		if (entry) {
			*indexp = index;
			return entry;
		}
		/* The start of the next slot, at whatever level: 0 when there is none. */
		index = ((index >> node->shift) + 1) << node->shift;
		if (!index || index > max)
			return NULL;
		slot++;
	}
}

/* ---------------------------------------------------------------- storing */

/* Makes the tree high enough for xa_index; false and an error without memory. */
static bool grow(struct xa_state *xas, const struct sim_site *fail)
{
	struct xarray *xa = xas->xa;
	struct xa_node *node;
	unsigned int shift = 0;

	if (!xa->xa_head) {
		if (!xas->xa_index)
			return true;
		while (xas->xa_index >> shift >= XA_CHUNK_SIZE)
			shift += XA_CHUNK_SHIFT;
		node = node_new(xas, NULL, shift, fail);
		if (!node)
			return false;
		xa->xa_head = mk_node(node);
		return true;
	}
	while (xas->xa_index > top_index(xa->xa_head)) {
		void *below = xa->xa_head;

		shift = xa_is_node(below) ? xa_to_node(below)->shift + XA_CHUNK_SHIFT : 0;
		node = node_new(xas, NULL, shift, fail);
		if (!node)
			return false;
		node->slots[0] = below;
		node->count = 1;
		if (xa_is_node(below))
			xa_to_node(below)->parent = node;
		xa->xa_head = mk_node(node);
	}
	return true;
}

/*
 * The slot of xa_index and the node that it is in (NULL: the head), made if need be;
 * NULL and an error without memory.  Levels made before that stay, empty, until a later
 * store uses them or xa_destroy() comes.
 */
static void **create(struct xa_state *xas, struct xa_node **nodep, const struct sim_site *fail)
{
	struct xa_node *node = NULL;
	void **slot = &xas->xa->xa_head;

	if (!grow(xas, fail))
		return NULL;
	while (xa_is_node(*slot)) {
		struct xa_node *child;
		unsigned int n;

		node = xa_to_node(*slot);
		n = slot_of(node, xas->xa_index);
		slot = &node->slots[n];
		if (*slot || !node->shift)
			continue;
		child = node_new(xas, node, node->shift - XA_CHUNK_SHIFT, fail);
		if (!child)
			return NULL;
		child->offset = n;
		*slot = mk_node(child);
		node->count++;
	}
	*nodep = node;
	return slot;
}

static void *erase(struct xarray *xa, unsigned long index)
{
	struct xa_node *node = NULL;
	void **slot = &xa->xa_head;
	void *old;

	if (index > top_index(xa->xa_head))
		return NULL;
	while (xa_is_node(*slot)) {
		node = xa_to_node(*slot);
		slot = &node->slots[slot_of(node, index)];
	}
	old = *slot;
	if (!old)
		return NULL;
	*slot = NULL;
	if (node) {
		node->count--;
		delete_empty(xa, node);
	}
	return old;
}

static void *store(struct xa_state *xas, void *entry, const struct sim_site *fail)
{
	struct xa_node *node;
	void **slot;
	void *old;

	if (!entry)
		return erase(xas->xa, xas->xa_index);
	slot = create(xas, &node, fail);
	if (!slot)
		return NULL;
	old = *slot;
	*slot = entry;
	if (node && !old)
		node->count++;
	return old;
}

/* ---------------------------------------------------------- advanced API */

/**
 * xas_load_at - the entry at xa_index, or NULL
 * @xas: state; visited afterwards
 * @site: of the scheduling point
 *
 * xa_lock or an RCU read section.  Linux: xas_load() and xas_reload().
 */
void *xas_load_at(struct xa_state *xas, const struct sim_site *site)
{
	const struct xarray *xa = xas->xa;

	sim_point(xa, SIM_READ, site);
	if (xas->xa_error)
		return NULL;
	xas->xa_walked = true;
	return lookup(xa, xas->xa_index);
}

/**
 * xas_find_at - the next entry up to @max
 * @xas: state; xa_index becomes the entry's
 * @max: last index of interest
 * @site: of the scheduling point
 *
 * Begins at xa_index, or behind it once that was visited.  NULL when there is none.
 * xa_lock or an RCU read section.  Linux: xas_find() and xas_next_entry().
 */
void *xas_find_at(struct xa_state *xas, unsigned long max, const struct sim_site *site)
{
	unsigned long index = xas->xa_index;
	void *entry = NULL;

	sim_point(xas->xa, SIM_READ, site);
	if (xas->xa_error || xas->xa_done)
		return NULL;
	if (!xas->xa_walked || ++index)
		entry = next_entry(xas->xa, &index, max);
	if (entry)
		xas->xa_index = index;
	xas->xa_walked = true;
	xas->xa_done = !entry;
	return entry;
}

/**
 * xas_find_conflict - what stands where an entry is about to be stored
 * @xas: state
 *
 * xa_lock held: no scheduling point.  Linux: lib/xarray.c.
 */
void *xas_find_conflict(struct xa_state *xas)
{
	return lookup(xas->xa, xas->xa_index);
}

/**
 * xas_store_at - put an entry at xa_index, or take it away
 * @xas: state; without memory its error is -ENOMEM, and xas_nomem() helps
 * @entry: a pointer, a value, or NULL
 * @site: of the scheduling point
 * @fail: failure site of a node's allocation
 *
 * Returns what stood there.  xa_lock held.  Linux: xas_store().
 */
void *xas_store_at(struct xa_state *xas, void *entry, const struct sim_site *site,
		   const struct sim_site *fail)
{
	sim_point(xas->xa, SIM_WRITE, site);
	if (xas->xa_error)
		return NULL;
	xas->xa_walked = true;
	return store(xas, entry, fail);
}

/**
 * xas_nomem_at - allocate the node for which the last store had no memory
 * @xas: state, in any condition
 * @gfp: how
 * @fail: failure site of the allocation
 *
 * True when the store is to be tried again, from the taking of the lock on.  Gives back a
 * node that was not needed after all.  No lock held: sleeps.  Linux: xas_nomem().
 */
bool xas_nomem_at(struct xa_state *xas, gfp_t gfp, const struct sim_site *fail)
{
	if (xas->xa_error != -ENOMEM) {
		if (xas->xa_alloc)
			node_free(xas->xa_alloc);
		xas->xa_alloc = NULL;
		return false;
	}
	xas->xa_alloc = sim_kmem_cache_alloc(xa_node_cachep, gfp, fail, fail);
	if (!xas->xa_alloc)
		return false;
	xas_reset(xas);
	return true;
}

/* ------------------------------------------------------------ normal API */

/**
 * xa_load_at - the entry at an index, or NULL
 * @xa: the array
 * @index: where
 * @site: of the scheduling point
 *
 * No lock needed.  Linux: xa_load().
 */
void *xa_load_at(struct xarray *xa, unsigned long index, const struct sim_site *site)
{
	sim_point(xa, SIM_READ, site);
	return lookup(xa, index);
}

/**
 * xa_store_at - put an entry at an index
 * @xa: the array
 * @index: where
 * @entry: a pointer, a value, or NULL for nothing
 * @gfp: how to allocate a node
 * @site: of the scheduling point
 * @fail: failure site of a node's allocation
 *
 * Returns what stood there, or an entry for which xa_err() is -ENOMEM.  Takes xa_lock;
 * sleeps.  Linux: xa_store().
 */
void *xa_store_at(struct xarray *xa, unsigned long index, void *entry, gfp_t gfp,
		  const struct sim_site *site, const struct sim_site *fail)
{
	XA_STATE(xas, xa, index);
	void *old;

	do {
		xa_lock(xa);
		old = xas_store_at(&xas, entry, site, fail);
		xa_unlock(xa);
	} while (xas_nomem_at(&xas, gfp, fail));
	return xas.xa_error ? xa_mk_internal(xas.xa_error) : old;
}

/**
 * xa_cmpxchg_at - put an entry at an index if @old stands there
 * @xa: the array
 * @index: where
 * @old: expected there
 * @entry: goes there
 * @gfp: how to allocate a node
 * @site: of the scheduling point
 * @fail: failure site of a node's allocation
 *
 * Returns what stood there: the store was made if that is @old; or an entry for which
 * xa_err() is -ENOMEM.  Takes xa_lock; sleeps.  Linux: xa_cmpxchg().
 */
void *xa_cmpxchg_at(struct xarray *xa, unsigned long index, void *old, void *entry, gfp_t gfp,
		    const struct sim_site *site, const struct sim_site *fail)
{
	XA_STATE(xas, xa, index);
	void *curr;

	do {
		xa_lock(xa);
		curr = xas_load_at(&xas, site);
		if (curr == old)
			store(&xas, entry, fail);
		xa_unlock(xa);
	} while (xas_nomem_at(&xas, gfp, fail));
	return xas.xa_error ? xa_mk_internal(xas.xa_error) : curr;
}

/**
 * xa_erase_locked_at - take the entry at an index away
 * @xa: the array
 * @index: where
 * @site: of the scheduling point
 *
 * Returns what stood there.  xa_lock held.  Linux: __xa_erase().
 */
void *xa_erase_locked_at(struct xarray *xa, unsigned long index, const struct sim_site *site)
{
	sim_point(xa, SIM_WRITE, site);
	return erase(xa, index);
}

/**
 * xa_erase_at - take the entry at an index away
 * @xa: the array
 * @index: where
 * @site: of the scheduling point
 *
 * Returns what stood there.  Takes xa_lock.  Linux: xa_erase().
 */
void *xa_erase_at(struct xarray *xa, unsigned long index, const struct sim_site *site)
{
	void *old;

	xa_lock(xa);
	old = xa_erase_locked_at(xa, index, site);
	xa_unlock(xa);
	return old;
}

/**
 * xa_find_at - the first entry in [*@indexp, @max]
 * @xa: the array
 * @indexp: where to begin; its index when there is one
 * @max: last index of interest
 * @site: of the scheduling point
 *
 * Returns it or NULL.  No lock needed.  Linux: xa_find().
 */
void *xa_find_at(struct xarray *xa, unsigned long *indexp, unsigned long max,
		 const struct sim_site *site)
{
	sim_point(xa, SIM_READ, site);
	return next_entry(xa, indexp, max);
}

/**
 * xa_find_after_at - the first entry behind *@indexp, up to @max
 * @xa: the array
 * @indexp: where the last one was; its index when there is one
 * @max: last index of interest
 * @site: of the scheduling point
 *
 * Returns it or NULL.  No lock needed.  Linux: xa_find_after().
 */
void *xa_find_after_at(struct xarray *xa, unsigned long *indexp, unsigned long max,
		       const struct sim_site *site)
{
	unsigned long index = *indexp + 1;
	void *entry;

	sim_point(xa, SIM_READ, site);
	/* Behind the last index there is nothing. */
	if (!index)
		return NULL;
	entry = next_entry(xa, &index, max);
	if (entry)
		*indexp = index;
	return entry;
}

static void destroy_nodes(struct xa_node *node)
{
	unsigned int i;

	for (i = 0; i < XA_CHUNK_SIZE; i++) {
		if (xa_is_node(node->slots[i]))
			destroy_nodes(xa_to_node(node->slots[i]));
	}
	node_free(node);
}

/**
 * xa_destroy - forget all entries and free all nodes
 * @xa: the array, usable afterwards
 *
 * Takes xa_lock.  Linux: lib/xarray.c.
 */
void xa_destroy(struct xarray *xa)
{
	void *head;

	xa_lock_irq(xa);
	head = xa->xa_head;
	xa->xa_head = NULL;
	if (xa_is_node(head))
		destroy_nodes(xa_to_node(head));
	xa_unlock_irq(xa);
}
