/* SPDX-License-Identifier: GPL-2.0-only */
/* kthread.h - nothing of it is needed */
#ifndef _LINUX_KTHREAD_H
#define _LINUX_KTHREAD_H



#endif
