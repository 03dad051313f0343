/* SPDX-License-Identifier: GPL-2.0-only */
/* ops.h - the rows of ops.def, and the fields that results have */
#ifndef TOOLS_LANG_OPS_H
#define TOOLS_LANG_OPS_H

#include "tools/lang/lang.h"

/* What a row says in its last column: the work that brings the model, NULL when it is there. */
#define LANG_SINCE_now NULL
#define LANG_SINCE_events "events and fork"
#define LANG_SINCE_later "a later kernel model"

enum op_kind { OP_ioctl, OP_syscall, OP_access, OP_loop };

struct op_row {
	const char *name;
	enum op_kind kind;
	const char *signature;
	const char *results;
	const char *fields;
	const char *later; /* NULL: now */
};

enum slot_type {
	SLOT_UFFD,
	SLOT_FD,
	SLOT_RANGE,
	SLOT_ADDR,
	SLOT_PAGES,
	SLOT_FILE,
	SLOT_THREAD,
	SLOT_PROCESS,
	SLOT_MAP,
	SLOT_MAPPING,
	SLOT_VALUE,
	SLOT_SIZE,
	SLOT_HUGE,
	SLOT_SERVE,
	SLOT_KEY,
	SLOT_FLAGS,
};

/* One argument of a signature. */
struct op_slot {
	enum lang_role role;
	enum slot_type type;
	enum lang_flags table; /* SLOT_FLAGS */
	bool optional;
	char name[24]; /* as shown: "SRC", "len=" */
};

enum { OP_MAX_SLOTS = 6 };

extern const struct op_row op_rows[LANG_OPS];

/* LANG_OPS if there is none. */
enum lang_op op_by_name(const char *name);
const char *const *op_names(void);
/* The signature taken apart; returns the number of slots. */
unsigned int op_slots(enum lang_op op, struct op_slot slots[OP_MAX_SLOTS]);
/* "copy UFFD ADDR SRC [copy mode] [len=BYTES]"; free with g_free(). */
char *op_usage(enum lang_op op);
/* Whether a word stands in one of the columns results and fields. */
bool op_column_has(const char *column, const char *word);

/* LANG_FIELD_KINDS if there is none. */
enum lang_field_kind field_by_name(const char *name);
/* The fields that messages of that event have, as a column. */
const char *event_fields(enum lang_event event);
/* The flags in such a field; LANG_FLAGS_TABLES: it holds none. */
enum lang_flags field_flags(enum lang_field_kind kind);

#endif
