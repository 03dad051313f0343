/* SPDX-License-Identifier: GPL-2.0-only */
/* rmap.h - from a page to who maps it */
#ifndef _LINUX_RMAP_H
#define _LINUX_RMAP_H

#include <linux/mm.h>
#include <linux/rwsem.h>

struct anon_vma {
	struct anon_vma *root;
	struct rw_semaphore rwsem;
	atomic_t refcount;
	unsigned long num_children;
	unsigned long num_active_vmas;
	struct anon_vma *parent;
	struct rb_root_cached rb_root;
};

struct anon_vma_chain {
	struct vm_area_struct *vma;
	struct anon_vma *anon_vma;
	struct list_head same_vma;
	struct list_head rb; /* in the anon_vma's tree */
};

typedef int rmap_t;
#define RMAP_NONE 0
#define RMAP_EXCLUSIVE 1
#define RMAP_COMPOUND 2

#define anon_vma_lock_write(av) down_write(&(av)->root->rwsem)
#define anon_vma_unlock_write(av) up_write(&(av)->root->rwsem)
#define anon_vma_prepare(vma) ((vma)->anon_vma ? 0 : __anon_vma_prepare(vma))
#define get_anon_vma(av) atomic_inc(&(av)->refcount)
#define put_anon_vma(av)                                                           \
	do {                                                                       \
		struct anon_vma *av_ = (av);                                       \
		macro_if(atomic_dec_and_test(&av_->refcount)) __put_anon_vma(av_); \
	} while (0)
void anon_vma_merge(struct vm_area_struct *vma, struct vm_area_struct *next);

#define page_dup_file_rmap(page, compound) atomic_inc(&(page)->_mapcount)
int page_try_dup_anon_rmap(struct page *page, bool compound, struct vm_area_struct *vma);
#define vma_interval_tree_foreach(vma, root, start, last)                    \
	for ((vma) = vma_interval_tree_iter_first(root, start, last); (vma); \
	     (vma) = vma_interval_tree_iter_next(vma, root, start, last))
struct vm_area_struct *vma_interval_tree_iter_first(struct rb_root_cached *root,
						    unsigned long start, unsigned long last);
struct vm_area_struct *vma_interval_tree_iter_next(struct vm_area_struct *vma,
						   struct rb_root_cached *root, unsigned long start,
						   unsigned long last);
void anon_vma_interval_tree_insert(struct anon_vma_chain *node, struct rb_root_cached *root);
void anon_vma_interval_tree_remove(struct anon_vma_chain *node, struct rb_root_cached *root);
void vma_interval_tree_insert(struct vm_area_struct *vma, struct rb_root_cached *root);
void vma_interval_tree_insert_after(struct vm_area_struct *vma, struct vm_area_struct *prev,
				    struct rb_root_cached *root);
void vma_interval_tree_remove(struct vm_area_struct *vma, struct rb_root_cached *root);

void anon_vma_init(void);
void __put_anon_vma(struct anon_vma *anon_vma);
int __anon_vma_prepare(struct vm_area_struct *vma);
int anon_vma_fork(struct vm_area_struct *vma, struct vm_area_struct *pvma);
int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src);
void unlink_anon_vmas(struct vm_area_struct *vma);
void page_move_anon_rmap(struct page *page, struct vm_area_struct *vma);
void page_add_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long address,
			rmap_t flags);
void page_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long address);
void page_add_file_rmap(struct page *page, struct vm_area_struct *vma, bool compound);
void page_remove_rmap(struct page *page, struct vm_area_struct *vma, bool compound);
void hugepage_add_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long address,
			    rmap_t flags);
void hugepage_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma,
				unsigned long address);

#endif
