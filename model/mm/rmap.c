/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/rmap.c: who maps a page.  Map counts, the anon_vmas to which anonymous pages
 * point, and their chains to VMAs.
 *
 * Walks over all mappings of a page (migration, reclaim) come when something needs them.
 * The order of locks that the head of the kernel's file draws is model/locks.def.
 */
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/hugetlb.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "internal.h"
#include "sim/sim.h"

static struct kmem_cache *anon_vma_cachep;
static struct kmem_cache *anon_vma_chain_cachep;

static void anon_vma_ctor(void *data)
{
	struct anon_vma *anon_vma = data;

	init_rwsem(&anon_vma->rwsem);
	anon_vma->rb_root = RB_ROOT_CACHED;
	atomic_set(&anon_vma->refcount, 0);
}

/**
 * anon_vma_init - create the caches; once at boot
 *
 * Linux: mm/rmap.c.
 */
void anon_vma_init(void)
{
	anon_vma_cachep = kmem_cache_create("anon_vma", sizeof(struct anon_vma), 0,
					    SLAB_TYPESAFE_BY_RCU | SLAB_PANIC, anon_vma_ctor);
	anon_vma_chain_cachep = kmem_cache_create("anon_vma_chain", sizeof(struct anon_vma_chain),
						  0, SLAB_PANIC, NULL);
}

static struct anon_vma *anon_vma_alloc(void)
{
	struct anon_vma *anon_vma = kmem_cache_alloc(anon_vma_cachep, GFP_KERNEL);

	if (!anon_vma)
		return NULL;
	atomic_set(&anon_vma->refcount, 1);
	anon_vma->root = anon_vma;
	anon_vma->parent = anon_vma;
	anon_vma->num_children = 0;
	anon_vma->num_active_vmas = 0;
	return anon_vma;
}

/**
 * __put_anon_vma - free an anon_vma whose last reference is gone
 * @anon_vma: on no VMA's chain
 *
 * Linux: mm/rmap.c.
 */
void __put_anon_vma(struct anon_vma *anon_vma)
{
	struct anon_vma *root = anon_vma->root;

	kmem_cache_free(anon_vma_cachep, anon_vma);
	if (root == anon_vma)
		return;
	if (atomic_dec_and_test(&root->refcount))
		kmem_cache_free(anon_vma_cachep, root);
}

static void anon_vma_chain_link(struct vm_area_struct *vma, struct anon_vma_chain *link,
				struct anon_vma *anon_vma)
{
	link->anon_vma = anon_vma;
	link->vma = vma;
	list_add(&link->same_vma, &vma->anon_vma_chain);
	anon_vma_interval_tree_insert(link, &anon_vma->rb_root);
}

/**
 * __anon_vma_prepare - give a VMA the anon_vma that its first anonymous page needs
 * @vma: the VMA
 *
 * mmap_lock held for reading: several threads may be here for one VMA, and the first to
 * take page_table_lock wins.  A neighbour's anon_vma is shared when that lets the two
 * merge later.  Sleeps.  Returns 0 or -ENOMEM.  Linux: mm/rmap.c.
 */
int __anon_vma_prepare(struct vm_area_struct *vma)
{
	struct mm_struct *mm = vma->vm_mm;
	struct anon_vma *anon_vma, *unused = NULL;
	struct anon_vma_chain *link;

	might_sleep();
	link = kmem_cache_alloc(anon_vma_chain_cachep, GFP_KERNEL);
	if (!link)
		return -ENOMEM;
	anon_vma = find_mergeable_anon_vma(vma);
	if (!anon_vma) {
		anon_vma = anon_vma_alloc();
		if (!anon_vma)
			goto out_free_link;
		anon_vma->num_children++; /* a root is its own child */
		unused = anon_vma;
	}

	anon_vma_lock_write(anon_vma);
	spin_lock(&mm->page_table_lock);
	if (!vma->anon_vma) {
		/* find_mergeable_anon_vma() of a neighbour reads this without a lock. */
		smp_store_release(&vma->anon_vma, anon_vma);
		anon_vma_chain_link(vma, link, anon_vma);
		anon_vma->num_active_vmas++;
		unused = NULL;
		link = NULL;
	}
	spin_unlock(&mm->page_table_lock);
	anon_vma_unlock_write(anon_vma);

	if (unused)
		put_anon_vma(unused);
	if (link)
		kmem_cache_free(anon_vma_chain_cachep, link);
	return 0;

out_free_link:
	kmem_cache_free(anon_vma_chain_cachep, link);
	return -ENOMEM;
}

