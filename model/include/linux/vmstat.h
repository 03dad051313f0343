/* SPDX-License-Identifier: GPL-2.0-only */
/* vmstat.h */
#ifndef _LINUX_VMSTAT_H
#define _LINUX_VMSTAT_H

#define count_vm_event(x) ((void)0)
#define PGFAULT 0
#define PGREUSE 1
#define PGMAJFAULT 2

#endif
