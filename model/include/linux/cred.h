/* SPDX-License-Identifier: GPL-2.0-only */
/* cred.h - nothing of it is needed */
#ifndef _LINUX_CRED_H
#define _LINUX_CRED_H



#endif
