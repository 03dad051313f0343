// SPDX-License-Identifier: GPL-2.0-only
/* expr.c - expressions as conditions in C, over what a program sees of its kernel */
#include <string.h>

#include "tools/export/export.h"

enum { VISIBLE = LANG_PTE_PRESENT | LANG_PTE_UFFD_WP | LANG_PTE_MARKER | LANG_PTE_SWAP };

/* Why a part cannot be asked of a real kernel. */
struct unseen {
	struct lang_pos pos;
	const char *what;
};

static bool term(struct exporter *x, GString *out, const struct lang_expr *e, struct unseen *u);

static bool not_visible(struct unseen *u, const struct lang_expr *e, const char *what)
{
	u->pos = e->pos;
	u->what = what;
	return false;
}

static unsigned int process_of(struct exporter *x, const struct lang_addr *a)
{
	if (a->process)
		return prog_process_of(x->p, a->process) - x->p->processes;
	return prog_map_of(x->p, a->decl)->process - x->p->processes;
}

static void at(struct exporter *x, GString *out, const char *function, const struct lang_addr *a)
{
	g_string_append_printf(out, "%s(%u, 0x%lx)", function, process_of(x, a),
			       prog_addr(x->p, a));
}

static void in_file(struct exporter *x, GString *out, const char *function,
		    const struct lang_addr *a)
{
	g_string_append_printf(out, "%s(%u, 0x%lx)", function, a->decl->index, prog_addr(x->p, a));
}

static bool binary(struct exporter *x, GString *out, const struct lang_expr *e, const char *op,
		   struct unseen *u)
{
	g_string_append_c(out, '(');
	if (!term(x, out, e->lhs, u))
		return false;
	g_string_append(out, op);
	if (!term(x, out, e->rhs, u))
		return false;
	g_string_append_c(out, ')');
	return true;
}

static bool is_signed(const struct lang_expr *e)
{
	return e->kind == LANG_EXPR_NUMBER || e->kind == LANG_EXPR_RET ||
	       e->kind == LANG_EXPR_FIELD;
}

static bool ordered(struct exporter *x, GString *out, const struct lang_expr *e, const char *op,
		    struct unseen *u)
{
	const char *as = is_signed(e->lhs) && is_signed(e->rhs) ? "(int64_t)" : "(uint64_t)";

	g_string_append_printf(out, "(%s", as);
	if (!term(x, out, e->lhs, u))
		return false;
	g_string_append_printf(out, "%s%s", op, as);
	if (!term(x, out, e->rhs, u))
		return false;
	g_string_append_c(out, ')');
	return true;
}

/* Of the bits /proc shows some; that there is nothing at all it does show. */
static bool compare_pte(struct exporter *x, GString *out, const struct lang_expr *e,
			struct unseen *u)
{
	uint64_t bits = e->rhs->kind == LANG_EXPR_NUMBER ? e->rhs->value : 0;

	if (e->kind == LANG_EXPR_HAS) {
		if (bits & ~VISIBLE && !(x->best_effort && bits & VISIBLE))
			return not_visible(u, e, "these bits of an entry are not to be seen");
		g_string_append(out, "((");
		at(x, out, "pte", &e->lhs->addr);
		g_string_append_printf(out, " & 0x%lx) == 0x%lx)", (unsigned long)(bits & VISIBLE),
				       (unsigned long)(bits & VISIBLE));
		return true;
	}
	if (e->rhs->kind != LANG_EXPR_NONE)
		return not_visible(u, e, "not all bits of an entry are to be seen");
	g_string_append_c(out, '(');
	at(x, out, "pte", &e->lhs->addr);
	g_string_append(out, e->kind == LANG_EXPR_EQ ? " == 0)" : " != 0)");
	return true;
}

/* Which userfaultfd it is /proc does not say. */
static bool compare_ctx(struct exporter *x, GString *out, const struct lang_expr *e,
			struct unseen *u)
{
	bool none = e->rhs->kind == LANG_EXPR_NONE;

