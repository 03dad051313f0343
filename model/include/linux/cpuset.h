/* SPDX-License-Identifier: GPL-2.0-only */
/* cpuset.h - nothing of it is needed */
#ifndef _LINUX_CPUSET_H
#define _LINUX_CPUSET_H



#endif
