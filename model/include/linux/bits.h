/* SPDX-License-Identifier: GPL-2.0-only */
/* bits.h */
#ifndef _LINUX_BITS_H
#define _LINUX_BITS_H

#include <linux/kernel.h>

#endif
