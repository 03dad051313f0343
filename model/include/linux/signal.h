/* SPDX-License-Identifier: GPL-2.0-only */
/* signal.h - numbers and codes of signals */
#ifndef _LINUX_SIGNAL_H
#define _LINUX_SIGNAL_H

#include <linux/types.h>

#define SIGHUP 1
#define SIGINT 2
#define SIGILL 4
#define SIGBUS 7
#define SIGKILL 9
#define SIGUSR1 10
#define SIGSEGV 11
#define SIGUSR2 12
#define SIGALRM 14
#define SIGTERM 15
#define SIGCHLD 17
#define _NSIG 64

#define SI_KERNEL 0x80
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define BUS_ADRALN 1
#define BUS_ADRERR 2
#define BUS_MCEERR_AR 4

/* What a handler is told of a fault. */
typedef struct kernel_siginfo {
	int si_signo; /* 0: none */
	int si_code;
	unsigned long si_addr;
} kernel_siginfo_t;

#define sigmask(sig) (1ul << ((sig)-1))

static inline bool valid_signal(unsigned long sig)
{
	return sig <= _NSIG;
}

#endif
