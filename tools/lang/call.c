// SPDX-License-Identifier: GPL-2.0-only
/* call.c - an operation and its arguments, read along the signature in ops.def */
#include <string.h>

#include "tools/lang/flags.h"
#include "tools/lang/parser.h"

const struct lang_arg *lang_call_arg(const struct lang_call *call, enum lang_role role)
{
	guint i;

	while (call->resumes)
		call = call->resumes;
	for (i = 0; i < call->args->len; i++) {
		const struct lang_arg *arg = g_ptr_array_index(call->args, i);

		if (arg->role == role)
			return arg;
	}
	return NULL;
}

const struct lang_prop *lang_call_prop(const struct lang_call *call, enum lang_prop_kind kind)
{
	guint i;

	for (i = 0; i < call->props->len; i++) {
		const struct lang_prop *prop = g_ptr_array_index(call->props, i);

		if (prop->kind == kind)
			return prop;
	}
	return NULL;
}

static struct lang_call *new_call(struct parser *p, const struct lang_decl *thread)
{
	struct lang_call *call = arena_new0(p->arena, struct lang_call);

	call->thread = thread;
	call->args = arena_array(p->arena);
	call->results = arena_array(p->arena);
	call->props = arena_array(p->arena);
	call->index = p->ncalls++;
	return call;
}

static bool args_end(const struct parser *p)
{
	const struct lang_token *t = parse_peek(p);

	return t->kind == TOKEN_END || token_is(t, "...") || token_is(t, "=") || token_is(t, "[") ||
	       token_is_word(t, "as");
}

/* The page size that `1p` means in this call. */
static unsigned int shift_of(const struct lang_call *call, enum lang_role role)
{
	const struct lang_arg *arg = lang_call_arg(call, role);

	if (!arg)
		return 0;
	if (role == LANG_ROLE_ADDR)
		return arg->addr.decl ? lang_page_shift(arg->addr.decl) : 12;
	return arg->decl ? lang_page_shift(arg->decl) : 12;
}

/* A number of bytes: pages become bytes, of the pages of the argument @of. */
static bool parse_bytes(struct parser *p, const struct lang_call *call, enum lang_role of,
			uint64_t *out)
{
	struct lang_number n;
	unsigned int shift;

	if (!parse_number(p, &n))
		return false;
	*out = n.value;
	if (n.unit != LANG_UNIT_PAGES)
		return true;
	shift = shift_of(call, of);
	if (!shift) {
		parse_wrong(p, n.pos, "pages of what size?  Say bytes");
		return true;
	}
	if ((int64_t)n.value > INT64_MAX >> shift || (int64_t)n.value < INT64_MIN >> shift) {
		diag_error(p->d, n.pos, "so many pages do not fit in 64 bits");
		return false;
	}
	*out = n.value << shift;
	return true;
}

/* -------------------------------------------------------------------- serve */

static bool parse_serve_op(struct parser *p, struct lang_serve *serve)
{
	static const char *const can[] = { "copy", "zeropage", "continue", "writeprotect", NULL };
	const struct lang_token *t = parse_word(p, "what to serve faults with");

	if (!t)
		return false;
	if (!g_strv_contains(can, t->text)) {
		parse_fail(p, t, "faults are served with copy, zeropage, continue or writeprotect");
		diag_suggest(p->d, t->pos, t->text, can);
		return false;
	}
	serve->op = op_by_name(t->text);
	parse_not_modelled(p, t->pos, "operation", t->text, op_rows[serve->op].later);
	if (serve->op == LANG_OP_copy && !parse_addr(p, KIND_MAP, &serve->src))
		return false;
	serve->dontwake = parse_accept_word(p, "dontwake");
	return true;
}

