/* SPDX-License-Identifier: GPL-2.0-only */
/* slab.h */
#ifndef _LINUX_SLAB_H
#define _LINUX_SLAB_H

#include <linux/compiler.h>
#include <linux/gfp.h>
#include <linux/types.h>

#define SLAB_HWCACHE_ALIGN 0x2000u
#define SLAB_PANIC 0x40000u
#define SLAB_TYPESAFE_BY_RCU 0x80000u
#define SLAB_ACCOUNT 0x4000000u
#define SLAB_RECLAIM_ACCOUNT 0x20000u

struct kmem_cache;

struct kmem_cache *kmem_cache_create(const char *name, unsigned int size, unsigned int align,
				     slab_flags_t flags, void (*ctor)(void *));
#define KMEM_CACHE(type, flags) \
	kmem_cache_create(#type, sizeof(struct type), __alignof__(struct type), flags, NULL)
void *sim_kmem_cache_alloc(struct kmem_cache *c, gfp_t gfp, const struct sim_site *point,
			   const struct sim_site *fail);
void *sim_kmalloc(size_t size, gfp_t gfp, const struct sim_site *point,
		  const struct sim_site *fail);
void kmem_cache_free(struct kmem_cache *c, void *obj);
void kfree(const void *p);

#define SLAB_SITES(name) SIM_SITE(name), SIM_SITE("slab_alloc")
#define kmem_cache_alloc(c, gfp) sim_kmem_cache_alloc(c, gfp, SLAB_SITES("kmem_cache_alloc"))
#define kmem_cache_zalloc(c, gfp) sim_kmem_cache_alloc(c, gfp, SLAB_SITES("kmem_cache_alloc"))
#define kmalloc(size, gfp) sim_kmalloc(size, gfp, SLAB_SITES("kmalloc"))
#define kzalloc(size, gfp) sim_kmalloc(size, gfp, SLAB_SITES("kmalloc"))
#define kcalloc(n, size, gfp) sim_kmalloc((n) * (size), gfp, SLAB_SITES("kmalloc"))

#endif
