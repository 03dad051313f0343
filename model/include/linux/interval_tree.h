/* SPDX-License-Identifier: GPL-2.0-only */
/* interval_tree.h - nothing of it is needed */
#ifndef _LINUX_INTERVAL_TREE_H
#define _LINUX_INTERVAL_TREE_H



#endif
