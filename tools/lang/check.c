// SPDX-License-Identifier: GPL-2.0-only
/* check.c - what can be said about a scenario only when all of it is read */
#include <string.h>

#include "tools/lang/parser.h"

/* ------------------------------------------------------------------- labels */

static void suggest_label(struct parser *p, const struct label_use *use)
{
	GPtrArray *names = g_ptr_array_new();
	GHashTableIter iter;
	void *name;

	g_hash_table_iter_init(&iter, p->labels);
	while (g_hash_table_iter_next(&iter, &name, NULL))
		g_ptr_array_add(names, name);
	g_ptr_array_add(names, NULL);
	diag_suggest(p->d, use->pos, use->name, (const char *const *)names->pdata);
	g_ptr_array_unref(names);
}

static void resolve_labels(struct parser *p)
{
	guint i;

	for (i = 0; i < p->label_uses->len; i++) {
		const struct label_use *use = g_ptr_array_index(p->label_uses, i);

		*use->to = g_hash_table_lookup(p->labels, use->name);
		if (*use->to)
			continue;
		parse_wrong(p, use->pos, "no call has the label '%s'", use->name);
		suggest_label(p, use);
	}
}

static void check_after(struct parser *p, const struct lang_call *call)
{
	const struct lang_prop *after = lang_call_prop(call, LANG_PROP_AFTER);

	if (!after || !after->call)
		return;
	if (after->call == call)
		parse_wrong(p, after->pos, "this call would wait for itself");
	else if (call->thread && after->call->thread == call->thread &&
		 after->call->index > call->index)
		parse_wrong(p, after->pos, "'%s' would wait for a later call of its own",
			    call->thread->name);
}

/* -------------------------------------------------------------- expressions */

/* c.copy == 1p: pages of the mapping that c is about. */
static void check_pages(struct parser *p, struct lang_expr *number, const struct lang_expr *other)
{
	const struct lang_arg *addr;

	if (!number || number->kind != LANG_EXPR_NUMBER || number->unit != LANG_UNIT_PAGES)
		return;
	number->unit = LANG_UNIT_NONE;
	if (!other || other->kind != LANG_EXPR_FIELD) {
		parse_wrong(p, number->pos,
			    "pages of what size?  Only the field of a call has one");
		return;
	}
	addr = other->call ? lang_call_arg(other->call, LANG_ROLE_ADDR) : NULL;
	if (other->call && !addr)
		parse_wrong(p, number->pos, "pages of what size?  Say bytes");
	if (!addr || !addr->addr.decl)
		return;
	if (number->value > (uint64_t)INT64_MAX >> 30)
		parse_wrong(p, number->pos, "so many pages do not fit in 64 bits");
	number->value <<= lang_page_shift(addr->addr.decl);
}

static void check_field_of_call(struct parser *p, const struct lang_expr *e)
{
	const struct op_row *row;
	const char *name;

	if (e->kind != LANG_EXPR_FIELD || !e->call)
		return;
	row = &op_rows[e->call->op];
	name = lang_field_name(e->field);
	if (op_column_has(row->fields, name))
		return;
	if (e->call->op == LANG_OP_read && e->field >= LANG_FIELD_FLAGS)
		return;
	parse_wrong(p, e->pos, "the result of '%s' has no field '%s'", row->name, name);
	diag_note(p->d, e->call->pos, "the call is here");
}

static void check_expr(struct parser *p, struct lang_expr *e)
{
	if (!e)
		return;
	check_field_of_call(p, e);
	check_pages(p, e->lhs, e->rhs);
	check_pages(p, e->rhs, e->lhs);
	check_expr(p, e->lhs);
	check_expr(p, e->rhs);
}

/* ---------------------------------------------------------------- open calls */

static bool asks_if_blocked(const struct lang_expr *e, const struct lang_decl *thread)
{
	if (!e)
		return false;
	if (e->kind == LANG_EXPR_BLOCKED && e->decl == thread)
		return true;
	return asks_if_blocked(e->lhs, thread) || asks_if_blocked(e->rhs, thread);
}

bool lang_may_stay_blocked(const struct scenario *s, const struct lang_decl *thread)
{
	const struct lang_section *last;
	guint i;

	if (!s->sections->len)
		return false;
	last = g_ptr_array_index(s->sections, s->sections->len - 1);
	for (i = 0; last->kind == LANG_FINAL && i < last->lines->len; i++) {
		const struct lang_line *line = g_ptr_array_index(last->lines, i);

		if (asks_if_blocked(line->expr, thread))
			return true;
	}
	return false;
}

static void check_open(struct parser *p, const struct lang_call *call)
{
	const struct lang_prop *stop = lang_call_prop(call, LANG_PROP_STOP);
	struct lang_pos pos = stop ? stop->pos : call->sleeps_pos;
	const char *name = call->thread->name;

	if (lang_may_stay_blocked(p->sc, call->thread))
		return;
	parse_wrong(p, pos, "'%s' is still inside this call when the section ends", name);
	diag_note(p->d, pos,
		  "add a line '%s: ... = RESULT', or expect it with 'final: "
		  "blocked(%s)'",
		  name, name);
}

