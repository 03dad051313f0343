// SPDX-License-Identifier: GPL-2.0-only
/* ops.c - the rows of ops.def, and the fields that results have */
#include <string.h>

#include "tools/lang/flags.h"
#include "tools/lang/ops.h"

const struct op_row op_rows[LANG_OPS] = {
#define OP(name, kind, signature, results, fields, since) \
	{ #name, OP_##kind, signature, results, fields, LANG_SINCE_##since },
#include "tools/lang/ops.def"
#undef OP
};

enum lang_op op_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < LANG_OPS && strcmp(op_rows[i].name, name); i++)
		;
	return i;
}

const char *const *op_names(void)
{
	static const char *names[LANG_OPS + 1];
	unsigned int i;

	for (i = 0; i < LANG_OPS; i++)
		names[i] = op_rows[i].name;
	return names;
}

const char *lang_op_name(enum lang_op op)
{
	return op_rows[op].name;
}

bool lang_op_is_ioctl(enum lang_op op)
{
	return op_rows[op].kind == OP_ioctl;
}

static const struct {
	const char *name;
	enum lang_role role;
} roles[] = {
	{ "uffd", LANG_ROLE_UFFD },	{ "addr", LANG_ROLE_ADDR },
	{ "src", LANG_ROLE_SRC },	{ "flags", LANG_ROLE_FLAGS },
	{ "len", LANG_ROLE_LEN },	{ "bytes", LANG_ROLE_BYTES },
	{ "value", LANG_ROLE_VALUE },	{ "file", LANG_ROLE_FILE },
	{ "size", LANG_ROLE_SIZE },	{ "pages", LANG_ROLE_PAGES },
	{ "thread", LANG_ROLE_THREAD }, { "process", LANG_ROLE_PROCESS },
	{ "map", LANG_ROLE_MAP },	{ "as", LANG_ROLE_AS },
	{ "serve", LANG_ROLE_SERVE },	{ "huge", LANG_ROLE_HUGE },
};

static const struct {
	const char *name;
	enum slot_type type;
} types[] = {
	{ "uffd", SLOT_UFFD },	     { "fd", SLOT_FD },		  { "range", SLOT_RANGE },
	{ "addr", SLOT_ADDR },	     { "pages", SLOT_PAGES },	  { "file", SLOT_FILE },
	{ "thread", SLOT_THREAD },   { "process", SLOT_PROCESS }, { "map", SLOT_MAP },
	{ "mapping", SLOT_MAPPING }, { "value", SLOT_VALUE },	  { "size", SLOT_SIZE },
	{ "serve", SLOT_SERVE },     { "huge", SLOT_HUGE },
};

static enum lang_role role_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(roles) && strcmp(roles[i].name, name); i++)
		;
	g_assert(i < G_N_ELEMENTS(roles));
	return roles[i].role;
}

static void set_type(struct op_slot *slot, const char *name)
{
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(types); i++) {
		if (!strcmp(types[i].name, name)) {
			slot->type = types[i].type;
			return;
		}
	}
	slot->type = SLOT_FLAGS;
	slot->table = flags_by_name(name);
	g_assert(slot->table < LANG_FLAGS_TABLES);
}

static void name_slot(struct op_slot *slot, const char *role)
{
	char *upper = g_ascii_strup(role, -1);

	if (slot->type == SLOT_FLAGS)
		g_snprintf(slot->name, sizeof(slot->name), "%s", flags_what(slot->table));
	else if (slot->type == SLOT_KEY)
		g_snprintf(slot->name, sizeof(slot->name), "%s=", role);
	else
		g_snprintf(slot->name, sizeof(slot->name), "%s", upper);
	g_free(upper);
}

/* "addr:range", "[flags:copy]" or "[len=]" */
static void parse_slot(struct op_slot *slot, const char *spec)
{
	char word[32], *colon;

	memset(slot, 0, sizeof(*slot));
	slot->optional = spec[0] == '[';
	g_strlcpy(word, spec + slot->optional, sizeof(word));
	word[strcspn(word, "]=")] = 0;
	colon = strchr(word, ':');
	if (colon)
		*colon = 0;
	slot->role = role_by_name(word);
	if (colon)
		set_type(slot, colon + 1);
	else
		slot->type = SLOT_KEY;
	name_slot(slot, word);
}

