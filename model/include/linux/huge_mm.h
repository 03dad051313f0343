/* SPDX-License-Identifier: GPL-2.0-only */
/* huge_mm.h - nothing of it is needed */
#ifndef _LINUX_HUGE_MM_H
#define _LINUX_HUGE_MM_H



#endif
