// SPDX-License-Identifier: GPL-2.0-only
/*
 * cases.c - scenarios of seeds for real kernels
 *
 * The generator's scenario is read and written twice.  First without its failures, and with lines
 * to spare: what a thread that serves may have to answer, which only its loop finds out.  That is
 * run one call at a time (interp_single()), and what was done then, with its results, are the
 * steps of the file.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/cmd.h"
#include "tools/export/export.h"
#include "tools/fuzz/cases.h"
#include "tools/fuzz/gen.h"
#include "tools/fuzz/modes.h"
#include "tools/interp/single.h"

static char *refuse(char **why, const char *text)
{
	*why = g_strdup(text);
	return NULL;
}

static struct scenario_file *load(const char *text, const char *name)
{
	struct diag *d = diag_new();
	struct scenario_file *f = lang_load_text(text, strlen(text), name, d);

	diag_free(d);
	return f;
}

/* -------------------------------------------------------------- the first text */

static bool is_gigantic(const struct scenario *s)
{
	guint i;

	for (i = 0; i < s->files->len; i++) {
		if (lang_page_shift(s->files->pdata[i]) == 30)
			return true;
	}
	for (i = 0; i < s->maps->len; i++) {
		if (lang_page_shift(s->maps->pdata[i]) == 30)
			return true;
	}
	return false;
}

/* It lies in a tmpfs to which a program can set no limit. */
static bool shares_anonymous(const struct scenario *s)
{
	guint i;

	for (i = 0; i < s->maps->len; i++) {
		const struct lang_map *m = &((const struct lang_decl *)s->maps->pdata[i])->map;

		if (!m->file && m->shared && m->mem != LANG_MEM_HUGETLB)
			return true;
	}
	return false;
}

/* A kernel has the memory, and the mutexes, that it has. */
static void append_machine(GString *out, const struct scenario *s)
{
	const char *before = "machine ";
	guint i;

	for (i = 0; i < s->machine->len; i++) {
		const struct lang_item *item = s->machine->pdata[i];
		const char *form;

		if (item->kind == LANG_ITEM_HUGEPAGES && item->size == 2ul << 20)
			form = "%shugepages 2M=%lu";
		else if (item->kind == LANG_ITEM_OVERCOMMIT)
			form = "%sovercommit 2M=%lu";
		else if (item->kind == LANG_ITEM_SHMEM_BLOCKS && !shares_anonymous(s))
			form = "%sshmem_blocks=%lu";
		else
			continue;
		g_string_append_printf(out, form, before, (unsigned long)item->value);
		before = ", ";
	}
	if (*before == ',')
		g_string_append_c(out, '\n');
}

/* The declarations, from the generator's text. */
static void append_head(GString *out, const struct scenario *s, const char *text, bool tolerates)
{
	char **lines = g_strsplit(text, "\n", -1), **line;

	for (line = lines; *line && strcmp(*line, "setup") && strcmp(*line, "race"); line++) {
		if (g_str_has_prefix(*line, "inject "))
			continue;
		if (g_str_has_prefix(*line, "tolerate ") && !tolerates)
			continue;
		if (g_str_has_prefix(*line, "machine "))
			append_machine(out, s);
		else if (g_str_has_prefix(*line, "scenario "))
			g_string_append_printf(out, "%.*s, in one order\"\n",
					       (int)strlen(*line) - 1, *line);
		else
			g_string_append_printf(out, "%s\n", *line);
	}
	while (g_str_has_suffix(out->str, "\n\n"))
		g_string_truncate(out, out->len - 1);
	g_strfreev(lines);
}

static void append_calls(GString *out, const struct scenario *s)
{
	guint i, k;

	for (i = 0; i < s->sections->len; i++) {
		const struct lang_section *section = s->sections->pdata[i];

		if (section->kind != LANG_SETUP && section->kind != LANG_RACE)
			continue;
		g_string_append(out, section->kind == LANG_SETUP ? "\nsetup\n" : "\nrace\n");
		for (k = 0; k < section->lines->len; k++) {
			const struct lang_line *line = section->lines->pdata[k];
			const struct lang_call *c = line->call;

			g_string_append_printf(out, "  %s%s%s%s\n",
					       c->thread ? c->thread->name : "",
					       c->thread ? ": " : "", c->text,
					       c->op == LANG_OP_exit ? "" : " = *");
		}
	}
}

/* The generator registers nothing else. */
static bool may_be_registered(const struct lang_decl *map)
{
	return map->name[0] == 'g';
}

