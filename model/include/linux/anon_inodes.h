/* SPDX-License-Identifier: GPL-2.0-only */
/* anon_inodes.h */
#ifndef _LINUX_ANON_INODES_H
#define _LINUX_ANON_INODES_H

struct file_operations;
struct inode;
int anon_inode_getfd_secure(const char *name, const struct file_operations *fops, void *priv,
			    int flags, const struct inode *context_inode);

#endif
