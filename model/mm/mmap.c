/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/mmap.c: the tree of VMAs of an address space: finding, merging, splitting,
 * mapping and unmapping.
 *
 * Left out until something needs it: brk and stack growth, mlock, memory policies,
 * seals, uprobes, huge page alignment.
 */
#include <linux/mm.h>
#include <linux/mm_inline.h>
#include <linux/mman.h>
#include <linux/fs.h>
#include <linux/file.h>
#include <linux/hugetlb.h>
#include <linux/mempolicy.h>
#include <linux/mmu_notifier.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/security.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/userfaultfd_k.h>
#include <asm/pgalloc.h>
#include <asm/tlb.h>
#include <uffdsim/bugs.h>

#include "internal.h"
#include "sim/sim.h"

int sysctl_max_map_count __read_mostly = DEFAULT_MAX_MAP_COUNT;

/* Pages that private writable mappings may come to need; never refused for their number. */
static atomic_long_t vm_committed_as;

/* ----------------------------------------------------- page protections */

/**
 * vm_get_page_prot - the PTE bits that a mapping's permissions allow
 * @vm_flags: VM_READ, VM_WRITE, VM_EXEC, VM_SHARED of the VMA
 *
 * A private mapping never gets a writable PTE this way: its pages are copied first.
 * Linux: arch/x86/mm/pgprot.c.
 */
pgprot_t vm_get_page_prot(unsigned long vm_flags)
{
	if (!(vm_flags & VM_ACCESS_FLAGS))
		return PAGE_NONE;
	if ((vm_flags & (VM_WRITE | VM_SHARED)) == (VM_WRITE | VM_SHARED))
		return PAGE_SHARED;
	return PAGE_READONLY;
}

/**
 * vma_wants_writenotify - must the first write to each page of a VMA fault?
 * @vma: the VMA
 * @vm_page_prot: its protection bits, without the write-notify change
 *
 * mmap_lock held.  Linux: mm/mmap.c.
 */
int vma_wants_writenotify(struct vm_area_struct *vma, pgprot_t vm_page_prot)
{
	const vm_flags_t shared_rw = VM_WRITE | VM_SHARED;
	const struct vm_operations_struct *ops = vma->vm_ops;

	if ((vma->vm_flags & shared_rw) != shared_rw)
		return 0;
	if (ops && (ops->page_mkwrite || ops->pfn_mkwrite))
		return 1;
	/* Somebody chose bits of his own: leave them alone. */
	if (pgprot_val(vm_page_prot) != pgprot_val(vm_get_page_prot(vma->vm_flags)))
		return 0;
	if (userfaultfd_wp(vma))
		return 1;
	return vma->vm_file && mapping_can_writeback(vma->vm_file->f_mapping);
}

/**
 * vma_set_page_prot - recompute vma->vm_page_prot from vma->vm_flags
 * @vma: the VMA
 *
 * mmap_lock held for writing.  Linux: mm/mmap.c.
 */
void vma_set_page_prot(struct vm_area_struct *vma)
{
	unsigned long flags = vma->vm_flags;
	pgprot_t prot = vm_get_page_prot(flags);

	if (vma_wants_writenotify(vma, prot))
		prot = vm_get_page_prot(flags & ~VM_SHARED);
	WRITE_ONCE(vma->vm_page_prot, prot);
}

/* ------------------------------------------------------------ accounting */

/**
 * __vm_enough_memory - charge pages that a mapping may come to need
 * @mm: the address space
 * @pages: how many
 * @cap_sys_admin: unused, the machine overcommits (vm.overcommit_memory = 1)
 *
 * Returns 0 or -ENOMEM (failure site "acct").  Linux: mm/util.c.
 */
int __vm_enough_memory(struct mm_struct *mm, long pages, int cap_sys_admin)
{
	if (sim_should_fail(SIM_SITE("acct")))
		return -ENOMEM;
	vm_acct_memory(pages);
	return 0;
}

/**
 * vm_acct_memory - add to the commitment
 * @pages: how many, negative to give back
 *
 * Linux: include/linux/mman.h.
 */
void vm_acct_memory(long pages)
{
	vm_committed_as.counter += pages;
}

/**
 * vm_memory_committed - pages committed at present
 *
 * 0 when no process is left.  Linux: mm/util.c.
 */
unsigned long vm_memory_committed(void)
{
	return vm_committed_as.counter;
}

/* hugetlb accounts for itself; shared memory does so in its file. */
static int accountable_mapping(struct file *file, vm_flags_t vm_flags)
{
	if (file && is_file_hugepages(file))
		return 0;
	return (vm_flags & (VM_WRITE | VM_SHARED | VM_NORESERVE)) == VM_WRITE;
}

/**
 * vm_stat_account - count the pages of a mapping that comes or goes
 * @mm: the address space
 * @flags: of the VMA
 * @npages: pages, negative when it goes
 *
 * mmap_lock held.  Linux: mm/mmap.c.
 */
void vm_stat_account(struct mm_struct *mm, vm_flags_t flags, long npages)
{
	mm->total_vm += npages;
}

/* ------------------------------------------------------ one VMA, its file */

/**
 * vma_close - tell a mapping's owner that it ends, once
 * @vma: the VMA
 *
 * May sleep.  Linux: mm/util.c.
 */
void vma_close(struct vm_area_struct *vma)
{
	static const struct vm_operations_struct no_ops;

	if (!vma->vm_ops || !vma->vm_ops->close)
		return;
	vma->vm_ops->close(vma);
	vma->vm_ops = &no_ops;
}

/**
 * mmap_file - let a file set up a VMA
 * @file: the file
 * @vma: the VMA, not in the tree yet
 *
 * After an error no hook of the file may run again on this VMA.  Returns what ->mmap()
 * returns.  Linux: mm/util.c.
 */
int mmap_file(struct file *file, struct vm_area_struct *vma)
{
	static const struct vm_operations_struct no_ops;
	int err = call_mmap(file, vma);

	if (err)
		vma->vm_ops = &no_ops;
	return err;
}

static void __remove_shared_vm_struct(struct vm_area_struct *vma, struct address_space *mapping)
{
	flush_dcache_mmap_lock(mapping);
	vma_interval_tree_remove(vma, &mapping->i_mmap);
	flush_dcache_mmap_unlock(mapping);
}

static void __vma_link_file(struct vm_area_struct *vma, struct address_space *mapping)
{
	flush_dcache_mmap_lock(mapping);
	vma_interval_tree_insert(vma, &mapping->i_mmap);
	flush_dcache_mmap_unlock(mapping);
}

/**
 * unlink_file_vma - take a VMA out of its file's interval tree
 * @vma: the VMA; nothing happens without a file
 *
 * So that truncation does not find it while its page tables are freed.  Takes
 * i_mmap_rwsem.  Linux: mm/mmap.c.
 */
void unlink_file_vma(struct vm_area_struct *vma)
{
	struct address_space *mapping;

	if (!vma->vm_file)
		return;
	mapping = vma->vm_file->f_mapping;
	i_mmap_lock_write(mapping);
	__remove_shared_vm_struct(vma, mapping);
	i_mmap_unlock_write(mapping);
}

static void remove_vma(struct vm_area_struct *vma)
{
	struct file *file = vma->vm_file;

	might_sleep();
	vma_close(vma);
	if (file)
		fput(file);
	vm_area_free(vma);
}

/**
 * vma_mas_store - put a VMA into the tree at its own range
 * @vma: the VMA
 * @mas: preallocated state
 *
 * mmap_lock held for writing.  Linux: mm/mmap.c.
 */
void vma_mas_store(struct vm_area_struct *vma, struct ma_state *mas)
{
	mas_set_range(mas, vma->vm_start, vma->vm_end - 1);
	mas_store_prealloc(mas, vma);
}

