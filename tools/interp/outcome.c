// SPDX-License-Identifier: GPL-2.0-only
/* outcome.c - what calls returned, in the scenario's words, and against what it expects */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "tools/interp/names.h"
#include "tools/interp/outcome.h"

/* Fields of an ioctl's structure that it fills in, by operation. */
static const struct {
	enum lang_op op;
	enum lang_field_kind field;
} op_fields[] = {
	{ LANG_OP_api, LANG_FIELD_FEATURES },	   { LANG_OP_api, LANG_FIELD_IOCTLS },
	{ LANG_OP_register, LANG_FIELD_IOCTLS },   { LANG_OP_copy, LANG_FIELD_COPY },
	{ LANG_OP_zeropage, LANG_FIELD_ZEROPAGE }, { LANG_OP_continue, LANG_FIELD_MAPPED },
	{ LANG_OP_poison, LANG_FIELD_UPDATED },
};

static unsigned int shift_at(struct prog *p, unsigned long addr)
{
	const struct prog_map *m = map_at(p, NULL, addr);

	return m ? m->decl->map.shift : 12;
}

/* --------------------------------------------------------------- messages */

static int64_t pagefault_field(const struct uffd_msg *msg, enum lang_field_kind kind)
{
	switch (kind) {
	case LANG_FIELD_ADDR:
		return msg->arg.pagefault.address;
	case LANG_FIELD_FLAGS:
		return msg->arg.pagefault.flags;
	case LANG_FIELD_PTID:
		return msg->arg.pagefault.feat.ptid;
	default:
		return 0;
	}
}

static int64_t message_field(const struct uffd_msg *msg, enum lang_field_kind kind)
{
	switch (kind) {
	case LANG_FIELD_UFD:
		return msg->arg.fork.ufd;
	case LANG_FIELD_FROM:
		return msg->arg.remap.from;
	case LANG_FIELD_TO:
		return msg->arg.remap.to;
	case LANG_FIELD_LEN:
		return msg->arg.remap.len;
	case LANG_FIELD_START:
		return msg->arg.remove.start;
	case LANG_FIELD_END:
		return msg->arg.remove.end;
	default:
		return pagefault_field(msg, kind);
	}
}

static void pagefault_text(GString *out, struct prog *p, const struct uffd_msg *msg)
{
	char *flags = lang_flags_text(LANG_FLAGS_PAGEFAULT, msg->arg.pagefault.flags);
	unsigned int i;

	g_string_append(out, " {addr=");
	name_addr(out, p, NULL, msg->arg.pagefault.address);
	g_string_append_printf(out, ", flags=%s", flags);
	for (i = 0; msg->arg.pagefault.feat.ptid && i < p->nthreads; i++) {
		if (p->threads[i].pid == (int)msg->arg.pagefault.feat.ptid)
			g_string_append_printf(out, ", ptid=%s", p->threads[i].name);
	}
	g_string_append_c(out, '}');
	g_free(flags);
}

/* The end of a range is no place in it: a[2] of two pages. */
static void end_text(GString *out, struct prog *p, unsigned long end)
{
	const struct prog_map *m = map_at(p, NULL, end - 1);

	if (m && !((end - m->addr) & ((1ul << m->decl->map.shift) - 1)))
		g_string_append_printf(out, "%s[%lu]", m->decl->name,
				       (end - m->addr) >> m->decl->map.shift);
	else
		name_addr(out, p, NULL, end);
}

static void event_field_text(GString *out, struct prog *p, const struct uffd_msg *msg,
			     enum lang_field_kind kind)
{
	int64_t value = message_field(msg, kind);
	const struct prog_fd *child;
	unsigned int i;

	switch (kind) {
	case LANG_FIELD_UFD:
		for (i = 0, child = NULL; i < p->nuffds && !child; i++) {
			if (p->uffds[i].decl->uffd.from_fork && p->uffds[i].fd[0] == value)
				child = &p->uffds[i];
		}
		if (child)
			g_string_append(out, child->decl->name);
		else
			g_string_append_printf(out, "%ld", (long)value);
		break;
	case LANG_FIELD_LEN:
		/* Of a read nobody knows what pages it would be about. */
		g_string_append_printf(out, "0x%lx", (unsigned long)value);
		break;
	case LANG_FIELD_END:
		end_text(out, p, value);
		break;
	default:
		name_addr(out, p, NULL, value);
	}
}

