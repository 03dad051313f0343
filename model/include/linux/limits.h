/* SPDX-License-Identifier: GPL-2.0-only */
/* limits.h */
#ifndef _LINUX_LIMITS_H
#define _LINUX_LIMITS_H

#define NAME_MAX 255
#define INT_MAX ((int)(~0u >> 1))
#define INT_MIN (-INT_MAX - 1)
#define UINT_MAX (~0u)
#define LONG_MAX ((long)(~0ul >> 1))
#define ULONG_MAX (~0ul)
#define LLONG_MAX ((long long)(~0ull >> 1))
#define U32_MAX ((unsigned int)~0u)
#define S64_MAX LLONG_MAX

#endif
