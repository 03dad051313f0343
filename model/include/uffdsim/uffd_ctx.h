/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uffd_ctx.h - what fs/userfaultfd.c keeps behind a file descriptor
 *
 * Linux hides these two types in its fs/userfaultfd.c.  They stand here for the invariants and
 * for the tools, which look into them while everything is stopped; the order of the members is
 * the kernel's, so that they may do so when the kernel's own file is linked.
 */
#ifndef UFFDSIM_UFFD_CTX_H
#define UFFDSIM_UFFD_CTX_H

#include <linux/types.h>
#include <linux/refcount.h>
#include <linux/seqlock.h>
#include <linux/userfaultfd_k.h>
#include <linux/wait.h>

struct mm_struct;

/*
 * Lock order: fd_wqh, then fault_pending_wqh, then fault_wqh; event_wqh comes after fd_wqh.
 * A reader holds the first while it looks into the others.
 */
struct userfaultfd_ctx {
	wait_queue_head_t fault_pending_wqh; /* faults that nobody has read */
	wait_queue_head_t fault_wqh;	     /* faults that were read, not yet resolved */
	wait_queue_head_t fd_wqh;	     /* readers and pollers */
	wait_queue_head_t event_wqh;	     /* threads whose event nobody has read */
	seqcount_spinlock_t refile_seq;	     /* odd: a fault is between the first two queues */
	refcount_t refcount;		     /* the file, and each thread that sleeps on it */
	unsigned int flags;		     /* of userfaultfd() */
	unsigned int features;		     /* asked for by UFFDIO_API; 0: before it */
	bool released;			     /* the file is closed, and stays so */
	atomic_t mmap_changing;		     /* events in flight */
	struct mm_struct *mm;		     /* whose memory it may watch (an mm_count) */
};

/* One sleeping thread, on its own stack: the message for the reader and the place in a queue. */
struct userfaultfd_wait_queue {
	struct uffd_msg msg;
	wait_queue_entry_t wq; /* ->private is the task */
	struct userfaultfd_ctx *ctx;
	bool waken; /* somebody has tried to wake it */
};

#endif
