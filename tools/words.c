// SPDX-License-Identifier: GPL-2.0-only
/* words.c - lists of words as the catalogues have them */
#include <string.h>

#include "tools/words.h"

bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);
	const char *p = words;

	while ((p = strstr(p, word))) {
		bool begins = p == words || strchr(" ,", p[-1]);

		if (begins && (!p[len] || strchr(" ,", p[len])))
			return true;
		p += len;
	}
	return false;
}