static void vma_mas_szero(struct ma_state *mas, unsigned long start, unsigned long end)
{
	mas_set_range(mas, start, end - 1);
	mas_store_prealloc(mas, NULL);
}

static void anon_vma_interval_tree_pre_update_vma(struct vm_area_struct *vma)
{
	struct anon_vma_chain *link;

	list_for_each_entry(link, &vma->anon_vma_chain, same_vma)
		anon_vma_interval_tree_remove(link, &link->anon_vma->rb_root);
}

static void anon_vma_interval_tree_post_update_vma(struct vm_area_struct *vma)
{
	struct anon_vma_chain *link;

	list_for_each_entry(link, &vma->anon_vma_chain, same_vma)
		anon_vma_interval_tree_insert(link, &link->anon_vma->rb_root);
}

/* ------------------------------------------------- moving VMAs' borders */

/*
 * What __vma_adjust() is about to do.  The names of the cases are those of the picture
 * above vma_merge().
 */
struct adjustment {
	struct vm_area_struct *vma;	 /* survives, with new borders */
	struct vm_area_struct *next;	 /* shrinks, grows or vanishes */
	struct vm_area_struct *beyond;	 /* case 6: vanishes as well */
	struct vm_area_struct *insert;	 /* split_vma()'s new part */
	struct vm_area_struct *imported; /* got its anon_vma here: undo on failure */
	long shift;			 /* case 4, 5: @next's start moves by so many bytes */
	int remove;			 /* VMAs that vanish */
	struct address_space *mapping;
	struct anon_vma *anon_vma;
};

/* Pages change owner: the new one must know the anon_vma that they point to. */
static int adjust_import_anon_vma(struct adjustment *a, struct vm_area_struct *to,
				  struct vm_area_struct *from)
{
	int err;

	if (!from || !from->anon_vma || to->anon_vma)
		return 0;
	to->anon_vma = from->anon_vma;
	err = anon_vma_clone(to, from);
	if (!err)
		a->imported = to;
	return err;
}

static int adjust_plan_merge(struct adjustment *a, unsigned long end, struct vm_area_struct *expand)
{
	struct vm_area_struct *vma = a->vma, *next = a->next;
	struct vm_area_struct *from = next, *to = vma;

	if (end >= next->vm_end) {
		if (next == expand) {
			/* Case 8: the upper one survives, so the two change roles. */
			VM_WARN_ON(end != next->vm_end);
			VM_WARN_ON(vma->vm_file != next->vm_file);
			a->vma = next;
			a->next = vma;
			a->remove = 1;
			return adjust_import_anon_vma(a, next, vma);
		}
		/* Cases 1 and 7; case 6 swallows the one beyond as well. */
		VM_WARN_ON(expand != vma);
		a->remove = 1;
		if (end > next->vm_end) {
			a->remove = 2;
			a->beyond = find_vma(vma->vm_mm, next->vm_end);
			VM_WARN_ON(end != a->beyond->vm_end);
			if (!next->anon_vma)
				from = a->beyond;
		}
	} else if (end > next->vm_start) {
		/* Case 5: the border moves up. */
		a->shift = end - next->vm_start;
		VM_WARN_ON(expand != vma);
	} else if (end < vma->vm_end) {
		/* Case 4: the border moves down. */
		a->shift = -(long)(vma->vm_end - end);
		from = vma;
		to = next;
		VM_WARN_ON(expand != next);
	} else {
		return 0;
	}
	return adjust_import_anon_vma(a, to, from);
}

/* Out of sight of rmap and truncation, whose locks are taken, while borders change. */
static void adjust_hide(struct adjustment *a)
{
	struct vm_area_struct *vma = a->vma;

	if (a->mapping) {
		i_mmap_lock_write(a->mapping);
		if (a->insert && a->insert->vm_file)
			__vma_link_file(a->insert, a->insert->vm_file->f_mapping);
	}

	a->anon_vma = vma->anon_vma;
	if (!a->anon_vma && a->shift)
		a->anon_vma = a->next->anon_vma;
	if (a->anon_vma) {
		VM_WARN_ON(a->shift && a->next->anon_vma && a->anon_vma != a->next->anon_vma);
		anon_vma_lock_write(a->anon_vma);
		anon_vma_interval_tree_pre_update_vma(vma);
		if (a->shift)
			anon_vma_interval_tree_pre_update_vma(a->next);
	}

	if (a->mapping) {
		flush_dcache_mmap_lock(a->mapping);
		vma_interval_tree_remove(vma, &a->mapping->i_mmap);
		if (a->shift)
			vma_interval_tree_remove(a->next, &a->mapping->i_mmap);
	}
}

static void adjust_borders(struct adjustment *a, struct ma_state *mas, unsigned long start,
			   unsigned long end, pgoff_t pgoff)
{
	struct vm_area_struct *vma = a->vma, *insert = a->insert;
	bool grown = false;

	if (start != vma->vm_start) {
		/* What is given up becomes a hole, unless somebody is about to fill it. */
		if (start > vma->vm_start && (!insert || insert->vm_end != start)) {
			vma_mas_szero(mas, vma->vm_start, start);
			VM_WARN_ON(insert && insert->vm_start > vma->vm_start);
		} else {
			grown = true;
		}
		vma->vm_start = start;
	}
	if (end > vma->vm_end) {
		grown = true;
		vma->vm_end = end;
	} else if (end < vma->vm_end) {
		if (vma->vm_end + a->shift != end && (!insert || insert->vm_start != end)) {
			vma_mas_szero(mas, end, vma->vm_end);
			mas_reset(mas);
			VM_WARN_ON(insert && insert->vm_end < vma->vm_end);
		}
		vma->vm_end = end;
	}
	if (grown)
		vma_mas_store(vma, mas);

	vma->vm_pgoff = pgoff;
	if (a->shift) {
		a->next->vm_start += a->shift;
		a->next->vm_pgoff += a->shift >> PAGE_SHIFT;
		vma_mas_store(a->next, mas);
	}
}

static void adjust_show(struct adjustment *a, struct ma_state *mas)
{
	struct mm_struct *mm = a->vma->vm_mm;

	if (a->mapping) {
		if (a->shift)
			vma_interval_tree_insert(a->next, &a->mapping->i_mmap);
		vma_interval_tree_insert(a->vma, &a->mapping->i_mmap);
		flush_dcache_mmap_unlock(a->mapping);
	}

	if (a->remove && a->mapping) {
		__remove_shared_vm_struct(a->next, a->mapping);
		if (a->remove == 2)
			__remove_shared_vm_struct(a->beyond, a->mapping);
	} else if (a->insert) {
		/* Before the locks go, so that nobody sees a hole between the parts. */
		mas_reset(mas);
		vma_mas_store(a->insert, mas);
		mm->map_count++;
	}

	if (a->anon_vma) {
		anon_vma_interval_tree_post_update_vma(a->vma);
		if (a->shift)
			anon_vma_interval_tree_post_update_vma(a->next);
		anon_vma_unlock_write(a->anon_vma);
	}
	if (a->mapping)
		i_mmap_unlock_write(a->mapping);
}

/* Page tables shared with other mappings must not straddle a border. */
static void adjust_unshare(struct vm_area_struct *vma, unsigned long start, unsigned long end)
{
	if (!is_vm_hugetlb_page(vma))
		return;
	hugetlb_split(vma, start);
	hugetlb_split(vma, end);
}

static void adjust_free_swallowed(struct adjustment *a, struct vm_area_struct *gone)
{
	if (gone->vm_file)
		fput(gone->vm_file);
	if (gone->anon_vma)
		anon_vma_merge(a->vma, gone);
	a->vma->vm_mm->map_count--;
	if (a->remove == 1)
		BUG_ON(a->vma->vm_end < gone->vm_end);
	vm_area_free(gone);
}

