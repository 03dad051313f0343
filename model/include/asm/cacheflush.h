/* SPDX-License-Identifier: GPL-2.0-only */
/* cacheflush.h */
#ifndef _ASM_X86_CACHEFLUSH_H
#define _ASM_X86_CACHEFLUSH_H

#define flush_cache_mm(mm) ((void)(mm))
#define flush_cache_page(vma, addr, pfn) ((void)0)
#define flush_cache_range(vma, start, end) ((void)0)
#define flush_dcache_page(page) ((void)(page))
#define flush_dcache_folio(folio) ((void)(folio))
#define flush_icache_page(vma, page) ((void)0)
#define flush_dcache_mmap_lock(mapping) ((void)(mapping))
#define flush_dcache_mmap_unlock(mapping) ((void)(mapping))

#endif
