// SPDX-License-Identifier: GPL-2.0
/* Samples, their percentiles and their histogram. */
#include <math.h>
#include <stdlib.h>

#include "stats.h"
#include "util.h"

#define ROUNDING	(1.0 / 1000000000)

void samples_add(struct samples *samples, uint64_t value)
{
	if (samples->nr == samples->room) {
		samples->room = samples->room ? 2 * samples->room : 1024;
		samples->value = reallocarray(samples->value, samples->room,
					      sizeof(*samples->value));
		if (!samples->value)
			die("out of memory");
	}
	samples->value[samples->nr++] = value;
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

void samples_sort(struct samples *samples)
{
	if (samples->nr)
		qsort(samples->value, samples->nr, sizeof(*samples->value),
		      compare_u64);
}

void samples_free(struct samples *samples)
{
	free(samples->value);
	*samples = (struct samples) { };
}

uint64_t samples_percentile(const struct samples *samples, double percent)
{
	/* 99.9 % of 1000 is a hair above 999 in binary: round it back. */
	size_t rank = ceil(samples->nr * percent / 100 - ROUNDING);

	if (rank < 1)
		rank = 1;
	if (rank > samples->nr)
		rank = samples->nr;
	return samples->value[rank - 1];
}

unsigned int log2_bucket(uint64_t value)
{
	return value ? 64 - __builtin_clzll(value) : 0;
}
