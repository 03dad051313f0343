/* SPDX-License-Identifier: GPL-2.0-only */
/* gfp.h */
#ifndef _LINUX_GFP_H
#define _LINUX_GFP_H

#include <linux/compiler.h>
#include <linux/types.h>

#define __GFP_HIGHMEM 0x02u
#define __GFP_MOVABLE 0x08u
#define __GFP_RECLAIMABLE 0x10u
#define __GFP_IO 0x40u
#define __GFP_FS 0x80u
#define __GFP_ZERO 0x100u
#define __GFP_DIRECT_RECLAIM 0x400u
#define __GFP_KSWAPD_RECLAIM 0x800u
#define __GFP_WRITE 0x1000u
#define __GFP_NOWARN 0x2000u
#define __GFP_RETRY_MAYFAIL 0x4000u
#define __GFP_NOFAIL 0x8000u
#define __GFP_NORETRY 0x10000u
#define __GFP_COMP 0x40000u
#define __GFP_THISNODE 0x200000u
#define __GFP_ACCOUNT 0x400000u
#define __GFP_HARDWALL 0x100000u
#define GFP_RECLAIM_MASK (__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM | __GFP_NOFAIL)
#define GFP_ATOMIC __GFP_KSWAPD_RECLAIM
#define GFP_NOWAIT __GFP_KSWAPD_RECLAIM
#define GFP_KERNEL (__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_KERNEL_ACCOUNT (GFP_KERNEL | __GFP_ACCOUNT)
#define GFP_USER (GFP_KERNEL | __GFP_HARDWALL)
#define GFP_HIGHUSER (GFP_USER | __GFP_HIGHMEM)
#define GFP_HIGHUSER_MOVABLE (GFP_HIGHUSER | __GFP_MOVABLE)

struct page;
struct folio;

struct page *sim_alloc_page(gfp_t gfp, const struct sim_site *point, const struct sim_site *fail);
#define alloc_page(gfp) sim_alloc_page(gfp, SIM_SITE("alloc_page"), SIM_SITE("page_alloc"))
#define alloc_page_vma(gfp, vma, addr) \
	((void)(vma), (void)(addr),    \
	 sim_alloc_page(gfp, SIM_SITE("alloc_page_vma"), SIM_SITE("page_alloc")))
#define vma_alloc_folio(gfp, order, vma, addr, hugepage) \
	((struct folio *)alloc_page_vma(gfp, vma, addr))
#define alloc_zeroed_user_highpage_movable(vma, addr) \
	alloc_page_vma(GFP_HIGHUSER_MOVABLE | __GFP_ZERO, vma, addr)

void __free_pages(struct page *page, unsigned int order);
#define __free_page(page) __free_pages(page, 0)
void page_alloc_init(unsigned long first, unsigned long nr);
unsigned long nr_free_pages(void);

#endif
