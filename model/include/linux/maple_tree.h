/* SPDX-License-Identifier: GPL-2.0-only */
/* maple_tree.h - ranges of VMAs; a sorted array behind it (model/lib/maple_tree.c) */
#ifndef _LINUX_MAPLE_TREE_H
#define _LINUX_MAPLE_TREE_H

#include <linux/types.h>

struct maple_range {
	unsigned long first, last;
	void *entry;
};

struct maple_tree {
	struct maple_range *ranges;
	unsigned int nr, size;
	unsigned int ma_flags;
};

/* Where a walk stands, as the kernel encodes it in ->node. */
enum mas_node { MAS_START, MAS_ACTIVE, MAS_PAUSE, MAS_NONE };

struct ma_state {
	struct maple_tree *tree;
	unsigned long index, last;
	enum mas_node node;
};

#define MA_STATE(name, mt, first, end) \
	struct ma_state name = { .tree = mt, .index = first, .last = end, .node = MAS_START }
#define MT_FLAGS_ALLOC_RANGE 0x01
#define MT_FLAGS_LOCK_MASK 0x300
#define MT_FLAGS_LOCK_EXTERN 0x300

static inline void mas_set_range(struct ma_state *mas, unsigned long start, unsigned long last)
{
	mas->index = start;
	mas->last = last;
	mas->node = MAS_START;
}

static inline void mas_set(struct ma_state *mas, unsigned long index)
{
	mas_set_range(mas, index, index);
}

static inline void mas_reset(struct ma_state *mas)
{
	mas->node = MAS_START;
}

void *mas_walk(struct ma_state *mas);
void *mas_next(struct ma_state *mas, unsigned long max);
void *mas_prev(struct ma_state *mas, unsigned long min);
void *mas_find(struct ma_state *mas, unsigned long max);
void mas_pause(struct ma_state *mas);
void *mt_find(struct maple_tree *mt, unsigned long *index, unsigned long max);
int mas_preallocate(struct ma_state *mas, void *entry, gfp_t gfp);
void mas_store_prealloc(struct ma_state *mas, void *entry);
int mas_store_gfp(struct ma_state *mas, void *entry, gfp_t gfp);
int mas_expected_entries(struct ma_state *mas, unsigned long nr);
void mas_destroy(struct ma_state *mas);
int mas_empty_area(struct ma_state *mas, unsigned long min, unsigned long max, unsigned long size);
int mas_empty_area_rev(struct ma_state *mas, unsigned long min, unsigned long max,
		       unsigned long size);
void mt_init_flags(struct maple_tree *mt, unsigned int flags);
void __mt_destroy(struct maple_tree *mt);

#define mt_set_external_lock(mt, lock) ((void)(lock))
#define mas_for_each(mas, entry, max) while (((entry) = mas_find(mas, max)) != NULL)

#endif
