/* SPDX-License-Identifier: GPL-2.0-only */
/* Linux mm/page-writeback.c: dirty pages, which nobody writes anywhere here */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>

/**
 * noop_dirty_folio - for ->dirty_folio(): mark a folio dirty and leave it at that
 * @mapping: where it is
 * @folio: the folio
 *
 * Returns whether it was clean.  Linux: mm/page-writeback.c.
 */
bool noop_dirty_folio(struct address_space *mapping, struct folio *folio)
{
	if (folio_test_dirty(folio))
		return false;
	folio_set_dirty(folio);
	return true;
}
