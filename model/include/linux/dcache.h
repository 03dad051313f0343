/* SPDX-License-Identifier: GPL-2.0-only */
/* dcache.h - nothing of it is needed */
#ifndef _LINUX_DCACHE_H
#define _LINUX_DCACHE_H

#endif
