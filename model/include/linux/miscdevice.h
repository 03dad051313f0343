/* SPDX-License-Identifier: GPL-2.0-only */
/* miscdevice.h */
#ifndef _LINUX_MISCDEVICE_H
#define _LINUX_MISCDEVICE_H

#include <linux/init.h>
#include <linux/list.h>
#include <linux/types.h>

#define MISC_DYNAMIC_MINOR 255

struct file_operations;

struct miscdevice {
	int minor;
	const char *name;
	const struct file_operations *fops;
	struct list_head list;
	umode_t mode;
};

int misc_register(struct miscdevice *misc);
/* There are no paths: this is open(2) of the device by its name. */
int misc_open(const char *name);

#endif
