/* ------------------------------------------- what a call returned, in the scenario's words */

struct word {
	const char *name;
	uint64_t bit;
};

static const struct word ioctl_words[] = {
	{ "REGISTER", 1 << 0 },	    { "UNREGISTER", 1 << 1 }, { "WAKE", 1 << 2 },
	{ "COPY", 1 << 3 },	    { "ZEROPAGE", 1 << 4 },   { "MOVE", 1 << 5 },
	{ "WRITEPROTECT", 1 << 6 }, { "CONTINUE", 1 << 7 },   { "POISON", 1 << 8 },
	{ "API", 1ull << 63 },	    { NULL, 0 },
};

static const struct word feature_words[] = {
	{ "PAGEFAULT_FLAG_WP", 1 << 0 },
	{ "EVENT_FORK", 1 << 1 },
	{ "EVENT_REMAP", 1 << 2 },
	{ "EVENT_REMOVE", 1 << 3 },
	{ "MISSING_HUGETLBFS", 1 << 4 },
	{ "MISSING_SHMEM", 1 << 5 },
	{ "EVENT_UNMAP", 1 << 6 },
	{ "SIGBUS", 1 << 7 },
	{ "THREAD_ID", 1 << 8 },
	{ "MINOR_HUGETLBFS", 1 << 9 },
	{ "MINOR_SHMEM", 1 << 10 },
	{ "EXACT_ADDRESS", 1 << 11 },
	{ "WP_HUGETLBFS_SHMEM", 1 << 12 },
	{ "WP_UNPOPULATED", 1 << 13 },
	{ "POISON", 1 << 14 },
	{ "WP_ASYNC", 1 << 15 },
	{ "MOVE", 1 << 16 },
	{ NULL, 0 },
};

static const struct word fault_words[] = {
	{ "WRITE", 1 },
	{ "WP", 2 },
	{ "MINOR", 4 },
	{ NULL, 0 },
};

static const struct word poll_words[] = {
	{ "POLLIN", POLLIN },	{ "POLLOUT", POLLOUT },	  { "POLLERR", POLLERR },
	{ "POLLHUP", POLLHUP }, { "POLLNVAL", POLLNVAL }, { NULL, 0 },
};

static const struct word event_words[] = {
	{ "PAGEFAULT", UFFD_EVENT_PAGEFAULT }, { "FORK", UFFD_EVENT_FORK },
	{ "REMAP", UFFD_EVENT_REMAP },	       { "REMOVE", UFFD_EVENT_REMOVE },
	{ "UNMAP", UFFD_EVENT_UNMAP },	       { NULL, 0 },
};

static const struct word signal_words[] = {
	{ "SIGBUS", SIGBUS },
	{ "SIGSEGV", SIGSEGV },
	{ "SIGKILL", SIGKILL },
	{ NULL, 0 },
};

static const struct word errno_words[] = {
	{ "EPERM", EPERM },   { "ENOENT", ENOENT }, { "ESRCH", ESRCH },	  { "EINTR", EINTR },
	{ "EIO", EIO },	      { "EBADF", EBADF },   { "EAGAIN", EAGAIN }, { "ENOMEM", ENOMEM },
	{ "EACCES", EACCES }, { "EFAULT", EFAULT }, { "EBUSY", EBUSY },	  { "EEXIST", EEXIST },
	{ "ENODEV", ENODEV }, { "EINVAL", EINVAL }, { "EMFILE", EMFILE }, { "EFBIG", EFBIG },
	{ "ENOSPC", ENOSPC }, { "ENOSYS", ENOSYS }, { "ENOTTY", ENOTTY }, { "ETXTBSY", ETXTBSY },
	{ "EHWPOISON", 133 }, { "EOPNOTSUPP", EOPNOTSUPP }, { NULL, 0 },
};

/* Grows to the right and never over its end. */
struct text {
	char s[4000];
	size_t n;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t, const char *format, ...)
{
	__builtin_va_list args;
	int n;

	__builtin_va_start(args, format);
	n = vsnprintf(t->s + t->n, sizeof(t->s) - t->n, format, args);
	__builtin_va_end(args);
	if (n > 0)
		t->n = t->n + n < sizeof(t->s) ? t->n + n : sizeof(t->s) - 1;
}

static void add_bits(struct text *t, const struct word *words, uint64_t bits)
{
	const char *before = "";

	if (!bits)
		add(t, "0");
	for (; words->name; words++) {
		if (!(bits & words->bit))
			continue;
		add(t, "%s%s", before, words->name);
		before = "|";
		bits &= ~words->bit;
	}
	if (bits)
		add(t, "%s0x%llx", before, (unsigned long long)bits);
}

static void add_one_of(struct text *t, const struct word *words, uint64_t value)
{
	for (; words->name; words++) {
		if (words->bit == value) {
			add(t, "%s", words->name);
			return;
		}
	}
	add(t, "%llu", (unsigned long long)value);
}

