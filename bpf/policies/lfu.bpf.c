// SPDX-License-Identifier: GPL-2.0
/*
 * lfu - least frequently used, with a past that fades.
 *
 * A page's count grows by one with each visit and halves with each half-life.
 * That is LRFU (Lee et al., IEEE Transactions on Computers 2001). Counts need
 * not be updated while pages are here, since all fade alike: the logarithm of
 * a count plus the time at which it was taken, in half-lives, keeps its order.
 * So pages are put on queues by that sum, the queues are used in turn as time
 * goes on, and victims come from the one that is lowest.
 *
 * State: the ghosts, which hold the counts, 32 bytes a slot. The queues are the
 * kernel's.
 * Limit: one half-life has to fit: shorter is nearer to fifo, longer nearer to
 * counting for ever. All pages of a loop have the same count, and of equals the
 * first in is first out.
 */
#include <gcma/policy.h>
#include <gcma/ghost.h>
#include <gcma/log.h>

char LICENSE[] SEC("license") = "GPL";

/* Counts are in parts of a visit. */
#define VISIT		32
#define MAX_COUNT	0xffff

/* Queues for each doubling of a count. */
#define STEPS		4

/*
 * How long it takes a count to halve: pages stored, in percent of slots,
 * default 1600.
 */
const volatile __u32 half_life_percent = 1600;

/* The lowest queue that may hold a page, as a number that goes on. */
static __u32 lowest;

static __u32 half_life(void)
{
	return ((__u64)cleancache_slots() * half_life_percent / 100) ?: 1;
}

/* What is left of a count; between halvings it falls in a straight line. */
static __u32 fade(__u32 count, __u32 age)
{
	__u32 life = half_life();
	__u32 halvings = age / life;

	if (halvings > 15)
		return 0;
	count >>= halvings;
	return count - (__u64)count * (age % life) / life / 2;
}

static __u32 count_visit(const struct cleancache_page *page)
{
	struct gcma_ghost *ghost = gcma_ghost_get(gcma_page_hash(page));
	__u32 count;

	if (!ghost)
		return VISIT;
	count = fade(ghost->value, gcma_ghost_age(ghost)) + VISIT;
	ghost->value = count < MAX_COUNT ? count : MAX_COUNT;
	gcma_ghost_note(ghost);
	return ghost->value;
}

/* The logarithm of a count, in steps; between powers of two it is a line. */
static __u32 steps_of(__u32 count)
{
	__u32 bits = gcma_log2(count);

	return bits * STEPS + ((count * STEPS >> bits) & (STEPS - 1));
}

/* At any time there are less than 64 of these, so queues can take turns. */
static __u32 rank_of(__u32 count)
{
	return gcma_ghost_clock / (half_life() / STEPS ?: 1) + steps_of(count);
}

static __u32 queue_of_rank(__u32 rank)
{
	/* Queue 0 is left to what was cached before this policy came. */
	return 1 + rank % (GCMA_NR_QUEUES - 1);
}

static void store(const struct cleancache_event *event)
{
	__u32 rank = rank_of(count_visit(&event->page));
	__u32 i;

	if ((__s32)(lowest - rank) > 0)
		lowest = rank;
	/* Else what has not been used for long would seem to be ahead. */
	if (rank - lowest >= GCMA_NR_QUEUES - 1)
		rank = lowest + GCMA_NR_QUEUES - 2;
	bpf_for(i, 0, event->nr)
		cleancache_queue_add_tail(queue_of_rank(rank), event->slot + i);
}

GCMA_CALLBACK(events)
void BPF_PROG(lfu_events, struct cleancache_events *events)
{
	struct cleancache_event *event;
	__u32 i;

	gcma_for_each_event(event, i, events)
		if (event->type == CLEANCACHE_EV_STORED)
			store(event);
}

GCMA_CALLBACK(select_victims)
void BPF_PROG(lfu_select_victims, struct cleancache_victims *victims)
{
	__u32 i;

	if (gcma_propose(victims, GCMA_ADOPTED, victims->nr_wanted))
		return;
	bpf_for(i, 0, GCMA_NR_QUEUES - 1) {
		if (gcma_propose(victims, queue_of_rank(lowest),
				 victims->nr_wanted) == victims->nr_wanted)
			break;
		lowest++;
	}
}

GCMA_POLICY
struct cleancache_policy_ops lfu = {
	.events		= (void *)lfu_events,
	.select_victims	= (void *)lfu_select_victims,
	.name		= "lfu",
};
