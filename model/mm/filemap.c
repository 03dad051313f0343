/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/filemap.c: the page cache.  Finding, adding and removing the folios of a file,
 * and mapping those around a fault.
 *
 * Left out until something needs it: reading and writing of files, read-ahead and
 * write-back, creation of folios by a look-up, folios of several indices.  A huge page of
 * hugetlbfs has one index, in units of its own size.
 *
 * A look-up takes no lock: it loads a slot, tries to get a reference to the folio found
 * there, and looks at the slot again.  The folio may have left the cache and been freed
 * after the first look (the reference count is 0), or even be somebody else's page by now
 * (the slot has changed).  A caller that locks the folio must also look at its mapping: it
 * may have been truncated while the caller slept.
 */
#include <linux/mm.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/memcontrol.h>
#include <linux/pagemap.h>
#include <linux/pagevec.h>
#include <linux/rcupdate.h>
#include <linux/swap.h>
#include <linux/xarray.h>

#include "internal.h"
#include "sim/sim.h"

/* ---------------------------------------------------------------- removal */

static void page_cache_delete(struct address_space *mapping, struct folio *folio)
{
	VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);
	__xa_erase(&mapping->i_pages, folio->index);
	/* The index stays: truncation goes on from it. */
	folio->mapping = NULL;
	mapping->nrpages--;
}

static void filemap_unaccount_folio(struct address_space *mapping, struct folio *folio)
{
	VM_BUG_ON_FOLIO(folio_mapped(folio), folio);
	/* Neither shmem nor hugetlbfs has counters here, nor dirty pages to be written. */
}

/**
 * __filemap_remove_folio - take a folio out of the page cache
 * @folio: locked, in the cache, not mapped
 * @shadow: NULL, there is no reclaim that would leave one
 *
 * The reference of the cache stays with the caller: filemap_free_folio().  i_pages.xa_lock
 * held.  Linux: mm/filemap.c.
 */
void __filemap_remove_folio(struct folio *folio, void *shadow)
{
	struct address_space *mapping = folio->mapping;

	filemap_unaccount_folio(mapping, folio);
	page_cache_delete(mapping, folio);
}

/**
 * filemap_free_folio - drop the page cache's reference to a folio that left it
 * @mapping: where it was
 * @folio: the folio
 *
 * No spinlock held.  Linux: mm/filemap.c.
 */
void filemap_free_folio(struct address_space *mapping, struct folio *folio)
{
	if (mapping->a_ops->free_folio)
		mapping->a_ops->free_folio(folio);
	folio_put(folio);
}

/**
 * filemap_remove_folio - take a folio out of the page cache and drop the cache's reference
 * @folio: locked, in the cache, not mapped; the caller has a reference of its own
 *
 * Takes i_lock and i_pages.xa_lock.  Linux: mm/filemap.c.
 */
void filemap_remove_folio(struct folio *folio)
{
	struct address_space *mapping = folio->mapping;
	struct inode *host = mapping->host;

	BUG_ON(!folio_test_locked(folio));
	spin_lock(&host->i_lock);
	xa_lock_irq(&mapping->i_pages);
	__filemap_remove_folio(folio, NULL);
	xa_unlock_irq(&mapping->i_pages);
	spin_unlock(&host->i_lock);

	/* May free it: never under the spinlocks. */
	filemap_free_folio(mapping, folio);
}

/**
 * delete_from_page_cache_batch - filemap_remove_folio() for many
 * @mapping: where they are
 * @fbatch: folios, each locked, in the cache and not mapped; ascending
 *
 * Linux: mm/filemap.c.
 */
void delete_from_page_cache_batch(struct address_space *mapping, struct folio_batch *fbatch)
{
	unsigned int i, nr = folio_batch_count(fbatch);

	if (!nr)
		return;

	spin_lock(&mapping->host->i_lock);
	xa_lock_irq(&mapping->i_pages);
	for (i = 0; i < nr; i++) {
		filemap_unaccount_folio(mapping, fbatch->folios[i]);
		page_cache_delete(mapping, fbatch->folios[i]);
	}
	xa_unlock_irq(&mapping->i_pages);
	spin_unlock(&mapping->host->i_lock);

	for (i = 0; i < nr; i++)
		filemap_free_folio(mapping, fbatch->folios[i]);
}

/* --------------------------------------------------------------- addition */

