/* SPDX-License-Identifier: GPL-2.0-only */
/* objects.c - what an address in a report belongs to */
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/mm.h>
#include <linux/pgtable.h>
#include <uffdsim/kinds.h>

#include "model/host/host.h"

static void set_page(struct model_object *out, const struct page *page)
{
	out->kind = MODEL_OBJECT_PAGE;
	out->pfn = page_to_pfn(compound_head((struct page *)page));
}

static int in_mem_map(const void *p)
{
	return (unsigned long)p - (unsigned long)mem_map < max_mapnr * sizeof(struct page);
}

/* The user address that an entry of a page table stands for. */
static void set_entry(struct model_object *out, const struct ptable *table, const void *entry)
{
	unsigned long i = ((unsigned long)entry - (unsigned long)table) / sizeof(table->entries[0]);
	unsigned int shift = PAGE_SHIFT + 9 * (table->level - 1);

	out->kind = MODEL_OBJECT_PTE;
	out->process = host_process_of_mm(table->mm);
	out->addr = table->base;
	if (i < PTRS_PER_PTE)
		out->addr += i << shift;
}

static void set_vma(struct model_object *out, const struct vm_area_struct *vma)
{
	out->kind = MODEL_OBJECT_VMA;
	out->process = host_process_of_mm(vma->vm_mm);
	out->addr = vma->vm_start;
}

/* Objects start at multiples of their size, rounded up to a power of two. */
static const void *start_of(const void *p, unsigned long size)
{
	unsigned long step = 1;

	while (step < size)
		step <<= 1;
	return (const void *)((unsigned long)p & ~(step - 1));
}

void model_object(const void *p, int kind, struct model_object *out)
{
	*out = (struct model_object){ .pfn = -1, .process = -1 };
	if (in_mem_map(p)) {
		set_page(out, mem_map + (p - (const void *)mem_map) / sizeof(struct page));
		return;
	}
	switch (kind) {
	case KIND_PTABLE:
		set_entry(out, start_of(p, sizeof(struct ptable)), p);
		break;
	case KIND_VMA:
		set_vma(out, start_of(p, sizeof(struct vm_area_struct)));
		break;
	case KIND_MM:
		out->kind = MODEL_OBJECT_PROCESS;
		out->process = host_process_of_mm(start_of(p, sizeof(struct mm_struct)));
		break;
	case KIND_INODE:
		out->kind = MODEL_OBJECT_FILE;
		out->id = (unsigned long)p;
		break;
	case KIND_UFFD_CTX:
		out->kind = MODEL_OBJECT_UFFD;
		out->id = (unsigned long)p;
		break;
	default:
		break;
	}
}

long model_page_of_lock(const void *lock)
{
	unsigned long i = ((unsigned long)lock - (unsigned long)mem_map) / sizeof(struct page);

	if (!in_mem_map(lock))
		return -1;
	return lock == &mem_map[i].lock ? (long)i : -1;
}
