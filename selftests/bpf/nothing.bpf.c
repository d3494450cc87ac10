// SPDX-License-Identifier: GPL-2.0
/* A policy that never names a victim: the kernel's own order must step in. */
#include <gcma/policy.h>

char _license[] SEC("license") = "GPL";

GCMA_CALLBACK(select_victims)
void BPF_PROG(nothing_select_victims, struct cleancache_victims *victims)
{
}

GCMA_POLICY
struct cleancache_policy_ops nothing = {
	.select_victims	= (void *)nothing_select_victims,
	.name		= "nothing",
};
