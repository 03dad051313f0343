// SPDX-License-Identifier: GPL-2.0-only
/*
 * serve.c - the operation `serve`: the loop of a monitor
 *
 * It waits, reads a message, resolves the fault in the way that its line says, and takes the
 * protection away where a store met that.  Events are read and that is all.  A fault that `retry`
 * has to wait with, an event being in flight, is not in the way of that event: what can be
 * read meanwhile is read, and faults among it are put aside.
 */
#include <errno.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>

#include "tools/interp/names.h"

enum { MAX_ASIDE = 32 };

struct server {
	struct prog *p;
	const struct prog_call *c;
	const struct lang_serve *s;
	int fd;
	struct uffd_msg aside[MAX_ASIDE]; /* read, and not yet answered; oldest first */
	unsigned int naside;
};

static unsigned long page_of(const struct prog_map *m, unsigned long addr)
{
	return (addr - m->addr) >> m->decl->map.shift;
}

/* Page i of the mapping comes from page i of the source, or all from its only page. */
static long serve_copy(const struct server *v, const struct prog_map *m, unsigned long page,
		       unsigned long len)
{
	struct uffdio_copy arg = { .dst = page, .len = len, .mode = v->s->dontwake };

	arg.src = v->c->src + (v->c->len > len ? page_of(m, page) * len : 0);
	return model_ioctl(v->fd, UFFDIO_COPY, &arg, sizeof(arg));
}

/* A protected page is there: to fill it once more would help nobody. */
static enum lang_op answer_to(const struct server *v, const struct uffd_msg *msg)
{
	if (msg->arg.pagefault.flags & UFFD_PAGEFAULT_FLAG_WP)
		return LANG_OP_writeprotect;
	return v->s->op;
}

static long serve_resolve(const struct server *v, const struct uffd_msg *msg)
{
	unsigned long addr = msg->arg.pagefault.address;
	const struct prog_map *m = map_at(v->p, NULL, addr);
	unsigned long len = 1ul << (m ? m->decl->map.shift : 12);
	unsigned long page = addr & ~(len - 1);
	bool dontwake = v->s->dontwake;
	struct uffdio_zeropage zero = { .range = { page, len }, .mode = dontwake };
	struct uffdio_continue cont = { .range = { page, len }, .mode = dontwake };
	struct uffdio_writeprotect wp = {
		.range = { page, len },
		.mode = dontwake ? UFFDIO_WRITEPROTECT_MODE_DONTWAKE : 0,
	};

	if (!m)
		return -EFAULT;
	switch (answer_to(v, msg)) {
	case LANG_OP_copy:
		return serve_copy(v, m, page, len);
	case LANG_OP_zeropage:
		return model_ioctl(v->fd, UFFDIO_ZEROPAGE, &zero, sizeof(zero));
	case LANG_OP_writeprotect:
		return model_ioctl(v->fd, UFFDIO_WRITEPROTECT, &wp, sizeof(wp));
	default:
		return model_ioctl(v->fd, UFFDIO_CONTINUE, &cont, sizeof(cont));
	}
}

static const struct lang_serve_rule *serve_rule(const struct lang_serve *s, int err)
{
	guint i;

	for (i = 0; i < s->rules->len; i++) {
		const struct lang_serve_rule *rule = s->rules->pdata[i];

		if (!rule->err || rule->err == err)
			return rule;
	}
	return NULL;
}

/* Reads what is there already, without waiting. */
static void read_aside(struct server *v)
{
	struct uffd_msg msg;

	while (v->naside < MAX_ASIDE && model_poll(v->fd) == POLLIN) {
		if (model_read(v->fd, &msg, sizeof(msg)) != sizeof(msg))
			return;
		if (msg.event == UFFD_EVENT_PAGEFAULT)
			v->aside[v->naside++] = msg;
	}
}

/* 0, or the -errno for which the scenario has no rule. */
static long serve_fault(struct server *v, const struct uffd_msg *msg)
{
	unsigned long addr = msg->arg.pagefault.address;
	const struct prog_map *m = map_at(v->p, NULL, addr);
	unsigned long len = 1ul << (m ? m->decl->map.shift : 12);
	struct uffdio_range range = { addr & ~(len - 1), len };
	const struct lang_serve_rule *rule;
	long ret;

	for (;;) {
		ret = serve_resolve(v, msg);
		if (!ret)
			return 0;
		rule = serve_rule(v->s, -ret);
		if (!rule)
			return ret;
		if (rule->action == LANG_SERVE_SKIP)
			return 0;
		if (rule->action == LANG_SERVE_WAKE)
			return model_ioctl(v->fd, UFFDIO_WAKE, &range, sizeof(range));
		if (model_killed())
			return -EINTR;
		read_aside(v);
		sim_spin(v->c, SIM_SITE("retry"));
	}
}

/* Is it a reason to try again?  A signal is none to stop, unless it was the last one. */
static bool serve_goes_on(long err)
{
	return err == -EAGAIN || (err == -EINTR && !model_killed());
}

/* The next message: 1, 0 when nothing is left and `until` is done, or -errno. */
static long next_message(struct server *v, struct uffd_msg *msg)
{
	long ret;

	if (v->naside) {
		*msg = v->aside[0];
		memmove(v->aside, v->aside + 1, --v->naside * sizeof(*msg));
		return 1;
	}
	do {
		ret = model_poll_wait(v->fd, &v->c->until->now_finished);
		if (ret > 0)
			ret = model_read(v->fd, msg, sizeof(*msg));
	} while (serve_goes_on(ret));
	return ret > 0 ? 1 : ret;
}

void op_serve(struct prog *p, struct prog_call *c)
{
	struct server v = {
		.p = p,
		.c = c,
		.s = lang_call_arg(c->ast, LANG_ROLE_SERVE)->serve,
		.fd = op_fd(p, c),
	};
	struct uffd_msg msg;
	long ret;

	for (;;) {
		ret = next_message(&v, &msg);
		if (ret <= 0)
			break;
		if (msg.event != UFFD_EVENT_PAGEFAULT)
			continue;
		ret = serve_fault(&v, &msg);
		if (ret)
			break;
	}
	op_set_ret(c, ret);
}
