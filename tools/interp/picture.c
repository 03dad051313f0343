// SPDX-License-Identifier: GPL-2.0-only
/*
 * picture.c - mappings and page caches, as text
 *
 * A file is shown page by page: what its page cache has, and below it the page-table entry
 * of each mapping of that page, so that what contradicts each other stands together.
 *
 *	F (hugetlb 2M, size 1p)
 *	  F[0]       page cache: nothing
 *	    g[0]     page 513, present|write|dirty    refs 1, mapcount 1       <==
 *	    w[0]     none
 */
#include <string.h>

#include "tools/interp/names.h"
#include "tools/interp/run.h"

enum { MAX_PAGES = 12, NAME_WIDTH = 12 };

/* Pages of which nothing is cached or mapped are told of together. */
struct picture {
	struct prog *p;
	GString *out;
	struct model_object focus;
	unsigned int shown;
	bool only_focus; /* there is one, and its file or mapping was found */
};

/* ------------------------------------------------------------------- a page */

static void page_facts(GString *out, struct prog *p, long pfn)
{
	struct model_page page;
	const struct prog_fd *file;

	if (!model_page(pfn, &page))
		return;
	g_string_append_printf(out, "refs %d, mapcount %d", page.refs, page.mapcount);
	if (page.anon)
		g_string_append(out, ", anonymous");
	if (page.locked)
		g_string_append(out, ", LOCKED");
	file = file_by_id(p, page.file);
	if (file)
		g_string_append_printf(out, ", says it is %s[%lu]", file->decl->name, page.index);
}

static void flags_text(GString *out, unsigned int bits)
{
	char *text = lang_flags_text(LANG_FLAGS_PTE, bits & ~MODEL_PTE_HUGE);

	g_string_append(out, text);
	g_free(text);
}

static void mark(struct picture *pic, bool is_focus)
{
	g_string_append(pic->out, is_focus ? "   <==\n" : "\n");
}

static void entry_line(struct picture *pic, const struct prog_map *m, unsigned long page,
		       long cached)
{
	unsigned long addr = m->addr + (page << m->decl->map.shift);
	GString *name = g_string_new(NULL);
	struct model_pte pte;
	bool focus;

	name_addr(name, pic->p, m->process, addr);
	g_string_append_printf(pic->out, "    %-*s ", NAME_WIDTH, name->str);
	g_string_free(name, true);
	model_pte(m->process->id, addr, &pte);
	if (!pte.bits) {
		g_string_append(pic->out, "none\n");
		return;
	}
	if (pte.pfn >= 0)
		g_string_append_printf(pic->out, "page %ld, ", pte.pfn);
	flags_text(pic->out, pte.bits);
	if (pte.pfn >= 0 && pte.pfn != cached) {
		g_string_append(pic->out, "; ");
		page_facts(pic->out, pic->p, pte.pfn);
	}
	focus = (pic->focus.kind == MODEL_OBJECT_PAGE && pic->focus.pfn == pte.pfn) ||
		(pic->focus.kind == MODEL_OBJECT_PTE && pic->focus.addr == addr);
	mark(pic, focus);
}

/* ------------------------------------------------------------------- a file */

static bool maps_page(const struct prog_map *m, const struct lang_decl *file, unsigned long index)
{
	return m->decl->map.file == file && index - m->decl->map.first < m->decl->map.pages;
}

static bool is_mapped(struct picture *pic, const struct lang_decl *file, unsigned long index)
{
	unsigned int i;

	for (i = 0; i < pic->p->nmaps; i++) {
		const struct prog_map *m = &pic->p->maps[i];
		struct model_pte pte;

		if (!maps_page(m, file, index))
			continue;
		model_pte(m->process->id,
			  m->addr + ((index - m->decl->map.first) << m->decl->map.shift), &pte);
		if (pte.bits)
			return true;
	}
	return false;
}

static void file_page(struct picture *pic, const struct prog_fd *f, unsigned long index, long pfn)
{
	char *name = g_strdup_printf("%s[%lu]", f->decl->name, index);
	struct prog *p = pic->p;
	unsigned int i;

	g_string_append_printf(pic->out, "  %-*s ", NAME_WIDTH + 2, name);
	if (pfn < 0) {
		g_string_append(pic->out, "page cache: nothing\n");
	} else {
		g_string_append_printf(pic->out, "page cache: page %ld, ", pfn);
		page_facts(pic->out, p, pfn);
		mark(pic, pic->focus.kind == MODEL_OBJECT_PAGE && pic->focus.pfn == pfn);
	}
	g_free(name);
	for (i = 0; i < p->nmaps; i++) {
		const struct prog_map *m = &p->maps[i];

		if (maps_page(m, f->decl, index))
			entry_line(pic, m, index - m->decl->map.first, pfn);
	}
}

