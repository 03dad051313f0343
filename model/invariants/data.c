// SPDX-License-Identifier: GPL-2.0-only
/*
 * data.c - DATA: memory holds what was put there
 *
 * Beside each page frame stands a shadow frame.  When a page gets its first page-table entry
 * or its page-cache slot, its shadow receives what it should hold by what its thread is
 * asked for: the source of a COPY, the page that a fault makes a private copy of, zeros.
 * From then on only stores change the shadow.  A page that is mapped, and each word that is
 * loaded, must equal it.  Of a file the shadow that counts is that of the page cache's page
 * at that index, whatever page is mapped.
 *
 * Where another thread has changed the source meanwhile, more than one answer is right, and
 * the page's own contents are taken for granted.
 */
#include <linux/hugetlb.h>
#include <uffdsim/observe.h>
#include "model/invariants/calls.h"
#include "model/invariants/invariants.h"
#include "model/invariants/messages.h"
#include "model/invariants/protected.h"

enum { MAX_WATCHED = 32, MAX_SMALL = 256 };

enum data_origin { ORIGIN_ANY, ORIGIN_ZERO, ORIGIN_COPY, ORIGIN_COW, ORIGIN_STORE };

static const char *const origin_text[] = {
	[ORIGIN_ANY] = "what it held when it was first mapped",
	[ORIGIN_ZERO] = "zero, as in any new page",
	[ORIGIN_COPY] = "what stands at the source of the UFFDIO_COPY",
	[ORIGIN_COW] = "what the page held that this one is a private copy of",
	[ORIGIN_STORE] = "what was stored last",
};

/* What a thread is in the middle of. */
struct in_fault {
	unsigned long faulting;
	sim_u64 since;
	/* The entry that this fault has cleared last. */
	unsigned long cleared;
	const struct mm_struct *mm;
	unsigned long address, pfn;
};

struct data {
	struct in_fault by[MAX_WATCHED];
	sim_u64 unmapped_step; /* when any page was last unmapped */
	sim_u64 uncached_step; /* when any page last left its page cache */
};

static struct data *data;

void data_init(void)
{
	data = sim_ghost_alloc(1, sizeof(*data));
}

static struct in_fault *in_fault(void)
{
	unsigned int tid = sim_step_tid();

	return tid < MAX_WATCHED ? &data->by[tid] : NULL;
}

static struct page *head_of(unsigned long pfn)
{
	return compound_head(mem_map + pfn);
}

static unsigned long frames_of(const struct page *page)
{
	return 1ul << compound_order(page);
}

static unsigned long shadow(unsigned long pfn)
{
	return pfn | SIM_PHYS_SHADOW;
}

/* The frame that a user address stands for, when @pfn is mapped there. */
static unsigned long location(const struct mm_struct *mm, unsigned long address, unsigned long pfn)
{
	const struct vm_area_struct *vma;
	struct page *head, *cached;

	if (!pfn)
		return pfn;
	head = head_of(pfn);
	if (ghost_is_anon(head))
		return pfn;
	vma = ghost_find_vma(mm, address);
	if (!vma || !vma->vm_file)
		return pfn;
	cached = ghost_cached_page(vma->vm_file->f_mapping, ghost_index(vma, address));
	return cached ? ghost_pfn(cached) + (pfn - ghost_pfn(head)) : pfn;
}

/* ------------------------------------------------------------ a page is born */

/* The shadow of the page, and why it should hold that. */
static void expect(const struct page *page, enum data_origin origin, unsigned long from)
{
	unsigned long pfn = ghost_pfn(page);

	sim_phys_copy(shadow(pfn), from, frames_of(page));
	SIM_GHOST_SET(ghost_of(page)->origin, origin);
}

static void take_for_granted(const struct page *page)
{
	expect(page, ORIGIN_ANY, ghost_pfn(page));
}

static void expect_zeros(const struct page *page)
{
	sim_phys_clear(shadow(ghost_pfn(page)), frames_of(page));
	SIM_GHOST_SET(ghost_of(page)->origin, ORIGIN_ZERO);
}

static bool stored_since(unsigned long pfn, sim_u64 step)
{
	return pfn && ghost_of(head_of(pfn))->stored_step >= step;
}

/* The shadow of what stands at an address: false if somebody has stored there meanwhile. */
static bool find_source(const struct mm_struct *mm, unsigned long address, unsigned long *pfn,
			sim_u64 begun)
{
	*pfn = location(mm, address, *pfn);
	if (stored_since(*pfn, begun))
		return false;
	*pfn = shadow(*pfn);
	return true;
}

static bool find_sources(const struct mm_struct *mm, unsigned long address, unsigned long *pfns,
			 unsigned long n, sim_u64 begun)
{
	unsigned long i;

	for (i = 0; i < n; i++) {
		if (!find_source(mm, address + (i << PAGE_SHIFT), &pfns[i], begun))
			return false;
	}
	return true;
}

