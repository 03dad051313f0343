// SPDX-License-Identifier: GPL-2.0-only
/* table.c - the invariants, a row each, in the order in which they are checked */
#include "model/invariants/changing.h"
#include "model/invariants/invariants.h"
#include "model/invariants/messages.h"
#include "model/invariants/protected.h"
#include "model/invariants/sleepers.h"
#include "model/invariants/tlb.h"

/* Checked inside the machine's own primitives (sim/lock.c); here for the catalogue. */
const struct sim_invariant inv_lock = {
	.name = "LOCK",
	.text = "each lock released once by its owner; none held at return; order; no sleeping "
		"atomic",
};

static const struct sim_invariant *const table[] = {
	&inv_ref, &inv_map,  &inv_cache, &inv_resv,  &inv_blk,	 &inv_lock, &inv_wake,
	&inv_evt, &inv_data, &inv_size,	 &inv_wp,    &inv_ctx,	 &inv_chg,  &inv_api,
	&inv_vma, &inv_tlb,  &inv_leak,	 &inv_share, &inv_ghost, &inv_full,
};

void invariants_init(void)
{
	calls_init();
	leak_init();
	data_init();
	changing_init();
	messages_init();
	sleepers_init();
	protected_init();
	resv_init();
	ghost_init();
	tlb_ghost_init();
	full_init();
	sim_invariants_register(table, sizeof(table) / sizeof(table[0]));
}
