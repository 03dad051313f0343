/* SPDX-License-Identifier: GPL-2.0-only */
/* syscalls.h - entry and exit of a system call are steps */
#ifndef _LINUX_SYSCALLS_H
#define _LINUX_SYSCALLS_H

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/sched/signal.h>
#include <linux/task_work.h>
#include <linux/types.h>

static inline long syscall_result(long ret)
{
	return ret == -ERESTARTSYS ? -EINTR : ret;
}

/* Signals that come to a thread in user mode are taken there: the call does not see them. */
static inline void take_signals(void)
{
	if (unlikely(current->pending))
		get_signal();
}

#define SYSCALL_BODY(name, call)                                    \
	{                                                           \
		long ret_;                                          \
		take_signals();                                     \
		sim_enter_kernel(#name, SIM_SITE("syscall_enter")); \
		ret_ = syscall_result(call);                        \
		if (current->task_works)                            \
			task_work_run();                            \
		take_signals();                                     \
		sim_leave_kernel(SIM_SITE("syscall_exit"));         \
		return ret_;                                        \
	}
#define SYSCALL_DEFINE0(name)              \
	static long __se_sys_##name(void); \
	long sys_##name(void);             \
	long sys_##name(void)              \
		SYSCALL_BODY(name, __se_sys_##name()) static long __se_sys_##name(void)
#define SYSCALL_DEFINE1(name, t1, a1)       \
	static long __se_sys_##name(t1 a1); \
	long sys_##name(t1 a1);             \
	long sys_##name(t1 a1)              \
		SYSCALL_BODY(name, __se_sys_##name(a1)) static long __se_sys_##name(t1 a1)
#define SYSCALL_DEFINE2(name, t1, a1, t2, a2)       \
	static long __se_sys_##name(t1 a1, t2 a2);  \
	long sys_##name(t1 a1, t2 a2);              \
	long sys_##name(t1 a1, t2 a2) SYSCALL_BODY( \
		name, __se_sys_##name(a1, a2)) static long __se_sys_##name(t1 a1, t2 a2)
#define SYSCALL_DEFINE3(name, t1, a1, t2, a2, t3, a3)                                        \
	static long __se_sys_##name(t1 a1, t2 a2, t3 a3);                                    \
	long sys_##name(t1 a1, t2 a2, t3 a3);                                                \
	long sys_##name(t1 a1, t2 a2, t3 a3)                                                 \
		SYSCALL_BODY(name, __se_sys_##name(a1, a2, a3)) static long __se_sys_##name( \
			t1 a1, t2 a2, t3 a3)
#define SYSCALL_DEFINE4(name, t1, a1, t2, a2, t3, a3, t4, a4)                                    \
	static long __se_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4);                                 \
	long sys_##name(t1 a1, t2 a2, t3 a3, t4 a4);                                             \
	long sys_##name(t1 a1, t2 a2, t3 a3, t4 a4)                                              \
		SYSCALL_BODY(name, __se_sys_##name(a1, a2, a3, a4)) static long __se_sys_##name( \
			t1 a1, t2 a2, t3 a3, t4 a4)
#define SYSCALL_DEFINE5(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)                             \
	static long __se_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5);                           \
	long sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5);                                       \
	long sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5)                                        \
		SYSCALL_BODY(name, __se_sys_##name(a1, a2, a3, a4,                                \
						   a5)) static long __se_sys_##name(t1 a1, t2 a2, \
										    t3 a3, t4 a4, \
										    t5 a5)
#define SYSCALL_DEFINE6(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6)                     \
	static long __se_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6);                    \
	long sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6);                                \
	long sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6)                                 \
		SYSCALL_BODY(name, __se_sys_##name(a1, a2, a3, a4, a5,                            \
						   a6)) static long __se_sys_##name(t1 a1, t2 a2, \
										    t3 a3, t4 a4, \
										    t5 a5, t6 a6)

struct pollfd;
long sys_memfd_create(const char __user *uname, unsigned int flags);
long sys_mmap(unsigned long addr, unsigned long len, unsigned long prot, unsigned long flags,
	      unsigned long fd, unsigned long off);
long sys_munmap(unsigned long addr, size_t len);
long sys_mprotect(unsigned long start, size_t len, unsigned long prot);
long sys_mremap(unsigned long addr, unsigned long old_len, unsigned long new_len,
		unsigned long flags, unsigned long new_addr);
long sys_madvise(unsigned long start, size_t len_in, int behavior);
long sys_ftruncate(unsigned int fd, unsigned long length);
long sys_fallocate(int fd, int mode, loff_t offset, loff_t len);
long sys_userfaultfd(int flags);
long sys_close(unsigned int fd);
long sys_poll(struct pollfd __user *ufds, unsigned int nfds, int timeout_msecs);
long sys_ioctl(unsigned int fd, unsigned int cmd, unsigned long arg);
long sys_tgkill(pid_t tgid, pid_t pid, int sig);
long sys_read(unsigned int fd, char __user *buf, size_t count);

#endif
