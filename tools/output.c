// SPDX-License-Identifier: GPL-2.0-only
/* output.c - files that the tool writes: whole or not at all */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/output.h"

static bool failed(const char *path, GError **error)
{
	int err = errno;

	g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(err), "%s: %s", path,
		    g_strerror(err));
	return false;
}

/* Into what is there: a terminal, a pipe, /dev/null. */
static bool write_into(const char *path, const char *text, size_t len, GError **error)
{
	FILE *f = fopen(path, "w");
	bool done;

	if (!f)
		return failed(path, error);
	done = fwrite(text, 1, len, f) == len;
	return (!fclose(f) && done) || failed(path, error);
}

/* A plain file is written beside itself and renamed, and that must not happen to a device. */
bool write_whole(const char *path, const char *text, size_t len, GError **error)
{
	struct stat st;

	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return write_into(path, text, len, error);
	return g_file_set_contents_full(
		path, text, len, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0644,
		error);
}

bool write_all(int fd, const void *bytes, size_t n)
{
	const char *p = bytes;

	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		p += done;
		n -= done;
	}
	return true;
}
