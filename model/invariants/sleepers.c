// SPDX-License-Identifier: GPL-2.0-only
/*
 * sleepers.c - who sleeps on a fault, and how that place has lost its registration
 *
 * UNREGISTER wakes those who sleep on the memory that it unregisters.  When the memory was
 * unmapped, or other memory was mapped there, before it came, there was nothing left to unregister,
 * and only WAKE asks for addresses alone.
 */
#include <linux/mm.h>
#include <uffdsim/observe.h>
#include "model/invariants/calls.h"
#include "model/invariants/invariants.h"
#include "model/invariants/sleepers.h"

enum { MAX_SLEEPERS = 32 };

static struct sleeper {
	const struct mm_struct *mm; /* NULL: it does not sleep */
	const struct userfaultfd_ctx *ctx;
	unsigned long address;
	bool registered, unregistered;
} * sleepers;

void sleepers_init(void)
{
	sleepers = sim_ghost_alloc(MAX_SLEEPERS, sizeof(*sleepers));
}

void sleepers_add(const struct vm_area_struct *vma, unsigned long address)
{
	const struct sleeper s = {
		.mm = vma->vm_mm,
		.ctx = vma->vm_userfaultfd_ctx.ctx,
		.address = address,
		.registered = true,
	};

	if (sim_step_tid() < MAX_SLEEPERS)
		SIM_GHOST_SET(sleepers[sim_step_tid()], s);
}

void observe_userfault_over(void)
{
	if (sim_checking() && sim_step_tid() < MAX_SLEEPERS)
		SIM_GHOST_SET(sleepers[sim_step_tid()].mm, NULL);
}

static bool is_registered(const struct sleeper *s)
{
	const struct vm_area_struct *vma = ghost_find_vma(s->mm, s->address);

	return vma && vma->vm_userfaultfd_ctx.ctx == s->ctx;
}

/* In each such step: a later one may be another thread's. */
void sleepers_vmas_changed(void)
{
	struct sleeper *s = sleepers, *end = sleepers + MAX_SLEEPERS;
	sim_u64 begun;
	const struct call *call = calls_current(&begun);

	for (; s < end; s++) {
		if (!s->mm || !sim_is_live(s->mm) || s->registered == is_registered(s))
			continue;
		if (s->registered && call && call->kind == CALL_UNREGISTER)
			SIM_GHOST_SET(s->unregistered, true);
		SIM_GHOST_SET(s->registered, !s->registered);
	}
}

bool sleepers_unregistered(unsigned int tid)
{
	return tid >= MAX_SLEEPERS || sleepers[tid].unregistered;
}
