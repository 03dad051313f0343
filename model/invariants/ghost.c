// SPDX-License-Identifier: GPL-2.0-only
/* ghost.c - counts page-table entries, page-cache slots and references, page by page */
#include <linux/hugetlb.h>
#include <uffdsim/locks.h>
#include <uffdsim/uffd_ctx.h>
#include "model/invariants/calls.h"
#include "model/invariants/changing.h"
#include "model/invariants/invariants.h"
#include "model/invariants/messages.h"
#include "model/invariants/protected.h"
#include "model/invariants/tlb.h"

enum { MAX_QUEUED = 1 << 16 };

struct page_ghost *page_ghosts;
unsigned long nr_page_ghosts;
/* Of each block of frames: whether one was ever mapped.  Most never are. */
static unsigned char *mapped_blocks;

/*
 * Page numbers that wait for a check: part of the world, as a restore may come any time.  Those
 * from @first on have changed in the present step, those before it while a page-table lock
 * was held.  A page that changes again meanwhile is there again.
 */
static struct queue {
	unsigned long n, first;
	unsigned long round; /* one a step that queued something */
	unsigned long pfn[MAX_QUEUED];
} * queue;

static int is_page(unsigned long v)
{
	return v - (unsigned long)mem_map < nr_page_ghosts * sizeof(struct page);
}

static void mark(struct page *page)
{
	struct page_ghost *g = ghost_of(page);

	sim_check_again();
	if (g->queued == queue->round || queue->n == MAX_QUEUED)
		return;
	SIM_GHOST_SET(g->queued, queue->round);
	SIM_GHOST_SET(queue->pfn[queue->n], page - mem_map);
	SIM_GHOST_SET(queue->n, queue->n + 1);
}

struct page *ghost_leaf_page(unsigned int level, unsigned long entry)
{
	unsigned long pfn;

	if (!ghost_is_leaf(level, entry))
		return NULL;
	if (level == 1 && (entry & _PAGE_SPECIAL))
		return NULL;
	pfn = (entry & PTE_PFN_MASK) >> PAGE_SHIFT;
	if (!pfn || pfn >= nr_page_ghosts)
		return NULL;
	return mem_map + pfn;
}

/* ------------------------------------------------------ address spaces */

struct mm_ghost {
	const struct mm_struct *mm;
	long rss[GHOST_TYPES];
};

enum { MAX_LISTED = 128 };

struct listed {
	unsigned int n[GHOST_LISTS];
	void *at[GHOST_LISTS][MAX_LISTED];
	struct mm_ghost mm[MAX_LISTED];
};

static struct listed *listed;

unsigned int ghost_count(enum ghost_list list)
{
	return listed->n[list];
}

void *ghost_at(enum ghost_list list, unsigned int i)
{
	return listed->at[list][i];
}

static void list_object(enum ghost_list list, void *obj)
{
	unsigned int i, n = listed->n[list];

	for (i = 0; i < n; i++) {
		if (listed->at[list][i] == obj)
			return;
	}
	if (n == MAX_LISTED)
		return;
	SIM_GHOST_SET(listed->at[list][n], obj);
	SIM_GHOST_SET(listed->n[list], n + 1);
}

static void unlist_object(enum ghost_list list, void *obj)
{
	unsigned int i, n = listed->n[list];

	for (i = 0; i < n; i++) {
		if (listed->at[list][i] != obj)
			continue;
		SIM_GHOST_SET(listed->at[list][i], listed->at[list][n - 1]);
		SIM_GHOST_SET(listed->n[list], n - 1);
		return;
	}
}

static struct mm_ghost *mm_ghost_of(const struct mm_struct *mm)
{
	struct mm_ghost *g = listed->mm, *end = g + MAX_LISTED;

	if (!mm)
		return NULL;
	for (; g < end && g->mm && g->mm != mm; g++)
		;
	if (g == end)
		return NULL;
	if (!g->mm)
		SIM_GHOST_SET(g->mm, mm);
	return g;
}

