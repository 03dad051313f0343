/* SPDX-License-Identifier: GPL-2.0-only */
/* memremap.h - nothing of it is needed */
#ifndef _LINUX_MEMREMAP_H
#define _LINUX_MEMREMAP_H



#endif
