/* SPDX-License-Identifier: GPL-2.0-only */
/* miscdevice.h */
#ifndef _LINUX_MISCDEVICE_H
#define _LINUX_MISCDEVICE_H

#include <linux/init.h>
#include <linux/types.h>

#define MISC_DYNAMIC_MINOR 255

struct file_operations;

struct miscdevice {
	int minor;
	const char *name;
	const struct file_operations *fops;
	umode_t mode;
};

/* There is no /dev to stand in. */
static inline int misc_register(struct miscdevice *misc)
{
	return 0;
}

#endif
