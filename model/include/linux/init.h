/* SPDX-License-Identifier: GPL-2.0-only */
/* init.h - init calls: start_kernel() runs each once */
#ifndef _LINUX_INIT_H
#define _LINUX_INIT_H

#define __init
/* A call that boot makes through a name of its own. */
#define __initcall(fn)           \
	int initcall_##fn(void); \
	int initcall_##fn(void)  \
	{                        \
		return fn();     \
	}                        \
	extern int initcall_##fn(void)
#define module_init(fn) __initcall(fn)

#endif
