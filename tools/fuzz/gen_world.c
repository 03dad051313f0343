// SPDX-License-Identifier: GPL-2.0-only
/*
 * gen_world.c - the memory of a generated scenario, and what is done before its race
 *
 * A family is a kind of memory: mappings that may be registered (targets), views of the same
 * file that never are, and sources for COPY of the same page size: one that is mapped, one
 * that is in a page cache and not mapped, one that nobody has touched.
 */
#include "tools/fuzz/gen_plan.h"

enum { SMALL = 12, HUGE = 21, GIGANTIC = 30 };

/* ------------------------------------------------------------------- objects */

static struct gen_file *add_file(struct gen_plan *p, bool huge, unsigned int shift,
				 unsigned int pages)
{
	struct gen_file *f = &p->file[p->nfiles];

	*f = (struct gen_file){ .huge = huge, .shift = shift, .pages = pages };
	g_snprintf(f->name, sizeof(f->name), "%c", "FGHIJK"[p->nfiles++]);
	return f;
}

static struct gen_map *add_map(struct gen_plan *p, enum gen_use use, const char *name,
			       struct gen_file *f, unsigned int pages)
{
	struct gen_map *m = &p->map[p->nmaps];

	*m = (struct gen_map){ .use = use, .file = f, .pages = pages };
	g_snprintf(m->name, sizeof(m->name), "%s%u", name, p->nmaps++);
	if (f) {
		m->huge = f->huge;
		m->shift = f->shift;
		m->shared = true;
	}
	return m;
}

static struct gen_map *add_anon(struct gen_plan *p, enum gen_use use, const char *name,
				unsigned int shift, unsigned int pages)
{
	struct gen_map *m = add_map(p, use, name, NULL, pages);

	m->huge = shift != SMALL;
	m->shift = shift;
	return m;
}

/* All of a file mostly, so that the mappings of it have pages in common. */
static void choose_window(struct gen_plan *p, struct gen_map *m)
{
	m->first = 0;
	m->pages = m->file->pages;
	if (m->pages == 1 || gen_chance(p, 60))
		return;
	m->first = gen_below(p, m->pages);
	m->pages = gen_between(p, 1, m->pages - m->first);
}

static unsigned int choose_owners(struct gen_plan *p)
{
	if (p->nuffds == 1)
		return 1;
	return gen_chance(p, 12) ? 3 : 1 << gen_below(p, 2);
}

static void add_range(struct gen_plan *p, const struct gen_map *m)
{
	unsigned int i;

	for (i = 0; i < p->nuffds; i++) {
		struct gen_uffd *u = &p->uffd[i];

		if (m->owners & 1 << i)
			u->range[u->nranges++] = m;
	}
}

/* ------------------------------------------------------------------ families */

struct family {
	bool huge;
	unsigned int shift;
	struct gen_file *file; /* NULL: anonymous */
};

/*
 * A file's huge pages mapped private and a fork: 6.1 may deadlock when the parent takes a page
 * from the child, and unmaps a page of the child while a fault still has it locked:
 * scenarios/regressions/hugetlb-wp-keeps-pagecache-lock.uffd, races/fault-vs-unmap-noreserve.uffd.
 */
bool gen_must_share(const struct gen_plan *p, const struct gen_file *f)
{
	return p->forks && f->huge;
}

static bool shares(struct gen_plan *p, const struct gen_file *f, unsigned int percent)
{
	return gen_chance(p, percent) || gen_must_share(p, f);
}

static void add_target(struct gen_plan *p, const struct family *f)
{
	struct gen_map *m;

	if (f->file) {
		m = add_map(p, GEN_TARGET, "g", f->file, 0);
		choose_window(p, m);
		m->shared = shares(p, f->file, 62);
	} else {
		m = add_anon(p, GEN_TARGET, "g", f->shift, gen_between(p, 1, f->huge ? 3 : 4));
		m->shared = !f->huge && gen_chance(p, 8);
	}
	m->readonly = gen_chance(p, 4);
	m->noreserve = gen_chance(p, f->huge ? 20 : 5);
	m->owners = choose_owners(p);
	p->target[p->ntargets++] = m;
	add_range(p, m);
}

