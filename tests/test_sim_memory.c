// SPDX-License-Identifier: GPL-2.0-only
/* test_sim_memory.c - the memory of the machine alone: allocator, checkpoints, frames, TLBs */
#include "tests/sim_common.h"

#include "sim/footprint.h"
#include "sim/invariant.h"

static void *alloc_cb_result, *largest;

/* ----------------------------------------------------------------- memory */

static void touch_freed(void *arg)
{
	void *p = sim_alloc(100);

	sim_free(p);
	sim_memset(p, 1, 8);
}

__attribute__((no_sanitize("undefined"))) static void null_dereference(void *arg)
{
	*(volatile int *)arg = 1;
}

static int recurse(volatile int *p)
{
	volatile char frame[1000];

	frame[0] = *p;
	return *p ? recurse(p) + frame[0] : 0;
}

static void overflow(void *arg)
{
	volatile int one = 1;

	seen[0] = recurse(&one);
}

static void touch_frame(void *arg)
{
	*(volatile int *)sim_kmap(5) = 1;
}

static void divide(void *arg)
{
	volatile int zero = 0;

	if (!zero)
		__builtin_trap();
}

static const struct {
	void (*fn)(void *);
	enum world_verdict verdict;
	const char *invariant, *text;
} crashes[] = {
	{ touch_freed, WORLD_VIOLATION, "CTX", "freed memory: kmalloc-128 #" },
	{ null_dereference, WORLD_CRASH, "CRASH", "NULL dereference" },
	{ overflow, WORLD_CRASH, "CRASH", "stack overflow" },
	{ touch_frame, WORLD_CRASH, "CRASH", "page frame 5" },
	{ divide, WORLD_CRASH, "CRASH", "impossible instruction" },
};

START_TEST(a_crash_ends_the_run_and_not_the_program)
{
	boot(1);
	ck_assert_int_eq(run_one(crashes[_i].fn, NULL), crashes[_i].verdict);
	ck_report(crashes[_i].invariant, crashes[_i].text);
	boot(1);
	ck_assert_int_eq(run_one(count_locked, (void *)3), WORLD_DONE);
}
END_TEST

static void alloc_some(void *arg)
{
	unsigned int i;

	for (i = 0; i < 100; i++) {
		alloc_cb_result = sim_alloc(64 << (i % 4));
		sim_memset(alloc_cb_result, 0x5a, 64);
		if (i % 4 == 3 && i % 3)
			largest = alloc_cb_result;
		if (i % 3 == 0)
			sim_free(alloc_cb_result);
	}
	sim_phys_write(3, 2, 42);
	add(5);
	sim_lock(inner, SIM_SITE("mutex_lock"));
}

START_TEST(a_restore_brings_back_every_word)
{
	unsigned int i;

	boot_with((struct world_config){ .verify_restore = true }, 1);
	sim_phys_region(0, 16, 0);
	if (!world_can_restore())
		return;
	world_checkpoint();
	for (i = 0; i < 5; i++) {
		world_restore();
		ck_assert_uint_eq(sim_phys_read(3, 2), 0);
		ck_assert_int_eq(run_one(alloc_some, NULL), WORLD_DONE);
		ck_assert_uint_eq(sim_phys_read(3, 2), 42);
		ck_assert_uint_eq(*counter, 5);
	}
	ck_assert(sim_is_live((char *)largest + 448));
	world_restore();
	ck_assert_uint_eq(*counter, 0);
	ck_assert(!sim_lock_is_held(inner));
	ck_assert(!sim_is_live(largest));
	ck_assert(!sim_is_live((char *)largest + 448));
}
END_TEST

static void recycle(void *arg)
{
	struct sim_cache *c = sim_cache_create("recycled", 60000, 8, 0, NULL);
	unsigned int i, again = 0;
	void *first = sim_cache_alloc(c), *p;

	sim_cache_free(c, first);
	for (i = 0; i < 3000; i++) {
		p = sim_cache_alloc(c);
		if (p == first) {
			again++;
			break;
		}
		sim_cache_free(c, p);
	}
	seen[0] = i;
	seen[1] = again;
}

START_TEST(freed_objects_are_used_again_late_and_oldest_first)
{
	boot(1);
	ck_assert_int_eq(run_one(recycle, NULL), WORLD_DONE);
	ck_assert_uint_gt(seen[0], 900);
	ck_assert_uint_eq(seen[1], 1);
}
END_TEST

/* ----------------------------------------------------------------- frames */

START_TEST(a_copied_frame_shares_until_written)
{
	boot(1);
	sim_phys_region(0, 16, 0);
	sim_phys_write(1, 0, 7);
	sim_phys_write(1, 7, 9);
	sim_phys_copy(2, 1, 1);
	sim_phys_write(1, 0, 8);
	ck_assert_uint_eq(sim_phys_read(2, 0), 7);
	ck_assert_uint_eq(sim_phys_read(2, 7), 9);
	ck_assert_uint_eq(sim_phys_read(1, 0), 8);
	sim_phys_clear(2, 1);
	ck_assert_uint_eq(sim_phys_read(2, 7), 0);
}
END_TEST