/* As far as anything of it is cached or mapped. */
static unsigned long pages_of(struct picture *pic, const struct prog_fd *f)
{
	unsigned long n = f->decl->file.pages;
	unsigned int i;

	for (i = 0; i < pic->p->nmaps; i++) {
		const struct lang_map *m = &pic->p->maps[i].decl->map;

		if (m->file == f->decl)
			n = MAX(n, m->first + m->pages);
	}
	return n;
}

static void empty_pages(struct picture *pic, const char *name, unsigned long from, unsigned long to)
{
	char *range;

	if (from == to)
		return;
	range = to == from + 1 ? g_strdup_printf("%s[%lu]", name, from) :
				 g_strdup_printf("%s[%lu:%lu]", name, from, to);
	g_string_append_printf(pic->out, "  %-*s nothing\n", NAME_WIDTH + 2, range);
	g_free(range);
}

static void modes_text(GString *out, unsigned int modes)
{
	char *text = lang_flags_text(LANG_FLAGS_REGISTER, modes);

	g_string_append(out, text);
	g_free(text);
}

/* "g: private, not registered" for each mapping of the file. */
static void map_head(struct picture *pic, const struct prog_map *m)
{
	const struct lang_map *d = &m->decl->map;
	const struct prog_fd *u;
	struct model_vma vma;

	g_string_append_printf(pic->out, "    %s: %s %s", m->decl->name,
			       d->shared ? "shared" : "private",
			       d->write ? "rw" :
			       d->read	? "r" :
					  "none");
	if (!model_vma(m->process->id, m->addr, &vma) || vma.start > m->addr) {
		g_string_append(pic->out, ", not mapped any more");
	} else if (vma.ctx) {
		u = uffd_by_id(pic->p, vma.ctx);
		g_string_append_printf(pic->out, ", registered with %s for ",
				       u ? u->decl->name : "a userfaultfd");
		modes_text(pic->out, vma.modes);
	}
	g_string_append_c(pic->out, '\n');
}

static void file_head(struct picture *pic, const struct prog_fd *f)
{
	const struct lang_file *d = &f->decl->file;
	struct model_file info;
	unsigned int i;

	g_string_append_printf(pic->out, "%s (%s ", f->decl->name,
			       d->mem == LANG_MEM_HUGETLB ? "hugetlb" : "shmem");
	name_size(pic->out, 1ul << d->shift);
	if (model_file(f->id, &info)) {
		g_string_append(pic->out, ", size ");
		name_bytes(pic->out, info.size, d->shift);
		g_string_append_printf(pic->out, ", %lu cached)\n", info.cached);
	} else {
		g_string_append(pic->out, ", closed)\n");
	}
	for (i = 0; i < pic->p->nmaps; i++) {
		if (pic->p->maps[i].decl->map.file == f->decl)
			map_head(pic, &pic->p->maps[i]);
	}
}

static void draw_file(struct picture *pic, const struct prog_fd *f)
{
	unsigned long i, n = pages_of(pic, f), empty = 0;
	unsigned int shown = 0;

	file_head(pic, f);
	for (i = 0; i < n && shown < MAX_PAGES; i++) {
		long pfn = model_cached(f->id, i);

		if (pfn < 0 && !is_mapped(pic, f->decl, i))
			continue;
		empty_pages(pic, f->decl->name, empty, i);
		file_page(pic, f, i, pfn);
		empty = i + 1;
		shown++;
	}
	if (i < n)
		g_string_append_printf(pic->out, "  ... (up to %s[%lu])\n", f->decl->name, n - 1);
	else
		empty_pages(pic, f->decl->name, empty, n);
}

/* -------------------------------------------------------- anonymous memory */

static void draw_anon(struct picture *pic, const struct prog_map *m)
{
	unsigned long i, empty = 0, n = m->decl->map.pages;
	unsigned int shown = 0;

	g_string_append_printf(pic->out, "%s (anonymous%s)\n", m->decl->name,
			       m->decl->map.mem == LANG_MEM_HUGETLB ? ", hugetlb" : "");
	map_head(pic, m);
	for (i = 0; i < n && shown < MAX_PAGES; i++) {
		struct model_pte pte;

		model_pte(m->process->id, m->addr + (i << m->decl->map.shift), &pte);
		if (!pte.bits)
			continue;
		empty_pages(pic, m->decl->name, empty, i);
		entry_line(pic, m, i, -1);
		empty = i + 1;
		shown++;
	}
	empty_pages(pic, m->decl->name, empty, n);
}

/* --------------------------------------------------------------- the focus */

