/* SPDX-License-Identifier: GPL-2.0-only */
/* swapops.h - entries that are not present: only markers so far */
#ifndef _LINUX_SWAPOPS_H
#define _LINUX_SWAPOPS_H

#include <linux/mm.h>

typedef struct {
	unsigned long val;
} swp_entry_t;

typedef unsigned long pte_marker;
#define PTE_MARKER_UFFD_WP 1ul
#define PTE_MARKER_POISONED 2ul /* UFFDIO_POISON, since 6.6 */
#define PTE_MARKER_MASK (PTE_MARKER_UFFD_WP | PTE_MARKER_POISONED)
#define SWP_PTE_MARKER 29ul

/* Type in the top bits, offset below; x86 keeps bit 2 for uffd-wp and bit 0 clear. */
static inline swp_entry_t swp_entry(unsigned long type, unsigned long offset)
{
	return (swp_entry_t){ type << 58 | offset };
}

static inline unsigned long swp_type(swp_entry_t entry)
{
	return entry.val >> 58;
}

static inline unsigned long swp_offset(swp_entry_t entry)
{
	return entry.val & ((1ul << 58) - 1);
}

static inline pte_t swp_entry_to_pte(swp_entry_t entry)
{
	return __pte(swp_type(entry) << 59 | swp_offset(entry) << 9);
}

static inline swp_entry_t pte_to_swp_entry(pte_t pte)
{
	return swp_entry(pte.pte >> 59, (pte.pte & ((1ul << 59) - 1)) >> 9);
}

static inline bool is_pte_marker_entry(swp_entry_t entry)
{
	return swp_type(entry) == SWP_PTE_MARKER;
}

/* Neither empty nor present. */
static inline int is_swap_pte(pte_t pte)
{
	return !pte_none(pte) && !pte_present(pte);
}

static inline bool is_pte_marker(pte_t pte)
{
	return is_swap_pte(pte) && is_pte_marker_entry(pte_to_swp_entry(pte));
}

/* Nothing is mapped, though something may be remembered of what was. */
static inline int pte_none_mostly(pte_t pte)
{
	return pte_none(pte) || is_pte_marker(pte);
}

static inline swp_entry_t make_pte_marker_entry(pte_marker marker)
{
	return swp_entry(SWP_PTE_MARKER, marker);
}

static inline pte_t make_pte_marker(pte_marker marker)
{
	return swp_entry_to_pte(make_pte_marker_entry(marker));
}

static inline pte_marker pte_marker_get(swp_entry_t entry)
{
	return swp_offset(entry) & PTE_MARKER_MASK;
}

static inline bool is_poisoned_swp_entry(swp_entry_t entry)
{
	return is_pte_marker_entry(entry) && (pte_marker_get(entry) & PTE_MARKER_POISONED);
}

static inline bool pte_marker_poisoned(pte_t pte)
{
	return is_swap_pte(pte) && is_poisoned_swp_entry(pte_to_swp_entry(pte));
}

#endif
