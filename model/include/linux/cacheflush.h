/* SPDX-License-Identifier: GPL-2.0-only */
/* cacheflush.h */
#ifndef _LINUX_CACHEFLUSH_H
#define _LINUX_CACHEFLUSH_H

#include <asm/cacheflush.h>

#endif
