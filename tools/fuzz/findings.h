/* SPDX-License-Identifier: GPL-2.0-only */
/* findings.h - what failed, once each, and the folder in which it is kept */
#ifndef TOOLS_FUZZ_FINDINGS_H
#define TOOLS_FUZZ_FINDINGS_H

#include "tools/fuzz/case.h"

/* Of one failure; the same kernel and key mean the same defect. */
struct finding {
	char *kernel; /* word of a token */
	char *key;
	char *reason; /* first line of the report */
	char *token;
	char *text;		     /* the .uffd file, whole */
	uint64_t scenario, schedule; /* out of the token: the lowest is kept */
	unsigned int slices;	     /* of its schedule, while it is new */
};

void finding_free(void *finding);

/* Same defect, same key: places in the generated text are no part of it.  g_free() it. */
char *finding_key(const char *key, const char *reason);

/*
 * Makes the file of a run that has just been made, and if it failed sees to it that the file
 * leads there again.  The next run of @c starts anew.  Free with finding_free().
 */
struct finding *finding_new(const struct fuzz_case *c, const struct fuzz_token *token,
			    const struct interp_try *t);
/* The same of an end for which there is no run to show; @text becomes a comment. */
struct finding *finding_of_text(const struct fuzz_token *token, const char *key, const char *text,
				const char *scenario);
/* Reads the head of a file that was kept; NULL: it is none.  Takes over @text. */
struct finding *finding_read(char *text);
/* The trace hash in the head of a file that was kept; false: it has none. */
bool finding_trace(const char *text, uint64_t *hash);
/* Name of its file. */
char *finding_name(const struct finding *f);

/* ------------------------------------------------------------------- folder */

struct findings;

/* @folder need not be there before something is kept. */
struct findings *findings_new(const char *folder);
void findings_free(struct findings *set);
enum finding_news { FINDING_NEW, FINDING_LOWER, FINDING_KNOWN };
/*
 * Takes over @f.  What is new, or has a lower seed than the one that is there, is written.
 * False: it could not be, see *error.
 */
bool findings_add(struct findings *set, struct finding *f, enum finding_news *news, GError **error);
/* Those of this set, in the order of their keys.  Free with g_ptr_array_free(). */
GPtrArray *findings_list(const struct findings *set);
char *findings_path(const struct findings *set, const struct finding *f);

#endif
