// SPDX-License-Identifier: GPL-2.0-only
/*
 * blk.c - BLK: what was counted is there: blocks of shmem files and of their mount, blocks of
 * hugetlb files, resident pages of address spaces
 */
#include <linux/hugetlb.h>
#include <linux/shmem_fs.h>
#include "model/invariants/invariants.h"

#define SECTORS_PER_PAGE (PAGE_SIZE / 512)

static bool is_hugetlb(const struct inode *inode)
{
	return inode->i_fop == &hugetlbfs_file_operations;
}

static bool is_shmem(const struct inode *inode)
{
	return inode->i_mapping && inode->i_mapping->a_ops == &shmem_aops;
}

static void check_hugetlb(const struct inode *inode)
{
	unsigned long per_page = blocks_per_huge_page(HUGETLBFS_SB(inode->i_sb)->hstate);
	unsigned long want = inode->i_data.nrpages * per_page;

	if (inode->i_blocks != want)
		sim_violation("BLK", inode,
			      "hugetlb file %lu: i_blocks is %lu, but %lu pages make "
			      "%lu",
			      inode->i_ino, inode->i_blocks, inode->i_data.nrpages, want);
}

static void check_shmem(struct inode *inode)
{
	const struct shmem_inode_info *info = SHMEM_I(inode);
	unsigned long pages = inode->i_data.nrpages;

	if (info->alloced != pages)
		sim_violation("BLK", inode,
			      "shmem file %lu: %lu pages are paid for, but %lu are in "
			      "the page cache",
			      inode->i_ino, info->alloced, pages);
	if (inode->i_blocks != pages * SECTORS_PER_PAGE)
		sim_violation("BLK", inode,
			      "shmem file %lu: i_blocks is %lu, but %lu pages make "
			      "%lu",
			      inode->i_ino, inode->i_blocks, pages, pages * SECTORS_PER_PAGE);
}

/* The mount's used blocks are those of all its files. */
static void check_mounts(void)
{
	const struct shmem_sb_info *sbinfo = NULL;
	unsigned long pages = 0;
	unsigned int i;

	for (i = 0; i < ghost_count(GHOST_INODES); i++) {
		const struct inode *inode = ghost_inode(i);

		if (!is_shmem(inode))
			continue;
		sbinfo = inode->i_sb->s_fs_info;
		pages += inode->i_data.nrpages;
	}
	if (!sbinfo || !sbinfo->max_blocks)
		return;
	if ((unsigned long)sbinfo->used_blocks.count != pages)
		sim_violation("BLK", sbinfo,
			      "the tmpfs has %ld blocks in use, but its files have "
			      "%lu pages",
			      (long)sbinfo->used_blocks.count, pages);
}

static const struct {
	int counter;
	enum ghost_type type;
	const char *name;
} rss[] = {
	{ MM_ANONPAGES, GHOST_ANON, "MM_ANONPAGES" },
	{ MM_SHMEMPAGES, GHOST_SHMEM, "MM_SHMEMPAGES" },
};

static void check_mm(const struct mm_struct *mm)
{
	unsigned int i;

	for (i = 0; i < sizeof(rss) / sizeof(rss[0]); i++) {
		long have = mm->rss_stat.count[rss[i].counter].counter;
		long want = ghost_rss(mm, rss[i].type);

		if (have != want)
			sim_violation("BLK", mm,
				      "%s is %ld, but the page tables map %ld such pages",
				      rss[i].name, have, want);
	}
}

static void blk_quiet(void)
{
	unsigned int i;

	if (!ghost_at_rest())
		return;
	for (i = 0; i < ghost_count(GHOST_INODES); i++) {
		struct inode *inode = ghost_inode(i);

		if (is_hugetlb(inode))
			check_hugetlb(inode);
		else if (is_shmem(inode))
			check_shmem(inode);
	}
	check_mounts();
	for (i = 0; i < ghost_count(GHOST_MMS); i++)
		check_mm(ghost_at(GHOST_MMS, i));
}

const struct sim_invariant inv_blk = {
	.name = "BLK",
	.text = "shmem blocks, inode blocks and RSS counters equal what is there",
	.quiet = blk_quiet,
};
