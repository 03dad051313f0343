// SPDX-License-Identifier: GPL-2.0-only
/* events.c - the steps of a run as events in a partial order, and its hash; see events.h */
#include <stdlib.h>
#include <string.h>

#include "sim/events.h"
#include "sim/machine.h"
#include "sim/snapshot.h"

/* Of a word: the event that wrote it last, mixed, and the sum of those that have read it since. */
struct word {
	uintptr_t at;
	uint64_t write, reads;
	uint32_t run; /* the slot is of this run, or free */
};

enum { FEW_WORDS_SHIFT = 11, WORDS_SHIFT = 17 };

#define WORD_SLOTS (1u << WORDS_SHIFT)

/* As many slots are used as it takes, so that they stay in the cache. */
static struct word words[WORD_SLOTS];
static unsigned int words_shift = FEW_WORDS_SHIFT;
static unsigned int nwords;
static uint32_t run_number;

static uint64_t last_event[WORLD_MAX_THREADS]; /* of each thread */
static uint64_t chosen;			       /* what sim_choose() said in the present step */
static uint64_t state;			       /* sum over last_event */
static uint64_t since, happened;	       /* sums of events: see enum footprint_history */

/* What words[] held, to go back to. */
static struct word_before {
	struct word *word;
	uint64_t write, reads;
	uint32_t run;
} * words_before;
static size_t nbefore, before_room;

static inline void note_word(struct word *w)
{
	if (unlikely(nbefore == before_room)) {
		before_room = before_room ? 2 * before_room : 4096;
		words_before = realloc(words_before, before_room * sizeof(*words_before));
		if (!words_before)
			abort();
	}
	words_before[nbefore++] = (struct word_before){ w, w->write, w->reads, w->run };
}

static void words_go_back(size_t n)
{
	while (nbefore > n) {
		const struct word_before *b = &words_before[--nbefore];

		b->word->write = b->write;
		b->word->reads = b->reads;
		nwords -= b->word->run != b->run;
		b->word->run = b->run;
	}
}

static inline struct word *word_at(uintptr_t at)
{
	uint32_t i = (at * 0x9e3779b97f4a7c15ull) >> (64 - words_shift);

	while (words[i].run == run_number && words[i].at != at)
		i = (i + 1) & ((1u << words_shift) - 1);
	if (words[i].run == run_number)
		return &words[i];
	if (++nwords > WORD_SLOTS / 2)
		machine_limit("a run touches more than %d words", WORD_SLOTS / 2);
	words[i] = (struct word){ .at = at };
	note_word(&words[i]);
	words[i].run = run_number;
	return &words[i];
}

static uint64_t thread_part(unsigned int tid, uint64_t event)
{
	return events_mix(event + tid * 0x9e3779b97f4a7c15ull);
}

/* Room for @more words, unless there can be none. */
static void grow_words(size_t more)
{
	struct word *old = malloc((nwords + 1) * sizeof(*old));
	unsigned int i, n = 0;

	if (!old)
		abort();
	for (i = 0; i < 1u << words_shift; i++) {
		if (words[i].run == run_number)
			old[n++] = words[i];
	}
	while (words_shift < WORDS_SHIFT && nwords + more > 1ul << words_shift >> 1)
		words_shift++;
	run_number++;
	nwords = 0;
	for (i = 0; i < n; i++) {
		old[i].run = run_number;
		*word_at(old[i].at) = old[i];
	}
	free(old);
	nbefore = 0;
}

/* The words of the present step, in the order of its footprint. */
static struct word **touched;
static size_t touched_room;

static bool find_words(const struct footprint *f)
{
	bool stay = true;
	size_t i;

	if (f->n > touched_room) {
		touched_room = 2 * f->n;
		touched = realloc(touched, touched_room * sizeof(*touched));
		if (!touched)
			abort();
	}
	if (unlikely(nwords + f->n > 1ul << words_shift >> 1) && words_shift < WORDS_SHIFT) {
		grow_words(f->n);
		stay = false;
	}
	for (i = 0; i < f->n; i++)
		touched[i] = word_at(f->list[i].at & ~7ul);
	return stay;
}

/* An event is known by its thread, the event before it there, and those it depends on. */
static uint64_t event_of(unsigned int tid, const struct footprint *f)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < f->n; i++) {
		const struct word *w = touched[i];

		if (!w->write && !w->reads)
			continue;
		sum += w->write;
		if (f->list[i].at & ACCESS_WRITE)
			sum += events_mix(w->reads + 1);
	}
	if (f->history & HISTORY_SINCE)
		sum += events_mix(happened + 2);
	if (f->history & HISTORY_EVENT)
		sum += events_mix(since + 3);
	return events_mix(events_mix(last_event[tid] + sum) + chosen + tid + 1) | 1;
}

/* Reads first: what the step itself has read and then written, nobody has read since. */
static void put_event(unsigned int tid, const struct footprint *f, uint64_t event)
{
	uint64_t mixed = events_mix(event); /* never 0, as no event is */
	size_t i;

	for (i = 0; i < f->n; i++) {
		note_word(touched[i]);
		if (!(f->list[i].at & ACCESS_WRITE))
			touched[i]->reads += mixed;
	}
	for (i = 0; i < f->n; i++) {
		if (!(f->list[i].at & ACCESS_WRITE))
			continue;
		touched[i]->write = mixed;
		touched[i]->reads = 0;
	}
	if (f->history & HISTORY_SINCE)
		since += mixed;
	if (f->history & HISTORY_EVENT)
		happened += mixed;
	state += thread_part(tid, event) - thread_part(tid, last_event[tid]);
	last_event[tid] = event;
	chosen = 0;
}

void events_forget(void)
{
	run_number++;
	nwords = 0;
	nbefore = 0;
	memset(last_event, 0, sizeof(last_event));
	chosen = state = since = happened = 0;
}

bool events_add(unsigned int tid, const struct footprint *f)
{
	bool stay = find_words(f);

	put_event(tid, f, event_of(tid, f));
	return stay;
}

void events_chose(unsigned int answer)
{
	chosen = events_mix(chosen + answer + 1);
}

uint64_t events_state(void)
{
	return state;
}

void events_parts(struct snapshot_cursor *c, uint32_t begun)
{
	size_t n = nbefore;

	snapshot_part(c, &n, sizeof(n));
	words_go_back(n);
	snapshot_part(c, &chosen, sizeof(chosen));
	snapshot_part(c, &state, sizeof(state));
	snapshot_part(c, &since, sizeof(since));
	snapshot_part(c, &happened, sizeof(happened));
	for (; begun; begun &= begun - 1) {
		unsigned int tid = __builtin_ctz(begun);

		snapshot_part(c, &last_event[tid], sizeof(last_event[tid]));
	}
}
