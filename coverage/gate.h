/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * gate.h - what the coverage build links in beside the model
 *
 * A scenario that is about UFFDIO_COPY also stores, faults and unmaps, and many functions of
 * the copy paths are those of faults too.  So the counters of the measured files run only
 * while a thread is inside an ioctl of the mode that is measured, and not while it takes a
 * page fault there, or gives back an address space.  Here is what opens and closes the gate;
 * calls.c says when.
 */
#ifndef COVERAGE_GATE_H
#define COVERAGE_GATE_H

enum cov_mode { COV_NONE, COV_COPY, COV_ZEROPAGE, COV_CONTINUE, COV_WRITEPROTECT };

/* What UFFDSIM_COVERAGE_MODE says; COV_NONE: everything counts, whoever runs. */
enum cov_mode cov_measured(void);

/* Whether the counters run for this thread from now on.  Returns what it was. */
int cov_count(int count);

/* Of the present call of this thread: data were copied without locks. */
void cov_second_pass_begins(void);
int cov_second_pass_forget(void);

/* One call has returned; kept if UFFDSIM_COVERAGE_CELLS names a file. */
void cov_returned(const char *backing, const char *outcome);

#endif
