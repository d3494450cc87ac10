/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * A duel: which of two ways to treat pages gets more hits?
 *
 * Set dueling (Qureshi et al., ISCA 2007): a small part of all pages, by their
 * hash, is always treated the one way, another the other way, and the rest as
 * the part that does better. Parts have to be kept apart, on queues of their
 * own, and to get no more of the cache than their share of pages; else the one
 * that keeps more would win at the expense of the others.
 */
#ifndef GCMA_DUEL_H
#define GCMA_DUEL_H

#include "page.h"

/* The parts: the first two lead. */
enum { GCMA_DUEL_ONE, GCMA_DUEL_OTHER, GCMA_DUEL_REST, GCMA_DUEL_PARTS };

/* Each leading part is one page in so many. */
#define GCMA_DUEL_PART	16

/* Older results count less: all are halved after so many trials. */
#define GCMA_DUEL_MEMORY	4096

struct gcma_duel {
	__u32 trials[GCMA_DUEL_PARTS];
	__u32 hits[GCMA_DUEL_PARTS];
};

/* If each leading part is to be one page in @one_in, a power of two. */
static __always_inline __u32 gcma_duel_part_in(__u64 hash, __u32 one_in)
{
	__u32 part = hash & (one_in - 1);

	return part < GCMA_DUEL_REST ? part : GCMA_DUEL_REST;
}

static __always_inline __u32 gcma_duel_part(__u64 hash)
{
	return gcma_duel_part_in(hash, GCMA_DUEL_PART);
}

/* How many of @slots are a part's share. */
static __always_inline __u32 gcma_duel_share_in(__u32 part, __u32 slots,
						__u32 one_in)
{
	__u32 leaders = slots / one_in;

	return part < GCMA_DUEL_REST ? leaders : slots - 2 * leaders;
}

static __always_inline __u32 gcma_duel_share(__u32 part, __u32 slots)
{
	return gcma_duel_share_in(part, slots, GCMA_DUEL_PART);
}

static __always_inline void gcma_duel_halve(struct gcma_duel *duel)
{
	__u32 i;

	for (i = 0; i < GCMA_DUEL_REST; i++) {
		duel->trials[i] /= 2;
		duel->hits[i] /= 2;
	}
}

/* A page of a part was stored, or could have been. */
static __always_inline void gcma_duel_trial(struct gcma_duel *duel, __u32 part)
{
	if (part < GCMA_DUEL_REST && ++duel->trials[part] >= GCMA_DUEL_MEMORY)
		gcma_duel_halve(duel);
}

/* A page of a part was hit. */
static __always_inline void gcma_duel_hit(struct gcma_duel *duel, __u32 part)
{
	if (part < GCMA_DUEL_REST)
		duel->hits[part]++;
}

/*
 * How many hits one way is ahead of the other, had it had the same trials;
 * negative if it is behind.
 */
static __always_inline __s64 gcma_duel_lead(const struct gcma_duel *duel)
{
	__u32 trials = duel->trials[GCMA_DUEL_ONE] ?: 1;
	__u64 one = (__u64)duel->hits[GCMA_DUEL_ONE] *
		    duel->trials[GCMA_DUEL_OTHER];
	__u64 other = (__u64)duel->hits[GCMA_DUEL_OTHER] *
		      duel->trials[GCMA_DUEL_ONE];

	return one >= other ? (one - other) / trials :
			      -(__s64)((other - one) / trials + 1);
}

/* Which way does better; the first if both are equal. */
static __always_inline __u32 gcma_duel_winner(const struct gcma_duel *duel)
{
	return gcma_duel_lead(duel) >= 0 ? GCMA_DUEL_ONE : GCMA_DUEL_OTHER;
}

/* How a page of @part is to be treated. */
static __always_inline __u32 gcma_duel_way(const struct gcma_duel *duel,
					   __u32 part)
{
	return part < GCMA_DUEL_REST ? part : gcma_duel_winner(duel);
}

#endif /* GCMA_DUEL_H */
