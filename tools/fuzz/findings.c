// SPDX-License-Identifier: GPL-2.0-only
/* findings.c - what failed, once each, and the folder in which it is kept */
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "tools/fuzz/findings.h"
#include "tools/fuzz/kept.h"
#include "tools/output.h"

enum { LONGEST_KEY = 70, LONGEST_NAME = 100 };

/* The head of a file; `uffdsim fuzz --merge` and `uffdsim replay` read it. */
#define HEAD_KEY "# found by uffdsim fuzz: "
#define HEAD_TOKEN "# token: "
#define HEAD_MORE "#        "

void finding_free(void *finding)
{
	struct finding *f = finding;

	if (!f)
		return;
	g_free(f->kernel);
	g_free(f->key);
	g_free(f->reason);
	g_free(f->token);
	g_free(f->text);
	g_free(f);
}

/* --------------------------------------------------------------------- keys */

/* Numbers and indices differ from one generated scenario to the next. */
static void append_without_numbers(GString *out, const char *s)
{
	while (*s && out->len < LONGEST_KEY) {
		size_t n = g_ascii_isdigit(*s) ? strspn(s, "0123456789abcdefx") : 0;

		if (n)
			g_string_append_c(out, '#');
		else
			g_string_append_c(out, *s);
		s += n ? n : 1;
	}
}

char *finding_key(const char *key, const char *reason)
{
	GString *out;

	if (g_str_has_prefix(key, "LIMIT in "))
		return g_strdup("LIMIT");
	if (!g_str_has_prefix(key, "line ") || !reason)
		return g_strndup(key, LONGEST_KEY);
	out = g_string_new(NULL);
	append_without_numbers(out, reason);
	return g_string_free(out, false);
}

/* A name for people, and of what it leaves out a hash. */
char *finding_name(const struct finding *f)
{
	char *id = g_strconcat(f->kernel, " ", f->key, NULL);
	GString *name = g_string_new(id);
	bool lossy = name->len > LONGEST_NAME;
	gsize i;

	g_string_truncate(name, MIN(name->len, LONGEST_NAME));
	for (i = 0; i < name->len; i++) {
		if (g_ascii_isalnum(name->str[i]) || strchr("._+-", name->str[i]))
			continue;
		lossy |= name->str[i] != ' ';
		name->str[i] = '-';
	}
	if (lossy)
		g_string_append_printf(name, "-%08x", g_str_hash(id));
	g_string_append(name, ".uffd");
	g_free(id);
	return g_string_free(name, false);
}

/* -------------------------------------------------------------------- files */

/* A token must stay whole: it goes on in the next line. */
static void comment_token(GString *out, const char *token)
{
	size_t room = LANG_MAX_COLUMNS - strlen(HEAD_TOKEN);
	const char *head = HEAD_TOKEN;

	for (; *token; token += MIN(room, strlen(token))) {
		g_string_append_printf(out, "%s%.*s\n", head, (int)room, token);
		head = HEAD_MORE;
	}
}

static GString *head(const struct finding *f)
{
	GString *out = g_string_new(NULL);

	kept_comment(out, HEAD_KEY, f->key);
	kept_comment(out, "# ", f->reason);
	comment_token(out, f->token);
	return out;
}

/* @schedule may be NULL: then only the token leads to the run. */
static char *file_text(const struct fuzz_case *c, const struct finding *f, uint64_t hash,
		       const char *schedule)
{
	char *trace = g_strdup_printf("%016lx", (unsigned long)hash);
	GString *out = head(f);

	if (schedule)
		kept_comment(out, KEPT_TRACE, trace);
	else
		kept_comment(out, "# ",
			     "A schedule is not all of this run: only the token gives it.");
	kept_text(out, c->text, schedule);
	g_free(trace);
	return kept_canonical(out, c->name);
}

/* Nothing is kept that has not been seen to lead to the same run. */
static bool replays(const char *text, const char *kernel, uint64_t hash)
{
	const struct interp_chooser none = { .seed = INTERP_DEFAULT_SEED };
	const struct interp_options how = { 0 };
	struct diag *d = diag_new();
	struct scenario_file *file = lang_load_text(text, strlen(text), "kept", d);
	struct interp_race *race;
	struct interp_try t = { 0 };

	if (file) {
		race = interp_race_new(file, file->scenarios->pdata[0], kernel, &how);
		interp_race_try(race, &none, &t);
		interp_race_free(race);
		lang_free(file);
	}
	diag_free(d);
	return t.failed && t.hash == hash;
}

static struct finding *bare(const struct fuzz_token *token, const char *key, const char *reason)
{
	struct finding *f = g_new0(struct finding, 1);

	f->kernel = g_strdup(token->kernel.word);
	f->key = finding_key(key, reason);
	f->reason = g_strdup(reason);
	f->token = fuzz_token_text(token);
	f->scenario = token->scenario;
	f->schedule = token->schedule;
	return f;
}

/*
 * The file did not lead there.  If the token does, chance had a part in it; otherwise the run
 * failed because of runs before it, of which nothing may be left: the simulator is at fault.
 */
static void doubt(struct finding *f, const struct fuzz_case *c, const struct fuzz_token *token)
{
	const struct interp_chooser chooser = fuzz_chooser(token);
	struct interp_try t;
	char *key = f->key;

	interp_race_forget(c->race);
	interp_race_try(c->race, &chooser, &t);
	if (!t.failed || t.hash != token->hash) {
		f->key = g_strdup_printf("only after other runs: %s", key);
		g_free(key);
	}
	g_free(f->text);
	f->text = file_text(c, f, token->hash, NULL);
}

