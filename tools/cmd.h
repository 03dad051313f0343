/* SPDX-License-Identifier: GPL-2.0-only */
/* cmd.h - the subcommands of uffdsim, and what they share */
#ifndef TOOLS_CMD_H
#define TOOLS_CMD_H

#include <glib.h>
#include <stdbool.h>

enum {
	STATUS_PASSED = 0,
	STATUS_FAILED = 1,
	STATUS_BAD_INPUT = 2,
	STATUS_SKIPPED = 77,
};

/* A row of the table in main.c. */
struct command {
	const char *name;
	const char *args;    /* for the usage line */
	const char *summary; /* one line, for the list of commands */
	const char *text;    /* more of it, for --help of the command; may be NULL */
	int (*run)(const struct command *self, int argc, char **argv);
};

/*
 * Parses the options of a subcommand; prints help or the error.
 * Returns false when the command is over, with its exit status in *status.
 */
bool cmd_options(const struct command *self, const GOptionEntry *entries, int *argc, char ***argv,
		 int *status);
/* Prints "uffdsim NAME: ..." and a hint at --help; returns STATUS_BAD_INPUT. */
int cmd_bad_usage(const struct command *self, const char *fmt, ...) G_GNUC_PRINTF(2, 3);

struct diag;
struct fuzz_kernel;

/* Prints what is wrong, if anything is, and frees it: STATUS_BAD_INPUT or STATUS_PASSED. */
int cmd_verdict(struct diag *d);
/* Whether the text of --kernel is one; *k is to be cleared in either case. */
int cmd_kernel(const char *text, struct fuzz_kernel *k);
/* The same for scenarios of a file, which says itself what is switched on in its kernel. */
int cmd_check_kernel(const char *option, const char *name);
/*
 * The scenario files below these paths, or NULL after errors were printed: nothing is run then.
 * Free with g_ptr_array_free().
 */
GPtrArray *cmd_load(int n, char **paths);
/* Into that file, NULL: to standard output.  Prints why it cannot be done. */
int cmd_write(const char *path, const char *text, size_t len);

int cmd_run(const struct command *self, int argc, char **argv);
int cmd_explore(const struct command *self, int argc, char **argv);
int cmd_fuzz(const struct command *self, int argc, char **argv);
int cmd_replay(const struct command *self, int argc, char **argv);
int cmd_shrink(const struct command *self, int argc, char **argv);
int cmd_coverage(const struct command *self, int argc, char **argv);
int cmd_export(const struct command *self, int argc, char **argv);
int cmd_fmt(const struct command *self, int argc, char **argv);
int cmd_bugs(const struct command *self, int argc, char **argv);
int cmd_kernels(const struct command *self, int argc, char **argv);
int cmd_invariants(const struct command *self, int argc, char **argv);
int cmd_locks(const struct command *self, int argc, char **argv);
int cmd_points(const struct command *self, int argc, char **argv);
int cmd_failpoints(const struct command *self, int argc, char **argv);

#endif
