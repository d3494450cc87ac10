// SPDX-License-Identifier: GPL-2.0
/*
 * sieve - one queue and a hand that sieves it.
 *
 * After SIEVE (Zhang et al., NSDI 2024). A hand goes over the pages from the
 * oldest to the newest. A page that was visited loses its mark and stays where
 * it is, behind the hand; one that was not is evicted. New pages come in ahead
 * of the hand, and it starts over at the end. The queue here is two: what is
 * ahead of the hand and what is behind it. In a cache that loses a page when it
 * is hit, a page counts as visited when it comes back while there is a ghost
 * of it.
 *
 * State: one byte a slot for the mark, and the ghosts, 32 bytes a slot. The
 * queues are the kernel's.
 * Limit: a mark is worth one turn of the hand, no matter how it was earned, and
 * new pages stay until the hand gets there: a scan passes through.
 */
#include <gcma/policy.h>
#include <gcma/ghost.h>

char LICENSE[] SEC("license") = "GPL";

#define FIRST	GCMA_ADOPTED
#define SECOND	1

/* The queue ahead of the hand; the other is behind it. */
static __u32 ahead = FIRST;

GCMA_SLOT_STATE(visited, __u8)

static void store(const struct cleancache_event *event)
{
	bool known = gcma_ghost_known(&event->page);
	__u8 *visited;
	__u32 i;

	bpf_for(i, 0, event->nr) {
		visited = visited_of(event->slot + i);
		if (visited)
			*visited = known;
		cleancache_queue_add_tail(ahead, event->slot + i);
	}
}

static bool is_spared(__u32 slot)
{
	__u8 *visited = visited_of(slot);

	if (!visited || !*visited)
		return false;
	*visited = 0;
	cleancache_queue_add_tail(ahead == FIRST ? SECOND : FIRST, slot);
	return true;
}

GCMA_CALLBACK(events)
void BPF_PROG(sieve_events, struct cleancache_events *events)
{
	struct cleancache_event *event;
	__u32 i;

	gcma_for_each_event(event, i, events)
		if (event->type == CLEANCACHE_EV_STORED)
			store(event);
}

GCMA_CALLBACK(select_victims)
void BPF_PROG(sieve_select_victims, struct cleancache_victims *victims)
{
	__u32 i;
	int slot;

	bpf_for(i, 0, 8 * victims->nr_wanted) {
		slot = cleancache_queue_pop(ahead);
		if (slot < 0) {
			ahead = ahead == FIRST ? SECOND : FIRST;
			slot = cleancache_queue_pop(ahead);
		}
		if (slot < 0)
			break;
		if (is_spared(slot))
			continue;
		if (cleancache_victim_add(victims, slot) ||
		    victims->nr == victims->nr_wanted)
			break;
	}
}

GCMA_POLICY
struct cleancache_policy_ops sieve = {
	.events		= (void *)sieve_events,
	.select_victims	= (void *)sieve_select_victims,
	.name		= "sieve",
};