/* All anon_vmas of one VMA hang below one root, and its lock is the lock of all. */
static struct anon_vma *lock_anon_vma_root(struct anon_vma *locked, struct anon_vma *anon_vma)
{
	if (locked == anon_vma->root)
		return locked;
	if (WARN_ON_ONCE(locked))
		up_write(&locked->rwsem);
	down_write(&anon_vma->root->rwsem);
	return anon_vma->root;
}

static void unlock_anon_vma_root(struct anon_vma *locked)
{
	if (locked)
		up_write(&locked->rwsem);
}

/*
 * A child of a child ... would make a chain as long as its ancestry.  An anon_vma whose own VMA
 * is gone and that has one child at most serves as well as a new one; never the root, which
 * is its own child.  Only fork() asks for an anon_vma of its own.
 */
static bool anon_vma_can_be_reused(const struct vm_area_struct *dst,
				   const struct vm_area_struct *src,
				   const struct anon_vma *anon_vma)
{
	if (dst->anon_vma || !src->anon_vma)
		return false;
	return anon_vma->num_children < 2 && !anon_vma->num_active_vmas;
}

/**
 * anon_vma_clone - put a VMA on every anon_vma that another one is on
 * @dst: the new VMA
 * @src: the VMA whose pages it takes over
 *
 * mmap_lock held for writing.  Returns 0, or -ENOMEM with @dst on none.
 * Linux: mm/rmap.c.
 */
int anon_vma_clone(struct vm_area_struct *dst, struct vm_area_struct *src)
{
	struct anon_vma_chain *link, *from;
	struct anon_vma *locked = NULL;

	list_for_each_entry_reverse(from, &src->anon_vma_chain, same_vma)
	{
		link = kmem_cache_alloc(anon_vma_chain_cachep, GFP_NOWAIT | __GFP_NOWARN);
		if (!link) {
			/* Once more, now that it may sleep. */
			unlock_anon_vma_root(locked);
			locked = NULL;
			link = kmem_cache_alloc(anon_vma_chain_cachep, GFP_KERNEL);
		}
		if (!link)
			goto out_nomem;
		locked = lock_anon_vma_root(locked, from->anon_vma);
		anon_vma_chain_link(dst, link, from->anon_vma);
		if (anon_vma_can_be_reused(dst, src, from->anon_vma))
			dst->anon_vma = from->anon_vma;
	}
	if (dst->anon_vma)
		dst->anon_vma->num_active_vmas++;
	unlock_anon_vma_root(locked);
	return 0;

out_nomem:
	/* Not counted yet, so unlink_anon_vmas() must not count it down. */
	dst->anon_vma = NULL;
	unlink_anon_vmas(dst);
	return -ENOMEM;
}

/**
 * anon_vma_fork - put a child's VMA on its parent's anon_vmas, and on one of its own
 * @vma: the child's
 * @pvma: the parent's
 *
 * Pages that both map are found through the parent's; what the child copies belongs to its own.
 * mmap_lock of both held for writing.  Returns 0, or -ENOMEM with @vma on none.
 * Linux: mm/rmap.c.
 */
int anon_vma_fork(struct vm_area_struct *vma, struct vm_area_struct *pvma)
{
	struct anon_vma_chain *link;
	struct anon_vma *anon_vma;
	int err;

	if (!pvma->anon_vma)
		return 0;
	vma->anon_vma = NULL;
	err = anon_vma_clone(vma, pvma);
	if (err)
		return err;
	if (vma->anon_vma)
		return 0;

	anon_vma = anon_vma_alloc();
	if (!anon_vma)
		goto out_unlink;
	anon_vma->num_active_vmas++;
	link = kmem_cache_alloc(anon_vma_chain_cachep, GFP_KERNEL);
	if (!link)
		goto out_put;

	anon_vma->root = pvma->anon_vma->root;
	anon_vma->parent = pvma->anon_vma;
	/* The root holds the lock of all, so it stays as long as any. */
	get_anon_vma(anon_vma->root);
	vma->anon_vma = anon_vma;
	anon_vma_lock_write(anon_vma);
	anon_vma_chain_link(vma, link, anon_vma);
	anon_vma->parent->num_children++;
	anon_vma_unlock_write(anon_vma);
	return 0;

out_put:
	put_anon_vma(anon_vma);
out_unlink:
	unlink_anon_vmas(vma);
	return -ENOMEM;
}

/**
 * unlink_anon_vmas - take a VMA off its anon_vmas, and free those that it was the last on
 * @vma: the VMA
 *
 * Takes and drops the anon_vmas' lock.  Linux: mm/rmap.c.
 */
