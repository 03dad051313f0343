/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * snapshot.h - the world in the middle of a run, to go back to
 *
 * The undo log has the words of the world.  Beside it stands what a checkpoint need not keep, as
 * everybody is idle there: the live part of each thread's stack, the locks that it holds, the
 * schedule so far.  Where a run can be told by the choices that led there, as in a search, a
 * snapshot saves making them again.
 */
#ifndef SIM_SNAPSHOT_H
#define SIM_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct snapshot;

/* There is none yet; memory that the owner of the world wants back with it is named anew. */
void snapshot_reset(void);
/*
 * In a thread that chooses who runs next.  It comes back once with what it has taken, and once more
 * each time the world has gone back there and world_explore_go_on() is called: then, too, with
 * that.  NULL: not in this build, not here, or there is no room.
 */
struct snapshot *snapshot_take(void);
/* On the host. */
void snapshot_go_back(const struct snapshot *s);
/* Forgets it, and all that were taken after it. */
void snapshot_drop(struct snapshot *s);

/*
 * A part of it, on its way from the world into the store or back.  Who has state beside the log and
 * beside struct hot names it in the same order each time, sizes first.
 */
struct snapshot_cursor {
	char *at;
	bool load;
};

void snapshot_part(struct snapshot_cursor *c, void *p, size_t size);
/* sched.c, inject.c; events.h has one more */
void sched_parts(struct snapshot_cursor *c);
void inject_parts(struct snapshot_cursor *c, uint32_t begun);

#endif
