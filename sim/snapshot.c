// SPDX-License-Identifier: GPL-2.0-only
/* snapshot.c - the world in the middle of a run, to go back to; see snapshot.h */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/events.h"
#include "sim/explore.h"
#include "sim/machine.h"
#include "sim/snapshot.h"

/* Virtual.  A path that fills it goes on without. */
#define STORE_BYTES (1ul << 30)

enum {
	MAX_REGIONS = 256,
	/* Of a stack: below its pointer there may be something, too. */
	RED_ZONE = 128,
	/* More than the rest of a snapshot can have. */
	MOST_BYTES = 8 << 20,
};

/* Memory outside of sim/ that belongs to a run. */
static struct region {
	void *start;
	size_t size;
} regions[MAX_REGIONS];
static unsigned int nregions;

static char *store, *store_next;

/* What comes after it in the store is read in the order in which it was written. */
struct snapshot {
	char *end;
	size_t log; /* entries */
	size_t step_log;
	uint64_t others;
	uint32_t begun;
	unsigned int pending; /* of the invariants */
	unsigned int stamps;
};

void snapshot_reset(void)
{
	nregions = 0;
	if (!store) {
		store = mmap(NULL, STORE_BYTES, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (store == MAP_FAILED)
			abort();
	}
	store_next = store;
}

void world_explore_also(void *start, size_t size)
{
	if (nregions < MAX_REGIONS)
		regions[nregions] = (struct region){ start, size };
	nregions++;
}

static bool is_possible(void)
{
	const struct machine *m = &machine;

	if (!SIM_HAS_UNDO || !FIBER_IS_FLAT || !m->running || nregions > MAX_REGIONS)
		return false;
	return m->checkpointed && !m->slow && !m->config.record &&
	       store + STORE_BYTES - store_next > MOST_BYTES;
}

/* -------------------------------------------------------------- the parts */

void snapshot_part(struct snapshot_cursor *c, void *p, size_t size)
{
	if (c->load)
		memcpy(p, c->at, size);
	else
		memcpy(c->at, p, size);
	c->at += (size + 15) & ~15ul;
}

static void stack_part(struct snapshot_cursor *c, unsigned int tid)
{
	char *top = fiber_top(tid), *low = fiber_stack_pointer(&machine.hot.thread[tid].fiber);

	snapshot_part(c, low - RED_ZONE, top - low + RED_ZONE);
}

/* Who has nothing to do has nothing on its stack, unless it is just about to leave. */
static void thread_part(struct snapshot_cursor *c, unsigned int tid)
{
	struct thread *t = &machine.hot.thread[tid];

	snapshot_part(c, t, offsetof(struct thread, held));
	snapshot_part(c, t->held, t->nheld * sizeof(t->held[0]));
	if (t->state != THREAD_IDLE || tid == machine.hot.cur)
		stack_part(c, tid);
}

static void all_parts(struct snapshot_cursor *c, uint32_t begun)
{
	uint32_t all = begun;
	unsigned int i;

	snapshot_part(c, &machine.hot, offsetof(struct hot, thread));
	for (; begun; begun &= begun - 1)
		thread_part(c, __builtin_ctz(begun));
	sched_parts(c);
	inject_parts(c, all);
	events_parts(c, all);
	for (i = 0; i < nregions; i++)
		snapshot_part(c, regions[i].start, regions[i].size);
}

/* ------------------------------------------------------------ taking, going back */

/* Its owner waits in snapshot_take(). */
static void fill(void)
{
	struct snapshot *s = (struct snapshot *)store_next;
	struct snapshot_cursor c = { .at = (char *)(s + 1) };

	*s = (struct snapshot){
		.log = undo_next - undo_base,
		.step_log = machine.step_log - undo_base,
		.others = machine.others,
		.begun = machine.begun,
		.pending = invariant_pending(),
		.stamps = stamp_count(),
	};
	all_parts(&c, s->begun);
	s->end = c.at;
	store_next = c.at;
}

struct snapshot *snapshot_take(void)
{
	struct snapshot *s = (struct snapshot *)store_next;

	if (!is_possible())
		return NULL;
	sched_on_host(fill);
	return s;
}

void snapshot_go_back(const struct snapshot *s)
{
	struct snapshot_cursor c = { .at = (char *)(s + 1), .load = true };

	undo_rollback(undo_base + s->log);
	machine.step_log = undo_base + s->step_log;
	stamp_go_back(s->stamps);
	invariant_set_pending(s->pending);
	world_restore_threads(machine.begun & ~s->begun);
	machine.begun = s->begun;
	all_parts(&c, s->begun);
	set_current(machine.hot.cur);
	machine.others = s->others;
	look_at_each_step();
	machine.learning = false;
	machine.verdict = machine.report.verdict = WORLD_DONE;
}

void snapshot_drop(struct snapshot *s)
{
	store_next = (char *)s;
}
