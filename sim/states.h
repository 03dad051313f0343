/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * states.h - the states that a search has seen, by their hashes; processes that search together
 * share them
 */
#ifndef SIM_STATES_H
#define SIM_STATES_H

#include <stdbool.h>
#include <stdint.h>

struct seen {
	uint64_t key;	  /* 0: free */
	uint32_t claimed; /* threads that have been, or are being, tried from there */
	uint32_t spare;
};

/*
 * An empty table for that many states, or some more.  @alone: no other process will have it; then
 * it grows, and @moved is called when what was found before stands elsewhere.
 */
void states_new(uint64_t max, bool alone, void (*moved)(void));
void states_free(void);
/* @key: not 0.  NULL: there is no room for another one. */
struct seen *states_find(uint64_t key, bool *is_new);
/* Where one stands that was found before. */
struct seen *states_again(uint64_t key);
/* It will be looked for soon. */
void states_expect(uint64_t key);

#endif
