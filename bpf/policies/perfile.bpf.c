// SPDX-License-Identifier: GPL-2.0
/*
 * perfile - files that get hits keep their pages longer.
 *
 * What is worth keeping is often a matter of files: a database, a library and a
 * log differ more from each other than their pages do, and half a file that is
 * read as a whole saves little (Synergy, Chen et al., USENIX 2005). For each
 * file there is a count of pages that were stored and of those that were hit.
 * Pages go to the queue of their file's hit rate, in eight levels. Each level
 * may hold twice as much as the one below; victims come from the one that is
 * most over that.
 *
 * State: a table of files, 8 bytes a slot. The queues are the kernel's.
 * Limit: one large file that is used in part, like the image of a disk, is one
 * level. Files that share a place in the table forget each other.
 */
#include <gcma/policy.h>
#include <gcma/page.h>

char LICENSE[] SEC("license") = "GPL";

#define NR_LEVELS	8

/* What a file whose hit rate is not known starts with. */
#define FIRST_LEVEL	3

/* How many pages have to be stored for a hit rate to be known, default 16. */
const volatile __u32 known_from = 16;

/* After how many stored pages both counts are halved, default 1024. */
const volatile __u32 halve_at = 1024;

struct record {
	__u32 name;	/* part of its hash */
	__u16 stored;
	__u16 hits;
};

/* Not for each slot, but as many. */
GCMA_SLOT_STATE(records, struct record)

static struct record *file_of(const struct cleancache_page *page)
{
	__u64 hash = gcma_file_hash(page);
	struct record *file = records_of(gcma_pick(hash, cleancache_slots()));

	if (file && file->name != (__u32)hash) {
		file->name = hash;
		file->stored = 0;
		file->hits = 0;
	}
	return file;
}

/* Levels are linear in the hit rate. */
static __u32 level_of(const struct record *file)
{
	__u32 level;

	if (!file || file->stored < known_from)
		return FIRST_LEVEL;
	level = file->hits * NR_LEVELS / (file->stored ?: 1);
	return level < NR_LEVELS ? level : NR_LEVELS - 1;
}

/* Queue 0 is left to what was cached before this policy came. */
static __u32 queue_of_level(__u32 level)
{
	return 1 + level;
}

static void store(const struct cleancache_event *event)
{
	struct record *file = file_of(&event->page);
	__u32 queue = queue_of_level(level_of(file));
	__u32 i;

	if (file && ++file->stored >= halve_at) {
		file->stored /= 2;
		file->hits /= 2;
	}
	bpf_for(i, 0, event->nr)
		cleancache_queue_add_tail(queue, event->slot + i);
}

static void restore(const struct cleancache_event *event)
{
	struct record *file = file_of(&event->page);

	if (file && file->hits < file->stored)
		file->hits++;
}

/* Lengths are compared as if all levels were as worthy as the lowest. */
static __u32 largest_level(void)
{
	__u32 level, length, most = 0, largest = 0;

	for (level = 0; level < NR_LEVELS; level++) {
		length = cleancache_queue_len(queue_of_level(level));
		length = (length << NR_LEVELS) >> level;
		if (length > most) {
			most = length;
			largest = level;
		}
	}
	return largest;
}

GCMA_CALLBACK(events)
void BPF_PROG(perfile_events, struct cleancache_events *events)
{
	struct cleancache_event *event;
	__u32 i;

	gcma_for_each_event(event, i, events) {
		if (event->type == CLEANCACHE_EV_STORED)
			store(event);
		else if (event->type == CLEANCACHE_EV_RESTORED)
			restore(event);
	}
}

GCMA_CALLBACK(select_victims)
void BPF_PROG(perfile_select_victims, struct cleancache_victims *victims)
{
	if (gcma_propose(victims, GCMA_ADOPTED, victims->nr_wanted) ||
	    gcma_propose(victims, queue_of_level(largest_level()),
			 victims->nr_wanted))
		return;
	/* The longest held no page any more. */
	gcma_propose_any(victims, queue_of_level(0), NR_LEVELS,
			 victims->nr_wanted);
}

GCMA_POLICY
struct cleancache_policy_ops perfile = {
	.events		= (void *)perfile_events,
	.select_victims	= (void *)perfile_select_victims,
	.name		= "perfile",
};
