/* SPDX-License-Identifier: GPL-2.0-only */
/* page.h */
#ifndef _ASM_X86_PAGE_H
#define _ASM_X86_PAGE_H

#define PAGE_SHIFT 12
#define PAGE_SIZE (1ul << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define HPAGE_SHIFT 21
#define HPAGE_SIZE (1ul << HPAGE_SHIFT)
#define HPAGE_MASK (~(HPAGE_SIZE - 1))
#define HUGE_MAX_HSTATE 2
#define TASK_SIZE 0x7ffffffff000ul
#define TASK_SIZE_MAX TASK_SIZE
#define TASK_UNMAPPED_BASE (TASK_SIZE / 3 & PAGE_MASK)

#endif
