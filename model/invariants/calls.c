// SPDX-License-Identifier: GPL-2.0-only
/*
 * calls.c - API: return value, output field and effect of an ioctl agree; SIZE: after a
 * truncate or a hole punch nothing of the range is left
 */
#include <linux/errno.h>
#include <linux/hugetlb.h>
#include "model/invariants/calls.h"
#include "model/invariants/changing.h"
#include "model/invariants/invariants.h"

enum { MAX_CALLERS = 32, MAX_WOKEN = 64, MAX_TRUNCATED = 16 };

struct caller {
	struct call call;
	sim_u64 begun;
	unsigned long installed; /* bytes */
	unsigned long old_size;	 /* of the file, when it began */
};

/* The last calls that woke a range, in a ring. */
struct woken {
	struct call call;
	sim_u64 begun;
};

struct calls {
	struct caller by[MAX_CALLERS];
	struct woken woken[MAX_WOKEN];
	struct caller truncated[MAX_TRUNCATED]; /* the last ones, in a ring */
	unsigned int ntruncated;
	unsigned int nwoken;
};

static struct calls *calls;

void calls_init(void)
{
	calls = sim_ghost_alloc(1, sizeof(*calls));
}

static struct caller *caller(void)
{
	unsigned int tid = sim_step_tid();

	return sim_checking() && tid < MAX_CALLERS ? &calls->by[tid] : NULL;
}

const struct call *calls_current(sim_u64 *begun)
{
	const struct caller *c = caller();

	if (!c || c->call.kind == CALL_NONE)
		return NULL;
	*begun = c->begun;
	return &c->call;
}

/* The fill that is running, if the entry is in its range. */
static struct caller *filler(const struct ptable *table, unsigned int index)
{
	struct caller *c = caller();

	if (!c || c->call.kind != CALL_FILL)
		return NULL;
	return ghost_entry_in(table, index, c->call.mm, c->call.start, c->call.len) ? c : NULL;
}

void calls_note_installed(const struct ptable *table, unsigned int index)
{
	struct caller *c = filler(table, index);

	if (!c)
		return;
	SIM_GHOST_SET(c->installed, c->installed + ghost_entry_size(table->level));
	changing_filled(&c->call, table, index);
}

/* A caller from outside may be the last user of memory whose process was killed: not its doing. */
void calls_note_removed(const struct ptable *table, unsigned int index)
{
	struct caller *c = filler(table, index);

	if (c && table->mm->mm_users.counter)
		SIM_GHOST_SET(c->installed, c->installed - ghost_entry_size(table->level));
}

void calls_begin(const struct call *call)
{
	struct caller *c = caller();

	if (!c)
		return;
	SIM_GHOST_SET(c->call, *call);
	SIM_GHOST_STAMP_SINCE(c->begun);
	SIM_GHOST_SET(c->installed, 0);
	if (call->inode)
		SIM_GHOST_SET(c->old_size, call->inode->i_size);
}

/* ------------------------------------------------------------------- API */

static void wrong(const struct caller *c, long ret, long field, const char *why)
{
	sim_violation("API", NULL,
		      "%s of 0x%lx bytes at 0x%lx returned %ld with its output field at %ld, and "
		      "%lu bytes were mapped by it: %s",
		      c->call.name, c->call.len, c->call.start, ret, field, c->installed, why);
}

static void check_fill(const struct caller *c, long ret, long field)
{
	unsigned long done = field > 0 ? field : 0;

	/* The result could not be written to user memory: what was done stays done. */
	if (ret == -EFAULT && field == c->call.field_before)
		return;
	if (!ret && field != (long)c->call.len)
		wrong(c, ret, field, "success means that all of the range was done");
	if (ret && field > 0 && ret != -EAGAIN)
		wrong(c, ret, field, "a part of the range done is reported as EAGAIN");
	if (ret && field > 0 && (unsigned long)field >= c->call.len)
		wrong(c, ret, field, "all of the range done is success");
	if (ret && field < 0 && field != c->call.field_before && field != ret)
		wrong(c, ret, field, "field and return value name different errors");
	if (field == c->call.field_before)
		done = 0;
	if (done != c->installed)
		wrong(c, ret, field, "the field must say what was mapped");
}

/* ------------------------------------------------------------------ SIZE */

static unsigned int index_shift(const struct inode *inode)
{
	if (inode->i_fop == &hugetlbfs_file_operations)
		return huge_page_shift(HUGETLBFS_SB(inode->i_sb)->hstate);
	return PAGE_SHIFT;
}

/* Pages that came since it began are somebody else's: fallocate() may put them there. */
static void check_truncate(const struct caller *c)
{
	const struct address_space *mapping = c->call.inode->i_mapping;
	unsigned int shift = index_shift(c->call.inode);
	unsigned long i = (c->call.start + (1ul << shift) - 1) >> shift;

	/* Somebody else has changed the size again; or it grew, and that removes nothing. */
	if ((unsigned long)c->call.inode->i_size != c->call.start || c->old_size <= c->call.start)
		return;
	for (i = ghost_next_cached(mapping, i, ~0ul - 1); i != ~0ul;
	     i = ghost_next_cached(mapping, i + 1, ~0ul - 1)) {
		struct page *page = ghost_cached_page(mapping, i);

		/* Whoever holds it may have seen the new size, and be about to remove it. */
		if (ghost_of(page)->cached_step >= c->begun || page->lock.owner)
			continue;
		sim_violation("SIZE", page,
			      "the file was truncated to 0x%lx bytes, but still has its page at "
			      "index %lu",
			      c->call.start, i);
	}
}

