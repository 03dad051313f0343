/* SPDX-License-Identifier: GPL-2.0-only */
/* trap_pf.h */
#ifndef _ASM_X86_TRAP_PF_H
#define _ASM_X86_TRAP_PF_H

#define X86_PF_PROT 1ul
#define X86_PF_WRITE 2ul
#define X86_PF_USER 4ul

#endif
