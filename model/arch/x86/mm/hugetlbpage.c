/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux arch/x86/mm/hugetlbpage.c: where mappings of huge pages may lie, and which entries of
 * the upper page tables are huge pages.
 */
#include <linux/mm.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>

/**
 * pmd_huge - does a PMD entry belong to a huge page?
 * @pmd: its value; one that is neither none nor present counts as well
 *
 * Linux: arch/x86/mm/hugetlbpage.c.
 */
int pmd_huge(pmd_t pmd)
{
	if (pmd_none(pmd))
		return 0;
	return (pmd_val(pmd) & (_PAGE_PRESENT | _PAGE_PSE)) != _PAGE_PRESENT;
}

/**
 * pud_huge - pmd_huge() for a PUD entry
 * @pud: its value
 *
 * Linux: arch/x86/mm/hugetlbpage.c.
 */
int pud_huge(pud_t pud)
{
	if (pud_none(pud))
		return 0;
	return (pud_val(pud) & (_PAGE_PRESENT | _PAGE_PSE)) != _PAGE_PRESENT;
}

static unsigned long hugetlb_search_area(struct hstate *h, unsigned long len)
{
	struct vm_unmapped_area_info info = {
		.flags = VM_UNMAPPED_AREA_TOPDOWN,
		.length = len,
		.low_limit = PAGE_SIZE,
		.high_limit = current->mm->mmap_base,
		.align_mask = PAGE_MASK & ~huge_page_mask(h),
	};
	unsigned long addr = vm_unmapped_area(&info);

	if (!offset_in_page(addr))
		return addr;
	/* Nothing below mmap_base: from the bottom up, over everything. */
	VM_BUG_ON(addr != -ENOMEM);
	info.flags = 0;
	info.low_limit = TASK_UNMAPPED_BASE;
	info.high_limit = TASK_SIZE;
	return vm_unmapped_area(&info);
}

/**
 * hugetlb_get_unmapped_area - choose or check the place of a mapping of huge pages
 * @file: its hugetlbfs file
 * @addr: hint or, with MAP_FIXED, the place
 * @len: bytes
 * @pgoff: offset in the file, small pages; unused
 * @flags: MAP_*
 *
 * mmap_lock of current->mm held for writing.  Returns the address, -EINVAL if it or @len is
 * not aligned to the page size, or -ENOMEM.  Linux: arch/x86/mm/hugetlbpage.c.
 */
unsigned long hugetlb_get_unmapped_area(struct file *file, unsigned long addr, unsigned long len,
					unsigned long pgoff, unsigned long flags)
{
	struct hstate *h = hstate_file(file);
	struct vm_area_struct *vma;

	if (len & ~huge_page_mask(h))
		return -EINVAL;
	if (len > TASK_SIZE)
		return -ENOMEM;
	if (flags & MAP_FIXED)
		return prepare_hugepage_range(file, addr, len) ? -EINVAL : addr;

	addr &= huge_page_mask(h);
	if (addr && addr <= TASK_SIZE - len) {
		vma = find_vma(current->mm, addr);
		if (!vma || addr + len <= vma->vm_start)
			return addr;
	}
	return hugetlb_search_area(h, len);
}
