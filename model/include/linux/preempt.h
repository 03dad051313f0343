/* SPDX-License-Identifier: GPL-2.0-only */
/* preempt.h */
#ifndef _LINUX_PREEMPT_H
#define _LINUX_PREEMPT_H

#include <linux/compiler.h>
#define preempt_disable() sim_atomic_enter("preempt_disable")
#define preempt_enable() sim_atomic_leave("preempt_disable")

#endif
