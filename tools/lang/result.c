// SPDX-License-Identifier: GPL-2.0-only
/* result.c - what a call is expected to give, and what is arranged for it */
#include <signal.h>
#include <string.h>

#include "tools/lang/flags.h"
#include "tools/lang/parser.h"

/* ------------------------------------------------------------------- fields */

/* -EEXIST, a number, or pages of the mapping that the call is about. */
static bool parse_amount(struct parser *p, const struct lang_call *call, struct lang_field *f)
{
	const struct lang_arg *addr;
	struct lang_number n;
	int err;

	if (token_is(parse_peek(p), "-") && parse_peek2(p)->kind == TOKEN_WORD) {
		parse_next(p);
		if (!parse_errno(p, &err))
			return false;
		f->value = -err;
		return true;
	}
	if (!parse_number(p, &n))
		return false;
	f->value = n.value;
	if (n.unit != LANG_UNIT_PAGES)
		return true;
	addr = call->op == LANG_OPS ? NULL : lang_call_arg(call, LANG_ROLE_ADDR);
	if (!addr)
		parse_wrong(p, n.pos, "pages of what size?  Say bytes");
	else if (addr->addr.decl && n.value > (uint64_t)INT64_MAX >> 30)
		parse_wrong(p, n.pos, "so many pages do not fit in 64 bits");
	else if (addr->addr.decl)
		f->value = n.value << lang_page_shift(addr->addr.decl);
	return true;
}

static bool parse_place(struct parser *p, struct lang_field *f)
{
	struct lang_number n;

	if (parse_peek(p)->kind == TOKEN_WORD)
		return parse_addr(p, KIND_MAP, &f->addr);
	if (!parse_number(p, &n))
		return false;
	f->value = n.value;
	return true;
}

static bool parse_ptid(struct parser *p, struct lang_field *f)
{
	uint64_t value;

	if (parse_peek(p)->kind == TOKEN_WORD)
		return parse_ref(p, KIND_THREAD, &f->decl);
	if (!parse_count(p, G_MAXUINT32, &value))
		return false;
	f->value = value;
	return true;
}

/* {ufd=cu} declares cu, if no other alternative has. */
static bool parse_ufd(struct parser *p, struct lang_field *f)
{
	const struct lang_token *t = parse_word(p, "a name for the new userfaultfd");
	const struct lang_decl *old = t ? find_name(p, t->text) : NULL;
	struct lang_decl *decl;

	if (!t)
		return false;
	f->decl = old;
	if (old && old->kind == LANG_DECL_UFFD && old->uffd.from_fork)
		return true;
	decl = declare(p, LANG_DECL_UFFD, t);
	decl->uffd.from_fork = true;
	f->decl = decl;
	return true;
}

static bool parse_field_value(struct parser *p, const struct lang_call *call, struct lang_field *f)
{
	uint64_t bits;
	bool ok;

	switch (f->kind) {
	case LANG_FIELD_IOCTLS:
	case LANG_FIELD_FEATURES:
	case LANG_FIELD_FLAGS:
	case LANG_FIELD_CODE:
		if (!parse_flags(p, field_flags(f->kind), &bits))
			return false;
		f->value = bits;
		return true;
	case LANG_FIELD_PTID:
		return parse_ptid(p, f);
	case LANG_FIELD_UFD:
		return parse_ufd(p, f);
	case LANG_FIELD_ADDR:
	case LANG_FIELD_FROM:
	case LANG_FIELD_TO:
	case LANG_FIELD_START:
		return parse_place(p, f);
	case LANG_FIELD_END:
		p->past_end = true;
		ok = parse_place(p, f);
		p->past_end = false;
		return ok;
	default:
		return parse_amount(p, call, f);
	}
}

