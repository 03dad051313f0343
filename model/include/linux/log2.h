/* SPDX-License-Identifier: GPL-2.0-only */
/* log2.h */
#ifndef _LINUX_LOG2_H
#define _LINUX_LOG2_H

#define ilog2(n) (63 - __builtin_clzl(n))
#define roundup_pow_of_two(n) ((n) < 2 ? 1ul : 1ul << (64 - __builtin_clzl((n)-1)))
#define is_power_of_2(n) ((n) && !((n) & ((n)-1)))
#define order_base_2(n) ilog2(roundup_pow_of_two(n))

#endif
