/* SPDX-License-Identifier: GPL-2.0-only */
/* security.h */
#ifndef _LINUX_SECURITY_H
#define _LINUX_SECURITY_H

#include <linux/capability.h>

struct mm_struct;
int __vm_enough_memory(struct mm_struct *mm, long pages, int cap_sys_admin);
#define security_vm_enough_memory_mm(mm, pages) __vm_enough_memory(mm, pages, 1)
#define mmap_min_addr 65536ul

#endif