/* on EEXIST wake, on * skip */
static bool parse_serve_rule(struct parser *p, struct lang_serve *serve)
{
	static const char *const actions[] = { "wake", "skip", "retry", NULL };
	struct lang_serve_rule *rule = arena_new0(p->arena, struct lang_serve_rule);
	const struct lang_token *first = parse_peek(p), *t;

	if (!parse_accept(p, "*") && !parse_errno(p, &rule->err))
		return false;
	t = parse_word(p, "'wake', 'skip' or 'retry'");
	if (!t)
		return false;
	while (actions[rule->action] && strcmp(actions[rule->action], t->text))
		rule->action++;
	if (!actions[rule->action]) {
		parse_fail(p, t, "expected 'wake', 'skip' or 'retry', not '%s'", t->text);
		diag_suggest(p->d, t->pos, t->text, actions);
		return false;
	}
	rule->pos = parse_span(p, first);
	g_ptr_array_add(serve->rules, rule);
	return true;
}

static bool parse_serve(struct parser *p, struct lang_call *call, struct lang_arg *arg)
{
	struct lang_serve *serve = arena_new0(p->arena, struct lang_serve);
	const struct lang_token *until;

	arg->serve = serve;
	serve->rules = arena_array(p->arena);
	if (!parse_ref(p, KIND_UFFD, &arg->decl) || !parse_serve_op(p, serve))
		return false;
	while (parse_accept_word(p, "on")) {
		if (!parse_serve_rule(p, serve))
			return false;
	}
	if (!parse_accept_word(p, "until"))
		return parse_expected(p, "'until' and the thread that ends the loop");
	until = parse_peek(p);
	if (!parse_ref(p, KIND_THREAD, &serve->until))
		return false;
	if (serve->until && serve->until == call->thread)
		parse_wrong(p, until->pos, "'%s' would wait for itself", until->text);
	return true;
}

/* ---------------------------------------------------------------- arguments */

static bool parse_slot(struct parser *p, struct lang_call *call, const struct op_slot *slot,
		       struct lang_arg *arg)
{
	struct lang_number n;

	switch (slot->type) {
	case SLOT_UFFD:
		return parse_ref(p, KIND_UFFD, &arg->decl);
	case SLOT_FD:
		return parse_ref(p, KIND_UFFD | KIND_FILE, &arg->decl);
	case SLOT_FILE:
		return parse_ref(p, KIND_FILE, &arg->decl);
	case SLOT_THREAD:
		return parse_ref(p, KIND_THREAD, &arg->decl);
	case SLOT_PROCESS:
		return parse_ref(p, KIND_PROCESS, &arg->decl);
	case SLOT_MAP:
		return parse_ref(p, KIND_MAP, &arg->decl);
	case SLOT_RANGE:
	case SLOT_ADDR:
		return parse_addr(p, KIND_MAP, &arg->addr);
	case SLOT_PAGES:
		return parse_addr(p, KIND_FILE, &arg->addr);
	case SLOT_MAPPING:
		arg->map = arena_new0(p->arena, struct lang_map);
		return parse_mapping(p, arg->map);
	case SLOT_FLAGS:
		return parse_flags(p, slot->table, &arg->value);
	case SLOT_SIZE:
		return parse_bytes(p, call, LANG_ROLE_FILE, &arg->value);
	case SLOT_HUGE:
		return parse_huge_size(p, &arg->value);
	case SLOT_KEY:
		return parse_bytes(p, call, LANG_ROLE_ADDR, &arg->value);
	case SLOT_VALUE:
		if (!parse_number(p, &n))
			return false;
		arg->value = n.value;
		if (n.unit == LANG_UNIT_PAGES)
			parse_wrong(p, n.pos, "a number of pages is no value to store");
		return true;
	case SLOT_SERVE:
		return parse_serve(p, call, arg);
	}
	return false;
}

static bool add_arg(struct parser *p, struct lang_call *call, const struct op_slot *slot)
{
	struct lang_arg *arg = arena_new0(p->arena, struct lang_arg);
	const struct lang_token *first = parse_peek(p);

	arg->role = slot->role;
	if (!parse_slot(p, call, slot, arg))
		return false;
	arg->pos = parse_span(p, first);
	arg->text = parse_text(p, first);
	if (arg->decl && call->op == LANG_OP_userfaultfd && slot->type == SLOT_UFFD)
		((struct lang_decl *)arg->decl)->uffd.by_call = true;
	g_ptr_array_add(call->args, arg);
	return true;
}

