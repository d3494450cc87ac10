// SPDX-License-Identifier: GPL-2.0
/* A policy that gives up in one of its callbacks. */
#include <gcma/policy.h>

#include "callbacks.h"

char _license[] SEC("license") = "GPL";

/* In which one, of enum callback; default IN_INIT. */
const volatile __u32 where = IN_INIT;

/* After how many calls of it; default 100. */
const volatile __u32 patience = 100;

static __u32 calls;

static __always_inline void in_callback(__u32 here)
{
	if (here != where || __sync_fetch_and_add(&calls, 1) < patience)
		return;
	gcma_error("enough of callback %u after %u calls", here, patience);
	/* The first word counts. */
	gcma_error("never to be seen");
}

#include "each_callback.h"

GCMA_CALLBACK_SLEEPABLE(init)
s32 BPF_PROG(quitter_init)
{
	if (where == IN_INIT)
		gcma_error("enough of callback %u after %u calls", where, 0);
	return 0;
}

GCMA_POLICY
struct cleancache_policy_ops quitter = {
	.init		= (void *)quitter_init,
	.admit		= (void *)each_admit,
	.events		= (void *)each_events,
	.select_victims	= (void *)each_select_victims,
	.name		= "quitter",
};
