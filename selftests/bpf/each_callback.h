/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For policies that misbehave in one callback and are plain otherwise: first
 * in, first out. Before this is included, declare
 *
 *	static __always_inline void in_callback(__u32 here);
 *
 * which each of them calls first. All that is missing then is init(), if it is
 * to misbehave as well, and the policy's name.
 */
#ifndef EACH_CALLBACK_H
#define EACH_CALLBACK_H

#include "callbacks.h"

GCMA_CALLBACK(admit)
bool BPF_PROG(each_admit, const struct cleancache_page *page)
{
	in_callback(IN_ADMIT);
	return true;
}

GCMA_CALLBACK(events)
void BPF_PROG(each_events, struct cleancache_events *events)
{
	struct cleancache_event *event;
	u32 i;

	in_callback(IN_EVENTS);
	gcma_for_each_event(event, i, events)
		if (event->type == CLEANCACHE_EV_STORED)
			cleancache_queue_add_tail(GCMA_ADOPTED, event->slot);
}

GCMA_CALLBACK(select_victims)
void BPF_PROG(each_select_victims, struct cleancache_victims *victims)
{
	in_callback(IN_SELECT_VICTIMS);
	gcma_propose(victims, GCMA_ADOPTED, victims->nr_wanted);
}

#endif
