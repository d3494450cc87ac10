// SPDX-License-Identifier: GPL-2.0
/* A policy that takes far too long in one of its callbacks. */
#include <gcma/policy.h>

char _license[] SEC("license") = "GPL";

enum { IN_ADMIT, IN_EVENTS, IN_SELECT_VICTIMS };

/* In which one, in the order above; default 0, admit. */
const volatile __u32 where = IN_ADMIT;

/* How long, in milliseconds; default 3. */
const volatile __u32 pause_ms = 3;

static long not_yet(__u64 i, __u64 *end)
{
	return bpf_ktime_get_ns() >= *end;
}

static __always_inline void hang(__u32 here)
{
	__u64 end;

	if (here != where)
		return;
	end = bpf_ktime_get_ns() + pause_ms * 1000000ull;
	bpf_loop(1 << 20, not_yet, &end, 0);
}

GCMA_CALLBACK(admit)
bool BPF_PROG(hang_admit, const struct cleancache_page *page)
{
	hang(IN_ADMIT);
	return true;
}

GCMA_CALLBACK(events)
void BPF_PROG(hang_events, struct cleancache_events *events)
{
	struct cleancache_event *event;
	u32 i;

	hang(IN_EVENTS);
	gcma_for_each_event(event, i, events)
		if (event->type == CLEANCACHE_EV_STORED)
			cleancache_queue_add_tail(GCMA_ADOPTED, event->slot);
}

GCMA_CALLBACK(select_victims)
void BPF_PROG(hang_select_victims, struct cleancache_victims *victims)
{
	hang(IN_SELECT_VICTIMS);
	gcma_propose(victims, GCMA_ADOPTED, victims->nr_wanted);
}

GCMA_POLICY
struct cleancache_policy_ops hang_policy = {
	.admit		= (void *)hang_admit,
	.events		= (void *)hang_events,
	.select_victims	= (void *)hang_select_victims,
	.name		= "hang",
};
