// SPDX-License-Identifier: GPL-2.0-only
/* names.c - turns addresses and numbers of the machine back into the scenario's words */
#include <string.h>

#include "tools/interp/names.h"

enum { MAX_ERRNO = 4095 };

/* A child has what its parents have, and what was mapped for it. */
static bool sees_map(const struct prog_process *process, const struct prog_map *m)
{
	while (process && m->process != process)
		process = process->now_parent;
	return process;
}

const struct prog_map *map_at(struct prog *p, const struct prog_process *process,
			      unsigned long addr)
{
	unsigned int i;

	for (i = 0; i < p->nmaps; i++) {
		const struct prog_map *m = &p->maps[i];

		if (process && !sees_map(process, m))
			continue;
		if (addr - m->addr < m->room)
			return m;
	}
	return NULL;
}

void name_addr(GString *out, struct prog *p, const struct prog_process *process, unsigned long addr)
{
	const struct prog_map *m = map_at(p, process, addr);
	unsigned long off, page;

	if (!m) {
		g_string_append_printf(out, "0x%lx", addr);
		return;
	}
	off = addr - m->addr;
	page = off >> m->decl->map.shift;
	off -= page << m->decl->map.shift;
	g_string_append_printf(out, "%s[%lu]", m->decl->name, page);
	if (off)
		g_string_append_printf(out, "+0x%lx", off);
}

void name_range(GString *out, struct prog *p, const struct prog_process *process,
		unsigned long addr, unsigned long len)
{
	const struct prog_map *m = map_at(p, process, addr);
	unsigned long first, n;

	if (!m) {
		g_string_append_printf(out, "0x%lx-0x%lx", addr, addr + len);
		return;
	}
	first = (addr - m->addr) >> m->decl->map.shift;
	n = len >> m->decl->map.shift;
	if (n == 1)
		g_string_append_printf(out, "%s[%lu]", m->decl->name, first);
	else
		g_string_append_printf(out, "%s[%lu:%lu]", m->decl->name, first, first + n);
}

static const struct prog_fd *fd_by_id(const struct prog_fd *fds, unsigned int n, unsigned long id)
{
	unsigned int i;

	for (i = 0; id && i < n; i++) {
		if (fds[i].id == id)
			return &fds[i];
	}
	return NULL;
}

const struct prog_fd *file_by_id(struct prog *p, unsigned long id)
{
	return fd_by_id(p->files, p->nfiles, id);
}

const struct prog_fd *uffd_by_id(struct prog *p, unsigned long id)
{
	return fd_by_id(p->uffds, p->nuffds, id);
}

void name_addresses_in(GString *out, struct prog *p, const char *text)
{
	const char *hex;

	while ((hex = strstr(text, "0x"))) {
		char *end;
		unsigned long addr = strtoul(hex, &end, 16);

		g_string_append_len(out, text, hex - text);
		if (map_at(p, NULL, addr))
			name_addr(out, p, NULL, addr);
		else
			g_string_append_len(out, hex, end - hex);
		text = end > hex + 1 ? end : hex + 2;
	}
	g_string_append(out, text);
}

void name_size(GString *out, unsigned long bytes)
{
	static const struct {
		unsigned int shift;
		char unit;
	} units[] = { { 30, 'G' }, { 20, 'M' }, { 10, 'K' } };
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(units); i++) {
		if (!bytes || bytes & ((1ul << units[i].shift) - 1))
			continue;
		g_string_append_printf(out, "%lu%c", bytes >> units[i].shift, units[i].unit);
		return;
	}
	g_string_append_printf(out, "%lu", bytes);
}

void name_word(GString *out, uint64_t value)
{
	g_string_append_printf(out, value < 10 ? "%lu" : "0x%lx", (unsigned long)value);
}

void name_bytes(GString *out, int64_t bytes, unsigned int shift)
{
	if (bytes < 0 && bytes >= -MAX_ERRNO)
		g_string_append_printf(out, "-%s", lang_errno_name(-bytes));
	else if (bytes && !(bytes & ((1l << shift) - 1)))
		g_string_append_printf(out, "%ldp", (long)(bytes >> shift));
	else
		g_string_append_printf(out, "%ld", (long)bytes);
}
