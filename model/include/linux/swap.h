/* SPDX-License-Identifier: GPL-2.0-only */
/* swap.h - no swap; the pages of the LRU are not moved */
#ifndef _LINUX_SWAP_H
#define _LINUX_SWAP_H

#include <linux/mm.h>

struct pagevec;

#define lru_add_drain() ((void)0)
#define lru_cache_add(page) ((void)(page))
#define folio_add_lru(folio) ((void)(folio))
#define lru_cache_add_inactive_or_unevictable(page, vma) ((void)(page))
#define mark_page_accessed(page) ((void)(page))
#define folio_mark_accessed(folio) ((void)(folio))
#define free_swap_cache(page) ((void)(page))
#define cgroup_throttle_swaprate(page, gfp) ((void)(page))

void __folio_put(struct folio *folio);
void release_pages(struct page **pages, int nr);
void free_pages_and_swap_cache(struct page **pages, int nr);
void __pagevec_release(struct pagevec *pvec);

#endif
