// SPDX-License-Identifier: GPL-2.0-only
/* schedule.c - "h1:3 vcpu:5 h2:*": the order of threads, as a failing run prints it */
#include <string.h>

#include "tools/interp/run.h"

static const struct lang_decl *find_thread(const struct scenario *s, const char *name, size_t len)
{
	guint i;

	for (i = 0; i < s->threads->len; i++) {
		const struct lang_decl *d = s->threads->pdata[i];

		if (strlen(d->name) == len && !strncmp(d->name, name, len))
			return d;
	}
	return NULL;
}

static const char **thread_names(const struct scenario *s)
{
	const char **names = g_new0(const char *, s->threads->len + 1);
	guint i;

	for (i = 0; i < s->threads->len; i++)
		names[i] = ((const struct lang_decl *)s->threads->pdata[i])->name;
	return names;
}

static void unknown_thread(const struct scenario *s, struct lang_pos pos, const char *word,
			   size_t len, struct diag *d)
{
	const char **names = thread_names(s);
	char *name = g_strndup(word, len);

	diag_error(d, pos, "no thread '%s' in this scenario", name);
	diag_suggest(d, pos, name, names);
	g_free(name);
	g_free(names);
}

/* One "h1:3" at @word; adds it to @slices unless that is NULL. */
static bool read_slice(const struct scenario *s, const char *text, const char *word, size_t len,
		       GArray *slices, struct diag *d)
{
	const char *colon = memchr(word, ':', len);
	size_t name = colon ? (size_t)(colon - word) : len;
	const struct lang_decl *thread = find_thread(s, word, name);
	struct lang_pos pos = { 1, word - text + 1, len };
	struct world_slice slice = { .count = WORLD_TO_END };
	char *end = NULL;
	guint64 n;

	if (!thread) {
		pos.len = name;
		unknown_thread(s, pos, word, name, d);
		return false;
	}
	slice.tid = thread->index;
	if (!colon || colon + 1 == word + len) {
		diag_error(d, pos, "expected THREAD:STEPS or THREAD:*");
		return false;
	}
	if (colon[1] != '*') {
		n = g_ascii_strtoull(colon + 1, &end, 10);
		if (end != word + len || !g_ascii_isdigit(colon[1]) || n >= WORLD_TO_END) {
			pos.col += colon + 1 - word;
			pos.len = word + len - colon - 1;
			diag_error(d, pos, "expected a number of steps or '*'");
			return false;
		}
		slice.count = n;
	} else if (colon + 2 != word + len) {
		diag_error(d, pos, "expected THREAD:STEPS or THREAD:*");
		return false;
	}
	if (slices)
		g_array_append_val(slices, slice);
	return true;
}

static bool read_schedule(const struct scenario *s, const char *text, GArray *slices,
			  struct diag *d)
{
	const char *at = text;
	bool ok = true;

	diag_source(d, "--schedule", text, strlen(text));
	while (*(at += strspn(at, " \t\n"))) {
		size_t len = strcspn(at, " \t\n");

		ok &= read_slice(s, text, at, len, slices, d);
		at += len;
	}
	return ok;
}

bool interp_check_schedule(const struct scenario *s, const char *text, struct diag *d)
{
	return read_schedule(s, text, NULL, d);
}

GArray *schedule_new(const struct scenario *s, const char *text)
{
	GArray *slices = g_array_new(false, false, sizeof(struct world_slice));
	struct diag *d;
	guint i;

	if (text) {
		d = diag_new();
		read_schedule(s, text, slices, d);
		diag_free(d);
		return slices;
	}
	for (i = 0; i < s->schedule->len; i++) {
		const struct lang_run *run = s->schedule->pdata[i];
		const struct world_slice slice = {
			.tid = run->thread->index,
			.count = run->steps ? run->steps : WORLD_TO_END,
		};

		g_array_append_val(slices, slice);
	}
	return slices;
}

/* The nth word of a text; 1-based. */
static struct lang_pos word_pos(const char *text, unsigned long n)
{
	const char *at = text;
	struct lang_pos pos = { 1, 1, 1 };

	while (n-- && *(at += strspn(at, " \t\n"))) {
		pos.col = at - text + 1;
		pos.len = strcspn(at, " \t\n");
		at += pos.len;
	}
	return pos;
}

struct lang_pos schedule_pos(const struct scenario *s, const char *text, unsigned long n)
{
	const GPtrArray *own = s->schedule;

	if (text)
		return word_pos(text, n);
	return ((const struct lang_run *)own->pdata[MIN(n, own->len) - 1])->pos;
}

char *run_schedule_text(const struct run *r)
{
	GString *s = g_string_new(NULL);
	guint i;

	for (i = 0; i < r->slices->len; i++) {
		const struct world_slice *slice = &g_array_index(r->slices, struct world_slice, i);
		const struct prog_thread *t = prog_thread_by_tid(r->p, slice->tid);

		g_string_append_printf(s, "%s%s:", i ? " " : "", t ? t->name : "?");
		if (slice->count == WORLD_TO_END)
			g_string_append_c(s, '*');
		else
			/* The run may fail in the first step after a switch. */
			g_string_append_printf(s, "%u", MAX(slice->count, 1));
	}
	return g_string_free(s, false);
}
