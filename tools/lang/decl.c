// SPDX-License-Identifier: GPL-2.0-only
/* decl.c - the lines at column 1 that declare something */
#include <string.h>

#include "tools/lang/parser.h"

enum { MAX_SMALL = 1 << 20 };
static const uint64_t max_pages = 1ull << 28;

static bool parse_title(struct parser *p)
{
	const struct lang_token *t = parse_peek(p);

	if (t->kind != TOKEN_STRING)
		return parse_expected(p, "a title in quotes");
	parse_next(p);
	if (p->sc->title) {
		parse_wrong(p, t->pos, "there is a title already");
		diag_note(p->d, p->sc->title_pos, "here");
		return true;
	}
	p->sc->title = t->text;
	p->sc->title_pos = t->pos;
	return true;
}

static void add_word(struct parser *p, GPtrArray *to, const struct lang_token *t, const char *what)
{
	struct lang_word *word = arena_new0(p->arena, struct lang_word);
	guint i;

	for (i = 0; i < to->len; i++) {
		if (!strcmp(((struct lang_word *)to->pdata[i])->text, t->text))
			parse_wrong(p, t->pos, "%s '%s' is named twice", what, t->text);
	}
	word->pos = t->pos;
	word->text = t->text;
	g_ptr_array_add(to, word);
}

static bool parse_listed(struct parser *p, GPtrArray *to, const char *what, const char *const *list)
{
	do {
		const struct lang_token *t = parse_word(p, what);

		if (!t)
			return false;
		parse_check_listed(p, t, what, list);
		add_word(p, to, t, what);
	} while (parse_accept(p, ","));
	return true;
}

static bool parse_kernel(struct parser *p)
{
	if (!parse_listed(p, p->sc->kernels, "kernel", lang_catalogue()->kernels))
		return false;
	if (!parse_accept_word(p, "with"))
		return true;
	return parse_listed(p, p->sc->bugs, "behaviour", lang_catalogue()->bugs);
}

static const char *const item_names[] = { [LANG_ITEM_HUGEPAGES] = "hugepages",
					  [LANG_ITEM_OVERCOMMIT] = "overcommit",
					  [LANG_ITEM_PAGES] = "pages",
					  [LANG_ITEM_SHMEM_BLOCKS] = "shmem_blocks",
					  [LANG_ITEM_FAULT_MUTEXES] = "fault_mutexes",
					  [LANG_ITEM_UNPRIVILEGED_USERFAULTFD] =
						  "unprivileged_userfaultfd",
					  NULL };

bool parse_huge_size(struct parser *p, uint64_t *bytes)
{
	const struct lang_token *size = parse_peek(p);
	unsigned int shift;

	if (!parse_page_size(p, &shift))
		return false;
	*bytes = 1ull << shift;
	return shift != 12 || parse_fail(p, size, "huge pages are of 2M or 1G");
}

static bool parse_item(struct parser *p)
{
	const struct lang_token *t = parse_word(p, "a part of the machine");
	struct lang_item *item = arena_new0(p->arena, struct lang_item);
	const struct lang_token *size;

	if (!t)
		return false;
	while (item_names[item->kind] && strcmp(item_names[item->kind], t->text))
		item->kind++;
	if (!item_names[item->kind]) {
		parse_fail(p, t, "the machine has no '%s'", t->text);
		diag_suggest(p->d, t->pos, t->text, item_names);
		return false;
	}
	size = parse_peek(p);
	if (item->kind == LANG_ITEM_HUGEPAGES || item->kind == LANG_ITEM_OVERCOMMIT) {
		if (!parse_huge_size(p, &item->size))
			return false;
	}
	if (item->kind == LANG_ITEM_OVERCOMMIT && item->size != 2 << 20)
		return parse_fail(p, size, "only pages of 2M can be made on demand");
	if (!parse_expect(p, "=") || !parse_count(p, max_pages, &item->value))
		return false;
	item->pos = parse_span(p, t);
	g_ptr_array_add(p->sc->machine, item);
	return true;
}

static bool parse_machine(struct parser *p)
{
	do {
		if (!parse_item(p))
			return false;
	} while (parse_accept(p, ","));
	return true;
}

static bool parse_pages_key(struct parser *p, uint64_t *pages)
{
	if (!parse_accept_key(p, "pages"))
		return parse_expected(p, "pages=N");
	return parse_count(p, max_pages, pages);
}

