/* SPDX-License-Identifier: GPL-2.0-only */
/* page-flags.h - bits of page->flags; the page lock is a lock of its own */
#ifndef _LINUX_PAGE_FLAGS_H
#define _LINUX_PAGE_FLAGS_H

#include <linux/bug.h>
#include <linux/mm_types.h>
#include <linux/mmdebug.h>

enum pageflags {
	PG_uptodate,
	PG_dirty,
	PG_referenced,
	PG_active,
	PG_lru,
	PG_private,
	PG_reclaim,
	PG_swapbacked,
	PG_unevictable,
	PG_hwpoison,
	PG_head,
	PG_anon_exclusive,
	PG_reserved,
	PG_writeback,
	PG_swapcache,
};

/* Bits that a page must have lost when it is freed. */
#define PAGE_FLAGS_CHECK_AT_FREE \
	(1ul << PG_lru | 1ul << PG_writeback | 1ul << PG_reserved | 1ul << PG_hwpoison)

static inline bool page_flag(const struct page *page, unsigned int nr)
{
	return page->flags >> nr & 1;
}

static inline void page_flag_set(struct page *page, unsigned int nr)
{
	page->flags |= 1ul << nr;
}

static inline void page_flag_clear(struct page *page, unsigned int nr)
{
	page->flags &= ~(1ul << nr);
}

#define PAGE_FLAG(Name, name)                                           \
	static inline bool Page##Name(const struct page *page)          \
	{                                                               \
		return page_flag(page, PG_##name);                      \
	}                                                               \
	static inline void SetPage##Name(struct page *page)             \
	{                                                               \
		page_flag_set(page, PG_##name);                         \
	}                                                               \
	static inline void ClearPage##Name(struct page *page)           \
	{                                                               \
		page_flag_clear(page, PG_##name);                       \
	}                                                               \
	static inline void __SetPage##Name(struct page *page)           \
	{                                                               \
		page_flag_set(page, PG_##name);                         \
	}                                                               \
	static inline void __ClearPage##Name(struct page *page)         \
	{                                                               \
		page_flag_clear(page, PG_##name);                       \
	}                                                               \
	static inline bool folio_test_##name(const struct folio *folio) \
	{                                                               \
		return page_flag(&folio->page, PG_##name);              \
	}                                                               \
	static inline void folio_set_##name(struct folio *folio)        \
	{                                                               \
		page_flag_set(&folio->page, PG_##name);                 \
	}                                                               \
	static inline void folio_clear_##name(struct folio *folio)      \
	{                                                               \
		page_flag_clear(&folio->page, PG_##name);               \
	}                                                               \
	static inline void __folio_set_##name(struct folio *folio)      \
	{                                                               \
		page_flag_set(&folio->page, PG_##name);                 \
	}                                                               \
	static inline void __folio_clear_##name(struct folio *folio)    \
	{                                                               \
		page_flag_clear(&folio->page, PG_##name);               \
	}

PAGE_FLAG(Referenced, referenced)
PAGE_FLAG(Uptodate, uptodate)
PAGE_FLAG(Dirty, dirty)
PAGE_FLAG(LRU, lru)
PAGE_FLAG(Active, active)
PAGE_FLAG(Private, private)
PAGE_FLAG(SwapBacked, swapbacked)
PAGE_FLAG(Unevictable, unevictable)
PAGE_FLAG(HWPoison, hwpoison)
PAGE_FLAG(Reserved, reserved)
PAGE_FLAG(AnonExclusive, anon_exclusive)
PAGE_FLAG(Writeback, writeback)
PAGE_FLAG(SwapCache, swapcache)

#define __folio_mark_uptodate(folio) __folio_set_uptodate(folio)
#define folio_mark_uptodate(folio) folio_set_uptodate(folio)
#define folio_cancel_dirty(folio) folio_clear_dirty(folio)

/* The low bit of page->mapping: the rest is an anon_vma. */
#define PAGE_MAPPING_ANON 0x1ul
#define PAGE_MAPPING_FLAGS 0x3ul

static inline bool PageMappingFlags(const struct page *page)
{
	return (unsigned long)page->mapping & PAGE_MAPPING_FLAGS;
}

static inline bool PageAnon(const struct page *page)
{
	return (unsigned long)page->mapping & PAGE_MAPPING_ANON;
}

static inline bool folio_test_anon(const struct folio *folio)
{
	return PageAnon(&folio->page);
}

static inline bool PageLocked(const struct page *page)
{
	return sim_lock_is_held(&page->lock);
}

static inline bool folio_test_locked(const struct folio *folio)
{
	return PageLocked(&folio->page);
}

#define __folio_set_locked(folio) sim_page_lock_new(&(folio)->page, SIM_SITE("__folio_set_locked"))
#define __SetPageLocked(page) sim_page_lock_new(page, SIM_SITE("__SetPageLocked"))
#define __folio_clear_locked(folio) \
	sim_unlock(&(folio)->page.lock, SIM_SITE("__folio_clear_locked"))
#define __ClearPageLocked(page) sim_unlock(&(page)->lock, SIM_SITE("__ClearPageLocked"))

/* A page that nobody else can reach yet: taken without waiting. */
static inline void sim_page_lock_new(struct page *page, const struct sim_site *site)
{
	int taken = sim_trylock(&page->lock, site);

	VM_BUG_ON(!taken);
}

/* Order of the compound page that a frame belongs to: frames lie in regions by order. */
unsigned int page_region_order(const struct page *page, unsigned long *head);

static inline struct page *compound_head(const struct page *page)
{
	unsigned long head;

	page_region_order(page, &head);
	return READ_FIXED(mem_map) + head;
}

static inline unsigned int compound_order(const struct page *page)
{
	unsigned long head;

	return page_region_order(page, &head);
}

#define page_folio(p) ((struct folio *)compound_head(p))
#define folio_page(folio, n) (&(folio)->page + (n))

static inline bool PageHuge(const struct page *page)
{
	return compound_order(page) != 0;
}

#define PageHead(p) (compound_order(p) && compound_head(p) == (p))
#define PageCompound(p) PageHuge(p)
#define PageTransCompound(p) 0
#define PageTransHuge(p) 0
#define PageTail(p) (compound_head(p) != (p))
#define PageKsm(p) 0
#define folio_test_ksm(f) 0

static inline bool folio_test_large(const struct folio *folio)
{
	return PageHuge(&folio->page);
}

#define folio_test_hugetlb(folio) folio_test_large(folio)
#define folio_test_pmd_mappable(folio) 0

#endif
