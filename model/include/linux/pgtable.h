/* SPDX-License-Identifier: GPL-2.0-only */
/* pgtable.h */
#ifndef _LINUX_PGTABLE_H
#define _LINUX_PGTABLE_H

#include <asm/pgtable.h>

#endif
