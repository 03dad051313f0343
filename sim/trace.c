// SPDX-License-Identifier: GPL-2.0-only
/*
 * trace.c - what happened: a hash always, the events themselves when somebody will read them
 *
 * The hash must be the same on every machine and in every build, so a step enters it as
 * its thread and the hash of the site's name, never as an address.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xxhash.h>

#include "sim/machine.h"

#define MAX_EVENTS (1ul << 22)

uint64_t *trace_site_hashes;
static const struct sim_site **sorted_sites;
static size_t nsites;

static struct world_event *events;
static size_t nevents;
static uint32_t *last_step; /* arena granule -> step that wrote it last */
static bool used_last_step;

static uint64_t hash_of_name(const struct sim_site *s)
{
	return XXH64(s->label, strlen(s->label), XXH64(s->func, strlen(s->func), 0));
}

static int by_name(const void *a, const void *b)
{
	const struct sim_site *x = *(const struct sim_site *const *)a;
	const struct sim_site *y = *(const struct sim_site *const *)b;
	int d = strcmp(x->file, y->file);

	if (d)
		return d;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return strcmp(x->label, y->label);
}

void trace_init(void)
{
	size_t i;

	nsites = __stop_sim_sites - __start_sim_sites;
	trace_site_hashes = malloc((nsites + 1) * sizeof(*trace_site_hashes));
	sorted_sites = malloc((nsites + 1) * sizeof(*sorted_sites));
	events = mmap(NULL, MAX_EVENTS * sizeof(*events), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	last_step =
		mmap(NULL, (ARENA_SIZE >> SHADOW_SHIFT) * sizeof(*last_step),
		     PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (!trace_site_hashes || !sorted_sites || events == MAP_FAILED || last_step == MAP_FAILED)
		abort();
	for (i = 0; i < nsites; i++) {
		trace_site_hashes[i] = hash_of_name(&__start_sim_sites[i]);
		sorted_sites[i] = &__start_sim_sites[i];
	}
	qsort(sorted_sites, nsites, sizeof(*sorted_sites), by_name);
}

void trace_reset(void)
{
	nevents = 0;
	if (!used_last_step)
		return;
	madvise(last_step, (ARENA_SIZE >> SHADOW_SHIFT) * sizeof(*last_step), MADV_DONTNEED);
	used_last_step = false;
}

size_t world_sites(const struct sim_site *const **sites)
{
	world_init();
	*sites = sorted_sites;
	return nsites;
}

bool world_site_matches(const struct sim_site *site, const char *point)
{
	const char *colon = strrchr(point, ':');

	if (!colon)
		return !strcmp(site->label, point);
	return !strcmp(site->label, colon + 1) && !strncmp(site->func, point, colon - point) &&
	       !site->func[colon - point];
}

/* The step that has just been counted. */
void trace_record_step(uint32_t tid, const struct sim_site *site)
{
	if (nevents == MAX_EVENTS)
		return;
	events[nevents++] = (struct world_event){
		.step = machine.hot.step - 1,
		.tid = tid,
		.site = site,
	};
}

static void mix_number(uint64_t word)
{
	if (machine.learning)
		known_note(word);
	trace_mix(word);
}

/* Strings by what they say; objects not at all, for they lie elsewhere in another build. */
static void mix_event(const char *fmt, const unsigned long *args)
{
	const char *p = fmt;

	mix_number(XXH64(fmt, strlen(fmt), 0));
	while ((p = strchr(p, '%'))) {
		unsigned long arg = *args++;

		p++;
		if (*p == 's')
			mix_number(XXH64((const char *)arg, strlen((const char *)arg), 0));
		else if (*p != 'p')
			mix_number(arg);
	}
}

void sim_trace(const char *fmt, unsigned long a, unsigned long b, unsigned long c, unsigned long d)
{
	const unsigned long args[4] = { a, b, c, d };

	mix_event(fmt, args);
	if (likely(!machine.config.record) || nevents == MAX_EVENTS)
		return;
	events[nevents++] = (struct world_event){
		.step = machine.hot.step,
		.tid = machine.hot.cur,
		.fmt = fmt,
		.arg = { a, b, c, d },
	};
}

size_t world_events(const struct world_event **out)
{
	*out = events;
	return nevents;
}

uint64_t world_trace_hash(void)
{
	uint64_t words[3] = { machine.hot.hash, machine.hot.step, strategy_last_draw() };

	return XXH64(words, sizeof(words), 0);
}

/* ------------------------------------------------------------ last writer */

void trace_note_writes(const struct undo *from, const struct undo *to)
{
	for (; from < to; from++) {
		uintptr_t off = (uintptr_t)from->word - ARENA_BASE;

		if (off < ARENA_SIZE) {
			last_step[off >> SHADOW_SHIFT] = machine.hot.step;
			used_last_step = true;
		}
	}
}

bool trace_last_writer(const void *obj, size_t size, uint64_t *step)
{
	uintptr_t off = ((uintptr_t)obj - ARENA_BASE) & ~((1ul << SHADOW_SHIFT) - 1);
	uintptr_t end = (uintptr_t)obj - ARENA_BASE + size;

	*step = 0;
	if (!in_arena(obj) || !machine.config.record)
		return false;
	for (; off < end; off += 1ul << SHADOW_SHIFT) {
		if (last_step[off >> SHADOW_SHIFT] > *step)
			*step = last_step[off >> SHADOW_SHIFT];
	}
	return *step != 0;
}

/* The step event of that number; its site is where the step ended. */
const struct world_event *trace_step_event(uint64_t step)
{
	size_t i = nevents;

	while (i--) {
		if (events[i].site && events[i].step + 1 == step)
			return &events[i];
	}
	return NULL;
}
