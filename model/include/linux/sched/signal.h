/* SPDX-License-Identifier: GPL-2.0-only */
/* sched/signal.h - signals of tasks (model/kernel/signal.c) */
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
		__fatal_signal_pending(pending_);                                \
	})

/* A fault that slept was ended by a signal. */
#define fault_signal_pending(fault, regs)    \
	(unlikely((fault)&VM_FAULT_RETRY) && \
	 (fatal_signal_pending(current) || (user_mode(regs) && signal_pending(current))))

/* No scheduling point. */
static inline int __fatal_signal_pending(const struct task_struct *p)
{
	return (p->pending & sigmask(SIGKILL)) != 0;
}

/* The state in which a signal of @p keeps it from sleeping; no scheduling point. */
static inline bool signal_pending_state(unsigned int state, const struct task_struct *p)
{
	if (!(state & (TASK_INTERRUPTIBLE | TASK_WAKEKILL)))
		return false;
	if (!p->pending)
		return false;
	return (state & TASK_INTERRUPTIBLE) || __fatal_signal_pending(p);
}

/* For waits that only a fatal signal ends: sim_lock_unless(). */
int killed_while_waiting(void);

void zap_other_threads(struct task_struct *p);
int send_sig(int sig, struct task_struct *p, int priv);
int force_sig_fault(int sig, int code, void __user *addr);
void force_sig(int sig);
bool get_signal(void);
bool deadly_signal_pending(const struct task_struct *p);

#endif
