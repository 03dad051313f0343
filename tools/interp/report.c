// SPDX-License-Identifier: GPL-2.0-only
/* report.c - the parts of a failure report: heads, threads, the replay line */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "tools/interp/names.h"
#include "tools/interp/run.h"

enum { LONGEST_SCHEDULE = 4000 };

/* ------------------------------------------------------------------- heads */

static void excerpt(struct run *r, struct lang_pos pos)
{
	const struct scenario_file *f = r->p->file;
	char *line = diag_line(f->text, f->len, pos.line);

	if (line)
		diag_excerpt(r->report, line, pos);
	g_free(line);
}

void report_fail(struct run *r, struct lang_pos pos, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = g_strdup_vprintf(fmt, ap);
	va_end(ap);
	g_string_append_printf(r->report, "%s:%u:%u: FAIL: %s\n", r->p->file->name, pos.line,
			       pos.col, text);
	excerpt(r, pos);
	if (!r->key)
		r->key = g_strdup_printf("line %u", pos.line);
	if (r->reason)
		g_free(text);
	else
		r->reason = text;
}

void report_note(struct run *r, struct lang_pos pos, const char *fmt, ...)
{
	va_list ap;

	g_string_append_printf(r->report, "%s:%u:%u: note: ", r->p->file->name, pos.line, pos.col);
	va_start(ap, fmt);
	g_string_append_vprintf(r->report, fmt, ap);
	va_end(ap);
	g_string_append_c(r->report, '\n');
}

void report_call_name(GString *out, const struct prog_call *c)
{
	if (c->ast->thread)
		g_string_append_printf(out, "%s: ", c->thread->name);
	g_string_append(out, c->ast->text ? c->ast->text : "making what is declared");
}

void report_site(GString *out, const struct sim_site *site)
{
	g_string_append_printf(out, "%s() (%s)", site->func, site->label);
}

/* ------------------------------------------------------- where it turned back */

/* Undoing and leaving: what comes after the decision. */
static bool is_leaving(const struct sim_site *site)
{
	static const char *const ends[] = {
		"thread_end",	"syscall_exit", "fault_exit",	  "unlock",
		"up_read",	"up_write",	"dec_and_test",	  "put_user",
		"copy_to_user", "cond_resched", "signal_pending",
	};
	unsigned int i;

	for (i = 0; i < G_N_ELEMENTS(ends); i++) {
		if (strstr(site->label, ends[i]))
			return true;
	}
	return !strncmp(site->func, "sys_", 4);
}

static const struct sim_site *last_decision(const struct prog_call *c)
{
	const struct world_event *events;
	size_t i = world_events(&events);

	while (i--) {
		const struct world_event *e = &events[i];

		if (e->step < c->now.first_step)
			return NULL;
		if (e->site && e->tid == c->thread->tid && !is_leaving(e->site))
			return e->site;
	}
	return NULL;
}

static void note_injected(struct run *r, const struct prog_call *c)
{
	const struct world_event *events;
	size_t i, n = world_events(&events);

	for (i = 0; i < n; i++) {
		const struct world_event *e = &events[i];

		if (e->step < c->now.first_step || e->tid != c->thread->tid || e->site)
			continue;
		if (g_str_has_prefix(e->fmt, "injected failure"))
			report_note(r, c->ast->pos, "%s was made to fail in %s()",
				    (const char *)e->arg[1], (const char *)e->arg[0]);
	}
}

struct asked_uffd {
	unsigned long id;
	struct model_uffd u;
};

/* The answer is written on a stack of the machine first. */
static void ask_uffd(void *arg)
{
	struct asked_uffd *a = arg;
	struct model_uffd u;

	model_uffd(a->id, &u);
	a->u = u;
}

/* The one reason for EAGAIN that no site shows. */
static void append_changing(GString *out, const struct prog_call *c)
{
	struct asked_uffd a = { .id = c->fd ? c->fd->id : 0 };

	if (c->now.err != EAGAIN || !lang_op_is_ioctl(c->ast->op))
		return;
	world_call(ask_uffd, &a);
	if (a.u.mmap_changing)
		g_string_append_printf(out, ": mmap_changing is %d", a.u.mmap_changing);
}

void report_turned_back(struct run *r, const struct prog_call *c)
{
	const struct sim_site *site = last_decision(c);
	GString *s;

	note_injected(r, c);
	if (!site || (!c->now.err && c->now.kind != OUTCOME_SIGNAL))
		return;
	s = g_string_new("it turned back after ");
	report_site(s, site);
	append_changing(s, c);
	report_note(r, c->ast->pos, "%s", s->str);
	g_string_free(s, true);
}

/* ------------------------------------------------------------------ threads */

/* Which page's lock it is, asked on a stack of the machine. */
struct lock_page {
	const struct sim_lock *lock;
	long pfn;
};

static void find_lock_page(void *arg)
{
	struct lock_page *l = arg;

	l->pfn = model_page_of_lock(l->lock);
}

static void lock_name(GString *out, const struct sim_lock *lock)
{
	const struct sim_lock_class *classes;
	struct lock_page page = { lock, -1 };
	unsigned int n;

	classes = world_lock_classes(&n);
	g_string_append(out, lock->class_ && lock->class_ < n ? classes[lock->class_].name :
								"a lock without a class");
	world_call(find_lock_page, &page);
	if (page.pfn >= 0)
		g_string_append_printf(out, " of page %ld", page.pfn);
}

