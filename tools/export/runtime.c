// SPDX-License-Identifier: GPL-2.0-only
/* runtime.c - the files of runtime/, put into the command as they stand in the sources */
#include "tools/export/runtime.h"

#define PART(name, file)                                      \
	extern const char part_##name[], end_of_##name[];     \
	__asm__(".section .rodata\n"                          \
		".global part_" #name "\n"                    \
		"part_" #name ":\n"                           \
		".incbin \"tools/export/runtime/" file "\"\n" \
		".global end_of_" #name "\n"                  \
		"end_of_" #name ":\n"                         \
		".byte 0\n"                                   \
		".previous\n")

PART(program, "program.h");
PART(perform, "perform.c");
PART(text, "text.c");
PART(match, "match.c");
PART(look, "look.c");
PART(drive, "drive.c");
PART(main, "main.c");

static const struct {
	const char *start, *end;
} parts[RUNTIME_PARTS] = {
	[RUNTIME_PROGRAM] = { part_program, end_of_program },
	[RUNTIME_PERFORM] = { part_perform, end_of_perform },
	[RUNTIME_TEXT] = { part_text, end_of_text },
	[RUNTIME_MATCH] = { part_match, end_of_match },
	[RUNTIME_LOOK] = { part_look, end_of_look },
	[RUNTIME_DRIVE] = { part_drive, end_of_drive },
	[RUNTIME_MAIN] = { part_main, end_of_main },
};

const char *runtime_text(enum runtime_part part)
{
	return parts[part].start;
}

size_t runtime_len(enum runtime_part part)
{
	return parts[part].end - parts[part].start;
}
