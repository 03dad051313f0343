/* SPDX-License-Identifier: GPL-2.0-only */
/* pagemap.h - the page cache and the page lock */
#ifndef _LINUX_PAGEMAP_H
#define _LINUX_PAGEMAP_H

#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

struct folio_batch;

#define FGP_ACCESSED 0x01
#define FGP_LOCK 0x02
#define FGP_CREAT 0x04
#define FGP_NOWAIT 0x20
#define FGP_ENTRY 0x100

#define page_lock_init(page) sim_lock_init(&(page)->lock, SIM_PAGELOCK, LOCK_CLASS("page_lock"))
#define folio_lock(folio) sim_lock(&(folio)->page.lock, SIM_SITE("folio_lock"))
#define folio_trylock(folio) sim_trylock(&(folio)->page.lock, SIM_SITE("folio_trylock"))
#define folio_unlock(folio) sim_unlock(&(folio)->page.lock, SIM_SITE("folio_unlock"))
#define wait_on_page_locked(p)                                                     \
	do {                                                                       \
		struct page *wait_ = (p);                                          \
		macro_if(PageLocked(wait_))                                        \
		{                                                                  \
			sim_lock(&wait_->lock, SIM_SITE("wait_on_page_locked"));   \
			sim_unlock(&wait_->lock, SIM_SITE("wait_on_page_locked")); \
		}                                                                  \
	} while (0)
#define lock_page(page) sim_lock(&(page)->lock, SIM_SITE("lock_page"))
#define trylock_page(page) sim_trylock(&(page)->lock, SIM_SITE("trylock_page"))
#define unlock_page(page) sim_unlock(&(page)->lock, SIM_SITE("unlock_page"))

#define mapping_gfp_mask(m) ((m)->gfp_mask)
#define mapping_set_gfp_mask(m, mask) ((void)((m)->gfp_mask = (mask)))
#define mapping_set_exiting(m) ((void)((m)->flags |= 1))
#define mapping_exiting(m) ((m)->flags & 1)
#define mapping_set_large_folios(m) ((void)0)
#define folio_pos(folio) ((loff_t)(folio)->index << PAGE_SHIFT)
#define folio_contains(folio, i) ((folio)->index == (i))
#define folio_next_index(folio) ((folio)->index + 1)
#define folio_file_page(folio, i) (&(folio)->page)
#define page_cache_next_miss(m, i, n) (i)

struct folio *__filemap_get_folio(struct address_space *mapping, pgoff_t index, int fgp_flags,
				  gfp_t gfp);
#define filemap_get_folio(m, i) __filemap_get_folio(m, i, 0, 0)
#define filemap_lock_folio(m, i) __filemap_get_folio(m, i, FGP_LOCK, 0)

static inline struct page *folio_page_or_null(struct folio *folio)
{
	return folio ? &folio->page : NULL;
}

#define find_get_page(m, i) folio_page_or_null(__filemap_get_folio(m, i, 0, 0))
#define find_lock_page(m, i) folio_page_or_null(__filemap_get_folio(m, i, FGP_LOCK, 0))

void __filemap_remove_folio(struct folio *folio, void *shadow);
void filemap_free_folio(struct address_space *mapping, struct folio *folio);
void filemap_remove_folio(struct folio *folio);
void delete_from_page_cache_batch(struct address_space *mapping, struct folio_batch *fbatch);
int __filemap_add_folio(struct address_space *mapping, struct folio *folio, pgoff_t index,
			gfp_t gfp, void **shadowp);
unsigned int find_get_entries(struct address_space *mapping, pgoff_t start, pgoff_t end,
			      struct folio_batch *fbatch, pgoff_t *indices);
unsigned int find_lock_entries(struct address_space *mapping, pgoff_t start, pgoff_t end,
			       struct folio_batch *fbatch, pgoff_t *indices);
unsigned int filemap_get_folios(struct address_space *mapping, pgoff_t *start, pgoff_t end,
				struct folio_batch *fbatch);
vm_fault_t filemap_map_pages(struct vm_fault *vmf, pgoff_t start_pgoff, pgoff_t end_pgoff);

#endif
