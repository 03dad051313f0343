/* SPDX-License-Identifier: GPL-2.0-only */
/* uaccess.h - copies between kernel and user memory */
#ifndef _LINUX_UACCESS_H
#define _LINUX_UACCESS_H

#include <asm/page.h>
#include <linux/errno.h>
#include <linux/sched.h>

/* Which site a copy is depends on what it copies and on whether it may fault. */
struct uaccess_sites {
	const struct sim_site *atomic;	 /* of a page, faults disabled */
	const struct sim_site *unlocked; /* of a page, may fault */
	const struct sim_site *point;	 /* of anything else */
	const struct sim_site *fail;
};

#define UACCESS_SITES(name)                                                           \
	(&(struct uaccess_sites){ SIM_SITE("copy_atomic"), SIM_SITE("copy_unlocked"), \
				  SIM_SITE(name), SIM_SITE("user_copy") })

unsigned long sim_copy_from_user(void *to, const void __user *from, unsigned long n,
				 const struct uaccess_sites *sites);
unsigned long sim_copy_to_user(void __user *to, const void *from, unsigned long n,
			       const struct uaccess_sites *sites);
#define copy_from_user(to, from, n) sim_copy_from_user(to, from, n, UACCESS_SITES("copy_from_user"))
#define copy_to_user(to, from, n) sim_copy_to_user(to, from, n, UACCESS_SITES("copy_to_user"))
#define put_user(x, ptr)                                                                          \
	({                                                                                        \
		__typeof__(*(ptr)) put_user_ = (x);                                               \
		sim_copy_to_user(ptr, &put_user_, sizeof(put_user_), UACCESS_SITES("put_user")) ? \
			-EFAULT :                                                                 \
			0;                                                                        \
	})
#define get_user(x, ptr)                                                              \
	({                                                                            \
		__typeof__(*(ptr)) get_user_;                                         \
		int get_err_ = sim_copy_from_user(&get_user_, ptr, sizeof(get_user_), \
						  UACCESS_SITES("get_user")) ?        \
				       -EFAULT :                                      \
				       0;                                             \
		(x) = get_user_;                                                      \
		get_err_;                                                             \
	})

#define access_ok(addr, size) ((unsigned long)(addr) + (size) <= TASK_SIZE_MAX)

static inline void pagefault_disable(void)
{
	current->pagefault_disabled++;
}

static inline void pagefault_enable(void)
{
	current->pagefault_disabled--;
}

static inline bool pagefault_disabled(void)
{
	return current->pagefault_disabled != 0;
}

#define faulthandler_disabled() pagefault_disabled()

#endif
