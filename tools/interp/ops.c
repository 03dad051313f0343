// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE /* flags of mremap() */
/*
 * ops.c - the operations: a row each, run in the simulated thread that makes the call
 *
 * What the model writes through a pointer must lie on the thread's own stack, so results
 * are copied to call->now at the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <linux/userfaultfd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "tools/interp/names.h"

/* Headers of the time before 6.6 lack it. */
#ifndef UFFDIO_POISON
struct uffdio_poison {
	struct uffdio_range range;
	__u64 mode;
	__s64 updated;
};
#define UFFDIO_POISON _IOWR(0xAA, 0x08, struct uffdio_poison)
#endif

int op_fd(const struct prog *p, const struct prog_call *c)
{
	/* It may just be on its way out of the message of a fork. */
	if (p->births)
		world_touch(&c->fd->id, false);
	return c->fd->fd[c->thread->process - p->processes];
}

static void set_value(struct prog_call *c, uint64_t value)
{
	c->now.kind = OUTCOME_VALUE;
	c->now.err = 0;
	c->now.value = value;
}

/* What a system call returns: a value or -errno. */
void op_set_ret(struct prog_call *c, long ret)
{
	set_value(c, ret < 0 ? 0 : ret);
	c->now.err = ret < 0 ? -ret : 0;
}

static void set_signal(struct prog_call *c, int sig)
{
	unsigned long addr;
	int code;

	model_siginfo(&code, &addr);
	c->now.kind = OUTCOME_SIGNAL;
	c->now.err = 0;
	c->now.value = sig;
	c->now.field[LANG_FIELD_CODE] = code;
	c->now.field[LANG_FIELD_ADDR] = addr;
}

/* ------------------------------------------------------------ userfaultfd */

long op_make_uffd(const struct lang_uffd *u, int more)
{
	int flags = O_CLOEXEC | more;

	if (!u->blocking)
		flags |= O_NONBLOCK;
	if (u->user_mode_only)
		flags |= UFFD_USER_MODE_ONLY;
	return u->dev ? model_userfaultfd_dev(flags) : model_userfaultfd(flags);
}

static void op_userfaultfd(struct prog *p, struct prog_call *c)
{
	unsigned int in = c->thread->process - p->processes;
	long fd = op_make_uffd(&c->fd->decl->uffd, c->value);

	op_set_ret(c, fd < 0 ? fd : 0);
	if (fd < 0)
		return;
	world_touch(&c->fd->id, true);
	c->fd->fd[in] = fd;
	c->fd->id = model_uffd_id(c->thread->process->id, fd);
}

static void op_api(struct prog *p, struct prog_call *c)
{
	struct uffdio_api arg = { .api = UFFD_API, .features = c->flags };

	op_set_ret(c, model_ioctl(op_fd(p, c), UFFDIO_API, &arg, sizeof(arg)));
	c->now.field[LANG_FIELD_FEATURES] = arg.features;
	c->now.field[LANG_FIELD_IOCTLS] = arg.ioctls;
}

static void op_register(struct prog *p, struct prog_call *c)
{
	struct uffdio_register arg = { .range = { c->addr, c->len }, .mode = c->flags };

	op_set_ret(c, model_ioctl(op_fd(p, c), UFFDIO_REGISTER, &arg, sizeof(arg)));
	c->now.field[LANG_FIELD_IOCTLS] = arg.ioctls;
}

static void op_unregister(struct prog *p, struct prog_call *c)
{
	struct uffdio_range arg = { c->addr, c->len };

	op_set_ret(c, model_ioctl(op_fd(p, c), UFFDIO_UNREGISTER, &arg, sizeof(arg)));
}

static void op_wake(struct prog *p, struct prog_call *c)
{
	struct uffdio_range arg = { c->addr, c->len };

	op_set_ret(c, model_ioctl(op_fd(p, c), UFFDIO_WAKE, &arg, sizeof(arg)));
}

