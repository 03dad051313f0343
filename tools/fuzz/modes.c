// SPDX-License-Identifier: GPL-2.0-only
/* modes.c - what `uffdsim fuzz --mode` can be told to look for */
#include <glib.h>
#include <string.h>

#include "tools/fuzz/modes.h"

static const char *const modes[] = {
	FUZZ_ANY_MODE, "copy", "zeropage", "continue", "writeprotect", "hugepages", NULL,
};

bool fuzz_mode_known(const char *mode)
{
	return g_strv_contains(modes, mode);
}

char *fuzz_mode_list(void)
{
	return g_strjoinv(", ", (char **)modes);
}

const char *fuzz_mode_for_generator(const char *mode)
{
	return strcmp(mode, FUZZ_ANY_MODE) ? mode : NULL;
}
