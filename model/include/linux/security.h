/* SPDX-License-Identifier: GPL-2.0-only */
/* security.h */
#ifndef _LINUX_SECURITY_H
#define _LINUX_SECURITY_H

#include <linux/capability.h>

struct mm_struct;
#define security_vm_enough_memory_mm(mm, pages) __vm_enough_memory(mm, pages, 1)
#define mmap_min_addr 65536ul

#endif
