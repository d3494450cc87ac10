// SPDX-License-Identifier: GPL-2.0
/*
 * mq - a queue for each order of magnitude of visits.
 *
 * After Multi-Queue (Zhou, Philbin and Li, USENIX 2001), made for caches below
 * other caches. A page goes to the queue of the logarithm of how often it was
 * here. A page at the head of its queue whose time is up moves one queue down
 * and gets more time. Victims come from the lowest queue. A page that left is
 * remembered with its number of visits.
 *
 * State: 8 bytes a slot for the time and the queue, and the ghosts, 32 bytes a
 * slot. The queues are the kernel's.
 * Limit: in the lowest queue first in is first out, so a loop that is larger
 * than the cache does not hit until its pages have spread over several queues.
 */
#include <gcma/policy.h>
#include <gcma/ghost.h>
#include <gcma/log.h>

char LICENSE[] SEC("license") = "GPL";

#define NR_LEVELS	8
#define MAX_COUNT	(1 << (NR_LEVELS - 1))

/* How many pages a queue's head can be asked for its time at once. */
#define MAX_DEMOTIONS	8

/*
 * How long a page stays in a queue: pages stored, in percent of slots, default
 * 800.
 */
const volatile __u32 life_percent = 800;

struct stay {
	__u32 until;	/* by gcma_ghost_clock */
	__u32 level;
};

GCMA_SLOT_STATE(stays, struct stay)

static __u32 end_of_life(void)
{
	return gcma_ghost_clock +
	       (__u64)cleancache_slots() * life_percent / 100;
}

/* A ghost's value is how often its page was here. */
static __u32 count_visit(const struct cleancache_page *page)
{
	struct gcma_ghost *ghost = gcma_ghost_get(gcma_page_hash(page));

	if (!ghost)
		return 1;
	if (ghost->value < MAX_COUNT)
		ghost->value++;
	gcma_ghost_note(ghost);
	return ghost->value;
}

static void put(__u32 slot, __u32 level)
{
	struct stay *stay = stays_of(slot);

	if (stay) {
		stay->until = end_of_life();
		stay->level = level;
	}
	cleancache_queue_add_tail(level, slot);
}

static void store(const struct cleancache_event *event)
{
	__u32 level = gcma_log2(count_visit(&event->page));
	__u32 i;

	bpf_for(i, 0, event->nr)
		put(event->slot + i, level);
}

/* Let the head of a queue move down as long as its time is up. */
static void demote(__u32 level)
{
	struct stay *stay;
	int *slot, n = 0;

	bpf_for_each(cleancache_queue, slot, level) {
		stay = stays_of(*slot);
		if (!stay || (__s32)(stay->until - gcma_ghost_clock) > 0 ||
		    n++ == MAX_DEMOTIONS)
			break;
		put(*slot, level - 1);
	}
}

GCMA_CALLBACK(events)
void BPF_PROG(mq_events, struct cleancache_events *events)
{
	struct cleancache_event *event;
	__u32 i;

	gcma_for_each_event(event, i, events)
		if (event->type == CLEANCACHE_EV_STORED)
			store(event);
}

GCMA_CALLBACK(select_victims)
void BPF_PROG(mq_select_victims, struct cleancache_victims *victims)
{
	__u32 level;

	bpf_for(level, 1, NR_LEVELS)
		demote(level);
	bpf_for(level, 0, NR_LEVELS)
		if (gcma_propose(victims, level, victims->nr_wanted) ==
		    victims->nr_wanted)
			break;
}

GCMA_POLICY
struct cleancache_policy_ops mq = {
	.events		= (void *)mq_events,
	.select_victims	= (void *)mq_select_victims,
	.name		= "mq",
};
