// SPDX-License-Identifier: GPL-2.0-only
/* main.c - the uffdsim command: finds the subcommand and hands over */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tools/cmd.h"

static const struct command commands[] = {
	{ "run", "FILE...", "run scenario files",
	  "Runs each scenario on each of its kernels with each of its variations and prints KTAP.\n"
	  "A run is a function of the file and the options: nothing else has an influence.",
	  cmd_run },
	{ "explore", "FILE...", "try every interleaving of the races in scenario files",
	  "Tries every order of events of each race, leaving out those that can only repeat what "
	  "was\n"
	  "seen.  Says whether it was complete, what the outcomes were, and which `sometimes` "
	  "lines\n"
	  "were reached.",
	  cmd_explore },
	{ "fuzz", "[DIR...]", "run random scenarios under random schedules, and keep what fails",
	  "Each seed makes a scenario, which is run under many schedules.  Failures are kept, once\n"
	  "each, as scenario files with their schedule; each has a token for `uffdsim replay`.\n"
	  "The same seeds find the same failures, however many processes there are.  Ranges of\n"
	  "seeds can be spread over machines; --merge joins their folders.",
	  cmd_fuzz },
	{ "replay", "TOKEN|FILE", "make a run that `uffdsim fuzz` has found again",
	  "Says when the run is not the one that was meant: another version of the generator, or\n"
	  "code whose steps the schedule does not fit any more (exit status 2).",
	  cmd_replay },
	{ "shrink", "FILE|TOKEN", "make a failing scenario as small as it gets",
	  "Takes out threads, lines, pages and failures, then switches between threads, as long as\n"
	  "it still fails for the same reason.  The result has its schedule, and says which two\n"
	  "places in the code must come in which order.",
	  cmd_shrink },
	{ "coverage", "SEEDS|FILE...", "show which branches of the copy paths runs reach",
	  "SEEDS are those of `uffdsim fuzz`, A or A..B.  Of each condition in the functions that\n"
	  "COPY, ZEROPAGE and CONTINUE go through: was it false, was it true?",
	  cmd_coverage },
	{ "export", "FILE...", "write a C program that does the same on a real kernel",
	  "The program needs libc and the kernel's headers.  It says of each line whether the kernel\n"
	  "does what the file expects.  What a program cannot do or see is an error; of several\n"
	  "files, those that it is in are skipped when the program runs.",
	  cmd_export },
	{ "fmt", "FILE...", "print scenario files in canonical form",
	  "Without an option the canonical form goes to the terminal.", cmd_fmt },
	{ "bugs", "", "list the behaviours in which kernels differ or were once wrong", NULL,
	  cmd_bugs },
	{ "kernels", "", "list the kernels and the behaviours that make them", NULL, cmd_kernels },
	{ "invariants", "", "list what is checked after every step", NULL, cmd_invariants },
	{ "locks", "", "list the classes of locks, outermost first", NULL, cmd_locks },
	{ "points", "[PATTERN]", "list the scheduling points, for [stop at FUNCTION:LABEL]",
	  "With a PATTERN (* and ? match) only the points whose name matches.", cmd_points },
	{ "failpoints", "", "list what a scenario can make fail", NULL, cmd_failpoints },
};

static void print_commands(FILE *out)
{
	size_t i;

	fprintf(out, "usage: uffdsim COMMAND [OPTION...] [ARGUMENT...]\n\n"
		     "A deterministic simulation of the part of Linux mm that page faults and\n"
		     "userfaultfd go through.\n\n");
	for (i = 0; i < G_N_ELEMENTS(commands); i++)
		fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].summary);
	fprintf(out, "\n'uffdsim COMMAND --help' tells more about one of them.\n"
		     "Exit status: 0 passed, 1 something failed, 2 bad input, 77 all skipped.\n");
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(commands); i++) {
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	}
	return NULL;
}

static bool is_help(const char *arg)
{
	return !strcmp(arg, "help") || !strcmp(arg, "--help") || !strcmp(arg, "-h");
}

/* "uffdsim help run" is "uffdsim run --help". */
static int help(int argc, char **argv)
{
	const struct command *c = argc > 2 ? find_command(argv[2]) : NULL;
	char *args[] = { argv[0], (char *)"--help", NULL };

	if (c)
		return c->run(c, 2, args);
	print_commands(stdout);
	return STATUS_PASSED;
}

int main(int argc, char **argv)
{
	const struct command *c;

	if (argc < 2) {
		print_commands(stderr);
		return STATUS_BAD_INPUT;
	}
	if (is_help(argv[1]))
		return help(argc, argv);
	c = find_command(argv[1]);
	if (c)
		return c->run(c, argc - 1, argv + 1);
	fprintf(stderr, "uffdsim: '%s' is not a command; 'uffdsim --help' lists them\n", argv[1]);
	return STATUS_BAD_INPUT;
}