START_TEST(a_copy_in_parts_is_seen_half_done)
{
	boot(1);
	sim_phys_region(0, 16, 0);
	sim_phys_write(1, 0, 7);
	sim_phys_write(1, 7, 9);
	sim_phys_copy_words(2, 1, 0, 4);
	ck_assert_uint_eq(sim_phys_read(2, 0), 7);
	ck_assert_uint_eq(sim_phys_read(2, 7), 0);
	sim_phys_copy_words(2, 1, 4, 4);
	ck_assert_uint_eq(sim_phys_read(2, 7), 9);
}
END_TEST

START_TEST(a_huge_page_keeps_its_frames_apart)
{
	unsigned long i;

	boot(1);
	sim_phys_region(0, 512, 0);
	sim_phys_region(512, 2048, 9);
	sim_phys_write(512, 0, 1);
	sim_phys_write(512 + 5, 0, 2);
	ck_assert_uint_eq(sim_phys_read(512 + 4, 0), 0);
	sim_phys_copy(1024, 512, 512);
	ck_assert_uint_eq(sim_phys_read(1024, 0), 1);
	ck_assert_uint_eq(sim_phys_read(1024 + 5, 0), 2);
	ck_assert_uint_eq(sim_phys_read(1024 + 6, 0), 0);
	sim_phys_clear(512, 512);
	for (i = 0; i < 512; i++)
		ck_assert_uint_eq(sim_phys_read(512 + i, 0), 0);
	ck_assert_uint_eq(sim_phys_read(1024 + 5, 0), 2);
	for (i = 0; i < 512; i++)
		sim_phys_copy(1536 + i, 1024 + i, 1);
	ck_assert_uint_eq(sim_phys_read(1536, 0), 1);
	ck_assert_uint_eq(sim_phys_read(1536 + 5, 0), 2);
	ck_assert_uint_eq(sim_phys_read(1536 + 511, 0), 0);
}
END_TEST

static void ck_frames(unsigned long pfn, unsigned long n, unsigned long a, unsigned long b)
{
	unsigned long i;

	for (i = 0; i < n; i++)
		ck_assert_uint_eq(sim_phys_read(pfn + i, 0), i == a ? 1 : i == b ? 2 : 0);
}

START_TEST(scattered_frames_make_a_huge_page)
{
	unsigned long src[256], i;

	boot(1);
	sim_phys_region(0, 512, 0);
	sim_phys_region(512, 2048, 9);
	sim_phys_write(1, 0, 1);
	sim_phys_write(2, 0, 2);
	sim_phys_write(1024 + 7, 0, 3);
	for (i = 0; i < 256; i++)
		src[i] = 3;
	src[5] = 1;
	src[9] = 2;
	sim_phys_gather(1024, src, 256);
	ck_frames(1024, 512, 5, 9);
	sim_phys_copy(1536, 1024, 512);
	ck_frames(1536, 512, 5, 9);
	/* What one of the frames is now is not what the copy is. */
	sim_phys_write(1024 + 5, 0, 0);
	ck_frames(1024, 512, 512, 9);
	ck_frames(1536, 512, 5, 9);
	sim_phys_gather(2048 + 256 - 6, src, 10);
	ck_frames(2048, 512, 255, 256 + 3);
	ck_assert(sim_phys_differ(1024, 1536, 512));
	sim_phys_write(1024 + 5, 0, 1);
	ck_assert(!sim_phys_differ(1024, 1536, 512));
}
END_TEST

static struct footprint of_copy, of_store;

static void keep_footprint(struct footprint *to)
{
	const struct footprint *f = footprint_close(undo_next);

	*to = *f;
	to->list = malloc(f->n * sizeof(*f->list));
	memcpy(to->list, f->list, f->n * sizeof(*f->list));
	footprint_clear();
}

static void copy_half_a_page(void *unused)
{
	footprint_begin();
	sim_phys_copy(1024, 512, 256);
	keep_footprint(&of_copy);
}

static void store_to(void *pfn)
{
	sim_phys_write((unsigned long)pfn, 0, 9);
	keep_footprint(&of_store);
	footprint_end();
}

