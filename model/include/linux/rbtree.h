/* SPDX-License-Identifier: GPL-2.0-only */
/* rbtree.h - nothing of it is needed */
#ifndef _LINUX_RBTREE_H
#define _LINUX_RBTREE_H



#endif
