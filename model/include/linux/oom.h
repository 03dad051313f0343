/* SPDX-License-Identifier: GPL-2.0-only */
/* oom.h */
#ifndef _LINUX_OOM_H
#define _LINUX_OOM_H

#include <linux/mm.h>
#define check_stable_address_space(mm) ((vm_fault_t)0)

#endif