static bool missing(struct parser *p, const struct lang_call *call, const struct op_slot *slot)
{
	const struct lang_token *t = parse_peek(p);
	char *usage = op_usage(call->op);

	parse_fail(p, t, "'%s' lacks an argument: %s", lang_op_name(call->op), slot->name);
	diag_note(p->d, t->pos, "usage: %s", usage);
	g_free(usage);
	return false;
}

static bool superfluous(struct parser *p, const struct lang_call *call)
{
	const struct lang_token *t = parse_peek(p);
	char *usage = op_usage(call->op);

	parse_fail(p, t, "'%s' is one argument too many for '%s'", t->text, lang_op_name(call->op));
	diag_note(p->d, t->pos, "usage: %s", usage);
	g_free(usage);
	return false;
}

/* len=N and bytes=N; they may stand anywhere behind what they refer to. */
static bool parse_key_arg(struct parser *p, struct lang_call *call, const struct op_slot *slots,
			  unsigned int n)
{
	const struct lang_token *t = parse_next(p);
	unsigned int i;

	parse_next(p);
	for (i = 0; i < n; i++) {
		if (slots[i].type == SLOT_KEY && g_str_has_prefix(slots[i].name, t->text))
			break;
	}
	if (i == n)
		return parse_fail(p, t, "'%s' takes no %s=", lang_op_name(call->op), t->text);
	if (lang_call_arg(call, slots[i].role))
		return parse_fail(p, t, "%s= is there twice", t->text);
	return add_arg(p, call, &slots[i]);
}

static bool key_is_next(const struct parser *p)
{
	const struct lang_token *t = parse_peek(p);

	return (token_is_word(t, "len") || token_is_word(t, "bytes")) &&
	       token_is(parse_peek2(p), "=");
}

/* mremap a MAYMOVE: an address that may be missing, where a flag of the next slot stands. */
static bool is_left_out(const struct parser *p, const struct op_slot *slot, unsigned int left)
{
	const char *word = parse_peek(p)->text;

	if (!slot->optional || slot->type != SLOT_RANGE || left < 2)
		return false;
	if (slot[1].type != SLOT_FLAGS)
		return false;
	return g_ascii_isdigit(*word) || flags_find(slot[1].table, word);
}

static bool parse_args(struct parser *p, struct lang_call *call)
{
	struct op_slot slots[OP_MAX_SLOTS];
	unsigned int i = 0, n = op_slots(call->op, slots);

	for (;;) {
		if (key_is_next(p)) {
			if (!parse_key_arg(p, call, slots, n))
				return false;
			continue;
		}
		if (i == n || slots[i].type == SLOT_KEY || args_end(p))
			break;
		if (is_left_out(p, &slots[i], n - i)) {
			i++;
			continue;
		}
		if (!add_arg(p, call, &slots[i++]))
			return false;
	}
	if (i < n && !slots[i].optional)
		return missing(p, call, &slots[i]);
	return args_end(p) || superfluous(p, call);
}

/* A source range of another length than the destination: only on purpose, with len=. */
static void check_copy_lengths(struct parser *p, const struct lang_call *call)
{
	const struct lang_arg *dst = lang_call_arg(call, LANG_ROLE_ADDR);
	const struct lang_arg *src = lang_call_arg(call, LANG_ROLE_SRC);
	uint64_t to, from;

	if (call->op != LANG_OP_copy || lang_call_arg(call, LANG_ROLE_LEN) || !dst->addr.decl ||
	    !src->addr.decl || src->addr.form != LANG_ADDR_RANGE)
		return;
	to = dst->addr.count << lang_page_shift(dst->addr.decl);
	from = src->addr.count << lang_page_shift(src->addr.decl);
	if (to != from)
		parse_wrong(p, src->pos,
			    "%s is 0x%" G_GINT64_MODIFIER "x bytes, but %s is 0x%" G_GINT64_MODIFIER
			    "x; if that is meant, say len=",
			    src->text, from, dst->text, to);
}

