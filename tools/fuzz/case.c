// SPDX-License-Identifier: GPL-2.0-only
/* case.c - the scenario of a seed, read and ready to be run */
#include <string.h>

#include "tools/fuzz/case.h"
#include "tools/fuzz/gen.h"
#include "tools/fuzz/modes.h"

static bool load(struct fuzz_case *c, char **error)
{
	struct diag *d = diag_new();
	bool ok;

	c->file = lang_load_text(c->text, strlen(c->text), c->name, d);
	if (c->file)
		interp_check_points(c->file, d);
	ok = c->file && !d->errors;
	if (!ok)
		*error = diag_text(d);
	diag_free(d);
	return ok;
}

bool fuzz_case_open(struct fuzz_case *c, uint64_t seed, const struct fuzz_kernel *kernel,
		    const char *mode, const struct interp_options *options, char **error)
{
	const struct fuzz_gen gen = {
		.seed = seed,
		.kernel = kernel->line,
		.mode = fuzz_mode_for_generator(mode),
	};

	return fuzz_case_make(c, &gen, kernel, options, error);
}

bool fuzz_case_make(struct fuzz_case *c, const struct fuzz_gen *gen,
		    const struct fuzz_kernel *kernel, const struct interp_options *options,
		    char **error)
{
	*c = (struct fuzz_case){
		.name = g_strdup_printf("seed-%lu.uffd", (unsigned long)gen->seed),
		.text = fuzz_generate(gen),
	};
	if (!c->text) {
		*error = g_strdup_printf("the generator knows no mode '%s'\n", gen->mode);
		return false;
	}
	if (!load(c, error))
		return false;
	c->scenario = c->file->scenarios->pdata[0];
	c->race = interp_race_new(c->file, c->scenario, kernel->name, options);
	return true;
}

void fuzz_case_close(struct fuzz_case *c)
{
	if (c->race)
		interp_race_free(c->race);
	if (c->file)
		lang_free(c->file);
	g_free(c->text);
	g_free(c->name);
}
