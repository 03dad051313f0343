/* SPDX-License-Identifier: GPL-2.0-only */
/* sched/signal.h */
#ifndef _LINUX_SCHED_SIGNAL_H
#define _LINUX_SCHED_SIGNAL_H

#include <linux/sched.h>
#include <linux/signal.h>

#define signal_pending(p)                                                  \
	({                                                                 \
		struct task_struct *pending_ = (p);                        \
		sim_point(pending_, SIM_READ, SIM_SITE("signal_pending")); \
		pending_->pending != 0;                                    \
	})
#define fatal_signal_pending(p)                                                  \
	({                                                                       \
		struct task_struct *pending_ = (p);                              \
		sim_point(pending_, SIM_READ, SIM_SITE("fatal_signal_pending")); \
		(int)(pending_->pending >> (SIGKILL - 1) & 1);                   \
	})

/* A fault that slept was ended by a signal. */
#define fault_signal_pending(fault, regs)    \
	(unlikely((fault)&VM_FAULT_RETRY) && \
	 (fatal_signal_pending(current) || (user_mode(regs) && signal_pending(current))))

/* The state in which a signal of @p keeps it from sleeping; no scheduling point. */
static inline bool signal_pending_state(unsigned int state, struct task_struct *p)
{
	if (!(state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL)))
		return false;
	if (!p->pending)
		return false;
	return (state & TASK_INTERRUPTIBLE) || (p->pending >> (SIGKILL - 1) & 1);
}

#endif
