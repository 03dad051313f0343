/* SPDX-License-Identifier: GPL-2.0-only */
/* ioctl.h */
#ifndef _LINUX_IOCTL_H
#define _LINUX_IOCTL_H

#define _IOC(dir, type, nr, size) \
	((unsigned int)(dir) << 30 | (unsigned int)(size) << 16 | (unsigned int)(type) << 8 | (nr))
#define _IO(type, nr) _IOC(0u, type, nr, 0)
#define _IOW(type, nr, arg) _IOC(1u, type, nr, sizeof(arg))
#define _IOR(type, nr, arg) _IOC(2u, type, nr, sizeof(arg))
#define _IOWR(type, nr, arg) _IOC(3u, type, nr, sizeof(arg))

#endif