/* ------------------------------------------------------------ all of a call */

static const char *last_word_missing(const struct lang_call *call)
{
	return call->sleeps ? "'as', '[' or the end of the line" :
			      "'...', '=', 'as', '[' or the end of the line";
}

static bool parse_label(struct parser *p, struct lang_call *call)
{
	const struct lang_token *t = parse_word(p, "a label");
	struct lang_call *root = call, *old;

	if (!t)
		return false;
	call->label = t->text;
	call->label_pos = t->pos;
	old = g_hash_table_lookup(p->labels, t->text);
	if (old) {
		parse_wrong(p, t->pos, "the label '%s' is there twice", t->text);
		diag_note(p->d, old->label_pos, "the first time here");
		return true;
	}
	while (root->resumes)
		root = root->resumes;
	if (!root->label) {
		root->label = t->text;
		root->label_pos = t->pos;
	}
	g_hash_table_insert(p->labels, (char *)t->text, root);
	return true;
}

static bool parse_tail(struct parser *p, struct lang_call *call)
{
	if (parse_accept(p, "=") && !parse_results(p, call))
		return false;
	if (parse_accept_word(p, "as") && !parse_label(p, call))
		return false;
	while (token_is(parse_peek(p), "[")) {
		if (!parse_prop(p, call))
			return false;
	}
	/* `as` is found behind the props as well, in files written by hand. */
	if (!call->label && parse_accept_word(p, "as") && !parse_label(p, call))
		return false;
	return parse_at_end(p) || parse_expected(p, last_word_missing(call));
}

static const struct lang_token *parse_op(struct parser *p, struct lang_call *call)
{
	const struct lang_token *t = parse_word(p, "an operation");

	if (!t)
		return NULL;
	call->op = op_by_name(t->text);
	if (call->op == LANG_OPS) {
		parse_fail(p, t, "unknown operation '%s'", t->text);
		if (token_is(parse_peek(p), ":"))
			diag_note(p->d, t->pos, "the lines of this section name no thread");
		else
			diag_suggest(p->d, t->pos, t->text, op_names());
		return NULL;
	}
	parse_not_modelled(p, t->pos, "operation", t->text, op_rows[call->op].later);
	return t;
}

/* It sleeps, or sleeps again. */
static bool parse_dots(struct parser *p, struct lang_call *call)
{
	const struct lang_token *dots = parse_peek(p);

	if (!parse_accept(p, "..."))
		return true;
	call->sleeps = true;
	call->sleeps_pos = dots->pos;
	if (!token_is(parse_peek(p), "="))
		return true;
	return parse_fail(p, parse_peek(p),
			  "a call that sleeps has its result on the "
			  "line that ends it: 'THREAD: ... = RESULT'");
}

struct lang_call *parse_call(struct parser *p, const struct lang_decl *thread)
{
	struct lang_call *call = new_call(p, thread);
	const struct lang_token *t = parse_op(p, call);

	if (!t)
		return NULL;
	call->pos = t->pos;
	if (!parse_args(p, call))
		return NULL;
	call->text = parse_text(p, t);
	check_copy_lengths(p, call);
	if (!parse_dots(p, call) || !parse_tail(p, call))
		return NULL;
	call->all = parse_span(p, t);
	return call;
}

struct lang_call *parse_resume(struct parser *p, const struct lang_decl *thread)
{
	struct lang_call *call = new_call(p, thread);
	const struct lang_token *t = parse_next(p);

	call->pos = t->pos;
	call->text = "...";
	call->op = LANG_OPS;
	call->resumes = thread ? g_ptr_array_index(p->inside, thread->index) : NULL;
	if (call->resumes) {
		call->op = call->resumes->op;
		call->text = call->resumes->text;
		call->resumes->resume = call;
	} else if (thread) {
		parse_wrong(p, t->pos, "'%s' is not inside a call that sleeps", thread->name);
	}
	if (!parse_dots(p, call) || !parse_tail(p, call))
		return NULL;
	call->all = parse_span(p, t);
	return call;
}
