/* SPDX-License-Identifier: GPL-2.0-only */
/* backing-dev.h - nothing of it is needed */
#ifndef _LINUX_BACKING_DEV_H
#define _LINUX_BACKING_DEV_H



#endif