static void unknown_field(struct parser *p, const struct lang_token *t, const char *owner,
			  const char *known)
{
	char **names = g_strsplit(known, " ", -1);

	parse_wrong(p, t->pos, "%s has no field '%s'", owner, t->text);
	if (*known)
		diag_note(p->d, t->pos, "its fields: %s", known);
	diag_suggest(p->d, t->pos, t->text, (const char *const *)names);
	g_strfreev(names);
}

static void check_field(struct parser *p, const struct lang_field *f, const GPtrArray *fields,
			const struct lang_token *t)
{
	guint i;

	if (f->has && (f->kind == LANG_FIELD_CODE || field_flags(f->kind) == LANG_FLAGS_TABLES))
		parse_wrong(p, t->pos, "'has' is for bits; '%s' is compared with =", t->text);
	for (i = 0; i < fields->len; i++) {
		const struct lang_field *other = g_ptr_array_index(fields, i);

		if (other->kind == f->kind && !(other->has && f->has))
			parse_wrong(p, t->pos, "the field '%s' is there twice", t->text);
	}
}

/* @known: the fields there are, as a column of ops.def; NULL: not known. */
static bool parse_field(struct parser *p, const struct lang_call *call, const char *owner,
			const char *known, GPtrArray *fields)
{
	struct lang_field *f = arena_new0(p->arena, struct lang_field);
	const struct lang_token *t = parse_word(p, "a field"), *value;

	if (!t)
		return false;
	f->kind = field_by_name(t->text);
	if (f->kind == LANG_FIELD_KINDS || (known && !op_column_has(known, t->text)))
		unknown_field(p, t, owner, known ?: "");
	f->has = parse_accept_word(p, "has");
	if (!f->has && !parse_accept(p, "="))
		return parse_expected(p, "'=' or 'has'");
	value = parse_peek(p);
	if (!parse_field_value(p, call, f))
		return false;
	check_field(p, f, fields, t);
	f->pos = parse_span(p, t);
	f->text = parse_text(p, value);
	g_ptr_array_add(fields, f);
	return true;
}

static bool parse_fields(struct parser *p, const struct lang_call *call, const char *owner,
			 const char *known, GPtrArray *fields)
{
	if (!parse_accept(p, "{"))
		return true;
	do {
		if (!parse_field(p, call, owner, known, fields))
			return false;
	} while (parse_accept(p, ","));
	return parse_expect(p, "}");
}

/* Of an access only the signal that ended it has fields; a call that was killed has its own. */
static const char *fields_of(const struct lang_call *call, const struct lang_result *r)
{
	const struct op_row *row;

	if (call->op == LANG_OPS)
		return NULL;
	row = &op_rows[call->op];
	if (row->kind != OP_access)
		return row->fields;
	return r->kind == LANG_RESULT_SIGNAL && r->value != SIGKILL ? row->fields : "";
}

/* SIGBUS {code=SEGV_MAPERR}: the numbers are the same, the words are not. */
static void check_code(struct parser *p, const struct lang_result *r)
{
	const char *prefix = r->value == SIGSEGV ? "SEGV_" : "BUS_";
	guint i;

	for (i = 0; i < r->fields->len; i++) {
		const struct lang_field *f = g_ptr_array_index(r->fields, i);

		if (f->kind != LANG_FIELD_CODE || g_ascii_isdigit(f->text[0]))
			continue;
		if (!g_str_has_prefix(f->text, prefix))
			parse_wrong(p, f->pos, "%s never comes with %s", lang_signal_name(r->value),
				    f->text);
	}
}

static bool parse_call_fields(struct parser *p, const struct lang_call *call, struct lang_result *r)
{
	char *owner = call->op == LANG_OPS ?
			      g_strdup("this result") :
			      g_strdup_printf("the result of '%s'", lang_op_name(call->op));
	bool ok = parse_fields(p, call, owner, fields_of(call, r), r->fields);

	if (ok && r->kind == LANG_RESULT_SIGNAL)
		check_code(p, r);
	g_free(owner);
	return ok;
}

