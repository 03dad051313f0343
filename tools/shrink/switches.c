// SPDX-License-Identifier: GPL-2.0-only
/* switches.c - as few switches as do it, and the two places whose order decides */
#include "tools/shrink/shrink.h"

enum {
	LONGEST = 400,	   /* steps by which a switch is put off, or a stretch is cut short */
	MOST_EXPLORED = 2, /* preemptions of which every run is tried */
	MOST_ORDERS = 2,
	MANY = 200, /* stretches: the run went round in circles */
};

/* Of what is left of the time, for all runs with so many preemptions. */
static const double explore_share = 0.25;

static struct shrink_stretch *nth(const GArray *stretches, guint i)
{
	return &g_array_index(stretches, struct shrink_stretch, i);
}

static GArray *copy_of(const GArray *stretches)
{
	GArray *copy = g_array_new(false, true, sizeof(struct shrink_stretch));

	g_array_append_vals(copy, stretches->data, stretches->len);
	return copy;
}

/* ------------------------------------------------------------- fewer switches */

static bool is_simpler(const GArray *a, const GArray *b)
{
	unsigned int x = shrink_preemptions(a), y = shrink_preemptions(b);

	return x != y ? x < y : a->len < b->len;
}

static bool try_simpler(struct shrink *x, const GArray *wanted)
{
	GArray *done = NULL;
	bool simpler = shrink_follow(x, wanted, &done) && is_simpler(done, x->stretches);

	return shrink_keep_run(x, done, simpler);
}

static bool without_stretches(struct shrink *x, guint n)
{
	bool simpler = false;
	guint i = 0;

	while (i + n <= x->stretches->len) {
		GArray *fewer = copy_of(x->stretches);

		g_array_remove_range(fewer, i, n);
		if (try_simpler(x, fewer))
			simpler = true;
		else
			i++;
		g_array_free(fewer, true);
	}
	return simpler;
}

static bool without_preemptions(struct shrink *x)
{
	bool simpler = false;
	guint i;

	for (i = 0; i < x->stretches->len; i++) {
		GArray *longer = copy_of(x->stretches);

		nth(longer, i)->to_end = true;
		simpler |= try_simpler(x, longer);
		g_array_free(longer, true);
	}
	return simpler;
}

/* Of an endless loop nothing but its beginning is needed. */
static void cut_tail(struct shrink *x)
{
	guint n;

	for (n = 1; n < x->stretches->len; n *= 2) {
		GArray *beginning = copy_of(x->stretches);
		bool fails;

		g_array_set_size(beginning, n);
		fails = shrink_follow(x, beginning, NULL);
		g_array_free(beginning, true);
		if (fails)
			g_array_set_size(x->stretches, n);
	}
}

static void fewer_by_leaving_out(struct shrink *x)
{
	bool simpler = true;
	guint n;

	while (simpler && !x->out_of_time) {
		simpler = without_preemptions(x);
		for (n = x->stretches->len / 2; n; n /= 2)
			simpler |= without_stretches(x, n);
	}
}

/* With 0, 1, ... preemptions: the first that fails is the simplest there is. */
static void fewer_by_trying_all(struct shrink *x)
{
	unsigned int bound;
	bool complete = true;

	for (bound = 0; bound < shrink_preemptions(x->stretches); bound++) {
		double left = x->limits.max_seconds - g_timer_elapsed(x->timer, NULL);

		if (bound > MOST_EXPLORED || left <= 0)
			return;
		if (shrink_explore(x, bound, left * explore_share, &complete))
			break;
		if (!complete)
			return;
	}
	x->proved = true;
}

void shrink_switches(struct shrink *x)
{
	if (x->stretches->len > MANY)
		cut_tail(x);
	fewer_by_leaving_out(x);
	fewer_by_trying_all(x);
}

/* --------------------------------------------------------------- what decides */

static struct shrink_place where(const struct shrink_stretch *s, const struct sim_site *site)
{
	return (struct shrink_place){ .thread = s->thread, .id = s->id, .site = site };
}

static void put_off(struct shrink_stretch *s)
{
	if (s->steps)
		s->steps++;
	else
		s->points++;
}

/*
 * How late the thread of stretch @i may be interrupted: there it must not have gone on.  The
 * run that does so, or NULL.
 */
