// SPDX-License-Identifier: GPL-2.0-only
/*
 * messages.c - EVT: what a monitor is told is true, and events are told once
 *
 * A fault is reported for something that its thread has seen: no page, a page of the cache that
 * is not mapped, a protected entry.  It may be over by the time the message is queued, but it must
 * have been so at a moment since the fault began at which nobody was in the middle of a
 * change: what an entry is while another thread holds the lock of its page table, between
 * clearing it and setting it again, is nothing that the lock's owner would let anybody see.
 * A report that relies on an entry which the lock's owner has just cleared is kept in mind until
 * it turns out whether the owner sets it again.
 */
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/swapops.h>
#include <linux/userfaultfd_k.h>
#include <uffdsim/observe.h>
#include <uffdsim/uffd_ctx.h>
#include "model/invariants/changing.h"
#include "model/invariants/invariants.h"
#include "model/invariants/messages.h"
#include "model/invariants/sleepers.h"

enum { MAX_CHANGES = 128, MAX_DOUBTS = 8 };

/* A leaf of a page table that came or went. */
struct leaf_change {
	const unsigned long *entry;
	unsigned int step;
	unsigned char tid;
	bool went;
	bool again; /* it came, and the same thread had cleared it under the same lock */
};

/* A fault reported while another thread was in the middle of a change. */
struct doubt {
	const struct userfaultfd_ctx *ctx;
	const unsigned long *entry;
	unsigned long address;
	sim_u64 step;
	unsigned int tid; /* who was */
	bool minor;
};

/* The last ones, in rings. */
static struct changes {
	unsigned long n, ndoubts;
	struct doubt doubt[MAX_DOUBTS];
	sim_u64 unprotected_step; /* when an entry last lost its protection */
	struct leaf_change at[MAX_CHANGES];
} * changes;

void messages_init(void)
{
	changes = sim_ghost_alloc(1, sizeof(*changes));
}

static const struct leaf_change *change(unsigned long i)
{
	return &changes->at[i % MAX_CHANGES];
}

static unsigned long oldest_change(void)
{
	return changes->n > MAX_CHANGES ? changes->n - MAX_CHANGES : 0;
}

/* Has that thread cleared the entry since it took the lock of the page table? */
static bool cleared_by(const struct ptable *table, const unsigned long *entry, unsigned int tid)
{
	sim_u64 locked = sim_lock_taken(tid, &table->ptl.sim);
	unsigned long i;

	for (i = changes->n; locked && i-- > oldest_change();) {
		const struct leaf_change *c = change(i);

		if (c->step < locked)
			return false;
		if (c->went && c->tid == tid && c->entry == entry)
			return true;
	}
	return false;
}

static void untrue(const struct userfaultfd_ctx *ctx, unsigned long address, const char *what)
{
	sim_violation(
		"EVT", ctx,
		"a fault at 0x%lx is reported as %s, and at no moment since it began was that "
		"so",
		address, what);
}

/* The owner of the lock puts back what it had taken out. */
static void settle_doubts(const struct ptable *table, const unsigned long *entry, unsigned int tid)
{
	sim_u64 locked = sim_lock_taken(tid, &table->ptl.sim);
	unsigned int i;

	for (i = 0; i < MAX_DOUBTS && i < changes->ndoubts; i++) {
		const struct doubt *d = &changes->doubt[i];

		if (d->entry == entry && d->tid == tid && d->step > locked)
			untrue(d->ctx, d->address, d->minor ? "not mapped" : "missing");
	}
}

void messages_leaf(const struct ptable *table, unsigned int index, bool went)
{
	const unsigned long *entry = &table->entries[index];
	unsigned int tid = sim_step_tid();
	const struct leaf_change c = {
		.entry = entry,
		.step = sim_step(),
		.tid = tid,
		.went = went,
		.again = !went && cleared_by(table, entry, tid),
	};
	struct leaf_change *to = &changes->at[changes->n % MAX_CHANGES];

	if (c.again)
		settle_doubts(table, entry, tid);
	SIM_GHOST_SET(*to, c);
	sim_ghost_stamped(&to->step, sizeof(to->step), SIM_STAMP_EVENT);
	SIM_GHOST_SET(changes->n, changes->n + 1);
}

static bool is_protected(unsigned int level, unsigned long entry)
{
	if (ghost_is_leaf(level, entry))
		return (entry & _PAGE_UFFD_WP) && !(entry & _PAGE_RW);
	return pte_marker_uffd_wp(__pte(entry));
}

void messages_entry(const struct ptable *table, unsigned long old, unsigned long now)
{
	if (is_protected(table->level, old) && !is_protected(table->level, now))
		SIM_GHOST_STAMP(changes->unprotected_step);
}

/* Has an entry come, or gone for good, since the fault began?  Then there was none for a moment. */
static bool has_changed(const unsigned long *entry, sim_u64 since, unsigned int holder)
{
	unsigned long i;

	for (i = changes->n; i-- > oldest_change();) {
		const struct leaf_change *c = change(i);

		if (c->step < since)
			return false;
		if (c->entry != entry)
			continue;
		if (c->went ? c->tid != holder : !c->again)
			return true;
	}
	/* Too much has happened to know. */
	return oldest_change() > 0;
}

