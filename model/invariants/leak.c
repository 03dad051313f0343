// SPDX-License-Identifier: GPL-2.0-only
/* leak.c - LEAK: when every process has exited, all memory is back */
#include <linux/gfp.h>
#include <linux/hugetlb.h>
#include "model/invariants/invariants.h"

enum { MAX_CACHES = 96 };

/* What boot left: ghost state, so that it goes with the world. */
struct at_boot {
	unsigned long live[MAX_CACHES];
	unsigned long free_pages;
};

static struct at_boot *at_boot;

void leak_init(void)
{
	at_boot = sim_ghost_alloc(1, sizeof(*at_boot));
}

void invariants_booted(void)
{
	const char *name;
	unsigned long live;
	unsigned int i;

	for (i = 0; i < MAX_CACHES && sim_cache_info(i, &name, &live); i++)
		SIM_GHOST_SET(at_boot->live[i], live);
	SIM_GHOST_SET(at_boot->free_pages, nr_free_pages());
}

static void check_pools(void)
{
	int i;

	for (i = 0; i < hugetlb_max_hstate; i++) {
		const struct hstate *h = &hstates[i];

		if (h->free_huge_pages != h->nr_huge_pages || h->resv_huge_pages)
			sim_violation("LEAK", NULL,
				      "everything has exited, but of %lu huge pages of 0x%lx bytes "
				      "%lu are free and %lu reserved",
				      h->nr_huge_pages, huge_page_size(h), h->free_huge_pages,
				      h->resv_huge_pages);
	}
}

static void leak_world_end(void)
{
	const char *name;
	unsigned long live;
	unsigned int i;

	if (nr_free_pages() != at_boot->free_pages)
		sim_violation("LEAK", NULL,
			      "everything has exited, but %ld page frame(s) are missing",
			      (long)(at_boot->free_pages - nr_free_pages()));
	check_pools();
	for (i = 0; i < MAX_CACHES && sim_cache_info(i, &name, &live); i++) {
		if (live > at_boot->live[i])
			sim_violation("LEAK", NULL,
				      "everything has exited, but %lu object(s) of %s "
				      "are left",
				      live - at_boot->live[i], name);
	}
}

const struct sim_invariant inv_leak = {
	.name = "LEAK",
	.text = "when the world ends all memory is back",
	.world_end = leak_world_end,
};
