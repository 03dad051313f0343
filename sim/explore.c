// SPDX-License-Identifier: GPL-2.0-only
/* explore.c - depth-first search over the choices of a run; see explore.h */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/events.h"
#include "sim/explore.h"
#include "sim/footprint.h"
#include "sim/machine.h"
#include "sim/snapshot.h"
#include "sim/states.h"

#define DEFAULT_STATES (1ull << 26)

static uint32_t bit(unsigned int tid)
{
	return 1u << tid;
}

/* ------------------------------------------------------------------ the path */

struct node {
	bool of_threads;	   /* else an answer of sim_choose() */
	uint32_t mask;		   /* threads that could run; or how many answers there are */
	uint32_t todo, done;	   /* threads; of answers: those after @choice are to be done */
	struct seen *seen;	   /* where they are claimed; NULL: the table is full */
	struct snapshot *snapshot; /* of the world in which the choice is made, or NULL */
	unsigned int choice;
	int preempt_left;
	uint32_t known;	 /* of the threads tried here: those whose first step is known */
	uint32_t asleep; /* threads, and what each would have done */
	const struct footprint *would[WORLD_MAX_THREADS];
	const struct footprint *did[WORLD_MAX_THREADS];
	char *kept; /* where the store of footprints ended before */
};

static struct world_explore config;
static struct world_explore_stats stats;
static struct node **path;
static unsigned int npath, path_room, at;

/* A node keeps its place when it is left: the next one at that depth has it. */
static unsigned int nnodes;

static uint32_t asleep; /* in the present state */
static const struct footprint *would[WORLD_MAX_THREADS];
static struct node *fresh; /* its choice makes its first step now */
static unsigned int fresh_tid;
static bool bounded;

/* Looking for work in a search that others take part in. */
enum { SEEKS = 200 };

static bool seeking;
static unsigned int seeks_left;
static uint64_t seek_state;

static uint64_t seek_draw(void)
{
	seek_state = events_mix(seek_state + 0x9e3779b97f4a7c15ull);
	return seek_state;
}

static unsigned int nth_thread(uint32_t mask, unsigned int n)
{
	while (n--)
		mask &= mask - 1;
	return __builtin_ctz(mask);
}

/*
 * The footprints that the nodes of the path know of: who comes later goes earlier, as the nodes
 * do.  Virtual.
 */
#define STORE_BYTES (1ul << 34)

static char *store, *store_end, *stored;

