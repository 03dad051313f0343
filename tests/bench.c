// SPDX-License-Identifier: GPL-2.0-only
/*
 * bench.c - how fast the simulator is on this machine (`make bench`)
 *
 * Every figure is the median of several rounds within one run; what is compared with each
 * other is measured in alternation.
 */
#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

#include "model/model.h"
#include "sim/fiber.h"
#include "sim/world.h"

enum { ROUNDS = 9 };

#define KIB 1024ul
#define MIB (1024 * KIB)
#define PAGE (4 * KIB)
#define VIEW 0x100000000000ul  /* the registered view of the file */
#define ALIAS 0x140000000000ul /* the other one */
#define SOURCE 0x180000000000ul

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *v, unsigned int n)
{
	qsort(v, n, sizeof(*v), by_value);
	return v[n / 2];
}

static void die(const char *what)
{
	const struct world_report *r = world_report();

	fprintf(stderr, "bench: %s: %s: %s\n", what,
		r->invariant ? r->invariant : "unexpected result", r->text);
	exit(1);
}

/* ---------------------------------------------------------------- switches */

static struct fiber host, ping, pong;
static unsigned long switches_left;

static void ping_main(void)
{
	fiber_after_switch();
	while (switches_left) {
		switches_left -= 2;
		fiber_jump(&ping, &pong);
	}
	fiber_jump(&ping, &host);
}

static void pong_main(void)
{
	for (;;)
		fiber_jump(&pong, &ping);
}

static double switch_ns(void)
{
	const unsigned long n = 4000000;
	double v[ROUNDS], start;
	int i;

	for (i = 0; i < ROUNDS; i++) {
		switches_left = n;
		fiber_start(&ping, 0, ping_main);
		fiber_start(&pong, 1, pong_main);
		start = now();
		fiber_jump(&host, &ping);
		v[i] = (now() - start) / n;
	}
	return median(v, ROUNDS);
}

/* ---------------------------------------------------------- the two worlds */

enum backing { SHMEM, HUGETLB, ANON };

static const char *const backing_name[] = { "4K shmem", "2M hugetlb", "4K anonymous" };

struct setup {
	enum backing backing;
	unsigned long pages;  /* of the file, or anonymous */
	unsigned long frames; /* small page frames of the machine */
	bool check;
	bool populate; /* the page cache, through the alias */
	bool map_all;  /* and the alias' page tables are kept */
	bool minor;
	bool ahead; /* nothing is done over again */
};

static struct setup cfg;
static int uffd, thread[3];

/* For a handler that takes what has come together: that many threads fault. */
enum { BATCH = 16 };

static int crowd[BATCH];

static unsigned long page_size(void)
{
	return cfg.backing == HUGETLB ? 2 * MIB : PAGE;
}

static void must(long ret, const char *what)
{
	if (ret < 0) {
		fprintf(stderr, "bench: %s: %ld\n", what, ret);
		exit(1);
	}
}

static void boot(void *unused)
{
	struct model_machine m = {
		.pages = cfg.frames,
		.huge_2m = cfg.backing == HUGETLB ? cfg.pages : 0,
		.unprivileged_userfaultfd = 1,
	};
	static const char *const names[] = { "vcpu", "h1", "h2" };
	int i, p;

	model_select_kernel("v6.1");
	model_boot(&m);
	p = model_process_create("main");
	for (i = 0; i < 3; i++)
		thread[i] = model_thread_create(p, names[i]);
	for (i = 0; i < BATCH; i++)
		crowd[i] = model_thread_create(p, "crowd");
}

static void map(unsigned long at, int fd, unsigned long bytes)
{
	int flags = MAP_FIXED | (fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED);

	must(model_mmap(at, bytes, PROT_READ | PROT_WRITE, flags, fd, 0) < 0 ? -1 : 0, "mmap");
}

static void make_memory(void)
{
	unsigned long bytes = cfg.pages * page_size(), i;
	int fd;

	if (cfg.backing == ANON) {
		map(VIEW, -1, bytes);
		return;
	}
	fd = model_memfd_create("bench", cfg.backing == HUGETLB ? 4u : 0u);
	must(fd, "memfd_create");
	must(model_ftruncate(fd, bytes), "ftruncate");
	map(VIEW, fd, bytes);
	map(ALIAS, fd, bytes);
	for (i = 0; cfg.populate && i < cfg.pages; i++)
		must(model_store(ALIAS + i * page_size(), 0x5a), "store");
}

static void set_up(void *unused)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { VIEW, cfg.pages * page_size() },
		.mode = cfg.minor ? UFFDIO_REGISTER_MODE_MINOR : UFFDIO_REGISTER_MODE_MISSING,
	};

	make_memory();
	map(SOURCE, -1, 2 * MIB);
	must(model_store(SOURCE, 0x11), "store");
	uffd = model_userfaultfd(O_NONBLOCK);
	must(uffd, "userfaultfd");
	must(model_ioctl(uffd, UFFDIO_API, &api, sizeof(api)), "UFFDIO_API");
	must(model_ioctl(uffd, UFFDIO_REGISTER, &reg, sizeof(reg)), "UFFDIO_REGISTER");
}

