/* SPDX-License-Identifier: GPL-2.0 OR BSD-2-Clause */
/*
 * Is there room? Turning a page away is of use only where it would push out
 * another, but admit() is not told whether slots are free. This keeps count:
 * there is no room when victims are asked for, and some when slots lose their
 * page. Slots that were emptied to make room do not count: that was done for
 * pages that are worth it.
 *
 * It is a guess. Slots that an allocation gives back are not seen, and what
 * other CPUs do is told late. So a policy that turns pages away should let one
 * in now and then; if that is not followed by a request for victims, there was
 * room.
 */
#ifndef GCMA_ROOM_H
#define GCMA_ROOM_H

#include "policy.h"

/* Until victims are asked for, there is room for everything. */
static __s32 gcma_room_left = 1 << 30;

/* For all events told. */
static __always_inline void gcma_room_event(const struct cleancache_event *event)
{
	if (event->type == CLEANCACHE_EV_RESTORED ||
	    event->type == CLEANCACHE_EV_INVALIDATED)
		gcma_room_left += event->nr;
}

/* In select_victims(). */
static __always_inline void gcma_room_none(void)
{
	gcma_room_left = 0;
}

/* In admit(): take the room for a page; false if there is none. */
static __always_inline bool gcma_room_take(const struct cleancache_page *page)
{
	__s32 nr = 1 << (page->order & 15);

	if (gcma_room_left < nr)
		return false;
	gcma_room_left -= nr;
	return true;
}

#endif /* GCMA_ROOM_H */
