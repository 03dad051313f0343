/* SPDX-License-Identifier: GPL-2.0-only */
/* stat.h */
#ifndef _LINUX_STAT_H
#define _LINUX_STAT_H

#define S_IFREG 0100000
#define S_IRWXUGO 0777
#define S_IFMT 00170000
#define S_ISREG(m) (((m)&S_IFMT) == S_IFREG)
#define S_IRUSR 00400
#define S_IWUSR 00200

#endif
