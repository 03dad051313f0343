/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux mm/interval_tree.c: the mappings of a file by file offset, and the VMAs of an
 * anon_vma.
 *
 * A mapping has few VMAs here, so each "tree" is a list in the order in which the kernel's
 * tree is walked: by first page, then by age.
 */
#include <linux/mm.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/rmap.h>
