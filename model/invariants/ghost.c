// SPDX-License-Identifier: GPL-2.0-only
/* ghost.c - counts page-table entries, page-cache slots and references, page by page */
#include <uffdsim/kinds.h>
#include "model/invariants/ghost.h"

enum { MAX_QUEUED = 1 << 16 };

struct page_ghost *page_ghosts;
unsigned long nr_page_ghosts;

/* Page numbers that wait for a check: part of the world, as a restore may come any time. */
struct queue {
	unsigned int n;
	unsigned int pfn[MAX_QUEUED];
};

static struct queue *dirty;	/* changed by the present step */
static struct queue *pending;	/* changed while a page-table lock was held */

static int is_page(unsigned long v)
{
	return v - (unsigned long)mem_map < nr_page_ghosts * sizeof(struct page);
}

struct page_ghost *ghost_of(const struct page *page)
{
	return &page_ghosts[page - mem_map];
}

static void queue_add(struct queue *q, unsigned int pfn)
{
	if (q->n == MAX_QUEUED)
		return;
	SIM_GHOST_SET(q->pfn[q->n], pfn);
	SIM_GHOST_SET(q->n, q->n + 1);
}

static void mark(struct page *page)
{
	struct page_ghost *g = ghost_of(page);

	if (g->dirty)
		return;
	SIM_GHOST_SET(g->dirty, 1);
	queue_add(dirty, page - mem_map);
	if (g->pending)
		return;
	SIM_GHOST_SET(g->pending, 1);
	queue_add(pending, page - mem_map);
}

struct page *ghost_leaf_page(unsigned int level, unsigned long entry)
{
	unsigned long pfn;

	if (!(entry & _PAGE_PRESENT))
		return NULL;
	if (level > 1 && !(entry & _PAGE_PSE))
		return NULL;
	if (level == 1 && (entry & _PAGE_SPECIAL))
		return NULL;
	pfn = (entry & PTE_PFN_MASK) >> PAGE_SHIFT;
	if (!pfn || pfn >= nr_page_ghosts)
		return NULL;
	return mem_map + pfn;
}

static void count_pte(struct page *page, int by)
{
	struct page_ghost *g = ghost_of(page);

	SIM_GHOST_SET(g->ptes, g->ptes + by);
	mark(page);
}

static void note_ptable(void *obj, unsigned long *word, unsigned long old, unsigned long now)
{
	struct ptable *table = obj;
	struct page *page;

	if ((unsigned long)(word - (unsigned long *)table->entries) >= PTRS_PER_PTE)
		return;
	page = ghost_leaf_page(table->level, old);
	if (page)
		count_pte(page, -1);
	page = ghost_leaf_page(table->level, now);
	if (page)
		count_pte(page, 1);
}

static void note_slot(void *obj, unsigned long *word, unsigned long old, unsigned long now)
{
	struct page_ghost *g;

	if (is_page(old)) {
		g = ghost_of((struct page *)old);
		SIM_GHOST_SET(g->cached, g->cached - 1);
		mark((struct page *)old);
	}
	if (is_page(now)) {
		g = ghost_of((struct page *)now);
		SIM_GHOST_SET(g->cached, g->cached + 1);
		SIM_GHOST_SET(g->cached_step, sim_step());
		mark((struct page *)now);
	}
}

static void note_page(void *obj, unsigned long *word, unsigned long old, unsigned long now)
{
	if (is_page((unsigned long)obj))
		mark(obj);
}

static void for_queue(const struct queue *q, void (*fn)(struct page *page, struct page_ghost *g))
{
	unsigned int i;

	for (i = 0; i < q->n; i++)
		fn(mem_map + q->pfn[i], &page_ghosts[q->pfn[i]]);
}

void ghost_for_dirty(void (*fn)(struct page *page, struct page_ghost *g))
{
	for_queue(dirty, fn);
}

void ghost_for_settled(void (*fn)(struct page *page, struct page_ghost *g))
{
	if (!sim_class_held(LOCKCLASS_page_table_lock))
		for_queue(pending, fn);
}

static void clear_dirty(struct page *page, struct page_ghost *g)
{
	SIM_GHOST_SET(g->dirty, 0);
}

static void clear_pending(struct page *page, struct page_ghost *g)
{
	SIM_GHOST_SET(g->pending, 0);
}

/* Last of all: the queues are empty when the next step begins. */
void ghost_step_over(void)
{
	if (dirty->n) {
		for_queue(dirty, clear_dirty);
		SIM_GHOST_SET(dirty->n, 0);
	}
	if (!pending->n || sim_class_held(LOCKCLASS_page_table_lock))
		return;
	for_queue(pending, clear_pending);
	SIM_GHOST_SET(pending->n, 0);
}

void ghost_init(void)
{
	nr_page_ghosts = max_mapnr;
	page_ghosts = sim_ghost_alloc(nr_page_ghosts, sizeof(*page_ghosts));
	dirty = sim_ghost_alloc(1, sizeof(*dirty));
	pending = sim_ghost_alloc(1, sizeof(*pending));
	sim_watch_kind(KIND_PAGE, note_page);
	sim_watch_kind(KIND_PTABLE, note_ptable);
	sim_watch_kind(KIND_XA_NODE, note_slot);
	sim_watch_kind(KIND_INODE, note_slot);
}
