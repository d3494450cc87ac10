// SPDX-License-Identifier: GPL-2.0
/*
 * memcg_share - each memory cgroup has its share of the cache.
 *
 * Victims come from the cgroup that holds most in proportion to its weight, as
 * long as it holds more than its floor; first in, first out within a cgroup.
 * Who does not use a share leaves it to the others. Weights and floors are in
 * the map "shares", by cgroup, and can be changed at any time:
 *
 *	gcma-policy load memcg_share --share camera=400,256 --share logs=50
 *
 * gives the cgroup "camera" eight times the share of "logs", and never takes
 * the last 256 of its slots for others. Who is not in there has default_weight
 * and default_floor.
 *
 * State: none for a slot; 4 bytes for each of 63 queues, which are the
 * kernel's, and what the map takes.
 * Limit: with more than 63 cgroups, or some dozens with unlucky numbers, some
 * share a queue, and what the last of them to store is entitled to. Nothing is
 * learnt from hits.
 */
#include <gcma/policy.h>
#include <gcma/share.h>

char LICENSE[] SEC("license") = "GPL";

#define NR_SHARES	(GCMA_NR_QUEUES - 1)

/* How many queues are looked at for one that a cgroup can have. */
#define MAX_PROBES	8

/* The weight of a cgroup that was not given one, default 100. */
const volatile __u32 default_weight = 100;

/* What a cgroup without a weight keeps in any case, in slots, default 0. */
const volatile __u32 default_floor;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, __u32);
	__type(value, struct gcma_share);
} shares SEC(".maps");

/* Whose pages are on a queue. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NR_SHARES);
	__type(key, __u32);
	__type(value, __u32);
} owners SEC(".maps");

/* Queue 0 is left to what was cached before this policy came. */
static __u32 queue_of_share(__u32 i)
{
	return 1 + i;
}

/* The queue a cgroup has, or else an empty one, or else one of another. */
static __u32 find_share(__u32 memcg)
{
	__u32 first = memcg % NR_SHARES, found = first, k, i;
	bool empty = false;
	__u32 *owner;

	bpf_for(k, 0, MAX_PROBES) {
		i = (first + k) % NR_SHARES;
		owner = bpf_map_lookup_elem(&owners, &i);
		if (owner && *owner == memcg)
			return i;
		if (!empty && !cleancache_queue_len(queue_of_share(i))) {
			empty = true;
			found = i;
		}
	}
	bpf_map_update_elem(&owners, &found, &memcg, BPF_ANY);
	return found;
}

static void store(const struct cleancache_event *event)
{
	__u32 queue = queue_of_share(find_share(event->page.memcg));
	__u32 i;

	bpf_for(i, 0, event->nr)
		cleancache_queue_add_tail(queue, event->slot + i);
}

/* How much of its share a cgroup uses; 0 if no more than its floor. */
static __u64 use_of(__u32 i)
{
	__u32 length = cleancache_queue_len(queue_of_share(i));
	__u32 *owner = bpf_map_lookup_elem(&owners, &i);
	__u32 weight = default_weight, floor = default_floor;
	struct gcma_share *share;

	if (!owner || !length)
		return 0;
	share = bpf_map_lookup_elem(&shares, owner);
	if (share) {
		weight = share->weight;
		floor = share->floor;
	}
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