static bool parse_file(struct parser *p)
{
	const struct lang_token *name = parse_word(p, "the name of the file"), *size;
	struct lang_file file = { .mem = LANG_MEM_SHMEM, .shift = 12 };

	if (!name)
		return false;
	if (parse_accept_word(p, "hugetlb")) {
		file.mem = LANG_MEM_HUGETLB;
		file.shift = 21;
	} else if (!parse_accept_word(p, "shmem")) {
		return parse_expected(p, "'shmem' or 'hugetlb'");
	}
	size = parse_peek(p);
	if (size->kind == TOKEN_NUMBER && !parse_page_size(p, &file.shift))
		return false;
	if ((file.mem == LANG_MEM_HUGETLB) == (file.shift == 12))
		return parse_fail(p, size, "pages of %s are not of that size",
				  file.mem == LANG_MEM_HUGETLB ? "hugetlb" : "shmem");
	if (!parse_pages_key(p, &file.pages))
		return false;
	declare(p, LANG_DECL_FILE, name)->file = file;
	return true;
}

static bool parse_anon(struct parser *p, struct lang_map *map)
{
	const struct lang_token *t = parse_peek(p);

	map->mem = LANG_MEM_ANON;
	map->shift = 12;
	if (parse_accept_word(p, "hugetlb")) {
		map->mem = LANG_MEM_HUGETLB;
		map->shift = 21;
		t = parse_peek(p);
		if (t->kind == TOKEN_NUMBER && !parse_page_size(p, &map->shift))
			return false;
		if (map->shift == 12)
			return parse_fail(p, t, "pages of hugetlb are not of that size");
	}
	t = parse_peek(p);
	if (!parse_pages_key(p, &map->pages))
		return false;
	if (!map->pages)
		parse_wrong(p, t->pos, "a mapping has at least one page");
	return true;
}

static bool parse_file_range(struct parser *p, struct lang_map *map)
{
	struct lang_addr range;

	if (!parse_addr(p, KIND_FILE, &range))
		return false;
	map->file = range.decl;
	map->first = range.first;
	map->pages = range.count;
	map->mem = range.decl ? range.decl->file.mem : LANG_MEM_SHMEM;
	map->shift = range.decl ? range.decl->file.shift : 12;
	if (map->pages > max_pages)
		return parse_fail(p, parse_peek(p),
				  "a mapping has at most %" G_GUINT64_FORMAT " pages", max_pages);
	if (range.decl && !map->pages)
		parse_wrong(p, range.pos, "'%s' has no pages: say which to map, as in %s[0:1]",
			    range.decl->name, range.decl->name);
	return true;
}

enum { SAID_SHARING = 1, SAID_PROT = 2, SAID_NORESERVE = 4, SAID_PROCESS = 8 };

/* A word behind the pages; 0 if it is none of these. */
static unsigned int map_word(struct lang_map *map, const struct lang_token *t)
{
	if (token_is_word(t, "shared") || token_is_word(t, "private")) {
		map->shared = !strcmp(t->text, "shared");
		return SAID_SHARING;
	}
	if (token_is_word(t, "r") || token_is_word(t, "rw") || token_is_word(t, "none")) {
		map->read = t->text[0] == 'r';
		map->write = t->text[0] == 'r' && t->text[1] == 'w';
		return SAID_PROT;
	}
	if (token_is_word(t, "noreserve")) {
		map->noreserve = true;
		return SAID_NORESERVE;
	}
	return token_is_word(t, "in") ? SAID_PROCESS : 0;
}

bool parse_mapping(struct parser *p, struct lang_map *map)
{
	const struct lang_token *first = parse_peek(p), *t;
	unsigned int said = 0, now;

	map->read = map->write = true;
	if (!(parse_accept_word(p, "anon") ? parse_anon(p, map) : parse_file_range(p, map)))
		return false;
	for (t = parse_peek(p); (now = map_word(map, t)); t = parse_peek(p)) {
		parse_next(p);
		if (now == SAID_PROCESS && !parse_ref(p, KIND_PROCESS, &map->process))
			return false;
		if (said & now)
			parse_wrong(p, t->pos, "'%s' contradicts or repeats what was said before",
				    t->text);
		said |= now;
	}
	if (!token_is_word(first, "anon") && !(said & SAID_SHARING))
		parse_wrong(p, first->pos,
			    "a mapping of a file is 'shared' or 'private': say which");
	return true;
}

