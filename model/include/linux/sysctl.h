/* SPDX-License-Identifier: GPL-2.0-only */
/* sysctl.h - nothing of it is needed */
#ifndef _LINUX_SYSCTL_H
#define _LINUX_SYSCTL_H



#endif
