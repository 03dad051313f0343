/* SPDX-License-Identifier: GPL-2.0-only */
/* userfaultfd.h */
#ifndef _LINUX_USERFAULTFD_H
#define _LINUX_USERFAULTFD_H

#include <uapi/linux/userfaultfd.h>

#endif