static bool parse_map(struct parser *p)
{
	const struct lang_token *name = parse_word(p, "the name of the mapping");
	struct lang_map map = { 0 };

	if (!name || !parse_mapping(p, &map))
		return false;
	declare(p, LANG_DECL_MAP, name)->map = map;
	return true;
}

static bool parse_uffd(struct parser *p)
{
	const struct lang_token *name = parse_word(p, "the name of the userfaultfd");
	struct lang_uffd uffd = { 0 };

	if (!name)
		return false;
	for (;;) {
		if (parse_accept_key(p, "features")) {
			if (!parse_flags(p, LANG_FLAGS_FEATURES, &uffd.features))
				return false;
		} else if (parse_accept_word(p, "blocking")) {
			uffd.blocking = true;
		} else if (parse_accept_word(p, "user_mode_only")) {
			uffd.user_mode_only = true;
		} else if (parse_accept_word(p, "dev")) {
			uffd.dev = true;
		} else if (token_is_word(parse_peek(p), "in")) {
			if (!parse_in_process(p, &uffd.process))
				return false;
		} else {
			break;
		}
	}
	declare(p, LANG_DECL_UFFD, name)->uffd = uffd;
	return true;
}

static bool parse_process(struct parser *p)
{
	const struct lang_token *name = parse_word(p, "the name of the process"), *cap;
	struct lang_process process = { .dropped = arena_array(p->arena) };

	if (!name)
		return false;
	while (parse_accept(p, "-")) {
		cap = parse_word(p, "a capability");
		if (!cap)
			return false;
		if (!g_str_has_prefix(cap->text, "CAP_"))
			parse_wrong(p, cap->pos, "'%s' is no capability: CAP_SYS_PTRACE is one",
				    cap->text);
		add_word(p, process.dropped, cap, "capability");
	}
	declare(p, LANG_DECL_PROCESS, name)->process = process;
	return true;
}

static bool parse_thread(struct parser *p)
{
	const struct lang_decl *process = NULL;
	guint first = p->sc->threads->len, i;

	do {
		const struct lang_token *t = parse_word(p, "the name of a thread");

		if (!t)
			return false;
		if (token_is_word(t, "chance"))
			return parse_fail(p, t, "'chance' means something else in a schedule");
		declare(p, LANG_DECL_THREAD, t);
	} while (parse_accept(p, ","));
	if (!parse_in_process(p, &process))
		return false;
	for (i = first; i < p->sc->threads->len; i++)
		((struct lang_decl *)p->sc->threads->pdata[i])->thread.process = process;
	return true;
}

static bool parse_inject(struct parser *p)
{
	const struct lang_token *first = parse_peek(p);
	struct lang_inject *inject = arena_new0(p->arena, struct lang_inject);

	if (!parse_failpoint(p, &inject->point))
		return false;
	if (parse_accept_key(p, "nth")) {
		if (!parse_count(p, MAX_SMALL, &inject->nth))
			return false;
	} else if (parse_accept_key(p, "prob")) {
		const struct lang_token *t = parse_peek(p);

		if (!parse_count(p, MAX_SMALL, &inject->num) || !parse_expect(p, "/") ||
		    !parse_count(p, MAX_SMALL, &inject->den))
			return false;
		if (!inject->den || inject->num > inject->den)
			parse_wrong(p, parse_span(p, t), "a probability is from 0/N to N/N");
	}
	if (parse_accept(p, "=") && !parse_errno(p, &inject->err))
		return false;
	inject->pos = parse_span(p, first);
	g_ptr_array_add(p->sc->injects, inject);
	return true;
}