long ghost_rss(const struct mm_struct *mm, enum ghost_type type)
{
	const struct mm_ghost *g = mm_ghost_of(mm);

	return g ? g->rss[type] : 0;
}

/* ---------------------------------------------------------- page tables */

static void for_mapped_in_block(unsigned long first,
				void (*fn)(struct page *page, struct page_ghost *g))
{
	unsigned long pfn, end = first + GHOST_BLOCK;

	for (pfn = first ? first : 1; pfn < end && pfn < nr_page_ghosts; pfn++) {
		if (page_ghosts[pfn].ptes)
			fn(mem_map + pfn, &page_ghosts[pfn]);
	}
}

void ghost_for_mapped(void (*fn)(struct page *page, struct page_ghost *g))
{
	unsigned long first;

	for (first = 0; first < nr_page_ghosts; first += GHOST_BLOCK) {
		if (mapped_blocks[first / GHOST_BLOCK])
			for_mapped_in_block(first, fn);
	}
}

static enum ghost_type type_of(const struct page *page)
{
	if (PageHuge(page))
		return GHOST_HUGETLB;
	return ghost_is_anon(page) ? GHOST_ANON : GHOST_SHMEM;
}

static void count_pte(struct ptable *table, unsigned int index, struct page *page, int by)
{
	struct page_ghost *g = ghost_of(page);
	struct mm_ghost *mm = mm_ghost_of(table->mm);

	SIM_GHOST_SET(g->ptes, g->ptes + by);
	if (by > 0) {
		unsigned char *block = &mapped_blocks[ghost_pfn(page) / GHOST_BLOCK];

		if (!*block)
			SIM_GHOST_SET(*block, 1);
		SIM_GHOST_SET(g->type, type_of(page));
		SIM_GHOST_SET(g->mapper, table);
		SIM_GHOST_SET(g->mapper_index, index);
	}
	if (mm)
		SIM_GHOST_SET(mm->rss[g->type], mm->rss[g->type] + by);
	mark(page);
}

static unsigned long *word_of(const void *member)
{
	return (unsigned long *)((unsigned long)member & ~7ul);
}

static struct ptable *table_below(const struct ptable *table, unsigned long entry)
{
	if (table->level == 1 || !(entry & _PAGE_PRESENT) || (entry & _PAGE_PSE))
		return NULL;
	return (struct ptable *)(entry & PTE_PFN_MASK);
}

/*
 * A table learns what it maps when an entry of the level above is made to point to it.  One
 * that is shared has a place already.
 */
static void note_table(struct ptable *table, unsigned int index, unsigned long old,
		       unsigned long now)
{
	struct ptable *was = table_below(table, old), *is = table_below(table, now);

	if (was == is)
		return;
	if (was) {
		SIM_GHOST_SET(was->links, was->links - 1);
		share_note(was);
	}
	if (!is)
		return;
	SIM_GHOST_SET(is->links, is->links + 1);
	if (is->links > 1)
		share_note(is);
	else
		SIM_GHOST_SET(is->base, ghost_entry_address(table, index));
}

/* A shared table has lost the place that it was known by, and has been given another one. */
static void note_table_mm(const struct ptable *table, const struct mm_struct *was)
{
	struct mm_ghost *from = mm_ghost_of(was), *to = mm_ghost_of(table->mm);
	unsigned int i;

	for (i = 0; table->used && i < PTRS_PER_PTE; i++) {
		const struct page *page = ghost_leaf_page(table->level, table->entries[i]);
		enum ghost_type type;

		if (!page)
			continue;
		type = ghost_of(page)->type;
		if (from)
			SIM_GHOST_SET(from->rss[type], from->rss[type] - 1);
		if (to)
			SIM_GHOST_SET(to->rss[type], to->rss[type] + 1);
	}
}

static bool same_leaf(unsigned int level, unsigned long old, unsigned long now)
{
	return ghost_is_leaf(level, now) && !((old ^ now) & PTE_PFN_MASK);
}