/* The first one reaches every page and can store there: set-up needs it. */
static void add_views(struct gen_plan *p, const struct family *f)
{
	struct gen_map *m = add_map(p, GEN_VIEW, "w", f->file, f->file->pages);

	m->noreserve = gen_chance(p, 30);
	if (!gen_chance(p, 25))
		return;
	m = add_map(p, GEN_VIEW, "w", f->file, 0);
	choose_window(p, m);
	m->shared = shares(p, f->file, 50);
	m->readonly = gen_chance(p, 30);
	m->noreserve = gen_chance(p, 50);
}

static void add_cold_source(struct gen_plan *p, const struct family *f)
{
	struct gen_file *file = add_file(p, f->huge, f->shift, gen_between(p, 1, 2));
	struct gen_map *m;

	m = add_map(p, GEN_SOURCE, "x", file, file->pages);
	m->noreserve = gen_chance(p, 20);
	g_string_append_printf(p->setup, "  store %s[0] 0x%x = *\n", m->name, ++p->values);
	m = add_map(p, GEN_SOURCE, "s", file, file->pages);
	m->shared = shares(p, file, 70);
	m->readonly = gen_chance(p, 70);
	m->noreserve = gen_chance(p, 50);
}

static void add_sources(struct gen_plan *p, const struct family *f)
{
	struct gen_map *m = add_anon(p, GEN_SOURCE, "s", f->shift,
				     f->shift == GIGANTIC ? 1 : gen_between(p, 1, 3));

	g_string_append_printf(p->setup, "  store %s[0] 0x%x = *\n", m->name, ++p->values);
	if (m->pages > 1 && gen_chance(p, 50))
		g_string_append_printf(p->setup, "  store %s[1]+0x200 0x%x = *\n", m->name,
				       ++p->values);
	if (f->shift != GIGANTIC && gen_chance(p, 70))
		add_cold_source(p, f);
}

static void choose_family(struct gen_plan *p, struct family *f)
{
	enum { ANON, SHMEM, HUGE_FILE, HUGE_ANON, KINDS };
	unsigned int weights[KINDS] = { 18, 34, 40, 8 }, kind;

	if (p->weight[GEN_CONTINUE] > p->weight[GEN_COPY])
		weights[ANON] = weights[HUGE_ANON] = 2;
	if (p->weight[GEN_ZEROPAGE] > p->weight[GEN_COPY])
		weights[HUGE_FILE] = weights[HUGE_ANON] = 2;
	kind = gen_weighted(p, weights, KINDS);
	f->huge = kind == HUGE_FILE || kind == HUGE_ANON;
	f->shift = f->huge ? HUGE : SMALL;
	if (kind == HUGE_FILE && gen_chance(p, 3))
		f->shift = GIGANTIC;
	f->file = NULL;
	if (kind == SHMEM)
		f->file = add_file(p, false, SMALL, gen_between(p, 1, 3));
	else if (kind == HUGE_FILE)
		f->file = add_file(p, true, f->shift,
				   f->shift == GIGANTIC ? 1 : gen_between(p, 1, 3));
}

static void add_family(struct gen_plan *p, unsigned int most)
{
	struct family f;
	unsigned int n;

	choose_family(p, &f);
	n = gen_chance(p, 70) || f.shift == GIGANTIC ? 1 : 2;
	for (n = MIN(n, most); n; n--)
		add_target(p, &f);
	if (f.file)
		add_views(p, &f);
	add_sources(p, &f);
}

/* ------------------------------------------------------------- userfaultfds */

static const char *choose_features(struct gen_plan *p)
{
	static const char *const all[] = { "MINOR_SHMEM|MINOR_HUGETLBFS",
					   "MISSING_HUGETLBFS|MISSING_SHMEM", "THREAD_ID",
					   "EXACT_ADDRESS", "SIGBUS" };
	static const char *const events[] = {
		"EVENT_REMOVE",
		"EVENT_UNMAP",
		"EVENT_REMOVE|EVENT_UNMAP",
		"EVENT_FORK",
		"EVENT_FORK|EVENT_REMAP|EVENT_REMOVE|EVENT_UNMAP",
		"EVENT_REMAP|EVENT_UNMAP|MINOR_SHMEM|MINOR_HUGETLBFS",
	};
	static const char *const early[] = { "MINOR_HUGETLBFS", "THREAD_ID" };

	if (!p->minor_v1 && gen_chance(p, p->forks ? 50 : 25))
		return GEN_PICK(p, events);
	if (gen_chance(p, 60))
		return NULL;
	if (p->minor_v1)
		return GEN_PICK(p, early);
	return all[gen_chance(p, 90) ? gen_below(p, 4) : 4];
}

