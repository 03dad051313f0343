/* SPDX-License-Identifier: GPL-2.0-only */
/* config.h - configuration of the modelled kernel, as Debian has it where it matters */
#ifndef UFFDSIM_CONFIG_H
#define UFFDSIM_CONFIG_H

#define CONFIG_MMU 1
#define CONFIG_SHMEM 1
#define CONFIG_TMPFS 1
#define CONFIG_HUGETLB_PAGE 1
#define CONFIG_HUGETLBFS 1
#define CONFIG_TRANSPARENT_HUGEPAGE 1
#define CONFIG_USERFAULTFD 1
#define CONFIG_HAVE_ARCH_USERFAULTFD_WP 1
#define CONFIG_HAVE_ARCH_USERFAULTFD_MINOR 1
#define CONFIG_PTE_MARKER 1
#define CONFIG_PTE_MARKER_UFFD_WP 1
#define CONFIG_PROC_FS 1
#define CONFIG_SMP 1
#define CONFIG_64BIT 1
#define CONFIG_X86_64 1

#ifdef CONFIG_PROFILE_ALL_BRANCHES
#include <uffdsim/branches.h>
#endif

#endif
