/* SPDX-License-Identifier: GPL-2.0-only */
/* signal.h */
#ifndef _LINUX_SIGNAL_H
#define _LINUX_SIGNAL_H

#define SIGKILL 9
#define SIGBUS 7
#define SIGSEGV 11
#define SI_KERNEL 0x80
#define SEGV_MAPERR 1
#define SEGV_ACCERR 2
#define BUS_ADRALN 1
#define BUS_ADRERR 2

#endif