/* ------------------------------------------------------------------ results */

static const char *const result_words[] = {
	[LANG_RESULT_VALUE] = "value",	 [LANG_RESULT_ERRNO] = "errno",
	[LANG_RESULT_SIGNAL] = "signal", [LANG_RESULT_MESSAGES] = "message",
	[LANG_RESULT_POLL] = "poll",	 [LANG_RESULT_PROCESS] = "process",
};

static bool fits(const struct op_row *row, const struct lang_result *r)
{
	if (r->kind == LANG_RESULT_ANY)
		return strcmp(row->results, "-");
	/* In whatever call: its process was killed. */
	if (r->kind == LANG_RESULT_SIGNAL && r->value == SIGKILL)
		return strcmp(row->results, "-");
	if (r->kind == LANG_RESULT_VALUE && !r->value && op_column_has(row->results, "zero"))
		return true;
	return op_column_has(row->results, result_words[r->kind]);
}

static void check_fits(struct parser *p, const struct lang_call *call, const struct lang_result *r)
{
	const struct op_row *row;

	if (call->op == LANG_OPS || fits(&op_rows[call->op], r))
		return;
	row = &op_rows[call->op];
	if (!strcmp(row->results, "-")) {
		parse_wrong(p, r->pos, "'%s' does not return", row->name);
		return;
	}
	parse_wrong(p, r->pos, "'%s' never gives '%s'", row->name, r->text);
	diag_note(p->d, r->pos, "it gives: %s", row->results);
}

/* 0, 0x5a, -1 ERRNO */
static bool parse_number_result(struct parser *p, struct lang_result *r)
{
	const struct lang_token *first = parse_peek(p);
	struct lang_number n;
	int err;

	if (!parse_number(p, &n))
		return false;
	r->kind = LANG_RESULT_VALUE;
	r->value = n.value;
	if (n.unit == LANG_UNIT_PAGES)
		parse_wrong(p, n.pos, "no operation returns a number of pages");
	if (!token_is(first, "-"))
		return true;
	r->kind = LANG_RESULT_ERRNO;
	if (n.value != UINT64_MAX || parse_peek(p)->kind != TOKEN_WORD)
		return parse_fail(p, first, "a failure is written '-1 ERRNO'");
	if (!parse_errno(p, &err))
		return false;
	r->value = err;
	return true;
}

static struct lang_message *parse_message(struct parser *p, const struct lang_call *call)
{
	struct lang_message *m = arena_new0(p->arena, struct lang_message);
	const struct lang_token *t = parse_word(p, "an event");
	char *owner;
	bool ok;

	if (!t)
		return NULL;
	m->fields = arena_array(p->arena);
	m->event = event_by_name(t->text);
	if (!m->event) {
		parse_fail(p, t, "unknown event '%s'", t->text);
		diag_suggest(p->d, t->pos, t->text, event_names());
		return NULL;
	}
	owner = g_strdup_printf("a message %s", t->text);
	ok = parse_fields(p, call, owner, event_fields(m->event), m->fields);
	g_free(owner);
	m->pos = parse_span(p, t);
	return ok ? m : NULL;
}

static bool parse_messages(struct parser *p, const struct lang_call *call, struct lang_result *r)
{
	r->kind = LANG_RESULT_MESSAGES;
	do {
		struct lang_message *m = parse_message(p, call);

		if (!m)
			return false;
		g_ptr_array_add(r->messages, m);
	} while (parse_accept(p, "+"));
	return true;
}

