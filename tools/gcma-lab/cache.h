/* SPDX-License-Identifier: GPL-2.0 */
/* The second level: the cleancache, as the kernel runs it on one CPU. */
#ifndef GCMA_CACHE_H
#define GCMA_CACHE_H

#include <gcma/native.h>

#include "stream.h"

#define NO_SLOT		UINT32_MAX

/* More would not fit the numbers of queues. */
#define MAX_SLOTS	((1u << 31) - 1 - CLEANCACHE_NR_QUEUES)

/* What came of it. Numbers are of pages unless they say otherwise. */
struct cache_result {
	uint64_t lookups;
	uint64_t hits;
	uint64_t offers;
	uint64_t stored;
	uint64_t rejected;
	uint64_t evicted;
	uint64_t fallback;	/* of these, chosen by the built-in order */
	uint64_t shortfalls;	/* requests without one victim of use */
	uint64_t invalid;	/* victims named that were none */
	uint64_t invalidated;
	uint64_t allocated;
	uint64_t cached;	/* in the end */
	uint64_t events_lost;
	uint64_t ns;		/* of CPU time that it took */
	uint32_t exit_kind;	/* why the policy was ejected, if it was */
	char exit_msg[CLEANCACHE_EXIT_MSG_LEN];
};

/*
 * Go through a stream with a cache of so many slots and a policy, or NULL for
 * the built-in order. One at a time in a process. Return what init() said; if
 * it is negative, there is no result.
 */
int cache_run(const struct stream *stream, uint32_t slots,
	      const struct cleancache_policy_ops *ops,
	      struct cache_result *result);

/* What policies call wants to know of the cache that runs. */
bool cache_slot_cached(uint32_t slot);
uint32_t cache_slots(void);
uint64_t cache_time(void);
void cache_policy_failed(const char *msg);

/* queue.c */
void queues_init(uint32_t slots);
void queues_free(void);
int queue_insert(uint32_t queue, uint32_t slot, bool head);
/* Put a slot at the tail of queue 0 if it is on none. */
void queue_adopt(uint32_t slot);

/* helpers.c: what a simulation starts from; every one from the same. */
void helpers_init(void);

#endif
