/* SPDX-License-Identifier: GPL-2.0-only */
/* userfaultfd.h - no guard of its own: the kernel's file behind it may have taken the name */
#include <uapi/linux/userfaultfd.h>
