/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * uffd.c - userfaultfds as the tools see them: queues, references, and how many faults each
 * has seen
 *
 * The count is taken where the fault paths call handle_userfault(): the linker sends those
 * calls here first (--wrap), so that it works with the kernel's own fs/userfaultfd.c too.
 */
#include <linux/fs.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/userfaultfd_k.h>
#include <linux/wait.h>
#include <uffdsim/observe.h>
#include <uffdsim/uffd_ctx.h>

#include "model/host/host.h"
#include "sim/invariant.h"

/* Rows are never given back: a freed context's memory is not used again within a run. */
static struct fault_count {
	struct userfaultfd_ctx *ctx;
	unsigned long n[3];
} fault_counts[HOST_MAX_UFFDS];

static struct fault_count *count_of(struct userfaultfd_ctx *ctx)
{
	struct fault_count *c = fault_counts, *end = c + HOST_MAX_UFFDS;

	for (; c < end; c++) {
		if (c->ctx == ctx)
			return c;
		if (c->ctx)
			continue;
		c->ctx = ctx;
		return c;
	}
	return NULL;
}

static unsigned int kind_of(unsigned long reason)
{
	if (reason & VM_UFFD_WP)
		return 1;
	return reason & VM_UFFD_MINOR ? 2 : 0;
}

vm_fault_t __real_handle_userfault(struct vm_fault *vmf, unsigned long reason);
vm_fault_t __wrap_handle_userfault(struct vm_fault *vmf, unsigned long reason);

/* The fault counts while its thread sleeps, and stays counted unless it was refused. */
vm_fault_t __wrap_handle_userfault(struct vm_fault *vmf, unsigned long reason)
{
	struct userfaultfd_ctx *ctx = vmf->vma->vm_userfaultfd_ctx.ctx;
	struct fault_count *c = ctx ? count_of(ctx) : NULL;
	vm_fault_t ret;

	if (ctx)
		observe_userfault(vmf, reason);
	if (c)
		c->n[kind_of(reason)]++;
	ret = __real_handle_userfault(vmf, reason);
	observe_userfault_over();
	if (c && !(ret & VM_FAULT_RETRY))
		c->n[kind_of(reason)]--;
	return ret;
}

/* Of all files only userfaultfds can be polled. */
static int is_uffd(const struct file *file)
{
	return file && file->f_op && file->f_op->poll;
}

unsigned long model_uffd_id(int process, int fd)
{
	struct file *file = host_file(process, fd);

	return is_uffd(file) ? (unsigned long)file->private_data : 0;
}

int model_uffd(unsigned long id, struct model_uffd *out)
{
	struct userfaultfd_ctx *ctx = (struct userfaultfd_ctx *)id;
	const struct fault_count *c = id ? count_of(ctx) : NULL;
	unsigned int i;

	*out = (struct model_uffd){ 0 };
	for (i = 0; c && i < 3; i++)
		out->faults[i] = c->n[i];
	if (!id || !sim_is_live(ctx))
		return 0;
	out->refs = refcount_read(&ctx->refcount);
	out->unread_faults = list_count_nodes(&ctx->fault_pending_wqh.head);
	out->read_faults = list_count_nodes(&ctx->fault_wqh.head);
	out->unread_events = list_count_nodes(&ctx->event_wqh.head);
	out->mmap_changing = atomic_read(&ctx->mmap_changing);
	return 1;
}
