// SPDX-License-Identifier: GPL-2.0-only
/* parser.c - sections and their lines */
#include <string.h>

#include "tools/lang/parser.h"

static struct scenario *new_scenario(struct lang_arena *a)
{
	struct scenario *sc = arena_new0(a, struct scenario);
	GPtrArray **arrays[] = {
		&sc->kernels,	&sc->bugs,	&sc->machine,  &sc->files,   &sc->maps,
		&sc->uffds,	&sc->processes, &sc->threads,  &sc->injects, &sc->expects,
		&sc->tolerates, &sc->schedule,	&sc->sections, &sc->values,
	};
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(arrays); i++)
		*arrays[i] = arena_array(a);
	sc->variation = "";
	return sc;
}

void parse_begin(struct parser *p, struct lang_arena *a, struct diag *d, bool syntax_only)
{
	memset(p, 0, sizeof(*p));
	p->arena = a;
	p->d = d;
	p->syntax_only = syntax_only;
	p->sc = new_scenario(a);
	p->names = g_hash_table_new(g_str_hash, g_str_equal);
	p->labels = g_hash_table_new(g_str_hash, g_str_equal);
	p->label_uses = arena_array(a);
	p->inside = arena_array(a);
	p->left_open = arena_array(a);
	p->claims = arena_array(a);
}

/* ----------------------------------------------------------------- sections */

/* Calls that still run when a section ends: check.c says whether they may. */
static void leave_section(struct parser *p)
{
	guint i;

	for (i = 0; i < p->inside->len; i++) {
		const struct lang_call *call = p->inside->pdata[i];

		if (call && !call->resume)
			g_ptr_array_add(p->left_open, p->inside->pdata[i]);
	}
	g_ptr_array_set_size(p->inside, 0);
	g_ptr_array_set_size(p->inside, p->sc->threads->len);
	p->section = NULL;
}

static const char *section_name(enum lang_section_kind kind)
{
	static const char *const names[] = {
		[LANG_SETUP] = "setup",
		[LANG_STEPS] = "steps",
		[LANG_RACE] = "race",
		[LANG_FINAL] = "final",
	};

	return names[kind];
}

static const struct lang_section *last_section(const struct parser *p)
{
	return p->sc->sections->len ? p->sc->sections->pdata[p->sc->sections->len - 1] : NULL;
}

static void check_order(struct parser *p, const struct lang_token *t, enum lang_section_kind kind)
{
	const struct lang_section *last = last_section(p);

	if (!last)
		return;
	if (kind == LANG_SETUP)
		parse_wrong(p, t->pos, "'setup' is the first section");
	else if (last->kind == LANG_FINAL)
		parse_wrong(p, t->pos, "'%s' comes after 'final', which is the last section",
			    section_name(kind));
	else
		return;
	diag_note(p->d, last->pos, "'%s' is here", section_name(last->kind));
}

/* race preempt<=3 seeds=100 */
static bool parse_race_limits(struct parser *p, struct lang_section *s)
{
	uint64_t n;

	for (;;) {
		if (token_is_word(parse_peek(p), "preempt") && token_is(parse_peek2(p), "<=")) {
			parse_next(p);
			parse_next(p);
			if (!parse_count(p, 1000, &n))
				return false;
			s->preempt = n;
		} else if (parse_accept_key(p, "seeds")) {
			if (!parse_count(p, G_MAXUINT32, &s->seeds))
				return false;
		} else {
			return true;
		}
	}
}

/* Opens a section if the word is one. */
static bool parse_section(struct parser *p)
{
	const struct lang_token *t = parse_peek(p);
	struct lang_section *s;
	unsigned int kind;

	for (kind = LANG_SETUP; kind <= LANG_FINAL; kind++) {
		if (parse_accept_word(p, section_name(kind)))
			break;
	}
	if (kind > LANG_FINAL)
		return false;
	leave_section(p);
	check_order(p, t, kind);
	s = arena_new0(p->arena, struct lang_section);
	s->kind = kind;
	s->preempt = -1;
	s->lines = arena_array(p->arena);
	p->sc->race |= kind == LANG_RACE;
	p->section = s;
	g_ptr_array_add(p->sc->sections, s);
	if (kind != LANG_RACE || parse_race_limits(p, s))
		s->pos = parse_span(p, t);
	return true;
}

