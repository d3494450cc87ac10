// SPDX-License-Identifier: GPL-2.0
/* A policy that gives up in one of its callbacks. */
#include <gcma/policy.h>

char _license[] SEC("license") = "GPL";

enum { IN_INIT, IN_ADMIT, IN_EVENTS, IN_SELECT_VICTIMS };

/* In which one, in the order above; default 0, init. */
const volatile __u32 where = IN_INIT;

/* After how many calls of it; default 100. */
const volatile __u32 patience = 100;

static __u32 calls;

static __always_inline void maybe_quit(__u32 here)
{
	if (here != where || __sync_fetch_and_add(&calls, 1) < patience)
		return;
	gcma_error("enough of callback %u after %u calls", here, patience);
	/* The first word counts. */
	gcma_error("never to be seen");
}

GCMA_CALLBACK_SLEEPABLE(init)
s32 BPF_PROG(quitter_init)
{
	if (where == IN_INIT)
		gcma_error("enough of callback %u after %u calls", where, 0);
	return 0;
}

GCMA_CALLBACK(admit)
bool BPF_PROG(quitter_admit, const struct cleancache_page *page)
{
	maybe_quit(IN_ADMIT);
	return true;
}

GCMA_CALLBACK(events)
void BPF_PROG(quitter_events, struct cleancache_events *events)
{
	struct cleancache_event *event;
	u32 i;

	maybe_quit(IN_EVENTS);
	gcma_for_each_event(event, i, events)
		if (event->type == CLEANCACHE_EV_STORED)
			cleancache_queue_add_tail(GCMA_ADOPTED, event->slot);
}

GCMA_CALLBACK(select_victims)
void BPF_PROG(quitter_select_victims, struct cleancache_victims *victims)
{
	maybe_quit(IN_SELECT_VICTIMS);
	gcma_propose(victims, GCMA_ADOPTED, victims->nr_wanted);
}

GCMA_POLICY
struct cleancache_policy_ops quitter = {
	.init		= (void *)quitter_init,
	.admit		= (void *)quitter_admit,
	.events		= (void *)quitter_events,
	.select_victims	= (void *)quitter_select_victims,
	.name		= "quitter",
};
