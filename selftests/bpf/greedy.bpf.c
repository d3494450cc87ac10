// SPDX-License-Identifier: GPL-2.0
/* A policy that admits nothing, so that all is left to it. */
#include <gcma/policy.h>

char _license[] SEC("license") = "GPL";

GCMA_CALLBACK(admit)
bool BPF_PROG(greedy_admit, const struct cleancache_page *page)
{
	return false;
}

GCMA_POLICY
struct cleancache_policy_ops greedy = {
	.admit	= (void *)greedy_admit,
	.name	= "greedy",
};
