/* ------------------------------------------------ what a call returned, and what is expected */

static int64_t message_field(const struct uffd_msg *m, enum field_kind kind)
{
	switch (kind) {
	case F_addr:
		return m->arg.pagefault.address;
	case F_flags:
		return m->arg.pagefault.flags;
	case F_ptid:
		return m->arg.pagefault.feat.ptid;
	case F_from:
		return m->arg.remap.from;
	case F_to:
		return m->arg.remap.to;
	case F_len:
		return m->arg.remap.len;
	case F_start:
		return m->arg.remove.start;
	case F_end_:
		return m->arg.remove.end;
	default:
		return 0;
	}
}

static int64_t outcome_field(enum op op, const struct outcome *o, enum field_kind kind)
{
	if (o->kind == O_messages)
		return message_field(&o->message[0], kind);
	switch (kind) {
	case F_copy:
		return o->arg.copy.copy;
	case F_zeropage:
		return o->arg.zero.zeropage;
	case F_mapped:
		return o->arg.cont.mapped;
	case F_updated:
		return o->arg.poison.updated;
	case F_ioctls:
		return op == OP_api ? o->arg.api.ioctls : o->arg.reg.ioctls;
	case F_features:
		return o->arg.api.features;
	case F_addr:
		return o->kind == O_signal ? o->sigaddr : 0;
	case F_code:
		return o->kind == O_signal ? o->code : 0;
	default:
		return 0;
	}
}

static bool field_matches(const struct field *f, int64_t got)
{
	int64_t want = f->value;

	if (f->kind == F_ptid && want)
		want = shared->slots[want - 1].tid;
	return f->has ? (got & want) == want : got == want;
}

static bool fields_match(enum op op, const struct outcome *o, const struct field *f)
{
	for (; f && f->kind; f++) {
		if (!field_matches(f, outcome_field(op, o, f->kind)))
			return false;
	}
	return true;
}

static bool message_matches(const struct message *want, const struct uffd_msg *got)
{
	const struct field *f;

	if (want->event != got->event)
		return false;
	for (f = want->fields; f && f->kind; f++) {
		if (!field_matches(f, message_field(got, f->kind)))
			return false;
	}
	return true;
}

static bool messages_match(const struct message *want, const struct outcome *o)
{
	int i;

	for (i = 0; want[i].event; i++) {
		if (i >= o->nmessages || !message_matches(&want[i], &o->message[i]))
			return false;
	}
	return i == o->nmessages;
}

static bool gone_matches(const struct want *w)
{
	return w->kind == W_any || (w->kind == W_signal && w->value == SIGKILL);
}

static bool kind_matches(const struct want *w, const struct outcome *o)
{
	if (o->gone)
		return gone_matches(w);
	switch (w->kind) {
	case W_value:
		return (o->kind == O_value || o->kind == O_poll) && !o->err && o->value == w->value;
	case W_errno:
		return o->kind == O_value && o->err == (int)w->value;
	case W_signal:
		return o->kind == O_signal && o->value == w->value;
	case W_messages:
		return o->kind == O_messages && messages_match(w->messages, o);
	case W_poll:
		return o->kind == O_poll && o->value == w->value;
	case W_process:
		return o->kind == O_process && o->value == w->value;
	default:
		return true;
	}
}

static bool outcome_matches(const struct line *l, const struct outcome *o)
{
	const struct want *w;

	if (l->op == OP_exit)
		return o->gone;
	if (!l->want)
		return !o->gone && o->kind != O_none && o->kind != O_signal && !o->err;
	if (!o->gone && o->kind == O_none)
		return false;
	for (w = l->want; w->kind; w++) {
		if (kind_matches(w, o) && fields_match(l->op, o, w->fields))
			return true;
	}
	return false;
}
