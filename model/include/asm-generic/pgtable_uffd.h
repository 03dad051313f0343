/* SPDX-License-Identifier: GPL-2.0-only */
/* pgtable_uffd.h - for processors without a uffd-wp bit: nothing, x86 has one */
#ifndef _ASM_GENERIC_PGTABLE_UFFD_H
#define _ASM_GENERIC_PGTABLE_UFFD_H

#endif
