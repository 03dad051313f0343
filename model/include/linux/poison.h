/* SPDX-License-Identifier: GPL-2.0-only */
/* poison.h */
#ifndef _LINUX_POISON_H
#define _LINUX_POISON_H

/* Where a deleted list entry points: no address of the arena, so that following it is a crash. */
#define LIST_POISON1 ((void *)0x100)
#define LIST_POISON2 ((void *)0x122)

#endif
