/* SPDX-License-Identifier: GPL-2.0-only */
/* swapfile.h - nothing of it is needed */
#ifndef _LINUX_SWAPFILE_H
#define _LINUX_SWAPFILE_H



#endif