/* UNREGISTER forgets the sleepers of what is registered for MINOR alone. */
static unsigned int choose_modes(struct gen_plan *p)
{
	static const unsigned int all[] = { GEN_MISSING, GEN_MISSING, GEN_MISSING | GEN_BOTH,
					    GEN_BOTH, GEN_MINOR };
	unsigned int modes = GEN_PICK(p, all);

	if (p->weight[GEN_CONTINUE] > p->weight[GEN_COPY])
		modes = gen_chance(p, 50) ? GEN_MINOR : GEN_BOTH;
	if (modes == GEN_MINOR && (p->weight[GEN_UNREGISTER] || p->shared_reading) &&
	    !p->minor_unregister)
		modes = GEN_BOTH;
	return modes;
}

static void add_uffds(struct gen_plan *p)
{
	static const char *const names[GEN_UFFDS] = { "u", "v" };
	unsigned int i;

	p->nuffds = gen_chance(p, 70) ? 1 : 2;
	for (i = 0; i < p->nuffds; i++) {
		struct gen_uffd *u = &p->uffd[i];

		g_strlcpy(u->name, names[i], sizeof(u->name));
		u->modes = choose_modes(p);
		u->features = choose_features(p);
		u->events = u->features && strstr(u->features, "EVENT_");
		u->fork_event = u->features && strstr(u->features, "EVENT_FORK");
	}
}

/* ------------------------------------------------------------------- set-up */

/*
 * shmem_setattr() of 6.1 does not look for pages while none is counted.  So the first page
 * of a file that may be truncated is there from the beginning, and nobody takes it away.
 */
static bool needs_anchor(const struct gen_plan *p, const struct gen_file *f)
{
	return !f->huge && p->weight[GEN_TRUNCATE] && !p->bare_truncate;
}

static void touch_page(struct gen_plan *p, struct gen_map *m, unsigned int page)
{
	m->mapped |= 1u << page;
	if (m->file)
		m->file->cached |= 1u << (m->first + page);
	if (m->readonly || gen_chance(p, 20))
		g_string_append_printf(p->setup, "  load %s[%u] = *\n", m->name, page);
	else
		g_string_append_printf(p->setup, "  store %s[%u] 0x%x = *\n", m->name, page,
				       ++p->values);
}

static bool knows_minor(const struct gen_plan *p)
{
	return (p->uffd[0].modes | p->uffd[p->nuffds - 1].modes) & (GEN_MINOR | GEN_BOTH);
}

/* In how many of a hundred pages there is something before the race. */
static unsigned int touched(const struct gen_plan *p, const struct gen_map *m)
{
	if (m->use == GEN_TARGET)
		return 8;
	return knows_minor(p) ? 55 : 20;
}

/* Minor faults need a page in the page cache. */
static void touch_hot_page(struct gen_plan *p)
{
	const struct gen_map *hot = p->target[p->hot_target];
	unsigned int i;

	if (!hot->file || !knows_minor(p) || gen_chance(p, 35))
		return;
	for (i = 0; i < p->nmaps; i++) {
		struct gen_map *m = &p->map[i];

		if (m->use == GEN_VIEW && m->file == hot->file && m->pages == m->file->pages) {
			touch_page(p, m, hot->first + p->hot_page);
			return;
		}
	}
}

/* Before anything is registered: pages of the file, and pages that are mapped. */
static void touch_pages(struct gen_plan *p)
{
	unsigned int i, k;

	for (i = 0; i < p->nmaps; i++) {
		struct gen_map *m = &p->map[i];

		if (m->use == GEN_SOURCE)
			continue;
		for (k = 0; k < m->pages; k++) {
			if (gen_chance(p, touched(p, m)))
				touch_page(p, m, k);
		}
	}
}

