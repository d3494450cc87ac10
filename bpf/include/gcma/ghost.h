/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Ghosts: a memory of pages that outlasts their stay in the cache.
 *
 * In a cache that loses a page when it is hit, what is known of a page has to
 * be kept apart from it. A ghost holds when its page was last seen and a number
 * that is the policy's own. Ghosts live in rings of four, one ring a slot, so
 * that the memory grows with the cache; a page belongs to one ring by its hash,
 * and a new one takes the place of what was seen there longest ago.
 *
 * Costs 32 bytes a slot. A page is taken for another once in 16000 times. Two
 * CPUs that change a ring at once may lose a ghost or mix up two.
 */
#ifndef GCMA_GHOST_H
#define GCMA_GHOST_H

#include "page.h"

#define GCMA_GHOST_RING	4

/* A ring that was never used has tag 0, as no page has. */
struct gcma_ghost {
	__u32 seen;	/* by gcma_ghost_clock */
	__u16 tag;
	__u16 value;
};

struct gcma_ghost_ring {
	struct gcma_ghost ghosts[GCMA_GHOST_RING];
};

GCMA_SLOT_STATE(ghost_rings, struct gcma_ghost_ring)

/* The time: how many pages were noted. */
static __u32 gcma_ghost_clock;

static __always_inline __u16 gcma_ghost_tag(__u64 hash)
{
	return (__u16)hash ?: 1;
}

static __always_inline __u32 gcma_ghost_age(const struct gcma_ghost *ghost)
{
	return gcma_ghost_clock - ghost->seen;
}

static __always_inline struct gcma_ghost_ring *gcma_ghost_ring(__u64 hash)
{
	return ghost_rings_of(gcma_pick(hash, cleancache_slots()));
}

/* The page's ghost, or NULL. */
static __always_inline struct gcma_ghost *gcma_ghost_find(__u64 hash)
{
	struct gcma_ghost_ring *ring = gcma_ghost_ring(hash);
	__u32 i;

	if (!ring)
		return NULL;
	for (i = 0; i < GCMA_GHOST_RING; i++)
		if (ring->ghosts[i].tag == gcma_ghost_tag(hash))
			return &ring->ghosts[i];
	return NULL;
}

/*
 * The page's ghost; if it has none, a new one whose value is 0. NULL only where
 * there are no slots. Does not change when it was seen.
 */
static __always_inline struct gcma_ghost *gcma_ghost_get(__u64 hash)
{
	struct gcma_ghost_ring *ring = gcma_ghost_ring(hash);
	struct gcma_ghost *oldest;
	__u32 i;

	if (!ring)
		return NULL;
	oldest = &ring->ghosts[0];
	for (i = 0; i < GCMA_GHOST_RING; i++) {
		if (ring->ghosts[i].tag == gcma_ghost_tag(hash))
			return &ring->ghosts[i];
		if (gcma_ghost_age(&ring->ghosts[i]) > gcma_ghost_age(oldest))
			oldest = &ring->ghosts[i];
	}
	oldest->tag = gcma_ghost_tag(hash);
	oldest->value = 0;
	return oldest;
}

/* The page was seen now; time goes on. */
static __always_inline void gcma_ghost_note(struct gcma_ghost *ghost)
{
	ghost->seen = ++gcma_ghost_clock;
}

/*
 * For policies that only ask whether a page was here before: note it, and tell.
 */
static __always_inline bool gcma_ghost_known(const struct cleancache_page *page)
{
	struct gcma_ghost *ghost = gcma_ghost_get(gcma_page_hash(page));
	bool known;

	if (!ghost)
		return false;
	known = ghost->value;
	ghost->value = 1;
	gcma_ghost_note(ghost);
	return known;
}

#endif /* GCMA_GHOST_H */