/*
 * Frames [pfn, pfn + n) were made by a COPY from @src on.  Returns how many frames the
 * mapping there answers for; 0: cannot say.
 */
static unsigned long expect_copied(unsigned long pfn, unsigned long n, const struct mm_struct *mm,
				   unsigned long src, sim_u64 begun)
{
	unsigned long from[MAX_SMALL], bytes;
	unsigned long small = ghost_small_pages(mm, src, min(n, (unsigned long)MAX_SMALL), from);

	if (small) {
		if (!find_sources(mm, src, from, small, begun))
			return 0;
		sim_phys_gather(shadow(pfn), from, small);
		return small;
	}
	if (!ghost_translate(mm, src, from, &bytes) || !find_source(mm, src, from, begun))
		return 0;
	n = min(n, bytes >> PAGE_SHIFT);
	sim_phys_copy(shadow(pfn), from[0], n);
	return n;
}

static void born_of_copy(const struct page *page, unsigned long offset, const struct call *call,
			 sim_u64 begun)
{
	const struct task_struct *task = sim_thread_task(sim_step_tid());
	unsigned long done, some, n = frames_of(page), src = call->src + offset;

	if (offset_in_page(src) || data->unmapped_step >= begun || data->uncached_step >= begun) {
		take_for_granted(page);
		return;
	}
	for (done = 0; done < n; done += some) {
		some = expect_copied(ghost_pfn(page) + done, n - done, task->mm,
				     src + (done << PAGE_SHIFT), begun);
		if (!some) {
			take_for_granted(page);
			return;
		}
	}
	SIM_GHOST_SET(ghost_of(page)->origin, ORIGIN_COPY);
}

/* Where in the range of the call the page lies; false if it is none of the call's. */
static bool in_call(const struct call *call, const struct page *page, unsigned long address,
		    unsigned long *offset)
{
	const struct vm_area_struct *vma;
	unsigned long index = page->index;

	if (address) {
		*offset = address - call->start;
		return *offset < call->len;
	}
	vma = ghost_find_vma(call->mm, call->start);
	if (!vma || !vma->vm_file || vma->vm_file->f_mapping != page->mapping)
		return false;
	if (PageHuge(page))
		index <<= compound_order(page);
	*offset = vma->vm_start + ((index - vma->vm_pgoff) << PAGE_SHIFT) - call->start;
	return *offset < call->len;
}

static void born_of_fill(const struct page *page, unsigned long address, const struct call *call,
			 sim_u64 begun)
{
	unsigned long offset;

	if (!in_call(call, page, address, &offset))
		take_for_granted(page);
	else if (call->copies)
		born_of_copy(page, offset, call, begun);
	else
		expect_zeros(page);
}

/* A private copy of the frame that the fault has found there. */
static void born_of_cow(const struct page *page, unsigned long from, sim_u64 since)
{
	const struct page_ghost *g = ghost_of(head_of(from));

	if (stored_since(from, since) || data->uncached_step >= since) {
		take_for_granted(page);
		return;
	}
	if (from && g->born_step >= since && g->born_tid != sim_step_tid()) {
		take_for_granted(page);
		return;
	}
	expect(page, ORIGIN_COW, shadow(from));
}

static void born_of_fault(const struct page *page, const struct mm_struct *mm,
			  unsigned long address, const struct in_fault *f)
{
	const struct vm_area_struct *vma = ghost_find_vma(mm, address);
	struct page *cached = NULL;

	if (f->cleared && f->mm == mm && f->address == address) {
		born_of_cow(page, f->pfn, f->since);
		return;
	}
	if (vma && vma->vm_file)
		cached = ghost_cached_page(vma->vm_file->f_mapping, ghost_index(vma, address));
	if (cached)
		born_of_cow(page, ghost_pfn(cached), f->since);
	else if (data->uncached_step >= f->since)
		take_for_granted(page);
	else
		expect_zeros(page);
}

/* @address: where it is mapped, 0 for a page that enters a page cache first. */
static void born(const struct page *page, const struct mm_struct *mm, unsigned long address)
{
	struct page_ghost *g = ghost_of(page);
	const struct in_fault *f = in_fault();
	const struct call *call;
	sim_u64 begun;

	SIM_GHOST_STAMP(g->born_step);
	SIM_GHOST_SET(g->born_tid, sim_step_tid());
	SIM_GHOST_SET(g->stored_step, 0);
	call = calls_current(&begun);
	if (f && f->faulting && address)
		born_of_fault(page, mm, address, f);
	else if (f && !f->faulting && call && call->kind == CALL_FILL)
		born_of_fill(page, address, call, begun);
	else
		expect_zeros(page);
}

/* ------------------------------------------------------ a page is looked at */

