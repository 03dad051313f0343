// SPDX-License-Identifier: GPL-2.0-only
/* driver.c - the process of `uffdsim fuzz` that starts the workers and keeps what they find */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/fuzz/driver.h"
#include "tools/fuzz/gen.h"

enum { LOOK_EVERY = 100 }; /* milliseconds */

/* A worker that is so long at one scenario goes round in circles that have no steps. */
enum { STUCK_SECONDS = 120, MOST_DEATHS = 20 };

struct child {
	pid_t pid; /* 0: none, or over */
	int in;
	GByteArray *read;
	uint64_t seed; /* seen at work on, since: */
	double since;
};

struct driver {
	const struct fuzz_options *options;
	struct fuzz_result *result;
	struct fuzz_shared *shared;
	struct findings *findings;
	struct fuzz_progress *progress;
	GTimer *timer;
	unsigned int alive, deaths;
	struct child child[FUZZ_MAX_JOBS];
};

/* ------------------------------------------------------------------- Ctrl-C */

static volatile sig_atomic_t signals;

/* The second time the user means it. */
static void interrupted(int signal_ G_GNUC_UNUSED)
{
	if (++signals > 1)
		_exit(130);
}

static void catch_signals(void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler };

	signals = 0;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

/* ----------------------------------------------------------------- findings */

static void print_finding(struct driver *d, const struct finding *f)
{
	char *path = findings_path(d->findings, f);

	fuzz_progress_clear(d->progress);
	printf("FAIL: %s\n  %s\n  kept in %s\n  replay: uffdsim replay %s\n", f->key, f->reason,
	       path, f->token);
	fflush(stdout);
	g_free(path);
}

static void take(struct driver *d, struct finding *f)
{
	enum finding_news news;
	GError *error = NULL;
	bool ok = findings_add(d->findings, f, &news, &error);

	if (news == FINDING_NEW)
		d->result->findings++;
	if (!ok) {
		fuzz_progress_clear(d->progress);
		fprintf(stderr, "uffdsim fuzz: %s\n", error->message);
		g_error_free(error);
		d->result->failed = true;
		atomic_store(&d->shared->stop, 1);
	} else if (news == FINDING_NEW && !d->options->quiet) {
		print_finding(d, f);
	}
}

/* ------------------------------------------------------------------ workers */

static void start(struct driver *d, unsigned int i)
{
	struct child *c = &d->child[i];
	int ends[2];

	if (pipe(ends)) {
		fprintf(stderr, "uffdsim fuzz: pipe: %s\n", strerror(errno));
		exit(2);
	}
	fflush(stdout);
	c->pid = fork();
	if (c->pid < 0) {
		fprintf(stderr, "uffdsim fuzz: fork: %s\n", strerror(errno));
		exit(2);
	}
	if (!c->pid) {
		close(ends[0]);
		fuzz_work(d->options, d->shared, i, ends[1]);
	}
	close(ends[1]);
	c->in = ends[0];
	g_byte_array_set_size(c->read, 0);
	c->since = g_timer_elapsed(d->timer, NULL);
	d->alive++;
}

/* The program itself is at fault: say at which seed, and go on behind it. */
static void died(struct driver *d, unsigned int i, int status)
{
	struct fuzz_tally *t = &d->shared->tally[i];
	struct fuzz_token token = {
		.version = FUZZ_GENERATOR_VERSION,
		.kernel = d->options->kernel,
		.mode = (char *)d->options->mode,
		.scenario = t->seed,
	};
	char *how =
		WIFSIGNALED(status) ?
			g_strdup_printf("the process died of signal %d", WTERMSIG(status)) :
			g_strdup_printf("the process ended with status %d", WEXITSTATUS(status));

	t->failures++;
	t->seed++;
	take(d, finding_of_text(&token, "uffdsim itself failed", how, NULL));
	g_free(how);
	if (++d->deaths < MOST_DEATHS && !atomic_load(&d->shared->stop))
		start(d, i);
}

static void reap(struct driver *d, unsigned int i)
{
	struct child *c = &d->child[i];
	int status = 0;

	close(c->in);
	while (waitpid(c->pid, &status, 0) < 0 && errno == EINTR)
		;
	c->pid = 0;
	d->alive--;
	if (status)
		died(d, i, status);
}

