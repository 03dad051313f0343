/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/slab.c: caches of kernel objects, over the machine's.
 *
 * The machine never hands a freed object out again while it can avoid it, and runs the
 * constructor for each allocation.
 */
#include <linux/slab.h>
#include <linux/bug.h>
#include <linux/gfp.h>
#include <linux/string.h>
#include <uffdsim/kinds.h>

#include "sim/sim.h"

struct kmem_cache {
	struct sim_cache *cache;
	const char *name;
};

#define MAX_KMEM_CACHES 48

static struct kmem_cache kmem_caches[MAX_KMEM_CACHES];
static unsigned int nr_kmem_caches;

/* What the objects are, for the invariants: by name of the cache. */
static const struct {
	const char *cache;
	int kind;
} cache_kinds[] = {
	{ "vm_area_struct", KIND_VMA },
	{ "mm_struct", KIND_MM },
	{ "userfaultfd_ctx_cache", KIND_UFFD_CTX },
	{ "inode_cache", KIND_INODE },
	{ "shmem_inode_cache", KIND_INODE },
	{ "hugetlbfs_inode_cache", KIND_INODE },
	{ "task_struct", KIND_TASK },
	{ "filp", KIND_FILE },
	{ "anon_vma", KIND_ANON_VMA },
	{ "pgtable", KIND_PTABLE },
	{ "radix_tree_node", KIND_XA_NODE },
	{ "resv_map", KIND_RESV_MAP },
	{ "file_region", KIND_FILE_REGION },
	{ "hugepage_subpool", KIND_SUBPOOL },
	{ "shmem_sb_info", KIND_SHMEM_SB },
};

static int kind_of_cache(const char *name)
{
	unsigned int i;

	for (i = 0; i < sizeof(cache_kinds) / sizeof(cache_kinds[0]); i++) {
		if (!strcmp(cache_kinds[i].cache, name))
			return cache_kinds[i].kind;
	}
	return 0;
}

/**
 * kmem_cache_create - make a cache
 * @name: also tells the kind of its objects
 * @size: of an object, bytes
 * @align: of an object, bytes, 0: any
 * @flags: SLAB_*, without effect
 * @ctor: run on each object when it is allocated, or NULL
 *
 * Never fails.  Linux: mm/slab_common.c.
 */
struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     slab_flags_t flags, void (*ctor)(void *))
{
	struct kmem_cache *c;

	BUG_ON(nr_kmem_caches == MAX_KMEM_CACHES);
	c = &kmem_caches[nr_kmem_caches++];
	c->name = name;
	c->cache = sim_cache_create(name, size, align, kind_of_cache(name), ctor);
	return c;
}

/**
 * sim_kmem_cache_alloc - allocate an object
 * @c: its cache
 * @gfp: GFP_*; __GFP_NOFAIL never fails
 * @point: the caller's scheduling point
 * @fail: the caller's failure site
 *
 * kmem_cache_alloc() and its kin are macros over this.  Zeroed, unless there is a
 * constructor.  NULL only by injection.  Sleeps unless GFP_NOWAIT.
 */
void *sim_kmem_cache_alloc(struct kmem_cache *c, gfp_t gfp, const struct sim_site *point,
			   const struct sim_site *fail)
{
	if (gfp & __GFP_DIRECT_RECLAIM)
		sim_might_sleep(point);
	sim_point(c, SIM_WRITE, point);
	if (!(gfp & __GFP_NOFAIL)) {
		if (sim_should_fail(fail))
			return NULL;
	}
	return sim_cache_alloc(c->cache);
}

/**
 * kmem_cache_free - free an object
 * @c: its cache
 * @obj: the object
 *
 * Linux: mm/slab.c.
 */
void kmem_cache_free(struct kmem_cache *c, void *obj)
{
	sim_cache_free(c->cache, obj);
}

/**
 * sim_kmalloc - allocate memory
 * @size: bytes
 * @gfp: GFP_*
 * @point: the caller's scheduling point
 * @fail: the caller's failure site
 *
 * kmalloc(), kzalloc() and their kin are macros over this.  Zeroed.  NULL only by
 * injection.
 */
void *sim_kmalloc(size_t size, gfp_t gfp, const struct sim_site *point, const struct sim_site *fail)
{
	if (gfp & __GFP_DIRECT_RECLAIM)
		sim_might_sleep(point);
	sim_point(NULL, SIM_WRITE, point);
	if (!(gfp & __GFP_NOFAIL)) {
		if (sim_should_fail(fail))
			return NULL;
	}
	return sim_alloc(size);
}

/**
 * kfree - free memory of kmalloc()
 * @p: the memory, or NULL
 *
 * Linux: mm/slab.c.
 */
void kfree(const void *p)
{
	sim_free((void *)p);
}
