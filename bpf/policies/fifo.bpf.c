// SPDX-License-Identifier: GPL-2.0
/*
 * fifo - first in, first out.
 *
 * Pages leave in the order in which they came. In a cache that loses a page
 * when it is hit, this is also least recently used.
 *
 * State: none of its own; without an events() the kernel puts what is stored on
 * queue 0.
 * Limit: a scan larger than the cache flushes it, and a loop larger than the
 * cache never hits.
 */
#include <gcma/policy.h>

char LICENSE[] SEC("license") = "GPL";

GCMA_CALLBACK(select_victims)
void BPF_PROG(fifo_select_victims, struct cleancache_victims *victims)
{
	gcma_propose(victims, GCMA_ADOPTED, victims->nr_wanted);
}

GCMA_POLICY
struct cleancache_policy_ops fifo = {
	.select_victims	= (void *)fifo_select_victims,
	.name		= "fifo",
};
