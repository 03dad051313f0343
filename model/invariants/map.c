// SPDX-License-Identifier: GPL-2.0-only
/* map.c - MAP: the map count is the number of page-table entries; anon is anon, file is file */
#include "model/invariants/invariants.h"

static void check(struct page *page, struct page_ghost *g)
{
	int mapcount = ghost_mapcount(page);

	if (mapcount != g->ptes)
		sim_violation("MAP", page, "page %u: map count %d, but %d page-table entries",
			      ghost_pfn(page), mapcount, g->ptes);
	if (g->cached && ghost_is_anon(page))
		sim_violation("MAP", page,
			      "page %u is in a page cache, but its reverse mapping says anonymous: "
			      "a store through a private mapping would reach the file",
			      ghost_pfn(page));
}

static void map_step_end(void)
{
	ghost_for_settled(check);
}

const struct sim_invariant inv_map = {
	.name = "MAP",
	.text = "map count = page-table entries; anonymous and file pages are never mistaken",
	.step_end = map_step_end,
};