void unlink_anon_vmas(struct vm_area_struct *vma)
{
	struct anon_vma_chain *link, *tmp;
	struct anon_vma *locked = NULL;

	/* Newest first, so that the root goes last. */
	list_for_each_entry_safe(link, tmp, &vma->anon_vma_chain, same_vma) {
		struct anon_vma *anon_vma = link->anon_vma;

		locked = lock_anon_vma_root(locked, anon_vma);
		anon_vma_interval_tree_remove(link, &anon_vma->rb_root);
		/* The empty ones stay on the list until the lock in the root is dropped. */
		if (RB_EMPTY_ROOT(&anon_vma->rb_root.rb_root)) {
			anon_vma->parent->num_children--;
			continue;
		}
		list_del(&link->same_vma);
		kmem_cache_free(anon_vma_chain_cachep, link);
	}
	if (vma->anon_vma) {
		vma->anon_vma->num_active_vmas--;
		vma->anon_vma = NULL;
	}
	unlock_anon_vma_root(locked);

	list_for_each_entry_safe(link, tmp, &vma->anon_vma_chain, same_vma) {
		VM_WARN_ON(link->anon_vma->num_children);
		VM_WARN_ON(link->anon_vma->num_active_vmas);
		put_anon_vma(link->anon_vma);
		list_del(&link->same_vma);
		kmem_cache_free(anon_vma_chain_cachep, link);
	}
}

/**
 * anon_vma_merge - the neighbour that a VMA swallowed lets go of their common anon_vma
 * @vma: the VMA
 * @next: the neighbour
 *
 * mmap_lock held for writing.  Linux: include/linux/rmap.h.
 */
void anon_vma_merge(struct vm_area_struct *vma, struct vm_area_struct *next)
{
	VM_BUG_ON_VMA(vma->anon_vma != next->anon_vma, vma);
	unlink_anon_vmas(next);
}

/**
 * mm_find_pmd - the entry of the page table for an address
 * @mm: the address space
 * @address: user address
 *
 * mmap_lock held.  NULL if there is no page table.  Linux: mm/rmap.c.
 */
pmd_t *mm_find_pmd(struct mm_struct *mm, unsigned long address)
{
	pgd_t *pgd = pgd_offset(mm, address);
	p4d_t *p4d;
	pud_t *pud;
	pmd_t *pmd;

	if (!pgd_present(*pgd))
		return NULL;
	p4d = p4d_offset(pgd, address);
	if (!p4d_present(*p4d))
		return NULL;
	pud = pud_offset(p4d, address);
	if (!pud_present(*pud))
		return NULL;
	pmd = pmd_offset(pud, address);
	return pmd_present(*pmd) ? pmd : NULL;
}

/* ---------------------------------------------------- map counts of pages */

/**
 * page_move_anon_rmap - give an anonymous page to the one VMA that still maps it
 * @page: locked
 * @vma: the VMA, which has an anon_vma
 *
 * PTE lock held.  Linux: mm/rmap.c.
 */
void page_move_anon_rmap(struct page *page, struct vm_area_struct *vma)
{
	unsigned long tagged = (unsigned long)vma->anon_vma | PAGE_MAPPING_ANON;

	VM_BUG_ON_PAGE(!PageLocked(page), page);
	VM_BUG_ON_VMA(!vma->anon_vma, vma);
	/* One store: readers without a lock must see pointer and tag together. */
	WRITE_ONCE(page->mapping, (struct address_space *)tagged);
	SetPageAnonExclusive(page);
}

static void __page_set_anon_rmap(struct page *page, struct vm_area_struct *vma,
				 unsigned long address, bool exclusive)
{
	struct anon_vma *owner = vma->anon_vma;

	BUG_ON(!owner);
	if (!PageAnon(page)) {
		/* Shared with a parent: the oldest anon_vma sees all who may map it. */
		if (!exclusive)
			owner = owner->root;
		WRITE_ONCE(page->mapping,
			   (struct address_space *)((unsigned long)owner | PAGE_MAPPING_ANON));
		page->index = linear_page_index(vma, address);
	}
	if (exclusive)
		SetPageAnonExclusive(page);
}

/**
 * page_add_anon_rmap - count one more mapping of an anonymous page
 * @page: locked
 * @vma: the VMA
 * @address: user address
 * @flags: RMAP_EXCLUSIVE: nobody else may use the page
 *
 * PTE lock held.  Linux: mm/rmap.c.
 */
