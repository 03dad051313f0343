/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/memory.c, the part that fork() uses: what a child gets of its parent's page tables.
 *
 * Private pages are shared until one of the two writes: both lose the right to.  What a fault would
 * bring back anyway (pages of a shared file) is left to faults, unless the VMA has uffd-wp bits,
 * which no page cache knows.
 */
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/highmem.h>
#include <linux/hugetlb.h>
#include <linux/memcontrol.h>
#include <linux/mmu_notifier.h>
#include <linux/rmap.h>
#include <linux/sched.h>
#include <linux/swap.h>
#include <linux/swapops.h>
#include <linux/userfaultfd_k.h>
#include <asm/pgalloc.h>

#include "internal.h"

/* One VMA on its way from the parent to the child. */
struct fork_copy {
	struct vm_area_struct *dst_vma;
	struct vm_area_struct *src_vma;
	struct page *prealloc; /* for a page that cannot be shared, or NULL */
	int rss[NR_MM_COUNTERS];
};

/*
 * Markers are all there is of entries that are not present.  Protection means something under WP
 * only, poison everywhere.
 */
static void copy_nonpresent_pte(const struct fork_copy *c, pte_t *dst_pte, pte_t *src_pte,
				unsigned long addr)
{
	swp_entry_t entry = pte_to_swp_entry(*src_pte);

	if (WARN_ON_ONCE(!is_pte_marker_entry(entry)))
		return;
	if (!userfaultfd_wp(c->dst_vma) && !is_poisoned_swp_entry(entry))
		return;
	set_pte_at(c->dst_vma->vm_mm, addr, dst_pte, *src_pte);
}

/* The child gets a copy at once.  -EAGAIN: a page for it is to be had first, without the locks. */
static int copy_present_page(struct fork_copy *c, pte_t *dst_pte, pte_t *src_pte,
			     unsigned long addr, struct page *page)
{
	struct page *copy = c->prealloc;
	pte_t pte;

	if (!copy)
		return -EAGAIN;
	c->prealloc = NULL;
	copy_user_highpage(copy, page, addr, c->src_vma);
	__SetPageUptodate(copy);
	page_add_new_anon_rmap(copy, c->dst_vma, addr);
	lru_cache_add_inactive_or_unevictable(copy, c->dst_vma);
	c->rss[mm_counter(copy)]++;

	pte = maybe_mkwrite(pte_mkdirty(mk_pte(copy, c->dst_vma->vm_page_prot)), c->dst_vma);
	if (userfaultfd_pte_wp(c->dst_vma, *src_pte))
		pte = pte_wrprotect(pte_mkuffd_wp(pte));
	set_pte_at(c->dst_vma->vm_mm, addr, dst_pte, pte);
	return 0;
}

/* Counts the child's mapping of a page.  -EBUSY: pinned, it must stay the parent's alone. */
static int share_page(struct fork_copy *c, struct page *page)
{
	get_page(page);
	if (!PageAnon(page)) {
		page_dup_file_rmap(page, false);
		goto counted;
	}
	if (page_try_dup_anon_rmap(page, false, c->src_vma)) {
		put_page(page);
		return -EBUSY;
	}
counted:
	c->rss[mm_counter(page)]++;
	return 0;
}

/* 0, or -EAGAIN as copy_present_page(). */
static int copy_present_pte(struct fork_copy *c, pte_t *dst_pte, pte_t *src_pte, unsigned long addr)
{
	vm_flags_t vm_flags = c->src_vma->vm_flags;
	pte_t pte = *src_pte;
	struct page *page = vm_normal_page(c->src_vma, addr, pte);

	if (page && share_page(c, page))
		return copy_present_page(c, dst_pte, src_pte, addr, page);

	if (is_cow_mapping(vm_flags) && pte_write(pte)) {
		ptep_set_wrprotect(c->src_vma->vm_mm, addr, src_pte);
		pte = pte_wrprotect(pte);
	}
	VM_BUG_ON(page && PageAnon(page) && PageAnonExclusive(page));

	if (vm_flags & VM_SHARED)
		pte = pte_mkclean(pte);
	pte = pte_mkold(pte);
	if (!userfaultfd_wp(c->dst_vma))
		pte = pte_clear_uffd_wp(pte);
	set_pte_at(c->dst_vma->vm_mm, addr, dst_pte, pte);
	return 0;
}

static int copy_one_pte(struct fork_copy *c, pte_t *dst_pte, pte_t *src_pte, unsigned long addr)
{
	if (pte_none(*src_pte))
		return 0;
	if (pte_present(*src_pte))
		return copy_present_pte(c, dst_pte, src_pte, addr);
	copy_nonpresent_pte(c, dst_pte, src_pte, addr);
	return 0;
}

/*
 * Both page tables are locked, the child's first: nobody else can know that one.  Copies up to
 * *@addr; 0, -ENOMEM, or -EAGAIN for a page that has to be allocated.
 */
static int copy_ptes_locked(struct fork_copy *c, pmd_t *dst_pmd, pmd_t *src_pmd,
			    unsigned long *addr, unsigned long end)
{
	struct mm_struct *dst_mm = c->dst_vma->vm_mm;
	pte_t *dst_pte, *src_pte, *first;
	spinlock_t *dst_ptl, *src_ptl;
	int ret = 0;

	init_rss_vec(c->rss);
	dst_pte = pte_alloc_map_lock(dst_mm, dst_pmd, *addr, &dst_ptl);
	if (!dst_pte)
		return -ENOMEM;
	first = dst_pte;
	src_pte = pte_offset_map(src_pmd, *addr);
	src_ptl = pte_lockptr(c->src_vma->vm_mm, src_pmd);
	spin_lock_nested(src_ptl, SINGLE_DEPTH_NESTING);
	arch_enter_lazy_mmu_mode();
	for (; *addr != end; *addr += PAGE_SIZE, dst_pte++, src_pte++) {
		ret = copy_one_pte(c, dst_pte, src_pte, *addr);
		if (ret)
			break;
	}
	arch_leave_lazy_mmu_mode();
	spin_unlock(src_ptl);
	pte_unmap(src_pte);
	add_mm_rss_vec(dst_mm, c->rss);
	pte_unmap_unlock(first, dst_ptl);
	cond_resched();
	return ret;
}

