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

struct order *order_new(void)
{
	struct order *o = g_new(struct order, 1);

	o->slices = g_array_new(false, false, sizeof(struct world_slice));
	o->chances = g_array_new(false, false, sizeof(uint32_t));
	return o;
}

void order_free(struct order *o)
{
	g_array_free(o->slices, true);
	g_array_free(o->chances, true);
	g_free(o);
}

static bool read_number(const char *text, size_t len, guint64 *n)
{
	char *end = NULL;

	*n = g_ascii_strtoull(text, &end, 10);
	return end == text + len && g_ascii_isdigit(*text) && *n < WORLD_TO_END;
}

static const char chance_word[] = "chance:";

/* One "chance:2" at @word. */
static bool read_chance(const char *text, const char *word, size_t len, struct order *order,
			struct diag *d)
{
	size_t skip = sizeof(chance_word) - 1;
	struct lang_pos pos = { 1, word - text + 1 + skip, len - skip };
	uint32_t number;
	guint64 n;

	if (len == skip || !read_number(word + skip, len - skip, &n) || !n) {
		pos.len = MAX(pos.len, 1);
		diag_error(d, pos, "expected the number of a chance, from 1");
		return false;
	}
	number = n;
	if (order)
		g_array_append_val(order->chances, number);
	return true;
}

/* One "h1:3" at @word; adds it to @order unless that is NULL. */
static bool read_slice(const struct scenario *s, const char *text, const char *word, size_t len,
		       struct order *order, struct diag *d)
{
	const char *colon = memchr(word, ':', len);
	size_t name = colon ? (size_t)(colon - word) : len;
	const struct lang_decl *thread = find_thread(s, word, name);
	struct lang_pos pos = { 1, word - text + 1, len };
	struct world_slice slice = { .count = WORLD_TO_END };
	guint64 n;

	if (g_str_has_prefix(word, chance_word))
		return read_chance(text, word, len, order, d);
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
		if (!read_number(colon + 1, word + len - colon - 1, &n)) {
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
	if (order)
		g_array_append_val(order->slices, slice);
	return true;
}

static bool read_schedule(const struct scenario *s, const char *text, struct order *order,
			  struct diag *d)
{
	const char *at = text;
	bool ok = true;

	diag_source(d, "--schedule", text, strlen(text));
	while (*(at += strspn(at, " \t\n"))) {
		size_t len = strcspn(at, " \t\n");

		ok &= read_slice(s, text, at, len, order, d);
		at += len;
	}
	return ok;
}

bool interp_check_schedule(const struct scenario *s, const char *text, struct diag *d)
{
	return read_schedule(s, text, NULL, d);
}

static void add_run(struct order *order, const struct lang_run *run)
{
	struct world_slice slice = { .count = run->steps ? run->steps : WORLD_TO_END };
	const uint32_t number = run->steps;

	if (!run->thread) {
		g_array_append_val(order->chances, number);
		return;
	}
	slice.tid = run->thread->index;
	g_array_append_val(order->slices, slice);
}

struct order *schedule_new(const struct scenario *s, const char *text)
{
	struct order *order = order_new();
	struct diag *d;
	guint i;

	if (text) {
		d = diag_new();
		read_schedule(s, text, order, d);
		diag_free(d);
		return order;
	}
	for (i = 0; i < s->schedule->len; i++)
		add_run(order, s->schedule->pdata[i]);
	return order;
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

	for (i = 0; i < r->done->slices->len; i++) {
		const struct world_slice *slice =
			&g_array_index(r->done->slices, struct world_slice, i);
		const struct prog_thread *t = prog_thread_by_tid(r->p, slice->tid);

		g_string_append_printf(s, "%s%s:", i ? " " : "", t ? t->name : "?");
		if (slice->count == WORLD_TO_END)
			g_string_append_c(s, '*');
		else
			/* The run may fail in the first step after a switch. */
			g_string_append_printf(s, "%u", MAX(slice->count, 1));
	}
	for (i = 0; i < r->done->chances->len; i++)
		g_string_append_printf(s, "%schance:%u", s->len ? " " : "",
				       g_array_index(r->done->chances, uint32_t, i));
	return g_string_free(s, false);
}
