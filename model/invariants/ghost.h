/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ghost.h - what the invariants know of every page frame, kept beside the model
 *
 * The numbers here are counted from page-table entries and page-cache slots as they
 * change, by the engine's notes; the model never reads them.
 */
#ifndef MODEL_GHOST_H
#define MODEL_GHOST_H

#include <linux/mm.h>
#include <linux/mm_types.h>
#include <linux/fs.h>
#include <uffdsim/kinds.h>
#include "sim/invariant.h"

enum ghost_type { GHOST_NONE, GHOST_ANON, GHOST_SHMEM, GHOST_HUGETLB, GHOST_TYPES };

struct page_ghost {
	int refs;		  /* last seen reference count */
	int ptes;		  /* leaf entries that map it */
	int cached;		  /* page-cache slots that hold it */
	int spare;		  /* refs - ptes - cached, as of the last step */
	unsigned int cached_step; /* when it entered the page cache */
	unsigned int born_step;	  /* when it got its first entry or slot; 0: free, or none yet */
	unsigned int stored_step; /* of the last store to it */
	unsigned int left_step;	  /* when its last slot was emptied */
	struct ptable *mapper;	  /* the entry that was the last to map it */
	unsigned int mapper_index;
	int tlbs;		  /* entries of TLBs that lead to it */
	unsigned char type;	/* of enum ghost_type, since it was mapped */
	unsigned char last_tid; /* who changed spare last */
	unsigned char born_tid;
	unsigned char origin; /* of its contents: of enum data_origin */
	unsigned long queued; /* the round in which it was queued for a check last */
};

extern struct page_ghost *page_ghosts;
extern unsigned long nr_page_ghosts;

static inline struct page_ghost *ghost_of(const struct page *page)
{
	return &page_ghosts[page - mem_map];
}

/* Calls fn for each page that the last step changed. */
void ghost_for_dirty(void (*fn)(struct page *page, struct page_ghost *g));
/* The same for pages whose check waits until no page-table lock is held. */
void ghost_for_settled(void (*fn)(struct page *page, struct page_ghost *g));
/* The same for each page that a page table maps. */
enum { GHOST_BLOCK = 64 };
void ghost_for_mapped(void (*fn)(struct page *page, struct page_ghost *g));

/* Does an entry of a page table of that level map memory itself? */
static inline bool ghost_is_leaf(unsigned int level, unsigned long entry)
{
	/* Without any permission the processor does not see it, but the kernel does. */
	if (!(entry & (_PAGE_PRESENT | _PAGE_PROTNONE)))
		return false;
	return level == 1 || (entry & _PAGE_PSE);
}

/* The leaf that an entry of a page table of that level is: its page, or NULL. */
struct page *ghost_leaf_page(unsigned int level, unsigned long entry);

void ghost_init(void);
/* Empties the queues; the last invariant of the table calls it. */
void ghost_step_over(void);
/* Page tables, address spaces, inodes and reservation maps that exist now. */
enum ghost_list { GHOST_MMS, GHOST_INODES, GHOST_RESV_MAPS, GHOST_CTXS, GHOST_LISTS };
unsigned int ghost_count(enum ghost_list list);
void *ghost_at(enum ghost_list list, unsigned int i);
/* Pages of each kind that an address space maps, by its page tables. */
long ghost_rss(const struct mm_struct *mm, enum ghost_type type);
/* References that a thread holds: for the language's pages(T). */
int ghost_thread_refs(unsigned int tid);

#endif
