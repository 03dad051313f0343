/* SPDX-License-Identifier: GPL-2.0-only */
/* syscalls.h - entry and exit of a system call are steps */
#ifndef _LINUX_SYSCALLS_H
#define _LINUX_SYSCALLS_H

#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/types.h>

static inline long syscall_result(long ret)
{
	return ret == -ERESTARTSYS ? -EINTR : ret;
}

#define SYSCALL_BODY(name, call)                                                  \
	{                                                                         \
		long ret_;                                                        \
		sim_enter_kernel(#name, SIM_SITE("syscall_enter"));               \
		ret_ = syscall_result(call);                                      \
		sim_leave_kernel(SIM_SITE("syscall_exit"));                       \
		return ret_;                                                      \
	}
#define SYSCALL_DEFINE0(name)                                                     \
	static long do_sys_##name(void);                                          \
	long sys_##name(void);                                                    \
	long sys_##name(void) SYSCALL_BODY(name, do_sys_##name())                 \
	static long do_sys_##name(void)
#define SYSCALL_DEFINE1(name, t1, a1)                                             \
	static long do_sys_##name(t1 a1);                                         \
	long sys_##name(t1 a1);                                                   \
	long sys_##name(t1 a1) SYSCALL_BODY(name, do_sys_##name(a1))              \
	static long do_sys_##name(t1 a1)
#define SYSCALL_DEFINE2(name, t1, a1, t2, a2)                                     \
	static long do_sys_##name(t1 a1, t2 a2);                                  \
	long sys_##name(t1 a1, t2 a2);                                            \
	long sys_##name(t1 a1, t2 a2) SYSCALL_BODY(name, do_sys_##name(a1, a2))   \
	static long do_sys_##name(t1 a1, t2 a2)
#define SYSCALL_DEFINE3(name, t1, a1, t2, a2, t3, a3)                             \
	static long do_sys_##name(t1 a1, t2 a2, t3 a3);                           \
	long sys_##name(t1 a1, t2 a2, t3 a3);                                     \
	long sys_##name(t1 a1, t2 a2, t3 a3) SYSCALL_BODY(name, do_sys_##name(a1, a2, a3)) \
	static long do_sys_##name(t1 a1, t2 a2, t3 a3)
#define SYSCALL_DEFINE4(name, t1, a1, t2, a2, t3, a3, t4, a4)                     \
	static long do_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4);                    \
	long sys_##name(t1 a1, t2 a2, t3 a3, t4 a4);                              \
	long sys_##name(t1 a1, t2 a2, t3 a3, t4 a4)                               \
		SYSCALL_BODY(name, do_sys_##name(a1, a2, a3, a4))                 \
	static long do_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4)
#define SYSCALL_DEFINE6(name, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6)     \
	static long do_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6);      \
	long sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6);                \
	long sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6)                 \
		SYSCALL_BODY(name, do_sys_##name(a1, a2, a3, a4, a5, a6))         \
	static long do_sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6)

#endif