/* POLLIN|POLLERR is one result, POLLIN | POLLERR are two. */
static bool parse_poll_bits(struct parser *p, struct lang_result *r)
{
	r->kind = LANG_RESULT_POLL;
	for (;;) {
		const struct lang_token *t = parse_next(p), *bar = parse_peek(p);
		const struct lang_flag *flag = flags_find(LANG_FLAGS_POLL, t->text);

		if (!flag) {
			parse_wrong(p, t->pos, "unknown poll bit '%s'", t->text);
			diag_suggest(p->d, t->pos, t->text, flags_names(LANG_FLAGS_POLL));
		} else {
			r->value |= flag->value;
		}
		if (!token_is(bar, "|") || !bar->glued || !parse_peek2(p)->glued)
			return true;
		parse_next(p);
		if (!g_str_has_prefix(parse_peek(p)->text, "POLL"))
			return parse_expected(p, "a poll bit");
	}
}

static void suggest_result(struct parser *p, const struct lang_token *t)
{
	diag_suggest(p->d, t->pos, t->text, event_names());
	diag_suggest(p->d, t->pos, t->text, flags_names(LANG_FLAGS_SIGNAL));
	if (errno_by_name(t->text))
		diag_note(p->d, t->pos, "a failure is written '-1 %s'", t->text);
	else
		suggest_name(p, t->pos, t->text, KIND_PROCESS);
}

static bool parse_word_result(struct parser *p, const struct lang_call *call, struct lang_result *r)
{
	const struct lang_token *t = parse_peek(p);
	const struct lang_flag *signal = flags_find(LANG_FLAGS_SIGNAL, t->text);
	const struct lang_decl *decl = find_name(p, t->text);

	if (event_by_name(t->text))
		return parse_messages(p, call, r);
	if (g_str_has_prefix(t->text, "POLL"))
		return parse_poll_bits(p, r);
	parse_next(p);
	if (signal) {
		if (signal->later)
			parse_not_modelled(p, t->pos, "signal", t->text, signal->later);
		r->kind = LANG_RESULT_SIGNAL;
		r->value = signal->value;
	} else if (decl && decl->kind == LANG_DECL_PROCESS) {
		r->kind = LANG_RESULT_PROCESS;
		r->decl = decl;
	} else {
		r->kind = LANG_RESULT_ANY;
		parse_wrong(p, t->pos, "unknown result '%s'", t->text);
		suggest_result(p, t);
	}
	return true;
}

static bool parse_result(struct parser *p, struct lang_call *call)
{
	struct lang_result *r = arena_new0(p->arena, struct lang_result);
	const struct lang_token *t = parse_peek(p);
	bool ok = true;

	r->fields = arena_array(p->arena);
	r->messages = arena_array(p->arena);
	if (parse_accept(p, "*"))
		r->kind = LANG_RESULT_ANY;
	else if (t->kind == TOKEN_NUMBER || token_is(t, "-"))
		ok = parse_number_result(p, r);
	else if (t->kind == TOKEN_WORD)
		ok = parse_word_result(p, call, r);
	else
		ok = parse_expected(p, "a result");
	if (!ok)
		return false;
	r->pos = parse_span(p, t);
	r->text = parse_text(p, t);
	check_fits(p, call, r);
	if (!parse_call_fields(p, call, r))
		return false;
	r->pos = parse_span(p, t);
	r->text = parse_text(p, t);
	g_ptr_array_add(call->results, r);
	return true;
}

bool parse_results(struct parser *p, struct lang_call *call)
{
	const struct lang_token *first = parse_peek(p);

	do {
		if (!parse_result(p, call))
			return false;
	} while (parse_accept(p, "|"));
	call->results_pos = parse_span(p, first);
	call->results_text = parse_text(p, first);
	return true;
}

/* -------------------------------------------------------------------- props */

static bool parse_fail_prop(struct parser *p, struct lang_prop *prop)
{
	prop->kind = LANG_PROP_FAIL;
	if (!parse_failpoint(p, &prop->name))
		return false;
	return !parse_accept_key(p, "nth") || parse_count(p, 1 << 20, &prop->nth);
}

