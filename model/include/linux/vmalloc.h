/* SPDX-License-Identifier: GPL-2.0-only */
/* vmalloc.h - nothing of it is needed */
#ifndef _LINUX_VMALLOC_H
#define _LINUX_VMALLOC_H



#endif
