/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/interval_tree.c: the mappings of a file by file offset, and the VMAs of an
 * anon_vma.
 *
 * A file has few mappings here, so each "tree" is a list, in the order in which the
 * kernel's tree is walked: by first page, then by age.
 */
#include <linux/mm.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/rmap.h>

#include "sim/sim.h"

static struct list_head *list_of(struct rb_root_cached *root)
{
	struct list_head *head = &root->rb_root.head;

	if (!head->next)
		INIT_LIST_HEAD(head);
	return head;
}

/* The first mapping at or behind @at that overlaps [start, last]. */
static struct vm_area_struct *overlap_from(struct list_head *at, struct list_head *head,
					   unsigned long start, unsigned long last)
{
	for (; at != head; at = at->next) {
		struct vm_area_struct *vma = list_entry(at, struct vm_area_struct, shared);

		if (vma->vm_pgoff > last)
			return NULL;
		if (vma->vm_pgoff + vma_pages(vma) > start)
			return vma;
	}
	return NULL;
}

/**
 * vma_interval_tree_insert - add a mapping of a file
 * @vma: its VMA, on no tree
 * @root: mapping->i_mmap
 *
 * i_mmap_rwsem held for writing.  Linux: mm/interval_tree.c.
 */
void vma_interval_tree_insert(struct vm_area_struct *vma, struct rb_root_cached *root)
{
	struct list_head *head = list_of(root), *at;

	for (at = head->prev; at != head; at = at->prev) {
		if (list_entry(at, struct vm_area_struct, shared)->vm_pgoff <= vma->vm_pgoff)
			break;
	}
	list_add(&vma->shared, at);
}

/**
 * vma_interval_tree_insert_after - add a mapping that is like another
 * @vma: the mapping, on nobody's tree
 * @prev: a mapping of the same pages
 * @root: of the file
 *
 * i_mmap_rwsem held for writing.  Linux: mm/interval_tree.c.
 */
void vma_interval_tree_insert_after(struct vm_area_struct *vma, struct vm_area_struct *prev,
				    struct rb_root_cached *root)
{
	list_add(&vma->shared, &prev->shared);
}

/**
 * vma_interval_tree_remove - take a mapping of a file away
 * @vma: its VMA; start and offset are what they were when it was added
 * @root: mapping->i_mmap
 *
 * i_mmap_rwsem held for writing.  Linux: mm/interval_tree.c.
 */
void vma_interval_tree_remove(struct vm_area_struct *vma, struct rb_root_cached *root)
{
	list_del(&vma->shared);
}

/**
 * vma_interval_tree_iter_first - the first mapping that overlaps a range of a file
 * @root: mapping->i_mmap
 * @start: first page
 * @last: last page
 *
 * i_mmap_rwsem held.  NULL when there is none.  Linux: mm/interval_tree.c.
 */
struct vm_area_struct *vma_interval_tree_iter_first(struct rb_root_cached *root,
						    unsigned long start, unsigned long last)
{
	struct list_head *head = list_of(root);

	return overlap_from(head->next, head, start, last);
}

/**
 * vma_interval_tree_iter_next - the next mapping that overlaps
 * @vma: the one before
 * @root: mapping->i_mmap
 * @start: first page
 * @last: last page
 *
 * Linux: mm/interval_tree.c.
 */
struct vm_area_struct *vma_interval_tree_iter_next(struct vm_area_struct *vma,
						   struct rb_root_cached *root, unsigned long start,
						   unsigned long last)
{
	return overlap_from(vma->shared.next, list_of(root), start, last);
}

/**
 * anon_vma_interval_tree_insert - add a VMA to an anon_vma
 * @node: the link between them
 * @root: of the anon_vma
 *
 * The anon_vma's lock held for writing.  Linux: mm/interval_tree.c.
 */
void anon_vma_interval_tree_insert(struct anon_vma_chain *node, struct rb_root_cached *root)
{
	struct list_head *head = list_of(root), *at;

	for (at = head->prev; at != head; at = at->prev) {
		struct anon_vma_chain *before = list_entry(at, struct anon_vma_chain, rb);

		if (before->vma->vm_pgoff <= node->vma->vm_pgoff)
			break;
	}
	list_add(&node->rb, at);
}

/**
 * anon_vma_interval_tree_remove - take a VMA off an anon_vma
 * @node: the link between them
 * @root: of the anon_vma
 *
 * The anon_vma's lock held for writing.  Linux: mm/interval_tree.c.
 */
void anon_vma_interval_tree_remove(struct anon_vma_chain *node, struct rb_root_cached *root)
{
	list_del(&node->rb);
}