static struct page *page_copy_prealloc(struct mm_struct *src_mm, struct vm_area_struct *vma,
				       unsigned long addr)
{
	struct page *page = alloc_page_vma(GFP_HIGHUSER_MOVABLE, vma, addr);

	if (!page)
		return NULL;
	if (!mem_cgroup_charge(page_folio(page), src_mm, GFP_KERNEL))
		return page;
	put_page(page);
	return NULL;
}

static int copy_pte_range(struct fork_copy *c, pmd_t *dst_pmd, pmd_t *src_pmd, unsigned long addr,
			  unsigned long end)
{
	int ret;

	do {
		ret = copy_ptes_locked(c, dst_pmd, src_pmd, &addr, end);
		if (ret != -EAGAIN)
			break;
		c->prealloc = page_copy_prealloc(c->src_vma->vm_mm, c->src_vma, addr);
		if (!c->prealloc)
			return -ENOMEM;
	} while (addr != end);
	/* The page that it was for is not pinned any more. */
	if (c->prealloc) {
		put_page(c->prealloc);
		c->prealloc = NULL;
	}
	return ret;
}

static int copy_pmd_range(struct fork_copy *c, pud_t *dst_pud, pud_t *src_pud, unsigned long addr,
			  unsigned long end)
{
	pmd_t *dst_pmd = pmd_alloc(c->dst_vma->vm_mm, dst_pud, addr), *src_pmd;
	unsigned long next;

	if (!dst_pmd)
		return -ENOMEM;
	src_pmd = pmd_offset(src_pud, addr);
	for (; addr != end; addr = next, dst_pmd++, src_pmd++) {
		next = pmd_addr_end(addr, end);
		if (pmd_none_or_clear_bad(src_pmd))
			continue;
		if (copy_pte_range(c, dst_pmd, src_pmd, addr, next))
			return -ENOMEM;
	}
	return 0;
}

static int copy_pud_range(struct fork_copy *c, p4d_t *dst_p4d, p4d_t *src_p4d, unsigned long addr,
			  unsigned long end)
{
	pud_t *dst_pud = pud_alloc(c->dst_vma->vm_mm, dst_p4d, addr), *src_pud;
	unsigned long next;

	if (!dst_pud)
		return -ENOMEM;
	src_pud = pud_offset(src_p4d, addr);
	for (; addr != end; addr = next, dst_pud++, src_pud++) {
		next = pud_addr_end(addr, end);
		if (pud_none_or_clear_bad(src_pud))
			continue;
		if (copy_pmd_range(c, dst_pud, src_pud, addr, next))
			return -ENOMEM;
	}
	return 0;
}

/* The top level; there are four, so that the p4d is the pgd. */
static int copy_pgd_range(struct fork_copy *c, unsigned long addr, unsigned long end)
{
	pgd_t *dst_pgd = pgd_offset(c->dst_vma->vm_mm, addr);
	pgd_t *src_pgd = pgd_offset(c->src_vma->vm_mm, addr);
	unsigned long next;

	for (; addr != end; addr = next, dst_pgd++, src_pgd++) {
		next = pgd_addr_end(addr, end);
		if (pgd_none_or_clear_bad(src_pgd))
			continue;
		if (copy_pud_range(c, p4d_offset(dst_pgd, addr), p4d_offset(src_pgd, addr), addr,
				   next))
			return -ENOMEM;
	}
	return 0;
}

/* Is there anything in the page tables that faults of the child would not find again? */
static bool vma_needs_copy(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma)
{
	if (userfaultfd_wp(dst_vma))
		return true;
	if (src_vma->vm_flags & (VM_PFNMAP | VM_MIXEDMAP))
		return true;
	return src_vma->anon_vma;
}

/**
 * copy_page_range - give a child the pages of a VMA
 * @dst_vma: the child's, in its tree
 * @src_vma: the parent's
 *
 * mmap_lock of both held for writing.  Returns 0 or -ENOMEM; what was copied until then goes with
 * the child's address space.  Linux: mm/memory.c.
 */
int copy_page_range(struct vm_area_struct *dst_vma, struct vm_area_struct *src_vma)
{
	struct fork_copy c = { .dst_vma = dst_vma, .src_vma = src_vma };
	struct mmu_notifier_range range;
	int ret;
	bool is_cow;

	if (!vma_needs_copy(dst_vma, src_vma))
		return 0;
	/* Its tables are other ones. */
	if (is_vm_hugetlb_page(src_vma))
		return copy_hugetlb_page_range(dst_vma->vm_mm, src_vma->vm_mm, dst_vma, src_vma);

	is_cow = is_cow_mapping(src_vma->vm_flags);
	if (is_cow) {
		mmu_notifier_range_init(&range, MMU_NOTIFY_PROTECTION_PAGE, 0, src_vma,
					src_vma->vm_mm, src_vma->vm_start, src_vma->vm_end);
		mmu_notifier_invalidate_range_start(&range);
		mmap_assert_write_locked(src_vma->vm_mm);
	}
	ret = copy_pgd_range(&c, src_vma->vm_start, src_vma->vm_end);
	if (is_cow)
		mmu_notifier_invalidate_range_end(&range);
	return ret;
}