/* The lock as the table of locks has it: hugetlb_fault_mutex_table[i]. */
static bool parse_stop_lock(struct parser *p, struct lang_prop *prop)
{
	const struct lang_token *t = parse_word(p, "the name of a lock");
	char *name;

	if (!t)
		return false;
	if (parse_accept(p, "[") && (!parse_word(p, "'i'") || !parse_expect(p, "]")))
		return false;
	parse_check_lock(p, parse_span(p, t), parse_text(p, t));
	name = g_strconcat("lock ", parse_text(p, t), NULL);
	prop->name = arena_strdup(p->arena, name);
	g_free(name);
	return true;
}

/* stop at FUNCTION:LABEL, or stop at lock NAME */
static bool parse_stop_prop(struct parser *p, struct lang_prop *prop)
{
	const struct lang_token *t;

	prop->kind = LANG_PROP_STOP;
	if (!parse_accept_word(p, "at"))
		return parse_expected(p, "'at'");
	if (parse_accept_word(p, "lock"))
		return parse_stop_lock(p, prop);
	t = parse_word(p, "a point: FUNCTION:LABEL, or 'lock' and its name");
	if (!t || !parse_expect(p, ":") || !parse_word(p, "the label of the point"))
		return false;
	prop->name = parse_text(p, t);
	return true;
}

static bool parse_kernel_prop(struct parser *p, struct lang_prop *prop)
{
	const struct lang_token *t;

	prop->kind = LANG_PROP_KERNEL_GE;
	if (parse_accept(p, "<"))
		prop->kind = LANG_PROP_KERNEL_LT;
	else if (!parse_accept(p, ">="))
		return parse_expected(p, "'<' or '>='");
	t = parse_word(p, "a kernel");
	if (!t)
		return false;
	parse_check_listed(p, t, "kernel", lang_catalogue()->kernels);
	prop->name = t->text;
	return true;
}

static bool parse_after_prop(struct parser *p, struct lang_prop *prop)
{
	const struct lang_token *t = parse_word(p, "a label");

	prop->kind = LANG_PROP_AFTER;
	if (!t)
		return false;
	prop->name = t->text;
	use_label(p, t, &prop->call);
	return true;
}

static bool parse_prop_body(struct parser *p, struct lang_prop *prop)
{
	static const char *const words[] = { "fail", "stop", "after", "kernel", NULL };
	const struct lang_token *t = parse_peek(p);

	if (parse_accept_word(p, "fail"))
		return parse_fail_prop(p, prop);
	if (parse_accept_word(p, "stop"))
		return parse_stop_prop(p, prop);
	if (parse_accept_word(p, "after"))
		return parse_after_prop(p, prop);
	if (parse_accept_word(p, "kernel"))
		return parse_kernel_prop(p, prop);
	parse_expected(p, "'fail', 'stop at', 'after' or 'kernel'");
	diag_suggest(p->d, t->pos, t->text, words);
	return false;
}

bool parse_prop(struct parser *p, struct lang_call *call)
{
	struct lang_prop *prop = arena_new0(p->arena, struct lang_prop);
	const struct lang_token *t = parse_next(p);

	if (!parse_prop_body(p, prop) || !parse_expect(p, "]"))
		return false;
	prop->pos = parse_span(p, t);
	if (prop->kind == LANG_PROP_STOP && call->stops)
		parse_wrong(p, prop->pos,
			    "a call stops once on its way; say the second place in "
			    "the line that resumes it");
	call->stops |= prop->kind == LANG_PROP_STOP;
	g_ptr_array_add(call->props, prop);
	return true;
}

bool parse_when(struct parser *p, struct lang_when *when)
{
	while (parse_accept(p, "[")) {
		struct lang_prop prop = { .name = NULL };

		if (!parse_accept_word(p, "kernel"))
			return parse_expected(p, "'kernel'");
		if (!parse_kernel_prop(p, &prop) || !parse_expect(p, "]"))
			return false;
		if (prop.kind == LANG_PROP_KERNEL_LT)
			when->lt = prop.name;
		else
			when->ge = prop.name;
	}
	return true;
}
