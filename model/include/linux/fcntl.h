/* SPDX-License-Identifier: GPL-2.0-only */
/* fcntl.h */
#ifndef _LINUX_FCNTL_H
#define _LINUX_FCNTL_H

#define O_RDONLY 0
#define O_WRONLY 01
#define O_RDWR 02
#define O_ACCMODE 03
#define O_NONBLOCK 04000
#define O_LARGEFILE 0100000
#define O_CLOEXEC 02000000

#endif
