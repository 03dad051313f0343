// SPDX-License-Identifier: GPL-2.0-only
/* cmd_replay.c - uffdsim replay: one run of `uffdsim fuzz` again */
#include <stdio.h>
#include <string.h>

#include "tools/cmd.h"
#include "tools/fuzz/replay.h"

static struct {
	char *kernel;
	char *write;
	gboolean trace;
} opt;

static const GOptionEntry entries[] = {
	{ "trace", 't', 0, G_OPTION_ARG_NONE, &opt.trace, "Print every step", NULL },
	{ "kernel", 'k', 0, G_OPTION_ARG_STRING, &opt.kernel,
	  "Of a FILE: run it on this kernel instead of its own", "KERNEL" },
	{ "write", 'w', 0, G_OPTION_ARG_FILENAME, &opt.write,
	  "Of a TOKEN: write the scenario with the schedule of this run into FILE", "FILE" },
	{ NULL, 0, 0, 0, NULL, NULL, NULL },
};

int cmd_replay(const struct command *self, int argc, char **argv)
{
	int status;

	if (!cmd_options(self, entries, &argc, &argv, &status))
		return status;
	if (argc != 2)
		return cmd_bad_usage(self, argc < 2 ? "no token and no file to replay" :
						      "one token or file at a time");
	interp_init();
	if (fuzz_is_token(argv[1])) {
		if (opt.kernel)
			return cmd_bad_usage(self, "--kernel: the token says the kernel");
		return replay_token(argv[1], opt.trace ? stdout : NULL, opt.write);
	}
	if (opt.write)
		return cmd_bad_usage(self, "--write: a file is there already");
	return replay_file(argv[1], opt.kernel, opt.trace ? stdout : NULL);
}