static bool parse_expect_decl(struct parser *p)
{
	static const char *const words[] = { "violation", "deadlock", "mark", NULL };
	const struct lang_token *first = parse_peek(p), *name = NULL;
	struct lang_expect *expect = arena_new0(p->arena, struct lang_expect);

	if (parse_accept_word(p, "violation")) {
		expect->kind = LANG_EXPECT_VIOLATION;
		name = parse_word(p, "an invariant");
		if (name)
			parse_check_listed(p, name, "invariant", lang_catalogue()->invariants);
	} else if (parse_accept_word(p, "mark")) {
		expect->kind = LANG_EXPECT_MARK;
		name = parse_word(p, "a mark");
	} else if (parse_accept_word(p, "deadlock")) {
		expect->kind = LANG_EXPECT_DEADLOCK;
	} else {
		parse_expected(p, "'violation', 'deadlock' or 'mark'");
		diag_suggest(p->d, first->pos, first->text, words);
		return false;
	}
	if (expect->kind != LANG_EXPECT_DEADLOCK && !name)
		return false;
	if (!parse_when(p, &expect->when))
		return false;
	expect->name = name ? name->text : NULL;
	expect->pos = parse_span(p, first);
	g_ptr_array_add(p->sc->expects, expect);
	return true;
}

static bool parse_tolerate(struct parser *p)
{
	const struct lang_token *name = parse_word(p, "an invariant");
	struct lang_tolerate *tolerate = arena_new0(p->arena, struct lang_tolerate);

	if (!name)
		return false;
	parse_check_listed(p, name, "invariant", lang_catalogue()->invariants);
	if (parse_peek(p)->kind != TOKEN_STRING)
		return parse_expected(p, "the reason, in quotes");
	tolerate->invariant = name->text;
	tolerate->reason = parse_next(p)->text;
	if (!parse_when(p, &tolerate->when))
		return false;
	tolerate->pos = parse_span(p, name);
	g_ptr_array_add(p->sc->tolerates, tolerate);
	return true;
}

/* chance:2, the second time that chance decides about a failure. */
static bool parse_whose(struct parser *p, struct lang_run *run)
{
	if (!parse_accept_word(p, "chance") && !parse_ref(p, KIND_THREAD, &run->thread))
		return false;
	return parse_expect(p, ":");
}

static bool parse_how_long(struct parser *p, struct lang_run *run)
{
	const struct lang_token *n = parse_peek(p);

	if (run->thread && parse_accept(p, "*"))
		return true;
	if (!parse_count(p, G_MAXUINT32, &run->steps))
		return false;
	if (!run->steps)
		parse_wrong(p, n->pos,
			    run->thread ? "a run has at least one step" :
					  "the first chance is number 1");
	return true;
}

static bool parse_schedule(struct parser *p)
{
	do {
		const struct lang_token *first = parse_peek(p);
		struct lang_run *run = arena_new0(p->arena, struct lang_run);

		if (!parse_whose(p, run) || !parse_how_long(p, run))
			return false;
		run->pos = parse_span(p, first);
		g_ptr_array_add(p->sc->schedule, run);
	} while (!parse_at_end(p));
	return true;
}

/* vary.c has read it before. */
static bool skip_vary(struct parser *p)
{
	while (!parse_at_end(p))
		parse_next(p);
	return true;
}

static const struct {
	const char *keyword;
	bool (*parse)(struct parser *p);
} decls[] = {
	{ "scenario", parse_title },	 { "kernel", parse_kernel },
	{ "vary", skip_vary },		 { "machine", parse_machine },
	{ "file", parse_file },		 { "map", parse_map },
	{ "uffd", parse_uffd },		 { "process", parse_process },
	{ "thread", parse_thread },	 { "inject", parse_inject },
	{ "expect", parse_expect_decl }, { "tolerate", parse_tolerate },
	{ "schedule", parse_schedule },
};

const char *const *decl_keywords(void)
{
	static const char *names[G_N_ELEMENTS(decls) + 5] = { "setup", "steps", "race", "final" };
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(decls); i++)
		names[4 + i] = decls[i].keyword;
	return names;
}

bool parse_decl(struct parser *p)
{
	const struct lang_token *t = parse_word(p, "a declaration or a section");
	unsigned int i;

	if (!t)
		return false;
	for (i = 0; i < G_N_ELEMENTS(decls); i++) {
		if (!strcmp(decls[i].keyword, t->text))
			return decls[i].parse(p);
	}
	parse_fail(p, t, "unknown declaration '%s'", t->text);
	if (token_is(parse_peek(p), ":"))
		diag_note(p->d, t->pos, "the lines of a section are indented");
	else
		diag_suggest(p->d, t->pos, t->text, decl_keywords());
	return false;
}
