/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux fs/attr.c: changes of an inode's attributes; here, of its size */
#include <linux/fs.h>

/* No user namespaces; the kernel's functions hand this one on. */
struct user_namespace {
	int unused;
};

struct user_namespace init_user_ns;

/**
 * notify_change - change attributes
 * @mnt_userns: not used
 * @dentry: whose
 * @attr: which; ATTR_SIZE
 * @delegated_inode: not used
 *
 * inode->i_rwsem is held for writing.  Returns what the file system says.
 * Linux: fs/attr.c.
 */
int notify_change(struct user_namespace *mnt_userns, struct dentry *dentry, struct iattr *attr,
		  struct inode **delegated_inode)
{
	struct inode *inode = d_inode(dentry);

	VM_BUG_ON(!inode_is_locked(inode));
	return inode->i_op->setattr(mnt_userns, dentry, attr);
}