/* Mappings that reach beyond the end of their file, and stay so or not. */
static void cut_files(struct gen_plan *p)
{
	unsigned int i;

	for (i = 0; i < p->ntargets; i++) {
		const struct gen_file *f = p->target[i]->file;

		if (!f || f->pages < 2 || !gen_chance(p, 8))
			continue;
		p->huge_cut |= f->huge;
		g_string_append_printf(p->setup, "  truncate %s %up = *\n", f->name,
				       gen_between(p, f->anchored, f->pages - 1));
	}
}

static void anchor_files(struct gen_plan *p)
{
	unsigned int i;

	for (i = 0; i < p->nmaps; i++) {
		const struct gen_map *m = &p->map[i];
		struct gen_file *f = m->file;

		if (m->use != GEN_VIEW || f->anchored || !needs_anchor(p, f))
			continue;
		f->anchored = true;
		f->cached |= 1;
		g_string_append_printf(p->setup, "  store %s[0] 0x%x = *\n", m->name, ++p->values);
	}
}

/* Every second page makes many mappings, which are put together again in the end. */
static void register_first(struct gen_plan *p, const struct gen_uffd *u, const struct gen_map *m)
{
	unsigned int i;

	if (m->pages < 3 || gen_chance(p, 85)) {
		gen_register(p, p->setup, u, m, gen_chance(p, 85));
		return;
	}
	for (i = gen_below(p, 2); i < m->pages; i += 2)
		g_string_append_printf(p->setup, "  register %s %s[%u] MISSING%s = *\n", u->name,
				       m->name, i, p->protects ? "|WP" : "");
}

static void protect_ranges(struct gen_plan *p, const struct gen_uffd *u)
{
	unsigned int k, from;

	for (k = 0; k < u->nranges; k++) {
		const struct gen_map *m = u->range[k];

		if (gen_chance(p, 25))
			continue;
		from = gen_chance(p, 60) ? 0 : gen_below(p, m->pages);
		g_string_append_printf(p->setup, "  writeprotect %s %s[%u:%u] WP = *\n", u->name,
				       m->name, from, m->pages);
	}
}

static void register_targets(struct gen_plan *p)
{
	unsigned int i, k;

	for (i = 0; i < p->nuffds; i++) {
		const struct gen_uffd *u = &p->uffd[i];

		for (k = 0; k < u->nranges; k++) {
			if (gen_chance(p, 96))
				register_first(p, u, u->range[k]);
		}
	}
	for (i = 0; i < p->nuffds; i++) {
		const struct gen_uffd *u = &p->uffd[i];

		if (u->nranges && gen_chance(p, 20))
			gen_fill(p, p->setup, u, u->range[gen_below(p, u->nranges)]);
	}
	for (i = 0; i < p->nuffds && p->protects; i++)
		protect_ranges(p, &p->uffd[i]);
}

void gen_world(struct gen_plan *p)
{
	add_uffds(p);
	add_family(p, 2);
	if (gen_chance(p, p->nuffds == 2 ? 45 : 20))
		add_family(p, 1);
	p->hot_target = gen_below(p, p->ntargets);
	p->hot_page = gen_below(p, p->target[p->hot_target]->pages);
	anchor_files(p);
	touch_hot_page(p);
	touch_pages(p);
	cut_files(p);
	register_targets(p);
}

/* ------------------------------------------------------------------ machine */

/*
 * 6.1 lets a page of a private mapping without promises go while the fault that maps it still
 * holds its lock: scenarios/races/fault-vs-unmap-noreserve.uffd.
 */
static bool without_promises(const struct gen_plan *p, const struct gen_map *m)
{
	static const enum gen_op unmap[] = { GEN_DONTNEED, GEN_REMOVE, GEN_PUNCH, GEN_TRUNCATE };
	unsigned int i;

	if (!m->huge || m->shared)
		return m->noreserve;
	for (i = 0; i < G_N_ELEMENTS(unmap); i++) {
		if (p->weight[unmap[i]])
			return false;
	}
	return m->noreserve;
}

