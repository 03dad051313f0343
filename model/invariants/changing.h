/* SPDX-License-Identifier: GPL-2.0-only */
/* changing.h - events in flight: what the other files of model/invariants/ tell and ask */
#ifndef MODEL_CHANGING_H
#define MODEL_CHANGING_H

#include <linux/mm_types.h>

struct call;
struct userfaultfd_ctx;

/* Of one context, so far. */
struct changing_counts {
	unsigned int ended; /* events that are over */
	unsigned int
		unread;	   /* of these, by a monitor that had closed or a thread that was killed */
	unsigned int read; /* event messages that read() has given */
};

void changing_init(void);
/* A context was written to, or is about to be freed. */
void changing_noted(const struct userfaultfd_ctx *ctx);
void changing_freed(const struct userfaultfd_ctx *ctx);
/* A read() could not write its message: if it was of an event, that is lost. */
void changing_read_failed(const struct userfaultfd_ctx *ctx);
/* A read() returned so many messages of events. */
void changing_read(const struct userfaultfd_ctx *ctx, unsigned int events);
/* A filling ioctl, the call of this step's thread, has made an entry of a page table. */
void changing_filled(const struct call *call, const struct ptable *table, unsigned int index);
/* False if there are too many contexts to know. */
bool changing_counts(const struct userfaultfd_ctx *ctx, struct changing_counts *counts);

#endif
