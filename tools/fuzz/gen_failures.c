// SPDX-License-Identifier: GPL-2.0-only
/* gen_failures.c - what the lines of a generated race are made to fail in */
#include <string.h>

#include "tools/fuzz/gen_plan.h"

struct failures {
	enum gen_op op;
	const char *points[10];
};

static const struct failures failures[] = {
	{ GEN_COPY,
	  { "copy_atomic", "copy_atomic", "copy_unlocked", "page_alloc", "hugepage_alloc", "charge",
	    "acct", "pt_alloc", "copy_page", "user_copy" } },
	{ GEN_ZEROPAGE, { "page_alloc", "pt_alloc", "charge", "acct", "user_copy" } },
	{ GEN_CONTINUE, { "pt_alloc", "user_copy" } },
	{ GEN_REGISTER, { "slab_alloc", "user_copy" } },
	{ GEN_UNREGISTER, { "slab_alloc", "user_copy" } },
	{ GEN_LOAD, { "page_alloc", "hugepage_alloc", "pt_alloc", "charge", "acct" } },
	{ GEN_STORE, { "page_alloc", "hugepage_alloc", "pt_alloc", "charge", "acct" } },
	{ GEN_ALIAS, { "page_alloc", "hugepage_alloc", "pt_alloc", "charge", "acct" } },
	{ GEN_UACCESS, { "page_alloc", "hugepage_alloc", "pt_alloc", "charge", "acct" } },
	{ GEN_FALLOCATE, { "page_alloc", "hugepage_alloc", "charge", "acct", "slab_alloc" } },
	{ GEN_PUNCH, { "slab_alloc", "page_alloc" } },
	{ GEN_MUNMAP, { "slab_alloc" } },
	{ GEN_REMAP, { "slab_alloc", "acct" } },
	{ GEN_MPROTECT, { "slab_alloc", "acct" } },
	{ GEN_MREMAP, { "slab_alloc", "pt_alloc", "acct" } },
	{ GEN_POPULATE, { "page_alloc", "hugepage_alloc", "pt_alloc", "charge", "acct" } },
	{ GEN_ADVICE, { "slab_alloc" } },
	{ GEN_READ, { "user_copy" } },
	{ GEN_CLOSE, { "slab_alloc" } },
	{ GEN_FORK, { "slab_alloc", "pt_alloc", "acct", "fd_alloc" } },
	{ GEN_RESIZE, { "page_alloc" } },
};

/* Huge pages of a file have a reservation map, which 6.1 gets wrong without memory. */
bool gen_may_fail(const struct gen_plan *p, const char *point)
{
	unsigned int i;

	/* There is no way to say that a marker could not be made: 6.1 warns. */
	if (p->protects && !strcmp(point, "pt_alloc"))
		return false;
	if (p->slab_fails || strcmp(point, "slab_alloc"))
		return true;
	for (i = 0; i < p->nfiles; i++) {
		if (p->file[i].huge)
			return false;
	}
	return true;
}

static void append_point(struct gen_plan *p, GString *out, const char *point)
{
	if (gen_may_fail(p, point))
		g_string_append_printf(out, " [fail %s nth=%u]", point,
				       gen_chance(p, 75) ? 1 : gen_between(p, 2, 3));
}

/* Each fails once: what fails for ever can keep an access in an endless loop. */
void gen_append_failure(struct gen_plan *p, GString *out, enum gen_op op)
{
	unsigned int i, n = 0;
	const char *point;

	if (!gen_chance(p, p->fails))
		return;
	for (i = 0; i < G_N_ELEMENTS(failures) && failures[i].op != op; i++)
		;
	if (i == G_N_ELEMENTS(failures))
		return;
	while (n < G_N_ELEMENTS(failures[i].points) && failures[i].points[n])
		n++;
	point = failures[i].points[gen_below(p, n)];
	append_point(p, out, point);
	/* A retry that fails once more: the second error path is another one. */
	if (op == GEN_COPY && gen_chance(p, 20))
		append_point(p, out, "copy_page");
}
