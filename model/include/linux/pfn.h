/* SPDX-License-Identifier: GPL-2.0-only */
/* pfn.h */
#ifndef _LINUX_PFN_H
#define _LINUX_PFN_H

#define PFN_DOWN(x) ((x) >> PAGE_SHIFT)
#define PFN_UP(x) (((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)

#endif
