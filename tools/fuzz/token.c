// SPDX-License-Identifier: GPL-2.0-only
/* token.c - one word that names a run of `uffdsim fuzz` */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/fuzz/gen.h"
#include "tools/fuzz/modes.h"
#include "tools/fuzz/token.h"

#define TOKEN_WORD "fuzz"

enum part { VERSION, KERNEL, MODE, SCENARIO, STRATEGY, SCHEDULE, HASH, PARTS };

bool fuzz_number(const char *text, int base, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, base);
	return g_ascii_isxdigit(*text) && end != text && !*end && !errno;
}

/* ------------------------------------------------------------------ kernels */

/* The words between the signs of both forms; "with" is one only between spaces. */
static char **kernel_words(const char *text)
{
	char **words = g_strsplit_set(text, "+, ", -1);
	unsigned int i, n = 0;

	for (i = 0; words[i]; i++) {
		if (!*words[i] || (n == 1 && !strcmp(words[i], "with")))
			g_free(words[i]);
		else
			words[n++] = words[i];
	}
	words[n] = NULL;
	return words;
}

static bool check_words(char **words, const char *text, struct diag *d, uint32_t col)
{
	const struct lang_catalogue *known = lang_catalogue();
	struct lang_pos pos = { 1, col, strlen(text) };
	const char *name = words[0] ? words[0] : "";
	unsigned int i;

	if (!g_strv_contains(known->kernels, name)) {
		pos.len = MAX(strlen(name), 1);
		diag_error(d, pos, "unknown kernel '%s'", name);
		diag_suggest(d, pos, name, known->kernels);
		return false;
	}
	for (i = 1; words[i]; i++) {
		if (g_strv_contains(known->bugs, words[i]))
			continue;
		pos.col = col + (strstr(text + strlen(name), words[i]) - text);
		pos.len = strlen(words[i]);
		diag_error(d, pos, "no behaviour is called '%s'; `uffdsim bugs` lists them",
			   words[i]);
		diag_suggest(d, pos, words[i], known->bugs);
		return false;
	}
	return true;
}

bool fuzz_kernel_parse(const char *text, struct fuzz_kernel *k, struct diag *d, uint32_t col)
{
	char **words = kernel_words(text), *more;
	bool ok = check_words(words, text, d, col);

	*k = (struct fuzz_kernel){ 0 };
	if (ok) {
		more = g_strjoinv(", ", words + 1);
		k->name = g_strdup(words[0]);
		k->line = g_strconcat(words[0], *more ? " with " : "", more, NULL);
		k->word = g_strjoinv("+", words);
		g_free(more);
	}
	g_strfreev(words);
	return ok;
}

void fuzz_kernel_clear(struct fuzz_kernel *k)
{
	g_free(k->name);
	g_free(k->line);
	g_free(k->word);
	*k = (struct fuzz_kernel){ 0 };
}

/* --------------------------------------------------------------- strategies */

static const struct {
	const char *name;
	enum interp_choosing how;
	bool has_depth;
	unsigned int least, most;
} strategies[] = {
	{ "random", INTERP_RANDOM, false, 0, 0 },
	{ "pct", INTERP_PCT, true, 1, 16 },
	{ "bounded", INTERP_BOUNDED, true, 0, 16 },
};

bool fuzz_strategy_parse(const char *text, struct fuzz_strategy *s)
{
	uint64_t depth = 0;
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(strategies); i++) {
		size_t n = strlen(strategies[i].name);

		if (strncmp(text, strategies[i].name, n))
			continue;
		if (strategies[i].has_depth ? !fuzz_number(text + n, 10, &depth) : text[n] != '\0')
			return false;
		*s = (struct fuzz_strategy){ strategies[i].how, depth };
		return depth >= strategies[i].least && depth <= strategies[i].most;
	}
	return false;
}

char *fuzz_strategy_text(const struct fuzz_strategy *s)
{
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(strategies); i++) {
		if (strategies[i].how != s->how)
			continue;
		if (strategies[i].has_depth)
			return g_strdup_printf("%s%u", strategies[i].name, s->depth);
		return g_strdup(strategies[i].name);
	}
	g_assert_not_reached();
}

/* ------------------------------------------------------------------- tokens */

bool fuzz_is_token(const char *word)
{
	size_t n = strlen(TOKEN_WORD);

	return !strncmp(word, TOKEN_WORD, n) && g_ascii_isdigit(word[n]) && strchr(word, ':') &&
	       !strchr(word, '/');
}

struct lang_pos fuzz_token_pos(const char *text, unsigned int part)
{
	const char *at = text;

