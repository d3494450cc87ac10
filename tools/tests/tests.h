/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of unit tests share. */
#ifndef GCMA_TESTS_H
#define GCMA_TESTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct unit_test {
	const char *name;
	void (*run)(void);
};

/* Each ends with an empty one. */
extern const struct unit_test trace_tests[];
extern const struct unit_test model_tests[];
extern const struct unit_test cache_tests[];

/* Whether the test that runs has found nothing wrong so far. */
extern bool good;

#define CHECK(cond) \
	do { \
		if (!(cond)) { \
			good = false; \
			printf("# %s:%d: %s\n", __func__, __LINE__, #cond); \
		} \
	} while (0)

/* Random numbers that are the same each time; below @limit. */
static inline uint32_t pick(uint64_t *chance, uint32_t limit)
{
	*chance = *chance * 6364136223846793005ull + 1442695040888963407ull;
	return (*chance >> 33) % limit;
}

#endif
