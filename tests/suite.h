/* SPDX-License-Identifier: GPL-2.0-only */
/* suite.h - Check, and a suite from its beginning to the exit status */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

/* Check has an enum of that name. */
#define test_result check_test_result
#include <check.h>
#undef test_result
#include <stdint.h>
#include <stdlib.h>

/* Runs it and frees it; the exit status. */
static inline int run_suite(Suite *s)
{
	SRunner *runner = srunner_create(s);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* A test is a process, which takes long to make under AddressSanitizer: so @n seeds at a time. */
static inline void for_block(unsigned int block, unsigned int n, void (*fn)(uint64_t seed))
{
	uint64_t seed = (uint64_t)block * n, end = seed + n;

	for (; seed < end; seed++)
		fn(seed);
}

#endif
