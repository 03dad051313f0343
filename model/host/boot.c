/* SPDX-License-Identifier: GPL-2.0-only */
/* boot.c - from an empty arena to a running kernel whose invariants are watched */
#include <linux/mm.h>
#include <uffdsim/bugs.h>

#include "model/host/host.h"

unsigned long kernel_bugs;

/* Of sim/world.h, which model files cannot include. */
void world_lock_table(const struct sim_lock_class *classes, unsigned int n);

void start_kernel(const struct model_machine *m);
void invariants_init(void);
void invariants_booted(void);

/* Row 0 stands for locks of no class. */
static const struct sim_lock_class lock_classes[] = {
	{ 0 },
#define LOCK(id, name, rank, what) { name, rank, what },
#include "model/locks.def"
};

void model_boot(const struct model_machine *m)
{
	world_lock_table(lock_classes, sizeof(lock_classes) / sizeof(lock_classes[0]));
	start_kernel(m);
	invariants_init();
	invariants_booted();
}
