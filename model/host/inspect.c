/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * inspect.c - pages, page tables, files and pools, as the tools' expressions and pictures
 * see them
 *
 * Everything stands still meanwhile, so no locks are taken.
 */
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/pagemap.h>
#include <linux/pgtable.h>
#include <linux/shmem_fs.h>
#include <linux/swapops.h>
#include <linux/userfaultfd_k.h>
#include <linux/xarray.h>

#include "model/host/host.h"
#include "sim/invariant.h"

/* ------------------------------------------------------------ page tables */

/* Where the walk for an address ends, as an entry of the lowest level; NULL: before. */
static pte_t *find_leaf(struct mm_struct *mm, unsigned long addr, unsigned int *shift)
{
	p4d_t *p4d = p4d_offset(pgd_offset(mm, addr), addr);
	pud_t *pud;
	pmd_t *pmd;

	if (!p4d_present(*p4d))
		return NULL;
	pud = pud_offset(p4d, addr);
	*shift = PUD_SHIFT;
	if (!pud_present(*pud) || pud_large(*pud))
		return (pte_t *)pud;
	pmd = pmd_offset(pud, addr);
	*shift = PMD_SHIFT;
	if (!pmd_present(*pmd) || pmd_large(*pmd))
		return (pte_t *)pmd;
	*shift = PAGE_SHIFT;
	return pte_offset_kernel(pmd, addr);
}

static unsigned int present_bits(pte_t pte, unsigned int shift)
{
	unsigned int bits = MODEL_PTE_PRESENT;

	if (pte_write(pte))
		bits |= MODEL_PTE_WRITE;
	if (pte_dirty(pte))
		bits |= MODEL_PTE_DIRTY;
	if (pte_young(pte))
		bits |= MODEL_PTE_YOUNG;
	if (pte_uffd_wp(pte))
		bits |= MODEL_PTE_UFFD_WP;
	if (shift != PAGE_SHIFT)
		bits |= MODEL_PTE_HUGE;
	else if (pte_special(pte))
		bits |= MODEL_PTE_SPECIAL;
	return bits;
}

void model_pte(int process, unsigned long addr, struct model_pte *out)
{
	struct mm_struct *mm = host_mm(process);
	pte_t *slot = mm ? find_leaf(mm, addr, &out->shift) : NULL;

	out->bits = 0;
	out->pfn = -1;
	if (!slot || pte_none(*slot))
		return;
	if (!pte_present(*slot)) {
		out->bits = is_pte_marker(*slot) ? MODEL_PTE_MARKER : MODEL_PTE_SWAP;
		return;
	}
	out->bits = present_bits(*slot, out->shift);
	out->pfn = pte_pfn(*slot);
}

/* ------------------------------------------------------------------ pages */

int model_page(long pfn, struct model_page *out)
{
	struct address_space *mapping;
	struct page *page;

	if (pfn < 0 || (unsigned long)pfn >= max_mapnr)
		return 0;
	page = compound_head(pfn_to_page(pfn));
	mapping = PageAnon(page) ? NULL : page->mapping;
	*out = (struct model_page){
		.refs = page_count(page),
		.mapcount = page_mapcount(page),
		.shift = PAGE_SHIFT + compound_order(page),
		.anon = PageAnon(page),
		.locked = PageLocked(page),
		.uptodate = PageUptodate(page),
		.file = mapping ? (unsigned long)mapping->host : 0,
		.index = page->index,
	};
	return 1;
}

unsigned long long model_frame_word(long pfn, unsigned long offset)
{
	return sim_phys_read(pfn + (offset >> PAGE_SHIFT), (offset & ~PAGE_MASK) / SIM_WORD_STRIDE);
}

/* ------------------------------------------------------------------ files */

unsigned long model_file_id(int process, int fd)
{
	struct file *file = host_file(process, fd);

	return file ? (unsigned long)file_inode(file) : 0;
}

/* The memory of a freed inode is not used again within a run. */
static struct inode *find_inode(unsigned long id)
{
	struct inode *inode = (struct inode *)id;

	return id && sim_is_live(inode) ? inode : NULL;
}

static struct page *cached_page(struct inode *inode, unsigned long index)
{
	void *entry = xa_load(&inode->i_mapping->i_pages, index);

	return entry && !xa_is_value(entry) ? entry : NULL;
}

long model_cached(unsigned long file, unsigned long index)
{
	struct inode *inode = find_inode(file);
	struct page *page = inode ? cached_page(inode, index) : NULL;

	return page ? (long)page_to_pfn(page) : -1;
}

int model_file(unsigned long file, struct model_file *out)
{
	struct inode *inode = find_inode(file);

	if (!inode)
		return 0;
	*out = (struct model_file){
		.shift = is_file_hugepages_inode(inode) ? huge_page_shift(hstate_inode(inode)) :
							  PAGE_SHIFT,
		.hugetlb = is_file_hugepages_inode(inode),
		.size = inode->i_size,
		.cached = inode->i_mapping->nrpages,
	};
	return 1;
}

/* ------------------------------------------------------------------- VMAs */

static unsigned int uffd_modes(const struct vm_area_struct *vma)
{
	unsigned int modes = 0;

	if (vma->vm_flags & VM_UFFD_MISSING)
		modes |= MODEL_MISSING;
	if (vma->vm_flags & VM_UFFD_WP)
		modes |= MODEL_WP;
	if (vma->vm_flags & VM_UFFD_MINOR)
		modes |= MODEL_MINOR;
	return modes;
}

static struct vm_area_struct *vma_from(struct mm_struct *mm, unsigned long addr)
{
	VMA_ITERATOR(vmi, mm, addr);

	return vma_next(&vmi);
}

int model_vma(int process, unsigned long addr, struct model_vma *out)
{
	struct mm_struct *mm = host_mm(process);
	struct vm_area_struct *vma = mm ? vma_from(mm, addr) : NULL;

	if (!vma)
		return 0;
	*out = (struct model_vma){
		.start = vma->vm_start,
		.end = vma->vm_end,
		.shared = !!(vma->vm_flags & VM_SHARED),
		.read = !!(vma->vm_flags & VM_READ),
		.write = !!(vma->vm_flags & VM_WRITE),
		.shift = is_vm_hugetlb_page(vma) ? huge_page_shift(hstate_vma(vma)) : PAGE_SHIFT,
		.file = vma->vm_file ? (unsigned long)file_inode(vma->vm_file) : 0,
		.ctx = (unsigned long)vma->vm_userfaultfd_ctx.ctx,
		.modes = uffd_modes(vma),
	};
	out->pgoff = vma->vm_pgoff >> (out->shift - PAGE_SHIFT);
	return 1;
}

/* ------------------------------------------------------------------ pools */

int model_pool(unsigned int shift, struct model_pool *out)
{
	struct hstate *h;

	if (shift == PAGE_SHIFT) {
		*out = (struct model_pool){ .total = max_mapnr, .free = nr_free_pages() };
		return 1;
	}
	h = size_to_hstate(1ul << shift);
	if (!h)
		return 0;
	*out = (struct model_pool){
		.total = h->nr_huge_pages,
		.free = h->free_huge_pages,
		.reserved = h->resv_huge_pages,
		.surplus = h->surplus_huge_pages,
	};
	return 1;
}

/* Of model/invariants/ref.c: it charges each reference to the thread that took it. */
int ghost_thread_refs(unsigned int tid);

int model_thread_pages(int thread)
{
	return ghost_thread_refs(thread);
}