/**
 * __vma_adjust - change the borders of a VMA, and with them its neighbours
 * @vma: the VMA
 * @start: new first byte
 * @end: new byte after the last
 * @pgoff: new offset in the file, pages
 * @insert: part that a split has cut off, to be made visible in the same step, or NULL
 * @expand: without @insert: which VMA of a merge keeps existing
 *
 * VMAs that are swallowed are freed.  mmap_lock held for writing; takes i_mmap_rwsem and
 * the anon_vma's lock.  Returns 0 or -ENOMEM with nothing changed.  Linux: mm/mmap.c.
 */
int __vma_adjust(struct vm_area_struct *vma, unsigned long start, unsigned long end, pgoff_t pgoff,
		 struct vm_area_struct *insert, struct vm_area_struct *expand)
{
	struct mm_struct *mm = vma->vm_mm;
	struct adjustment a = {
		.vma = vma,
		.insert = insert,
		.mapping = vma->vm_file ? vma->vm_file->f_mapping : NULL,
	};
	int err;
	MA_STATE(mas, &mm->mm_mt, 0, 0);

	a.next = find_vma(mm, vma->vm_end);
	if (a.next && !insert) {
		err = adjust_plan_merge(&a, end, expand);
		if (err)
			return err;
	}
	if (mas_preallocate(&mas, a.vma, GFP_KERNEL)) {
		if (a.imported)
			unlink_anon_vmas(a.imported);
		return -ENOMEM;
	}

	if (kernel_has(hugetlb_split_unlocked))
		adjust_unshare(vma, start, end);
	adjust_hide(&a);
	if (!kernel_has(hugetlb_split_unlocked))
		adjust_unshare(vma, start, end);
	adjust_borders(&a, &mas, start, end, pgoff);
	adjust_show(&a, &mas);

	if (a.remove == 2) {
		adjust_free_swallowed(&a, a.next);
		a.remove = 1;
		a.next = a.beyond;
	}
	if (a.remove)
		adjust_free_swallowed(&a, a.next);
	mas_destroy(&mas);
	return 0;
}

/**
 * vma_expand - let an existing VMA cover a new mapping beside it
 * @mas: state at the new mapping's place
 * @vma: the VMA that grows
 * @start: new first byte
 * @end: new byte after the last
 * @pgoff: new offset in the file, pages
 * @next: VMA above, swallowed when it ends at @end and is not @vma
 *
 * mmap_lock held for writing.  Returns 0 or -ENOMEM.  Linux: mm/mmap.c.
 */
int vma_expand(struct ma_state *mas, struct vm_area_struct *vma, unsigned long start,
	       unsigned long end, pgoff_t pgoff, struct vm_area_struct *next)
{
	struct adjustment a = {
		.vma = vma,
		.mapping = vma->vm_file ? vma->vm_file->f_mapping : NULL,
	};
	int err;

	if (next && next != vma && next->vm_end == end) {
		a.next = next;
		a.remove = 1;
		err = adjust_import_anon_vma(&a, vma, next);
		if (err)
			return err;
	}
	VM_BUG_ON(next && !a.remove && next != vma && end > next->vm_start);
	VM_BUG_ON(vma->vm_start < start || vma->vm_end > end);

	if (mas_preallocate(mas, vma, GFP_KERNEL)) {
		if (a.imported)
			unlink_anon_vmas(a.imported);
		return -ENOMEM;
	}
	adjust_hide(&a);
	vma->vm_start = start;
	vma->vm_end = end;
	vma->vm_pgoff = pgoff;
	vma_mas_store(vma, mas);
	adjust_show(&a, mas);
	if (a.remove)
		adjust_free_swallowed(&a, next);
	return 0;
}

/* --------------------------------------------------------------- merging */

static bool is_mergeable_vma(struct vm_area_struct *vma, struct file *file, unsigned long vm_flags,
			     struct vm_userfaultfd_ctx ctx, struct anon_vma_name *anon_name)
{
	if ((vma->vm_flags ^ vm_flags) & ~VM_SOFTDIRTY)
		return false;
	if (vma->vm_file != file)
		return false;
	/* Its owner counts it: hugetlbfs does. */
	if (vma->vm_ops && vma->vm_ops->close)
		return false;
	if (!is_mergeable_vm_userfaultfd_ctx(vma, ctx))
		return false;
	return anon_vma_name(vma) == anon_name;
}

static bool came_through_fork(const struct vm_area_struct *vma)
{
	return vma && vma->anon_vma && !list_is_singular(&vma->anon_vma_chain);
}

/* @a is that of the range, which @src holds (NULL: nothing does), @b that of @vma. */
static bool is_mergeable_anon_vma(struct anon_vma *a, struct anon_vma *b,
				  struct vm_area_struct *vma, struct vm_area_struct *src)
{
	if (a == b)
		return true;
	if (a && b)
		return false;
	/* One of them has none.  A chain that came through a fork is not extended. */
	if (kernel_has(merge_takes_anon_vma))
		return !came_through_fork(a ? src : vma);
	/* Of a VMA that has no chain yet 6.1 takes that for such a one. */
	return !vma || list_is_singular(&vma->anon_vma_chain);
}

/* The VMA that holds the range which is to be merged, NULL: a hole. */
static struct vm_area_struct *merged_from(struct mm_struct *mm, unsigned long addr)
{
	return kernel_has(merge_takes_anon_vma) ? vma_lookup(mm, addr) : NULL;
}

static bool can_vma_merge_before(struct vm_area_struct *vma, struct vm_area_struct *src,
				 unsigned long vm_flags, struct anon_vma *anon_vma,
				 struct file *file, pgoff_t pgoff, struct vm_userfaultfd_ctx ctx,
				 struct anon_vma_name *anon_name)
{
	if (!is_mergeable_vma(vma, file, vm_flags, ctx, anon_name))
		return false;
	if (!is_mergeable_anon_vma(anon_vma, vma->anon_vma, vma, src))
		return false;
	return vma->vm_pgoff == pgoff;
}

static bool can_vma_merge_after(struct vm_area_struct *vma, struct vm_area_struct *src,
				unsigned long vm_flags, struct anon_vma *anon_vma,
				struct file *file, pgoff_t pgoff, struct vm_userfaultfd_ctx ctx,
				struct anon_vma_name *anon_name)
{
	if (!is_mergeable_vma(vma, file, vm_flags, ctx, anon_name))
		return false;
	if (!is_mergeable_anon_vma(anon_vma, vma->anon_vma, vma, src))
		return false;
	return vma->vm_pgoff + vma_pages(vma) == pgoff;
}

/**
 * vma_merge - join a range that is about to get new attributes with its neighbours
 * @mm: the address space
 * @prev: VMA that ends at @addr, or contains the range, or NULL
 * @addr: first byte of the range
 * @end: byte after its last
 * @vm_flags: flags that the range will have
 * @anon_vma: of the range, or NULL
 * @file: of the range, or NULL
 * @pgoff: of @addr, pages; taken as it is given, see below
 * @policy: memory policy, always NULL here
 * @vm_userfaultfd_ctx: context that the range will have
 * @anon_name: NULL
 *
 * P is @prev, A the range, N and X what follows it.  A fills a hole (mmap), is a whole VMA,
 * or is the end or the beginning of one:
 *
 *	    AAAA		1: P over all, N goes
 *	PPPP    NNNN		2: P over A		3: N over A
 *
 *	    AAAA		6: P over all, N and X go
 *	PPPPNNNNXXXX		7: P over A, N goes	8: X over A, N goes
 *
 *	  AAAA			4: N over A, P shrinks
 *	PPPPPPNNNN
 *
 *	    AAAA		5: P over A, N shrinks
 *	PPPPNNNNNNNN
 *
 * Case 8 keeps X, not N: rmap walks read flags of the survivor the moment the locks are
 * gone, and those of X are right already.
 *
 * 6.1 calls this from userfaultfd with the VMA's own offset even when the range starts
 * further up; a merge that this makes possible or impossible is part of the behaviour.
 *
 * Returns the survivor, whose flags and context the caller sets, or NULL, also for want of
 * memory (not in the kernels of release_forgets_vma_without_memory).  VMAs that were
 * swallowed are freed.  mmap_lock held for writing.  Linux: mm/mmap.c.
 */