/* Else a search takes a store and the copy of the page that it goes to for two that do not meet. */
START_TEST(a_copy_of_a_huge_page_meets_each_store_to_it)
{
	static const struct {
		unsigned long pfn;
		bool meets;
	} row[] = { { 512, true },
		    { 512 + 5, true },
		    { 512 + 9, true },
		    { 512 + 100, true },
		    { 512 + 300, false } };

	boot(1);
	sim_phys_region(0, 512, 0);
	sim_phys_region(512, 2048, 9);
	sim_phys_write(512 + 5, 0, 1);
	sim_phys_write(512 + 9, 0, 2);
	world_host_step();
	world_call(copy_half_a_page, NULL);
	world_call(store_to, (void *)row[_i].pfn);
	ck_assert_int_eq(footprint_conflict(&of_copy, &of_store), row[_i].meets);
	free(of_copy.list);
	free(of_store.list);
}
END_TEST

/* ------------------------------------------------------------ the TLBs */

enum { TLB_PAGES = 40, ENTRY_OK = 3 };

static unsigned long page_table[TLB_PAGES], frames_read[TLB_PAGES];
static unsigned long pages_read;
static const struct sim_tlb_format tlb_format = {
	.usable = ENTRY_OK,
	.kept = ~0xffful | 1,
	.frame = ~0xffful,
};

static void one_page_at_a_time(void *arg)
{
	unsigned long i, addr = 1ul << 21;
	unsigned int shift;
	sim_u64 value;

	for (i = 0; i < TLB_PAGES; i++, addr += 4096) {
		value = sim_tlb_lookup(7, addr, &shift);
		if (!value) {
			if ((page_table[i] & ENTRY_OK) != ENTRY_OK)
				break;
			value = page_table[i] & tlb_format.kept;
			sim_tlb_fill(7, addr, 12, value);
		}
		frames_read[i] = value >> 12;
	}
	pages_read = i;
}

static void all_ahead(void *arg)
{
	pages_read =
		sim_tlb_read_ahead(7, 1ul << 21, TLB_PAGES, page_table, &tlb_format, frames_read);
}

static void fill_some(void *arg)
{
	unsigned long i;

	/* Of an earlier page table, of another address space, and of a page that is used last. */
	sim_tlb_fill(7, (1ul << 21) + 3 * 4096, 12, 0x777001);
	sim_tlb_fill(8, (1ul << 21) + 4 * 4096, 12, 0x888001);
	sim_tlb_fill(7, (1ul << 21) + 20 * 4096, 12, 0x999001);
	for (i = 0; i < TLB_PAGES; i++)
		page_table[i] = (100 + i) << 12 | ENTRY_OK;
	page_table[33] &= ~2ul;
}

static void fill_large(void *arg)
{
	sim_tlb_fill(7, 1ul << 21, 21, 0x200001);
}

static void make_tlbs(void *unused)
{
	sim_tlb_boot(0);
}

START_TEST(reading_ahead_leaves_what_reading_leaves)
{
	struct sim_tlb left;
	unsigned long frames[TLB_PAGES];

	boot(1);
	world_call(make_tlbs, NULL);
	world_checkpoint();
	run_one(fill_some, NULL);
	run_one(one_page_at_a_time, NULL);
	ck_assert_uint_eq(pages_read, 33);
	left = *sim_tlb_of(0);
	memcpy(frames, frames_read, sizeof(frames));
	world_restore();
	ck_assert_uint_eq(sim_tlb_of(0)->live, 0);
	run_one(fill_some, NULL);
	run_one(all_ahead, NULL);
	ck_assert_uint_eq(pages_read, 33);
	ck_assert(!memcmp(&left, sim_tlb_of(0), sizeof(left)));
	ck_assert(!memcmp(frames, frames_read, sizeof(frames)));
	ck_assert_uint_eq(frames_read[3], 0x777);
	world_restore();
	ck_assert_uint_eq(sim_tlb_of(0)->live, 0);
	run_one(fill_some, NULL);
	run_one(fill_large, NULL);
	run_one(all_ahead, NULL);
	ck_assert_uint_eq(pages_read, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sim: memory");
	TCase *t;

	t = tcase_create("memory");
	tcase_add_loop_test(t, a_crash_ends_the_run_and_not_the_program, 0,
			    sizeof(crashes) / sizeof(crashes[0]));
	tcase_add_test(t, a_restore_brings_back_every_word);
	tcase_add_test(t, freed_objects_are_used_again_late_and_oldest_first);
	suite_add_tcase(s, t);
	t = tcase_create("frames");
	tcase_add_test(t, a_copied_frame_shares_until_written);
	tcase_add_test(t, a_copy_in_parts_is_seen_half_done);
	tcase_add_test(t, a_huge_page_keeps_its_frames_apart);
	tcase_add_test(t, scattered_frames_make_a_huge_page);
	tcase_add_loop_test(t, a_copy_of_a_huge_page_meets_each_store_to_it, 0, 5);
	suite_add_tcase(s, t);
	t = tcase_create("TLBs");
	if (world_can_restore())
		tcase_add_test(t, reading_ahead_leaves_what_reading_leaves);
	suite_add_tcase(s, t);
	return run_suite(s);
}
