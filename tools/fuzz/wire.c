// SPDX-License-Identifier: GPL-2.0-only
/* wire.c - findings on their way from a worker to the process that keeps them */
#include <string.h>

#include "tools/fuzz/driver.h"
#include "tools/output.h"

/* A length of the rest, two numbers, and the strings one after another with their NULs. */
struct head {
	uint32_t rest;
	uint32_t pad;
	uint64_t scenario, schedule;
};

bool fuzz_send(int out, const struct finding *f)
{
	const char *const strings[] = { f->kernel, f->key, f->reason, f->token, f->text };
	struct head h = { .scenario = f->scenario, .schedule = f->schedule };
	GByteArray *bytes = g_byte_array_new();
	unsigned int i;
	bool ok;

	g_byte_array_append(bytes, (const guint8 *)&h, sizeof(h));
	for (i = 0; i < G_N_ELEMENTS(strings); i++)
		g_byte_array_append(bytes, (const guint8 *)strings[i], strlen(strings[i]) + 1);
	((struct head *)bytes->data)->rest = bytes->len - sizeof(h);
	ok = write_all(out, bytes->data, bytes->len);
	g_byte_array_free(bytes, true);
	return ok;
}

struct finding *fuzz_receive(GByteArray *in)
{
	struct finding *f;
	struct head h;
	const char *at;
	unsigned int i;

	if (in->len < sizeof(h))
		return NULL;
	memcpy(&h, in->data, sizeof(h));
	if (in->len < sizeof(h) + h.rest)
		return NULL;
	f = g_new0(struct finding, 1);
	f->scenario = h.scenario;
	f->schedule = h.schedule;
	at = (const char *)in->data + sizeof(h);
	for (i = 0; i < 5; i++) {
		char **to[] = { &f->kernel, &f->key, &f->reason, &f->token, &f->text };

		*to[i] = g_strdup(at);
		at += strlen(at) + 1;
	}
	g_byte_array_remove_range(in, 0, sizeof(h) + h.rest);
	return f;
}
