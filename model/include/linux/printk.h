/* SPDX-License-Identifier: GPL-2.0-only */
/* printk.h */
#ifndef _LINUX_PRINTK_H
#define _LINUX_PRINTK_H

#define pr_warn(...) ((void)0)
#define pr_warn_once(...) ((void)0)
#define pr_warn_ratelimited(...) ((void)0)
#define pr_err(...) ((void)0)

#endif