static void note_ptable(void *obj, unsigned long *word, unsigned long old, unsigned long now)
{
	struct ptable *table = obj;
	unsigned long index = word - table->entries;
	struct page *was, *is;

	if (index >= PTRS_PER_PTE) {
		if (word == (unsigned long *)&table->mm)
			note_table_mm(table, (const struct mm_struct *)old);
		else if (word == word_of(&table->pt_share_count))
			share_note(table);
		return;
	}
	if (!old != !now)
		SIM_GHOST_SET(table->used, table->used + (now ? 1 : -1));
	was = ghost_leaf_page(table->level, old);
	if (was)
		count_pte(table, index, was, -1);
	is = ghost_leaf_page(table->level, now);
	if (is)
		count_pte(table, index, is, 1);
	note_table(table, index, old, now);
	if (ghost_is_leaf(table->level, old) && !same_leaf(table->level, old, now))
		data_unmapped(table, index, (old & PTE_PFN_MASK) >> PAGE_SHIFT);
	if (is && is != was)
		data_mapped(table, index, is);
	if (!ghost_is_leaf(table->level, old) && ghost_is_leaf(table->level, now)) {
		messages_leaf(table, index, false);
		calls_note_installed(table, index);
	}
	if (ghost_is_leaf(table->level, old) && !ghost_is_leaf(table->level, now)) {
		messages_leaf(table, index, true);
		calls_note_removed(table, index);
	}
	/* POISON maps nothing, but has done its page. */
	if (pte_marker_poisoned(__pte(now)) && !pte_marker_poisoned(__pte(old)))
		calls_note_installed(table, index);
	messages_entry(table, old, now);
	protected_entry(table, index, now);
	tlb_note_entry(table, old, now);
}

/* A table that goes while it still maps something. */
static void ptable_freed(void *obj)
{
	struct ptable *table = obj;
	unsigned int i;

	share_freed(table);
	for (i = 0; table->used && i < PTRS_PER_PTE; i++) {
		if (table->entries[i])
			sim_violation("VMA", table,
				      "a page table of level %u is freed while entry %u, for "
				      "0x%lx, is in use",
				      table->level, i, ghost_entry_address(table, i));
	}
}

static void note_mm(void *obj, unsigned long *word, unsigned long old, unsigned long now)
{
	list_object(GHOST_MMS, obj);
}

static void mm_freed(void *obj)
{
	unlist_object(GHOST_MMS, obj);
}

static void note_resv_map(void *obj, unsigned long *word, unsigned long old, unsigned long now)
{
	list_object(GHOST_RESV_MAPS, obj);
}

static void resv_map_freed(void *obj)
{
	unlist_object(GHOST_RESV_MAPS, obj);
}

static void note_ctx(void *obj, unsigned long *word, unsigned long old, unsigned long now)
{
	list_object(GHOST_CTXS, obj);
	changing_noted(obj);
}

static void ctx_freed(void *obj)
{
	unlist_object(GHOST_CTXS, obj);
	changing_freed(obj);
}

static void note_slot(void *obj, unsigned long *word, unsigned long old, unsigned long now)
{
	struct page_ghost *g;

	if (is_page(old)) {
		g = ghost_of((struct page *)old);
		SIM_GHOST_SET(g->cached, g->cached - 1);
		mark((struct page *)old);
		data_uncached((struct page *)old);
	}
	if (is_page(now)) {
		g = ghost_of((struct page *)now);
		SIM_GHOST_SET(g->cached, g->cached + 1);
		SIM_GHOST_STAMP(g->cached_step);
		mark((struct page *)now);
		data_cached((struct page *)now);
	}
}

static void note_inode(void *obj, unsigned long *word, unsigned long old, unsigned long now)
{
	list_object(GHOST_INODES, obj);
	note_slot(obj, word, old, now);
}

static void inode_freed(void *obj)
{
	unlist_object(GHOST_INODES, obj);
}

