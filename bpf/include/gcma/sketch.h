/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A sketch: how often each page was seen lately, roughly, in little memory.
 *
 * A count-min sketch (Cormode and Muthukrishnan, 2005) with the ageing of
 * TinyLFU (Einziger, Friedman and Manes, 2017): four counters of four bits
 * stand for a page, the smallest is the estimate, and all are halved every so
 * often. Here a hand halves one word of counters at a time, so that no call
 * has to wait for the rest.
 *
 * Costs 8 bytes a slot: 16 counters.
 */
#ifndef GCMA_SKETCH_H
#define GCMA_SKETCH_H

#include "page.h"

#define GCMA_SKETCH_MAX		15
#define GCMA_SKETCH_ROWS	4

/* How many pages are seen for each word that is halved. */
#define GCMA_SKETCH_SAMPLE	10

GCMA_SLOT_STATE(sketch, __u64)

static __u32 gcma_sketch_hand;
static __u32 gcma_sketch_seen;

/* Each row has a word and a counter in it of its own for a page. */
static __always_inline __u64 *gcma_sketch_word(__u64 hash, __u32 row)
{
	return sketch_of(gcma_pick(gcma_mix(hash + row), cleancache_slots()));
}

static __always_inline __u32 gcma_sketch_shift(__u64 hash, __u32 row)
{
	return (hash >> 2 * row & 3) * 4 + row * 16;
}

static __always_inline __u32 gcma_sketch_estimate(__u64 hash)
{
	__u32 row, count, estimate = GCMA_SKETCH_MAX;
	__u64 *word;

	bpf_for(row, 0, GCMA_SKETCH_ROWS) {
		word = gcma_sketch_word(hash, row);
		if (!word)
			return 0;
		count = *word >> gcma_sketch_shift(hash, row) & 15;
		if (count < estimate)
			estimate = count;
	}
	return estimate;
}

static __always_inline void gcma_sketch_halve_next(void)
{
	__u64 *word = sketch_of(gcma_sketch_hand);

	if (!word) {
		gcma_sketch_hand = 0;
		return;
	}
	*word = *word >> 1 & 0x7777777777777777ull;
	gcma_sketch_hand++;
}

/* The page was seen. */
static __always_inline void gcma_sketch_add(__u64 hash)
{
	__u32 row, shift;
	__u64 *word;

	bpf_for(row, 0, GCMA_SKETCH_ROWS) {
		word = gcma_sketch_word(hash, row);
		shift = gcma_sketch_shift(hash, row);
		if (word && (*word >> shift & 15) < GCMA_SKETCH_MAX)
			*word += 1ull << shift;
	}
	if (++gcma_sketch_seen % GCMA_SKETCH_SAMPLE == 0)
		gcma_sketch_halve_next();
}

#endif /* GCMA_SKETCH_H */
