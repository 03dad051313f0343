/* SPDX-License-Identifier: GPL-2.0-only */
/* names.h - numbers of the machine as a scenario writes them: g[0], F[1], 2p, -EEXIST */
#ifndef TOOLS_INTERP_NAMES_H
#define TOOLS_INTERP_NAMES_H

#include "tools/interp/prog.h"

/* "g[1]", "g[1]+0x200"; "0x..." when no mapping of that process stands there. */
void name_addr(GString *out, struct prog *p, const struct prog_process *process,
	       unsigned long addr);
/* "g[0:2]" */
void name_range(GString *out, struct prog *p, const struct prog_process *process,
		unsigned long addr, unsigned long len);
/* "F[1]", or NULL when no declared file has that id. */
const struct prog_fd *file_by_id(struct prog *p, unsigned long id);
const struct prog_fd *uffd_by_id(struct prog *p, unsigned long id);
/* The mapping that has room for an address, or NULL. */
const struct prog_map *map_at(struct prog *p, const struct prog_process *process,
			      unsigned long addr);
/* Replaces every "0x..." that is an address of a mapping by its name. */
void name_addresses_in(GString *out, struct prog *p, const char *text);
/* "2M", "4K", "1G" */
void name_size(GString *out, unsigned long bytes);
/* A value of a word: "0", "0x5a". */
void name_word(GString *out, uint64_t value);
/* Bytes that an ioctl reports, in pages where they are whole: "1p", "-EEXIST", "24". */
void name_bytes(GString *out, int64_t bytes, unsigned int shift);

#endif