static void note_page(void *obj, unsigned long *word, unsigned long old, unsigned long now)
{
	struct page *page = obj;

	if (!is_page((unsigned long)obj))
		return;
	mark(page);
	if (word == (unsigned long *)&page->lru.next)
		resv_note_links();
}

static void for_queue(unsigned long from, void (*fn)(struct page *page, struct page_ghost *g))
{
	unsigned long i;

	for (i = from; i < queue->n; i++)
		fn(mem_map + queue->pfn[i], &page_ghosts[queue->pfn[i]]);
}

/* Who holds its lock tells nothing about a page. */
#define PAGE_LOCK_WORDS (7ul * SIM_WORD(struct page, lock))

/* Of a huge page only the head is touched. */
static char *next_page(char *obj)
{
	struct page *page = (struct page *)obj;

	if (!is_page((unsigned long)obj))
		return (char *)(page + 1);
	return (char *)(page + (1ul << compound_order(page)));
}

void ghost_for_dirty(void (*fn)(struct page *page, struct page_ghost *g))
{
	for_queue(queue->first, fn);
}

void ghost_for_settled(void (*fn)(struct page *page, struct page_ghost *g))
{
	if (queue->n && !sim_class_held(LOCKCLASS_ptl))
		for_queue(0, fn);
}

/* Last of all: nothing has changed yet when the next step begins. */
void ghost_step_over(void)
{
	if (!queue->n)
		return;
	SIM_GHOST_SET(queue->round, queue->round + 1);
	if (sim_class_held(LOCKCLASS_ptl)) {
		SIM_GHOST_SET(queue->first, queue->n);
		sim_check_again();
		return;
	}
	SIM_GHOST_SET(queue->n, 0);
	if (queue->first)
		SIM_GHOST_SET(queue->first, 0);
}

void ghost_init(void)
{
	nr_page_ghosts = max_mapnr;
	page_ghosts = sim_ghost_alloc(nr_page_ghosts, sizeof(*page_ghosts));
	mapped_blocks = sim_ghost_alloc(nr_page_ghosts / GHOST_BLOCK + 1, sizeof(*mapped_blocks));
	queue = sim_ghost_alloc(1, sizeof(*queue));
	queue->round = 1;
	sim_watch_kind(KIND_PAGE, note_page);
	sim_watch_next(KIND_PAGE, next_page);
	sim_watch_words(KIND_PAGE, ~PAGE_LOCK_WORDS);
	sim_watch_kind(KIND_PTABLE, note_ptable);
	sim_watch_kind(KIND_XA_NODE, note_slot);
	listed = sim_ghost_alloc(1, sizeof(*listed));
	sim_watch_kind(KIND_INODE, note_inode);
	sim_watch_kind(KIND_MM, note_mm);
	sim_watch_kind(KIND_RESV_MAP, note_resv_map);
	sim_watch_kind(KIND_UFFD_CTX, note_ctx);
	/* To know that they are there, one word that is never 0 is enough. */
	sim_watch_words(KIND_INODE, SIM_WORD(struct inode, i_ino) |
					    SIM_WORD(struct inode, i_data.i_pages.xa_head));
	sim_watch_words(KIND_MM, SIM_WORD(struct mm_struct, mm_users));
	sim_watch_words(KIND_UFFD_CTX, SIM_WORD(struct userfaultfd_ctx, mm) |
					       SIM_WORD(struct userfaultfd_ctx, mmap_changing));
	sim_watch_words(KIND_RESV_MAP, SIM_WORD(struct resv_map, refs));
	sim_watch_free(KIND_PTABLE, ptable_freed);
	sim_watch_free(KIND_INODE, inode_freed);
	sim_watch_free(KIND_MM, mm_freed);
	sim_watch_free(KIND_RESV_MAP, resv_map_freed);
	sim_watch_free(KIND_UFFD_CTX, ctx_freed);
	ref_init();
	vma_ghost_init();
	share_init();
}

const struct sim_invariant inv_ghost = {
	.name = "",
	.step_end = ghost_step_over,
};
