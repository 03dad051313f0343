/* SPDX-License-Identifier: GPL-2.0-only */
/* memfd.h */
#ifndef _LINUX_MEMFD_H
#define _LINUX_MEMFD_H

#define MFD_CLOEXEC 0x0001u
#define MFD_ALLOW_SEALING 0x0002u
#define MFD_HUGETLB 0x0004u
#define MFD_HUGE_SHIFT 26
#define MFD_HUGE_MASK 0x3fu

#endif
