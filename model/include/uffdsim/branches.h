/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * branches.h - records which way each `if` of a file goes, for `uffdsim coverage`
 *
 * The kernel does the same under CONFIG_PROFILE_ALL_BRANCHES, and counts.  Here a byte is
 * enough.  It is written by an instruction that the compiler does not look into, because what
 * the hooks of the compiler see would be taken back with the world.
 */
#ifndef UFFDSIM_BRANCHES_H
#define UFFDSIM_BRANCHES_H

#include "sim/branch.h"

#if defined(__x86_64__)
#define SIM_MARK(byte) ({ asm volatile("movb $1, %0" : "=m"(byte)); 1; })
#elif defined(__aarch64__)
#define SIM_MARK(byte) ({ asm volatile("strb %w1, %0" : "=Q"(byte) : "r"(1)); 1; })
#else
#define SIM_MARK(byte) ({ sim_branch_taken(&(byte)); 1; })
#endif

/* Conditions of headers are those of whoever includes them: only the file's own count. */
#define SIM_OWN_FILE (!__builtin_strcmp(__FILE__, __BASE_FILE__))

#define SIM_BRANCH(value, text)                                                                  \
	({                                                                                       \
		static struct sim_branch sim_branch_                                             \
			__attribute__((section("sim_branches"))) = { __func__, __FILE__, text,   \
								     __LINE__, { 0, 0 } };       \
		_Bool sim_taken_ = !!(value);                                                    \
                                                                                                 \
		(void)(SIM_OWN_FILE && SIM_MARK(sim_branch_.taken[sim_taken_]));                 \
		sim_taken_;                                                                      \
	})

#define if(...) if (SIM_BRANCH((__VA_ARGS__), #__VA_ARGS__))

#endif
