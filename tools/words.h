/* SPDX-License-Identifier: GPL-2.0-only */
/* words.h - lists of words as the catalogues have them */
#ifndef TOOLS_WORDS_H
#define TOOLS_WORDS_H

#include <stdbool.h>

/* Whether that word is one of those between commas and blanks. */
bool has_word(const char *words, const char *word);

#endif
