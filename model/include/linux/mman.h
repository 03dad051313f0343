/* SPDX-License-Identifier: GPL-2.0-only */
/* mman.h */
#ifndef _LINUX_MMAN_H
#define _LINUX_MMAN_H

#include <linux/mm.h>
#include <linux/syscalls.h>
#include <uapi/asm-generic/mman.h>

void vm_acct_memory(long pages);
#define vm_unacct_memory(pages) vm_acct_memory(-(long)(pages))
unsigned long vm_memory_committed(void);

#endif
