/* SPDX-License-Identifier: GPL-2.0-only */
/* mount.h - nothing of it is needed */
#ifndef _LINUX_MOUNT_H
#define _LINUX_MOUNT_H

#endif