struct vm_area_struct *vma_merge(struct mm_struct *mm, struct vm_area_struct *prev,
				 unsigned long addr, unsigned long end, unsigned long vm_flags,
				 struct anon_vma *anon_vma, struct file *file, pgoff_t pgoff,
				 struct mempolicy *policy,
				 struct vm_userfaultfd_ctx vm_userfaultfd_ctx,
				 struct anon_vma_name *anon_name)
{
	pgoff_t pages = (end - addr) >> PAGE_SHIFT;
	struct vm_area_struct *inside, *above, *survivor, *src;
	bool with_prev = false, with_above = false;
	int err;

	if (vm_flags & VM_SPECIAL)
		return NULL;

	inside = find_vma(mm, prev ? prev->vm_end : 0);
	above = inside;
	if (inside && inside->vm_end == end)
		above = find_vma(mm, inside->vm_end);

	VM_WARN_ON(prev && addr <= prev->vm_start);
	VM_WARN_ON(inside && end > inside->vm_end);
	VM_WARN_ON(addr >= end);

	src = merged_from(mm, addr);
	if (prev && prev->vm_end == addr)
		with_prev = can_vma_merge_after(prev, src, vm_flags, anon_vma, file, pgoff,
						vm_userfaultfd_ctx, anon_name);
	if (above && above->vm_start == end)
		with_above = can_vma_merge_before(above, src, vm_flags, anon_vma, file,
						  pgoff + pages, vm_userfaultfd_ctx, anon_name);

	if (with_prev) {
		unsigned long up_to = end; /* 2, 5, 7 */

		if (with_above &&
		    is_mergeable_anon_vma(prev->anon_vma, above->anon_vma, NULL, NULL))
			up_to = above->vm_end; /* 1, 6 */
		survivor = prev;
		err = __vma_adjust(prev, prev->vm_start, up_to, prev->vm_pgoff, NULL, prev);
	} else if (with_above) {
		survivor = above;
		if (prev && addr < prev->vm_end) /* 4 */
			err = __vma_adjust(prev, prev->vm_start, addr, prev->vm_pgoff, NULL, above);
		else /* 3, 8 */
			err = __vma_adjust(inside, addr, above->vm_end, above->vm_pgoff - pages,
					   NULL, above);
	} else {
		return NULL;
	}
	if (err)
		return kernel_has(release_forgets_vma_without_memory) ? ERR_PTR(err) : NULL;
	return survivor;
}

/* Same file, adjacent, flags that mprotect() could make equal: worth one anon_vma. */
static bool anon_vma_compatible(struct vm_area_struct *low, struct vm_area_struct *high)
{
	if (low->vm_end != high->vm_start)
		return false;
	if (low->vm_file != high->vm_file)
		return false;
	if ((low->vm_flags ^ high->vm_flags) & ~(VM_ACCESS_FLAGS | VM_SOFTDIRTY))
		return false;
	return high->vm_pgoff == low->vm_pgoff + vma_pages(low);
}

/* mmap_lock is only held for reading: @old may be getting its anon_vma this very moment. */
static struct anon_vma *reusable_anon_vma(struct vm_area_struct *old, struct vm_area_struct *low,
					  struct vm_area_struct *high)
{
	struct anon_vma *anon_vma;

	if (!anon_vma_compatible(low, high))
		return NULL;
	anon_vma = READ_ONCE(old->anon_vma);
	if (!anon_vma || !list_is_singular(&old->anon_vma_chain))
		return NULL;
	return anon_vma;
}

/**
 * find_mergeable_anon_vma - a neighbour's anon_vma that a VMA could share
 * @vma: the VMA, about to get its first anonymous page
 *
 * Sharing lets the two be merged later.  mmap_lock held for reading.  Returns NULL when
 * there is none.  Linux: mm/mmap.c.
 */
struct anon_vma *find_mergeable_anon_vma(struct vm_area_struct *vma)
{
	struct vm_area_struct *near;
	struct anon_vma *found = NULL;
	MA_STATE(mas, &vma->vm_mm->mm_mt, vma->vm_end, vma->vm_end);

	near = mas_walk(&mas);
	if (near)
		found = reusable_anon_vma(near, vma, near);
	if (found)
		return found;

	near = mas_prev(&mas, 0);
	VM_BUG_ON_VMA(near != vma, vma);
	near = mas_prev(&mas, 0);
	return near ? reusable_anon_vma(near, near, vma) : NULL;
}

/* --------------------------------------------------------------- finding */

/**
 * find_vma_intersection - first VMA that overlaps a range
 * @mm: the address space
 * @start_addr: first byte
 * @end_addr: byte after the last
 *
 * mmap_lock held.  Returns NULL when there is none.  Linux: mm/mmap.c.
 */
struct vm_area_struct *find_vma_intersection(struct mm_struct *mm, unsigned long start_addr,
					     unsigned long end_addr)
{
	unsigned long at = start_addr;

	mmap_assert_locked(mm);
	return mt_find(&mm->mm_mt, &at, end_addr - 1);
}

/**
 * find_vma - first VMA that ends above an address
 * @mm: the address space
 * @addr: the address; the VMA may start above it
 *
 * mmap_lock held.  Returns NULL when there is none.  Linux: mm/mmap.c.
 */
struct vm_area_struct *find_vma(struct mm_struct *mm, unsigned long addr)
{
	unsigned long at = addr;

	mmap_assert_locked(mm);
	return mt_find(&mm->mm_mt, &at, ULONG_MAX);
}

/**
 * find_vma_prev - find_vma(), and the VMA below
 * @mm: the address space
 * @addr: the address
 * @pprev: receives the VMA below the one returned, or below @addr, or NULL
 *
 * mmap_lock held.  Linux: mm/mmap.c.
 */
struct vm_area_struct *find_vma_prev(struct mm_struct *mm, unsigned long addr,
				     struct vm_area_struct **pprev)
{
	struct vm_area_struct *here;
	MA_STATE(mas, &mm->mm_mt, addr, addr);

	here = mas_walk(&mas);
	*pprev = mas_prev(&mas, 0);
	return here ? here : mas_next(&mas, ULONG_MAX);
}

/**
 * vm_unmapped_area - find room for a mapping
 * @info: limits, length and alignment in bytes; VM_UNMAPPED_AREA_TOPDOWN: the highest
 *	  place that fits, otherwise the lowest
 *
 * mmap_lock of current->mm held.  Returns the address or -ENOMEM.  Linux: mm/mmap.c.
 */
unsigned long vm_unmapped_area(struct vm_unmapped_area_info *info)
{
	/* Wherever the gap begins, the aligned range fits if this does. */
	unsigned long length = info->length + info->align_mask;
	unsigned long addr;
	int err;
	MA_STATE(mas, &current->mm->mm_mt, 0, 0);

	if (length < info->length)
		return -ENOMEM;
	if (info->flags & VM_UNMAPPED_AREA_TOPDOWN) {
		err = mas_empty_area_rev(&mas, info->low_limit, info->high_limit - 1, length);
		addr = mas.last + 1 - info->length;
		addr -= (addr - info->align_offset) & info->align_mask;
	} else {
		err = mas_empty_area(&mas, info->low_limit, info->high_limit - 1, length);
		addr = mas.index;
		addr += (info->align_offset - addr) & info->align_mask;
	}
	return err ? (unsigned long)-ENOMEM : addr;
}

