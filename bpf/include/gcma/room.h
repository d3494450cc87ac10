/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Is there room? Turning a page away is of use only where it would push out
 * another, but admit() is not told whether slots are free. This keeps count:
 * slots whose page was read again or became invalid are room for any page,
 * those that were emptied to make room are kept for pages that are worth it.
 *
 * What an allocation gives back is not seen. So a page that is not worth it is
 * let in now and then; if all counted slots were used up and still nobody asks
 * for victims, there was room, and is taken to be for twice as many each time.
 */
#ifndef GCMA_ROOM_H
#define GCMA_ROOM_H

#include "policy.h"

/* How much room is assumed where there is some that was not counted. */
#define GCMA_ROOM_GUESS	32
#define GCMA_ROOM_MAX	1048576

/* Until victims are asked for, there is room for everything. */
static __s32 gcma_room_left = GCMA_ROOM_MAX;
static __s32 gcma_room_guess = GCMA_ROOM_GUESS;

/*
 * Slots emptied for those that are worth it. Volatile, since clang makes a bool
 * of what is never more than 1 in some policy, and the type no longer matches.
 */
static volatile __s32 gcma_room_kept;

static __u32 gcma_room_refused;

/* For all events told. */
static __always_inline void
gcma_room_event(const struct cleancache_event *event)
{
	if ((event->type == CLEANCACHE_EV_RESTORED ||
	     event->type == CLEANCACHE_EV_INVALIDATED) &&
	    gcma_room_left < GCMA_ROOM_MAX)
		gcma_room_left += event->nr;
}

/* In select_victims(), with how many are going to be named. */
static __always_inline void gcma_room_none(__u32 victims)
{
	gcma_room_left = 0;
	gcma_room_guess = GCMA_ROOM_GUESS;
	gcma_room_kept = victims;
}

/* Nothing that was counted is left: nobody asked for victims in the end. */
static __always_inline void gcma_room_assume(void)
{
	gcma_room_left = gcma_room_guess;
	if (gcma_room_guess < GCMA_ROOM_MAX)
		gcma_room_guess *= 2;
}

/*
 * What admit() returns for a page, given whether it is worth pushing out
 * another, and of how many that are not one is let in all the same.
 */
static __always_inline bool gcma_room_for(const struct cleancache_page *page,
					  bool worth, __u32 let_in_one_in)
{
	__s32 nr = 1 << (page->order & 15);

	if (gcma_room_left >= nr) {
		gcma_room_left -= nr;
		return true;
	}
	if (!worth && ++gcma_room_refused % (let_in_one_in ?: 1))
		return false;
	if (gcma_room_kept >= nr)
		gcma_room_kept -= nr;
	else
		gcma_room_assume();
	return true;
}

#endif /* GCMA_ROOM_H */
