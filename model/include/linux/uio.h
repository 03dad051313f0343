/* SPDX-License-Identifier: GPL-2.0-only */
/* uio.h - nothing of it is needed */
#ifndef _LINUX_UIO_H
#define _LINUX_UIO_H



#endif
