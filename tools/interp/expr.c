// SPDX-License-Identifier: GPL-2.0-only
/*
 * expr.c - expressions over what can be seen of the machine
 *
 * Every kind of thing is compared as a number: bits and counts as they are, a page as its
 * frame number plus one, a context as its id; 0 is `none`.
 */
#include <string.h>

#include "tools/interp/names.h"
#include "tools/interp/outcome.h"
#include "tools/interp/run.h"

static uint64_t eval(struct prog *p, const struct lang_expr *e);

/* ------------------------------------------------------- asked of the machine */

static int process_of(struct prog *p, const struct lang_addr *a)
{
	if (a->process)
		return prog_process_of(p, a->process)->id;
	return prog_map_of(p, a->decl)->process->id;
}

static struct model_pte pte_at(struct prog *p, const struct lang_addr *a)
{
	struct model_pte pte;

	model_pte(process_of(p, a), prog_addr(p, a), &pte);
	return pte;
}

static uint64_t cached_page(struct prog *p, const struct lang_addr *a)
{
	return model_cached(prog_file_of(p, a->decl)->id, a->first) + 1;
}

static uint64_t page_of(struct prog *p, const struct lang_expr *e)
{
	if (e->kind == LANG_EXPR_FILE_PAGE)
		return cached_page(p, &e->addr);
	return pte_at(p, &e->addr).pfn + 1;
}

static uint64_t page_field(struct prog *p, const struct lang_expr *e)
{
	uint64_t page = page_of(p, e->lhs);
	struct model_page info;

	if (!page || !model_page(page - 1, &info))
		return 0;
	return e->kind == LANG_EXPR_PAGE_REFS ? info.refs : info.mapcount;
}

/* A word through the page table; of a file from its page cache. */
static uint64_t value_at(struct prog *p, const struct lang_addr *a)
{
	unsigned int shift = lang_page_shift(a->decl);
	uint64_t page;

	if (a->decl->kind == LANG_DECL_FILE) {
		page = cached_page(p, a);
		return page ? model_frame_word(page - 1, a->offset) : 0;
	}
	page = pte_at(p, a).pfn + 1;
	return page ? model_frame_word(page - 1, prog_addr(p, a) & ((1ul << shift) - 1)) : 0;
}

static uint64_t pool(const struct lang_expr *e)
{
	struct model_pool pool;

	if (!model_pool(__builtin_ctzll(e->value), &pool))
		return 0;
	switch (e->kind) {
	case LANG_EXPR_FREE:
		return pool.free;
	case LANG_EXPR_RESV:
		return pool.reserved;
	case LANG_EXPR_SURPLUS:
		return pool.surplus;
	default:
		return pool.total;
	}
}

static uint64_t context_at(struct prog *p, const struct lang_addr *a)
{
	unsigned long addr = prog_addr(p, a);
	struct model_vma vma;

	if (!model_vma(process_of(p, a), addr, &vma) || vma.start > addr)
		return 0;
	return vma.ctx;
}

static uint64_t faults(const struct model_uffd *u, uint64_t kinds)
{
	uint64_t n = 0;
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(u->faults); i++) {
		if (!kinds || kinds & (1u << i))
			n += u->faults[i];
	}
	return n;
}

static uint64_t uffd_field(struct prog *p, const struct lang_expr *e)
{
	struct model_uffd u;

	model_uffd(prog_uffd_of(p, e->decl)->id, &u);
	switch (e->kind) {
	case LANG_EXPR_FAULTS:
		return faults(&u, e->value);
	case LANG_EXPR_EVENTS:
		return u.unread_faults + u.unread_events;
	default:
		return u.refs;
	}
}

static uint64_t thread_field(struct prog *p, const struct lang_expr *e)
{
	const struct prog_thread *t = prog_thread_of(p, e->decl);
	struct world_thread info;

	world_thread_info(t->tid, &info);
	switch (e->kind) {
	case LANG_EXPR_BLOCKED:
		return info.state == THREAD_PARKED || info.state == THREAD_LOCKED;
	case LANG_EXPR_LOCKS:
		return info.nheld;
	default:
		return model_thread_pages(t->tid);
	}
}

/* ------------------------------------------------------------------- calls */

static uint64_t call_field(struct prog *p, const struct lang_expr *e)
{
	const struct prog_call *c = prog_call_of(p, e->call);

	if (!c->now.done)
		return 0;
	switch (e->kind) {
	case LANG_EXPR_RET:
		return c->now.err ? (uint64_t)-1 : c->now.value;
	case LANG_EXPR_ERR:
		return c->now.err;
	case LANG_EXPR_RETRIES:
		return c->now.retries;
	case LANG_EXPR_ALLOCS:
		return c->now.allocs;
	default:
		return outcome_field(p, c, e->field);
	}
}

/* --------------------------------------------------------------- operators */

