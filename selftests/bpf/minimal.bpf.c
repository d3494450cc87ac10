// SPDX-License-Identifier: GPL-2.0
/* A policy without a callback: a name for the kernel's own order. */
#include <gcma/policy.h>

char _license[] SEC("license") = "GPL";

GCMA_POLICY
struct cleancache_policy_ops minimal = {
	.name		= "minimal",
};
