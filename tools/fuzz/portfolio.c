// SPDX-License-Identifier: GPL-2.0-only
/* portfolio.c - which strategies the schedules of a scenario are drawn by */
#include <string.h>

#include "tools/fuzz/portfolio.h"

enum { LEAST_DEPTH = 2, DEPTHS = 3, MOST_PREEMPTIONS = 4 };

static struct fuzz_strategy pct(uint64_t n)
{
	return (struct fuzz_strategy){ INTERP_PCT, LEAST_DEPTH + n % DEPTHS };
}

/* The fewest first, so that the first failure of a scenario is the simplest. */
static struct fuzz_strategy bounded(uint64_t n, uint64_t of)
{
	return (struct fuzz_strategy){ INTERP_BOUNDED, n * (MOST_PREEMPTIONS + 1) / of };
}

bool fuzz_portfolio_known(const char *name)
{
	struct fuzz_strategy s;

	return !strcmp(name, "mix") || !strcmp(name, "pct") || !strcmp(name, "bounded") ||
	       fuzz_strategy_parse(name, &s);
}

struct fuzz_strategy fuzz_portfolio_pick(const char *name, uint64_t n, uint64_t of)
{
	struct fuzz_strategy s = { INTERP_RANDOM, 0 };

	if (!strcmp(name, "pct"))
		return pct(n);
	if (!strcmp(name, "bounded"))
		return bounded(n, of);
	if (!strcmp(name, "mix"))
		return n % 2 ? pct(n / 2) : s;
	fuzz_strategy_parse(name, &s);
	return s;
}
