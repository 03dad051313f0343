// SPDX-License-Identifier: GPL-2.0-only
/*
 * known.c - what follows from a state that was met before is not run again
 *
 * Where nothing is left to chance, and nobody is in the middle of a call, the rest of a run is
 * a function of the world.  Runs from one checkpoint differ in their schedules and often meet
 * in a state: then the steps are counted and hashed as they were the first time.  The state is
 * what was written since the checkpoint, so it is read off the undo log, and it is compared
 * word for word: the key only says where to look.  Of a run with the same trace hash it is the same
 * state, and what was written then is looked at only.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/machine.h"

enum {
	MAX_WORDS = 4096, /* of a state; a larger one is not remembered */
	WORD_SLOTS_SHIFT = 14,
	WORD_SLOTS = 1 << WORD_SLOTS_SHIFT,
	MAX_PENDING = 16, /* words that the invariants have yet to hear of */
	MAX_IMAGE = 8 + MAX_PENDING + 4 * WORLD_MAX_THREADS,
	MAX_MIXED = 4096, /* what enters the trace's hash after it */
	KNOWN_SLOTS = 8192,
	RUN_SLOTS = 4096,
	MAX_KNOWN = KNOWN_SLOTS / 2,
	ENOUGH_NEW = 24,
};

#define STORE_BYTES (32ul << 20)

struct word {
	uint64_t *at;
	uint64_t value;
};

/* Followed in the store by its words, its image and what it mixed. */
struct known {
	uint64_t key;
	uint32_t nwords, nimage, nmixed;
	uint64_t steps;
};

/* To what state a run came: the last one of those with that slot. */
static struct {
	uint64_t hash;
	struct known *state;
} by_run[RUN_SLOTS];

static struct known *table[KNOWN_SLOTS];
static unsigned int ntable;
static char *store;
static size_t store_used;
static unsigned int nnew, nmet; /* of the states that were looked for */

/* The present state.  Its words are written down when it is to be remembered. */
static uint64_t key;
static unsigned int nwords;
static struct word words[MAX_WORDS];
static uint64_t image[MAX_IMAGE]; /* what does not stand in the log */
static unsigned int nimage;

/* Words of the log that were met: the address, and above it the round, which has to be this one. */
enum { ADDRESS_BITS = 48, LAST_ROUND = 0xffff, FEW_SLOTS_SHIFT = 8 };

static uint64_t met[WORD_SLOTS];
static uint64_t round;

/* What the run that is being remembered has mixed, since which step. */
static uint64_t mixed[MAX_MIXED];
static unsigned int nmixed;
static uint64_t began, learned_from; /* the hash at that step */

