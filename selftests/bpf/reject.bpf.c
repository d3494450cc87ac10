// SPDX-License-Identifier: GPL-2.0
/* A policy that keeps nothing at all. */
#include <gcma/policy.h>

char _license[] SEC("license") = "GPL";

GCMA_CALLBACK(admit)
bool BPF_PROG(reject_admit, const struct cleancache_page *page)
{
	return false;
}

GCMA_POLICY
struct cleancache_policy_ops reject = {
	.admit	= (void *)reject_admit,
	.name	= "reject",
};
