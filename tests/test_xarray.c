// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_xarray.c - the tree of the page cache, against a list of pairs
 *
 * The model's headers and libc's cannot meet in one file, so an array here is a block of
 * memory that begins with its lock, and the functions behind the macros of linux/xarray.h are
 * declared once more.
 */
#include <string.h>

#include "tests/suite.h"

#include "sim/world.h"

struct xarray;

void radix_tree_init(void);
void *xa_load_at(struct xarray *, unsigned long, const struct sim_site *);
void *xa_store_at(struct xarray *, unsigned long, void *, unsigned int, const struct sim_site *,
		  const struct sim_site *);
void *xa_cmpxchg_at(struct xarray *, unsigned long, void *, void *, unsigned int,
		    const struct sim_site *, const struct sim_site *);
void *xa_erase_at(struct xarray *, unsigned long, const struct sim_site *);
void *xa_find_at(struct xarray *, unsigned long *, unsigned long, const struct sim_site *);
void *xa_find_after_at(struct xarray *, unsigned long *, unsigned long, const struct sim_site *);
void xa_destroy(struct xarray *);

enum { XARRAY_SPACE = 256, MAX_PAIRS = 512 };

static struct xarray *xa;

static void *load(unsigned long index)
{
	return xa_load_at(xa, index, SIM_SITE("load"));
}

static void *store(unsigned long index, void *entry)
{
	return xa_store_at(xa, index, entry, 0, SIM_SITE("store"), SIM_SITE("slab_alloc"));
}

static void *erase(unsigned long index)
{
	return xa_erase_at(xa, index, SIM_SITE("erase"));
}

/* An entry that tells its number. */
static void *entry(unsigned long n)
{
	return (void *)(n << 3);
}

static unsigned long live_nodes(void)
{
	unsigned long live;
	const char *name;
	unsigned int i;

	for (i = 0; world_cache(i, &name, &live); i++) {
		if (!strcmp(name, "radix_tree_node"))
			return live;
	}
	return 0;
}

static void make_array(void *unused)
{
	(void)unused;
	radix_tree_init();
	xa = sim_alloc(XARRAY_SPACE);
	sim_lock_init((struct sim_lock *)xa, SIM_SPINLOCK, 0);
}

static void run(void (*fn)(void *))
{
	world_reset(&(struct world_config){ .record = true });
	world_call(make_array, NULL);
	ck_assert_int_eq(world_thread_add("t", NULL), 0);
	world_strategy_sequential();
	world_thread_start(0, fn, NULL);
	if (world_run(~0ull) != WORLD_DONE)
		ck_abort_msg("%s", world_report()->text);
}

/* ------------------------------------------------- against a list of pairs */

static struct pair {
	unsigned long index;
	void *entry;
} pairs[MAX_PAIRS];
static unsigned int npairs;
static uint64_t rng;
/* Checks run after the run: an assertion jumps, and a thread's stack is no place for that. */
static const char *broken;

#define MUST(cond)                      \
	do {                            \
		if (!(cond) && !broken) \
			broken = #cond; \
	} while (0)

static uint64_t roll(void)
{
	rng = rng * 6364136223846793005u + 1442695040888963407u;
	return rng >> 33;
}

static struct pair *pair_of(unsigned long index)
{
	unsigned int i;

	for (i = 0; i < npairs && pairs[i].index != index; i++)
		;
	return i < npairs ? &pairs[i] : NULL;
}

/* The first pair at or behind an index. */
static struct pair *pair_from(unsigned long index)
{
	struct pair *best = NULL;
	unsigned int i;

	for (i = 0; i < npairs; i++) {
		if (pairs[i].index < index)
			continue;
		if (!best || pairs[i].index < best->index)
			best = &pairs[i];
	}
	return best;
}

static unsigned long some_index(void)
{
	switch (roll() % 6) {
	case 0:
		return roll() % 4;
	case 1:
		return roll() % 200;
	case 2:
		return roll() % 100000;
	case 3:
		return ~0ul - roll() % 3;
	case 4:
		return 1ul << roll() % 64;
	default:
		return npairs ? pairs[roll() % npairs].index : 0;
	}
}

static void store_both(unsigned long index, void *now)
{
	struct pair *p = pair_of(index);

	if (!p && npairs == MAX_PAIRS)
		return;
	MUST(store(index, now) == (p ? p->entry : NULL));
	if (!p) {
		p = &pairs[npairs++];
		p->index = index;
	}
	p->entry = now;
}

static void erase_both(unsigned long index)
{
	struct pair *p = pair_of(index);

	MUST(erase(index) == (p ? p->entry : NULL));
	if (p)
		*p = pairs[--npairs];
}

static void find_both(unsigned long from, unsigned long max)
{
	struct pair *p = pair_from(from);
	unsigned long index = from;
	void *found = xa_find_at(xa, &index, max, SIM_SITE("find"));

	if (!p || p->index > max || from > max) {
		MUST(!found);
		MUST(index == from);
		return;
	}
	MUST(found == p->entry);
	MUST(index == p->index);
}

