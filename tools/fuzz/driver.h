/* SPDX-License-Identifier: GPL-2.0-only */
/* driver.h - uffdsim fuzz: processes that run seeds, and the one that gathers what they find */
#ifndef TOOLS_FUZZ_DRIVER_H
#define TOOLS_FUZZ_DRIVER_H

#include <stdatomic.h>
#include <sys/types.h>

#include "tools/fuzz/findings.h"
#include "tools/fuzz/guided.h"

enum { FUZZ_MAX_JOBS = 256, FUZZ_SCHEDULES = 64 };

struct fuzz_options {
	struct fuzz_kernel kernel;
	const char *mode;
	const char *portfolio;
	uint64_t first, last; /* seeds of scenarios, both included */
	uint64_t schedules;   /* of each scenario */
	double seconds;	      /* 0: any time */
	unsigned int jobs;
	const char *folder; /* for what fails */
	bool verify;	    /* every run twice */
	bool guided;	    /* keep and change what reaches new branches */
	size_t enough;	    /* for a measurement: stop at so many branches; 0: any number */
	bool no_check;	    /* invariants off, for the benchmark */
	bool quiet;	    /* nothing is printed, for the benchmark and the tests */
};

/* What a worker has done; it alone writes here. */
struct fuzz_tally {
	uint64_t scenarios, runs, steps;
	uint64_t traces; /* runs that did not repeat another one of their scenario */
	uint64_t failures;
	uint64_t seed;	    /* at work on this one, 0 .. last */
	uint64_t block_end; /* of the seeds that it was handed: one past the last */
	uint64_t pad[9];    /* workers must not share a cache line */
};

/* Memory of all processes. */
struct fuzz_shared {
	_Atomic uint64_t handed; /* seeds, counted from the first */
	_Atomic int stop;
	uint8_t seen[GUIDED_MOST]; /* branches of the copy paths that some run took */
	_Alignas(128) struct fuzz_tally tally[FUZZ_MAX_JOBS];
};

/* What a run of the whole command came to. */
struct fuzz_result {
	struct fuzz_tally sum;
	double seconds;
	unsigned int findings;
	size_t branches; /* of the copy paths that were taken */
	uint64_t next;	 /* seeds below this one were all begun */
	bool failed;	 /* of the program itself: something could not be written */
	bool interrupted;
};

/* Runs until the seeds or the time are used up, or Ctrl-C. */
void fuzz_run(const struct fuzz_options *options, struct fuzz_result *result);

/* worker.c: the life of a worker; findings go to @out as struct finding_wire. */
void fuzz_work(const struct fuzz_options *options, struct fuzz_shared *shared, unsigned int self,
	       int out);

/* wire.c: findings through a pipe. */
bool fuzz_send(int out, const struct finding *f);
/* Takes one finding out of what has been read so far; NULL: not all of it is there. */
struct finding *fuzz_receive(GByteArray *in);

/* verify.c: every run of a scenario again on a fresh machine; a finding where they differ. */
struct fuzz_ran {
	struct fuzz_token token; /* with the hash */
	bool failed;
};

struct finding *fuzz_verify(struct fuzz_case *c, const struct fuzz_ran *runs, uint64_t n);
/* The first step in which two runs differ, as text; NULL: they do not.  Free with g_free(). */
char *fuzz_difference(const struct world_event *a, size_t na, const struct world_event *b,
		      size_t nb);

/* progress.c: a line that is written over on a terminal, or lines of a log. */
struct fuzz_progress;

struct fuzz_progress *fuzz_progress_new(void);
void fuzz_progress_show(struct fuzz_progress *p, const struct fuzz_tally *sum,
			unsigned int findings);
/* Out of the way of what is printed next. */
void fuzz_progress_clear(struct fuzz_progress *p);
void fuzz_progress_free(struct fuzz_progress *p);
/* "12.3 M" */
char *fuzz_rough(double number);

/* merge.c: `uffdsim fuzz --merge`; exit status. */
int fuzz_merge(char **folders, const char *into);

#endif
