// SPDX-License-Identifier: GPL-2.0-only
/* ghost_walk.c - look-ups in the model's structures without a scheduling point */
#include <linux/hugetlb.h>
#include "model/invariants/invariants.h"

struct vm_area_struct *ghost_find_vma(const struct mm_struct *mm, unsigned long address)
{
	const struct maple_tree *mt = &mm->mm_mt;
	unsigned int low = 0, high = mt->nr;

	while (low < high) {
		unsigned int mid = (low + high) / 2;

		if (mt->ranges[mid].last < address)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == mt->nr || mt->ranges[low].first > address)
		return NULL;
	return mt->ranges[low].entry;
}

static unsigned int entry_shift(unsigned int level)
{
	return PAGE_SHIFT + 9 * (level - 1);
}

/* Which entry of a table of that level is for an address. */
static unsigned int entry_index(unsigned int level, unsigned long address)
{
	return address >> entry_shift(level) & (PTRS_PER_PTE - 1);
}

unsigned long ghost_entry_size(unsigned int level)
{
	return 1ul << entry_shift(level);
}

unsigned long ghost_entry_address(const struct ptable *table, unsigned int index)
{
	return table->base + index * ghost_entry_size(table->level);
}

unsigned long ghost_index(const struct vm_area_struct *vma, unsigned long address)
{
	unsigned long index = vma->vm_pgoff + ((address - vma->vm_start) >> PAGE_SHIFT);

	if (vma->vm_flags & VM_HUGETLB)
		index >>= hstate_vma(vma)->order;
	return index;
}

bool ghost_translate(const struct mm_struct *mm, unsigned long address, unsigned long *pfn,
		     unsigned long *bytes)
{
	const unsigned long *entries = (const unsigned long *)mm->pgd;
	unsigned int level;

	for (level = 4; level; level--) {
		unsigned long size = ghost_entry_size(level);
		unsigned long entry = entries[entry_index(level, address)];

		if (!(entry & _PAGE_PRESENT))
			return false; /* or one that only the kernel sees */
		if (ghost_is_leaf(level, entry)) {
			*bytes = size - (address & (size - 1));
			*pfn = ((entry & PTE_PFN_MASK) >> PAGE_SHIFT) +
			       ((address & (size - 1)) >> PAGE_SHIFT);
			return true;
		}
		entries = (const unsigned long *)(entry & PTE_PFN_MASK);
	}
	return false;
}

const unsigned long *ghost_entry(const struct mm_struct *mm, unsigned long address,
				 const struct ptable **table)
{
	const unsigned long *entry = NULL;
	unsigned int level;

	*table = (const struct ptable *)mm->pgd;
	for (level = 4; level; level--) {
		entry = &(*table)->entries[entry_index(level, address)];
		if (level == 1 || !(*entry & _PAGE_PRESENT) || ghost_is_leaf(level, *entry))
			break;
		*table = (const struct ptable *)(*entry & PTE_PFN_MASK);
	}
	return entry;
}

unsigned long ghost_small_pages(const struct mm_struct *mm, unsigned long address, unsigned long n,
				unsigned long *pfns)
{
	const struct ptable *table;
	const unsigned long *entry = ghost_entry(mm, address, &table);
	unsigned long i;

	if (table->level != 1)
		return 0;
	n = min(n, (unsigned long)PTRS_PER_PTE - entry_index(1, address));
	for (i = 0; i < n && (entry[i] & _PAGE_PRESENT); i++)
		pfns[i] = (entry[i] & PTE_PFN_MASK) >> PAGE_SHIFT;
	return i;
}

struct ptable *ghost_table_at(const struct mm_struct *mm, unsigned long address, unsigned int level)
{
	const struct ptable *table = (const struct ptable *)mm->pgd;

	while (table && table->level > level) {
		unsigned long entry = table->entries[entry_index(table->level, address)];

		if (!(entry & _PAGE_PRESENT) || ghost_is_leaf(table->level, entry))
			return NULL;
		table = (const struct ptable *)(entry & PTE_PFN_MASK);
	}
	return (struct ptable *)table;
}

/* Under another address than the table is known by, when it is shared. */
static bool shared_entry_in(const struct ptable *table, unsigned int index,
			    const struct mm_struct *mm, unsigned long start, unsigned long len)
{
	unsigned long span = ghost_entry_size(table->level + 1);
	unsigned long at = start & ~(span - 1);

	for (; at < start + len; at += span) {
		unsigned long address = at + index * ghost_entry_size(table->level);

		if (ghost_table_at(mm, at, table->level) == table && address - start < len)
			return true;
	}
	return false;
}

bool ghost_entry_in(const struct ptable *table, unsigned int index, const struct mm_struct *mm,
		    unsigned long start, unsigned long len)
{
	if (table->mm == mm && ghost_entry_address(table, index) - start < len)
		return true;
	return table->links > 1 && shared_entry_in(table, index, mm, start, len);
}

static void *node_slot(const struct xa_node *node, unsigned long index)
{
	return node->slots[(index >> node->shift) & XA_CHUNK_MASK];
}

struct page *ghost_cached_page(const struct address_space *mapping, unsigned long index)
{
	void *entry = mapping->i_pages.xa_head;

	if (!xa_is_node(entry))
		return index ? NULL : entry;
	if (index >> xa_to_node(entry)->shift >= XA_CHUNK_SIZE)
		return NULL;
	while (xa_is_node(entry))
		entry = node_slot(xa_to_node(entry), index);
	return entry;
}

/* First index at or above @index, up to @last, that has a page; ~0ul: none. */
unsigned long ghost_next_cached(const struct address_space *mapping, unsigned long index,
				unsigned long last)
{
	const struct xa_node *node;
	void *entry = mapping->i_pages.xa_head;

	if (!xa_is_node(entry))
		return entry && !index ? 0 : ~0ul;
	while (index <= last) {
		entry = mapping->i_pages.xa_head;
		node = xa_to_node(entry);
		if (index >> node->shift >= XA_CHUNK_SIZE)
			return ~0ul;
		while (xa_is_node(entry)) {
			node = xa_to_node(entry);
			entry = node_slot(node, index);
		}
		if (entry)
			return index;
		index = ((index >> node->shift) + 1) << node->shift;
	}
	return ~0ul;
}

/* Of the indices of a node, from 0 on. */
static unsigned long count_in(const struct xa_node *node, unsigned long first, unsigned long last)
{
	unsigned long mask = (1ul << node->shift) - 1, slot = first >> node->shift, n = 0;
	unsigned long end = last >> node->shift;

	for (; !node->shift && slot <= end; slot++)
		n += !!node->slots[slot];
	for (; node->shift && slot <= end; slot++) {
		void *entry = node->slots[slot];

		if (xa_is_node(entry))
			n += count_in(xa_to_node(entry),
				      slot == first >> node->shift ? first & mask : 0,
				      slot == end ? last & mask : mask);
	}
	return n;
}

unsigned long ghost_count_cached(const struct address_space *mapping, unsigned long first,
				 unsigned long last)
{
	void *head = mapping->i_pages.xa_head;
	unsigned long top;

	if (!xa_is_node(head))
		return head && !first;
	top = (XA_CHUNK_SIZE << xa_to_node(head)->shift) - 1;
	return first > top ? 0 : count_in(xa_to_node(head), first, min(last, top));
}

bool ghost_at_rest(void)
{
	unsigned int busy = sim_busy_threads();
	const void *obj;

	for (; busy; busy &= busy - 1) {
		int state = sim_thread_state(__builtin_ctz(busy), &obj);

		if (state == 1 || state == 3)
			return false;
	}
	return true;
}
