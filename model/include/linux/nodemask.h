/* SPDX-License-Identifier: GPL-2.0-only */
/* nodemask.h - nothing of it is needed */
#ifndef _LINUX_NODEMASK_H
#define _LINUX_NODEMASK_H



#endif