/**
 * __filemap_add_folio - put a folio into the page cache
 * @mapping: where
 * @folio: locked, not in any cache; small, or a huge page
 * @index: which; for hugetlbfs in huge pages
 * @gfp: how to allocate what the tree and the charge need
 * @shadowp: where to put a shadow entry found there; there are none
 *
 * The cache takes a reference.  Returns 0, -EEXIST when somebody was first, or -ENOMEM.
 * Takes i_pages.xa_lock; sleeps.  Linux: mm/filemap.c.
 */
int __filemap_add_folio(struct address_space *mapping, struct folio *folio, pgoff_t index,
			gfp_t gfp, void **shadowp)
{
	XA_STATE(xas, &mapping->i_pages, index);
	bool charged = false;
	int err;

	VM_BUG_ON_FOLIO(!folio_test_locked(folio), folio);
	VM_BUG_ON_FOLIO(folio_test_swapbacked(folio), folio);

	if (!folio_test_hugetlb(folio)) {
		err = mem_cgroup_charge(folio, NULL, gfp);
		if (err)
			return err;
		charged = true;
	}

	gfp &= GFP_RECLAIM_MASK;
	/* Before the folio can be found: a look-up needs a reference count and the index. */
	folio_ref_add(folio, 1);
	folio->mapping = mapping;
	folio->index = index;

	do {
		xas_lock_irq(&xas);
		if (xas_find_conflict(&xas))
			xas_set_err(&xas, -EEXIST);
		else
			xas_store(&xas, folio);
		if (!xas_error(&xas))
			mapping->nrpages++;
		xas_unlock_irq(&xas);
		/* Somebody else may add one while a node is allocated: the whole again. */
	} while (xas_nomem(&xas, gfp));

	err = xas_error(&xas);
	if (!err)
		return 0;
	if (charged)
		mem_cgroup_uncharge(folio);
	folio->mapping = NULL;
	folio_put_refs(folio, 1);
	return err;
}

/* --------------------------------------------------------------- look-up */

/* The folio at an index with a reference, a value entry, or NULL. */
static void *mapping_get_entry(struct address_space *mapping, pgoff_t index)
{
	XA_STATE(xas, &mapping->i_pages, index);
	struct folio *folio;

	rcu_read_lock();
	for (;;) {
		xas_reset(&xas);
		folio = xas_load(&xas);
		if (!folio || xa_is_value(folio))
			break;
		if (!folio_try_get_rcu(folio))
			continue;
		if (folio == xas_reload(&xas))
			break;
		/* A reference to a page that is no longer this one. */
		folio_put(folio);
	}
	rcu_read_unlock();
	return folio;
}

/**
 * __filemap_get_folio - find a folio in the page cache
 * @mapping: where
 * @index: which
 * @fgp_flags: FGP_LOCK: return it locked; FGP_NOWAIT: NULL rather than sleep for the lock;
 *	FGP_ENTRY: return a value entry as it is, not NULL; FGP_ACCESSED: mark it so
 * @gfp: unused, FGP_CREAT is left out
 *
 * Returns it with a reference, or NULL.  With FGP_LOCK it is in @mapping at @index, and
 * stays there until it is unlocked; that sleeps.  Linux: mm/filemap.c.
 */
struct folio *__filemap_get_folio(struct address_space *mapping, pgoff_t index, int fgp_flags,
				  gfp_t gfp)
{
	struct folio *folio;

repeat:
	folio = mapping_get_entry(mapping, index);
	if (xa_is_value(folio))
		return fgp_flags & FGP_ENTRY ? folio : NULL;
	if (!folio)
		return NULL;

	if (fgp_flags & FGP_LOCK) {
		if (!(fgp_flags & FGP_NOWAIT)) {
			folio_lock(folio);
		} else if (!folio_trylock(folio)) {
			folio_put(folio);
			return NULL;
		}
		/* Truncated while we waited? */
		if (folio->mapping != mapping) {
			folio_unlock(folio);
			folio_put(folio);
			goto repeat;
		}
		/* From here to the unlock it can go nowhere. */
		VM_BUG_ON_FOLIO(!folio_contains(folio, index), folio);
	}
	if (fgp_flags & FGP_ACCESSED)
		folio_mark_accessed(folio);
	return folio;
}

