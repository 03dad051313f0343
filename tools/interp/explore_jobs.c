// SPDX-License-Identifier: GPL-2.0-only
/*
 * explore_jobs.c - one search by several processes: they share its table of states, and tell
 * the first of them what they have found
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/interp/explore_run.h"
#include "tools/output.h"

/* What a process tells: numbers, how it ended, outcomes, `sometimes` lines, the schedule. */
#define REPORT "(tttttubis@a(st)@aus)"

struct worker {
	pid_t pid;
	int from; /* its end of a pipe */
};

/* ----------------------------------------------------------------- telling */

static GVariant *outcomes_of(const struct search *x)
{
	GVariantBuilder list;
	GHashTableIter iter;
	gpointer text, n;

	g_variant_builder_init(&list, G_VARIANT_TYPE("a(st)"));
	g_hash_table_iter_init(&iter, x->outcomes);
	while (g_hash_table_iter_next(&iter, &text, &n))
		g_variant_builder_add(&list, "(st)", (const char *)text, *(guint64 *)n);
	return g_variant_builder_end(&list);
}

static const GPtrArray *final_lines(const struct search *x)
{
	const struct lang_section *final = prog_section(x->run.p, LANG_FINAL);

	return final ? final->lines : NULL;
}

static GVariant *reached_of(const struct search *x)
{
	const GPtrArray *lines = final_lines(x);
	GVariantBuilder list;
	guint i;

	g_variant_builder_init(&list, G_VARIANT_TYPE("au"));
	for (i = 0; lines && i < lines->len; i++) {
		if (g_hash_table_contains(x->run.reached, lines->pdata[i]))
			g_variant_builder_add(&list, "u", i);
	}
	return g_variant_builder_end(&list);
}

static void tell(const struct search *x, int fd)
{
	const struct world_explore_stats *s = &x->result->stats;
	const char *cut = x->result->cut_short ? x->result->cut_short : "";
	char *schedule = run_schedule_text(&x->run);
	GVariant *v = g_variant_new(REPORT, s->runs, s->cut, s->states, s->steps, s->states_sum,
				    s->depth, s->table_full, (gint32)x->run.end, cut,
				    outcomes_of(x), reached_of(x), schedule);

	g_free(schedule);
	g_variant_ref_sink(v);
	write_all(fd, g_variant_get_data(v), g_variant_get_size(v));
	g_variant_unref(v);
}

/* ----------------------------------------------------------------- hearing */

static GBytes *read_all(int fd)
{
	GByteArray *all = g_byte_array_new();
	guint8 part[65536];
	ssize_t n;

	while ((n = read(fd, part, sizeof(part))) > 0 || (n < 0 && errno == EINTR)) {
		if (n > 0)
			g_byte_array_append(all, part, n);
	}
	return g_byte_array_free_to_bytes(all);
}

static void add_outcomes(struct search *x, GVariant *list)
{
	GVariantIter iter;
	const char *text;
	guint64 n;

	g_variant_iter_init(&iter, list);
	while (g_variant_iter_next(&iter, "(&st)", &text, &n))
		explore_add_outcome(x, text, n);
}

static void add_reached(struct search *x, GVariant *list)
{
	const GPtrArray *lines = final_lines(x);
	GVariantIter iter;
	guint32 i;

	g_variant_iter_init(&iter, list);
	while (g_variant_iter_next(&iter, "u", &i))
		g_hash_table_add(x->run.reached, lines->pdata[i]);
}

/* A failure of another process becomes ours: its schedule leads there again. */
static void take_end(struct search *x, enum run_end end, const char *cut, const char *schedule)
{
	if ((end == RUN_FAILED || end == RUN_EXPECTED) && x->run.end == RUN_PASSED) {
		x->run.end = end;
		order_free(x->run.done);
		x->run.done = schedule_new(x->run.p->scenario, schedule);
	}
	if (*cut && !x->result->cut_short)
		x->result->cut_short = g_intern_string(cut);
}

static void take_report(struct search *x, GBytes *bytes)
{
	GVariant *v = g_variant_new_from_bytes(G_VARIANT_TYPE("(tttttubisa(st)aus)"), bytes, false);
	struct world_explore_stats *s = &x->result->stats, other;
	GVariant *outcomes, *reached;
	gboolean table_full;
	const char *cut, *schedule;
	gint32 end;

	g_variant_ref_sink(v);
	g_variant_get(v, "(tttttubi&s@a(st)@au&s)", &other.runs, &other.cut, &other.states,
		      &other.steps, &other.states_sum, &other.depth, &table_full, &end, &cut,
		      &outcomes, &reached, &schedule);
	s->runs += other.runs;
	s->cut += other.cut;
	s->states += other.states;
	s->steps += other.steps;
	s->states_sum += other.states_sum;
	s->depth = MAX(s->depth, other.depth);
	s->table_full |= table_full;
	add_outcomes(x, outcomes);
	add_reached(x, reached);
	take_end(x, end, cut, schedule);
	g_variant_unref(outcomes);
	g_variant_unref(reached);
	g_variant_unref(v);
}

/* One that died without a word has left branches that it had claimed. */
static void hear(struct search *x, const struct worker *w)
{
	GBytes *bytes = read_all(w->from);

	if (g_bytes_get_size(bytes))
		take_report(x, bytes);
	else if (!x->result->cut_short)
		x->result->cut_short = "the end of one of its processes";
	g_bytes_unref(bytes);
	close(w->from);
	waitpid(w->pid, NULL, 0);
}

/* ------------------------------------------------------------- the processes */

static bool start(struct search *x, struct worker *w, unsigned int number, unsigned int count)
{
	int ends[2];

	if (pipe(ends))
		return false;
	w->pid = fork();
	if (w->pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return false;
	}
	if (!w->pid) {
		close(ends[0]);
		world_explore_worker(number, count);
		x->quiet = true;
		explore_search(x);
		tell(x, ends[1]);
		_exit(0);
	}
	close(ends[1]);
	w->from = ends[0];
	return true;
}

void explore_together(struct search *x, unsigned int jobs)
{
	struct worker *workers = g_new0(struct worker, jobs);
	unsigned int i, n = 0;

	x->stop = mmap(NULL, sizeof(*x->stop), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	if (x->stop == MAP_FAILED)
		x->stop = NULL;
	fflush(stdout);
	while (x->stop && n + 1 < jobs && start(x, &workers[n], n + 1, jobs))
		n++;
	world_explore_worker(0, n ? n + 1 : 0);
	explore_search(x);
	for (i = 0; i < n; i++)
		hear(x, &workers[i]);
	if (x->stop)
		munmap(x->stop, sizeof(*x->stop));
	x->stop = NULL;
	g_free(workers);
}