/* Page i comes from page i of a source that has more than one such page. */
static void append_source(GString *out, const struct lang_decl *src, unsigned int shift,
			  uint64_t page)
{
	uint64_t all = src->map.pages << src->map.shift,
		 from = all >> shift > 1 ? page << shift : 0;

	if (from < all && src->map.shift == shift)
		g_string_append_printf(out, " %s[%lu]", src->name, (unsigned long)(from >> shift));
	else
		g_string_append_printf(out, " %s+0x%lx", src->name, (unsigned long)from);
}

static void append_answer(GString *out, const char *prefix, const struct lang_serve *v,
			  const struct lang_decl *map, uint64_t page)
{
	g_string_append_printf(out, "%s %s[%lu]", prefix, map->name, (unsigned long)page);
	if (v->op == LANG_OP_copy)
		append_source(out, v->src.decl, map->map.shift, page);
	g_string_append_printf(out, "%s = *\n", v->dontwake ? " DONTWAKE" : "");
}

static void append_spare(GString *out, const struct scenario *s, const struct lang_call *c)
{
	const struct lang_arg *arg = lang_call_arg(c, LANG_ROLE_SERVE);
	const struct lang_serve *v = arg->serve;
	const char *t = c->thread->name, *u = arg->decl->name;
	char *prefix = g_strdup_printf("  %s: %s %s", t, lang_op_name(v->op), u);
	uint64_t page;
	guint i;

	g_string_append_printf(out, "  %s: read %s = *\n", t, u);
	for (i = 0; i < s->maps->len; i++) {
		const struct lang_decl *map = s->maps->pdata[i];

		for (page = 0; may_be_registered(map) && page < map->map.pages; page++) {
			append_answer(out, prefix, v, map, page);
			g_string_append_printf(out, "  %s: wake %s %s[%lu] = *\n", t, u, map->name,
					       (unsigned long)page);
			g_string_append_printf(out, "  %s: writeprotect %s %s[%lu] = *\n", t, u,
					       map->name, (unsigned long)page);
		}
	}
	g_free(prefix);
}

/* Returns the line from which on they are. */
static unsigned int append_spares(GString *out, const struct scenario *s)
{
	unsigned int line = 1;
	const char *at;
	guint i, k;

	for (at = out->str; *at; at++)
		line += *at == '\n';
	for (i = 0; i < s->sections->len; i++) {
		const struct lang_section *section = s->sections->pdata[i];

		for (k = 0; section->kind == LANG_RACE && k < section->lines->len; k++) {
			const struct lang_line *l = section->lines->pdata[k];

			if (l->call->op == LANG_OP_serve)
				append_spare(out, s, l->call);
		}
	}
	return line;
}

/* ------------------------------------------------------------- the second text */

/* Long lines are no reason to do without them: a check is one of several joined by `&&`. */
static char *canonical(GString *text)
{
	struct diag *d = diag_new();
	char *formed = lang_format(text->str, text->len, "case", d);

	diag_free(d);
	g_string_free(text, true);
	return formed;
}

static char *run_in_one_order(uint64_t seed, const struct fuzz_kernel *kernel, const char *text,
			      const struct scenario *s, bool tolerates, char **why)
{
	GString *first = g_string_new(NULL), *second = g_string_new(NULL);
	struct single_options how = { .seed = seed };
	struct scenario_file *f;
	char *sections = NULL;

	append_head(second, s, text, tolerates);
	g_string_append(first, second->str);
	append_calls(first, s);
	how.spare = append_spares(first, s);
	f = load(first->str, "first");
	if (f)
		sections = interp_single(f, f->scenarios->pdata[0], kernel->name, &how, why);
	else
		*why = g_strdup("it cannot be read with the lines of its monitors");
	if (f)
		lang_free(f);
	g_string_free(first, true);
	if (!sections) {
		g_string_free(second, true);
		return NULL;
	}
	g_string_append(second, sections);
	g_free(sections);
	return canonical(second);
}

/* ---------------------------------------------------------------- is it right? */

static bool passes(const struct scenario_file *f, const struct fuzz_kernel *kernel, char **why)
{
	static const struct interp_options plain;
	bool bad_input = false, passed;
	struct test_result *r;

	r = interp_run(f, f->scenarios->pdata[0], kernel->name, &plain, &bad_input);
	passed = r->status == TEST_PASSED && !bad_input;
	if (!passed)
		*why = g_strdup_printf("what was written down does not pass: %s", r->reason);
	test_result_free(r);
	return passed;
}

/* What the model tolerates a kernel does, too; nothing else may be left out. */
static bool can_be_exported(const struct scenario_file *f, const struct fuzz_kernel *kernel,
			    bool tolerates, char **why)
{
	struct exporter *x = exporter_new(tolerates);
	struct lang_pos pos;
	const char *no = exporter_add(x, f, f->scenarios->pdata[0], kernel->name, &pos);

	if (no)
		*why = g_strdup(no);
	g_free(exporter_finish(x, ""));
	return !*why;
}

