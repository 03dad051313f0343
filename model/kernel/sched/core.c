/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux kernel/sched/core.c: sleeping and waking, over the machine's parking */
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "sim/sim.h"

/**
 * schedule_at - schedule()
 * @site: the caller's scheduling point
 *
 * Returns when the task's state is TASK_RUNNING: at once if somebody woke it since it set
 * another state, or if a signal forbids that state.  No spinlock held.
 * Linux: kernel/sched/core.c.
 */
void schedule_at(const struct sim_site *site)
{
	struct task_struct *me = current;

	sim_might_sleep(site);
	sim_point(me, SIM_WRITE, site);
	if (signal_pending_state(me->__state, me)) {
		me->__state = TASK_RUNNING;
		/*
		 * The kernel burns processor time here until somebody has resolved the fault.
		 * Only if it was killed it will give up by itself.
		 */
		if (me->fault_again && !__fatal_signal_pending(me))
			sim_yield(me, site);
	}
	while (me->__state != TASK_RUNNING)
		sim_park(me, site);
}

/**
 * try_to_wake_up - wake a task out of certain states, in the caller's step
 * @p: the task
 * @state: TASK_* bits, one of which its state must have
 *
 * Returns 1 if it was this call that woke it.  Linux: kernel/sched/core.c.
 */
int try_to_wake_up(struct task_struct *p, unsigned int state)
{
	if (!(p->__state & state))
		return 0;
	p->__state = TASK_RUNNING;
	sim_unpark(p->tid);
	return 1;
}

/**
 * wake_up_state_at - wake_up_state(): wake a task out of certain states
 * @p: the task
 * @state: TASK_* bits, one of which its state must have
 * @site: the caller's scheduling point
 *
 * Returns 1 if it was this call that woke it.  Linux: kernel/sched/core.c.
 */
int wake_up_state_at(struct task_struct *p, unsigned int state, const struct sim_site *site)
{
	sim_point(p, SIM_WRITE, site);
	return try_to_wake_up(p, state);
}