static void receive(struct driver *d, unsigned int i)
{
	struct child *c = &d->child[i];
	struct finding *f;
	guint8 buffer[16384];
	ssize_t n = read(c->in, buffer, sizeof(buffer));

	if (n < 0 && errno == EINTR)
		return;
	if (n <= 0) {
		reap(d, i);
		return;
	}
	g_byte_array_append(c->read, buffer, n);
	while ((f = fuzz_receive(c->read)))
		take(d, f);
}

static void watch(struct driver *d, double now)
{
	unsigned int i;

	for (i = 0; i < d->options->jobs; i++) {
		struct child *c = &d->child[i];
		uint64_t at = d->shared->tally[i].runs;

		if (c->seed != at) {
			c->seed = at;
			c->since = now;
		} else if (c->pid && now - c->since > STUCK_SECONDS) {
			kill(c->pid, SIGKILL);
			c->since = now;
		}
	}
}

static void wait_for_news(struct driver *d)
{
	struct pollfd fds[FUZZ_MAX_JOBS];
	unsigned int i, n = d->options->jobs;

	for (i = 0; i < n; i++)
		fds[i] = (struct pollfd){ d->child[i].pid ? d->child[i].in : -1, POLLIN, 0 };
	if (poll(fds, n, LOOK_EVERY) <= 0)
		return;
	for (i = 0; i < n; i++) {
		if (fds[i].revents)
			receive(d, i);
	}
}

static void sum_up(struct driver *d)
{
	struct fuzz_tally sum = { 0 };
	unsigned int i;

	for (i = 0; i < d->options->jobs; i++) {
		const struct fuzz_tally *t = &d->shared->tally[i];

		sum.scenarios += t->scenarios;
		sum.runs += t->runs;
		sum.steps += t->steps;
		sum.traces += t->traces;
		sum.failures += t->failures;
	}
	d->result->sum = sum;
}

static void drive(struct driver *d)
{
	const struct fuzz_options *o = d->options;
	double now;

	while (d->alive) {
		wait_for_news(d);
		now = g_timer_elapsed(d->timer, NULL);
		if (signals || (o->seconds > 0 && now >= o->seconds))
			atomic_store(&d->shared->stop, 1);
		watch(d, now);
		sum_up(d);
		if (!o->quiet)
			fuzz_progress_show(d->progress, &d->result->sum, d->result->findings);
	}
	d->result->seconds = g_timer_elapsed(d->timer, NULL);
	d->result->interrupted = signals;
}

/* Seeds are begun in their order, so what is not begun lies above. */
static uint64_t next_seed(const struct driver *d)
{
	const struct fuzz_options *o = d->options;
	uint64_t next = o->first + MIN(atomic_load(&d->shared->handed), o->last - o->first + 1);
	unsigned int i;

	for (i = 0; i < o->jobs; i++) {
		const struct fuzz_tally *t = &d->shared->tally[i];

		if (t->seed < t->block_end)
			next = MIN(next, t->seed);
	}
	return next;
}

static bool begin(struct driver *d)
{
	unsigned int i;

	d->shared = mmap(NULL, sizeof(*d->shared), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (d->shared == MAP_FAILED) {
		fprintf(stderr, "uffdsim fuzz: mmap: %s\n", strerror(errno));
		return false;
	}
	d->findings = findings_new(d->options->folder);
	d->progress = fuzz_progress_new();
	d->timer = g_timer_new();
	catch_signals(interrupted);
	for (i = 0; i < d->options->jobs; i++) {
		d->child[i].read = g_byte_array_new();
		start(d, i);
	}
	return true;
}

static void finish(struct driver *d)
{
	unsigned int i;

	catch_signals(SIG_DFL);
	fuzz_progress_clear(d->progress);
	d->result->next = next_seed(d);
	d->result->branches = guided_taken(d->shared->seen);
	for (i = 0; i < d->options->jobs; i++)
		g_byte_array_free(d->child[i].read, true);
	fuzz_progress_free(d->progress);
	findings_free(d->findings);
	g_timer_destroy(d->timer);
	munmap(d->shared, sizeof(*d->shared));
}

void fuzz_run(const struct fuzz_options *options, struct fuzz_result *result)
{
	struct driver *d = g_new0(struct driver, 1);

	*result = (struct fuzz_result){ 0 };
	d->options = options;
	d->result = result;
	if (begin(d)) {
		drive(d);
		finish(d);
	} else {
		result->failed = true;
	}
	g_free(d);
}
