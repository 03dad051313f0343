/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux drivers/char/misc.c: devices with a single file in /dev, such as /dev/userfaultfd */
#include <linux/anon_inodes.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/miscdevice.h>
#include <linux/string.h>

static LIST_HEAD(misc_list);

/**
 * misc_register - a device comes into being
 * @misc: name and operations; stays where it is as long as the system runs
 *
 * Called at boot: nobody else is there to lock out.  Returns 0.  Linux: drivers/char/misc.c.
 */
int misc_register(struct miscdevice *misc)
{
	list_add(&misc->list, &misc_list);
	return 0;
}

/**
 * misc_open - open a device
 * @name: as it stands in /dev
 *
 * The rights to the file are not modelled: whoever asks may.
 * Returns a descriptor, -ENOENT, or what anon_inode_getfd_secure() does.
 * Linux: drivers/char/misc.c.
 */
int misc_open(const char *name)
{
	struct miscdevice *misc;

	list_for_each_entry(misc, &misc_list, list) {
		if (!strcmp(misc->name, name))
			return anon_inode_getfd_secure(misc->name, misc->fops, misc,
						       O_RDWR | O_CLOEXEC, NULL);
	}
	return -ENOENT;
}
