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

static __always_inline __u32 gcma_duel_part(__u64 hash)
{
	__u32 part = hash % GCMA_DUEL_PART;

	return part < GCMA_DUEL_REST ? part : GCMA_DUEL_REST;
}

/* How many of @slots are a part's share. */
static __always_inline __u32 gcma_duel_share(__u32 part, __u32 slots)
{
	__u32 leaders = slots / GCMA_DUEL_PART;

	return part < GCMA_DUEL_REST ? leaders : slots - 2 * leaders;
}

/* A page of a part was stored. */
static __always_inline void gcma_duel_trial(struct gcma_duel *duel, __u32 part)
{
	__u32 i;

	if (part >= GCMA_DUEL_REST || ++duel->trials[part] < GCMA_DUEL_MEMORY)
		return;
	for (i = 0; i < GCMA_DUEL_REST; i++) {
		duel->trials[i] /= 2;
		duel->hits[i] /= 2;
	}
}

/* A page of a part was hit. */
static __always_inline void gcma_duel_hit(struct gcma_duel *duel, __u32 part)
{
	if (part < GCMA_DUEL_REST)
		duel->hits[part]++;
}

/* Which way does better; the first if both are equal. */
static __always_inline __u32 gcma_duel_winner(const struct gcma_duel *duel)
{
	__u64 one = (__u64)duel->hits[GCMA_DUEL_ONE] *
		    duel->trials[GCMA_DUEL_OTHER];
	__u64 other = (__u64)duel->hits[GCMA_DUEL_OTHER] *
		      duel->trials[GCMA_DUEL_ONE];

	return one >= other ? GCMA_DUEL_ONE : GCMA_DUEL_OTHER;
}

/* How a page of @part is to be treated. */
static __always_inline __u32 gcma_duel_way(const struct gcma_duel *duel,
					   __u32 part)
{
	return part < GCMA_DUEL_REST ? part : gcma_duel_winner(duel);
}

#endif /* GCMA_DUEL_H */