static void doubt(const struct vm_area_struct *vma, unsigned long address,
		  const unsigned long *entry, unsigned int holder, bool minor)
{
	const struct doubt d = {
		.ctx = vma->vm_userfaultfd_ctx.ctx,
		.entry = entry,
		.address = address,
		.step = sim_step(),
		.tid = holder,
		.minor = minor,
	};
	struct doubt *to = &changes->doubt[changes->ndoubts % MAX_DOUBTS];

	SIM_GHOST_SET(*to, d);
	sim_ghost_stamped(&to->step, sizeof(to->step), SIM_STAMP_EVENT);
	SIM_GHOST_SET(changes->ndoubts, changes->ndoubts + 1);
}

/* There was no page at the address, for everybody to see, since the fault began. */
static void check_empty(const struct vm_area_struct *vma, unsigned long address, sim_u64 since,
			bool minor)
{
	const struct ptable *table;
	const unsigned long *entry = ghost_entry(vma->vm_mm, address, &table);
	unsigned int holder = table->ptl.sim.owner - 1u;
	bool leaf = ghost_is_leaf(table->level, *entry);

	if (!leaf) {
		if (!table->ptl.sim.owner || holder == sim_step_tid())
			return;
		if (!cleared_by(table, entry, holder))
			return;
	}
	if (has_changed(entry, since, holder))
		return;
	if (!leaf)
		doubt(vma, address, entry, holder, minor);
	else
		untrue(vma->vm_userfaultfd_ctx.ctx, address, minor ? "not mapped" : "missing");
}

static struct page *cached_at(const struct vm_area_struct *vma, unsigned long address)
{
	if (!vma->vm_file)
		return NULL;
	return ghost_cached_page(vma->vm_file->f_mapping, ghost_index(vma, address));
}

static bool was_uncached(const struct vm_area_struct *vma, unsigned long address, sim_u64 since)
{
	struct page *page = cached_at(vma, address);

	return !page || ghost_of(page)->cached_step >= since;
}

static bool was_protected(const struct mm_struct *mm, unsigned long address, sim_u64 since)
{
	const struct ptable *table;
	const unsigned long *entry = ghost_entry(mm, address, &table);

	if (is_protected(table->level, *entry))
		return true;
	/* Whoever changed it meanwhile may have taken the protection away. */
	return changes->unprotected_step >= since;
}

static void check_protected(const struct vm_fault *vmf, sim_u64 since)
{
	const struct userfaultfd_ctx *ctx = vmf->vma->vm_userfaultfd_ctx.ctx;

	if (!was_protected(vmf->vma->vm_mm, vmf->address, since))
		untrue(ctx, vmf->address, "write-protected");
	if (!(vmf->flags & FAULT_FLAG_WRITE))
		untrue(ctx, vmf->address, "a store");
}

void observe_userfault(const struct vm_fault *vmf, unsigned long reason)
{
	const struct vm_area_struct *vma = vmf->vma;
	const struct userfaultfd_ctx *ctx = vma->vm_userfaultfd_ctx.ctx;
	sim_u64 since;

	if (!sim_checking())
		return;
	sleepers_add(vma, vmf->address);
	if (!data_fault_since(&since))
		return;
	if (reason & VM_UFFD_WP) {
		check_protected(vmf, since);
		return;
	}
	check_empty(vma, vmf->address, since, reason & VM_UFFD_MINOR);
	if ((reason & VM_UFFD_MISSING) && !was_uncached(vma, vmf->address, since))
		untrue(ctx, vmf->address, "missing, but its file has the page,");
	if ((reason & VM_UFFD_MINOR) && !cached_at(vma, vmf->address) &&
	    data_uncached_step() < since)
		untrue(ctx, vmf->address, "minor, but its file has no page,");
}

/* At rest each read has returned. */
static void evt_quiet(void)
{
	struct changing_counts n;
	unsigned int i;

	if (!ghost_at_rest())
		return;
	for (i = 0; i < ghost_count(GHOST_CTXS); i++) {
		const struct userfaultfd_ctx *ctx = ghost_at(GHOST_CTXS, i);

		if (!changing_counts(ctx, &n))
			continue;
		if (n.read > n.ended)
			sim_violation("EVT", ctx,
				      "read() gave %u event(s), but only %u have happened: one was "
				      "delivered twice",
				      n.read, n.ended);
		if (n.read + n.unread < n.ended)
			sim_violation(
				"EVT", ctx,
				"%u event(s) are over, but read() gave only %u: their threads "
				"went on though the monitor does not know",
				n.ended, n.read);
	}
}

const struct sim_invariant inv_evt = {
	.name = "EVT",
	.text = "a fault that is reported was there, and events are delivered once",
	.quiet = evt_quiet,
};