static void add_number(struct text *t, uint64_t n)
{
	add(t, n < 10 ? "%llu" : "0x%llx", (unsigned long long)n);
}

/* Bytes done, or an errno with its sign turned. */
static void add_done(struct text *t, int64_t done)
{
	if (done >= 0) {
		add_number(t, done);
		return;
	}
	add(t, "-");
	add_one_of(t, errno_words, -done);
}

static void add_addr(struct text *t, uint64_t addr)
{
	const struct map *m = map_at(addr);

	/* The end of a range is no place in it. */
	if (!m)
		m = map_at(addr - 1);
	if (!m) {
		add(t, "0x%llx", (unsigned long long)addr);
		return;
	}
	addr -= m->addr;
	add(t, "%s[%llu]", m->name, (unsigned long long)(addr / m->page));
	if (addr % m->page)
		add(t, "+0x%llx", (unsigned long long)(addr % m->page));
}

static void add_thread(struct text *t, int tid)
{
	int i;

	for (i = 0; i < now->nthreads; i++) {
		if (shared->slots[i].tid == tid) {
			add(t, "%s", now->threads[i].name);
			return;
		}
	}
	add(t, "%d", tid);
}

static void add_message(struct text *t, const struct uffd_msg *m)
{
	add_one_of(t, event_words, m->event);
	switch (m->event) {
	case UFFD_EVENT_PAGEFAULT:
		add(t, " {addr=");
		add_addr(t, m->arg.pagefault.address);
		add(t, ", flags=");
		add_bits(t, fault_words, m->arg.pagefault.flags);
		if (m->arg.pagefault.feat.ptid) {
			add(t, ", ptid=");
			add_thread(t, m->arg.pagefault.feat.ptid);
		}
		add(t, "}");
		break;
	case UFFD_EVENT_REMAP:
		add(t, " {from=");
		add_addr(t, m->arg.remap.from);
		add(t, ", to=");
		add_addr(t, m->arg.remap.to);
		add(t, ", len=0x%llx}", (unsigned long long)m->arg.remap.len);
		break;
	case UFFD_EVENT_REMOVE:
	case UFFD_EVENT_UNMAP:
		add(t, " {start=");
		add_addr(t, m->arg.remove.start);
		add(t, ", end=");
		add_addr(t, m->arg.remove.end);
		add(t, "}");
		break;
	default:
		break;
	}
}

/* Of a call that did not live to tell they are in memory all the same. */
static void add_fields(struct text *t, enum op op, const struct outcome *o)
{
	switch (op) {
	case OP_api:
		add(t, " {features=");
		add_bits(t, feature_words, o->arg.api.features);
		add(t, ", ioctls=");
		add_bits(t, ioctl_words, o->arg.api.ioctls);
		break;
	case OP_register:
		add(t, " {ioctls=");
		add_bits(t, ioctl_words, o->arg.reg.ioctls);
		break;
	case OP_copy:
		add(t, " {copy=");
		add_done(t, o->arg.copy.copy);
		break;
	case OP_zeropage:
		add(t, " {zeropage=");
		add_done(t, o->arg.zero.zeropage);
		break;
	case OP_continue:
		add(t, " {mapped=");
		add_done(t, o->arg.cont.mapped);
		break;
	case OP_poison:
		add(t, " {updated=");
		add_done(t, o->arg.poison.updated);
		break;
	default:
		return;
	}
	add(t, "}");
}

static void add_code(struct text *t, int sig, int code)
{
	static const char *const segv[] = { NULL, "SEGV_MAPERR", "SEGV_ACCERR" };
	static const char *const bus[] = { NULL, "BUS_ADRALN", "BUS_ADRERR" };

	if (code == 1 || code == 2)
		add(t, "%s", sig == SIGBUS ? bus[code] : segv[code]);
	else if (sig == SIGBUS && code == 4)
		add(t, "BUS_MCEERR_AR");
	else
		add(t, "%d", code);
}

static void add_outcome(struct text *t, enum op op, const struct outcome *o)
{
	int i;

	if (o->gone) {
		add(t, "SIGKILL");
		add_fields(t, op, o);
		return;
	}
	switch (o->kind) {
	case O_none:
		add(t, "(it was not done)");
		break;
	case O_signal:
		add_one_of(t, signal_words, o->value);
		add(t, " {code=");
		add_code(t, o->value, o->code);
		add(t, ", addr=");
		add_addr(t, o->sigaddr);
		add(t, "}");
		break;
	case O_messages:
		for (i = 0; i < o->nmessages; i++) {
			add(t, "%s", i ? " + " : "");
			add_message(t, &o->message[i]);
		}
		break;
	case O_poll:
		add_bits(t, poll_words, o->value);
		break;
	case O_process:
		add(t, "%s", now->processes[o->value].name);
		break;
	case O_value:
		if (o->err) {
			add(t, "-1 ");
			add_one_of(t, errno_words, o->err);
		} else {
			add_number(t, o->value);
		}
		add_fields(t, op, o);
		break;
	}
}