static void store_new(void)
{
	stored = store;
	if (store)
		return;
	store = mmap(NULL, STORE_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (store == MAP_FAILED)
		abort();
	store_end = store + STORE_BYTES;
	stored = store;
}

static void *keep(size_t bytes)
{
	void *p = stored;

	if (bytes > (size_t)(store_end - stored))
		machine_limit("the path of the search is too long");
	stored += bytes;
	return p;
}

static struct node *push(void)
{
	struct node *n;

	if (npath == path_room) {
		path_room = path_room ? 2 * path_room : 256;
		path = realloc(path, path_room * sizeof(*path));
		if (!path)
			abort();
	}
	if (npath == nnodes) {
		path[nnodes] = malloc(sizeof(struct node));
		if (!path[nnodes++])
			abort();
	}
	n = path[npath++];
	memset(n, 0, offsetof(struct node, would));
	n->kept = stored;
	at = npath;
	if (at > stats.depth)
		stats.depth = at;
	return n;
}

static void pop(void)
{
	struct node *n = path[--npath];

	stored = n->kept;
	if (n->snapshot)
		snapshot_drop(n->snapshot);
}

/* The words lie elsewhere. */
static void forget_snapshots(void)
{
	unsigned int i;

	for (i = npath; i--;) {
		if (path[i]->snapshot)
			snapshot_drop(path[i]->snapshot);
		path[i]->snapshot = NULL;
	}
}

static void copy_would(const struct footprint **to, const struct footprint *const *from,
		       uint32_t mask)
{
	for (; mask; mask &= mask - 1) {
		unsigned int tid = __builtin_ctz(mask);

		to[tid] = from[tid];
	}
}

/* All that can come from here has been seen, or is being seen elsewhere. */
static void cut(void)
{
	stats.cut++;
	machine.verdict = WORLD_CUT;
	sched_leave_to_host();
}

/* What @a has touched, if there is one, and @b. */
static struct footprint *kept_union(const struct footprint *a, const struct footprint *b)
{
	size_t before = a ? a->n : 0;
	struct footprint *both = keep(sizeof(*both) + (before + b->n) * sizeof(*b->list));

	*both = *b;
	both->list = (struct access *)(both + 1);
	both->n = before + b->n;
	if (a) {
		memcpy(both->list, a->list, before * sizeof(*a->list));
		both->reads |= a->reads;
		both->writes |= a->writes;
		both->turn |= a->turn;
		both->history |= a->history;
	}
	memcpy(both->list + before, b->list, b->n * sizeof(*b->list));
	return both;
}

/*
 * With another answer of sim_choose() the step may touch other words: who sleeps because all
 * answers were tried must be woken by what any of them depends on.  The answers have come to lie
 * above the node of the step: they keep nothing.
 */
static void remember(struct node *n, unsigned int tid, const struct footprint *f)
{
	unsigned int i;

	if (at < npath || config.no_sleep || bounded)
		return;
	n->did[tid] = kept_union(n->known & bit(tid) ? n->did[tid] : NULL, f);
	n->known |= bit(tid);
	for (i = npath; path[i - 1] != n; i--)
		path[i - 1]->kept = stored;
}

static void wake_sleepers(const struct footprint *f)
{
	uint32_t left = asleep;

	while (left) {
		unsigned int tid = __builtin_ctz(left);

		left &= left - 1;
		if (footprint_conflict(would[tid], f))
			asleep &= ~bit(tid);
	}
}

static uint64_t key_of(uint32_t options, bool can_stay)
{
	uint64_t key = events_mix(events_state() + options);

	if (bounded)
		key = events_mix(key + (can_stay ? machine.hot.cur + 1 : 0) +
				 ((uint64_t)machine.hot.preempt_left << 8));
	return key | 1;
}

/* By the time that somebody chooses, the state's slot has come into the cache: mostly so. */
static void expect_state(void)
{
	uint32_t can = machine.hot.runnable & machine.hot.allowed;

	states_expect(key_of(can, can & bit(machine.hot.cur)));
}

/* A step of the running thread is over; nobody has chosen who comes next. */
void explore_step(const struct undo *end)
{
	unsigned int tid = machine.hot.cur;
	const struct footprint *f = footprint_close(end);

	stats.steps++;
	if (!events_add(tid, f))
		forget_snapshots();
	expect_state();
	if (fresh && fresh_tid == tid)
		remember(fresh, tid, f);
	fresh = NULL;
	if (asleep && at == npath)
		wake_sleepers(f);
	if (at == npath && (asleep & bit(tid)) &&
	    (machine.hot.runnable & machine.hot.allowed) == bit(tid))
		cut();
}

/* They stand elsewhere now. */
static void follow_states(void)
{
	unsigned int i;

	for (i = 0; i < npath; i++) {
		if (path[i]->seen)
			path[i]->seen = states_again(path[i]->seen->key);
	}
}

/* NULL: there are more than can be remembered. */
static struct seen *find_state(uint64_t key)
{
	bool is_new;
	struct seen *seen = states_find(key, &is_new);

	if (!seen)
		stats.table_full = true;
	if (is_new) {
		stats.states++;
		stats.states_sum += key;
	}
	return seen;
}

/* What is left to be tried from there by whoever comes. */
static uint32_t unclaimed(const struct seen *seen)
{
	if (!seen || config.no_states)
		return ~0u;
	return ~__atomic_load_n(&seen->claimed, __ATOMIC_ACQUIRE);
}

/* False: another process, or another path, was faster. */
static bool claim(struct seen *seen, unsigned int tid)
{
	if (!seen || config.no_states)
		return true;
	return !(__atomic_fetch_or(&seen->claimed, bit(tid), __ATOMIC_ACQ_REL) & bit(tid));
}

/*
 * The running thread first: a path with few switches is the easiest to read.  Of several
 * processes each begins elsewhere: the second at the other end, to meet the first half-way.
 */
static unsigned int first_of(uint32_t todo)
{
	if (config.worker == 1)
		return 31 - __builtin_clz(todo);
	if (config.worker)
		return nth_thread(todo, events_mix(events_state() + config.worker) %
						__builtin_popcount(todo));
	if (machine.hot.cur < WORLD_MAX_THREADS && (todo & bit(machine.hot.cur)))
		return machine.hot.cur;
	return __builtin_ctz(todo);
}

/* Of what is left to do at a node, something that nobody else does; false: nothing. */
static bool claim_next(struct node *n)
{
	while (n->todo) {
		unsigned int tid = first_of(n->todo);

		n->todo &= ~bit(tid);
		if (!claim(n->seen, tid))
			continue;
		n->choice = tid;
		return true;
	}
	return false;
}

/* While looking for work: on through states in which everything is being done. */
static bool pass_through(struct node *n, uint32_t mask)
{
	uint32_t way = mask & ~asleep;

	if (!seeking || !way)
		return false;
	n->choice = nth_thread(way, seek_draw() % __builtin_popcount(way));
	return true;
}

static struct node *new_node(uint32_t mask, bool can_stay)
{
	struct seen *seen = find_state(key_of(mask, can_stay));
	struct node *n = push();

	n->of_threads = true;
	n->mask = mask;
	n->seen = seen;
	n->todo = mask & ~asleep & unclaimed(seen);
	n->preempt_left = machine.hot.preempt_left;
	n->asleep = asleep;
	copy_would(n->would, would, asleep);
	if (claim_next(n)) {
		seeking = false;
		return n;
	}
	if (!pass_through(n, mask))
		cut();
	return n;
}

static void differs(void)
{
	machine_limit("the same choices lead elsewhere: the simulator is not deterministic");
}

/* Those tried from here before sleep in this branch. */
static void take_sleepers(const struct node *n)
{
	uint32_t tried = n->done;

	asleep = n->asleep;
	copy_would(would, n->would, asleep);
	for (tried &= n->known; tried; tried &= tried - 1) {
		unsigned int tid = __builtin_ctz(tried);

		asleep |= bit(tid);
		would[tid] = n->did[tid];
	}
}

static unsigned int pick_explore(uint64_t options, bool can_stay)
{
	uint32_t mask = options;
	struct node *n;

	if (can_stay && !machine.hot.preempt_left)
		mask = bit(machine.hot.cur);
	if (!(mask & (mask - 1))) {
		if (at == npath && (asleep & mask))
			cut();
		return __builtin_ctz(mask);
	}
	if (at < npath) {
		n = path[at++];
		if (!n->of_threads || n->mask != mask)
			differs();
		if (at == npath)
			take_sleepers(n);
	} else {
		n = new_node(mask, can_stay);
		/* There is more to do here, so this is where the search comes back to. */
		if (n->todo && !config.no_snapshots)
			n->snapshot = snapshot_take();
		if (at == npath)
			take_sleepers(n);
	}
	fresh = n;
	fresh_tid = n->choice;
	if (can_stay && n->choice != machine.hot.cur && machine.hot.preempt_left > 0)
		machine.hot.preempt_left--;
	return n->choice;
}

static unsigned int choose_explore(unsigned int n, const char *kind, const struct sim_site *site)
{
	struct node *node;

	(void)kind;
	(void)site;
	if (at < npath) {
		node = path[at++];
		if (node->of_threads || node->mask != n)
			differs();
		if (at == npath)
			take_sleepers(node);
	} else {
		node = push();
		node->mask = n;
		node->asleep = asleep;
		copy_would(node->would, would, asleep);
	}
	events_chose(node->choice);
	return node->choice;
}

static struct strategy explore_strategy = { .choose = choose_explore, .pick = pick_explore };

/* ------------------------------------------------------------------ the search */

bool world_explore_begin(const struct world_explore *wanted)
{
	if (!SIM_HAS_UNDO)
		return false;
	config = *wanted;
	memset(&stats, 0, sizeof(stats));
	npath = 0;
	snapshot_reset();
	seeking = false;
	seeks_left = SEEKS;
	store_new();
	states_new(config.max_states ? config.max_states : DEFAULT_STATES, config.alone,
		   follow_states);
	return true;
}

void world_explore_worker(unsigned int number, unsigned int count)
{
	config.worker = number;
	config.worker_count = count;
	seek_state = number;
}

static void choose_and_listen(void)
{
	machine.strategy = &explore_strategy;
	machine.exploring = true;
	look_at_each_step();
	footprint_begin();
}

void world_strategy_explore(void)
{
	events_forget();
	at = 0;
	asleep = 0;
	fresh = NULL;
	bounded = machine.hot.preempt_left >= 0;
	sched_set_slow();
	choose_and_listen();
}

bool world_explore_back(void)
{
	unsigned int i = npath;

	while (i && !path[i - 1]->snapshot)
		i--;
	if (!i)
		return false;
	snapshot_go_back(path[i - 1]->snapshot);
	at = i;
	asleep = 0;
	fresh = NULL;
	choose_and_listen();
	return true;
}

void world_explore_pause(void)
{
	machine.exploring = false;
	footprint_end();
	world_strategy_sequential();
}

static bool next_of_threads(struct node *n)
{
	n->done |= bit(n->choice);
	return claim_next(n);
}

/*
 * A process that has nothing left looks a few times, on paths that others have taken, for
 * a state in which there is something to do.
 */
static bool seek(void)
{
	if (!config.worker_count || seeks_left == 0)
		return false;
	seeks_left--;
	seeking = true;
	return true;
}

bool world_explore_is_new(void)
{
	return machine.verdict != WORLD_CUT && !seeking;
}

bool world_explore_next(void)
{
	if (world_explore_is_new())
		stats.runs++;
	while (npath) {
		struct node *n = path[npath - 1];

		if (n->of_threads ? next_of_threads(n) : ++n->choice < n->mask)
			return true;
		pop();
	}
	return seek();
}

void world_explore_stats(struct world_explore_stats *out)
{
	*out = stats;
}

void world_explore_end(void)
{
	npath = 0;
	states_free();
}