unsigned int op_slots(enum lang_op op, struct op_slot slots[OP_MAX_SLOTS])
{
	char **specs = g_strsplit(op_rows[op].signature, " ", -1);
	unsigned int n;

	for (n = 0; specs[n] && *specs[n]; n++) {
		g_assert(n < OP_MAX_SLOTS);
		parse_slot(&slots[n], specs[n]);
	}
	g_strfreev(specs);
	return n;
}

char *op_usage(enum lang_op op)
{
	struct op_slot slots[OP_MAX_SLOTS];
	unsigned int i, n = op_slots(op, slots);
	GString *out = g_string_new(op_rows[op].name);

	for (i = 0; i < n; i++) {
		const char *more = slots[i].type == SLOT_KEY ? "BYTES" : "";

		if (slots[i].type == SLOT_SERVE)
			g_string_append(out,
					" UFFD (copy ADDR | zeropage | continue | writeprotect)"
					" [dontwake] {on ERRNO wake|skip|retry} until THREAD");
		else if (slots[i].type == SLOT_MAPPING)
			g_string_append(out, " [FILE[A:B] | anon pages=N, and flags]");
		else if (slots[i].optional)
			g_string_append_printf(out, " [%s%s]", slots[i].name, more);
		else
			g_string_append_printf(out, " %s", slots[i].name);
	}
	return g_string_free(out, FALSE);
}

bool op_column_has(const char *column, const char *word)
{
	size_t n = strlen(word);
	const char *p = column;

	while ((p = strstr(p, word))) {
		if ((p == column || p[-1] == ' ') && (!p[n] || p[n] == ' '))
			return true;
		p += n;
	}
	return false;
}

static const char *const field_names[LANG_FIELD_KINDS + 1] = {
	[LANG_FIELD_COPY] = "copy",	[LANG_FIELD_ZEROPAGE] = "zeropage",
	[LANG_FIELD_MAPPED] = "mapped", [LANG_FIELD_UPDATED] = "updated",
	[LANG_FIELD_IOCTLS] = "ioctls", [LANG_FIELD_FEATURES] = "features",
	[LANG_FIELD_FLAGS] = "flags",	[LANG_FIELD_ADDR] = "addr",
	[LANG_FIELD_PTID] = "ptid",	[LANG_FIELD_UFD] = "ufd",
	[LANG_FIELD_FROM] = "from",	[LANG_FIELD_TO] = "to",
	[LANG_FIELD_LEN] = "len",	[LANG_FIELD_START] = "start",
	[LANG_FIELD_END] = "end",	[LANG_FIELD_CODE] = "code",
};

enum lang_field_kind field_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < LANG_FIELD_KINDS && strcmp(field_names[i], name); i++)
		;
	return i;
}

const char *lang_field_name(enum lang_field_kind kind)
{
	return field_names[kind];
}

const char *event_fields(enum lang_event event)
{
	switch (event) {
	case LANG_EVENT_PAGEFAULT:
		return "flags addr ptid";
	case LANG_EVENT_FORK:
		return "ufd";
	case LANG_EVENT_REMAP:
		return "from to len";
	default:
		return "start end";
	}
}

enum lang_flags field_flags(enum lang_field_kind kind)
{
	switch (kind) {
	case LANG_FIELD_IOCTLS:
		return LANG_FLAGS_IOCTLS;
	case LANG_FIELD_FEATURES:
		return LANG_FLAGS_FEATURES;
	case LANG_FIELD_FLAGS:
		return LANG_FLAGS_PAGEFAULT;
	case LANG_FIELD_CODE:
		return LANG_FLAGS_CODE;
	default:
		return LANG_FLAGS_TABLES;
	}
}
