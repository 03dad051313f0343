/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/internal.h: what the files of mm/ share among themselves.
 *
 * The kernel's mm/userfaultfd.c includes it too, so it names nothing that the headers of
 * include/ do not declare.
 */
#ifndef __MM_INTERNAL_H
#define __MM_INTERNAL_H

#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>

struct mmu_gather;
struct zap_details;
struct ma_state;

/* memory.c */
void free_pgtables(struct mmu_gather *tlb, struct maple_tree *mt, struct vm_area_struct *vma,
		   unsigned long floor, unsigned long ceiling);
void init_rss_vec(int *rss);
void add_mm_rss_vec(struct mm_struct *mm, const int *rss);
void pmd_install(struct mm_struct *mm, pmd_t *pmd, pgtable_t *pte);
void unmap_page_range(struct mmu_gather *tlb, struct vm_area_struct *vma, unsigned long addr,
		      unsigned long end, struct zap_details *details);

/* mmap.c */
void vma_close(struct vm_area_struct *vma);
int mmap_file(struct file *file, struct vm_area_struct *vma);
void unlink_file_vma(struct vm_area_struct *vma);
void vma_mas_store(struct vm_area_struct *vma, struct ma_state *mas);

/* rmap.c */
pmd_t *mm_find_pmd(struct mm_struct *mm, unsigned long address);

/* page_alloc.c */
void page_alloc_init(unsigned long first, unsigned long nr);
void free_unref_page(struct page *page, unsigned int order);

#endif
