/* SPDX-License-Identifier: GPL-2.0 */
/* Samples, their percentiles and their histogram. */
#ifndef GCMA_STATS_H
#define GCMA_STATS_H

#include <stddef.h>
#include <stdint.h>

struct samples {
	uint64_t *value;
	size_t nr;
	size_t room;
};

void samples_add(struct samples *samples, uint64_t value);
void samples_sort(struct samples *samples);
void samples_free(struct samples *samples);

/*
 * Nearest rank: the smallest sample that at least @percent of all samples do
 * not exceed. The samples are sorted and there is at least one.
 */
uint64_t samples_percentile(const struct samples *samples, double percent);

/* Bucket 0 holds 0; bucket n holds values from 2^(n-1) to below 2^n. */
unsigned int log2_bucket(uint64_t value);

#endif
