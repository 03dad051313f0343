/* SPDX-License-Identifier: GPL-2.0-only */
/* rmap_lock.h - nothing of it is needed */
#ifndef _LINUX_RMAP_LOCK_H
#define _LINUX_RMAP_LOCK_H



#endif
