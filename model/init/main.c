/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux init/main.c: boot, and the layout of memory.
 *
 * Page frame 0 is the zero page; then come the frames of small pages, then the regions of
 * 2 MiB and of 1 GiB pages, each aligned to its size.
 */
#include <linux/mm.h>
#include <linux/fs.h>
#include <linux/hugetlb.h>
#include <linux/pagemap.h>
#include <linux/rmap.h>
#include <linux/sched/task.h>
#include <linux/shmem_fs.h>
#include <linux/userfaultfd_k.h>
#include <linux/xarray.h>
#include <asm/pgalloc.h>
#include <uffdsim/kinds.h>

#include "model/model.h"
#include "sim/sim.h"

struct page *mem_map;
unsigned long max_mapnr;
unsigned long zero_pfn;

int initcall_filp_init(void);
int initcall_fdtable_init(void);
int initcall_anon_inode_init(void);
int initcall_userfaultfd_init(void);

/* Nothing ever frees the zero page or writes to it. */
static void zero_page_init(void)
{
	struct page *page = pfn_to_page(zero_pfn);

	page_lock_init(page);
	page_mapcount_reset(page);
	set_page_count(page, 1);
	SetPageReserved(page);
}

static void mem_init(const struct model_machine *m)
{
	sim_phys_region(0, m->pages + 1, 0);
	max_mapnr =
		hugetlb_lay_out(m->pages + 1, m->huge_2m, m->huge_1g, m->overcommit_2m, m->resizes);
	mem_map = sim_alloc_boot(max_mapnr * sizeof(struct page), KIND_PAGE, sizeof(struct page));
	zero_pfn = 0;
	zero_page_init();
	page_alloc_init(1, m->pages);
}

/**
 * start_kernel - boot on an empty arena
 * @m: the machine
 *
 * From outside the machine, with the table of lock classes in place and kernel_bugs chosen.
 * Linux: init/main.c.
 */
void start_kernel(const struct model_machine *m)
{
	mem_init(m);
	pgtable_cache_init();
	tlb_init();
	anon_vma_init();
	fork_init();
	radix_tree_init();
	inode_init();
	initcall_filp_init();
	initcall_fdtable_init();
	initcall_anon_inode_init();

	shmem_max_blocks = m->shmem_blocks;
	shmem_init();
	hugetlb_init_pools(m->fault_mutexes);
	init_hugetlbfs_fs();

	initcall_userfaultfd_init();
	sysctl_unprivileged_userfaultfd = m->unprivileged_userfaultfd;
}
