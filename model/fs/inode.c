/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux fs/inode.c: the life of an inode.
 *
 * All files here are unlinked ones of file systems without a disk, so there is no inode
 * cache: an inode lives from new_inode() to the iput() that drops its last reference,
 * which empties its page cache.
 */
#include <linux/fs.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include "sim/sim.h"

static struct kmem_cache *inode_cachep;
static const struct address_space_operations empty_aops;

/* --------------------------------------------------------------- creation */

/**
 * address_space_init_once - prepare a page cache that was never used
 * @mapping: its memory
 *
 * Linux: fs/inode.c.
 */
void address_space_init_once(struct address_space *mapping)
{
	memset(mapping, 0, sizeof(*mapping));
	xa_init_flags(&mapping->i_pages, XA_FLAGS_LOCK_IRQ | XA_FLAGS_ACCOUNT);
	init_rwsem(&mapping->i_mmap_rwsem);
	spin_lock_init(&mapping->private_lock);
	mapping->i_mmap = RB_ROOT_CACHED;
}

/**
 * inode_init_once - prepare an inode that was never used; for constructors
 * @inode: its memory
 *
 * Linux: fs/inode.c.
 */
void inode_init_once(struct inode *inode)
{
	memset(inode, 0, sizeof(*inode));
	address_space_init_once(&inode->i_data);
}

static void init_once(void *obj)
{
	inode_init_once(obj);
}

/**
 * inode_init - create the cache of inodes; once at boot
 *
 * Linux: fs/inode.c.
 */
void __init inode_init(void)
{
	inode_cachep =
		kmem_cache_create("inode_cache", sizeof(struct inode), 0, SLAB_PANIC, init_once);
}

/**
 * inode_init_always - set up an inode for its file system
 * @sb: the file system
 * @inode: the inode, from a constructor
 *
 * One reference, one link, size 0, an empty page cache.  Returns 0.  Linux: fs/inode.c.
 */
int inode_init_always(struct super_block *sb, struct inode *inode)
{
	static const struct inode_operations empty_iops;
	static const struct file_operations empty_fops;
	struct address_space *mapping = &inode->i_data;

	inode->i_sb = sb;
	inode->i_op = &empty_iops;
	inode->i_fop = &empty_fops;
	inode->i_mapping = mapping;
	inode->i_private = NULL;
	inode->i_ino = 0;
	inode->i_flags = 0;
	inode->i_size = 0;
	inode->i_blocks = 0;
	inode->__i_nlink = 1;
	atomic_set(&inode->i_count, 1);
	atomic_set(&inode->i_writecount, 0);
	spin_lock_init(&inode->i_lock);
	init_rwsem(&inode->i_rwsem);

	mapping->host = inode;
	mapping->a_ops = &empty_aops;
	mapping->flags = 0;
	atomic_set(&mapping->i_mmap_writable, 0);
	mapping_set_gfp_mask(mapping, GFP_HIGHUSER_MOVABLE);
	mapping->private_data = NULL;
	init_rwsem(&mapping->invalidate_lock);
	return 0;
}

static struct inode *alloc_inode(struct super_block *sb)
{
	struct inode *inode;

	if (sb->s_op->alloc_inode)
		inode = sb->s_op->alloc_inode(sb);
	else
		inode = kmem_cache_alloc(inode_cachep, GFP_KERNEL);
	if (!inode)
		return NULL;
	inode_init_always(sb, inode);
	return inode;
}

/**
 * new_inode_pseudo - create an inode
 * @sb: its file system
 *
 * As inode_init_always() leaves it.  NULL without memory.  Sleeps.  Linux: fs/inode.c.
 */
struct inode *new_inode_pseudo(struct super_block *sb)
{
	struct inode *inode = alloc_inode(sb);

	if (inode)
		inode->i_state = 0;
	return inode;
}

/**
 * new_inode - create an inode that belongs to a mounted file system
 * @sb: the file system
 *
 * The same as new_inode_pseudo(): nobody asks a file system for its inodes.
 * Linux: fs/inode.c.
 */
