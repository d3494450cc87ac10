// SPDX-License-Identifier: GPL-2.0
/*
 * s3fifo - three simple queues: a small one, a large one, and ghosts.
 *
 * After S3-FIFO (Yang et al., SOSP 2023). New pages go to a small queue and
 * leave the cache at its end, but for a ghost. A page that comes while there is
 * a ghost of it goes to the main queue instead. Where the original counts hits
 * in place, and gives a page that has some another round in the main queue,
 * pages here leave when they are hit; so the bit that earns the round is
 * whether the page was hit the last time it was here.
 *
 * State: one byte a slot for the bit, and the ghosts, 32 bytes a slot. The
 * queues are the kernel's.
 * Limit: what is not read again before its ghost ends is new once more. Two
 * visits are as good as a hundred.
 */
#include <gcma/policy.h>
#include <gcma/ghost.h>

char LICENSE[] SEC("license") = "GPL";

#define SMALL	GCMA_ADOPTED
#define MAIN	1

/* Percentage of the cache that is the small queue, default 10. */
const volatile __u32 small_share = 10;

/* How long ghosts last: pages stored, in percent of slots, default 1000. */
const volatile __u32 ghost_percent = 1000;

/* What a ghost's value is made of. */
enum { SEEN = 1, WAS_HIT = 2 };

GCMA_SLOT_STATE(again, __u8)

static __u32 ghost_life(void)
{
	return (__u64)cleancache_slots() * ghost_percent / 100;
}

/* Note the page. Return what was known of it, 0 if nothing. */
static __u16 recall(const struct cleancache_page *page)
{
	struct gcma_ghost *ghost = gcma_ghost_get(gcma_page_hash(page));
	__u16 known = 0;

	if (!ghost)
		return 0;
	if (gcma_ghost_age(ghost) <= ghost_life())
		known = ghost->value;
	ghost->value = SEEN;
	gcma_ghost_note(ghost);
	return known;
}

static void store(const struct cleancache_event *event)
{
	__u16 known = recall(&event->page);
	__u8 *again;
	__u32 i;

	bpf_for(i, 0, event->nr) {
		again = again_of(event->slot + i);
		if (again)
			*again = !!(known & WAS_HIT);
		cleancache_queue_add_tail(known ? MAIN : SMALL,
					  event->slot + i);
	}
}

static void restore(const struct cleancache_event *event)
{
	struct gcma_ghost *ghost =
		gcma_ghost_find(gcma_page_hash(&event->page));

	if (ghost)
		ghost->value |= WAS_HIT;
}

/* Whether a slot at the head of the main queue has another round. */
static bool goes_again(__u32 slot)
{
	__u8 *again = again_of(slot);

	if (!again || !*again)
		return false;
	*again = 0;
	cleancache_queue_add_tail(MAIN, slot);
	return true;
}

static void propose_from_main(struct cleancache_victims *victims)
{
	__u32 i;
	int slot;

	bpf_for(i, 0, 4 * victims->nr_wanted) {
		slot = cleancache_queue_pop(MAIN);
		if (slot < 0)
			break;
		if (goes_again(slot))
			continue;
		if (cleancache_victim_add(victims, slot) ||
		    victims->nr == victims->nr_wanted)
			break;
	}
}

static bool small_is_large(void)
{
	__u32 small = cleancache_queue_len(SMALL);
	__u32 main = cleancache_queue_len(MAIN);

	return (__u64)small * 100 > (__u64)(small + main) * small_share;
}

GCMA_CALLBACK(events)
void BPF_PROG(s3fifo_events, struct cleancache_events *events)
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
void BPF_PROG(s3fifo_select_victims, struct cleancache_victims *victims)
{
	if (!small_is_large())
		propose_from_main(victims);
	if (!victims->nr)
		gcma_propose(victims, SMALL, victims->nr_wanted);
	if (!victims->nr)
		propose_from_main(victims);
}

GCMA_POLICY
struct cleancache_policy_ops s3fifo = {
	.events		= (void *)s3fifo_events,
	.select_victims	= (void *)s3fifo_select_victims,
	.name		= "s3fifo",
};
