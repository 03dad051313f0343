/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux lib/maple_tree.c, as much of it as the VMA tree needs, over a sorted array.
 *
 * What callers see is kept exactly: the four states of a ma_state, what index and last hold
 * after each call, which calls return the entry that contains the index and which the one
 * after it.  userfaultfd's walks over VMAs that it splits and merges depend on all of that.
 *
 * The tree holds no lock of its own: mmap_lock protects it.  Nodes are never allocated one
 * by one; mas_preallocate() and mas_store_gfp() can nevertheless fail (site "slab_alloc").
 */
#include <linux/maple_tree.h>
#include <linux/bug.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/limits.h>

#include "sim/sim.h"

/* Number of the first range that ends at or above @index; mt->nr if none does. */
static unsigned int mt_position(const struct maple_tree *mt, unsigned long index)
{
	unsigned int low = 0, high = mt->nr;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (mt->ranges[mid].last < index)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void *mas_take(struct ma_state *mas, const struct maple_range *range)
{
	mas->node = MAS_ACTIVE;
	mas->index = range->first;
	mas->last = range->last;
	return range->entry;
}

/**
 * mas_walk - go to the range that contains mas->index
 * @mas: state; index and last become the borders of that range or hole
 *
 * Returns its entry, NULL in a hole.  Linux: lib/maple_tree.c.
 */
void *mas_walk(struct ma_state *mas)
{
	const struct maple_tree *mt = mas->tree;
	unsigned int at = mt_position(mt, mas->index);
	const struct maple_range *range = mt->ranges + at;

	mas->node = MAS_ACTIVE;
	if (at < mt->nr && range->first <= mas->index)
		return mas_take(mas, range);
	mas->index = at ? range[-1].last + 1 : 0;
	mas->last = at < mt->nr ? range->first - 1 : ULONG_MAX;
	return NULL;
}

static void *mas_next_entry(struct ma_state *mas, unsigned long limit)
{
	const struct maple_tree *mt = mas->tree;
	unsigned int at;

	if (mas->index > limit) {
		mas->index = limit;
		mas->last = limit;
		mas_pause(mas);
		return NULL;
	}
	if (mas->last < limit) {
		at = mt_position(mt, mas->last + 1);
		if (at < mt->nr && mt->ranges[at].first <= limit)
			return mas_take(mas, mt->ranges + at);
	}
	mas->index = limit;
	mas->last = limit;
	return NULL;
}

static void *mas_prev_entry(struct ma_state *mas, unsigned long limit)
{
	const struct maple_tree *mt = mas->tree;
	unsigned int at = mt_position(mt, mas->index);

	if (mas->index >= limit && at && mt->ranges[at - 1].last >= limit)
		return mas_take(mas, mt->ranges + at - 1);
	mas->index = limit;
	mas->last = limit;
	mas->node = MAS_NONE;
	return NULL;
}

/**
 * mas_next - the entry above the range that the state stands in
 * @mas: state; one that has not walked yet first goes to the range that contains index,
 *	 whose entry is *not* returned
 * @max: the entry must start here or below
 *
 * Linux: lib/maple_tree.c.
 */
void *mas_next(struct ma_state *mas, unsigned long max)
{
	if (mas->node != MAS_ACTIVE)
		mas_walk(mas);
	if (mas->last == ULONG_MAX)
		return NULL;
	return mas_next_entry(mas, max);
}

/**
 * mas_prev - the entry below the range that the state stands in
 * @mas: state
 * @min: the entry must end here or above
 *
 * Without one, index and last become @min.  Linux: lib/maple_tree.c.
 */
void *mas_prev(struct ma_state *mas, unsigned long min)
{
	if (mas->index && mas->node != MAS_ACTIVE)
		mas_walk(mas);
	if (!mas->index) {
		mas->last = 0;
		mas->node = MAS_NONE;
		return NULL;
	}
	return mas_prev_entry(mas, min);
}

/**
 * mas_find - first call: the entry that contains index or the next; then those above
 * @mas: state
 * @max: the entry must start here or below
 *
 * After mas_pause() it goes on above last, which the caller may have changed.
 * Linux: lib/maple_tree.c.
 */
void *mas_find(struct ma_state *mas, unsigned long max)
{
	if (mas->node == MAS_PAUSE) {
		if (mas->last == ULONG_MAX) {
			mas->node = MAS_NONE;
			return NULL;
		}
		mas->last++;
		mas->index = mas->last;
	}
	if (mas->node != MAS_ACTIVE) {
		void *entry = NULL;

		mas->node = MAS_START;
		if (mas->index <= max)
			entry = mas_walk(mas);
		if (entry || mas->index > max)
			return entry;
	}
	return mas_next_entry(mas, max);
}

/**
 * mas_pause - make the state survive a change of the tree
 * @mas: state
 *
 * Linux: lib/maple_tree.c.
 */
void mas_pause(struct ma_state *mas)
{
	mas->node = MAS_PAUSE;
}

/**
 * mt_find - the entry that contains an index, or the next
 * @mt: tree
 * @index: where to start; becomes the first index above the entry found
 * @max: the entry must start here or below
 *
 * Linux: lib/maple_tree.c.
 */
void *mt_find(struct maple_tree *mt, unsigned long *index, unsigned long max)
{
	unsigned int at = mt_position(mt, *index);

	if (*index > max || at == mt->nr || mt->ranges[at].first > max)
		return NULL;
	*index = mt->ranges[at].last + 1;
	return mt->ranges[at].entry;
}

/**
 * mtree_load - the entry that contains an index
 * @mt: tree
 * @index: the index
 *
 * Linux: lib/maple_tree.c.
 */
void *mtree_load(struct maple_tree *mt, unsigned long index)
{
	unsigned int at = mt_position(mt, index);

	if (at == mt->nr || mt->ranges[at].first > index)
		return NULL;
	return mt->ranges[at].entry;
}

/* ---------------------------------------------------------------- stores */

/* Makes @n ranges, with anything in them, at @at; @n negative: takes as many away. */
static void mt_shift(struct maple_tree *mt, unsigned int at, int n)
{
	unsigned int i, nr = mt->nr + n;

	if (nr > mt->size) {
		unsigned int size = mt->size ? 2 * mt->size : 8;
		struct maple_range *bigger = sim_alloc(size * sizeof(*bigger));

		if (mt->ranges) {
			sim_memcpy(bigger, mt->ranges, mt->nr * sizeof(*bigger));
			sim_free(mt->ranges);
		}
		mt->ranges = bigger;
		mt->size = size;
	}
	if (n > 0) {
		for (i = nr; i-- > at + n;)
			mt->ranges[i] = mt->ranges[i - n];
	} else {
		for (i = at; i < nr; i++)
			mt->ranges[i] = mt->ranges[i - n];
	}
	mt->nr = nr;
}

/* No range reaches across the border below @index any more; returns what starts there. */
static unsigned int mt_cut(struct maple_tree *mt, unsigned long index)
{
	unsigned int at = mt_position(mt, index);

	if (at == mt->nr || mt->ranges[at].first >= index)
		return at;
	mt_shift(mt, at, 1);
	mt->ranges[at] = mt->ranges[at + 1];
	mt->ranges[at].last = index - 1;
	mt->ranges[at + 1].first = index;
	return at + 1;
}

static void mas_do_store(struct ma_state *mas, void *entry)
{
	struct maple_tree *mt = mas->tree;
	unsigned int from = mt_cut(mt, mas->index);
	unsigned int to = mt->nr;
	unsigned int want = entry ? 1 : 0;

	BUG_ON(mas->index > mas->last);
	if (mas->last != ULONG_MAX)
		to = mt_cut(mt, mas->last + 1);
	if (to - from != want)
		mt_shift(mt, from, (int)want - (int)(to - from));
	if (entry) {
		mt->ranges[from].first = mas->index;
		mt->ranges[from].last = mas->last;
		mt->ranges[from].entry = entry;
	}
	mas->node = MAS_ACTIVE;
}

/**
 * mas_preallocate - make sure that the next store cannot fail
 * @mas: state
 * @entry: what will be stored
 * @gfp: unused
 *
 * Returns 0 or -ENOMEM.  Linux: lib/maple_tree.c.
 */
int mas_preallocate(struct ma_state *mas, void *entry, gfp_t gfp)
{
	return sim_should_fail(SIM_SITE("slab_alloc")) ? -ENOMEM : 0;
}

/**
 * mas_store_prealloc - store an entry at [index, last], over whatever is there
 * @mas: state, preallocated
 * @entry: NULL makes a hole
 *
 * Ranges that stick out keep their entry.  Linux: lib/maple_tree.c.
 */
void mas_store_prealloc(struct ma_state *mas, void *entry)
{
	mas_do_store(mas, entry);
}

/**
 * mas_store_gfp - mas_store_prealloc() that allocates for itself
 * @mas: state
 * @entry: what to store
 * @gfp: unused
 *
 * Returns 0 or -ENOMEM.  Linux: lib/maple_tree.c.
 */
int mas_store_gfp(struct ma_state *mas, void *entry, gfp_t gfp)
{
	if (sim_should_fail(SIM_SITE("slab_alloc")))
		return -ENOMEM;
	mas_do_store(mas, entry);
	return 0;
}

/**
 * mas_expected_entries - make sure that so many stores in ascending order cannot fail
 * @mas: state of an empty tree
 * @nr: entries
 *
 * Returns 0 or -ENOMEM.  Linux: lib/maple_tree.c.
 */
int mas_expected_entries(struct ma_state *mas, unsigned long nr)
{
	return sim_should_fail(SIM_SITE("slab_alloc")) ? -ENOMEM : 0;
}

/**
 * mas_destroy - give back what mas_preallocate() got
 * @mas: state
 *
 * Linux: lib/maple_tree.c.
 */
void mas_destroy(struct ma_state *mas)
{
}

/* ------------------------------------------------------------ free areas */

/*
 * The part of the hole below range @at that lies in [*@first, *@last], which become its
 * borders.  False when @size does not fit into it.
 */
static bool mt_hole(const struct maple_tree *mt, unsigned int at, unsigned long size,
		    unsigned long *first, unsigned long *last)
{
	if (at) {
		if (mt->ranges[at - 1].last >= *last)
			return false;
		if (mt->ranges[at - 1].last >= *first)
			*first = mt->ranges[at - 1].last + 1;
	}
	if (at < mt->nr) {
		if (mt->ranges[at].first <= *first)
			return false;
		if (mt->ranges[at].first <= *last)
			*last = mt->ranges[at].first - 1;
	}
	return *last - *first >= size - 1;
}

/**
 * mas_empty_area - the lowest hole that is large enough
 * @mas: state; index and last become the lowest area of that size
 * @min: first index allowed
 * @max: last index allowed
 * @size: how many, > 0
 *
 * Returns 0, -EBUSY or -EINVAL.  Linux: lib/maple_tree.c.
 */
int mas_empty_area(struct ma_state *mas, unsigned long min, unsigned long max, unsigned long size)
{
	unsigned int at;

	if (min >= max)
		return -EINVAL;
	for (at = mt_position(mas->tree, min); at <= mas->tree->nr; at++) {
		unsigned long first = min, last = max;

		if (!mt_hole(mas->tree, at, size, &first, &last))
			continue;
		mas->node = MAS_ACTIVE;
		mas->index = first;
		mas->last = first + size - 1;
		return 0;
	}
	return -EBUSY;
}

/**
 * mas_empty_area_rev - the highest hole that is large enough
 * @mas: state; index and last become the highest area of that size
 * @min: first index allowed
 * @max: last index allowed
 * @size: how many, > 0
 *
 * Returns 0, -EBUSY or -EINVAL.  Linux: lib/maple_tree.c.
 */
int mas_empty_area_rev(struct ma_state *mas, unsigned long min, unsigned long max,
		       unsigned long size)
{
	unsigned int at;

	if (min >= max)
		return -EINVAL;
	/* Down from the hole below the first range that ends at or above @max. */
	for (at = mt_position(mas->tree, max) + 1; at-- > 0;) {
		unsigned long first = min, last = max;

		if (!mt_hole(mas->tree, at, size, &first, &last))
			continue;
		mas->node = MAS_ACTIVE;
		mas->index = last - size + 1;
		mas->last = last;
		return 0;
	}
	return -EBUSY;
}

/* ---------------------------------------------------------- whole trees */

/**
 * mt_init_flags - make an empty tree
 * @mt: tree
 * @flags: MT_FLAGS_*, remembered only
 *
 * Linux: include/linux/maple_tree.h.
 */
void mt_init_flags(struct maple_tree *mt, unsigned int flags)
{
	mt->ma_flags = flags;
	mt->ranges = NULL;
	mt->nr = 0;
	mt->size = 0;
}

/**
 * __mt_destroy - forget all entries
 * @mt: tree, empty afterwards
 *
 * Linux: lib/maple_tree.c.
 */
void __mt_destroy(struct maple_tree *mt)
{
	if (mt->ranges)
		sim_free(mt->ranges);
	mt_init_flags(mt, mt->ma_flags);
}
