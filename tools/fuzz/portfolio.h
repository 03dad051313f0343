/* SPDX-License-Identifier: GPL-2.0-only */
/* portfolio.h - which strategies the schedules of a scenario are drawn by */
#ifndef TOOLS_FUZZ_PORTFOLIO_H
#define TOOLS_FUZZ_PORTFOLIO_H

#include "tools/fuzz/token.h"

/* "mix" (half random, half PCT), "pct" and "bounded" (each depth in turn), or one strategy. */
bool fuzz_portfolio_known(const char *name);
/* That of the nth schedule out of @of. */
struct fuzz_strategy fuzz_portfolio_pick(const char *name, uint64_t n, uint64_t of);

#endif
