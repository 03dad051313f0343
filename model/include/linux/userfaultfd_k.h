/* SPDX-License-Identifier: GPL-2.0-only */
/* userfaultfd_k.h - what mm/ and fs/userfaultfd.c want from each other */
#ifndef _LINUX_USERFAULTFD_K_H
#define _LINUX_USERFAULTFD_K_H

#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/hugetlb_inline.h>
#include <linux/swapops.h>
#include <linux/fcntl.h>
#include <uapi/linux/userfaultfd.h>

#define UFFD_CLOEXEC O_CLOEXEC
#define UFFD_NONBLOCK O_NONBLOCK
#define UFFD_SHARED_FCNTL_FLAGS (O_CLOEXEC | O_NONBLOCK)

/* The modes for which a VMA may be registered. */
#define __VM_UFFD_FLAGS (VM_UFFD_MISSING | VM_UFFD_WP | VM_UFFD_MINOR)

extern int sysctl_unprivileged_userfaultfd;

enum mcopy_atomic_mode {
	MCOPY_ATOMIC_NORMAL,   /* copy from user memory */
	MCOPY_ATOMIC_ZEROPAGE, /* map zeros */
	MCOPY_ATOMIC_CONTINUE, /* map what the page cache has */
	MCOPY_ATOMIC_POISON,   /* map nothing, for ever */
};

vm_fault_t handle_userfault(struct vm_fault *vmf, unsigned long reason);
int mfill_atomic_install_pte(struct mm_struct *dst_mm, pmd_t *dst_pmd,
			     struct vm_area_struct *dst_vma, unsigned long dst_addr,
			     struct page *page, bool newly_allocated, bool wp_copy);
ssize_t mcopy_atomic(struct mm_struct *dst_mm, unsigned long dst_start, unsigned long src_start,
		     unsigned long len, atomic_t *mmap_changing, __u64 mode);
ssize_t mfill_zeropage(struct mm_struct *dst_mm, unsigned long dst_start, unsigned long len,
		       atomic_t *mmap_changing);
ssize_t mcopy_continue(struct mm_struct *dst_mm, unsigned long dst_start, unsigned long len,
		       atomic_t *mmap_changing);
ssize_t mcopy_continue_wp(struct mm_struct *dst_mm, unsigned long dst_start, unsigned long len,
			  atomic_t *mmap_changing);
ssize_t mfill_poison(struct mm_struct *dst_mm, unsigned long dst_start, unsigned long len,
		     atomic_t *mmap_changing);
int mwriteprotect_range(struct mm_struct *dst_mm, unsigned long start, unsigned long len,
			bool enable_wp, atomic_t *mmap_changing);
void uffd_wp_range(struct mm_struct *dst_mm, struct vm_area_struct *vma, unsigned long start,
		   unsigned long len, bool enable_wp);

static inline bool is_mergeable_vm_userfaultfd_ctx(struct vm_area_struct *vma,
						   struct vm_userfaultfd_ctx vm_ctx)
{
	return vma->vm_userfaultfd_ctx.ctx == vm_ctx.ctx;
}

#define VMA_HAS_MODE(name, modes)                           \
	static inline bool name(struct vm_area_struct *vma) \
	{                                                   \
		return vma->vm_flags & (modes);             \
	}

VMA_HAS_MODE(userfaultfd_armed, __VM_UFFD_FLAGS)
VMA_HAS_MODE(userfaultfd_missing, VM_UFFD_MISSING)
VMA_HAS_MODE(userfaultfd_minor, VM_UFFD_MINOR)
VMA_HAS_MODE(userfaultfd_wp, VM_UFFD_WP)
/* A shared PMD table could not tell whose fault it is. */
VMA_HAS_MODE(uffd_disable_huge_pmd_share, VM_UFFD_WP | VM_UFFD_MINOR)
/* Mapping the neighbours would hide their minor faults and drop their markers. */
VMA_HAS_MODE(uffd_disable_fault_around, VM_UFFD_WP | VM_UFFD_MINOR)

static inline bool userfaultfd_pte_wp(struct vm_area_struct *vma, pte_t pte)
{
	return userfaultfd_wp(vma) && pte_uffd_wp(pte);
}

static inline bool userfaultfd_huge_pmd_wp(struct vm_area_struct *vma, pmd_t pmd)
{
	return userfaultfd_wp(vma) && pmd_uffd_wp(pmd);
}

static inline bool vma_can_userfault(struct vm_area_struct *vma, unsigned long vm_flags)
{
	if (vm_flags & VM_UFFD_MINOR)
		return is_vm_hugetlb_page(vma) || vma_is_shmem(vma);
	return vma_is_anonymous(vma) || is_vm_hugetlb_page(vma) || vma_is_shmem(vma);
}

/* What a context asked for since 6.4 and 6.7; the kernel's own file of 6.1 has no such functions.
 */
bool userfaultfd_wp_unpopulated(struct vm_area_struct *vma) __attribute__((weak));
bool userfaultfd_wp_async(struct vm_area_struct *vma) __attribute__((weak));

/* Non-cooperative events. */
bool vma_has_uffd_without_event_remap(struct vm_area_struct *vma);
int dup_userfaultfd(struct vm_area_struct *vma, struct list_head *fcs);
void dup_userfaultfd_complete(struct list_head *fcs);
/* The kernel's own file, when it is built in, has no such function. */
void dup_userfaultfd_fail(struct list_head *fcs) __attribute__((weak));
void mremap_userfaultfd_prep(struct vm_area_struct *vma, struct vm_userfaultfd_ctx *uf);
void mremap_userfaultfd_complete(struct vm_userfaultfd_ctx *uf, unsigned long from,
				 unsigned long to, unsigned long len);
bool userfaultfd_remove(struct vm_area_struct *vma, unsigned long start, unsigned long end);
int userfaultfd_unmap_prep(struct mm_struct *mm, unsigned long start, unsigned long end,
			   struct list_head *uf);
void userfaultfd_unmap_complete(struct mm_struct *mm, struct list_head *uf);

static inline bool pte_marker_entry_uffd_wp(swp_entry_t entry)
{
	return is_pte_marker_entry(entry) && (pte_marker_get(entry) & PTE_MARKER_UFFD_WP);
}

static inline bool pte_marker_uffd_wp(pte_t pte)
{
	return is_swap_pte(pte) && pte_marker_entry_uffd_wp(pte_to_swp_entry(pte));
}

static inline bool pte_swp_uffd_wp_any(pte_t pte)
{
	if (!is_swap_pte(pte))
		return false;
	return pte_swp_uffd_wp(pte) || pte_marker_uffd_wp(pte);
}

#endif