static void op_copy(struct prog *p, struct prog_call *c)
{
	struct uffdio_copy arg = {
		.dst = c->addr,
		.src = c->src,
		.len = c->len,
		.mode = c->flags,
	};

	op_set_ret(c, model_ioctl(op_fd(p, c), UFFDIO_COPY, &arg, sizeof(arg)));
	c->now.field[LANG_FIELD_COPY] = arg.copy;
}

static void op_zeropage(struct prog *p, struct prog_call *c)
{
	struct uffdio_zeropage arg = { .range = { c->addr, c->len }, .mode = c->flags };

	op_set_ret(c, model_ioctl(op_fd(p, c), UFFDIO_ZEROPAGE, &arg, sizeof(arg)));
	c->now.field[LANG_FIELD_ZEROPAGE] = arg.zeropage;
}

static void op_continue(struct prog *p, struct prog_call *c)
{
	struct uffdio_continue arg = { .range = { c->addr, c->len }, .mode = c->flags };

	op_set_ret(c, model_ioctl(op_fd(p, c), UFFDIO_CONTINUE, &arg, sizeof(arg)));
	c->now.field[LANG_FIELD_MAPPED] = arg.mapped;
}

static void op_poison(struct prog *p, struct prog_call *c)
{
	struct uffdio_poison arg = { .range = { c->addr, c->len }, .mode = c->flags };

	op_set_ret(c, model_ioctl(op_fd(p, c), UFFDIO_POISON, &arg, sizeof(arg)));
	c->now.field[LANG_FIELD_UPDATED] = arg.updated;
}

static void op_writeprotect(struct prog *p, struct prog_call *c)
{
	struct uffdio_writeprotect arg = { .range = { c->addr, c->len }, .mode = c->flags };

	op_set_ret(c, model_ioctl(op_fd(p, c), UFFDIO_WRITEPROTECT, &arg, sizeof(arg)));
}

/* ----------------------------------------------------------- system calls */

/* Descriptors that came with messages get the names that the scenario has for them. */
static void take_ufds(struct prog *p, struct prog_call *c)
{
	unsigned int in = c->thread->process - p->processes, i;

	for (i = 0; i < c->now.nmessages && i < PROG_MAX_UFDS; i++) {
		const struct uffd_msg *msg = &c->now.message[i];
		struct prog_fd *fd = c->ufds[i];

		if (msg->event != UFFD_EVENT_FORK || !fd)
			continue;
		world_touch(&fd->id, true);
		fd->fd[in] = msg->arg.fork.ufd;
		fd->id = model_uffd_id(c->thread->process->id, fd->fd[in]);
	}
}

static void op_read(struct prog *p, struct prog_call *c)
{
	const struct lang_arg *bytes = lang_call_arg(c->ast, LANG_ROLE_BYTES);
	struct uffd_msg msg[PROG_MAX_MESSAGES];
	unsigned long size = bytes ? bytes->value : sizeof(msg[0]);
	long ret;

	ret = model_read(op_fd(p, c), msg, MIN(size, sizeof(msg)));
	op_set_ret(c, ret);
	if (ret <= 0)
		return;
	c->now.kind = OUTCOME_MESSAGES;
	c->now.nmessages = ret / sizeof(msg[0]);
	memcpy(c->now.message, msg, ret);
	if (p->births)
		take_ufds(p, c);
}

static void op_poll(struct prog *p, struct prog_call *c)
{
	op_set_ret(c, model_poll(op_fd(p, c)));
	if (!c->now.err)
		c->now.kind = OUTCOME_POLL;
}

static void op_close(struct prog *p, struct prog_call *c)
{
	op_set_ret(c, model_close(op_fd(p, c)));
}

unsigned int op_map_prot(const struct lang_map *m)
{
	return (m->read ? PROT_READ : 0) | (m->write ? PROT_WRITE : 0);
}