/* The next folio up to @max with a reference, a value entry, or NULL. */
static struct folio *find_get_entry(struct xa_state *xas, pgoff_t max)
{
	struct folio *folio;

	for (;;) {
		folio = xas_find(xas, max);
		if (!folio || xa_is_value(folio))
			return folio;
		if (folio_try_get_rcu(folio)) {
			if (folio == xas_reload(xas))
				return folio;
			folio_put(folio);
		}
		/* The same index again: another folio may be there by now. */
		xas_reset(xas);
	}
}

/* Does a folio just found belong into the batch?  If so it is locked. */
static bool lock_entry(struct address_space *mapping, struct folio *folio, pgoff_t start,
		       pgoff_t end)
{
	if (folio->index < start || folio->index > end)
		return false;
	/* Somebody else has it: the second pass will wait for it. */
	if (!folio_trylock(folio))
		return false;
	if (folio->mapping == mapping)
		return true;
	folio_unlock(folio);
	return false;
}

/* The entries as they are, or locked: then without those that are not to be had at once. */
static unsigned int find_entries(struct address_space *mapping, pgoff_t start, pgoff_t end,
				 struct folio_batch *fbatch, pgoff_t *indices, bool locked)
{
	XA_STATE(xas, &mapping->i_pages, start);
	struct folio *folio;
	bool room = true;

	rcu_read_lock();
	while (room && (folio = find_get_entry(&xas, end))) {
		if (locked && !xa_is_value(folio) && !lock_entry(mapping, folio, start, end)) {
			folio_put(folio);
			continue;
		}
		/* Of where it was found: the index of a value stands nowhere else. */
		indices[fbatch->nr] = xas.xa_index;
		room = folio_batch_add(fbatch, folio);
	}
	rcu_read_unlock();
	return folio_batch_count(fbatch);
}

/**
 * find_get_entries - a batch of the entries of a range
 * @mapping: where
 * @start: first index
 * @end: last index
 * @fbatch: gets them, folios with a reference; full or not
 * @indices: gets their indices
 *
 * Returns how many.  Linux: mm/filemap.c.
 */
unsigned int find_get_entries(struct address_space *mapping, pgoff_t start, pgoff_t end,
			      struct folio_batch *fbatch, pgoff_t *indices)
{
	return find_entries(mapping, start, end, fbatch, indices, false);
}

/**
 * find_lock_entries - a batch of the entries of a range, locked
 * @mapping: where
 * @start: first index
 * @end: last index
 * @fbatch: gets them, folios locked and with a reference; full or not
 * @indices: gets their indices
 *
 * Never waits: folios that others have locked are passed over.  Returns how many.
 * Linux: mm/filemap.c.
 */
unsigned int find_lock_entries(struct address_space *mapping, pgoff_t start, pgoff_t end,
			       struct folio_batch *fbatch, pgoff_t *indices)
{
	return find_entries(mapping, start, end, fbatch, indices, true);
}

/**
 * filemap_get_folios - a batch of the folios of a range
 * @mapping: where
 * @start: first index; where to go on, afterwards
 * @end: last index
 * @fbatch: gets them, with a reference; full or not
 *
 * Returns how many.  Linux: mm/filemap.c.
 */
unsigned int filemap_get_folios(struct address_space *mapping, pgoff_t *start, pgoff_t end,
				struct folio_batch *fbatch)
{
	struct folio *folio;
	XA_STATE(xas, &mapping->i_pages, *start);

	rcu_read_lock();
	for (;;) {
		folio = find_get_entry(&xas, end);
		if (!folio)
			break;
		if (xa_is_value(folio))
			continue;
		if (!folio_batch_add(fbatch, folio)) {
			*start = folio->index + 1;
			goto out;
		}
	}
	/* Nothing is behind @end; the index must not wrap. */
	*start = end == (pgoff_t)-1 ? end : end + 1;
out:
	rcu_read_unlock();
	return folio_batch_count(fbatch);
}

/* ------------------------------------------------------------ fault-around */

/* Has the PTE table put in place if the fault brought one; true: nothing is to be mapped. */
static bool filemap_map_pmd(struct vm_fault *vmf, struct page *page)
{
	if (pmd_none(*vmf->pmd) && vmf->prealloc_pte)
		pmd_install(vmf->vma->vm_mm, vmf->pmd, &vmf->prealloc_pte);

	if (!pmd_devmap_trans_unstable(vmf->pmd))
		return false;
	unlock_page(page);
	put_page(page);
	return true;
}

