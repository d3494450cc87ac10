// SPDX-License-Identifier: GPL-2.0
/*
 * memcg_share - each memory cgroup has its share of the cache.
 *
 * Victims come from the cgroup that holds most in proportion to its weight, as
 * long as it holds more than its floor; first in, first out within a cgroup.
 * Who does not use a share leaves it to the others. Weights and floors are in
 * the map "shares", by the id of the cgroup, and can be changed at any time,
 * here to weight 400 and a floor of 256 slots for cgroup 7:
 *
 *	bpftool map update name shares key 7 0 0 0 \
 *		value 0x90 1 0 0  0 1 0 0
 *
 * A weight of 0, which is what all have at first, stands for default_weight.
 *
 * State: none for a slot; 8 bytes for each of 63 cgroups. The queues are the
 * kernel's.
 * Limit: there are 63 queues; ids 63 apart share one, and what it is entitled
 * to. Nothing is learnt from hits.
 */
#include <gcma/policy.h>

char LICENSE[] SEC("license") = "GPL";

#define NR_SHARES	(GCMA_NR_QUEUES - 1)

/* The weight of a cgroup that was not given one, default 100. */
const volatile __u32 default_weight = 100;

/* What a cgroup without a weight keeps in any case, in slots, default 0. */
const volatile __u32 default_floor;

struct share {
	__u32 weight;
	__u32 floor;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NR_SHARES);
	__type(key, __u32);
	__type(value, struct share);
} shares SEC(".maps");

/* Queue 0 is left to what was cached before this policy came. */
static __u32 queue_of_share(__u32 i)
{
	return 1 + i;
}

static void store(const struct cleancache_event *event)
{
	__u32 queue = queue_of_share(event->page.memcg % NR_SHARES);
	__u32 i;

	bpf_for(i, 0, event->nr)
		cleancache_queue_add_tail(queue, event->slot + i);
}

/* How much of its share a cgroup uses; 0 if no more than its floor. */
static __u64 use_of(__u32 i)
{
	struct share *share = bpf_map_lookup_elem(&shares, &i);
	__u32 length = cleancache_queue_len(queue_of_share(i));
	bool given = share && share->weight;
	__u32 weight = given ? share->weight : default_weight;
	__u32 floor = given ? share->floor : default_floor;

	if (length <= floor)
		return 0;
	return ((__u64)length << 16) / (weight ?: 1);
}

static __u32 greediest(void)
{
	__u32 i, greedy = 0;
	__u64 use, most = 0;

	bpf_for(i, 0, NR_SHARES) {
		use = use_of(i);
		if (use > most) {
			most = use;
			greedy = i;
		}
	}
	return greedy;
}

GCMA_CALLBACK(events)
void BPF_PROG(memcg_share_events, struct cleancache_events *events)
{
	struct cleancache_event *event;
	__u32 i;

	gcma_for_each_event(event, i, events)
		if (event->type == CLEANCACHE_EV_STORED)
			store(event);
}

/*
 * If the one that seems to hold most holds nothing any more, or all are at
 * their floors, which then are too high, any will do.
 */
GCMA_CALLBACK(select_victims)
void BPF_PROG(memcg_share_select_victims, struct cleancache_victims *victims)
{
	if (gcma_propose(victims, GCMA_ADOPTED, victims->nr_wanted) ||
	    gcma_propose(victims, queue_of_share(greediest()),
			 victims->nr_wanted))
		return;
	gcma_propose_any(victims, queue_of_share(0), NR_SHARES,
			 victims->nr_wanted);
}

GCMA_POLICY
struct cleancache_policy_ops memcg_share = {
	.events		= (void *)memcg_share_events,
	.select_victims	= (void *)memcg_share_select_victims,
	.name		= "memcg_share",
};
