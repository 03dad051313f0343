// SPDX-License-Identifier: GPL-2.0-only
/* boot.c - the world of a scenario: kernel, processes, files, mappings, userfaultfds; its end */
#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <linux/userfaultfd.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "tools/interp/names.h"
#include "tools/interp/run.h"

/* -------------------------------------------------------------- the kernel */

static void drop_caps(struct prog_process *process)
{
	guint i;

	for (i = 0; process->decl && i < process->decl->process.dropped->len; i++) {
		const struct lang_word *cap = process->decl->process.dropped->pdata[i];

		model_process_drop_cap(process->id, cap->text);
	}
}

static void create_threads(struct prog *p)
{
	unsigned int i;

	for (i = 0; i < p->nthreads; i++) {
		struct prog_thread *t = &p->threads[i];
		int tid = model_thread_create(t->process->id, t->name);

		if (tid < 0) {
			p->error = g_strdup_printf("no room for thread '%s'", t->name);
			return;
		}
		t->tid = tid;
		t->pid = model_thread_pid(tid);
	}
}

static void boot(void *arg)
{
	struct prog *p = arg;
	unsigned int i;

	model_boot(&p->machine);
	for (i = 0; i < p->nprocesses; i++) {
		p->processes[i].id = model_process_create(p->processes[i].name);
		if (p->processes[i].id < 0) {
			p->error =
				g_strdup_printf("no room for process '%s'", p->processes[i].name);
			return;
		}
		drop_caps(&p->processes[i]);
		if (p->processes[i].forked)
			model_process_unborn(p->processes[i].id);
	}
	create_threads(p);
}

static void select_kernel(struct prog *p)
{
	const GPtrArray *bugs = p->scenario->bugs;
	guint i;

	model_select_kernel(p->kernel);
	for (i = 0; i < bugs->len; i++)
		model_add_behaviour(((const struct lang_word *)bugs->pdata[i])->text);
}

static void tolerate(const struct prog *p)
{
	const GPtrArray *list = p->scenario->tolerates;
	guint i;

	for (i = 0; i < list->len; i++) {
		const struct lang_tolerate *t = list->pdata[i];

		if (prog_when_applies(p, &t->when))
			world_tolerate(t->invariant);
	}
}

/* --------------------------------------------------------- declared objects */

/* What a thread of the process does to make one of them. */
struct making {
	struct prog *p;
	struct prog_process *process;
	struct prog_fd *fd;
	const struct prog_map *map;
	const char *call; /* the one that failed, or the last */
	long ret;
};

static void make_file(void *arg)
{
	struct making *m = arg;
	const struct lang_file *f = &m->fd->decl->file;
	unsigned int flags = 0;
	long fd;

	if (f->mem == LANG_MEM_HUGETLB)
		flags = MFD_HUGETLB | (f->shift << MFD_HUGE_SHIFT);
	m->call = "memfd_create";
	fd = model_memfd_create(m->fd->decl->name, flags);
	m->ret = fd;
	if (fd < 0)
		return;
	m->fd->fd[0] = fd;
	m->call = "ftruncate";
	m->ret = model_ftruncate(fd, f->pages << f->shift);
}

static void make_map(void *arg)
{
	struct making *m = arg;
	/* The declaration is the call `mmap M` without a line of its own. */
	const struct lang_call none = { .op = LANG_OP_mmap };
	struct prog_call c = {
		.ast = &none,
		.thread = m->process->first,
		.map = m->map,
		.as = &m->map->decl->map,
	};

	m->call = "mmap";
	op_run(LANG_OP_mmap)(m->p, &c);
	m->ret = -c.now.err;
}

static void make_uffd(void *arg)
{
	struct making *m = arg;
	const struct lang_uffd *u = &m->fd->decl->uffd;
	struct uffdio_api api = { .api = UFFD_API, .features = u->features };
	long fd;

	m->call = u->dev ? "/dev/userfaultfd" : "userfaultfd";
	fd = op_make_uffd(u, 0);
	m->ret = fd;
	if (fd < 0)
		return;
	m->fd->fd[m->process - m->p->processes] = fd;
	m->call = "UFFDIO_API";
	m->ret = model_ioctl(fd, UFFDIO_API, &api, sizeof(api));
}

static bool make(struct run *r, void (*fn)(void *), struct making *m, const struct lang_decl *d)
{
	unsigned int tid = m->process->first->tid;

	m->p = r->p;
	world_thread_start(tid, fn, m);
	if (!run_judge(r, world_run(1ull << tid), NULL))
		return false;
	if (m->ret >= 0)
		return true;
	report_fail(r, d->pos, "%s %s cannot be made: %s returned -1 %s",
		    lang_decl_kind_name(d->kind), d->name, m->call, lang_errno_name(-m->ret));
	r->end = RUN_FAILED;
	return false;
}