struct inode *new_inode(struct super_block *sb)
{
	return new_inode_pseudo(sb);
}

/**
 * get_next_ino - a number for an inode whose file system does not care
 *
 * 1, 2, 3 ... in the order of creation, over all file systems: a small number that names
 * the file and that hashes can be made of.  Linux: fs/inode.c.
 */
unsigned int get_next_ino(void)
{
	static unsigned int last_ino;

	return ++last_ino;
}

/* -------------------------------------------------------------- references */

/**
 * ihold - one more reference
 * @inode: the caller has one already
 *
 * Linux: fs/inode.c.
 */
void ihold(struct inode *inode)
{
	WARN_ON(atomic_inc_return(&inode->i_count) < 2);
}

/**
 * igrab - get a reference to an inode that may be going away
 * @inode: the inode; its memory must be safe to touch
 *
 * NULL if it is too late.  Takes i_lock.  Linux: fs/inode.c.
 */
struct inode *igrab(struct inode *inode)
{
	struct inode *ret = NULL;

	spin_lock(&inode->i_lock);
	if (!(inode->i_state & (I_FREEING | I_WILL_FREE))) {
		atomic_inc(&inode->i_count);
		ret = inode;
	}
	spin_unlock(&inode->i_lock);
	return ret;
}

/**
 * clear_nlink - the last name of a file has gone
 * @inode: the file
 *
 * Linux: fs/inode.c.
 */
void clear_nlink(struct inode *inode)
{
	inode->__i_nlink = 0;
}

/**
 * generic_delete_inode - for ->drop_inode(): do not keep unused inodes
 * @inode: unused
 *
 * Linux: fs/inode.c.
 */
int generic_delete_inode(struct inode *inode)
{
	return 1;
}

/* ------------------------------------------------------------------- end */

/**
 * clear_inode - the last thing that ->evict_inode() does
 * @inode: marked I_FREEING, with an empty page cache
 *
 * Frees tree nodes that a store without memory left behind, empty.  Linux: fs/inode.c.
 */
void clear_inode(struct inode *inode)
{
	xa_destroy(&inode->i_data.i_pages);

	BUG_ON(inode->i_data.nrpages);
	BUG_ON(!(inode->i_state & I_FREEING));
	BUG_ON(inode->i_state & I_CLEAR);
	inode->i_state = I_FREEING | I_CLEAR;
}

static void destroy_inode(struct inode *inode)
{
	const struct super_operations *ops = inode->i_sb->s_op;

	if (ops->destroy_inode) {
		ops->destroy_inode(inode);
		if (!ops->free_inode)
			return;
	}
	/* Nobody looks for inodes in RCU read sections: no need to wait for their end. */
	if (ops->free_inode)
		ops->free_inode(inode);
	else
		kmem_cache_free(inode_cachep, inode);
}

static void evict(struct inode *inode)
{
	const struct super_operations *ops = inode->i_sb->s_op;

	BUG_ON(!(inode->i_state & I_FREEING));

	if (ops->evict_inode) {
		ops->evict_inode(inode);
	} else {
		truncate_inode_pages_final(&inode->i_data);
		clear_inode(inode);
	}

	spin_lock(&inode->i_lock);
	BUG_ON(inode->i_state != (I_FREEING | I_CLEAR));
	spin_unlock(&inode->i_lock);

	destroy_inode(inode);
}

/* No reference is left.  Entered with i_lock, drops it. */
static void iput_final(struct inode *inode)
{
	inode->i_state |= I_FREEING;
	spin_unlock(&inode->i_lock);

	evict(inode);
}

/**
 * iput - drop a reference
 * @inode: the inode, or NULL
 *
 * The last one takes the inode with its page cache away.  No lock held: sleeps.
 * Linux: fs/inode.c.
 */
void iput(struct inode *inode)
{
	if (!inode)
		return;
	BUG_ON(inode->i_state & I_CLEAR);
	if (atomic_dec_and_lock(&inode->i_count, &inode->i_lock))
		iput_final(inode);
}
