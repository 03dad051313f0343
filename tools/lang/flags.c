// SPDX-License-Identifier: GPL-2.0-only
/* flags.c - words that stand for numbers: errnos, signals, events, modes, features */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "tools/lang/flags.h"
#include "tools/lang/ops.h"

struct number_name {
	const char *name;
	int value;
};

static const struct number_name errnos[] = {
#define E(name)             \
	{                   \
#name, name \
	}
	E(EPERM),
	E(ENOENT),
	E(ESRCH),
	E(EINTR),
	E(EIO),
	E(ENXIO),
	E(E2BIG),
	E(ENOEXEC),
	E(EBADF),
	E(ECHILD),
	E(EAGAIN),
	E(ENOMEM),
	E(EACCES),
	E(EFAULT),
	E(ENOTBLK),
	E(EBUSY),
	E(EEXIST),
	E(EXDEV),
	E(ENODEV),
	E(ENOTDIR),
	E(EISDIR),
	E(EINVAL),
	E(ENFILE),
	E(EMFILE),
	E(ENOTTY),
	E(ETXTBSY),
	E(EFBIG),
	E(ENOSPC),
	E(ESPIPE),
	E(EROFS),
	E(EMLINK),
	E(EPIPE),
	E(EDOM),
	E(ERANGE),
	E(EDEADLK),
	E(ENAMETOOLONG),
	E(ENOLCK),
	E(ENOSYS),
	E(ENOTEMPTY),
	E(ELOOP),
	E(ENODATA),
	E(ETIME),
	E(EPROTO),
	E(EBADMSG),
	E(EOVERFLOW),
	E(EUSERS),
	E(EOPNOTSUPP),
	E(ETIMEDOUT),
	E(EALREADY),
	E(EINPROGRESS),
	E(ESTALE),
	E(EDQUOT),
	E(ECANCELED),
	E(EOWNERDEAD),
	E(ENOTRECOVERABLE),
	E(EHWPOISON),
#undef E
	{ "EWOULDBLOCK", EWOULDBLOCK },
};

static const struct number_name events[] = {
	{ "PAGEFAULT", LANG_EVENT_PAGEFAULT }, { "FORK", LANG_EVENT_FORK },
	{ "REMAP", LANG_EVENT_REMAP },	       { "REMOVE", LANG_EVENT_REMOVE },
	{ "UNMAP", LANG_EVENT_UNMAP },
};

static const struct table_flag {
	enum lang_flags table;
	struct lang_flag flag;
} all_flags[] = {
#define FLAG(table, word, value, since) \
	{ LANG_FLAGS_##table, { #word, value, LANG_SINCE_##since } },
#include "tools/lang/flags.def"
#undef FLAG
};

static const struct {
	const char *name, *what;
	bool single;
} tables[LANG_FLAGS_TABLES] = {
	[LANG_FLAGS_FEATURES] = { "features", "userfaultfd feature", false },
	[LANG_FLAGS_REGISTER] = { "register", "register mode", false },
	[LANG_FLAGS_COPY] = { "copy", "copy mode", false },
	[LANG_FLAGS_ZEROPAGE] = { "zeropage", "zeropage mode", false },
	[LANG_FLAGS_CONTINUE] = { "continue", "continue mode", false },
	[LANG_FLAGS_POISON] = { "poison", "poison mode", false },
	[LANG_FLAGS_WRITEPROTECT] = { "writeprotect", "writeprotect mode", false },
	[LANG_FLAGS_ADVICE] = { "advice", "advice", true },
	[LANG_FLAGS_MREMAP] = { "mremap", "mremap flag", false },
	[LANG_FLAGS_PROT] = { "prot", "protection", false },
	[LANG_FLAGS_SIGNAL] = { "signal", "signal", true },
	[LANG_FLAGS_CODE] = { "code", "signal code", true },
	[LANG_FLAGS_POLL] = { "poll", "poll bit", false },
	[LANG_FLAGS_IOCTLS] = { "ioctls", "ioctl", false },
	[LANG_FLAGS_PAGEFAULT] = { "pagefault", "page fault flag", false },
	[LANG_FLAGS_PTE] = { "pte", "page table entry bit", false },
};

const char *flags_what(enum lang_flags table)
{
	return tables[table].what;
}

enum lang_flags flags_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < LANG_FLAGS_TABLES && strcmp(tables[i].name, name); i++)
		;
	return i;
}

