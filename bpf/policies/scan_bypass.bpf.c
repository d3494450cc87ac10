// SPDX-License-Identifier: GPL-2.0
/*
 * scan_bypass - first in, first out, without what is read once from end to end.
 *
 * A file whose pages are offered in their order, one after the other, is being
 * scanned, or was. Once such a run is long enough, the rest of it is turned
 * away while there is no room, but for pages that were offered before. A second
 * scan of the same file is therefore taken for use of it. Bypassing streams is
 * as old as databases (Stonebraker, CACM 1981).
 *
 * State: the ghosts, 32 bytes a slot, and 12 bytes for each of 4096 files.
 * Limit: all it knows are scans in order. Files that share a place in the table
 * break up each other's runs. A scan that is repeated gets in.
 */
#include <gcma/policy.h>
#include <gcma/ghost.h>
#include <gcma/room.h>

char LICENSE[] SEC("license") = "GPL";

#define NR_FILES	4096

/* From how long a run on a file is being scanned, in pages, default 64. */
const volatile __u32 run_length = 64;

/* How far ahead a page may be to continue a run, in pages, default 32. */
const volatile __u32 gap = 32;

/*
 * One in how many pages of a scan is let in, so that free slots are found;
 * default 64.
 */
const volatile __u32 let_in_one_in = 64;

struct stream {
	__u32 file;	/* part of its hash */
	__u32 next;	/* index behind the last page that was offered */
	__u32 run;	/* pages */
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, NR_FILES);
	__type(key, __u32);
	__type(value, struct stream);
} streams SEC(".maps");

static struct stream *stream_of(const struct cleancache_page *page)
{
	__u64 hash = gcma_file_hash(page);
	__u32 key = gcma_pick(hash, NR_FILES);
	struct stream *stream = bpf_map_lookup_elem(&streams, &key);

	if (stream && stream->file != (__u32)hash) {
		stream->file = hash;
		stream->run = 0;
	}
	return stream;
}

/* Note the page. Return whether it is part of a scan. */
static bool is_scanned(const struct cleancache_page *page)
{
	struct stream *stream = stream_of(page);
	__u32 nr = 1 << (page->order & 15);

	if (!stream)
		return false;
	if ((__u32)page->index - stream->next <= gap)
		stream->run += nr;
	else
		stream->run = nr;
	stream->next = page->index + nr;
	return stream->run > run_length;
}

GCMA_CALLBACK(admit)
bool BPF_PROG(scan_bypass_admit, const struct cleancache_page *page)
{
	bool scanned = is_scanned(page);
	bool known = gcma_ghost_known(page);

	return gcma_room_for(page, !scanned || known, let_in_one_in);
}

GCMA_CALLBACK(events)
void BPF_PROG(scan_bypass_events, struct cleancache_events *events)
{
	struct cleancache_event *event;
	__u32 i, slot;

	gcma_for_each_event(event, i, events) {
		gcma_room_event(event);
		if (event->type != CLEANCACHE_EV_STORED)
			continue;
		bpf_for(slot, event->slot, event->slot + event->nr)
			cleancache_queue_add_tail(GCMA_ADOPTED, slot);
	}
}

GCMA_CALLBACK(select_victims)
void BPF_PROG(scan_bypass_select_victims, struct cleancache_victims *victims)
{
	gcma_room_none(victims->nr_wanted);
	gcma_propose(victims, GCMA_ADOPTED, victims->nr_wanted);
}

GCMA_POLICY
struct cleancache_policy_ops scan_bypass = {
	.admit		= (void *)scan_bypass_admit,
	.events		= (void *)scan_bypass_events,
	.select_victims	= (void *)scan_bypass_select_victims,
	.name		= "scan_bypass",
};
