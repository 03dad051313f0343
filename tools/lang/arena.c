// SPDX-License-Identifier: GPL-2.0-only
/* arena.c - memory that lives as long as the scenario file it was made for */
#include <string.h>

#include "tools/lang/arena.h"

enum { CHUNK = 16 << 10, ALIGN = 16 };

struct lang_arena {
	GPtrArray *chunks;
	GPtrArray *arrays;
	char *next;
	size_t left;
};

static void unref_array(void *array)
{
	g_ptr_array_unref(array);
}

struct lang_arena *arena_new(void)
{
	struct lang_arena *a = g_new0(struct lang_arena, 1);

	a->chunks = g_ptr_array_new_with_free_func(g_free);
	a->arrays = g_ptr_array_new_with_free_func(unref_array);
	return a;
}

void arena_free(struct lang_arena *a)
{
	if (!a)
		return;
	g_ptr_array_unref(a->arrays);
	g_ptr_array_unref(a->chunks);
	g_free(a);
}

void *arena_alloc(struct lang_arena *a, size_t size)
{
	void *p;

	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (size > a->left) {
		a->left = MAX(size, (size_t)CHUNK);
		a->next = g_malloc0(a->left);
		g_ptr_array_add(a->chunks, a->next);
	}
	p = a->next;
	a->next += size;
	a->left -= size;
	return p;
}

char *arena_strndup(struct lang_arena *a, const char *s, size_t len)
{
	char *copy = arena_alloc(a, len + 1);

	memcpy(copy, s, len);
	return copy;
}

char *arena_strdup(struct lang_arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

GPtrArray *arena_array(struct lang_arena *a)
{
	GPtrArray *array = g_ptr_array_new();

	g_ptr_array_add(a->arrays, array);
	return array;
}