/* locks(T) against the name of a lock: is it held, and for == is it the only one? */
static bool compare_locks(struct prog *p, const struct lang_expr *e)
{
	const struct prog_thread *t = prog_thread_of(p, e->lhs->decl);
	const struct sim_lock_class *classes;
	struct world_thread info;
	unsigned int i, n;
	bool held = false;

	classes = world_lock_classes(&n);
	world_thread_info(t->tid, &info);
	for (i = 0; i < info.nheld; i++) {
		unsigned int class_ = info.held[i].lock->class_;

		held |= class_ < n && classes[class_].name &&
			!strcmp(classes[class_].name, e->rhs->name);
	}
	if (e->kind == LANG_EXPR_HAS)
		return held;
	held = held && info.nheld == 1;
	return e->kind == LANG_EXPR_NE ? !held : held;
}

static bool is_signed(const struct lang_expr *e)
{
	return e->kind == LANG_EXPR_NUMBER || e->kind == LANG_EXPR_RET ||
	       e->kind == LANG_EXPR_FIELD;
}

static bool less(const struct lang_expr *e, uint64_t a, uint64_t b)
{
	if (is_signed(e->lhs) && is_signed(e->rhs))
		return (int64_t)a < (int64_t)b;
	return a < b;
}

static bool compare(struct prog *p, const struct lang_expr *e)
{
	uint64_t a, b;

	if (e->lhs->kind == LANG_EXPR_LOCKS && e->rhs->kind == LANG_EXPR_LOCK)
		return compare_locks(p, e);
	a = eval(p, e->lhs);
	b = eval(p, e->rhs);
	switch (e->kind) {
	case LANG_EXPR_EQ:
		return a == b;
	case LANG_EXPR_NE:
		return a != b;
	case LANG_EXPR_LT:
		return less(e, a, b);
	case LANG_EXPR_LE:
		return !less(e, b, a);
	case LANG_EXPR_GT:
		return less(e, b, a);
	case LANG_EXPR_GE:
		return !less(e, a, b);
	default:
		return (a & b) == b;
	}
}

static uint64_t eval(struct prog *p, const struct lang_expr *e)
{
	switch (e->kind) {
	case LANG_EXPR_OR:
		return eval(p, e->lhs) || eval(p, e->rhs);
	case LANG_EXPR_AND:
		return eval(p, e->lhs) && eval(p, e->rhs);
	case LANG_EXPR_NOT:
		return !eval(p, e->lhs);
	case LANG_EXPR_EQ:
	case LANG_EXPR_NE:
	case LANG_EXPR_LT:
	case LANG_EXPR_LE:
	case LANG_EXPR_GT:
	case LANG_EXPR_GE:
	case LANG_EXPR_HAS:
		return compare(p, e);
	case LANG_EXPR_NUMBER:
		return e->value;
	case LANG_EXPR_NONE:
	case LANG_EXPR_LOCK:
		return 0;
	case LANG_EXPR_UFFD:
		return prog_uffd_of(p, e->decl)->id;
	case LANG_EXPR_ADDR:
		return prog_addr(p, &e->addr);
	case LANG_EXPR_THREAD:
		return prog_thread_of(p, e->decl)->pid;
	case LANG_EXPR_FILE_PAGE:
	case LANG_EXPR_PTE_PAGE:
		return page_of(p, e);
	case LANG_EXPR_PTE:
		return pte_at(p, &e->addr).bits;
	case LANG_EXPR_PAGE_REFS:
	case LANG_EXPR_PAGE_MAPCOUNT:
		return page_field(p, e);
	case LANG_EXPR_VALUE:
		return value_at(p, &e->addr);
	case LANG_EXPR_CACHED:
		return cached_page(p, &e->addr) != 0;
	case LANG_EXPR_FREE:
	case LANG_EXPR_RESV:
	case LANG_EXPR_SURPLUS:
	case LANG_EXPR_TOTAL:
		return pool(e);
	case LANG_EXPR_CTX:
		return context_at(p, &e->addr);
	case LANG_EXPR_FAULTS:
	case LANG_EXPR_EVENTS:
	case LANG_EXPR_REFS:
		return uffd_field(p, e);
	case LANG_EXPR_BLOCKED:
	case LANG_EXPR_LOCKS:
	case LANG_EXPR_PAGES:
		return thread_field(p, e);
	default:
		return call_field(p, e);
	}
}

struct asked {
	struct prog *p;
	const struct lang_expr *e;
	uint64_t value;
};

static void eval_call(void *arg)
{
	struct asked *a = arg;

	a->value = eval(a->p, a->e);
}

static uint64_t value_of(struct prog *p, const struct lang_expr *e)
{
	struct asked a = { .p = p, .e = e };

	world_call(eval_call, &a);
	return a.value;
}

bool expr_true(struct prog *p, const struct lang_expr *e)
{
	return value_of(p, e) != 0;
}

/* ------------------------------------------------------------- explaining */

static void page_text(GString *out, struct prog *p, uint64_t page)
{
	unsigned int i;
	unsigned long k;

	if (!page) {
		g_string_append(out, "none");
		return;
	}
	for (i = 0; i < p->nfiles; i++) {
		for (k = 0; k < p->files[i].decl->file.pages; k++) {
			if (model_cached(p->files[i].id, k) + 1 != (long)page)
				continue;
			g_string_append_printf(out, "%s[%lu]", p->files[i].decl->name, k);
			return;
		}
	}
	g_string_append_printf(out, "page %lu, which is in no file's page cache", page - 1);
}

