/* SPDX-License-Identifier: GPL-2.0-only */
/* stat.h */
#ifndef _LINUX_STAT_H
#define _LINUX_STAT_H

#define S_IFREG 0100000
#define S_IRWXUGO 0777
#define S_IFMT 00170000

#endif