static void event_text(GString *out, struct prog *p, const struct uffd_msg *msg)
{
	static const enum lang_field_kind of[][3] = {
		[UFFD_EVENT_FORK - UFFD_EVENT_FORK] = { LANG_FIELD_UFD },
		[UFFD_EVENT_REMAP -
			UFFD_EVENT_FORK] = { LANG_FIELD_FROM, LANG_FIELD_TO, LANG_FIELD_LEN },
		[UFFD_EVENT_REMOVE - UFFD_EVENT_FORK] = { LANG_FIELD_START, LANG_FIELD_END },
		[UFFD_EVENT_UNMAP - UFFD_EVENT_FORK] = { LANG_FIELD_START, LANG_FIELD_END },
	};
	unsigned int row = msg->event - UFFD_EVENT_FORK, i;

	for (i = 0; row < G_N_ELEMENTS(of) && i < 3 && of[row][i]; i++) {
		g_string_append_printf(out, "%s%s=", i ? ", " : " {", lang_field_name(of[row][i]));
		event_field_text(out, p, msg, of[row][i]);
	}
	g_string_append_c(out, '}');
}

static void messages_text(GString *out, struct prog *p, const struct outcome *o)
{
	unsigned int i;

	for (i = 0; i < o->nmessages; i++) {
		g_string_append_printf(out, "%s%s", i ? " + " : "",
				       lang_event_name(o->message[i].event));
		if (o->message[i].event == UFFD_EVENT_PAGEFAULT)
			pagefault_text(out, p, &o->message[i]);
		else
			event_text(out, p, &o->message[i]);
	}
}

/* ------------------------------------------------------------------- text */

static void field_text(GString *out, struct prog *p, const struct prog_call *c,
		       enum lang_field_kind kind)
{
	int64_t value = c->now.field[kind];
	char *bits;

	g_string_append_printf(out, "%s=", lang_field_name(kind));
	switch (kind) {
	case LANG_FIELD_IOCTLS:
	case LANG_FIELD_FEATURES:
		bits = lang_flags_text(
			kind == LANG_FIELD_IOCTLS ? LANG_FLAGS_IOCTLS : LANG_FLAGS_FEATURES, value);
		g_string_append(out, bits);
		g_free(bits);
		break;
	default:
		name_bytes(out, value, shift_at(p, c->addr));
	}
}

static void fields_text(GString *out, struct prog *p, const struct prog_call *c)
{
	const char *before = " {";
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(op_fields); i++) {
		if (op_fields[i].op != c->ast->op)
			continue;
		g_string_append(out, before);
		field_text(out, p, c, op_fields[i].field);
		before = ", ";
	}
	if (*before == ',')
		g_string_append_c(out, '}');
}

static void poll_text(GString *out, uint64_t bits)
{
	char *text = lang_flags_text(LANG_FLAGS_POLL, bits);

	g_string_append(out, text);
	g_free(text);
}

static void signal_text(GString *out, struct prog *p, const struct outcome *o)
{
	char *code = lang_code_text(o->value, o->field[LANG_FIELD_CODE]);

	g_string_append_printf(out, "%s {code=%s, addr=", lang_signal_name(o->value), code);
	name_addr(out, p, NULL, o->field[LANG_FIELD_ADDR]);
	g_string_append_c(out, '}');
	g_free(code);
}

/* Its thread did not get to see the end of it. */
static bool was_killed(const struct prog_call *c)
{
	return c->now.killed && c->ast->op != LANG_OP_exit;
}

void outcome_text(GString *out, struct prog *p, const struct prog_call *c)
{
	const struct outcome *o = &c->now;

	if (was_killed(c)) {
		g_string_append(out, "SIGKILL");
		fields_text(out, p, c);
		return;
	}
	switch (o->kind) {
	case OUTCOME_SIGNAL:
		signal_text(out, p, o);
		break;
	case OUTCOME_MESSAGES:
		messages_text(out, p, o);
		break;
	case OUTCOME_POLL:
		poll_text(out, o->value);
		break;
	case OUTCOME_PROCESS:
		g_string_append(out, p->processes[o->value].name);
		break;
	case OUTCOME_VALUE:
		if (o->err)
			g_string_append_printf(out, "-1 %s", lang_errno_name(o->err));
		else
			name_word(out, o->value);
		fields_text(out, p, c);
		break;
	}
}

