/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux fs/anon_inodes.c: descriptors for things that are no files, such as a userfaultfd */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/mount.h>
#include <linux/slab.h>
#include <linux/stat.h>

static const struct super_operations anon_inodefs_ops;
static struct vfsmount *anon_inode_mnt __read_mostly;

/* An inode of its own, so that a security module could label it. */
static struct inode *anon_inode_make_secure_inode(void)
{
	struct inode *inode = new_inode(anon_inode_mnt->mnt_sb);

	if (!inode)
		return ERR_PTR(-ENOMEM);
	inode->i_mode = S_IRUSR | S_IWUSR;
	return inode;
}

static struct file *__anon_inode_getfile(const char *name, const struct file_operations *fops,
					 void *priv, int flags)
{
	struct inode *inode = anon_inode_make_secure_inode();
	struct file *file;

	if (IS_ERR(inode))
		return ERR_CAST(inode);
	file = alloc_file_pseudo(inode, anon_inode_mnt, name, flags & (O_ACCMODE | O_NONBLOCK),
				 fops);
	if (IS_ERR(file))
		iput(inode);
	else
		file->private_data = priv;
	return file;
}

/**
 * anon_inode_getfd_secure - a descriptor for an object of the kernel
 * @name: of its kind, for reports
 * @fops: what can be done with it
 * @priv: the object; @fops->release() is where it goes when the file does
 * @flags: O_RDONLY, O_NONBLOCK, O_CLOEXEC
 * @context_inode: whose security label to inherit; there are no labels here
 *
 * Other threads may use the descriptor, even close it, before this returns.
 * Returns the descriptor; -EMFILE or -ENOMEM, with @priv untouched.  Linux: fs/anon_inodes.c.
 */
int anon_inode_getfd_secure(const char *name, const struct file_operations *fops, void *priv,
			    int flags, const struct inode *context_inode)
{
	int fd = get_unused_fd_flags(flags);
	struct file *file;

	if (fd < 0)
		return fd;
	file = __anon_inode_getfile(name, fops, priv, flags);
	if (IS_ERR(file)) {
		put_unused_fd(fd);
		return PTR_ERR(file);
	}
	fd_install(fd, file);
	return fd;
}

static int __init anon_inode_init(void)
{
	struct super_block *sb = kzalloc(sizeof(*sb), GFP_KERNEL | __GFP_NOFAIL);

	sb->s_op = &anon_inodefs_ops;
	anon_inode_mnt = kzalloc(sizeof(*anon_inode_mnt), GFP_KERNEL | __GFP_NOFAIL);
	anon_inode_mnt->mnt_sb = sb;
	return 0;
}
__initcall(anon_inode_init);
