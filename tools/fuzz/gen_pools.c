// SPDX-License-Identifier: GPL-2.0-only
/* gen_pools.c - lines that change the pools of huge pages */
#include "tools/fuzz/gen_plan.h"

enum { SHIFT_2M = 21, SHIFT_1G = 30 };

/* Enough for everybody, and for the temporary pages that the pool takes for its own. */
static unsigned int ample(const struct gen_plan *p, unsigned int shift)
{
	return gen_promised(p, shift) + 12;
}

static unsigned int pool_size(struct gen_plan *p, unsigned int shift)
{
	if (!p->shrinks)
		return ample(p, shift);
	return gen_below(p, gen_promised(p, shift) + 4);
}

void gen_resize(struct gen_plan *p, struct gen_thread *t, enum gen_op op)
{
	unsigned int shift = gen_has_shift(p, SHIFT_2M) ? SHIFT_2M : SHIFT_1G;
	GString *s;

	if (!gen_has_shift(p, shift))
		return;
	s = g_string_new(NULL);
	if (p->shrinks && shift == SHIFT_2M && gen_chance(p, 25))
		g_string_printf(s, "overcommit 2M %u = *", gen_below(p, 4));
	else
		g_string_printf(s, "hugepages %s %u = *", shift == SHIFT_2M ? "2M" : "1G",
				pool_size(p, shift));
	gen_append_failure(p, s, op);
	gen_line(t, "%s", s->str);
	g_string_free(s, true);
}