unsigned long op_map_flags(const struct lang_map *m)
{
	unsigned long flags = m->shared ? MAP_SHARED : MAP_PRIVATE;

	if (m->noreserve)
		flags |= MAP_NORESERVE;
	if (m->file)
		return flags;
	flags |= MAP_ANONYMOUS;
	if (m->mem == LANG_MEM_HUGETLB)
		flags |= MAP_HUGETLB | ((unsigned long)m->shift << MAP_HUGE_SHIFT);
	return flags;
}

/* Zero is what a scenario expects of a mapping that it got where it wanted it. */
static void op_mmap(struct prog *p, struct prog_call *c)
{
	unsigned int in = c->thread->process - p->processes;
	int fd = c->as->file ? prog_file_of(p, c->as->file)->fd[in] : -1;
	long ret = model_mmap(c->map->addr, c->as->pages << c->as->shift, op_map_prot(c->as),
			      MAP_FIXED | op_map_flags(c->as), fd, c->as->first << c->as->shift);

	op_set_ret(c, (unsigned long)ret == c->map->addr ? 0 : ret);
}

static void op_munmap(struct prog *p G_GNUC_UNUSED, struct prog_call *c)
{
	op_set_ret(c, model_munmap(c->addr, c->len));
}

static void op_mprotect(struct prog *p G_GNUC_UNUSED, struct prog_call *c)
{
	op_set_ret(c, model_mprotect(c->addr, c->len, c->flags));
}

static void op_mremap(struct prog *p G_GNUC_UNUSED, struct prog_call *c)
{
	const struct lang_arg *bytes = lang_call_arg(c->ast, LANG_ROLE_BYTES);
	const struct lang_arg *len = lang_call_arg(c->ast, LANG_ROLE_LEN);
	bool moves = lang_call_arg(c->ast, LANG_ROLE_SRC);
	unsigned long old = prog_addr_len(&lang_call_arg(c->ast, LANG_ROLE_ADDR)->addr);
	unsigned long flags = c->flags | (moves ? MREMAP_MAYMOVE | MREMAP_FIXED : 0);
	unsigned long to = moves ? c->src : c->addr;
	long ret;

	if (bytes)
		old = bytes->value;
	ret = model_mremap(c->addr, old, len ? len->value : old, flags, c->src);
	op_set_ret(c, (unsigned long)ret == to ? 0 : ret);
}

static void op_madvise(struct prog *p G_GNUC_UNUSED, struct prog_call *c)
{
	op_set_ret(c, model_madvise(c->addr, c->len, c->flags));
}

static void op_truncate(struct prog *p, struct prog_call *c)
{
	op_set_ret(c, model_ftruncate(op_fd(p, c), c->value));
}

static void op_punch(struct prog *p, struct prog_call *c)
{
	op_set_ret(c, model_fallocate(op_fd(p, c), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				      c->addr, c->len));
}

static void op_fallocate(struct prog *p, struct prog_call *c)
{
	op_set_ret(c, model_fallocate(op_fd(p, c), 0, c->addr, c->len));
}

/* The child has the same descriptors under the same numbers. */
static void inherit(struct prog_fd *fds, unsigned int n, unsigned int parent, unsigned int child)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		fds[i].fd[child] = fds[i].fd[parent];
}

static void set_birth(struct prog *p, struct prog_process *process, enum prog_birth birth)
{
	unsigned int i;

	world_touch(&process->now_birth, true);
	process->now_birth = birth;
	for (i = 0; i < p->nthreads; i++) {
		if (p->threads[i].process == process)
			sim_unpark(p->threads[i].tid);
	}
}

void op_stillborn(struct prog *p, struct prog_process *process)
{
	if (process->now_birth == PROG_UNBORN)
		set_birth(p, process, PROG_STILLBORN);
}