struct finding *finding_new(const struct fuzz_case *c, const struct fuzz_token *token,
			    const struct interp_try *t)
{
	char *schedule = interp_race_schedule(c->race);
	struct fuzz_token exact = *token;
	struct finding *f;

	exact.has_hash = true;
	exact.hash = t->hash;
	f = bare(&exact, t->key, t->reason);
	f->slices = interp_race_slices(c->race);
	f->text = file_text(c, f, t->hash, schedule);
	if (t->failed && !replays(f->text, token->kernel.name, t->hash))
		doubt(f, c, &exact);
	interp_race_forget(c->race);
	g_free(schedule);
	return f;
}

struct finding *finding_of_text(const struct fuzz_token *token, const char *key, const char *text,
				const char *scenario)
{
	struct finding *f = bare(token, key, text);
	GString *out = head(f);

	if (scenario)
		g_string_append(out, scenario);
	f->text = g_string_free(out, false);
	return f;
}

/* ------------------------------------------------------------------ reading */

/* What the leading comment says behind @head, with the lines in which it goes on; or NULL. */
static char *head_line(const char *text, const char *head)
{
	GString *found = NULL;

	for (; *text == '#'; text += strcspn(text, "\n"), text += *text == '\n') {
		const char *begins = found ? HEAD_MORE : head;

		if (g_str_has_prefix(text, begins)) {
			if (!found)
				found = g_string_new(NULL);
			text += strlen(begins);
			g_string_append_len(found, text, strcspn(text, "\n"));
		} else if (found) {
			break;
		}
	}
	return found ? g_string_free(found, false) : NULL;
}

bool finding_trace(const char *text, uint64_t *hash)
{
	char *number = head_line(text, KEPT_TRACE);
	bool found = number && fuzz_number(number, 16, hash);

	g_free(number);
	return found;
}

/* The kernel and the seeds of a token, which may be of another version. */
static bool read_token(struct finding *f)
{
	char **parts = g_strsplit(f->token, ":", -1);
	bool ok = fuzz_is_token(f->token) && g_strv_length(parts) >= 6;

	if (ok) {
		f->kernel = g_strdup(parts[1]);
		ok = fuzz_number(parts[3], 10, &f->scenario) &&
		     fuzz_number(parts[5], 10, &f->schedule);
	}
	g_strfreev(parts);
	return ok;
}

struct finding *finding_read(char *text)
{
	struct finding *f = g_new0(struct finding, 1);

	f->text = text;
	f->key = head_line(text, HEAD_KEY);
	f->token = head_line(text, HEAD_TOKEN);
	if (f->key && f->token && read_token(f))
		return f;
	finding_free(f);
	return NULL;
}

/* ------------------------------------------------------------------- folder */

struct findings {
	char *folder;
	GHashTable *by_name; /* name of the file -> struct finding */
};

struct findings *findings_new(const char *folder)
{
	struct findings *set = g_new0(struct findings, 1);

	set->folder = g_strdup(folder);
	set->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, finding_free);
	return set;
}

void findings_free(struct findings *set)
{
	g_hash_table_destroy(set->by_name);
	g_free(set->folder);
	g_free(set);
}

char *findings_path(const struct findings *set, const struct finding *f)
{
	char *name = finding_name(f), *path = g_build_filename(set->folder, name, NULL);

	g_free(name);
	return path;
}

/* The lowest seed: so it does not matter who found it first, or in which order folders merge. */
static bool is_lower(const struct finding *a, const struct finding *b)
{
	if (a->scenario != b->scenario)
		return a->scenario < b->scenario;
	if (a->schedule != b->schedule)
		return a->schedule < b->schedule;
	return strcmp(a->text, b->text) < 0;
}

/* One that an earlier run of the program has left in the folder. */
static bool kept_is_lower(const char *path, const struct finding *f)
{
	struct finding *kept;
	char *text;
	bool lower;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return false;
	kept = finding_read(text);
	lower = kept && !is_lower(f, kept);
	finding_free(kept);
	return lower;
}

static bool keep(struct findings *set, const struct finding *f, GError **error)
{
	char *path = findings_path(set, f);
	bool ok = true;

	if (g_mkdir_with_parents(set->folder, 0755)) {
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s",
			    set->folder, g_strerror(errno));
		ok = false;
	} else if (!kept_is_lower(path, f)) {
		ok = write_whole(path, f->text, strlen(f->text), error);
	}
	g_free(path);
	return ok;
}

bool findings_add(struct findings *set, struct finding *f, enum finding_news *news, GError **error)
{
	char *name = finding_name(f);
	const struct finding *known = g_hash_table_lookup(set->by_name, name);

	*news = !known ? FINDING_NEW : is_lower(f, known) ? FINDING_LOWER : FINDING_KNOWN;
	if (*news == FINDING_KNOWN) {
		finding_free(f);
		g_free(name);
		return true;
	}
	g_hash_table_replace(set->by_name, name, f);
	return keep(set, f, error);
}

static int by_key(const void *a, const void *b)
{
	const struct finding *x = *(const struct finding *const *)a;
	const struct finding *y = *(const struct finding *const *)b;
	int d = strcmp(x->kernel, y->kernel);

	return d ? d : strcmp(x->key, y->key);
}

GPtrArray *findings_list(const struct findings *set)
{
	GPtrArray *list = g_ptr_array_new();
	GHashTableIter iter;
	gpointer f;

	g_hash_table_iter_init(&iter, set->by_name);
	while (g_hash_table_iter_next(&iter, NULL, &f))
		g_ptr_array_add(list, f);
	g_ptr_array_sort(list, by_key);
	return list;
}