/* ------------------------------------------------------------- comparison */

/* What a field must be; false when nothing can be that (a thread that is gone). */
static int64_t wanted(struct prog *p, const struct lang_field *f)
{
	if (f->addr.decl)
		return prog_addr(p, &f->addr);
	if (f->kind == LANG_FIELD_PTID && f->decl)
		return prog_thread_of(p, f->decl)->pid;
	return f->value;
}

static bool field_matches(struct prog *p, const struct lang_field *f, int64_t got)
{
	int64_t want = wanted(p, f);

	if (f->kind == LANG_FIELD_UFD)
		return true;
	return f->has ? (got & want) == want : got == want;
}

static bool message_matches(struct prog *p, const struct lang_message *want,
			    const struct uffd_msg *got)
{
	guint i;

	if ((unsigned int)want->event != got->event)
		return false;
	for (i = 0; i < want->fields->len; i++) {
		const struct lang_field *f = want->fields->pdata[i];

		if (!field_matches(p, f, message_field(got, f->kind)))
			return false;
	}
	return true;
}

static bool messages_match(struct prog *p, const GPtrArray *want, const struct outcome *o)
{
	guint i;

	if (o->kind != OUTCOME_MESSAGES || o->nmessages != want->len)
		return false;
	for (i = 0; i < want->len; i++) {
		if (!message_matches(p, want->pdata[i], &o->message[i]))
			return false;
	}
	return true;
}

static bool fields_match(struct prog *p, const GPtrArray *fields, const struct outcome *o)
{
	guint i;

	for (i = 0; i < fields->len; i++) {
		const struct lang_field *f = fields->pdata[i];

		if (!field_matches(p, f, o->field[f->kind]))
			return false;
	}
	return true;
}

static bool result_matches(struct prog *p, const struct lang_result *want, const struct outcome *o)
{
	switch (want->kind) {
	case LANG_RESULT_VALUE:
		return (o->kind == OUTCOME_VALUE || o->kind == OUTCOME_POLL) && !o->err &&
		       o->value == want->value && fields_match(p, want->fields, o);
	case LANG_RESULT_ERRNO:
		return o->kind == OUTCOME_VALUE && o->err == (int)want->value &&
		       fields_match(p, want->fields, o);
	case LANG_RESULT_SIGNAL:
		return o->kind == OUTCOME_SIGNAL && o->value == want->value &&
		       fields_match(p, want->fields, o);
	case LANG_RESULT_MESSAGES:
		return messages_match(p, want->messages, o);
	case LANG_RESULT_POLL:
		return o->kind == OUTCOME_POLL && o->value == want->value;
	case LANG_RESULT_PROCESS:
		return o->kind == OUTCOME_PROCESS &&
		       o->value == (uint64_t)(prog_process_of(p, want->decl) - p->processes);
	case LANG_RESULT_ANY:
		return fields_match(p, want->fields, o);
	}
	return false;
}

static bool killed_matches(struct prog *p, const struct lang_result *want, const struct outcome *o)
{
	if (want->kind != LANG_RESULT_ANY &&
	    (want->kind != LANG_RESULT_SIGNAL || want->value != SIGKILL))
		return false;
	return fields_match(p, want->fields, o);
}

bool outcome_expected(struct prog *p, const struct prog_call *c, const GPtrArray *results)
{
	bool killed = was_killed(c);
	guint i;

	if (!results->len)
		return !killed && c->now.kind != OUTCOME_SIGNAL && !c->now.err;
	for (i = 0; i < results->len; i++) {
		if (killed ? killed_matches(p, results->pdata[i], &c->now) :
			     result_matches(p, results->pdata[i], &c->now))
			return true;
	}
	return false;
}

/* Of an access only the signal that ended it has any. */
static bool has_fields(const struct prog_call *c)
{
	if (c->ast->op != LANG_OP_load && c->ast->op != LANG_OP_store)
		return true;
	return c->now.kind == OUTCOME_SIGNAL;
}

int64_t outcome_field(struct prog *p G_GNUC_UNUSED, const struct prog_call *c,
		      enum lang_field_kind kind)
{
	if (!has_fields(c))
		return 0;
	if (c->now.kind == OUTCOME_MESSAGES)
		return message_field(&c->now.message[0], kind);
	return c->now.field[kind];
}
