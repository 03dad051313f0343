/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lang.h - reading and printing scenario files: what the rest of tools/ sees of tools/lang/
 */
#ifndef TOOLS_LANG_LANG_H
#define TOOLS_LANG_LANG_H

#include "tools/lang/ast.h"
#include "tools/lang/diag.h"

enum {
	LANG_MAX_BYTES = 1 << 20,
	LANG_MAX_LINES = 20000,
	LANG_MAX_COLUMNS = 100,
	LANG_MAX_VARIATIONS = 256,
	LANG_MAX_EXPANDED = 100000, /* lines, over all variations */
	LANG_MAX_NESTING = 64,
};

/* A file: its text, and the variations that it stands for. */
struct scenario_file {
	const char *name; /* as given */
	const char *text; /* all of it, NUL-terminated */
	size_t len;
	GPtrArray *scenarios; /* struct scenario: the cross product of `vary`, at least one */
	struct lang_arena *arena;
};

/*
 * The names that only the caller knows, each list ended by NULL.  A list that is NULL is not
 * checked, but for kernels: v6.1 and minor-v1 are the default.  Kernels stand from the oldest
 * to the newest, for [kernel < K].
 */
struct lang_catalogue {
	const char *const *kernels;
	const char *const *bugs;
	const char *const *failpoints;
	const char *const *invariants;
	const char *const *locks;
};

/* Sets them for all files read from now on; the caller keeps them.  NULL: the defaults. */
void lang_use_catalogue(const struct lang_catalogue *names);
const struct lang_catalogue *lang_catalogue(void);

/*
 * Reads a file and checks it.  Returns NULL when there was an error: @d has all of them.
 * Free with lang_free().
 */
struct scenario_file *lang_load(const char *path, struct diag *d);
/* The same for text in memory; @name is shown in diagnostics. */
struct scenario_file *lang_load_text(const char *text, size_t len, const char *name,
				     struct diag *d);
void lang_free(struct scenario_file *file);

/*
 * The canonical form of a text, comments kept.  NULL when it cannot be read as the language;
 * names and operations that are not modelled yet do not matter.  Free with g_free().
 */
char *lang_format(const char *text, size_t len, const char *name, struct diag *d);
/* Reads a file for lang_format(): NULL and a diagnostic when it cannot be read. */
char *lang_read_file(const char *path, size_t *len, struct diag *d);

/* ------------------------------------------------------------ for interpreters */

/* The argument of that role, or NULL. */
const struct lang_arg *lang_call_arg(const struct lang_call *call, enum lang_role role);
/* The prop of that kind, or NULL. */
const struct lang_prop *lang_call_prop(const struct lang_call *call, enum lang_prop_kind kind);
/* Whether `final` asks if @thread is blocked: then it may sleep for good. */
bool lang_may_stay_blocked(const struct scenario *s, const struct lang_decl *thread);
/* log2 of the page size of a file or mapping. */
unsigned int lang_page_shift(const struct lang_decl *decl);
/* Name of an operation: "copy". */
const char *lang_op_name(enum lang_op op);
bool lang_op_is_ioctl(enum lang_op op);
const char *lang_decl_kind_name(enum lang_decl_kind kind);
/* "copy", "mapped" ... */
const char *lang_field_name(enum lang_field_kind kind);

/* "EEXIST" of 17; "errno 999" of what has no name (in a static buffer). */
const char *lang_errno_name(int err);
const char *lang_signal_name(int sig);
const char *lang_event_name(unsigned int event);
/* "SEGV_MAPERR": the code that comes with a signal.  Free with g_free(). */
char *lang_code_text(int sig, int code);

/* Sets of flags by the name that ops.def uses. */
enum lang_flags {
	LANG_FLAGS_FEATURES,
	LANG_FLAGS_REGISTER, /* UFFDIO_REGISTER_MODE_*; also kinds of faults */
	LANG_FLAGS_COPY,
	LANG_FLAGS_ZEROPAGE,
	LANG_FLAGS_CONTINUE,
	LANG_FLAGS_POISON,
	LANG_FLAGS_WRITEPROTECT,
	LANG_FLAGS_ADVICE,    /* MADV_*: one of them */
	LANG_FLAGS_MREMAP,    /* MREMAP_* */
	LANG_FLAGS_PROT,      /* PROT_* */
	LANG_FLAGS_SIGNAL,    /* SIG*: one of them */
	LANG_FLAGS_CODE,      /* si_code of a signal: one of them */
	LANG_FLAGS_POLL,      /* POLL* */
	LANG_FLAGS_IOCTLS,    /* 1 << _UFFDIO_* */
	LANG_FLAGS_PAGEFAULT, /* UFFD_PAGEFAULT_FLAG_* */
	LANG_FLAGS_PTE,	      /* LANG_PTE_* */
	LANG_FLAGS_TABLES
};

/* "WAKE|COPY|0x100", as a scenario writes it; "0" for none.  Free with g_free(). */
char *lang_flags_text(enum lang_flags table, uint64_t value);

#endif