void page_add_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long address,
			rmap_t flags)
{
	bool exclusive = flags & RMAP_EXCLUSIVE;
	bool first;

	VM_BUG_ON_PAGE(!PageLocked(page), page);
	first = atomic_inc_and_test(&page->_mapcount);
	if (first) {
		__page_set_anon_rmap(page, vma, address, exclusive);
		return;
	}
	VM_BUG_ON_PAGE(exclusive, page);
	VM_BUG_ON_PAGE(PageAnonExclusive(page), page);
	VM_BUG_ON_PAGE(page->index != linear_page_index(vma, address), page);
}

/**
 * page_add_new_anon_rmap - first mapping of an anonymous page that nobody else knows
 * @page: need not be locked
 * @vma: the VMA, which has an anon_vma
 * @address: user address
 *
 * PTE lock held.  Linux: mm/rmap.c.
 */
void page_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long address)
{
	VM_BUG_ON_VMA(address < vma->vm_start, vma);
	VM_BUG_ON_VMA(address >= vma->vm_end, vma);
	__SetPageSwapBacked(page);
	atomic_set(&page->_mapcount, 0);
	__page_set_anon_rmap(page, vma, address, true);
}

/**
 * page_try_dup_anon_rmap - count one more mapping of an anonymous page, by a child
 * @page: the page
 * @compound: it is a huge page
 * @vma: the parent's VMA
 *
 * PTE lock held.  The page is nobody's alone any more.  (Linux refuses, with -EBUSY, pages that
 * are pinned for DMA; nothing pins pages here.)  Returns 0.
 * Linux: include/linux/rmap.h.
 */
int page_try_dup_anon_rmap(struct page *page, bool compound, struct vm_area_struct *vma)
{
	VM_BUG_ON_PAGE(!PageAnon(page), page);
	if (PageAnonExclusive(page))
		ClearPageAnonExclusive(page);
	if (compound)
		atomic_inc(compound_mapcount_ptr(page));
	else
		atomic_inc(&page->_mapcount);
	return 0;
}

/**
 * page_add_file_rmap - count one more mapping of a page of a file
 * @page: in the page cache
 * @vma: the VMA
 * @compound: always false, there are no transparent huge pages
 *
 * PTE lock held.  Linux: mm/rmap.c.
 */
void page_add_file_rmap(struct page *page, struct vm_area_struct *vma, bool compound)
{
	VM_BUG_ON_PAGE(compound, page);
	atomic_inc(&page->_mapcount);
}

/**
 * page_remove_rmap - count one mapping less
 * @page: the page
 * @vma: the VMA
 * @compound: the whole of a huge page was mapped
 *
 * PTE lock held.  mapping and index stay as they are until the page is freed.
 * Linux: mm/rmap.c.
 */
void page_remove_rmap(struct page *page, struct vm_area_struct *vma, bool compound)
{
	if (PageHuge(page)) {
		atomic_dec(compound_mapcount_ptr(page));
		return;
	}
	VM_BUG_ON_PAGE(compound, page);
	atomic_dec(&page->_mapcount);
}

/**
 * hugepage_add_anon_rmap - count one more mapping of a private huge page
 * @page: locked
 * @vma: the VMA, which has an anon_vma
 * @address: user address
 * @flags: RMAP_EXCLUSIVE: nobody else may use the page
 *
 * PTE lock held.  Linux: mm/rmap.c.
 */
void hugepage_add_anon_rmap(struct page *page, struct vm_area_struct *vma, unsigned long address,
			    rmap_t flags)
{
	bool exclusive = flags & RMAP_EXCLUSIVE;

	BUG_ON(!PageLocked(page));
	BUG_ON(!vma->anon_vma);
	if (atomic_inc_and_test(compound_mapcount_ptr(page))) {
		__page_set_anon_rmap(page, vma, address, exclusive);
		return;
	}
	VM_BUG_ON_PAGE(exclusive, page);
	VM_BUG_ON_PAGE(PageAnonExclusive(page), page);
}

/**
 * hugepage_add_new_anon_rmap - first mapping of a private huge page
 * @page: the page
 * @vma: the VMA, which has an anon_vma
 * @address: user address
 *
 * PTE lock held.  Linux: mm/rmap.c.
 */
void hugepage_add_new_anon_rmap(struct page *page, struct vm_area_struct *vma,
				unsigned long address)
{
	BUG_ON(address < vma->vm_start);
	BUG_ON(address >= vma->vm_end);
	atomic_set(compound_mapcount_ptr(page), 0);
	__page_set_anon_rmap(page, vma, address, true);
}
