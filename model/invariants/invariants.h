/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * invariants.h - what the files of model/invariants/ share
 *
 * They look at the model's objects with plain loads: nothing here may contain a scheduling
 * point, so most of the kernel's own accessors are out of bounds.
 */
#ifndef MODEL_INVARIANTS_H
#define MODEL_INVARIANTS_H

#include "model/invariants/ghost.h"

extern const struct sim_invariant inv_ref, inv_map, inv_cache, inv_resv, inv_blk, inv_lock,
	inv_wake, inv_evt, inv_data, inv_size, inv_wp, inv_ctx, inv_chg, inv_api, inv_vma, inv_tlb,
	inv_leak, inv_share, inv_ghost, inv_full;

/* Registers them all; once the frames are known. */
void invariants_init(void);
/* What lives now is what must be left when everything has been closed: end of boot. */
void invariants_booted(void);

void ref_init(void);
void calls_init(void);
void resv_init(void);
/* A page was put on a list, or taken off one. */
void resv_note_links(void);
void full_init(void);
void vma_ghost_init(void);
void share_init(void);
void leak_init(void);
void data_init(void);

static inline unsigned int ghost_pfn(const struct page *page)
{
	return page - mem_map;
}

static inline int ghost_mapcount(const struct page *page)
{
	return page->_mapcount.counter + 1;
}

static inline bool ghost_is_anon(const struct page *page)
{
	return (unsigned long)page->mapping & PAGE_MAPPING_ANON;
}

static inline bool ghost_uptodate(const struct page *page)
{
	return page->flags >> PG_uptodate & 1;
}

static inline struct inode *ghost_inode(unsigned int i)
{
	return ghost_at(GHOST_INODES, i);
}

/* No thread is in the middle of something: all are idle, or asleep without a lock. */
bool ghost_at_rest(void);
/* The leaf of a page table that maps an address: false if there is none. */
bool ghost_translate(const struct mm_struct *mm, unsigned long address, unsigned long *pfn,
		     unsigned long *bytes);
/*
 * The frames of up to @n small pages from an address on that one page table maps: how many, before
 * the first that is not there.
 */
unsigned long ghost_small_pages(const struct mm_struct *mm, unsigned long address, unsigned long n,
				unsigned long *pfns);
/* The entry that maps an address or would, and its table; of a higher level if tables are missing.
 */
const unsigned long *ghost_entry(const struct mm_struct *mm, unsigned long address,
				 const struct ptable **table);
/* The VMA that holds an address, NULL if none. */
struct vm_area_struct *ghost_find_vma(const struct mm_struct *mm, unsigned long address);
/* First address that an entry of a page table maps. */
unsigned long ghost_entry_address(const struct ptable *table, unsigned int index);
/* Bytes that an entry of a table of that level maps. */
unsigned long ghost_entry_size(unsigned int level);
/* The page table of that level for an address, NULL: none. */
struct ptable *ghost_table_at(const struct mm_struct *mm, unsigned long address,
			      unsigned int level);
/* Whether an entry maps one of [start, start + len) of an address space. */
bool ghost_entry_in(const struct ptable *table, unsigned int index, const struct mm_struct *mm,
		    unsigned long start, unsigned long len);
/* Index in the file of an address, in the units of the file's page cache. */
unsigned long ghost_index(const struct vm_area_struct *vma, unsigned long address);
/* First index at or above @index, up to @last, that has a page; ~0ul: none. */
unsigned long ghost_next_cached(const struct address_space *mapping, unsigned long index,
				unsigned long last);
/* How many indices from @first to @last have one. */
unsigned long ghost_count_cached(const struct address_space *mapping, unsigned long first,
				 unsigned long last);
/* What the page cache has there, NULL: nothing. */
struct page *ghost_cached_page(const struct address_space *mapping, unsigned long index);

/* Entries of the level above, or pt_share_count, have changed. */
void share_note(struct ptable *table);
void share_freed(struct ptable *table);
/* The borders of a VMA against the shared tables around them. */
void share_check_vma(const struct vm_area_struct *vma);

/* An entry now maps a page that it did not map before; it has been counted. */
void data_mapped(const struct ptable *table, unsigned int index, struct page *page);
/* An entry no longer maps that frame. */
void data_unmapped(const struct ptable *table, unsigned int index, unsigned long pfn);
/* A slot of a page cache, counted, holds the page, or does so no more. */
void data_cached(struct page *page);
void data_uncached(struct page *page);

#endif