/* -------------------------------------------------------------------- lines */

static bool add_call(struct lang_line *line, enum lang_line_kind kind, struct lang_call *call)
{
	line->kind = kind;
	line->call = call;
	return call;
}

static void no_sleep_here(struct parser *p, const struct lang_call *call, const char *why)
{
	const struct lang_prop *stop = lang_call_prop(call, LANG_PROP_STOP);

	if (call->sleeps)
		parse_wrong(p, call->sleeps_pos, "'...' has no place here: %s", why);
	if (stop)
		parse_wrong(p, stop->pos, "'stop at' has no place here: %s", why);
}

static bool parse_setup_line(struct parser *p, struct lang_line *line)
{
	if (token_is(parse_peek2(p), ":"))
		return parse_fail(p, parse_peek(p), "the lines of 'setup' name no thread");
	if (!add_call(line, LANG_LINE_CALL, parse_call(p, NULL)))
		return false;
	no_sleep_here(p, line->call, "nobody can end what sleeps in 'setup'");
	return true;
}

/* Threads may be declared after the section began. */
static struct lang_call **inside(struct parser *p, const struct lang_decl *thread)
{
	if (p->inside->len < p->sc->threads->len)
		g_ptr_array_set_size(p->inside, p->sc->threads->len);
	return (struct lang_call **)&p->inside->pdata[thread->index];
}

/* Another line is to resume it. */
static bool goes_on(const struct lang_call *call)
{
	return call->sleeps || call->stops;
}

/* One is for the kernels before some kernel, the other for those from it on. */
static bool never_both(const struct lang_call *a, const struct lang_call *b)
{
	const struct lang_prop *lt = lang_call_prop(a, LANG_PROP_KERNEL_LT);
	const struct lang_prop *ge = lang_call_prop(b, LANG_PROP_KERNEL_GE);

	return lt && ge && !strcmp(lt->name, ge->name);
}

static bool parse_step_call(struct parser *p, struct lang_line *line,
			    const struct lang_decl *thread)
{
	const struct lang_token *op = parse_peek(p);
	struct lang_call *call, *old = thread ? *inside(p, thread) : NULL;

	call = parse_call(p, thread);
	if (!add_call(line, LANG_LINE_CALL, call))
		return false;
	if (old && !old->resume && !never_both(old, call) && !never_both(call, old)) {
		parse_wrong(p, op->pos, "'%s' is still inside an earlier call", thread->name);
		diag_note(p->d, old->all, "this one; it ends with a line '%s: ... = RESULT'",
			  thread->name);
	}
	if (thread && goes_on(call))
		*inside(p, thread) = call;
	return true;
}

/* On the kernels that this line is not for, another one may end the call. */
static struct lang_call *inside_after(struct lang_call *call)
{
	if (!call || !call->resumes)
		return NULL;
	if (goes_on(call))
		return call;
	if (lang_call_prop(call, LANG_PROP_KERNEL_LT) || lang_call_prop(call, LANG_PROP_KERNEL_GE))
		return call->resumes;
	return NULL;
}

static bool parse_step_resume(struct parser *p, struct lang_line *line,
			      const struct lang_decl *thread)
{
	struct lang_call *call;

	if (thread)
		inside(p, thread);
	call = parse_resume(p, thread);
	if (thread)
		*inside(p, thread) = inside_after(call);
	return add_call(line, LANG_LINE_RESUME, call);
}

static bool parse_thread_prefix(struct parser *p, const struct lang_decl **thread)
{
	const struct lang_token *t = parse_peek(p);

	if (t->kind != TOKEN_WORD || !token_is(parse_peek2(p), ":")) {
		parse_expected(p, "'THREAD: CALL'");
		if (t->kind == TOKEN_WORD && op_by_name(t->text) != LANG_OPS)
			diag_note(p->d, t->pos, "which thread does it?");
		else if (g_strv_contains(decl_keywords(), t->text))
			diag_note(p->d, t->pos, "declarations and sections begin at column 1");
		return false;
	}
	if (!parse_ref(p, KIND_THREAD, thread))
		return false;
	return parse_expect(p, ":");
}

