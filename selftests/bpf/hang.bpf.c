// SPDX-License-Identifier: GPL-2.0
/* A policy that takes far too long in one of its callbacks. */
#include <gcma/policy.h>

#include "callbacks.h"

char _license[] SEC("license") = "GPL";

/* In which one, of enum callback; default IN_ADMIT. */
const volatile __u32 where = IN_ADMIT;

/* How long, in milliseconds; default 3. */
const volatile __u32 pause_ms = 3;

static long not_yet(__u64 i, __u64 *end)
{
	return bpf_ktime_get_ns() >= *end;
}

static __always_inline void in_callback(__u32 here)
{
	__u64 end;

	if (here != where)
		return;
	end = bpf_ktime_get_ns() + pause_ms * 1000000ull;
	bpf_loop(1 << 20, not_yet, &end, 0);
}

#include "each_callback.h"

GCMA_POLICY
struct cleancache_policy_ops hang_policy = {
	.admit		= (void *)each_admit,
	.events		= (void *)each_events,
	.select_victims	= (void *)each_select_victims,
	.name		= "hang",
};