/* Is this folio, found a moment ago, good to be mapped?  If so it is locked. */
static bool lock_uptodate_folio(struct address_space *mapping, struct xa_state *xas,
				struct folio *folio)
{
	pgoff_t max_idx;

	if (!folio_test_uptodate(folio) || !folio_trylock(folio))
		return false;
	/* Only now do the answers stand. */
	if (folio->mapping == mapping && folio_test_uptodate(folio)) {
		max_idx = DIV_ROUND_UP(i_size_read(mapping->host), PAGE_SIZE);
		if (xas->xa_index < max_idx)
			return true;
	}
	folio_unlock(folio);
	return false;
}

/*
 * From @folio on, the first that can be mapped without waiting for anything: locked and
 * with a reference.  RCU read section.
 */
static struct folio *next_uptodate_page(struct folio *folio, struct address_space *mapping,
					struct xa_state *xas, pgoff_t end_pgoff)
{
	for (; folio; folio = xas_next_entry(xas, end_pgoff)) {
		if (xa_is_value(folio) || folio_test_locked(folio))
			continue;
		if (!folio_try_get_rcu(folio))
			continue;
		if (folio == xas_reload(xas)) {
			if (lock_uptodate_folio(mapping, xas, folio))
				return folio;
		}
		folio_put(folio);
	}
	return NULL;
}

/**
 * filemap_map_pages - map what is cached around a read fault
 * @vmf: the fault; its pte and ptl are used
 * @start_pgoff: first index
 * @end_pgoff: last index; the range lies in one PTE table and in the VMA
 *
 * Only folios that are up to date and that nobody has locked, and only where the PTE is
 * empty; each mapping takes a reference.  Returns VM_FAULT_NOPAGE if the faulting address
 * was among them, or if there is nothing to map into.  mmap_lock held for reading.
 * Linux: mm/filemap.c.
 */
vm_fault_t filemap_map_pages(struct vm_fault *vmf, pgoff_t start_pgoff, pgoff_t end_pgoff)
{
	struct vm_area_struct *vma = vmf->vma;
	struct address_space *mapping = vma->vm_file->f_mapping;
	pgoff_t file_end, last_pgoff = start_pgoff;
	vm_fault_t ret = 0;
	unsigned long addr;
	struct folio *folio;
	XA_STATE(xas, &mapping->i_pages, start_pgoff);

	rcu_read_lock();
	folio = next_uptodate_page(xas_find(&xas, end_pgoff), mapping, &xas, end_pgoff);
	if (!folio)
		goto out;
	ret = VM_FAULT_NOPAGE;
	if (filemap_map_pmd(vmf, &folio->page))
		goto out;
	ret = 0;

	addr = vma->vm_start + ((start_pgoff - vma->vm_pgoff) << PAGE_SHIFT);
	vmf->pte = pte_offset_map_lock(vma->vm_mm, vmf->pmd, addr, &vmf->ptl);
	/* Under the PTE lock: truncation unmaps, with that lock, only after it set i_size. */
	file_end = DIV_ROUND_UP(i_size_read(mapping->host), PAGE_SIZE) - 1;
	if (end_pgoff > file_end)
		end_pgoff = file_end;

	do {
		struct page *page = folio_file_page(folio, xas.xa_index);
		unsigned long step = xas.xa_index - last_pgoff;

		addr += step << PAGE_SHIFT;
		vmf->pte += step;
		last_pgoff = xas.xa_index;
		/* A marker is left to the fault on its own address. */
		if (PageHWPoison(page) || !pte_none(*vmf->pte)) {
			folio_unlock(folio);
			folio_put(folio);
			continue;
		}
		if (vmf->address == addr)
			ret = VM_FAULT_NOPAGE;
		/* The reference of the look-up becomes the mapping's. */
		do_set_pte(vmf, page, addr);
		update_mmu_cache(vma, addr, vmf->pte);
		folio_unlock(folio);
	} while ((folio = next_uptodate_page(xas_next_entry(&xas, end_pgoff), mapping, &xas,
					     end_pgoff)) != NULL);
	pte_unmap_unlock(vmf->pte, vmf->ptl);
out:
	rcu_read_unlock();
	return ret;
}
