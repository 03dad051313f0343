// SPDX-License-Identifier: GPL-2.0-only
/* branch.c - the table of marked conditions */
#include "sim/branch.h"
#include "sim/world.h"

/* Made by the linker; a program without marked files has none. */
extern struct sim_branch __start_sim_branches[] __attribute__((weak));
extern struct sim_branch __stop_sim_branches[] __attribute__((weak));

void sim_branch_taken(unsigned char *mark)
{
	*mark = 1;
}

size_t world_branches(const struct sim_branch **branches)
{
	*branches = __start_sim_branches;
	return __stop_sim_branches - __start_sim_branches;
}

void world_branches_clear(void)
{
	struct sim_branch *b;

	for (b = __start_sim_branches; b < __stop_sim_branches; b++)
		b->taken[0] = b->taken[1] = 0;
}
