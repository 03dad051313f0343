// SPDX-License-Identifier: GPL-2.0-only
/* strategy.c - who answers sim_choose(): a seed, bytes, a recorded schedule, or the first */
#include "sim/machine.h"

uint32_t sched_slice_count(void);

/* ------------------------------------------------------------------- seed */

static uint64_t prng_state;

/* A Weyl sequence with a finaliser (the splitmix64 generator of Steele, Lea and Flood). */
static uint64_t prng_next(void)
{
	uint64_t z = prng_state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static inline unsigned int draw(unsigned int n)
{
	return ((unsigned __int128)prng_next() * n) >> 64;
}

static unsigned int choose_random(unsigned int n, const char *kind, const struct sim_site *site)
{
	(void)kind;
	(void)site;
	return draw(n);
}

static struct strategy random_strategy = { .choose = choose_random };

void world_strategy_random(uint64_t seed)
{
	prng_state = seed;
	machine.strategy = &random_strategy;
	sched_set_slow();
}

/* Of threads, which are few: the compiler's own would be a call. */
static inline unsigned int count_bits(uint64_t mask)
{
	unsigned int n = 0;

	for (; mask; mask &= mask - 1)
		n++;
	return n;
}

static inline unsigned int nth_bit(uint64_t mask, unsigned int n)
{
	while (n--)
		mask &= mask - 1;
	return __builtin_ctzll(mask);
}

static unsigned int one_of(uint64_t mask)
{
	return nth_bit(mask, draw(count_bits(mask)));
}

/* ----------------------------------------------------------- changes, drawn */

enum { MAX_CHANGES = 16 };

/* Steps at which something happens, each as likely as any other of the run. */
static struct {
	uint64_t due; /* the next one */
	uint64_t at[MAX_CHANGES + 1];
	unsigned int n, next;
} changes;

static void draw_changes(unsigned int n, uint64_t steps)
{
	unsigned int i, k;

	changes.n = n > MAX_CHANGES ? MAX_CHANGES : n;
	changes.next = 0;
	for (i = 0; i < changes.n; i++) {
		uint64_t v = machine.hot.step + 1 +
			     (((unsigned __int128)prng_next() * (steps ? steps : 1)) >> 64);

		for (k = i; k && changes.at[k - 1] > v; k--)
			changes.at[k] = changes.at[k - 1];
		changes.at[k] = v;
	}
	changes.at[changes.n] = UINT64_MAX;
	changes.due = changes.at[0];
}

static inline bool change_is_due(void)
{
	if (likely(machine.hot.step < changes.due))
		return false;
	changes.due = changes.at[++changes.next];
	return true;
}

/* ------------------------------------------------------- bounded preemption */

static unsigned int pick_bounded(uint64_t mask, bool can_stay)
{
	uint64_t others;

	if (!can_stay)
		return one_of(mask);
	others = mask & ~(1ull << machine.hot.cur);
	if (others && change_is_due())
		return one_of(others);
	machine.stay_until = changes.due;
	return machine.hot.cur;
}

static struct strategy bounded_strategy = { .choose = choose_random, .pick = pick_bounded };

void world_strategy_bounded(uint64_t seed, unsigned int preemptions, uint64_t steps)
{
	prng_state = seed;
	draw_changes(preemptions, steps);
	machine.strategy = &bounded_strategy;
	sched_set_slow();
}

/* -------------------------------------------------------------------- PCT */

/*
 * Burckhardt, Kothari, Musuvathi, Nagarakatte: A Randomized Scheduler with Probabilistic
 * Guarantees of Finding Bugs.  Each thread has a priority, drawn at the start; the highest
 * that can run does.  At depth - 1 steps, drawn as well, the running thread falls below all
 * others.  A bug that takes depth - 1 constraints on the order is hit with a probability of
 * at least 1 / (threads * steps ^ (depth - 1)) in each run.
 */
static int priority[WORLD_MAX_THREADS];
static int lowest_priority;

static void draw_priorities(void)
{
	unsigned int i, k;
	int t;

	lowest_priority = 0;
	for (i = 0; i < WORLD_MAX_THREADS; i++)
		priority[i] = MAX_CHANGES + i;
	for (i = WORLD_MAX_THREADS - 1; i; i--) {
		k = draw(i + 1);
		t = priority[i];
		priority[i] = priority[k];
		priority[k] = t;
	}
}

static unsigned int highest_priority(uint64_t mask)
{
	unsigned int best = __builtin_ctzll(mask);

	for (mask &= mask - 1; mask; mask &= mask - 1) {
		unsigned int tid = __builtin_ctzll(mask);

		if (priority[tid] > priority[best])
			best = tid;
	}
	return best;
}

/* It waits in a loop for what only another thread can bring about. */
static bool spins(bool can_stay)
{
	return !can_stay && machine.hot.cur < WORLD_MAX_THREADS &&
	       (machine.hot.runnable & (1ull << machine.hot.cur));
}

/*
 * Each change has a lower place to fall to than the one before.  Two that spin must not keep a
 * third one from running for ever: they fall below everything.
 */
static unsigned int pick_pct(uint64_t mask, bool can_stay)
{
	while (machine.hot.cur < WORLD_MAX_THREADS && change_is_due())
		priority[machine.hot.cur] = changes.n - changes.next;
	if (spins(can_stay))
		priority[machine.hot.cur] = --lowest_priority;
	machine.stay_until = changes.due;
	return highest_priority(mask);
}

static struct strategy pct_strategy = { .choose = choose_random, .pick = pick_pct };

void world_strategy_pct(uint64_t seed, unsigned int depth, uint64_t steps)
{
	prng_state = seed;
	draw_priorities();
	draw_changes(depth ? depth - 1 : 0, steps);
	machine.strategy = &pct_strategy;
	sched_set_slow();
}

/* ------------------------------------------------------------- sequential */

static unsigned int choose_first(unsigned int n, const char *kind, const struct sim_site *site)
{
	(void)n;
	(void)kind;
	(void)site;
	return 0;
}

static struct strategy sequential_strategy = { .choose = choose_first };

void world_strategy_sequential(void)
{
	machine.strategy = &sequential_strategy;
	sched_set_slow();
}

/* --------------------------------------------------------------- recorded */

static const struct world_slice *recorded;
static const uint32_t *chances; /* that come true, by their numbers */
static size_t nchances;
static size_t nrecorded, at;
static bool begun;

static void diverged(const char *why, unsigned int tid)
{
	report_fill("SCHEDULE", NULL, NULL);
	snprintf(machine.report.text, sizeof(machine.report.text),
		 "the schedule does not fit: slice %zu, %s %s", at + 1,
		 tid < machine.hot.nthreads ? machine.names[tid] : "?", why);
	machine_fail(WORLD_DIVERGED);
}

static unsigned int lowest(uint64_t mask)
{
	return __builtin_ctzll(mask);
}

static bool slice_over(void)
{
	if (recorded[at].count == WORLD_TO_END)
		return false;
	return sched_slice_count() >= recorded[at].count;
}

static unsigned int pick_recorded(uint64_t mask, bool can_stay)
{
	unsigned int tid;

	if (at >= nrecorded)
		return can_stay ? machine.hot.cur : lowest(mask);
	if (begun && can_stay && !slice_over())
		return machine.hot.cur;
	if (begun && !can_stay && !slice_over() && recorded[at].count != WORLD_TO_END)
		diverged("cannot go on that long", recorded[at].tid);
	if (begun)
		at++;
	begun = true;
	if (at >= nrecorded)
		return can_stay ? machine.hot.cur : lowest(mask);
	tid = recorded[at].tid;
	if (!(mask & (1ull << tid))) {
		diverged("cannot run here", tid);
		return lowest(mask);
	}
	return tid;
}

/* The last answer is one that makes nothing fail. */
static unsigned int choose_recorded(unsigned int n, const char *kind, const struct sim_site *site)
{
	size_t i;

	(void)kind;
	(void)site;
	for (i = 0; i < nchances; i++) {
		if (chances[i] == inject_chance())
			return 0;
	}
	return n - 1;
}

void world_strategy_chances(const uint32_t *list, size_t n)
{
	chances = list;
	nchances = n;
}

static struct strategy recorded_strategy = {
	.choose = choose_recorded,
	.pick = pick_recorded,
	.every_point = true,
};

void world_strategy_recorded(const struct world_slice *slices, size_t n)
{
	recorded = slices;
	nrecorded = n;
	at = 0;
	begun = false;
	nchances = 0;
	machine.strategy = &recorded_strategy;
	sched_set_slow();
}

/* ------------------------------------------------------------------ asked */

static world_pick asked;
static void *asked_for;

static unsigned int pick_asked(uint64_t mask, bool can_stay)
{
	return asked(asked_for, mask, machine.hot.cur, can_stay, sched_slice_count());
}

static struct strategy asked_strategy = {
	.choose = choose_recorded,
	.pick = pick_asked,
	.every_point = true,
};

void world_strategy_ask(world_pick pick, void *arg)
{
	asked = pick;
	asked_for = arg;
	nchances = 0;
	machine.strategy = &asked_strategy;
	sched_set_slow();
}

/* ------------------------------------------------------------------ bytes */

/* For a coverage-guided fuzzer, whose changes must stay small: a byte is a whole slice. */
enum { BYTE_STEPS = 32, BYTE_THREADS = 8 };

static const uint8_t *bytes, *bytes_end;
static unsigned int bytes_stay; /* steps before the next byte is asked for */

static unsigned int next_byte(void)
{
	return bytes < bytes_end ? *bytes++ : 0;
}

static unsigned int choose_byte(unsigned int n, const char *kind, const struct sim_site *site)
{
	(void)kind;
	(void)site;
	return next_byte() % n;
}

/* Whoever comes after the running thread, so that each comes to its turn. */
static unsigned int in_turn(uint64_t mask)
{
	uint64_t after = 0;

	if (machine.hot.cur < WORLD_MAX_THREADS)
		after = mask & ~((2ull << machine.hot.cur) - 1);
	return __builtin_ctzll(after ? after : mask);
}

/* The upper bits say who runs next, the lower ones for how many steps; at the end: for ever. */
static unsigned int pick_bytes(uint64_t mask, bool can_stay)
{
	unsigned int byte;

	if (can_stay && (bytes_stay || bytes == bytes_end)) {
		bytes_stay -= bytes_stay != 0;
		return machine.hot.cur;
	}
	if (bytes == bytes_end)
		return in_turn(mask);
	byte = next_byte();
	bytes_stay = byte % BYTE_STEPS;
	return nth_bit(mask, byte / BYTE_STEPS % BYTE_THREADS % count_bits(mask));
}

static struct strategy bytes_strategy = { .choose = choose_byte, .pick = pick_bytes };

void world_strategy_bytes(const uint8_t *data, size_t size)
{
	bytes = data;
	bytes_end = data + size;
	bytes_stay = 0;
	machine.strategy = &bytes_strategy;
	sched_set_slow();
}

/* ------------------------------------------------------------- for all */

void world_preempt_bound(int n)
{
	machine.hot.preempt_left = n;
}

/* With a recorded schedule even a point without a choice must be compared with it. */
void sched_set_slow(void)
{
	if (machine.strategy && machine.strategy->every_point)
		machine.slow = true;
}

unsigned int sim_choose(unsigned int n, const char *kind, const struct sim_site *site)
{
	if (n < 2)
		return 0;
	return machine.strategy->choose(n, kind, site);
}

static inline unsigned int choose_thread(unsigned int n, const struct sim_site *site)
{
	if (likely(machine.strategy == &random_strategy))
		return draw(n);
	return machine.strategy->choose(n, "thread", site);
}

unsigned int strategy_pick(uint64_t mask, bool can_stay, const struct sim_site *site)
{
	unsigned int choice;

	if (machine.strategy->pick)
		return machine.strategy->pick(mask, can_stay);
	if (!(mask & (mask - 1)))
		return __builtin_ctzll(mask);
	if (!can_stay)
		return nth_bit(mask, choose_thread(count_bits(mask), site));
	if (!machine.hot.preempt_left)
		return machine.hot.cur;
	choice = choose_thread(count_bits(mask), site);
	if (!choice)
		return machine.hot.cur;
	if (machine.hot.preempt_left > 0)
		machine.hot.preempt_left--;
	return nth_bit(mask & ~(1ull << machine.hot.cur), choice - 1);
}

uint64_t strategy_last_draw(void)
{
	return machine.strategy->choose == choose_random ? prng_next() : 0;
}

void strategy_reset(void)
{
	machine.strategy = &sequential_strategy;
}