static char *make(uint64_t seed, const struct fuzz_kernel *kernel, const char *text,
		  const struct scenario *s, bool tolerates, char **why)
{
	char *out = run_in_one_order(seed, kernel, text, s, tolerates, why);
	struct scenario_file *f;

	if (!out) {
		if (!*why)
			*why = g_strdup("it has no canonical form");
		return NULL;
	}
	f = load(out, "case");
	if (!f)
		*why = g_strdup("what was written down cannot be read");
	else if (passes(f, kernel, why))
		can_be_exported(f, kernel, tolerates, why);
	if (f)
		lang_free(f);
	if (!*why)
		return out;
	g_free(out);
	return NULL;
}

char *cases_make(uint64_t seed, const struct fuzz_kernel *kernel, const char *mode, char **why)
{
	const struct fuzz_gen gen = {
		.seed = seed,
		.kernel = kernel->line,
		.mode = fuzz_mode_for_generator(mode),
	};
	char *text = fuzz_generate(&gen), *out;
	struct scenario_file *f = text ? load(text, "generated") : NULL;
	const struct scenario *s;

	*why = NULL;
	if (!f) {
		g_free(text);
		return refuse(why, "the generator wrote what cannot be read");
	}
	s = f->scenarios->pdata[0];
	if (is_gigantic(s)) {
		out = refuse(why, "it has pages of 1G");
	} else {
		out = make(seed, kernel, text, s, false, why);
		/* With the defects that the generator knows of, if it takes them. */
		if (!out && s->tolerates->len) {
			g_clear_pointer(why, g_free);
			out = make(seed, kernel, text, s, true, why);
		}
	}
	lang_free(f);
	g_free(text);
	return out;
}

/* -------------------------------------------------------------------- the folder */

struct tally {
	uint64_t written, skipped, next;
	GHashTable *reasons; /* text -> number of seeds */
};

static void count_reason(struct tally *t, char *why)
{
	gsize n = GPOINTER_TO_SIZE(g_hash_table_lookup(t->reasons, why));

	t->skipped++;
	g_hash_table_replace(t->reasons, why, GSIZE_TO_POINTER(n + 1));
}

static int write_case(const struct cases_options *o, uint64_t seed, const char *text)
{
	char *name = g_strdup_printf("seed-%06lu.uffd", (unsigned long)seed);
	char *path = g_build_filename(o->folder, name, NULL);
	int status = cmd_write(path, text, strlen(text));

	g_free(path);
	g_free(name);
	return status;
}

static gint most_first(gconstpointer a, gconstpointer b, gpointer reasons)
{
	gsize na = GPOINTER_TO_SIZE(g_hash_table_lookup(reasons, a));
	gsize nb = GPOINTER_TO_SIZE(g_hash_table_lookup(reasons, b));

	return na == nb ? strcmp(a, b) : na < nb ? 1 : -1;
}

static void print_summary(const struct cases_options *o, const struct tally *t)
{
	GList *reasons = g_hash_table_get_keys(t->reasons), *i;

	printf("%lu scenarios of the seeds %lu..%lu in %s; %lu seeds skipped\n",
	       (unsigned long)t->written, (unsigned long)o->first, (unsigned long)t->next - 1,
	       o->folder, (unsigned long)t->skipped);
	reasons = g_list_sort_with_data(reasons, most_first, t->reasons);
	for (i = reasons; i; i = i->next)
		printf("%7lu  %s\n",
		       (unsigned long)GPOINTER_TO_SIZE(g_hash_table_lookup(t->reasons, i->data)),
		       (const char *)i->data);
	g_list_free(reasons);
}

static int export_seeds(const struct cases_options *o, struct tally *t)
{
	int status;

	while (t->written < o->count && t->next <= o->last) {
		uint64_t seed = t->next++;
		char *why, *text = cases_make(seed, &o->kernel, o->mode, &why);

		if (!text) {
			count_reason(t, why);
			continue;
		}
		status = write_case(o, seed, text);
		g_free(text);
		if (status)
			return status;
		t->written++;
	}
	return STATUS_PASSED;
}

int cases_export(const struct cases_options *o)
{
	struct tally t = { .next = o->first };
	int status;

	if (g_mkdir_with_parents(o->folder, 0777)) {
		fprintf(stderr, "uffdsim fuzz: %s: %s\n", o->folder, g_strerror(errno));
		return STATUS_BAD_INPUT;
	}
	t.reasons = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	status = export_seeds(o, &t);
	if (!status)
		print_summary(o, &t);
	g_hash_table_unref(t.reasons);
	if (status)
		return status;
	return t.written < o->count ? STATUS_FAILED : STATUS_PASSED;
}
