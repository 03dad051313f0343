/* SPDX-License-Identifier: GPL-2.0-only */
/* sched.h - tasks */
#ifndef _LINUX_SCHED_H
#define _LINUX_SCHED_H

#include <linux/compiler.h>
#include <linux/signal.h>
#include <linux/types.h>

struct mm_struct;
struct callback_head;
struct files_struct;

#define TASK_RUNNING 0x0000
#define TASK_INTERRUPTIBLE 0x0001
#define TASK_UNINTERRUPTIBLE 0x0002
#define TASK_DEAD 0x0080
#define TASK_WAKEKILL 0x0100
#define TASK_KILLABLE (TASK_WAKEKILL | TASK_UNINTERRUPTIBLE)
#define TASK_NORMAL (TASK_INTERRUPTIBLE | TASK_UNINTERRUPTIBLE)

#define PF_EXITING 0x00000004
#define PF_DUMPCORE 0x00000200
#define PF_KTHREAD 0x00200000

#define TASK_COMM_LEN 16

struct task_struct {
	unsigned int __state;
	unsigned int flags;
	pid_t pid;
	pid_t tgid;
	struct mm_struct *mm;
	struct mm_struct *active_mm;
	struct files_struct *files;
	unsigned long pending;	       /* signals that it has not taken, sigmask() each */
	kernel_siginfo_t last_siginfo; /* of the last access, if that ended in a signal */
	unsigned int capabilities;     /* one bit a CAP_* */
	int pagefault_disabled;
	bool fault_again;  /* a signal has sent it round in its page fault */
	unsigned long cr2; /* address of the page fault being handled */
	struct callback_head *task_works;
	void *arg_page; /* where system-call arguments stand; never faults */
	unsigned long min_flt, maj_flt;
	unsigned int tid; /* the machine's number of this thread */
	char comm[TASK_COMM_LEN];
};

#define current ((struct task_struct *)READ_FIXED(sim_task))

#define __set_current_state(s) ((void)(current->__state = (s)))
#define set_current_state(s) WRITE_ONCE(current->__state, s)

void schedule_at(const struct sim_site *site);
int try_to_wake_up(struct task_struct *p, unsigned int state);
int wake_up_state_at(struct task_struct *p, unsigned int state, const struct sim_site *site);
#define schedule() schedule_at(SIM_SITE("schedule"))
#define wake_up_state(p, state) wake_up_state_at(p, state, SIM_SITE("wake_up_state"))
#define wake_up_process(p) wake_up_state(p, TASK_NORMAL)
#define cond_resched()                                               \
	({                                                           \
		sim_might_sleep(SIM_SITE("cond_resched"));           \
		sim_point(NULL, SIM_READ, SIM_SITE("cond_resched")); \
		0;                                                   \
	})
#define cond_resched_rcu() cond_resched()
#define cond_resched_lock(l)    \
	({                      \
		spin_unlock(l); \
		spin_lock(l);   \
		1;              \
	})
#define need_resched() 0

static inline pid_t task_pid_vnr(struct task_struct *p)
{
	return p->pid;
}

#endif