bool flags_single(enum lang_flags table)
{
	return tables[table].single;
}

const struct lang_flag *flags_find(enum lang_flags table, const char *name)
{
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(all_flags); i++) {
		if (all_flags[i].table == table && !strcmp(all_flags[i].flag.name, name))
			return &all_flags[i].flag;
	}
	return NULL;
}

const char *const *flags_names(enum lang_flags table)
{
	static const char *names[LANG_FLAGS_TABLES][G_N_ELEMENTS(all_flags) + 1];
	unsigned int i, n = 0;

	for (i = 0; i < G_N_ELEMENTS(all_flags); i++) {
		if (all_flags[i].table == table)
			names[table][n++] = all_flags[i].flag.name;
	}
	return names[table];
}

char *lang_flags_text(enum lang_flags table, uint64_t value)
{
	GString *out = g_string_new(NULL);
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(all_flags); i++) {
		const struct lang_flag *f = &all_flags[i].flag;
		bool in = tables[table].single ? f->value == value :
						 f->value && (value & f->value) == f->value;

		if (all_flags[i].table != table || !in)
			continue;
		g_string_append_printf(out, "%s%s", out->len ? "|" : "", f->name);
		value &= ~f->value;
		if (tables[table].single)
			return g_string_free(out, FALSE);
	}
	if (value)
		g_string_append_printf(out, "%s0x%" G_GINT64_MODIFIER "x", out->len ? "|" : "",
				       value);
	else if (!out->len)
		g_string_append_c(out, '0');
	return g_string_free(out, FALSE);
}

static int number_by_name(const struct number_name *t, unsigned int n, const char *name)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (!strcmp(t[i].name, name))
			return t[i].value;
	}
	return 0;
}

static const char *name_by_number(const struct number_name *t, unsigned int n, int value)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		if (t[i].value == value)
			return t[i].name;
	}
	return NULL;
}

int errno_by_name(const char *name)
{
	return number_by_name(errnos, G_N_ELEMENTS(errnos), name);
}

const char *const *errno_names(void)
{
	static const char *names[G_N_ELEMENTS(errnos) + 1];
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(errnos); i++)
		names[i] = errnos[i].name;
	return names;
}

unsigned int event_by_name(const char *name)
{
	return number_by_name(events, G_N_ELEMENTS(events), name);
}

const char *const *event_names(void)
{
	static const char *names[G_N_ELEMENTS(events) + 1];
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(events); i++)
		names[i] = events[i].name;
	return names;
}

const char *lang_errno_name(int err)
{
	static char unknown[32];
	const char *name = name_by_number(errnos, G_N_ELEMENTS(errnos), err);

	if (!name)
		g_snprintf(unknown, sizeof(unknown), "errno %d", err);
	return name ?: unknown;
}

const char *lang_signal_name(int sig)
{
	static char unknown[32];
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(all_flags); i++) {
		if (all_flags[i].table == LANG_FLAGS_SIGNAL &&
		    all_flags[i].flag.value == (uint64_t)sig)
			return all_flags[i].flag.name;
	}
	g_snprintf(unknown, sizeof(unknown), "signal %d", sig);
	return unknown;
}

char *lang_code_text(int sig, int code)
{
	const char *prefix = sig == SIGSEGV ? "SEGV_" : "BUS_";
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(all_flags); i++) {
		const struct lang_flag *f = &all_flags[i].flag;

		if (all_flags[i].table == LANG_FLAGS_CODE && f->value == (uint64_t)code &&
		    g_str_has_prefix(f->name, prefix))
			return g_strdup(f->name);
	}
	return g_strdup_printf("%d", code);
}

const char *lang_event_name(unsigned int event)
{
	static char unknown[32];
	const char *name = name_by_number(events, G_N_ELEMENTS(events), event);

	if (!name)
		g_snprintf(unknown, sizeof(unknown), "event %#x", event);
	return name ?: unknown;
}
