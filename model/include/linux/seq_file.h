/* SPDX-License-Identifier: GPL-2.0-only */
/* seq_file.h */
#ifndef _LINUX_SEQ_FILE_H
#define _LINUX_SEQ_FILE_H

struct seq_file {
	struct file *file;
	void *private;
};

/* Nobody reads /proc. */
static inline __attribute__((format(printf, 2, 3))) void seq_printf(struct seq_file *m,
								    const char *fmt, ...)
{
}

#endif