static void locks_text(GString *out, const struct prog_thread *t)
{
	const struct sim_lock_class *classes;
	struct world_thread info;
	unsigned int i, n;

	classes = world_lock_classes(&n);
	world_thread_info(t->tid, &info);
	if (!info.nheld)
		g_string_append(out, "none");
	for (i = 0; i < info.nheld; i++)
		g_string_append_printf(out, "%s%s", i ? ", " : "",
				       classes[info.held[i].lock->class_].name);
}

static void context_text(GString *out, struct prog *p, uint64_t id)
{
	const struct prog_fd *u = uffd_by_id(p, id);

	g_string_append(out, u ? u->decl->name : id ? "another userfaultfd" : "none");
}

static void flags_text(GString *out, enum lang_flags table, uint64_t value)
{
	char *text = value ? lang_flags_text(table, value) : g_strdup("none");

	g_string_append(out, text);
	g_free(text);
}

static void call_text(GString *out, struct prog *p, const struct lang_expr *e)
{
	const struct prog_call *c = prog_call_of(p, e->call);
	const struct lang_arg *addr = lang_call_arg(c->ast, LANG_ROLE_ADDR);
	uint64_t value = call_field(p, e);

	if (!c->now.done)
		g_string_append(out, "unknown, for the call has not returned");
	else if (e->kind == LANG_EXPR_ERR && value)
		g_string_append(out, lang_errno_name(value));
	else if (e->kind == LANG_EXPR_FIELD && addr)
		name_bytes(out, value, lang_page_shift(addr->addr.decl));
	else
		g_string_append_printf(out, "%ld", (long)value);
}

static void value_text(GString *out, struct prog *p, const struct lang_expr *e)
{
	switch (e->kind) {
	case LANG_EXPR_FILE_PAGE:
	case LANG_EXPR_PTE_PAGE:
		page_text(out, p, eval(p, e));
		break;
	case LANG_EXPR_PTE:
		flags_text(out, LANG_FLAGS_PTE, eval(p, e));
		break;
	case LANG_EXPR_CTX:
		context_text(out, p, eval(p, e));
		break;
	case LANG_EXPR_LOCKS:
		locks_text(out, prog_thread_of(p, e->decl));
		break;
	case LANG_EXPR_VALUE:
		name_word(out, eval(p, e));
		break;
	case LANG_EXPR_CACHED:
	case LANG_EXPR_BLOCKED:
		g_string_append(out, eval(p, e) ? "true" : "false");
		break;
	case LANG_EXPR_RET:
	case LANG_EXPR_ERR:
	case LANG_EXPR_RETRIES:
	case LANG_EXPR_ALLOCS:
	case LANG_EXPR_FIELD:
		call_text(out, p, e);
		break;
	default:
		g_string_append_printf(out, "%ld", (long)eval(p, e));
	}
}

static bool is_constant(const struct lang_expr *e)
{
	return e->kind == LANG_EXPR_NUMBER || e->kind == LANG_EXPR_NONE ||
	       e->kind == LANG_EXPR_LOCK || e->kind == LANG_EXPR_UFFD ||
	       e->kind == LANG_EXPR_ADDR || e->kind == LANG_EXPR_THREAD;
}

static void explain_leaf(GString *out, struct prog *p, const struct lang_expr *e)
{
	if (is_constant(e))
		return;
	g_string_append_printf(out, "%s%s is ", out->len ? ", " : "", e->text);
	value_text(out, p, e);
}

/* @want: what the part should have been. */
static void explain(GString *out, struct prog *p, const struct lang_expr *e, bool want)
{
	switch (e->kind) {
	case LANG_EXPR_AND:
	case LANG_EXPR_OR:
		if (!!eval(p, e->lhs) != want)
			explain(out, p, e->lhs, want);
		if (!!eval(p, e->rhs) != want)
			explain(out, p, e->rhs, want);
		break;
	case LANG_EXPR_NOT:
		explain(out, p, e->lhs, !want);
		break;
	case LANG_EXPR_EQ:
	case LANG_EXPR_NE:
	case LANG_EXPR_LT:
	case LANG_EXPR_LE:
	case LANG_EXPR_GT:
	case LANG_EXPR_GE:
	case LANG_EXPR_HAS:
		explain_leaf(out, p, e->lhs);
		explain_leaf(out, p, e->rhs);
		break;
	default:
		explain_leaf(out, p, e);
	}
}

struct explaining {
	GString *out;
	struct prog *p;
	const struct lang_expr *e;
};

static void explain_call(void *arg)
{
	struct explaining *x = arg;

	explain(x->out, x->p, x->e, true);
}

void expr_explain(GString *out, struct prog *p, const struct lang_expr *e)
{
	struct explaining x = { out, p, e };

	world_call(explain_call, &x);
}