static void walk_both(void)
{
	unsigned long index = 0;
	unsigned int n = 0;
	void *e;

	for (e = xa_find_at(xa, &index, ~0ul, SIM_SITE("find")); e;
	     e = xa_find_after_at(xa, &index, ~0ul, SIM_SITE("find"))) {
		struct pair *p = pair_of(index);

		MUST(p && p->entry == e);
		n++;
	}
	MUST(n == npairs);
}

static void compare(void *unused)
{
	unsigned int i;

	(void)unused;
	for (i = 0; i < 4000 && !broken; i++) {
		unsigned long index = some_index();

		switch (roll() % 4) {
		case 0:
		case 1:
			store_both(index, entry(i + 1));
			break;
		case 2:
			erase_both(index);
			break;
		default:
			find_both(index, roll() % 2 ? ~0ul : some_index());
		}
		MUST(load(index) == (pair_of(index) ? pair_of(index)->entry : NULL));
		if (i % 128 == 0)
			walk_both();
	}
	while (npairs)
		erase_both(pairs[roll() % npairs].index);
}

START_TEST(it_holds_what_a_list_of_pairs_holds)
{
	rng = _i;
	npairs = 0;
	broken = NULL;
	run(compare);
	ck_assert_msg(!broken, "%s", broken);
	/* Nothing is kept for entries that are gone. */
	ck_assert_uint_eq(live_nodes(), 0);
}
END_TEST

/* ------------------------------------------------------------- its corners */

static void corners(void *unused)
{
	unsigned long index = ~0ul;

	(void)unused;
	store(0, entry(1));
	MUST(live_nodes() == 0);
	store(63, entry(2));
	MUST(live_nodes() == 1);
	store(64, entry(3));
	MUST(live_nodes() == 3);
	erase(64);
	MUST(live_nodes() == 1);
	erase(63);
	MUST(live_nodes() == 0);
	MUST(load(0) == entry(1));

	store(~0ul, entry(4));
	MUST(!xa_find_after_at(xa, &index, ~0ul, SIM_SITE("find")));
	MUST(index == ~0ul);
	index = 1;
	MUST(xa_find_at(xa, &index, ~0ul, SIM_SITE("find")) == entry(4));
	MUST(index == ~0ul);
	index = 1;
	MUST(!xa_find_at(xa, &index, ~0ul - 1, SIM_SITE("find")));

	MUST(xa_cmpxchg_at(xa, 5, NULL, entry(5), 0, SIM_SITE("cmp"), SIM_SITE("slab_alloc")) ==
	     NULL);
	MUST(xa_cmpxchg_at(xa, 5, NULL, entry(6), 0, SIM_SITE("cmp"), SIM_SITE("slab_alloc")) ==
	     entry(5));
	MUST(load(5) == entry(5));
	MUST(store(5, NULL) == entry(5));
	MUST(!load(5));
	xa_destroy(xa);
	MUST(live_nodes() == 0);
	MUST(!load(0));
}

START_TEST(it_is_as_high_as_its_largest_index_needs)
{
	broken = NULL;
	run(corners);
	ck_assert_msg(!broken, "%s", broken);
}
END_TEST

/* ------------------------------------------------------------ without memory */

static uint32_t nth;

static void starve(void *unused)
{
	static const struct world_inject never = { .point = "slab_alloc", .tid = -1 };
	struct world_inject once = never;
	void *old;

	(void)unused;
	store(0, entry(1));
	world_inject_add(&never);
	/* xa_mk_internal(-ENOMEM) */
	old = store(100000, entry(2));
	MUST(old == (void *)(-12ul << 2 | 2));
	MUST(!load(100000));
	MUST(load(0) == entry(1));

	/* A node is allocated under the lock, or else outside of it and the store repeated. */
	world_inject_clear();
	once.nth = nth;
	world_inject_add(&once);
	MUST(!store(100000, entry(2)));
	MUST(world_inject_fired(0) == 1);
	MUST(load(100000) == entry(2));
	MUST(load(0) == entry(1));
	world_inject_clear();

	erase(100000);
	MUST(live_nodes() == 0);
	MUST(load(0) == entry(1));
}

START_TEST(a_store_without_memory_changes_nothing_and_one_failure_is_repaired)
{
	nth = _i;
	broken = NULL;
	run(starve);
	ck_assert_msg(!broken, "%s", broken);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("xarray");
	TCase *t = tcase_create("xarray");

	world_init();
	tcase_add_loop_test(t, it_holds_what_a_list_of_pairs_holds, 0, 10);
	tcase_add_test(t, it_is_as_high_as_its_largest_index_needs);
	tcase_add_loop_test(t, a_store_without_memory_changes_nothing_and_one_failure_is_repaired,
			    1, 4);
	suite_add_tcase(s, t);
	return run_suite(s);
}
