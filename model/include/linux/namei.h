/* SPDX-License-Identifier: GPL-2.0-only */
/* namei.h - nothing of it is needed */
#ifndef _LINUX_NAMEI_H
#define _LINUX_NAMEI_H



#endif