void known_init(void)
{
	store = mmap(NULL, STORE_BYTES, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (store == MAP_FAILED)
		abort();
}

void known_forget(void)
{
	machine.learning = false;
	nnew = nmet = 0;
	if (!ntable)
		return;
	memset(table, 0, sizeof(table));
	memset(by_run, 0, sizeof(by_run));
	ntable = 0;
	store_used = 0;
}

/* -------------------------------------------------------------- the state */

static uint64_t mix(uint64_t a, uint64_t b)
{
	a = (a ^ b) * 0xd6e8feb86659fd93ull;
	return a ^ (a >> 32);
}

/* A word that is not as at the checkpoint. */
static inline bool add_word(uint64_t *at, uint64_t value, bool write_down)
{
	if (write_down)
		words[nwords] = (struct word){ at, value };
	/*
	 * A sum, as the order in which words were written is no part of the state.  It may be the
	 * same for two states.
	 */
	key += (value + 0x9e3779b97f4a7c15ull) * (uintptr_t)at;
	return ++nwords < MAX_WORDS;
}

static inline bool add_contents(bool write_down)
{
	size_t n;
	uint64_t *w = phys_new_words(&n);

	for (; n; n--, w++) {
		if (!add_word(w, *w, write_down))
			return false;
	}
	return true;
}

/*
 * The first entry of a word has the value that it had at the checkpoint.
 * @round: in the bits above the address.
 */
static inline bool is_first(uint64_t *at, unsigned int shift, uint64_t round)
{
	size_t i = ((uintptr_t)at * 0x9e3779b97f4a7c15ull) >> (64 - shift);
	uint64_t tag = (uintptr_t)at | round;

	while (met[i] != tag) {
		if ((met[i] ^ round) >> ADDRESS_BITS) {
			met[i] = tag;
			return true;
		}
		i = (i + 1) & ((1ul << shift) - 1);
	}
	return false;
}

static void next_round(void)
{
	if (round == LAST_ROUND) {
		memset(met, 0, sizeof(met));
		round = 0;
	}
	round++;
}

static inline bool add_log(bool write_down)
{
	const struct undo *u, *end = undo_next;
	unsigned int shift = FEW_SLOTS_SHIFT;
	uint64_t now;

	/* No more slots than it takes, to stay in the cache. */
	while (shift < WORD_SLOTS_SHIFT && 1l << shift < 2 * (end - undo_base))
		shift++;
	if (1l << shift < 2 * (end - undo_base))
		return false;
	next_round();
	now = round << ADDRESS_BITS;
	for (u = undo_base; u < end; u++) {
		/* Which objects live follows from the allocator's lists. */
		if (unlikely(undo_is_filled(u)))
			continue;
		if (is_first(u->word, shift, now) && *u->word != u->old &&
		    !add_word(u->word, *u->word, write_down))
			return false;
	}
	return true;
}

static void add_image(uint64_t value)
{
	image[nimage++] = value;
	key = mix(key, value);
}

/* Of an idle thread, what is not as in any other.  What it last waited for nobody asks any more. */
static void add_thread(unsigned int tid)
{
	const struct thread *t = &machine.hot.thread[tid];

	add_image((uintptr_t)t->task);
	add_image((uintptr_t)t->in_kernel);
	add_image(t->kernel_depth | t->unparked << 8 | t->may_give_up << 16 | t->yields << 24);
}

/* When it let go of its last lock matters in the step after that only: see sim_lock_taken(). */
static bool is_at_rest(unsigned int tid)
{
	const struct thread *t = &machine.hot.thread[tid];

	return !t->nheld && !t->natomic &&
	       (!t->released || t->released_step + 1 < machine.hot.step);
}

static bool all_at_rest(void)
{
	uint32_t mask;

	if (machine.hot.busy)
		return false;
	for (mask = machine.begun; mask; mask &= mask - 1) {
		if (!is_at_rest(__builtin_ctz(mask)))
			return false;
	}
	return true;
}

static void add_threads(void)
{
	uint32_t mask = machine.begun;

	add_image(mask);
	for (; mask; mask &= mask - 1)
		add_thread(__builtin_ctz(mask));
}

/* What was written since the last step ended will be told with the next. */
static bool add_pending(void)
{
	const struct undo *u;

	if (!machine.config.check)
		return true;
	if (undo_next - machine.step_log > MAX_PENDING)
		return false;
	for (u = machine.step_log; u < undo_next; u++)
		add_image((uintptr_t)u->word);
	return true;
}

static bool add_machine(void)
{
	const struct hot *h = &machine.hot;

	add_image(h->nthreads | (uint64_t)h->block_next << 32);
	add_image(h->frame_gen | (uint64_t)invariant_pending() << 32);
	add_image(h->in_vain);
	add_threads();
	return add_pending();
}

/* The step's number is part of what the invariants remember, and of nothing else. */
static bool make_comparable(void)
{
	return all_at_rest() && (!machine.config.check || stamp_close_up());
}

static bool take_state(void)
{
	nwords = nimage = 0;
	key = 0;
	return add_contents(false) && add_log(false) && add_machine();
}

static void write_words(void)
{
	uint64_t of_all = key;

	nwords = 0;
	add_contents(true);
	add_log(true);
	key = of_all;
}

/* Steps of nobody, and what somebody reads off the run beside its hash, are not remembered. */
static bool can_know(void)
{
	const struct machine *m = &machine;

	return m->checkpointed && !m->config.record && !m->config.full_check && !m->slow &&
	       !m->exploring && m->hot.cur == NO_THREAD;
}

/* -------------------------------------------------------------- the table */

static struct word *words_of(struct known *k)
{
	return (struct word *)(k + 1);
}

static uint64_t *image_of(struct known *k)
{
	return (uint64_t *)(words_of(k) + k->nwords);
}

static uint64_t *mixed_of(struct known *k)
{
	return image_of(k) + k->nimage;
}

static bool has_words_of(struct known *k)
{
	const struct word *w = words_of(k), *end = w + k->nwords;

	for (; w < end; w++) {
		if (*w->at != w->value)
			return false;
	}
	return true;
}

static bool is_this(struct known *k)
{
	return k->key == key && k->nwords == nwords && k->nimage == nimage && has_words_of(k) &&
	       !memcmp(image_of(k), image, nimage * sizeof(*image));
}

static struct known **find(void)
{
	unsigned int i = mix(key, 0) % KNOWN_SLOTS;

	while (table[i] && !is_this(table[i]))
		i = (i + 1) % KNOWN_SLOTS;
	return &table[i];
}

static void remember_run(uint64_t hash, struct known *k)
{
	by_run[hash % RUN_SLOTS].hash = hash;
	by_run[hash % RUN_SLOTS].state = k;
}

/* NULL: there was none. */
static struct known *state_of_run(uint64_t hash)
{
	return by_run[hash % RUN_SLOTS].hash == hash ? by_run[hash % RUN_SLOTS].state : NULL;
}

static void do_again(struct known *k)
{
	const uint64_t *m = mixed_of(k), *end = m + k->nmixed;
	uint64_t hash = machine.hot.hash;

	while (m < end)
		hash = trace_mixed(hash, *m++);
	machine.hot.hash = hash;
	machine.hot.step += k->steps;
	machine.verdict = WORLD_DONE;
}

/* Where the states of most runs are new, looking for them costs more than it saves. */
static bool is_worth_it(void)
{
	return nnew < ENOUGH_NEW || nmet > nnew / 4;
}

static void learn(void)
{
	write_words();
	nmixed = 0;
	began = machine.hot.step;
	learned_from = machine.hot.hash;
	machine.learning = true;
	/* The steps have to come by. */
	look_at_each_step();
}

void known_note(uint64_t word)
{
	if (nmixed < MAX_MIXED)
		mixed[nmixed] = word;
	nmixed++;
}

/* Of no run that had the same steps. */
static struct known *look_for_state(void)
{
	struct known *k;

	if (!is_worth_it() || !take_state())
		return NULL;
	k = *find();
	if (k) {
		remember_run(machine.hot.hash, k);
		return k;
	}
	nnew++;
	if (ntable < MAX_KNOWN)
		learn();
	return NULL;
}

bool world_known_begin(void)
{
	struct known *k;

	machine.learning = false;
	if (!can_know())
		return false;
	k = state_of_run(machine.hot.hash);
	if ((!k && !is_worth_it()) || !make_comparable())
		return false;
	if (!k || !has_words_of(k))
		k = look_for_state();
	if (!k || machine.hot.step + k->steps > machine.max_steps)
		return false;
	nmet++;
	do_again(k);
	return true;
}

void world_known_end(void)
{
	size_t bytes = sizeof(struct known) + nwords * sizeof(*words) +
		       (nimage + nmixed) * sizeof(uint64_t);
	struct known *k = (struct known *)(store + store_used);
	unsigned int i;

	if (!machine.learning)
		return;
	machine.learning = false;
	if (nmixed > MAX_MIXED || store_used + bytes > STORE_BYTES)
		return;
	*k = (struct known){ key, nwords, nimage, nmixed, machine.hot.step - began };
	memcpy(words_of(k), words, nwords * sizeof(*words));
	memcpy(image_of(k), image, nimage * sizeof(*image));
	memcpy(mixed_of(k), mixed, nmixed * sizeof(*mixed));
	for (i = mix(key, 0) % KNOWN_SLOTS; table[i]; i = (i + 1) % KNOWN_SLOTS)
		;
	table[i] = k;
	remember_run(learned_from, k);
	ntable++;
	store_used += bytes;
}