static void compare(const struct page *page, unsigned long address)
{
	unsigned long pfn = ghost_pfn(page), n = frames_of(page), i = 0;
	unsigned int word = 0;

	if (!sim_phys_differ(pfn, shadow(pfn), n))
		return;
	while (!sim_phys_differ(pfn + i, shadow(pfn + i), 1))
		i++;
	while (sim_phys_read(pfn + i, word) == sim_phys_read(shadow(pfn + i), word))
		word++;
	sim_violation("DATA", (void *)page,
		      "page %u is mapped at 0x%lx, and its word at byte 0x%lx is 0x%llx where "
		      "0x%llx should be: %s",
		      ghost_pfn(page), address, (i << PAGE_SHIFT) + word * SIM_WORD_STRIDE,
		      sim_phys_read(pfn + i, word), sim_phys_read(shadow(pfn + i), word),
		      origin_text[ghost_of(page)->origin]);
	take_for_granted(page);
}

void data_mapped(const struct ptable *table, unsigned int index, struct page *page)
{
	unsigned long address = ghost_entry_address(table, index);
	const struct page_ghost *g = ghost_of(page);

	/* An entry that is changed is cleared first, and set again a step later. */
	if (g->ptes == 1 && !g->cached && !g->born_step)
		born(page, table->mm, address);
	compare(page, address);
}

void data_unmapped(const struct ptable *table, unsigned int index, unsigned long pfn)
{
	struct in_fault *f = in_fault();

	SIM_GHOST_STAMP(data->unmapped_step);
	if (!f)
		return;
	SIM_GHOST_SET(f->cleared, true);
	SIM_GHOST_SET(f->mm, table->mm);
	SIM_GHOST_SET(f->address, ghost_entry_address(table, index));
	SIM_GHOST_SET(f->pfn, pfn);
}

void data_cached(struct page *page)
{
	const struct page_ghost *g = ghost_of(page);

	/*
	 * The tree may have moved it to another slot in this step, as it grows and shrinks: a
	 * node that goes is looked at before the step is counted.
	 */
	if (g->cached != 1 || g->ptes || sim_step() - g->left_step <= 1)
		return;
	born(page, NULL, 0);
}

void data_uncached(struct page *page)
{
	SIM_GHOST_STAMP_AGE(ghost_of(page)->left_step);
	SIM_GHOST_STAMP(data->uncached_step);
}

bool data_fault_since(sim_u64 *since)
{
	const struct in_fault *f = in_fault();

	if (!f || !f->faulting)
		return false;
	*since = f->since;
	return true;
}

sim_u64 data_uncached_step(void)
{
	return data->uncached_step;
}

void observe_fault(bool enters)
{
	struct in_fault *f;

	if (!sim_checking())
		return;
	f = in_fault();
	if (!f)
		return;
	SIM_GHOST_SET(f->faulting, enters);
	if (enters)
		SIM_GHOST_STAMP_SINCE(f->since);
	SIM_GHOST_SET(f->cleared, false);
}

void observe_load(const struct mm_struct *mm, unsigned long addr, unsigned long pfn,
		  unsigned long long value)
{
	unsigned int word = offset_in_page(addr) / SIM_WORD_STRIDE;
	unsigned long long wanted;
	unsigned long where;

	if (!sim_checking())
		return;
	where = location(mm, addr, pfn);
	wanted = sim_phys_read(shadow(where), word);
	if (value == wanted)
		return;
	sim_violation("DATA", head_of(pfn),
		      "a load at 0x%lx gives 0x%llx, out of page %lu, where 0x%llx should be: %s",
		      addr, value, pfn, wanted, origin_text[ghost_of(head_of(where))->origin]);
}

void observe_store(const struct mm_struct *mm, unsigned long addr, unsigned long pfn,
		   unsigned long long value)
{
	const struct vm_area_struct *vma;
	struct page_ghost *g;

	if (!sim_checking())
		return;
	vma = ghost_find_vma(mm, addr);
	if (vma && !(vma->vm_flags & VM_SHARED) && !ghost_is_anon(head_of(pfn)))
		sim_violation("DATA", head_of(pfn),
			      "a store at 0x%lx, through a private mapping, has reached page %lu, "
			      "which is the file's",
			      addr, pfn);
	protected_store(mm, addr);
	pfn = location(mm, addr, pfn);
	g = ghost_of(head_of(pfn));
	sim_phys_write(shadow(pfn), offset_in_page(addr) / SIM_WORD_STRIDE, value);
	SIM_GHOST_STAMP(g->stored_step);
	SIM_GHOST_SET(g->origin, ORIGIN_STORE);
}

void observe_cleared(unsigned long pfn, unsigned int word)
{
	if (sim_checking())
		sim_phys_write(shadow(pfn), word, 0);
}

const struct sim_invariant inv_data = {
	.name = "DATA",
	.text = "a page holds what was copied or stored there, and a load returns it",
};