static const struct prog_thread *holder_of(struct prog *p, const struct sim_lock *lock,
					   const struct prog_thread *except)
{
	struct world_thread info;
	unsigned int i, k;

	for (i = 0; i < p->nthreads; i++) {
		if (&p->threads[i] == except)
			continue;
		world_thread_info(p->threads[i].tid, &info);
		for (k = 0; k < info.nheld; k++) {
			if (info.held[k].lock == lock)
				return &p->threads[i];
		}
	}
	return NULL;
}

static void thread_call(GString *out, const struct prog_thread *t)
{
	const struct prog_call *c = t->now_in ? t->now_in : t->now_last;

	if (!c) {
		g_string_append(out, "has made no call yet");
		return;
	}
	if (!t->now_in)
		g_string_append(out, "in user mode after ");
	g_string_append_printf(out, "%s (%u:%u)", c->ast->text ? c->ast->text : "set-up",
			       c->ast->pos.line, c->ast->pos.col);
}

static void thread_wait(GString *out, struct prog *p, const struct prog_thread *t,
			const struct world_thread *info)
{
	const struct prog_thread *holder;

	if (info->state == THREAD_PARKED && info->wait_site) {
		g_string_append(out, ": asleep in ");
		report_site(out, info->wait_site);
	} else if (info->state == THREAD_LOCKED) {
		g_string_append(out, ": waits for ");
		lock_name(out, info->wait_obj);
		holder = holder_of(p, info->wait_obj, t);
		g_string_append_printf(out, ", held by %s", holder ? holder->name : "nobody");
		if (info->wait_site) {
			g_string_append(out, ", in ");
			report_site(out, info->wait_site);
		}
	} else if (t->now_in && info->site) {
		g_string_append(out, ": at ");
		report_site(out, info->site);
	}
}

static void thread_locks(GString *out, const struct world_thread *info)
{
	unsigned int i;

	for (i = 0; i < info->nheld; i++) {
		const struct world_held *h = &info->held[i];

		g_string_append_printf(out, "  %-10s   holds ", "");
		lock_name(out, h->lock);
		g_string_append_printf(out, "%s, taken in ", h->shared ? " for reading" : "");
		report_site(out, h->site);
		g_string_append_c(out, '\n');
	}
}

static void report_thread(struct run *r, const struct prog_thread *t)
{
	struct world_thread info;

	world_thread_info(t->tid, &info);
	g_string_append_printf(r->report, "  %-10s ", t->name);
	thread_call(r->report, t);
	thread_wait(r->report, r->p, t, &info);
	g_string_append_c(r->report, '\n');
	thread_locks(r->report, &info);
}

/* The thread for whose lock it waits, or NULL. */
static const struct prog_thread *waits_for(struct prog *p, const struct prog_thread *t)
{
	struct world_thread info;

	world_thread_info(t->tid, &info);
	return info.state == THREAD_LOCKED ? holder_of(p, info.wait_obj, t) : NULL;
}

/* Following the waits from it leads back to it. */
static bool in_cycle(struct prog *p, const struct prog_thread *t)
{
	const struct prog_thread *next = t;
	unsigned int i;

	for (i = 0; i <= p->nthreads && next; i++) {
		next = waits_for(p, next);
		if (next == t)
			return true;
	}
	return false;
}

void report_threads(struct run *r)
{
	struct prog *p = r->p;
	unsigned int i;

	g_string_append(r->report, "threads:\n");
	for (i = 0; i < p->nthreads; i++) {
		if (in_cycle(p, &p->threads[i]))
			report_thread(r, &p->threads[i]);
	}
	for (i = 0; i < p->nthreads; i++) {
		const struct prog_thread *t = &p->threads[i];

		if (!in_cycle(p, t) && (t->decl || t->now_last))
			report_thread(r, t);
	}
}

/* ------------------------------------------------------------------- replay */

static void append_quoted(GString *out, const char *word)
{
	char *quoted;

	if (strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			 "_-+=./:,@%") == strlen(word)) {
		g_string_append(out, word);
		return;
	}
	quoted = g_shell_quote(word);
	g_string_append(out, quoted);
	g_free(quoted);
}

static void append_order(GString *out, const struct run *r)
{
	char *schedule = run_schedule_text(r);

	if (strlen(schedule) > LONGEST_SCHEDULE || !*schedule)
		g_string_append_printf(out, " --seed %lu", (unsigned long)r->seed);
	else
		g_string_append_printf(out, " --schedule '%s'", schedule);
	g_free(schedule);
}

void report_replay(struct run *r)
{
	GPtrArray *vary = interp_variation(r->p->scenario);
	GString *s = r->report;
	guint i;

	if (r->in_race && !r->recorded)
		g_string_append_printf(s, "seed:    %lu\n", (unsigned long)r->seed);
	g_string_append(s, "replay:  uffdsim run ");
	append_quoted(s, r->p->file->name);
	g_string_append_printf(s, " --kernel %s", r->p->kernel);
	for (i = 0; i < vary->len; i++) {
		g_string_append(s, " --vary ");
		append_quoted(s, vary->pdata[i]);
	}
	if (r->config.full_check)
		g_string_append(s, " --full-check");
	if (r->in_race)
		append_order(s, r);
	g_string_append_c(s, '\n');
	g_ptr_array_free(vary, true);
}
