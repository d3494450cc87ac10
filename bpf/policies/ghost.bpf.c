// SPDX-License-Identifier: GPL-2.0
/*
 * ghost - remembers pages that were here before and keeps those longer.
 *
 * A page evicted for the first time goes on probation. One that was evicted
 * before, whether it was hit here since or not, has shown that it comes back:
 * it is protected. Victims come from probation as long as that holds more than
 * its share. The idea of telling the two apart by a memory of page names is
 * that of 2Q (Johnson and Shasha, VLDB 1994) and S3-FIFO (Yang et al., SOSP
 * 2023).
 *
 * State: the ghosts, 32 bytes a slot. The queues are the kernel's.
 * Limit: all that came back is equal, whether often or once, long ago or just
 * now. A loop larger than memory and cache together looks like a working set,
 * and protects pages that will be evicted before they are read.
 */
#include <gcma/policy.h>
#include <gcma/ghost.h>

char LICENSE[] SEC("license") = "GPL";

#define PROBATION	GCMA_ADOPTED
#define PROTECTED	1

/* Percentage of the cache that is left to pages on probation, default 10. */
const volatile __u32 probation_share = 10;

static void store(const struct cleancache_event *event)
{
	bool known = gcma_ghost_known(&event->page);
	__u32 i;

	bpf_for(i, 0, event->nr)
		cleancache_queue_add_tail(known ? PROTECTED : PROBATION,
					  event->slot + i);
}

/* Slots that were hit are still counted, so both numbers are a little high. */
static bool probation_is_large(void)
{
	__u32 probation = cleancache_queue_len(PROBATION);
	__u32 protected = cleancache_queue_len(PROTECTED);

	return probation * 100 > (probation + protected) * probation_share;
}

GCMA_CALLBACK(events)
void BPF_PROG(ghost_events, struct cleancache_events *events)
{
	struct cleancache_event *event;
	__u32 i;

	gcma_for_each_event(event, i, events)
		if (event->type == CLEANCACHE_EV_STORED)
			store(event);
}

GCMA_CALLBACK(select_victims)
void BPF_PROG(ghost_select_victims, struct cleancache_victims *victims)
{
	bool large = probation_is_large();

	if (!gcma_propose(victims, large ? PROBATION : PROTECTED,
			  victims->nr_wanted))
		gcma_propose(victims, large ? PROTECTED : PROBATION,
			     victims->nr_wanted);
}

GCMA_POLICY
struct cleancache_policy_ops ghost = {
	.events		= (void *)ghost_events,
	.select_victims	= (void *)ghost_select_victims,
	.name		= "ghost",
};
