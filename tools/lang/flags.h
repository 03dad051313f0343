/* SPDX-License-Identifier: GPL-2.0-only */
/* flags.h - words that stand for numbers: errnos, signals, events, modes, features */
#ifndef TOOLS_LANG_FLAGS_H
#define TOOLS_LANG_FLAGS_H

#include "tools/lang/lang.h"

/* A word of a table; @later: the work that brings its model, NULL: it is there. */
struct lang_flag {
	const char *name;
	uint64_t value;
	const char *later;
};

/* What the table is a set of, for messages: "register mode". */
const char *flags_what(enum lang_flags table);
/* The table by the name that ops.def uses, LANG_FLAGS_TABLES if there is none. */
enum lang_flags flags_by_name(const char *name);
/* Exactly one word instead of several joined by `|`. */
bool flags_single(enum lang_flags table);
const struct lang_flag *flags_find(enum lang_flags table, const char *name);
/* All names of a table, ended by NULL. */
const char *const *flags_names(enum lang_flags table);

/* 0 if there is none of that name. */
int errno_by_name(const char *name);
const char *const *errno_names(void);
unsigned int event_by_name(const char *name);
const char *const *event_names(void);

#endif