static void make_world(struct setup s)
{
	struct world_config c = { .check = s.check, .no_undo = s.ahead, .max_steps = 1ull << 40 };

	cfg = s;
	world_reset(&c);
	world_call(boot, NULL);
	world_strategy_sequential();
	world_thread_start(thread[0], set_up, NULL);
	if (world_run(~0ull) != WORLD_DONE)
		die("set-up");
}

/* ----------------------------------------------------------------- the race */

static void race_load(void *arg)
{
	unsigned long long v;

	if (model_load(VIEW + (unsigned long)arg, &v) || v != 0x5a)
		die("load");
}

static void race_continue(void *arg)
{
	struct uffdio_continue c = { .range = { VIEW + (unsigned long)arg, page_size() } };
	long ret = model_ioctl(uffd, UFFDIO_CONTINUE, &c, sizeof(c));

	if (ret && ret != -17)
		die("continue");
}

struct rate {
	double ns_run, ns_step;
	unsigned long steps;
};

static struct rate race_round(unsigned int runs, unsigned long page, uint64_t seed)
{
	struct rate r = { 0 };
	double start = now();
	uint64_t before;
	unsigned int i;

	for (i = 0; i < runs; i++) {
		world_restore();
		before = world_steps();
		world_strategy_random(seed + i);
		world_preempt_bound(2);
		world_thread_start(thread[0], race_load, (void *)page);
		world_thread_start(thread[1], race_continue, (void *)page);
		world_thread_start(thread[2], race_continue, (void *)page);
		if (world_run(~0ull) != WORLD_DONE)
			die("race");
		r.steps += world_steps() - before;
	}
	r.ns_run = (now() - start) / runs;
	r.ns_step = (now() - start) / r.steps;
	r.steps /= runs;
	return r;
}

/* Rounds with and without invariants in alternation, in the same world. */
static void race(struct setup s, struct rate *with, struct rate *without)
{
	double run[2][ROUNDS], step[2][ROUNDS];
	int i, on;

	s.check = true;
	make_world(s);
	world_checkpoint();
	for (i = 0; i < ROUNDS; i++) {
		for (on = 0; on < 2; on++) {
			struct rate r;

			world_set_check(on);
			r = race_round(20000, 0, i * 20000);
			run[on][i] = r.ns_run;
			step[on][i] = r.ns_step;
			with->steps = without->steps = r.steps;
		}
	}
	without->ns_run = median(run[0], ROUNDS);
	without->ns_step = median(step[0], ROUNDS);
	with->ns_run = median(run[1], ROUNDS);
	with->ns_step = median(step[1], ROUNDS);
}

/* ------------------------------------------------------------------- faults */

static bool fill_by_copy;

/* The faulting thread and the handler take turns: a fault, its message, its resolution. */
static void touch_all(void *unused)
{
	unsigned long long v;
	unsigned long i;

	for (i = 0; i < cfg.pages; i++) {
		if (model_load(VIEW + i * page_size(), &v))
			die("load");
	}
}

static long resolve(unsigned long address, unsigned long len)
{
	if (fill_by_copy) {
		struct uffdio_copy c = { .dst = address, .src = SOURCE, .len = len };

		return model_ioctl(uffd, UFFDIO_COPY, &c, sizeof(c));
	} else {
		struct uffdio_continue c = { .range = { address, len } };

		return model_ioctl(uffd, UFFDIO_CONTINUE, &c, sizeof(c));
	}
}

static void handle_one(void *unused)
{
	struct uffd_msg m;

	if (model_read(uffd, &m, sizeof(m)) != sizeof(m))
		die("read");
	if (resolve(m.arg.pagefault.address, page_size()))
		die("resolve");
}

static double faults_per_second(struct setup s, bool copy)
{
	double v[5], start;
	unsigned int i;
	unsigned long k;

	fill_by_copy = copy;
	s.ahead = true;
	for (i = 0; i < 5; i++) {
		make_world(s);
		world_thread_start(thread[0], touch_all, NULL);
		start = now();
		for (k = 0; k < s.pages; k++) {
			if (world_run(1ull << thread[0]) != WORLD_BLOCKED)
				die("fault");
			world_thread_start(thread[1], handle_one, NULL);
			if (world_run(1ull << thread[1]) != WORLD_DONE)
				die("handler");
		}
		if (world_run(1ull << thread[0]) != WORLD_DONE)
			die("end");
		v[i] = s.pages / ((now() - start) / 1e9);
	}
	return median(v, 5);
}

/* One thread a page; one read of all messages, one ioctl for all pages. */
static void touch_one(void *at)
{
	unsigned long long v;

	if (model_load((unsigned long)at, &v))
		die("load");
}