/* Each page of a file is promised once, however often it is mapped shared. */
unsigned int gen_promised(const struct gen_plan *p, unsigned int shift)
{
	guint64 pages[GEN_FILES] = { 0 };
	unsigned int i, k, n = 0;

	for (i = 0; i < p->nmaps; i++) {
		const struct gen_map *m = &p->map[i];

		if (m->shift != shift || without_promises(p, m))
			continue;
		if (!m->shared)
			n += m->pages;
		else
			pages[m->file - p->file] |= ((1ull << m->pages) - 1) << m->first;
	}
	for (i = 0; i < p->nfiles; i++) {
		for (k = 0; k < 64; k++)
			n += pages[i] >> k & 1;
	}
	return n;
}

bool gen_has_shift(const struct gen_plan *p, unsigned int shift)
{
	unsigned int i;

	for (i = 0; i < p->nmaps; i++) {
		if (p->map[i].shift == shift)
			return true;
	}
	return false;
}

/* Some of the promised pages may be surplus ones. */
static void print_pool(struct gen_plan *p, GString *items, unsigned int shift, const char *name)
{
	static const unsigned int spare[] = { 20, 25, 25, 30 };
	unsigned int surplus = 0;

	if (p->shrinks && shift == HUGE && gen_has_shift(p, shift) && gen_chance(p, 40)) {
		surplus = gen_between(p, 1, 3);
		g_string_append_printf(items, ", overcommit %s=%u", name, surplus);
		surplus = gen_below(p, surplus + 1);
		surplus = MIN(surplus, gen_promised(p, shift));
	}
	if (gen_has_shift(p, shift))
		g_string_append_printf(items, ", hugepages %s=%u", name,
				       gen_promised(p, shift) + gen_weighted(p, spare, 4) -
					       surplus);
}

static void print_machine(struct gen_plan *p, GString *out)
{
	GString *items = g_string_new(NULL);

	print_pool(p, items, HUGE, "2M");
	print_pool(p, items, GIGANTIC, "1G");
	if (gen_has_shift(p, HUGE) && gen_chance(p, 10))
		g_string_append(items, ", fault_mutexes=1");
	if (gen_has_shift(p, SMALL) && gen_chance(p, 10))
		g_string_append_printf(items, ", pages=%u", gen_between(p, 24, 40));
	if (gen_has_shift(p, SMALL) && gen_chance(p, 15))
		g_string_append_printf(items, ", shmem_blocks=%u", gen_between(p, 1, 6));
	if (items->len)
		g_string_append_printf(out, "machine%s\n", items->str + 1);
	g_string_free(items, true);
}

/* --------------------------------------------------------------------- text */

static const char *size_name(unsigned int shift)
{
	if (shift == GIGANTIC)
		return "1G";
	return shift == HUGE ? "2M" : "4K";
}

static void print_file(GString *out, const struct gen_file *f)
{
	g_string_append_printf(out, "file %s %s pages=%u\n", f->name,
			       !f->huge		    ? "shmem" :
			       f->shift == GIGANTIC ? "hugetlb 1G" :
						      "hugetlb 2M",
			       f->pages);
}

void gen_print_mapping(const struct gen_plan *p, GString *out, const struct gen_map *m)
{
	if (m->file)
		g_string_append_printf(out, "%s[%u:%u] %s", m->file->name, m->first,
				       m->first + m->pages, m->shared ? "shared" : "private");
	else if (m->huge)
		g_string_append_printf(out, "anon hugetlb %s pages=%u", size_name(m->shift),
				       m->pages);
	else
		g_string_append_printf(out, "anon pages=%u%s", m->pages,
				       m->shared ? " shared" : "");
	g_string_append_printf(out, " %s%s", m->readonly ? "r" : "rw",
			       without_promises(p, m) ? " noreserve" : "");
}

void gen_print_world(struct gen_plan *p, GString *out)
{
	unsigned int i;

	print_machine(p, out);
	for (i = 0; i < p->nfiles; i++)
		print_file(out, &p->file[i]);
	for (i = 0; i < p->nmaps; i++) {
		g_string_append_printf(out, "map %s ", p->map[i].name);
		gen_print_mapping(p, out, &p->map[i]);
		g_string_append_c(out, '\n');
	}
	for (i = 0; i < p->nuffds; i++)
		g_string_append_printf(out, "uffd %s%s%s%s\n", p->uffd[i].name,
				       p->uffd[i].features ? " features=" : "",
				       p->uffd[i].features ? p->uffd[i].features : "",
				       gen_chance(p, 4) ? " user_mode_only" : "");
}
