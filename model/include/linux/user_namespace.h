/* SPDX-License-Identifier: GPL-2.0-only */
/* user_namespace.h - nothing of it is needed */
#ifndef _LINUX_USER_NAMESPACE_H
#define _LINUX_USER_NAMESPACE_H



#endif