static bool parse_steps_line(struct parser *p, struct lang_line *line)
{
	const struct lang_decl *thread;

	if (token_is_word(parse_peek(p), "check") && !token_is(parse_peek2(p), ":")) {
		parse_next(p);
		line->kind = LANG_LINE_CHECK;
		line->expr = parse_expr(p);
		return line->expr && parse_when(p, &line->when);
	}
	if (!parse_thread_prefix(p, &thread))
		return false;
	if (token_is(parse_peek(p), "..."))
		return parse_step_resume(p, line, thread);
	return parse_step_call(p, line, thread);
}

static bool parse_race_line(struct parser *p, struct lang_line *line)
{
	static const char why[] = "a race has no order of lines in which to end it";
	const struct lang_token *first = parse_peek(p);
	const struct lang_decl *thread;

	if (token_is_word(first, "check") && !token_is(parse_peek2(p), ":"))
		return parse_fail(p, first,
				  "'check' has no place in a race, whose lines have no "
				  "common order: use 'final'");
	if (!parse_thread_prefix(p, &thread))
		return false;
	if (token_is(parse_peek(p), "..."))
		return parse_fail(p, parse_peek(p), "'...' has no place here: %s", why);
	if (!add_call(line, LANG_LINE_CALL, parse_call(p, thread)))
		return false;
	no_sleep_here(p, line->call, why);
	return true;
}

static bool parse_final_line(struct parser *p, struct lang_line *line)
{
	static const char *const words[] = { "always", "sometimes", "never" };
	const struct lang_token *t = parse_peek(p);
	unsigned int i;

	line->kind = LANG_LINE_CLAIM;
	for (i = 0; i < G_N_ELEMENTS(words); i++) {
		if (!parse_accept_word(p, words[i]))
			continue;
		line->verdict = i;
		line->verdict_pos = t->pos;
	}
	line->expr = parse_expr(p);
	return line->expr && parse_when(p, &line->when);
}

static bool parse_section_line(struct parser *p)
{
	struct lang_line *line = arena_new0(p->arena, struct lang_line);
	const struct lang_token *first = parse_peek(p);
	bool ok;

	switch (p->section->kind) {
	case LANG_SETUP:
		ok = parse_setup_line(p, line);
		break;
	case LANG_STEPS:
		ok = parse_steps_line(p, line);
		break;
	case LANG_RACE:
		ok = parse_race_line(p, line);
		break;
	default:
		ok = parse_final_line(p, line);
	}
	if (!ok)
		return false;
	line->pos = parse_span(p, first);
	g_ptr_array_add(p->section->lines, line);
	return true;
}

static bool parse_indented(struct parser *p)
{
	const struct lang_token *t = parse_peek(p);

	if (p->section)
		return parse_section_line(p);
	if (!g_strv_contains(decl_keywords(), t->text))
		return parse_fail(p, t,
				  "an indented line belongs to a section, and none has begun");
	return parse_fail(p, t, "declarations and sections begin at column 1");
}

static bool parse_unindented(struct parser *p)
{
	if (parse_section(p))
		return true;
	leave_section(p);
	return parse_decl(p);
}

void parse_line(struct parser *p, const struct lang_source_line *line)
{
	struct lang_tokens tokens;
	bool ok;

	lang_lex(p->arena, p->d, line, &tokens);
	p->line = line;
	p->tokens = tokens.tokens;
	p->at = 0;
	p->depth = 0;
	if (!tokens.ok || parse_at_end(p))
		return;
	ok = line->indented ? parse_indented(p) : parse_unindented(p);
	if (ok && !parse_at_end(p))
		parse_expected(p, "the end of the line");
}

void parse_end(struct parser *p)
{
	leave_section(p);
	if (!p->syntax_only)
		check_scenario(p);
	g_hash_table_unref(p->names);
	g_hash_table_unref(p->labels);
}
