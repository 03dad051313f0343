// SPDX-License-Identifier: GPL-2.0-only
/* worker.c - one process of `uffdsim fuzz`: takes seeds, runs their scenarios, reports failures */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "tools/fuzz/driver.h"
#include "tools/fuzz/gen.h"
#include "tools/fuzz/modes.h"
#include "tools/fuzz/portfolio.h"

enum {
	BLOCK = 8,	      /* seeds handed out at a time */
	ENOUGH_FAILURES = 16, /* of one scenario: the next one teaches more */
};

struct worker {
	const struct fuzz_options *options;
	struct fuzz_shared *shared;
	struct fuzz_tally *tally;
	int out;
	GHashTable *sent;   /* keys: later seeds are higher, and need not be sent */
	GHashTable *best;   /* of this scenario: key -> its finding with the fewest slices */
	GHashTable *traces; /* hashes of the runs of this scenario */
	struct fuzz_token token;
	struct guided *guided;
	/* What --verify compares: the runs of this scenario. */
	struct fuzz_ran *ran;
	uint64_t nran;
};

static void send_finding(struct worker *w, struct finding *f)
{
	if (g_hash_table_add(w->sent, g_strdup(f->key)) && !fuzz_send(w->out, f))
		_exit(1);
	finding_free(f);
}

static void send_best(struct worker *w)
{
	GHashTableIter iter;
	gpointer f;

	g_hash_table_iter_init(&iter, w->best);
	while (g_hash_table_iter_next(&iter, NULL, &f)) {
		g_hash_table_iter_steal(&iter);
		send_finding(w, f);
	}
}

/* The simplest run of the scenario is kept. */
static void take_failure(struct worker *w, const struct fuzz_case *c, const struct interp_try *t)
{
	char *key = finding_key(t->key, t->reason);
	const struct finding *best = g_hash_table_lookup(w->best, key);
	struct finding *f;

	w->tally->failures++;
	if (!g_hash_table_contains(w->sent, key) &&
	    (!best || interp_race_slices(c->race) < best->slices)) {
		f = finding_new(c, &w->token, t);
		g_hash_table_replace(w->best, f->key, f);
	}
	g_free(key);
}

static void count(struct worker *w, const struct interp_try *t)
{
	w->tally->runs++;
	w->tally->steps += t->steps;
	if (g_hash_table_add(w->traces, GSIZE_TO_POINTER(t->hash)))
		w->tally->traces++;
	if (!w->options->verify)
		return;
	w->ran[w->nran] = (struct fuzz_ran){ w->token, t->failed };
	w->ran[w->nran++].token.hash = t->hash;
}

static bool is_stopped(const struct worker *w)
{
	return atomic_load_explicit(&w->shared->stop, memory_order_relaxed);
}

static void run_schedules(struct worker *w, const struct fuzz_case *c)
{
	const struct fuzz_options *o = w->options;
	unsigned int failures = 0;
	struct interp_try t;
	uint64_t i;

	for (i = 0; i < o->schedules && failures < ENOUGH_FAILURES && !is_stopped(w); i++) {
		struct interp_chooser chooser;

		w->token.schedule = i;
		w->token.strategy = fuzz_portfolio_pick(o->portfolio, i, o->schedules);
		chooser = fuzz_chooser(&w->token);
		interp_race_try(c->race, &chooser, &t);
		count(w, &t);
		if (!t.failed)
			continue;
		failures++;
		take_failure(w, c, &t);
		if (t.in_setup)
			break;
	}
}

static void verify(struct worker *w, struct fuzz_case *c)
{
	struct finding *f = fuzz_verify(c, w->ran, w->nran);

	if (!f)
		return;
	w->tally->failures++;
	send_finding(w, f);
}

static void unreadable(struct worker *w, const struct fuzz_case *c, const char *error)
{
	w->tally->failures++;
	w->token.strategy = fuzz_portfolio_pick(w->options->portfolio, 0, w->options->schedules);
	w->token.schedule = 0;
	send_finding(w, finding_of_text(&w->token, "the generator wrote what cannot be read", error,
					c->text));
}

/* What was changed cannot be had from a seed: no token leads there, only the file. */
static bool make_case(struct worker *w, struct fuzz_case *c, uint64_t seed, GArray *drawn,
		      char **error)
{
	const struct fuzz_options *o = w->options;
	const struct interp_options how = { .no_check = o->no_check, .every_end = o->verify };
	GArray *draws = o->guided ? guided_draws(w->guided, seed) : NULL;
	const struct fuzz_gen gen = {
		.seed = seed,
		.kernel = o->kernel.line,
		.mode = fuzz_mode_for_generator(o->mode),
		.draws = draws,
		.drawn = o->guided ? drawn : NULL,
	};
	bool ok;

	w->token.version = draws && draws->len ? FUZZ_NO_GENERATOR : FUZZ_GENERATOR_VERSION;
	ok = fuzz_case_make(c, &gen, &o->kernel, &how, error);
	if (draws)
		g_array_free(draws, true);
	return ok;
}

static void one_scenario(struct worker *w, uint64_t seed)
{
	GArray *drawn = g_array_new(false, false, sizeof(uint64_t));
	struct fuzz_case c;
	char *error = NULL;

	w->token.scenario = seed;
	w->nran = 0;
	g_hash_table_remove_all(w->traces);
	if (make_case(w, &c, seed, drawn, &error)) {
		run_schedules(w, &c);
		guided_note(w->guided, w->options->guided ? drawn : NULL);
		if (w->options->enough && guided_taken(w->shared->seen) >= w->options->enough)
			atomic_store(&w->shared->stop, 1);
		send_best(w);
		if (w->options->verify)
			verify(w, &c);
	} else {
		unreadable(w, &c, error);
		g_free(error);
	}
	fuzz_case_close(&c);
	g_array_free(drawn, true);
}

/* Another block of seeds; false: there are none left. */
static bool take_block(struct worker *w)
{
	const struct fuzz_options *o = w->options;
	uint64_t left, at = atomic_fetch_add(&w->shared->handed, BLOCK);

	if (at > o->last - o->first)
		return false;
	left = o->last - o->first - at;
	w->tally->seed = o->first + at;
	w->tally->block_end = w->tally->seed + MIN(left, BLOCK - 1) + 1;
	return true;
}

static void set_up(struct worker *w)
{
	const struct fuzz_options *o = w->options;

	w->sent = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	w->best = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, finding_free);
	w->traces = g_hash_table_new(NULL, NULL);
	w->ran = g_new(struct fuzz_ran, o->schedules);
	w->guided = guided_new(w->shared->seen);
	w->token = (struct fuzz_token){
		.version = FUZZ_GENERATOR_VERSION,
		.kernel = o->kernel,
		.mode = (char *)o->mode,
	};
}

/* The parent hears of Ctrl-C and tells by shared->stop; without it there is nothing to do. */
static void detach_from_terminal(void)
{
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == 1)
		_exit(1);
}

void fuzz_work(const struct fuzz_options *options, struct fuzz_shared *shared, unsigned int self,
	       int out)
{
	struct worker w = {
		.options = options,
		.shared = shared,
		.tally = &shared->tally[self],
		.out = out,
	};

	detach_from_terminal();
	set_up(&w);
	/* After a death the rest of the block comes first. */
	while (w.tally->seed < w.tally->block_end || take_block(&w)) {
		while (w.tally->seed < w.tally->block_end) {
			one_scenario(&w, w.tally->seed);
			if (is_stopped(&w))
				_exit(0);
			w.tally->scenarios++;
			w.tally->seed++;
		}
	}
	_exit(0);
}
