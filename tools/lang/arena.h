/* SPDX-License-Identifier: GPL-2.0-only */
/* arena.h - memory that lives as long as the scenario file it was made for */
#ifndef TOOLS_LANG_ARENA_H
#define TOOLS_LANG_ARENA_H

#include <glib.h>

struct lang_arena;

struct lang_arena *arena_new(void);
void arena_free(struct lang_arena *a);

/* Zeroed memory; never NULL. */
void *arena_alloc(struct lang_arena *a, size_t size);
/* A copy of @len bytes as a string. */
char *arena_strndup(struct lang_arena *a, const char *s, size_t len);
char *arena_strdup(struct lang_arena *a, const char *s);
/* An empty array that is freed with the arena. */
GPtrArray *arena_array(struct lang_arena *a);

#define arena_new0(arena, type) ((type *)arena_alloc(arena, sizeof(type)))

#endif