static void handle_all(void *first)
{
	struct uffd_msg m[BATCH];

	if (model_read(uffd, m, sizeof(m)) != sizeof(m))
		die("read");
	if (resolve((unsigned long)first, BATCH * page_size()))
		die("resolve");
}

static void one_batch(unsigned long first)
{
	unsigned int i;

	for (i = 0; i < BATCH; i++)
		world_thread_start(crowd[i], touch_one, (void *)(first + i * page_size()));
	if (world_run(~0ull) != WORLD_BLOCKED)
		die("fault");
	world_thread_start(thread[1], handle_all, (void *)first);
	if (world_run(~0ull) != WORLD_DONE)
		die("handler");
}

static double batched_faults_per_second(struct setup s, bool copy)
{
	double v[5], start;
	unsigned int i;
	unsigned long k;

	fill_by_copy = copy;
	s.ahead = true;
	for (i = 0; i < 5; i++) {
		make_world(s);
		start = now();
		for (k = 0; k + BATCH <= s.pages; k += BATCH)
			one_batch(VIEW + k * page_size());
		v[i] = k / ((now() - start) / 1e9);
	}
	return median(v, 5);
}

/* --------------------------------------------------------------------- size */

static void sizes(void)
{
	static const unsigned long pages[] = { 4, 4096, 1ul << 20 };
	double base = 0;
	unsigned int i;

	for (i = 0; i < 3; i++) {
		struct setup s = { .backing = SHMEM,
				   .pages = pages[i],
				   .frames = pages[i] + 4096,
				   .check = true,
				   .populate = true,
				   .minor = true };
		double step[ROUNDS];
		size_t used;
		int k;

		make_world(s);
		world_checkpoint();
		used = world_arena_used();
		for (k = 0; k < ROUNDS; k++)
			step[k] = race_round(20000, 0, k * 20000).ns_step;
		if (!i)
			base = median(step, ROUNDS);
		printf("%7lu mapped pages: %6.1f ns a step (%.2fx), %lu bytes of machine a page\n",
		       pages[i], median(step, ROUNDS), median(step, ROUNDS) / base,
		       used / pages[i]);
	}
}

int main(void)
{
	struct setup small = {
		.backing = SHMEM, .pages = 1, .frames = 256, .populate = true, .minor = true
	};
	struct setup huge = small;
	struct rate with, without;

	if (!world_can_restore()) {
		printf("bench: not in this build: it has no undo log\n");
		return 77;
	}
	world_init();
	printf("thread switch: %.2f ns\n", switch_ns());
	huge.backing = HUGETLB;
	race(small, &with, &without);
	printf("race-two-continues, shmem: %lu steps a run\n", with.steps);
	printf("  invariants on:  %8.0f runs/s %6.1f M steps/s (%.1f ns)\n", 1e9 / with.ns_run,
	       1e3 / with.ns_step, with.ns_step);
	printf("  invariants off: %8.0f runs/s %6.1f M steps/s (%.1f ns), ratio %.2f\n",
	       1e9 / without.ns_run, 1e3 / without.ns_step, without.ns_step,
	       with.ns_run / without.ns_run);
	race(huge, &with, &without);
	printf("race-two-continues, hugetlb: %lu steps a run\n", with.steps);
	printf("  invariants on:  %8.0f runs/s %6.1f M steps/s (%.1f ns)\n", 1e9 / with.ns_run,
	       1e3 / with.ns_step, with.ns_step);
	printf("  invariants off: %8.0f runs/s %6.1f M steps/s (%.1f ns), ratio %.2f\n",
	       1e9 / without.ns_run, 1e3 / without.ns_step, without.ns_step,
	       with.ns_run / without.ns_run);
	{
		struct {
			struct setup s;
			bool copy;
		} f[] = {
			{ { .backing = ANON, .pages = 10000, .frames = 20000 }, true },
			{ { .backing = SHMEM,
			    .pages = 10000,
			    .frames = 20000,
			    .populate = true,
			    .minor = true },
			  false },
			{ { .backing = HUGETLB,
			    .pages = 500,
			    .frames = 4096,
			    .populate = true,
			    .minor = true },
			  false },
			{ { .backing = HUGETLB, .pages = 500, .frames = 4096 }, true },
		};
		unsigned int i;
		int on;

		for (i = 0; i < 4; i++) {
			for (on = 0; on < 2; on++) {
				f[i].s.check = on;
				printf("%s, %s: %.2f M faults/s, invariants %s\n",
				       backing_name[f[i].s.backing],
				       f[i].copy ? "COPY" : "CONTINUE",
				       faults_per_second(f[i].s, f[i].copy) / 1e6,
				       on ? "on" : "off");
				if (f[i].s.backing == HUGETLB)
					continue;
				printf("  %d at a time: %.2f M faults/s, invariants %s\n", BATCH,
				       batched_faults_per_second(f[i].s, f[i].copy) / 1e6,
				       on ? "on" : "off");
			}
		}
	}
	sizes();
	return 0;
}
