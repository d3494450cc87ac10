// SPDX-License-Identifier: GPL-2.0
/* A policy that never names a victim. */
#include <gcma/policy.h>

char _license[] SEC("license") = "GPL";

GCMA_CALLBACK(select_victims)
void BPF_PROG(silent_select_victims, struct cleancache_victims *victims)
{
}

GCMA_POLICY
struct cleancache_policy_ops silent = {
	.select_victims	= (void *)silent_select_victims,
	.name		= "silent",
};