/**
 * arch_get_unmapped_area_topdown - where mmap() puts a mapping
 * @filp: its file, or NULL
 * @addr: hint, or with MAP_FIXED the place
 * @len: bytes
 * @pgoff: unused
 * @flags: MAP_*
 *
 * The highest gap below mm->mmap_base, then the lowest above TASK_UNMAPPED_BASE: nothing
 * random.  Returns the address or -ENOMEM.  Linux: arch/x86/kernel/sys_x86_64.c.
 */
unsigned long arch_get_unmapped_area_topdown(struct file *filp, unsigned long addr,
					     unsigned long len, unsigned long pgoff,
					     unsigned long flags)
{
	struct mm_struct *mm = current->mm;
	struct vm_unmapped_area_info info = {
		.flags = VM_UNMAPPED_AREA_TOPDOWN,
		.length = len,
		.low_limit = PAGE_SIZE,
		.high_limit = mm->mmap_base,
	};
	struct vm_area_struct *vma;

	if (len > TASK_SIZE)
		return -ENOMEM;
	if (flags & MAP_FIXED)
		return addr;
	addr = PAGE_ALIGN(addr);
	if (addr && addr >= mmap_min_addr && addr <= TASK_SIZE - len) {
		vma = find_vma(mm, addr);
		if (!vma || addr + len <= vma->vm_start)
			return addr;
	}

	addr = vm_unmapped_area(&info);
	if (!offset_in_page(addr))
		return addr;
	VM_BUG_ON(addr != (unsigned long)-ENOMEM);
	info.flags = 0;
	info.low_limit = TASK_UNMAPPED_BASE;
	info.high_limit = TASK_SIZE;
	return vm_unmapped_area(&info);
}

/**
 * get_unmapped_area - choose or check the place of a mapping
 * @file: its file, or NULL
 * @addr: hint or place
 * @len: bytes
 * @pgoff: offset in the file, pages
 * @flags: MAP_*
 *
 * mmap_lock of current->mm held.  Returns the address, -ENOMEM or -EINVAL.
 * Linux: mm/mmap.c.
 */
unsigned long get_unmapped_area(struct file *file, unsigned long addr, unsigned long len,
				unsigned long pgoff, unsigned long flags)
{
	if (len > TASK_SIZE)
		return -ENOMEM;
	/* hugetlbfs aligns to its page size. */
	if (file && file->f_op->get_unmapped_area)
		addr = file->f_op->get_unmapped_area(file, addr, len, pgoff, flags);
	else
		addr = arch_get_unmapped_area_topdown(file, addr, len, pgoff, flags);
	if (IS_ERR_VALUE(addr))
		return addr;
	if (addr > TASK_SIZE - len)
		return -ENOMEM;
	return offset_in_page(addr) ? (unsigned long)-EINVAL : addr;
}

/* ------------------------------------------------------------- splitting */

/**
 * __split_vma - cut a VMA in two, whatever the number of mappings
 * @mm: the address space
 * @vma: the VMA
 * @addr: the cut, strictly inside
 * @new_below: true: the new VMA is the lower part and @vma keeps the upper
 *
 * Flags and userfaultfd context are copied.  mmap_lock held for writing.  Returns 0,
 * -ENOMEM, or the error of ->may_split() (hugetlb: -EINVAL).  Linux: mm/mmap.c.
 */
int __split_vma(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr, int new_below)
{
	pgoff_t pages_below = (addr - vma->vm_start) >> PAGE_SHIFT;
	struct vm_area_struct *part;
	int err;

	if (vma->vm_ops && vma->vm_ops->may_split) {
		err = vma->vm_ops->may_split(vma, addr);
		if (err)
			return err;
	}

	err = -ENOMEM;
	part = vm_area_dup(vma);
	if (!part)
		return err;
	if (new_below) {
		part->vm_end = addr;
	} else {
		part->vm_start = addr;
		part->vm_pgoff += pages_below;
	}
	err = anon_vma_clone(part, vma);
	if (err)
		goto out_free;
	if (part->vm_file)
		get_file(part->vm_file);
	if (part->vm_ops && part->vm_ops->open)
		part->vm_ops->open(part);

	if (new_below)
		err = vma_adjust(vma, addr, vma->vm_end, vma->vm_pgoff + pages_below, part);
	else
		err = vma_adjust(vma, vma->vm_start, addr, vma->vm_pgoff, part);
	if (!err)
		return 0;

	/* An empty range, so that ->close() gives no reservation back. */
	part->vm_start = part->vm_end;
	part->vm_pgoff = 0;
	vma_close(part);
	if (part->vm_file)
		fput(part->vm_file);
	unlink_anon_vmas(part);
out_free:
	vm_area_free(part);
	return err;
}

/**
 * split_vma - cut a VMA in two
 * @mm: the address space
 * @vma: the VMA
 * @addr: the cut
 * @new_below: as in __split_vma()
 *
 * -ENOMEM as well when there are too many mappings.  Linux: mm/mmap.c.
 */
int split_vma(struct mm_struct *mm, struct vm_area_struct *vma, unsigned long addr, int new_below)
{
	if (mm->map_count >= sysctl_max_map_count)
		return -ENOMEM;
	return __split_vma(mm, vma, addr, new_below);
}

/* ------------------------------------------------------------- unmapping */

static void remove_mt(struct mm_struct *mm, struct ma_state *mas)
{
	struct vm_area_struct *vma;
	unsigned long committed = 0;

	update_hiwater_vm(mm);
	mas_for_each(mas, vma, ULONG_MAX) {
		long pages = vma_pages(vma);

		if (vma->vm_flags & VM_ACCOUNT)
			committed += pages;
		vm_stat_account(mm, vma->vm_flags, -pages);
		remove_vma(vma);
	}
	vm_unacct_memory(committed);
}

/* Pages, then page tables, between the neighbours @prev and @next. */
static void unmap_region(struct mm_struct *mm, struct maple_tree *mt, struct vm_area_struct *vma,
			 struct vm_area_struct *prev, struct vm_area_struct *next,
			 unsigned long start, unsigned long end)
{
	unsigned long floor = prev ? prev->vm_end : FIRST_USER_ADDRESS;
	unsigned long ceiling = next ? next->vm_start : USER_PGTABLES_CEILING;
	struct mmu_gather tlb;

	lru_add_drain();
	update_hiwater_rss(mm);
	tlb_gather_mmu(&tlb, mm);
	unmap_vmas(&tlb, mt, vma, start, end);
	free_pgtables(&tlb, mt, vma, floor, ceiling);
	tlb_finish_mmu(&tlb);
}

/* Moves the VMAs of [start, end) into @detached; returns how many or an error. */
static int gather_for_munmap(struct ma_state *mas, struct ma_state *detached, struct mm_struct *mm,
			     struct vm_area_struct **first, struct vm_area_struct **next,
			     unsigned long end)
{
	struct vm_area_struct *vma;
	int err, count = 0;

	*next = NULL;
	mas_for_each(mas, vma, end - 1) {
		bool last = vma->vm_end > end;

		if (last) {
			*next = vma;
			err = __split_vma(mm, vma, end, 1);
			if (err)
				return err;
			/* @vma keeps the upper part: it is the neighbour now. */
			mas_set(mas, end);
			vma = mas_prev(mas, 0);
			if (*first == *next)
				*first = vma;
		}
		mas_set_range(detached, vma->vm_start, vma->vm_end - 1);
		err = mas_store_gfp(detached, vma, GFP_KERNEL);
		if (err)
			return err;
		count++;
		if (last)
			break;
	}
	if (!*next)
		*next = mas_next(mas, ULONG_MAX);
	return count;
}

/*
 * The page-aligned part of munmap().  VMAs that stick out are split; those inside go to a
 * tree of their own, out of everybody's sight; only then mmap_lock may be taken down to
 * reading, pages unmapped and the VMAs freed.  Returns 1 when it was downgraded.
 */
