/* SPDX-License-Identifier: GPL-2.0-only */
/* hashtable.h - nothing of it is used */
#ifndef _LINUX_HASHTABLE_H
#define _LINUX_HASHTABLE_H

#endif
