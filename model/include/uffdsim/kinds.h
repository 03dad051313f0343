/* SPDX-License-Identifier: GPL-2.0-only */
/* kinds.h - kinds of objects, for the invariant engine */
#ifndef UFFDSIM_KINDS_H
#define UFFDSIM_KINDS_H

enum kind {
	KIND_PAGE = 1,
	KIND_PTABLE,
	KIND_VMA,
	KIND_MM,
	KIND_UFFD_CTX,
	KIND_INODE,
	KIND_RESV_MAP,
	KIND_FILE_REGION,
	KIND_HSTATE,
	KIND_TASK,
	KIND_FILE,
	KIND_ANON_VMA,
	KIND_SUBPOOL,
	KIND_XA_NODE,
	KIND_SHMEM_SB,
	KIND_TLB,
};

#endif