static int do_mas_align_munmap(struct ma_state *mas, struct vm_area_struct *vma,
			       struct mm_struct *mm, unsigned long start, unsigned long end,
			       struct list_head *uf, bool downgrade)
{
	struct vm_area_struct *prev, *next;
	struct maple_tree detached_tree;
	int err, count;
	MA_STATE(detached, &detached_tree, 0, 0);

	mt_init_flags(&detached_tree, mas->tree->ma_flags & MT_FLAGS_LOCK_MASK);
	mt_set_external_lock(&detached_tree, &mm->mmap_lock);
	if (mas_preallocate(mas, vma, GFP_KERNEL))
		return -ENOMEM;
	mas->last = end - 1;

	if (start > vma->vm_start) {
		err = -ENOMEM;
		/* Unmapping the middle leaves one mapping more than there were. */
		if (end < vma->vm_end && mm->map_count >= sysctl_max_map_count)
			goto out_destroy;
		err = __split_vma(mm, vma, start, 0);
		if (err)
			goto out_destroy;
		mas_set(mas, start);
		vma = mas_walk(mas);
	}
	prev = mas_prev(mas, 0);
	if (!prev)
		mas_set(mas, start);

	count = gather_for_munmap(mas, &detached, mm, &vma, &next, end);
	err = count;
	if (count < 0)
		goto out_forget;
	if (uf) {
		err = userfaultfd_unmap_prep(mm, start, end, uf);
		if (err)
			goto out_forget;
	}

	/* From here on nothing fails. */
	mas_set_range(mas, start, end - 1);
	mas_store_prealloc(mas, NULL);
	mm->map_count -= count;
	if (downgrade)
		mmap_write_downgrade(mm);
	unmap_region(mm, &detached_tree, vma, prev, next, start, end);
	mas_set(&detached, start);
	remove_mt(mm, &detached);
	__mt_destroy(&detached_tree);
	return downgrade ? 1 : 0;

out_forget:
	__mt_destroy(&detached_tree);
out_destroy:
	mas_destroy(mas);
	return err;
}

/**
 * do_mas_munmap - unmap a range
 * @mas: state at or below @start
 * @mm: the address space
 * @start: first byte, page-aligned
 * @len: bytes, rounded up to pages
 * @uf: list for userfaultfd's unmap events, or NULL
 * @downgrade: may return with mmap_lock held for reading
 *
 * mmap_lock held for writing.  Returns 0, 1 when the lock was downgraded, -EINVAL or
 * -ENOMEM (VMAs may be left split).  Linux: mm/mmap.c.
 */
int do_mas_munmap(struct ma_state *mas, struct mm_struct *mm, unsigned long start, size_t len,
		  struct list_head *uf, bool downgrade)
{
	struct vm_area_struct *vma;
	unsigned long end;

	if (offset_in_page(start))
		return -EINVAL;
	if (start > TASK_SIZE || len > TASK_SIZE - start)
		return -EINVAL;
	end = start + PAGE_ALIGN(len);
	if (end == start)
		return -EINVAL;

	vma = mas_find(mas, end - 1);
	return vma ? do_mas_align_munmap(mas, vma, mm, start, end, uf, downgrade) : 0;
}

/**
 * do_munmap - do_mas_munmap() without a state and without downgrading
 * @mm: the address space
 * @start: first byte
 * @len: bytes
 * @uf: list for userfaultfd's unmap events, or NULL
 *
 * Linux: mm/mmap.c.
 */
int do_munmap(struct mm_struct *mm, unsigned long start, size_t len, struct list_head *uf)
{
	MA_STATE(mas, &mm->mm_mt, start, start);

	return do_mas_munmap(&mas, mm, start, len, uf, false);
}

static int __vm_munmap(unsigned long start, size_t len, bool downgrade)
{
	struct mm_struct *mm = current->mm;
	int ret = -EINTR;
	LIST_HEAD(uf);
	MA_STATE(mas, &mm->mm_mt, start, start);

	if (mmap_write_lock_killable(mm))
		return ret;
	ret = do_mas_munmap(&mas, mm, start, len, &uf, downgrade);
	if (ret == 1)
		mmap_read_unlock(mm);
	else
		mmap_write_unlock(mm);
	userfaultfd_unmap_complete(mm, &uf);
	return ret == 1 ? 0 : ret;
}

/**
 * vm_munmap - munmap() for the kernel
 * @start: first byte
 * @len: bytes
 *
 * Linux: mm/mmap.c.
 */
int vm_munmap(unsigned long start, size_t len)
{
	return __vm_munmap(start, len, false);
}

SYSCALL_DEFINE2(munmap, unsigned long, addr, size_t, len)
{
	return __vm_munmap(addr, len, true);
}

/* --------------------------------------------------------------- mapping */

/* Lets a neighbour grow over the new mapping; NULL when none can or no memory for it. */
static struct vm_area_struct *expand_neighbour(struct ma_state *mas, struct file *file,
					       unsigned long addr, unsigned long end,
					       vm_flags_t vm_flags, pgoff_t pgoff,
					       struct vm_area_struct *prev,
					       struct vm_area_struct *next)
{
	unsigned long start = addr, stop = end;
	pgoff_t pages = (end - addr) >> PAGE_SHIFT;
	struct vm_userfaultfd_ctx ctx = NULL_VM_UFFD_CTX;
	struct vm_area_struct *grown = NULL;
	struct anon_vma *anon_vma = NULL;
	pgoff_t first = pgoff;

	if (next && next->vm_start == end &&
	    can_vma_merge_before(next, NULL, vm_flags, NULL, file, pgoff + pages, ctx, NULL)) {
		stop = next->vm_end;
		grown = next;
		first = next->vm_pgoff - pages;
		anon_vma = next->anon_vma;
		ctx = next->vm_userfaultfd_ctx;
	}
	if (prev && prev->vm_end == addr &&
	    can_vma_merge_after(prev, grown, vm_flags, anon_vma, file, pgoff, ctx, NULL)) {
		start = prev->vm_start;
		grown = prev;
		first = prev->vm_pgoff;
	}
	if (!grown)
		return NULL;
	return vma_expand(mas, grown, start, stop, first, next) ? NULL : grown;
}

/* The file said yes: what it changed in the flags may allow a merge after all. */
static struct vm_area_struct *
merge_after_mmap_file(struct mm_struct *mm, struct vm_area_struct *vma, struct vm_area_struct *prev)
{
	struct vm_area_struct *merged;

	merged = vma_merge(mm, prev, vma->vm_start, vma->vm_end, vma->vm_flags, NULL, vma->vm_file,
			   vma->vm_pgoff, NULL, NULL_VM_UFFD_CTX, NULL);
	if (IS_ERR_OR_NULL(merged))
		return NULL;
	fput(vma->vm_file);
	vm_area_free(vma);
	return merged;
}

static void link_new_vma(struct mm_struct *mm, struct vm_area_struct *vma, struct ma_state *mas)
{
	struct address_space *mapping = vma->vm_file ? vma->vm_file->f_mapping : NULL;

	if (mapping)
		i_mmap_lock_write(mapping);
	vma_mas_store(vma, mas);
	mm->map_count++;
	if (mapping) {
		__vma_link_file(vma, mapping);
		i_mmap_unlock_write(mapping);
	}
}

/* A VMA that is whole takes its place in the tree and in its file: 0 or -ENOMEM. */
static int vma_link(struct mm_struct *mm, struct vm_area_struct *vma)
{
	MA_STATE(mas, &mm->mm_mt, 0, 0);

	if (mas_preallocate(&mas, vma, GFP_KERNEL))
		return -ENOMEM;
	link_new_vma(mm, vma, &mas);
	return 0;
}

