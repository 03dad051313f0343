/* SPDX-License-Identifier: GPL-2.0-only */
/* pagewalk.h - nothing of it is needed */
#ifndef _LINUX_PAGEWALK_H
#define _LINUX_PAGEWALK_H



#endif
