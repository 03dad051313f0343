/* SPDX-License-Identifier: GPL-2.0-only */
/* ptrace.h - of a thread that faulted: whose access it was, and whether that cannot be */
#ifndef _ASM_X86_PTRACE_H
#define _ASM_X86_PTRACE_H

#include <linux/types.h>

struct pt_regs {
	bool user;
	bool fixup; /* a kernel access that cannot be: it returns an error */
};

static inline bool user_mode(const struct pt_regs *regs)
{
	return regs->user;
}

#endif