/* A VMA like @vma at another address, linked: NULL without memory. */
static struct vm_area_struct *copy_vma_new(struct vm_area_struct *vma, unsigned long addr,
					   unsigned long len, pgoff_t pgoff)
{
	struct vm_area_struct *copy = vm_area_dup(vma);

	if (!copy)
		return NULL;
	copy->vm_start = addr;
	copy->vm_end = addr + len;
	copy->vm_pgoff = pgoff;
	if (anon_vma_clone(copy, vma))
		goto out_free;
	if (copy->vm_file)
		get_file(copy->vm_file);
	if (copy->vm_ops && copy->vm_ops->open)
		copy->vm_ops->open(copy);
	if (!vma_link(vma->vm_mm, copy))
		return copy;

	vma_close(copy);
	if (copy->vm_file)
		fput(copy->vm_file);
	unlink_anon_vmas(copy);
out_free:
	vm_area_free(copy);
	return NULL;
}

/**
 * copy_vma - the VMA to which mremap() moves pages
 * @vmap: of the pages; set to the VMA that holds them afterwards
 * @addr: where they go; nothing is mapped there
 * @len: bytes
 * @pgoff: of the first page
 * @need_rmap_locks: whether whoever looks for all mappings of a page could find the new
 *	place first, and then miss the old one
 * @keep_source: both stay (MREMAP_DONTUNMAP), so they must not become one
 *
 * mmap_lock held for writing.  Merged into a neighbour where that fits.  NULL without memory.
 * Linux: mm/mmap.c.
 */
struct vm_area_struct *copy_vma(struct vm_area_struct **vmap, unsigned long addr, unsigned long len,
				pgoff_t pgoff, bool *need_rmap_locks, bool keep_source)
{
	struct vm_area_struct *vma = *vmap, *new_vma, *prev;
	unsigned long old_start = vma->vm_start;
	bool adjacent = addr == vma->vm_end || vma->vm_start == addr + len;
	bool unfaulted = vma_is_anonymous(vma) && !vma->anon_vma;

	/* Without pages its offset is what makes it merge best. */
	if (unfaulted)
		pgoff = addr >> PAGE_SHIFT;
	new_vma = find_vma_prev(vma->vm_mm, addr, &prev);
	if (new_vma && new_vma->vm_start < addr + len)
		return NULL;

	new_vma = NULL;
	if (!unfaulted || !keep_source || !adjacent)
		new_vma = vma_merge(vma->vm_mm, prev, addr, addr + len, vma->vm_flags,
				    vma->anon_vma, vma->vm_file, pgoff, vma_policy(vma),
				    vma->vm_userfaultfd_ctx, anon_vma_name(vma));
	if (!new_vma) {
		*need_rmap_locks = false;
		return copy_vma_new(vma, addr, len, pgoff);
	}
	/* The old one may have become part of it, if it has no pages whose offset would be wrong.
	 */
	if (old_start >= new_vma->vm_start && old_start < new_vma->vm_end) {
		VM_BUG_ON_VMA(!unfaulted, new_vma);
		*vmap = vma = new_vma;
	}
	*need_rmap_locks = new_vma->vm_pgoff <= vma->vm_pgoff;
	return new_vma;
}

/* Has the backing of a fresh VMA set up; 0 or an error with no file left in it. */
static int back_new_vma(struct vm_area_struct *vma, struct file *file, struct ma_state *mas,
			struct vm_area_struct *prev, struct vm_area_struct *next)
{
	unsigned long addr = vma->vm_start;
	int err;

	if (!file) {
		if (vma->vm_flags & VM_SHARED)
			return shmem_zero_setup(vma);
		vma_set_anonymous(vma);
		return 0;
	}

	vma->vm_file = get_file(file);
	err = mmap_file(file, vma);
	if (!err) {
		WARN_ON_ONCE(vma->vm_start != addr);
		return 0;
	}
	fput(vma->vm_file);
	vma->vm_file = NULL;
	/* ->mmap() may have mapped something before it failed. */
	unmap_region(vma->vm_mm, mas->tree, vma, prev, next, vma->vm_start, vma->vm_end);
	return err;
}

/* A VMA of its own for [mas->index, mas->last]; it may still merge with @prev. */
static struct vm_area_struct *mmap_new_vma(struct file *file, struct ma_state *mas,
					   vm_flags_t vm_flags, pgoff_t pgoff,
					   struct vm_area_struct *prev, struct vm_area_struct *next)
{
	struct mm_struct *mm = current->mm;
	struct vm_area_struct *merged, *vma = vm_area_alloc(mm);
	int err = -ENOMEM;

	if (!vma)
		return ERR_PTR(err);
	vma->vm_start = mas->index;
	vma->vm_end = mas->last + 1;
	vma->vm_pgoff = pgoff;
	vma->vm_flags = vm_flags;
	vma->vm_page_prot = vm_get_page_prot(vm_flags);
	if (mas_preallocate(mas, vma, GFP_KERNEL))
		goto out_free;

	err = back_new_vma(vma, file, mas, prev, next);
	if (err) {
		mas_destroy(mas);
		goto out_free;
	}
	if (file)
		mas_reset(mas);
	if (file && prev && vma->vm_flags != vm_flags) {
		merged = merge_after_mmap_file(mm, vma, prev);
		if (merged) {
			mas_destroy(mas);
			return merged;
		}
	}
	link_new_vma(mm, vma, mas);
	return vma;

out_free:
	vm_area_free(vma);
	return ERR_PTR(err);
}

static unsigned long __mmap_region(struct file *file, unsigned long addr, unsigned long len,
				   vm_flags_t vm_flags, unsigned long pgoff, struct list_head *uf)
{
	struct vm_area_struct *prev, *next, *vma = NULL;
	struct mm_struct *mm = current->mm;
	unsigned long pages = len >> PAGE_SHIFT;
	unsigned long end = addr + len;
	bool charged = false;
	MA_STATE(mas, &mm->mm_mt, addr, end - 1);

	if (do_mas_munmap(&mas, mm, addr, len, uf, false))
		return -ENOMEM;
	if (accountable_mapping(file, vm_flags)) {
		if (security_vm_enough_memory_mm(mm, pages))
			return -ENOMEM;
		charged = true;
		vm_flags |= VM_ACCOUNT;
	}

	/* The state stands in the hole, or on it: the order of these two matters. */
	next = mas_next(&mas, ULONG_MAX);
	prev = mas_prev(&mas, 0);
	if (!(vm_flags & VM_SPECIAL))
		vma = expand_neighbour(&mas, file, addr, end, vm_flags, pgoff, prev, next);
	if (!vma) {
		mas_set_range(&mas, addr, end - 1);
		vma = mmap_new_vma(file, &mas, vm_flags, pgoff, prev, next);
		if (IS_ERR(vma)) {
			if (charged)
				vm_unacct_memory(pages);
			return PTR_ERR(vma);
		}
		vm_flags = vma->vm_flags;
	}
	vm_stat_account(mm, vm_flags, pages);
	vma->vm_flags |= VM_SOFTDIRTY;
	vma_set_page_prot(vma);
	return addr;
}

/**
 * mmap_region - map a range whose place and flags are decided
 * @file: what to map, NULL for anonymous memory
 * @addr: first byte; what is mapped there goes
 * @len: bytes, whole pages
 * @vm_flags: VM_*
 * @pgoff: offset in the file, pages
 * @uf: list for userfaultfd's unmap events
 *
 * mmap_lock of current->mm held for writing.  Returns @addr or -errno.
 * Linux: mm/mmap.c.
 */
unsigned long mmap_region(struct file *file, unsigned long addr, unsigned long len,
			  vm_flags_t vm_flags, unsigned long pgoff, struct list_head *uf)
{
	return __mmap_region(file, addr, len, vm_flags, pgoff, uf);
}

static vm_flags_t mmap_vm_flags(unsigned long prot)
{
	return VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | calc_vm_prot_bits(prot, 0);
}

