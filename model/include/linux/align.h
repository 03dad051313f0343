/* SPDX-License-Identifier: GPL-2.0-only */
/* align.h */
#ifndef _LINUX_ALIGN_H
#define _LINUX_ALIGN_H

#include <linux/math.h>

#endif
