// SPDX-License-Identifier: GPL-2.0
/*
 * A policy whose victims are wrong in every way: slots beyond the last one,
 * free ones, those of memory that is handed out, the same one many times, and
 * more than were asked for. It names each kind alone in turn, so that a kernel
 * that trusts one of them is found.
 */
#include <gcma/policy.h>

#define NR_KINDS	4
#define MANY		100	/* more than a request can hold */

char _license[] SEC("license") = "GPL";

static u32 requests;
static u32 last_restored;

GCMA_CALLBACK(restored)
void BPF_PROG(nonsense_restored, u32 slot)
{
	last_restored = slot;
}

static u32 wrong_slot(u32 kind, u32 i)
{
	switch (kind) {
	case 0:		/* far out of range */
		return ~0U - i;
	case 1:		/* around the end, whatever the number of slots */
		return 1U << (12 + i % 20);
	case 2:		/* free again, most likely */
		return last_restored;
	default:	/* one slot over and over; free, cached or handed out */
		return requests % 16384;
	}
}

GCMA_CALLBACK(select_victims)
void BPF_PROG(nonsense_select_victims, struct cleancache_victims *victims)
{
	u32 kind = requests++ % NR_KINDS, i;

	for (i = 0; i < MANY; i++)
		cleancache_victim_add(victims, wrong_slot(kind, i));
}

GCMA_POLICY
struct cleancache_policy_ops nonsense = {
	.restored	= (void *)nonsense_restored,
	.select_victims	= (void *)nonsense_select_victims,
	.name		= "nonsense",
};
