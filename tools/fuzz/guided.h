/* SPDX-License-Identifier: GPL-2.0-only */
/* guided.h - scenarios that are kept and changed, because they reached something new */
#ifndef TOOLS_FUZZ_GUIDED_H
#define TOOLS_FUZZ_GUIDED_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * A scenario is a list of seeds, one for each of its parts: what it is about, its world, its
 * threads, each line.  Another list makes another scenario, and where a list is too short the
 * scenario's own seed goes on.  Kept are those whose runs took a branch of the copy paths that
 * few or no scenarios had taken.
 */
struct guided;

/* @seen: a byte for each way of each branch, shared with other processes. */
struct guided *guided_new(uint8_t *seen);
void guided_free(struct guided *g);
/* Ways of the branches of the copy paths in all, and those in @seen. */
size_t guided_all(void);
size_t guided_taken(const uint8_t *seen);

/*
 * The seeds with which the scenario of @seed begins: none for every second seed, and before
 * anything is kept.  It depends on the seed and on what is kept.  g_array_free() it.
 */
GArray *guided_draws(struct guided *g, uint64_t seed);
/* The runs of a scenario have been made; true: it was kept.  Copies @drawn; NULL: never kept. */
bool guided_note(struct guided *g, const GArray *drawn);

/* Ways that can be told apart: the size of @seen. */
enum { GUIDED_MOST = 2048 };

#endif
