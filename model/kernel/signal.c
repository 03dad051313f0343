/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux kernel/signal.c: signals of threads.
 *
 * Every program here is the same: it has handlers, without SA_RESTART, for what a handler is of
 * use for, and has left the rest as it was.  Nothing is blocked, nothing is sent to a process as
 * a whole, and there is no stopping, tracing or queueing of more than one of a kind.
 *
 * A handler has no code of its own, so it has run as soon as its signal is taken.
 */
#include <linux/errno.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/signal.h>
#include <linux/syscalls.h>

#include "sim/sim.h"

enum action {
	ACTION_TERMINATE, /* the process ends at once */
	ACTION_COREDUMP,  /* it ends when the thread comes to take the signal */
	ACTION_IGNORE,
	ACTION_HANDLER,
};

/* What is not named here ends the process. */
static const struct {
	int sig;
	enum action action;
} sigactions[] = {
	{ SIGUSR1, ACTION_HANDLER }, { SIGUSR2, ACTION_HANDLER }, { SIGALRM, ACTION_HANDLER },
	{ SIGBUS, ACTION_HANDLER },  { SIGSEGV, ACTION_HANDLER }, { SIGILL, ACTION_COREDUMP },
	{ SIGCHLD, ACTION_IGNORE },
};

static enum action sigaction_of(int sig)
{
	unsigned int i;

	for (i = 0; i < sizeof(sigactions) / sizeof(sigactions[0]); i++) {
		if (sigactions[i].sig == sig)
			return sigactions[i].action;
	}
	return ACTION_TERMINATE;
}

/* ------------------------------------------------------------------- sending */

/*
 * In the step that made the signal pending, as a lock sees to in the kernel: a thread cannot take
 * the signal first and be woken from its next sleep.  A sleeper that must not see it sleeps on;
 * one in user mode, or on its way to sleep, finds it by itself.
 */
static void signal_wake_up(struct task_struct *t, bool fatal)
{
	unsigned int state = fatal ? TASK_INTERRUPTIBLE | TASK_WAKEKILL : TASK_INTERRUPTIBLE;

	if (try_to_wake_up(t, state))
		return;
	if (!fatal)
		return;
	sim_interrupt(t->tid);
	/* Not asleep in the kernel: what it waits for in user mode is no business of ours. */
	if (t->__state == TASK_RUNNING)
		sim_unpark(t->tid);
}

static void kill_thread(struct task_struct *t)
{
	sim_point(t, SIM_WRITE, SIM_SITE("sigaddset"));
	t->pending |= sigmask(SIGKILL);
	signal_wake_up(t, true);
}

/**
 * zap_other_threads - a process ends: SIGKILL for all its threads but one
 * @p: that one
 *
 * Linux: kernel/signal.c.
 */
void zap_other_threads(struct task_struct *p)
{
	struct task_struct *t;

	for_each_thread(p, t)
	{
		if (t == p || (t->flags & PF_EXITING))
			continue;
		kill_thread(t);
	}
}

/* Does it never arrive, because nobody would notice or because the process is dying anyway? */
static bool sig_dropped(int sig, const struct task_struct *p)
{
	if (p->flags & PF_EXITING)
		return true;
	if (__fatal_signal_pending(p))
		return true;
	return sigaction_of(sig) == ACTION_IGNORE;
}

/**
 * send_sig - send a signal to a thread
 * @sig: SIG*
 * @p: the thread
 * @priv: not used: nobody lacks permission
 *
 * One that ends the process is SIGKILL for each of its threads from the start, except where
 * there is a core to be dumped: that is up to @p itself.  No lock held, does not sleep.
 * Returns 0.  Linux: kernel/signal.c, send_signal_locked() and complete_signal().
 */
int send_sig(int sig, struct task_struct *p, int priv)
{
	sim_point(p, SIM_WRITE, SIM_SITE("send_sig"));
	if (sig_dropped(sig, p))
		return 0;
	if (sigaction_of(sig) == ACTION_TERMINATE) {
		zap_other_threads(p);
		kill_thread(p);
		return 0;
	}
	p->pending |= sigmask(sig);
	signal_wake_up(p, false);
	return 0;
}

/**
 * force_sig - a signal that the running thread cannot help taking
 * @sig: SIG*
 *
 * As send_sig().  Linux: kernel/signal.c.
 */
void force_sig(int sig)
{
	send_sig(sig, current, 1);
}

/**
 * force_sig_fault - the running thread's access ends in a signal
 * @sig: SIGSEGV or SIGBUS
 * @code: SEGV_* or BUS_*
 * @addr: the address
 *
 * Its handler does not come back: it leaves the access undone.  Returns 0.
 * Linux: kernel/signal.c.
 */
int force_sig_fault(int sig, int code, void __user *addr)
{
	current->last_siginfo = (kernel_siginfo_t){
		.si_signo = sig,
		.si_code = code,
		.si_addr = (unsigned long)addr,
	};
	sim_trace("signal %lx code %lx at %lx", sig, code, (unsigned long)addr, 0);
	return 0;
}

/*
 * tgkill() for whatever process the thread is of.  Nobody is refused, and no thread that has
 * exited can be found.
 */
SYSCALL_DEFINE3(tgkill, pid_t, tgid, pid_t, pid, int, sig)
{
	struct task_struct *p;

	if (pid <= 0 || tgid <= 0)
		return -EINVAL;
	p = find_task_by_vpid(pid);
	/* Without memory: one that a fork is still to make. */
	if (!p || p->tgid != tgid || !p->mm || (p->flags & PF_EXITING))
		return -ESRCH;
	if (!valid_signal(sig))
		return -EINVAL;
	return sig ? send_sig(sig, p, 0) : 0;
}

/* -------------------------------------------------------------------- taking */

/**
 * get_signal - the running thread, on its way to user mode or there, takes its signals
 *
 * Handlers run.  No lock held; no scheduling point unless there is a core to be dumped.
 * Returns whether the process ends: the thread is to call do_group_exit() and never gets to
 * user mode.  Linux: kernel/signal.c, and arch_do_signal_or_restart().
 */
bool get_signal(void)
{
	struct task_struct *me = current;
	int sig;

	for (sig = 1; me->pending && !__fatal_signal_pending(me); sig++) {
		if (!(me->pending & sigmask(sig)))
			continue;
		me->pending &= ~sigmask(sig);
		sim_trace("takes signal %lx", sig, 0, 0, 0);
		if (sigaction_of(sig) != ACTION_COREDUMP)
			continue;
		me->pending |= sigmask(SIGKILL);
		zap_other_threads(me);
	}
	return __fatal_signal_pending(me);
}

/**
 * deadly_signal_pending - will the process end when a thread takes its signals?
 * @p: the thread
 *
 * No scheduling point.
 */
bool deadly_signal_pending(const struct task_struct *p)
{
	unsigned int sig;

	for (sig = 1; p->pending >> (sig - 1); sig++) {
		if ((p->pending & sigmask(sig)) && sigaction_of(sig) != ACTION_HANDLER)
			return true;
	}
	return false;
}

/**
 * killed_while_waiting - should the running thread give up a killable wait?
 *
 * No scheduling point: the caller sleeps in the same step if not.
 */
int killed_while_waiting(void)
{
	return __fatal_signal_pending(current);
}
