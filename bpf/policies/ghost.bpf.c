// SPDX-License-Identifier: GPL-2.0
/*
 * ghost - remembers pages that were here before and keeps those longer.
 *
 * A page evicted for the first time goes on probation. One that was evicted
 * before, whether it was hit here since or not, has shown that it comes back:
 * it is protected. Victims come from probation as long as that holds more than
 * its share. The idea of telling the two apart by a memory of page names is
 * that of 2Q (Johnson and Shasha, VLDB 1994) and S3-FIFO (Yang et al., SOSP
 * 2023).
 *
 * State: a table of 65536 fingerprints, two a slot for a region of 128 MiB. The
 * map spends 8 bytes on each, 512 KiB in all. The queues are the kernel's.
 * Limit: the table is direct-mapped and remembers the last page of each hash
 * only. A loop larger than memory and cache together looks like a working set,
 * and protects pages that will be evicted before they are read.
 */
#include <gcma/policy.h>

char LICENSE[] SEC("license") = "GPL";

#define PROBATION	GCMA_ADOPTED
#define PROTECTED	1
#define TABLE_BITS	16

/* Percentage of the cache that is left to pages on probation, default 10. */
const volatile __u32 probation_share = 10;

/* Whether to keep pages that were never here before, default true. */
const volatile bool keep_new = true;

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 << TABLE_BITS);
	__type(key, __u32);
	__type(value, __u32);
} ghosts SEC(".maps");

/* Mixes all bits of a page's name (the finaliser of MurmurHash3). */
static __u64 hash_page(const struct cleancache_page *page)
{
	__u64 hash = page->ino * 0x9e3779b97f4a7c15ull + page->index;

	hash ^= (__u64)page->dev << 32;
	hash ^= hash >> 33;
	hash *= 0xff51afd7ed558ccdull;
	hash ^= hash >> 33;
	hash *= 0xc4ceb9fe1a85ec53ull;
	return hash ^ hash >> 33;
}

static __u32 *find_ghost(__u64 hash)
{
	__u32 key = hash >> (64 - TABLE_BITS);

	return bpf_map_lookup_elem(&ghosts, &key);
}

static bool is_known(const struct cleancache_page *page)
{
	__u64 hash = hash_page(page);
	__u32 *ghost = find_ghost(hash);

	return ghost && *ghost == (__u32)hash;
}

static void remember(const struct cleancache_page *page)
{
	__u64 hash = hash_page(page);
	__u32 *ghost = find_ghost(hash);

	if (ghost)
		*ghost = hash;
}

GCMA_CALLBACK(admit)
bool BPF_PROG(ghost_admit, const struct cleancache_page *page)
{
	if (keep_new || is_known(page))
		return true;
	remember(page);
	return false;
}

GCMA_CALLBACK(stored)
void BPF_PROG(ghost_stored, u32 slot, const struct cleancache_page *page)
{
	cleancache_queue_add_tail(is_known(page) ? PROTECTED : PROBATION, slot);
	remember(page);
}

/* Slots that were hit are still counted, so both numbers are a little high. */
static bool probation_is_large(void)
{
	__u32 probation = cleancache_queue_len(PROBATION);
	__u32 protected = cleancache_queue_len(PROTECTED);

	return probation * 100 > (probation + protected) * probation_share;
}

GCMA_CALLBACK(select_victims)
void BPF_PROG(ghost_select_victims, struct cleancache_victims *victims)
{
	bool large = probation_is_large();

	if (!gcma_propose(victims, large ? PROBATION : PROTECTED,
			  victims->nr_wanted))
		gcma_propose(victims, large ? PROTECTED : PROBATION,
			     victims->nr_wanted);
}

GCMA_POLICY
struct cleancache_policy_ops ghost = {
	.admit		= (void *)ghost_admit,
	.stored		= (void *)ghost_stored,
	.select_victims	= (void *)ghost_select_victims,
	.name		= "ghost",
};
