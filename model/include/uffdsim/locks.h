/* SPDX-License-Identifier: GPL-2.0-only */
/* locks.h - the classes of locks: rows of model/locks.def */
#ifndef UFFDSIM_LOCKS_H
#define UFFDSIM_LOCKS_H

enum lock_class {
	LOCKCLASS_NONE,
#define LOCK(id, name, rank, what) LOCKCLASS_##id,
#include "model/locks.def"
#undef LOCK
	NR_LOCK_CLASSES
};

#endif
