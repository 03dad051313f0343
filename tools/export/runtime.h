/* SPDX-License-Identifier: GPL-2.0-only */
/* runtime.h - the sources of the run time of exported programs, as text */
#ifndef TOOLS_EXPORT_RUNTIME_H
#define TOOLS_EXPORT_RUNTIME_H

#include <stddef.h>

/* In the order in which they follow each other; the scenarios stand before the driver. */
enum runtime_part {
	RUNTIME_PROGRAM,
	RUNTIME_PERFORM,
	RUNTIME_TEXT,
	RUNTIME_MATCH,
	RUNTIME_LOOK,
	RUNTIME_DRIVE,
	RUNTIME_MAIN,
	RUNTIME_PARTS
};

const char *runtime_text(enum runtime_part part);
size_t runtime_len(enum runtime_part part);

#endif