static void op_fork(struct prog *p, struct prog_call *c)
{
	unsigned int parent = c->thread->process - p->processes;
	unsigned int child = c->process - p->processes;
	long ret = model_fork(c->process->id);

	op_set_ret(c, ret);
	if (ret) {
		op_stillborn(p, c->process);
		return;
	}
	inherit(p->files, p->nfiles, parent, child);
	inherit(p->uffds, p->nuffds, parent, child);
	c->process->now_parent = c->thread->process;
	c->now.kind = OUTCOME_PROCESS;
	c->now.value = child;
	set_birth(p, c->process, PROG_BORN);
}

static void op_hugepages(struct prog *p G_GNUC_UNUSED, struct prog_call *c)
{
	op_set_ret(c, model_set_hugepages(__builtin_ctzl(c->len), c->value));
}

static void op_overcommit(struct prog *p G_GNUC_UNUSED, struct prog_call *c)
{
	op_set_ret(c, model_set_overcommit(__builtin_ctzl(c->len), c->value));
}

static void op_exit(struct prog *p G_GNUC_UNUSED, struct prog_call *c)
{
	model_exit();
	set_value(c, 0);
}

static void op_signal(struct prog *p G_GNUC_UNUSED, struct prog_call *c)
{
	op_set_ret(c, model_signal(c->to->tid, c->flags));
}

/* --------------------------------------------------------------- accesses */

static void op_load(struct prog *p G_GNUC_UNUSED, struct prog_call *c)
{
	unsigned long long value = 0;
	int sig = model_load(c->addr, &value);

	if (sig)
		set_signal(c, sig);
	else
		set_value(c, value);
}

static void op_store(struct prog *p G_GNUC_UNUSED, struct prog_call *c)
{
	int sig = model_store(c->addr, c->value);

	if (sig)
		set_signal(c, sig);
	else
		set_value(c, 0);
}

static void op_uaccess(struct prog *p G_GNUC_UNUSED, struct prog_call *c)
{
	unsigned long long value = 0;
	int err;

	if (lang_call_arg(c->ast, LANG_ROLE_VALUE)) {
		op_set_ret(c, model_uaccess_write(c->addr, c->value));
		return;
	}
	err = model_uaccess_read(c->addr, &value);
	op_set_ret(c, err);
	if (!err)
		c->now.value = value;
}

/* -------------------------------------------------------------- the table */

static const prog_op ops[LANG_OPS] = {
	[LANG_OP_userfaultfd] = op_userfaultfd,
	[LANG_OP_api] = op_api,
	[LANG_OP_register] = op_register,
	[LANG_OP_unregister] = op_unregister,
	[LANG_OP_wake] = op_wake,
	[LANG_OP_copy] = op_copy,
	[LANG_OP_zeropage] = op_zeropage,
	[LANG_OP_continue] = op_continue,
	[LANG_OP_poison] = op_poison,
	[LANG_OP_writeprotect] = op_writeprotect,
	[LANG_OP_read] = op_read,
	[LANG_OP_poll] = op_poll,
	[LANG_OP_close] = op_close,
	[LANG_OP_mmap] = op_mmap,
	[LANG_OP_mprotect] = op_mprotect,
	[LANG_OP_mremap] = op_mremap,
	[LANG_OP_munmap] = op_munmap,
	[LANG_OP_madvise] = op_madvise,
	[LANG_OP_truncate] = op_truncate,
	[LANG_OP_punch] = op_punch,
	[LANG_OP_fallocate] = op_fallocate,
	[LANG_OP_fork] = op_fork,
	[LANG_OP_hugepages] = op_hugepages,
	[LANG_OP_overcommit] = op_overcommit,
	[LANG_OP_exit] = op_exit,
	[LANG_OP_signal] = op_signal,
	[LANG_OP_load] = op_load,
	[LANG_OP_store] = op_store,
	[LANG_OP_uaccess] = op_uaccess,
	[LANG_OP_serve] = op_serve,
};

prog_op op_run(enum lang_op op)
{
	return ops[op];
}