	if (!none && (!x->best_effort || e->kind != LANG_EXPR_EQ))
		return not_visible(u, e,
				   "which userfaultfd memory is registered with is not to be seen");
	g_string_append(out, none == (e->kind == LANG_EXPR_EQ) ? "!" : "");
	at(x, out, "is_registered", &e->lhs->addr);
	return true;
}

static bool comparison(struct exporter *x, GString *out, const struct lang_expr *e,
		       struct unseen *u)
{
	if (e->lhs->kind == LANG_EXPR_PTE)
		return compare_pte(x, out, e, u);
	if (e->lhs->kind == LANG_EXPR_CTX)
		return compare_ctx(x, out, e, u);
	if (e->lhs->kind == LANG_EXPR_FAULTS && e->kind == LANG_EXPR_EQ &&
	    e->rhs->kind == LANG_EXPR_NUMBER) {
		g_string_append_printf(out, "faults_are(%u, %u, %lu)", e->lhs->decl->index,
				       (unsigned int)e->lhs->value, (unsigned long)e->rhs->value);
		return true;
	}
	switch (e->kind) {
	case LANG_EXPR_EQ:
		return ordered(x, out, e, " == ", u);
	case LANG_EXPR_NE:
		return ordered(x, out, e, " != ", u);
	case LANG_EXPR_LT:
		return ordered(x, out, e, " < ", u);
	case LANG_EXPR_LE:
		return ordered(x, out, e, " <= ", u);
	case LANG_EXPR_GT:
		return ordered(x, out, e, " > ", u);
	case LANG_EXPR_GE:
		return ordered(x, out, e, " >= ", u);
	default:
		break;
	}
	g_string_append(out, "!(");
	if (!term(x, out, e->rhs, u))
		return false;
	g_string_append(out, " & ~");
	if (!term(x, out, e->lhs, u))
		return false;
	g_string_append_c(out, ')');
	return true;
}

static bool page_field(struct exporter *x, GString *out, const struct lang_expr *e,
		       struct unseen *u)
{
	if (e->kind == LANG_EXPR_PAGE_REFS)
		return not_visible(u, e, "references to pages are not to be seen");
	g_string_append(out, "page_mapcount(");
	if (!term(x, out, e->lhs, u))
		return false;
	g_string_append_c(out, ')');
	return true;
}

static bool value(struct exporter *x, GString *out, const struct lang_expr *e)
{
	const struct lang_addr *a = &e->addr;

	if (a->decl->kind == LANG_DECL_FILE)
		g_string_append_printf(out, "file_value(%u, 0x%lx, 0x%lx)", a->decl->index,
				       (unsigned long)a->first << lang_page_shift(a->decl),
				       (unsigned long)a->offset);
	else
		at(x, out, "value", a);
	return true;
}

static bool pool(GString *out, const struct lang_expr *e, const char *name, struct unseen *u)
{
	if (e->value != 2ul << 20)
		return not_visible(u, e, "only of pages of 2M the pool is the scenario's own");
	g_string_append_printf(out, "pool(\"%s\")", name);
	return true;
}

static bool of_call(struct exporter *x, GString *out, const struct lang_expr *e)
{
	char *name = e->kind == LANG_EXPR_FIELD ? export_field_name(e->field) : NULL;
	unsigned int row = export_row_of(x, e->call);

	if (e->kind == LANG_EXPR_RET)
		g_string_append_printf(out, "ret_of(%u)", row);
	else if (e->kind == LANG_EXPR_ERR)
		g_string_append_printf(out, "err_of(%u)", row);
	else
		g_string_append_printf(out, "field_of(%u, %s)", row, name);
	g_free(name);
	return true;
}

