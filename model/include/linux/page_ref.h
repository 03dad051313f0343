/* SPDX-License-Identifier: GPL-2.0-only */
/* page_ref.h - reference counts, each change one step */
#ifndef _LINUX_PAGE_REF_H
#define _LINUX_PAGE_REF_H

#include <linux/atomic.h>
#include <linux/page-flags.h>

static inline int page_ref_raw(const struct page *page)
{
	return atomic_raw_read(&page->_refcount);
}

/* For assertions and reports: no scheduling point. */
#define page_ref_count(page) page_ref_raw(page)
#define page_count(page) page_ref_raw(compound_head(page))
#define folio_ref_count(folio) page_ref_raw(&(folio)->page)
#define set_page_count(page, v) ((void)((page)->_refcount.counter = (v)))
#define set_page_refcounted(page) set_page_count(page, 1)
#define folio_ref_add(folio, n) atomic_add(n, &(folio)->_refcount)
#define folio_ref_sub(folio, n) atomic_sub(n, &(folio)->_refcount)
#define page_ref_add(page, n) atomic_add(n, &(page)->_refcount)
#define folio_put_testzero(folio) put_page_testzero(&(folio)->page)
#define put_page_testzero(p)                                   \
	({                                                     \
		struct page *put_ = (p);                       \
		VM_BUG_ON_PAGE(page_ref_raw(put_) == 0, put_); \
		atomic_dec_and_test(&put_->_refcount);         \
	})
#define folio_try_get(folio) atomic_inc_not_zero(&(folio)->_refcount)
#define folio_try_get_rcu(folio) folio_try_get(folio)
#define folio_get(f)                                               \
	do {                                                       \
		struct folio *get_ = (f);                          \
		VM_BUG_ON_FOLIO(folio_ref_count(get_) <= 0, get_); \
		atomic_inc(&get_->_refcount);                      \
	} while (0)
#define get_page(page) folio_get(page_folio(page))
#define folio_ref_freeze(f, n)                                               \
	({                                                                   \
		struct folio *freeze_ = (f);                                 \
		bool frozen_;                                                \
		sim_point(freeze_, SIM_WRITE, SIM_SITE("folio_ref_freeze")); \
		frozen_ = freeze_->_refcount.counter == (n);                 \
		macro_if(frozen_) freeze_->_refcount.counter = 0;            \
		frozen_;                                                     \
	})

#endif