static void remember_truncate(const struct caller *c)
{
	struct caller *t = &calls->truncated[calls->ntruncated % MAX_TRUNCATED];

	SIM_GHOST_SET(*t, *c);
	sim_ghost_stamped(&t->begun, sizeof(t->begun), SIM_STAMP_COPY);
	SIM_GHOST_SET(calls->ntruncated, calls->ntruncated + 1);
}

/* At rest nobody is about to do anything any more. */
static void check_truncates(void)
{
	unsigned int i;

	for (i = 0; i < MAX_TRUNCATED && i < calls->ntruncated; i++) {
		if (sim_is_live(calls->truncated[i].call.inode))
			check_truncate(&calls->truncated[i]);
	}
}

/* A page that was there before the punch began; faults may have brought new ones since. */
static void check_punch(const struct caller *c)
{
	const struct address_space *mapping = c->call.inode->i_mapping;
	unsigned int shift = index_shift(c->call.inode);
	unsigned long i = (c->call.start + (1ul << shift) - 1) >> shift;
	unsigned long end = (c->call.start + c->call.len) >> shift;

	for (; i < end; i++) {
		struct page *page;

		i = ghost_next_cached(mapping, i, end - 1);
		if (i >= end)
			return;
		page = ghost_cached_page(mapping, i);
		if (ghost_of(page)->cached_step < c->begun)
			sim_violation(
				"SIZE", page,
				"a hole was punched, but the page at index %lu is still there", i);
	}
}

/* ----------------------------------------------------------------- waking */

static void remember(const struct caller *c, long ret, long field)
{
	struct woken *w = &calls->woken[calls->nwoken % MAX_WOKEN];
	unsigned long len = c->call.len;

	if (c->call.kind == CALL_FILL) {
		if (ret && (ret != -EAGAIN || field <= 0))
			return;
		len = field;
	} else if (ret) {
		return;
	}
	if (!c->call.wakes)
		return;
	SIM_GHOST_SET(w->call, c->call);
	SIM_GHOST_SET(w->call.len, len);
	SIM_GHOST_SET(w->begun, c->begun);
	sim_ghost_stamped(&w->begun, sizeof(w->begun), SIM_STAMP_COPY);
	SIM_GHOST_SET(calls->nwoken, calls->nwoken + 1);
}

const struct call *calls_should_have_woken(const struct userfaultfd_ctx *ctx, unsigned long address,
					   sim_u64 asleep_since, bool unregistered)
{
	unsigned int i;

	for (i = 0; i < MAX_WOKEN && i < calls->nwoken; i++) {
		const struct woken *w = &calls->woken[i];

		if (w->call.kind == CALL_UNREGISTER && !unregistered)
			continue;
		if (w->call.ctx == ctx && w->begun > asleep_since &&
		    address - w->call.start < w->call.len)
			return &w->call;
	}
	return NULL;
}

void calls_end(long ret, long field)
{
	struct caller *c = caller();

	if (!c || c->call.kind == CALL_NONE)
		return;
	if (c->call.kind == CALL_FILL)
		check_fill(c, ret, field);
	if (c->call.kind == CALL_TRUNCATE && !ret) {
		check_truncate(c);
		remember_truncate(c);
	}
	if (c->call.kind == CALL_PUNCH && !ret)
		check_punch(c);
	remember(c, ret, field);
	SIM_GHOST_SET(c->call.kind, CALL_NONE);
}

/* At rest, no page beyond the end of its file may be mapped. */
static void check_inode(const struct inode *inode)
{
	unsigned int shift = index_shift(inode);
	unsigned long i = ((unsigned long)inode->i_size + (1ul << shift) - 1) >> shift;
	struct page *page;

	for (i = ghost_next_cached(inode->i_mapping, i, ~0ul - 1); i != ~0ul;
	     i = ghost_next_cached(inode->i_mapping, i + 1, ~0ul - 1)) {
		page = ghost_cached_page(inode->i_mapping, i);
		if (ghost_of(page)->ptes)
			sim_violation("SIZE", page,
				      "page %u is mapped at index %lu of a file of 0x%lx bytes: "
				      "truncate will meet it, or has missed it",
				      ghost_pfn(page), i, (unsigned long)inode->i_size);
	}
}

static void size_quiet(void)
{
	unsigned int i;

	if (!ghost_at_rest())
		return;
	check_truncates();
	for (i = 0; i < ghost_count(GHOST_INODES); i++) {
		const struct inode *inode = ghost_inode(i);

		if (inode->i_mapping && inode->i_mapping->nrpages)
			check_inode(inode);
	}
}

const struct sim_invariant inv_api = {
	.name = "API",
	.text = "return value, output field and effect of an ioctl agree, partial progress "
		"included",
};

const struct sim_invariant inv_size = {
	.name = "SIZE",
	.text = "after truncate or hole punch nothing of the range is mapped or cached",
	.quiet = size_quiet,
};
