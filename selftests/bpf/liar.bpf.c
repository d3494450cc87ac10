// SPDX-License-Identifier: GPL-2.0
/*
 * A policy whose victims are wrong in one way of several: what a kernel that
 * trusts one of them would fall for.
 */
#include <gcma/policy.h>

#include "liar.h"

#define MANY		100	/* more than a request can hold */

char _license[] SEC("license") = "GPL";

/* Which lie, of enum lie; default LIE_RANGE. */
const volatile __u32 lie = LIE_RANGE;

/* The first slot of another area, for LIE_OTHER_AREA; default 0. */
const volatile __u32 other_area;

static u32 requests;
static u32 last_restored;
static u32 last_allocated;

GCMA_CALLBACK(events)
void BPF_PROG(liar_events, struct cleancache_events *events)
{
	struct cleancache_event *event;
	u32 i;

	gcma_for_each_event(event, i, events) {
		if (event->type == CLEANCACHE_EV_RESTORED)
			last_restored = event->slot;
		if (event->type == CLEANCACHE_EV_ALLOCATED)
			last_allocated = event->slot;
	}
}

static u32 wrong_slot(u32 i)
{
	switch (lie) {
	case LIE_RANGE:
		/* Around the end, whatever the number of slots, and beyond. */
		return i % 2 ? ~0U - i : cleancache_slots() << (i % 16);
	case LIE_FREE:
		return last_restored;
	case LIE_ALLOCATED:
		return last_allocated + i;
	case LIE_OTHER_AREA:
		return other_area + i;
	default:
		return requests % cleancache_slots();
	}
}

GCMA_CALLBACK(select_victims)
void BPF_PROG(liar_select_victims, struct cleancache_victims *victims)
{
	u32 i;

	requests++;
	bpf_for(i, 0, MANY)
		cleancache_victim_add(victims, wrong_slot(i));
}

GCMA_POLICY
struct cleancache_policy_ops liar = {
	.events		= (void *)liar_events,
	.select_victims	= (void *)liar_select_victims,
	.name		= "liar",
};