/* ------------------------------------------------------------- userfaultfds */

static void check_uffd(struct parser *p, const struct lang_decl *u)
{
	if (u->uffd.by_call && u->uffd.features)
		parse_wrong(
			p, u->pos,
			"a 'userfaultfd' line makes '%s': it has the features that 'api' asks for",
			u->name);
	if (u->uffd.by_call && u->uffd.process)
		parse_wrong(p, u->pos,
			    "a 'userfaultfd' line makes '%s', in the process of its thread",
			    u->name);
}

static bool made_by_fork(const struct lang_decl *process, GHashTable *forks)
{
	return process && g_hash_table_contains(forks, process);
}

static void check_uffds(struct parser *p, GHashTable *forks)
{
	guint i;

	for (i = 0; i < p->sc->uffds->len; i++) {
		const struct lang_decl *u = g_ptr_array_index(p->sc->uffds, i);

		check_uffd(p, u);
		if (made_by_fork(u->uffd.process, forks))
			parse_wrong(p, u->pos,
				    "'%s' is made by a fork: it is not there yet to make '%s'",
				    u->uffd.process->name, u->name);
	}
}

/* -------------------------------------------------------------------- forks */

static const struct lang_decl *process_forked(const struct lang_call *call)
{
	const struct lang_arg *arg;

	if (call->resumes || call->op != LANG_OP_fork)
		return NULL;
	arg = lang_call_arg(call, LANG_ROLE_PROCESS);
	return arg ? arg->decl : NULL;
}

/* A process is made once, and has the mappings of the one that made it. */
static void check_fork(struct parser *p, const struct lang_call *call, GHashTable *forks)
{
	const struct lang_decl *process = process_forked(call);
	const struct lang_call *first;
	guint i;

	if (!process)
		return;
	first = g_hash_table_lookup(forks, process);
	if (first) {
		parse_wrong(p, call->pos, "'%s' is made by another fork already", process->name);
		diag_note(p->d, first->pos, "which is here");
		return;
	}
	g_hash_table_insert(forks, (void *)process, (void *)call);
	for (i = 0; i < p->sc->maps->len; i++) {
		const struct lang_decl *map = g_ptr_array_index(p->sc->maps, i);

		if (map->map.process != process)
			continue;
		parse_wrong(
			p, map->pos,
			"'%s' is made by a fork: it has the mappings of its parent, and no other",
			process->name);
		diag_note(p->d, call->pos, "the fork is here");
	}
}

static void check_forks(struct parser *p)
{
	GHashTable *forks = g_hash_table_new(NULL, NULL);
	guint i, k;

	for (i = 0; i < p->sc->sections->len; i++) {
		const struct lang_section *s = g_ptr_array_index(p->sc->sections, i);

		for (k = 0; k < s->lines->len; k++) {
			const struct lang_line *line = g_ptr_array_index(s->lines, k);

			if (line->call)
				check_fork(p, line->call, forks);
		}
	}
	check_uffds(p, forks);
	g_hash_table_unref(forks);
}

/* -------------------------------------------------------------- the sections */

static void check_line(struct parser *p, const struct lang_line *line)
{
	if (line->call)
		check_after(p, line->call);
	if (line->verdict_pos.line && !p->sc->race)
		parse_wrong(p, line->verdict_pos,
			    "'always', 'sometimes' and 'never' are about the "
			    "outcomes of a race, and this file has none");
}

static void check_section(struct parser *p, const struct lang_section *s)
{
	guint i;

	for (i = 0; i < s->lines->len; i++)
		check_line(p, g_ptr_array_index(s->lines, i));
}

/* Without a line that says so it is the first one of the catalogue. */
static void check_kernels(struct parser *p)
{
	struct lang_word *word;

	if (p->sc->kernels->len)
		return;
	word = arena_new0(p->arena, struct lang_word);
	word->text = lang_catalogue()->kernels[0];
	g_ptr_array_add(p->sc->kernels, word);
}

void check_scenario(struct parser *p)
{
	struct lang_pos start = { 1, 1, 1 };
	guint i;

	resolve_labels(p);
	for (i = 0; i < p->claims->len; i++) {
		struct lang_expr *e = g_ptr_array_index(p->claims, i);

		check_pages(p, e, NULL);
		check_expr(p, e);
	}
	for (i = 0; i < p->left_open->len; i++)
		check_open(p, g_ptr_array_index(p->left_open, i));
	for (i = 0; i < p->sc->sections->len; i++)
		check_section(p, g_ptr_array_index(p->sc->sections, i));
	check_forks(p);
	if (!p->sc->sections->len && !p->d->errors)
		parse_wrong(p, start,
			    "there is nothing to do: no 'setup', 'steps', 'race' or 'final'");
	check_kernels(p);
}