static bool map_has_pfn(struct picture *pic, const struct prog_map *m, long pfn)
{
	unsigned long i;

	for (i = 0; i < m->decl->map.pages; i++) {
		struct model_pte pte;

		model_pte(m->process->id, m->addr + (i << m->decl->map.shift), &pte);
		if (pte.pfn == pfn)
			return true;
	}
	return pic->focus.kind == MODEL_OBJECT_PTE && pic->focus.addr - m->addr < m->room;
}

static bool file_has_pfn(const struct prog_fd *f, long pfn)
{
	struct model_page page;

	return model_page(pfn, &page) && page.file == f->id;
}

/* Whether the file or the mapping has to do with what the report is about. */
static bool concerns(struct picture *pic, const struct prog_fd *f, const struct prog_map *m)
{
	const struct model_object *o = &pic->focus;

	switch (o->kind) {
	case MODEL_OBJECT_PAGE:
		return (f && file_has_pfn(f, o->pfn)) || (m && map_has_pfn(pic, m, o->pfn));
	case MODEL_OBJECT_PTE:
	case MODEL_OBJECT_VMA:
		return m && o->addr - m->addr < m->room;
	case MODEL_OBJECT_FILE:
		return f && f->id == o->id;
	default:
		return false;
	}
}

static bool file_concerns(struct picture *pic, const struct prog_fd *f)
{
	unsigned int i;

	if (concerns(pic, f, NULL))
		return true;
	for (i = 0; i < pic->p->nmaps; i++) {
		if (pic->p->maps[i].decl->map.file == f->decl &&
		    concerns(pic, NULL, &pic->p->maps[i]))
			return true;
	}
	return false;
}

static void draw(struct picture *pic, bool all)
{
	struct prog *p = pic->p;
	unsigned int i;

	for (i = 0; i < p->nfiles; i++) {
		if (!all && !file_concerns(pic, &p->files[i]))
			continue;
		draw_file(pic, &p->files[i]);
		pic->shown++;
	}
	for (i = 0; i < p->nmaps; i++) {
		const struct prog_map *m = &p->maps[i];

		if (m->decl->map.file || (!all && !concerns(pic, NULL, m)))
			continue;
		draw_anon(pic, m);
		pic->shown++;
	}
}

/* -------------------------------------------------------------- on a stack */

struct drawing {
	struct prog *p;
	const void *obj;
	int kind;
	GString *out;
};

static void draw_call(void *arg)
{
	const struct drawing *d = arg;
	struct picture pic = { .p = d->p, .out = d->out };

	if (d->obj)
		model_object(d->obj, d->kind, &pic.focus);
	draw(&pic, !d->obj);
	if (!pic.shown)
		draw(&pic, true);
}

static int kind_of(const void *obj)
{
	unsigned long index;
	int kind = 0;

	if (obj)
		world_object(obj, &kind, &index);
	return kind;
}

void report_picture(struct run *r, const void *obj)
{
	struct drawing d = { r->p, obj, kind_of(obj), r->report };

	g_string_append(r->report, "memory:\n");
	world_call(draw_call, &d);
}

/* ---------------------------------------------------------- naming objects */

static void name_page(GString *out, struct prog *p, long pfn)
{
	g_string_append_printf(out, "page %ld (", pfn);
	page_facts(out, p, pfn);
	g_string_append_c(out, ')');
}

static void object_call(void *arg)
{
	const struct drawing *d = arg;
	const struct prog_fd *fd;
	struct model_object o;

	model_object(d->obj, d->kind, &o);
	switch (o.kind) {
	case MODEL_OBJECT_PAGE:
		name_page(d->out, d->p, o.pfn);
		break;
	case MODEL_OBJECT_PTE:
		g_string_append(d->out, "the page-table entry of ");
		name_addr(d->out, d->p, NULL, o.addr);
		break;
	case MODEL_OBJECT_VMA:
		g_string_append(d->out, "the VMA that begins at ");
		name_addr(d->out, d->p, NULL, o.addr);
		break;
	case MODEL_OBJECT_FILE:
		fd = file_by_id(d->p, o.id);
		g_string_append(d->out, fd ? fd->decl->name : "a file");
		break;
	case MODEL_OBJECT_UFFD:
		fd = uffd_by_id(d->p, o.id);
		g_string_append(d->out, fd ? fd->decl->name : "a userfaultfd");
		break;
	case MODEL_OBJECT_PROCESS:
		g_string_append(d->out, "an address space");
		break;
	case MODEL_OBJECT_OTHER:
		break;
	}
}

void report_object(GString *out, struct prog *p, const void *obj)
{
	struct drawing d = { p, obj, 0, out };
	unsigned long index = 0;
	gsize before = out->len;
	const char *cache = world_object(obj, &d.kind, &index);

	world_call(object_call, &d);
	if (out->len != before)
		return;
	if (cache)
		g_string_append_printf(out, "%s #%lu", cache, index);
	else
		g_string_append(out, "no object of the machine");
}