	while (part-- && strchr(at, ':'))
		at = strchr(at, ':') + 1;
	return (struct lang_pos){ 1, at - text + 1, MAX(strcspn(at, ":"), 1) };
}

/* Another generator makes another scenario of the same seed. */
static bool check_version(const char *text, struct fuzz_token *t, struct diag *d)
{
	uint64_t version = 0;
	char *number =
		g_strndup(text + strlen(TOKEN_WORD), strcspn(text, ":") - strlen(TOKEN_WORD));
	struct lang_pos pos = fuzz_token_pos(text, VERSION);

	if (!fuzz_number(number, 10, &version) || version > G_MAXUINT)
		diag_error(d, pos, "this is no version of the generator");
	else if (version == FUZZ_NO_GENERATOR)
		diag_error(d, pos,
			   "no seed makes this scenario, `fuzz --guided` did: replay the file that "
			   "was kept");
	else if (version != FUZZ_GENERATOR_VERSION)
		diag_error(d, pos,
			   "made by version %u of the generator, but this is version %d: the seed "
			   "would give another scenario; replay the .uffd file that was kept",
			   (unsigned int)version, FUZZ_GENERATOR_VERSION);
	t->version = version;
	g_free(number);
	return !d->errors;
}

static void want_number(const char *text, char **parts, enum part part, int base, uint64_t *value,
			struct diag *d)
{
	if (!fuzz_number(parts[part], base, value))
		diag_error(d, fuzz_token_pos(text, part), "expected a number%s",
			   base == 16 ? " of 16 hexadecimal digits" : "");
}

static void parse_parts(const char *text, char **parts, struct fuzz_token *t, struct diag *d)
{
	fuzz_kernel_parse(parts[KERNEL], &t->kernel, d, fuzz_token_pos(text, KERNEL).col);
	t->mode = g_strdup(parts[MODE]);
	if (!fuzz_mode_known(t->mode))
		diag_error(d, fuzz_token_pos(text, MODE), "there is no mode '%s'", t->mode);
	want_number(text, parts, SCENARIO, 10, &t->scenario, d);
	if (!fuzz_strategy_parse(parts[STRATEGY], &t->strategy))
		diag_error(d, fuzz_token_pos(text, STRATEGY), "there is no strategy '%s'",
			   parts[STRATEGY]);
	want_number(text, parts, SCHEDULE, 10, &t->schedule, d);
	t->has_hash = parts[HASH] != NULL;
	if (!t->has_hash)
		return;
	want_number(text, parts, HASH, 16, &t->hash, d);
	if (strlen(parts[HASH]) != 16)
		diag_error(d, fuzz_token_pos(text, HASH), "expected 16 hexadecimal digits");
}

bool fuzz_token_parse(const char *text, struct fuzz_token *t, struct diag *d)
{
	char **parts = g_strsplit(text, ":", -1);
	unsigned int n = g_strv_length(parts);

	*t = (struct fuzz_token){ 0 };
	diag_source(d, "token", text, strlen(text));
	if (check_version(text, t, d)) {
		if (n != HASH && n != PARTS)
			diag_error(d, fuzz_token_pos(text, MIN(n, PARTS)),
				   "a token has %d or %d parts, this one has %u", HASH, PARTS, n);
		else
			parse_parts(text, parts, t, d);
	}
	g_strfreev(parts);
	return !d->errors;
}

void fuzz_token_clear(struct fuzz_token *t)
{
	fuzz_kernel_clear(&t->kernel);
	g_free(t->mode);
	t->mode = NULL;
}

char *fuzz_token_text(const struct fuzz_token *t)
{
	GString *s = g_string_new(NULL);
	char *strategy = fuzz_strategy_text(&t->strategy);

	g_string_printf(s, TOKEN_WORD "%u:%s:%s:%lu:%s:%lu", t->version, t->kernel.word, t->mode,
			(unsigned long)t->scenario, strategy, (unsigned long)t->schedule);
	if (t->has_hash)
		g_string_append_printf(s, ":%016lx", (unsigned long)t->hash);
	g_free(strategy);
	return g_string_free(s, false);
}

/* Schedules of one scenario, and those of its neighbours, must have nothing in common. */
struct interp_chooser fuzz_chooser(const struct fuzz_token *t)
{
	uint64_t z =
		t->scenario * 0x9e3779b97f4a7c15ull ^ (t->schedule + 1) * 0xd1342543de82ef95ull;

	z = (z ^ (z >> 32)) * 0xd6e8feb86659fd93ull;
	return (struct interp_chooser){
		.how = t->strategy.how,
		.depth = t->strategy.depth,
		.seed = z ^ (z >> 32),
	};
}
