// SPDX-License-Identifier: GPL-2.0
/*
 * bimodal - for loops: keep what is there, unless fifo does better.
 *
 * A loop larger than the cache never hits if new pages push out old ones, and
 * often if the newest leaves first. So new pages go to the end of the queue
 * that is evicted next, but for one now and then, which lets a new working set
 * in. Where that is the wrong thing to do, the plain order does better; two
 * small parts of all pages are always treated the one way and the other, and
 * the rest as the part that gets more hits. This is DIP (Qureshi et al., ISCA
 * 2007) with queues for sets.
 *
 * State: none for a slot; 24 bytes in all. The queues are the kernel's.
 * Limit: one way at a time for all pages. A loop beside a working set is
 * treated as whichever has more hits. It remembers nothing.
 */
#include <gcma/policy.h>
#include <gcma/duel.h>

char LICENSE[] SEC("license") = "GPL";

/* One in how many pages is put where it stays longest, default 32. */
const volatile __u32 keep_one_in = 32;

enum { FIFO = GCMA_DUEL_ONE, BIMODAL = GCMA_DUEL_OTHER };

static struct gcma_duel duel;

/* Each part of the pages has a queue, behind that of what was cached before. */
static __u32 queue_of_part(__u32 part)
{
	return 1 + part;
}

static bool leaves_first(__u32 part)
{
	return gcma_duel_way(&duel, part) == BIMODAL &&
	       bpf_get_prandom_u32() % (keep_one_in ?: 1);
}

static void store(const struct cleancache_event *event)
{
	__u32 part = gcma_duel_part(gcma_page_hash(&event->page));
	bool first = leaves_first(part);
	__u32 i;

	gcma_duel_trial(&duel, part);
	bpf_for(i, 0, event->nr) {
		if (first)
			cleancache_queue_add_head(queue_of_part(part),
						  event->slot + i);
		else
			cleancache_queue_add_tail(queue_of_part(part),
						  event->slot + i);
	}
}

/* The part that has most of what it should not have. */
static __u32 largest_part(void)
{
	__s32 over, most = -(1 << 30);
	__u32 slots = cleancache_slots();
	__u32 part, largest = 0;

	for (part = 0; part < GCMA_DUEL_PARTS; part++) {
		over = cleancache_queue_len(queue_of_part(part)) -
		       gcma_duel_share(part, slots);
		if (over > most) {
			most = over;
			largest = part;
		}
	}
	return largest;
}

GCMA_CALLBACK(events)
void BPF_PROG(bimodal_events, struct cleancache_events *events)
{
	struct cleancache_event *event;
	__u32 i;

	gcma_for_each_event(event, i, events) {
		if (event->type == CLEANCACHE_EV_STORED)
			store(event);
		else if (event->type == CLEANCACHE_EV_RESTORED)
			gcma_duel_hit(&duel, gcma_duel_part(
					gcma_page_hash(&event->page)));
	}
}

/* Pages that came together need not leave together: few at a time. */
#define AT_ONCE	8

GCMA_CALLBACK(select_victims)
void BPF_PROG(bimodal_select_victims, struct cleancache_victims *victims)
{
	if (gcma_propose(victims, GCMA_ADOPTED, victims->nr_wanted) ||
	    gcma_propose(victims, queue_of_part(largest_part()), AT_ONCE))
		return;
	gcma_propose_any(victims, queue_of_part(0), GCMA_DUEL_PARTS, AT_ONCE);
}

GCMA_POLICY
struct cleancache_policy_ops bimodal = {
	.events		= (void *)bimodal_events,
	.select_victims	= (void *)bimodal_select_victims,
	.name		= "bimodal",
};
