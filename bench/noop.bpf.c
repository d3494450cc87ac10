// SPDX-License-Identifier: GPL-2.0
/* Every callback attached, none doing anything: what calling a policy costs. */
#include <gcma/policy.h>

char _license[] SEC("license") = "GPL";

GCMA_CALLBACK_SLEEPABLE(init)
s32 BPF_PROG(noop_init)
{
	return 0;
}

GCMA_CALLBACK_SLEEPABLE(exit)
void BPF_PROG(noop_exit, struct cleancache_exit_info *info)
{
}

GCMA_CALLBACK(admit)
bool BPF_PROG(noop_admit, const struct cleancache_page *page)
{
	return true;
}

GCMA_CALLBACK(events)
void BPF_PROG(noop_events, struct cleancache_events *events)
{
}

GCMA_CALLBACK(select_victims)
void BPF_PROG(noop_select_victims, struct cleancache_victims *victims)
{
}

GCMA_POLICY
struct cleancache_policy_ops noop = {
	.init		= (void *)noop_init,
	.exit		= (void *)noop_exit,
	.admit		= (void *)noop_admit,
	.events		= (void *)noop_events,
	.select_victims	= (void *)noop_select_victims,
	.name		= "noop",
};