/* From the process that has made it to the others that use it. */
static void pass_one(struct prog *p, struct prog_fd *fd, const struct prog_process *maker)
{
	const int made = fd->fd[maker - p->processes];
	unsigned int i;

	for (i = 0; i < p->nprocesses; i++) {
		if (fd->used[i] && !p->processes[i].forked && &p->processes[i] != maker)
			fd->fd[i] = model_fd_pass(maker->id, made, p->processes[i].id);
	}
}

static void pass_files(void *arg)
{
	struct prog *p = arg;
	unsigned int i;

	for (i = 0; i < p->nfiles; i++) {
		pass_one(p, &p->files[i], &p->processes[0]);
		p->files[i].id = model_file_id(p->processes[0].id, p->files[i].fd[0]);
	}
}

static struct prog_process *maker_of(struct prog *p, const struct prog_fd *fd)
{
	return prog_process_of(p, fd->decl->uffd.process);
}

static void pass_uffds(void *arg)
{
	struct prog *p = arg;
	unsigned int i;

	for (i = 0; i < p->nuffds; i++) {
		struct prog_fd *u = &p->uffds[i];
		const struct prog_process *maker = maker_of(p, u);

		if (prog_uffd_is_late(u))
			continue;
		pass_one(p, u, maker);
		u->id = model_uffd_id(maker->id, u->fd[maker - p->processes]);
	}
}

static bool make_objects(struct run *r)
{
	struct prog *p = r->p;
	struct making m = { .process = &p->processes[0] };
	unsigned int i;

	for (i = 0; i < p->nfiles; i++) {
		m.fd = &p->files[i];
		if (!make(r, make_file, &m, m.fd->decl))
			return false;
	}
	world_call(pass_files, p);
	for (i = 0; i < p->nmaps; i++) {
		m.map = &p->maps[i];
		m.process = m.map->process;
		if (!make(r, make_map, &m, m.map->decl))
			return false;
	}
	for (i = 0; i < p->nuffds; i++) {
		m.fd = &p->uffds[i];
		if (prog_uffd_is_late(m.fd))
			continue;
		m.process = maker_of(p, m.fd);
		if (!make(r, make_uffd, &m, m.fd->decl))
			return false;
	}
	world_call(pass_uffds, p);
	return run_judge_host(r);
}

bool run_boot(struct run *r)
{
	struct prog *p = r->p;

	prog_rewind(p);
	world_reset(&r->config);
	world_strategy_sequential();
	select_kernel(p);
	tolerate(p);
	world_call(boot, p);
	if (!run_judge_host(r))
		return false;
	if (p->error) {
		report_fail(r, p->scenario->title_pos, "%s", p->error);
		r->end = RUN_FAILED;
		return false;
	}
	return make_objects(r);
}

/* -------------------------------------------------------------- injections */

void run_arm_injects(struct run *r)
{
	const GPtrArray *list = r->p->scenario->injects;
	guint i;

	world_inject_clear();
	/* Passes over failure sites are only counted while something is armed. */
	if (r->p->counts)
		world_inject_add(&(struct world_inject){ .point = "", .tid = -1 });
	for (i = 0; i < list->len; i++) {
		const struct lang_inject *inj = list->pdata[i];
		const struct world_inject w = {
			.point = inj->point,
			.tid = -1,
			.nth = inj->nth,
			.num = inj->num,
			.den = inj->den,
		};

		world_inject_add(&w);
	}
}

/* ---------------------------------------------------------------- the end */

static void leave(void *arg G_GNUC_UNUSED)
{
	model_exit();
}

static bool is_idle(unsigned int tid)
{
	struct world_thread info;

	world_thread_info(tid, &info);
	return info.state == THREAD_IDLE;
}

static void reap(void *arg G_GNUC_UNUSED)
{
	model_reap();
}

/* False: nobody is left. */
static bool start_leaving(const struct prog *p)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < p->nthreads; i++) {
		unsigned int tid = p->threads[i].tid;

		if (!is_idle(tid) || model_is_dead(tid))
			continue;
		world_thread_start(tid, leave, NULL);
		any = true;
	}
	return any;
}

/*
 * Every idle thread exits; that kills those asleep in a fault, which then exit as well.
 * What sleeps unkillably stays, and so does its memory: no LEAK check then.
 */
void run_teardown(struct run *r)
{
	bool leaving;

	world_inject_clear();
	world_strategy_sequential();
	r->line = NULL;
	if (!r->options->every_end && world_known_begin())
		return;
	/* Who is woken by the end of another process comes home, and has to leave, too. */
	do {
		leaving = start_leaving(r->p);
		switch (world_run(~0ull)) {
		case WORLD_DONE:
			break;
		case WORLD_BLOCKED:
			return;
		default:
			run_judge(r, world_report()->verdict, NULL);
			return;
		}
	} while (leaving);
	world_call(reap, NULL);
	world_end();
	if (run_judge_host(r))
		world_known_end();
}
