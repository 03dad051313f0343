/* SPDX-License-Identifier: GPL-2.0-only */
/* highmem.h - kernel addresses of page frames: handles */
#ifndef _LINUX_HIGHMEM_H
#define _LINUX_HIGHMEM_H

#include <linux/mm.h>
#include <linux/uaccess.h>

#define kmap_local_page(page) sim_kmap(page_to_pfn(page))
#define kmap_local_folio(folio, offset) ((char *)sim_kmap(folio_pfn(folio)) + (offset))
#define kunmap_local(addr) ((void)(addr))
#define kmap_atomic(page) sim_kmap(page_to_pfn(page))
#define kunmap_atomic(addr) ((void)(addr))

#define clear_highpage(p)                                                 \
	do {                                                              \
		struct page *clear_ = (p);                                \
		sim_point(clear_, SIM_WRITE, SIM_SITE("clear_highpage")); \
		sim_phys_clear(page_to_pfn(clear_), 1);                   \
	} while (0)
#define clear_user_highpage(page, addr) clear_highpage(page)
#define copy_user_highpage(to, from, addr, vma)                                          \
	do {                                                                             \
		unsigned long to_ = page_to_pfn(to), from_ = page_to_pfn(from);          \
		sim_point(from, SIM_READ, SIM_SITE("copy_page"));                        \
		sim_phys_copy_words(to_, from_, 0, SIM_PAGE_WORDS / 2);                  \
		sim_point(from, SIM_READ, SIM_SITE("copy_page"));                        \
		sim_phys_copy_words(to_, from_, SIM_PAGE_WORDS / 2, SIM_PAGE_WORDS / 2); \
	} while (0)
/* Returns the bytes that could not be read: memory has errors, by injection. */
#define copy_mc_user_highpage(to, from, addr, vma)               \
	({                                                       \
		unsigned long mc_left_ = 0;                      \
		if (sim_should_fail(SIM_SITE("copy_page")))      \
			mc_left_ = PAGE_SIZE;                    \
		else                                             \
			copy_user_highpage(to, from, addr, vma); \
		mc_left_;                                        \
	})
#define folio_zero_range(folio, start, len) sim_phys_zero_bytes(folio_pfn(folio), start, len)
#define folio_zero_segment(folio, start, end) \
	sim_phys_zero_bytes(folio_pfn(folio), start, (end) - (start))
void sim_phys_zero_bytes(unsigned long pfn, unsigned long start, unsigned long len);

#endif