static GArray *latest(struct shrink *x, const GArray *stretches, guint i)
{
	GArray *wanted = copy_of(stretches), *best = NULL, *done = NULL;
	guint n;

	for (n = 0; n < LONGEST; n++, put_off(nth(wanted, i))) {
		if (!shrink_follow(x, wanted, &done) || i >= done->len || nth(done, i)->to_end)
			break;
		if (best)
			g_array_free(best, true);
		best = done;
		done = NULL;
	}
	if (done)
		g_array_free(done, true);
	g_array_free(wanted, true);
	return best;
}

/* The fewest steps of stretch @i that do it: its thread must have made the last of them. */
static bool earliest(struct shrink *x, const GArray *stretches, guint i, const char *back,
		     struct shrink_place *place)
{
	const struct shrink_stretch rest = { .thread = back, .to_end = true };
	GArray *wanted = copy_of(stretches);
	bool found = false;
	guint n;

	g_array_set_size(wanted, i + 1);
	g_array_append_val(wanted, rest);
	nth(wanted, i)->to_end = false;
	for (n = 1; n < LONGEST && !found; n++) {
		GArray *done = NULL;

		nth(wanted, i)->steps = n;
		found = shrink_follow(x, wanted, &done);
		if (found && i < done->len)
			*place = where(nth(done, i), nth(done, i)->before);
		if (done)
			g_array_free(done, true);
	}
	g_array_free(wanted, true);
	return found && place->site;
}

static void add_order(GArray *orders, const struct shrink_order *o)
{
	if (orders->len < MOST_ORDERS)
		g_array_append_val(orders, *o);
}

/* The switch is put where it decides. */
static bool move_switch(struct shrink *x, guint i, struct shrink_place *place)
{
	GArray *late = latest(x, x->stretches, i);

	if (!late)
		return false;
	*place = where(nth(late, i), nth(late, i)->site);
	g_array_free(x->stretches, true);
	x->stretches = late;
	return true;
}

static void about_preemption(struct shrink *x, guint i, GArray *orders)
{
	struct shrink_order o;

	if (move_switch(x, i, &o.then) &&
	    earliest(x, x->stretches, i + 1, nth(x->stretches, i)->thread, &o.first))
		add_order(orders, &o);
}

static GArray *two(const char *a, uint32_t steps, const char *b)
{
	const struct shrink_stretch first = { .thread = a, .steps = steps, .to_end = !steps };
	const struct shrink_stretch second = { .thread = b, .to_end = true };
	GArray *s = g_array_new(false, true, sizeof(struct shrink_stretch));

	g_array_append_val(s, first);
	g_array_append_val(s, second);
	return s;
}

/* No thread is interrupted, but one of them goes first. */
static void about_beginning(struct shrink *x, const char *a, const char *b, GArray *orders)
{
	GArray *turned = two(b, 0, a), *early = two(a, 0, b), *late = two(b, 1, a);
	GArray *latest_run = shrink_follow(x, turned, NULL) ? NULL : latest(x, late, 0);
	struct shrink_order o;

	if (latest_run) {
		o.then = where(nth(latest_run, 0), nth(latest_run, 0)->site);
		if (earliest(x, early, 0, b, &o.first))
			add_order(orders, &o);
		g_array_free(latest_run, true);
	}
	g_array_free(turned, true);
	g_array_free(early, true);
	g_array_free(late, true);
}

static const char *second_thread(const GArray *stretches)
{
	guint i;

	for (i = 1; i < stretches->len; i++) {
		if (nth(stretches, i)->thread != nth(stretches, 0)->thread)
			return nth(stretches, i)->thread;
	}
	return NULL;
}

GArray *shrink_decisive(struct shrink *x)
{
	GArray *orders = g_array_new(false, true, sizeof(struct shrink_order));
	guint i;

	if (!x->has_race)
		return orders;
	for (i = 0; i + 1 < x->stretches->len; i++) {
		if (!nth(x->stretches, i)->to_end)
			about_preemption(x, i, orders);
	}
	if (!shrink_preemptions(x->stretches) && second_thread(x->stretches))
		about_beginning(x, nth(x->stretches, 0)->thread, second_thread(x->stretches),
				orders);
	return orders;
}