static bool term(struct exporter *x, GString *out, const struct lang_expr *e, struct unseen *u)
{
	switch (e->kind) {
	case LANG_EXPR_OR:
		return binary(x, out, e, " || ", u);
	case LANG_EXPR_AND:
		return binary(x, out, e, " && ", u);
	case LANG_EXPR_NOT:
		g_string_append(out, "!(");
		if (!term(x, out, e->lhs, u))
			return false;
		g_string_append_c(out, ')');
		return true;
	case LANG_EXPR_EQ:
	case LANG_EXPR_NE:
	case LANG_EXPR_LT:
	case LANG_EXPR_LE:
	case LANG_EXPR_GT:
	case LANG_EXPR_GE:
	case LANG_EXPR_HAS:
		return comparison(x, out, e, u);
	case LANG_EXPR_NUMBER:
		g_string_append_printf(out, "0x%lxul", (unsigned long)e->value);
		return true;
	case LANG_EXPR_NONE:
		g_string_append(out, "0ul");
		return true;
	case LANG_EXPR_ADDR:
		g_string_append_printf(out, "0x%lxul", prog_addr(x->p, &e->addr));
		return true;
	case LANG_EXPR_THREAD:
		g_string_append_printf(out, "tid_of(%u)", prog_thread_of(x->p, e->decl)->tid);
		return true;
	case LANG_EXPR_FILE_PAGE:
		in_file(x, out, "file_page", &e->addr);
		return true;
	case LANG_EXPR_PTE_PAGE:
		at(x, out, "pte_page", &e->addr);
		return true;
	case LANG_EXPR_PAGE_REFS:
	case LANG_EXPR_PAGE_MAPCOUNT:
		return page_field(x, out, e, u);
	case LANG_EXPR_VALUE:
		return value(x, out, e);
	case LANG_EXPR_CACHED:
		in_file(x, out, "cached", &e->addr);
		return true;
	case LANG_EXPR_FREE:
		return pool(out, e, "free_hugepages", u);
	case LANG_EXPR_RESV:
		return pool(out, e, "resv_hugepages", u);
	case LANG_EXPR_SURPLUS:
		return pool(out, e, "surplus_hugepages", u);
	case LANG_EXPR_TOTAL:
		return pool(out, e, "nr_hugepages", u);
	case LANG_EXPR_FAULTS:
		g_string_append_printf(out, "faults(%u, %u)", e->decl->index,
				       (unsigned int)e->value);
		return true;
	case LANG_EXPR_EVENTS:
		g_string_append_printf(out, "events(%u)", e->decl->index);
		return true;
	case LANG_EXPR_BLOCKED:
		g_string_append_printf(out, "is_blocked(%u)", prog_thread_of(x->p, e->decl)->tid);
		return true;
	case LANG_EXPR_RET:
	case LANG_EXPR_ERR:
	case LANG_EXPR_FIELD:
		return of_call(x, out, e);
	case LANG_EXPR_REFS:
		return not_visible(u, e, "references to a userfaultfd are not to be seen");
	case LANG_EXPR_LOCKS:
	case LANG_EXPR_LOCK:
		return not_visible(u, e, "locks of the kernel are not to be seen");
	case LANG_EXPR_PAGES:
		return not_visible(u, e, "references that a call holds are not to be seen");
	case LANG_EXPR_ALLOCS:
	case LANG_EXPR_RETRIES:
		return not_visible(u, e, "what a call does inside the kernel is not to be seen");
	default:
		return not_visible(u, e, "this is not to be seen");
	}
}

/* What is not to be seen is left out with as little around it as can be. */
bool export_condition(struct exporter *x, GString *out, const struct lang_expr *e)
{
	struct unseen u = { .what = NULL };
	GString *c;
	bool ok;

	if (e->kind == LANG_EXPR_AND) {
		c = g_string_new(NULL);
		ok = export_condition(x, c, e->lhs);
		if (ok)
			g_string_append_printf(out, "%s", c->str);
		g_string_truncate(c, 0);
		if (export_condition(x, c, e->rhs)) {
			g_string_append_printf(out, "%s%s", ok ? " &&\n\t       " : "", c->str);
			ok = true;
		}
		g_string_free(c, TRUE);
		return ok;
	}
	c = g_string_new(NULL);
	ok = term(x, c, e, &u);
	if (ok)
		g_string_append(out, c->str);
	else
		export_leave_out(x, u.pos, "%s", u.what);
	g_string_free(c, TRUE);
	return ok;
}