/* What the kind of mapping and the way the file was opened add to the flags, or take. */
static int mmap_file_flags(struct file *file, unsigned long prot, unsigned long flags,
			   vm_flags_t *vm_flags)
{
	unsigned long type = flags & MAP_TYPE;

	if (type == MAP_SHARED || type == MAP_SHARED_VALIDATE) {
		if ((prot & PROT_WRITE) && !(file->f_mode & FMODE_WRITE))
			return -EACCES;
		*vm_flags |= VM_SHARED | VM_MAYSHARE;
		if (!(file->f_mode & FMODE_WRITE))
			*vm_flags &= ~(VM_MAYWRITE | VM_SHARED);
	} else if (type != MAP_PRIVATE) {
		return -EINVAL;
	}
	if (!(file->f_mode & FMODE_READ))
		return -EACCES;
	return file->f_op->mmap ? 0 : -ENODEV;
}

/**
 * do_mmap - mmap() under the lock
 * @file: what to map, NULL for anonymous memory
 * @addr: hint or place
 * @len: bytes, rounded up to pages
 * @prot: PROT_*
 * @flags: MAP_*
 * @pgoff: offset in the file, pages
 * @populate: receives 0, nothing is populated here
 * @uf: list for userfaultfd's unmap events
 *
 * mmap_lock of current->mm held for writing.  Returns the address or -errno.
 * Linux: mm/mmap.c.
 */
unsigned long do_mmap(struct file *file, unsigned long addr, unsigned long len, unsigned long prot,
		      unsigned long flags, unsigned long pgoff, unsigned long *populate,
		      struct list_head *uf)
{
	struct mm_struct *mm = current->mm;
	vm_flags_t vm_flags;
	int err;

	*populate = 0;
	if (!len)
		return -EINVAL;
	if (flags & MAP_FIXED_NOREPLACE)
		flags |= MAP_FIXED;
	len = PAGE_ALIGN(len);
	if (!len)
		return -ENOMEM;
	if (pgoff + (len >> PAGE_SHIFT) < pgoff)
		return -EOVERFLOW;
	if (mm->map_count > sysctl_max_map_count)
		return -ENOMEM;

	addr = get_unmapped_area(file, addr, len, pgoff, flags);
	if (IS_ERR_VALUE(addr))
		return addr;
	if ((flags & MAP_FIXED_NOREPLACE) && find_vma_intersection(mm, addr, addr + len))
		return -EEXIST;

	vm_flags = mmap_vm_flags(prot) | mm->def_flags;
	if (file) {
		err = mmap_file_flags(file, prot, flags, &vm_flags);
		if (err)
			return err;
	} else if ((flags & MAP_TYPE) == MAP_SHARED) {
		pgoff = 0;
		vm_flags |= VM_SHARED | VM_MAYSHARE;
	} else if ((flags & MAP_TYPE) == MAP_PRIVATE) {
		/* Anonymous pages have a place in the address space in place of an offset. */
		pgoff = addr >> PAGE_SHIFT;
	} else {
		return -EINVAL;
	}
	if (flags & MAP_NORESERVE)
		vm_flags |= VM_NORESERVE;
	return mmap_region(file, addr, len, vm_flags, pgoff, uf);
}

/**
 * vm_mmap_pgoff - take the lock and map
 * @file: what to map, NULL for anonymous memory
 * @addr: hint or place
 * @len: bytes
 * @prot: PROT_*
 * @flag: MAP_*
 * @pgoff: offset in the file, pages
 *
 * Returns the address or -errno.  Linux: mm/util.c.
 */
unsigned long vm_mmap_pgoff(struct file *file, unsigned long addr, unsigned long len,
			    unsigned long prot, unsigned long flag, unsigned long pgoff)
{
	struct mm_struct *mm = current->mm;
	unsigned long populate, ret;
	LIST_HEAD(uf);

	if (mmap_write_lock_killable(mm))
		return -EINTR;
	ret = do_mmap(file, addr, len, prot, flag, pgoff, &populate, &uf);
	mmap_write_unlock(mm);
	userfaultfd_unmap_complete(mm, &uf);
	return ret;
}

/* A nameless hugetlbfs file behind MAP_ANONYMOUS | MAP_HUGETLB. */
static struct file *anon_huge_file(unsigned long *len, unsigned long flags)
{
	int log = (flags >> MAP_HUGE_SHIFT) & MAP_HUGE_MASK;
	struct hstate *h = hstate_sizelog(log);

	if (!h)
		return ERR_PTR(-EINVAL);
	*len = ALIGN(*len, huge_page_size(h));
	/* The mapping will reserve for itself: not here. */
	return hugetlb_file_setup(HUGETLB_ANON_FILE, *len, VM_NORESERVE, HUGETLB_ANONHUGE_INODE,
				  log);
}

/**
 * ksys_mmap_pgoff - the body of mmap()
 * @addr: hint or place
 * @len: bytes
 * @prot: PROT_*
 * @flags: MAP_*
 * @fd: file descriptor unless MAP_ANONYMOUS
 * @pgoff: offset in the file, pages
 *
 * Returns the address or -errno.  Linux: mm/mmap.c.
 */
unsigned long ksys_mmap_pgoff(unsigned long addr, unsigned long len, unsigned long prot,
			      unsigned long flags, unsigned long fd, unsigned long pgoff)
{
	struct file *file = NULL;
	unsigned long ret;

	if (!(flags & MAP_ANONYMOUS)) {
		file = fget(fd);
		if (!file)
			return -EBADF;
		ret = -EINVAL;
		if (is_file_hugepages(file))
			len = ALIGN(len, huge_page_size(hstate_file(file)));
		else if (flags & MAP_HUGETLB)
			goto out_fput;
	} else if (flags & MAP_HUGETLB) {
		file = anon_huge_file(&len, flags);
		if (IS_ERR(file))
			return PTR_ERR(file);
	}
	ret = vm_mmap_pgoff(file, addr, len, prot, flags, pgoff);
out_fput:
	if (file)
		fput(file);
	return ret;
}

SYSCALL_DEFINE6(mmap, unsigned long, addr, unsigned long, len, unsigned long, prot, unsigned long,
		flags, unsigned long, fd, unsigned long, off)
{
	if (offset_in_page(off))
		return -EINVAL;
	return ksys_mmap_pgoff(addr, len, prot, flags, fd, off >> PAGE_SHIFT);
}

/**
 * exit_mmap - unmap everything
 * @mm: address space without users
 *
 * Nobody else can reach it, yet the locks are taken: rmap and truncation still find its
 * VMAs through their files.  May sleep.  Linux: mm/mmap.c.
 */
void exit_mmap(struct mm_struct *mm)
{
	struct vm_area_struct *vma, *first;
	unsigned long committed = 0;
	struct mmu_gather tlb;
	int count = 0;
	MA_STATE(mas, &mm->mm_mt, 0, 0);

	mmu_notifier_release(mm);
	mmap_read_lock(mm);
	first = mas_find(&mas, ULONG_MAX);
	if (!first) {
		mmap_read_unlock(mm);
		return;
	}
	flush_cache_mm(mm);
	lru_add_drain();
	tlb_gather_mmu_fullmm(&tlb, mm);
	unmap_vmas(&tlb, &mm->mm_mt, first, 0, ULONG_MAX);
	mmap_read_unlock(mm);

	mmap_write_lock(mm);
	free_pgtables(&tlb, &mm->mm_mt, first, FIRST_USER_ADDRESS, USER_PGTABLES_CEILING);
	tlb_finish_mmu(&tlb);

	for (vma = first; vma; vma = mas_find(&mas, ULONG_MAX)) {
		if (vma->vm_flags & VM_ACCOUNT)
			committed += vma_pages(vma);
		remove_vma(vma);
		count++;
		cond_resched();
	}
	BUG_ON(count != mm->map_count);
	__mt_destroy(&mm->mm_mt);
	mmap_write_unlock(mm);
	vm_unacct_memory(committed);
}
