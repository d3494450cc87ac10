// SPDX-License-Identifier: GPL-2.0
/*
 * A policy with every callback, which calls every function that it may and
 * reads all that it is told. It keeps pages in the order of the built-in one,
 * on two queues by turns, and gives up where it is told nonsense.
 */
#include <gcma/policy.h>

char _license[] SEC("license") = "GPL";

#define FIRST_QUEUE	1
#define LAST_QUEUE	(GCMA_NR_QUEUES - 1)

GCMA_SLOT_STATE(held, __u32)

/* Read by the test. */
__u64 calls[5];
__u64 seen[8];
__u64 iterated;
__u32 exit_kind;

GCMA_CALLBACK_SLEEPABLE(init)
s32 BPF_PROG(maximal_init)
{
	calls[0]++;
	return cleancache_slots() ? 0 : -1;
}

GCMA_CALLBACK_SLEEPABLE(exit)
void BPF_PROG(maximal_exit, struct cleancache_exit_info *info)
{
	calls[1]++;
	exit_kind = info->kind;
}

GCMA_CALLBACK(admit)
bool BPF_PROG(maximal_admit, const struct cleancache_page *page)
{
	__sync_fetch_and_add(&calls[2], 1);
	if (!page->ino || !page->dev || page->order > 9 ||
	    page->flags > CLEANCACHE_PAGE_WORKINGSET)
		gcma_error("offered inode %llu of device %u, order %u, flags %#x",
			   page->ino, page->dev, page->order, page->flags);
	return true;
}

static void keep(const struct cleancache_event *event)
{
	u32 queue = event->page.index % 2 ? FIRST_QUEUE : LAST_QUEUE;
	__u32 *held;
	u32 i;

	bpf_for(i, 0, event->nr) {
		cleancache_queue_add_head(GCMA_ADOPTED, event->slot + i);
		cleancache_queue_del(event->slot + i);
		cleancache_queue_add_tail(queue, event->slot + i);
		held = held_of(event->slot + i);
		if (!held)
			gcma_error("no state for slot %u", event->slot + i);
		else
			*held = event->page.index;
	}
}

GCMA_CALLBACK(events)
void BPF_PROG(maximal_events, struct cleancache_events *events)
{
	struct cleancache_event *event;
	u32 i, type;

	__sync_fetch_and_add(&calls[3], 1);
	if (cleancache_event_at(events, events->nr))
		gcma_error("there is an event behind the last");
	if (cleancache_queue_add_tail(GCMA_NR_QUEUES, 0) >= 0 ||
	    cleancache_queue_add_tail(0, cleancache_slots()) >= 0 ||
	    cleancache_slot_has_page(cleancache_slots()))
		gcma_error("there is more than there is");
	gcma_for_each_event(event, i, events) {
		if (event->type > CLEANCACHE_EV_ALLOCATED || !event->nr ||
		    event->slot + event->nr > cleancache_slots()) {
			gcma_error("event %u of slot %u", event->type,
				   event->slot);
			break;
		}
		/* So that the verifier sees it, too. */
		type = event->type % 8;
		barrier_var(type);
		__sync_fetch_and_add(&seen[type % 8], event->nr);
		if (event->type == CLEANCACHE_EV_STORED)
			keep(event);
	}
}

/* Look at some of a queue, and put the first back where it was. */
static void look(u32 queue)
{
	int *slot, n = 0;

	bpf_for_each(cleancache_queue, slot, queue) {
		if (!n++)
			cleancache_queue_add_head(queue, *slot);
		if (n > 8)
			break;
	}
	__sync_fetch_and_add(&iterated, n);
}

GCMA_CALLBACK(select_victims)
void BPF_PROG(maximal_select_victims, struct cleancache_victims *victims)
{
	__u64 turn = __sync_fetch_and_add(&calls[4], 1);
	u32 queue = turn % 2 ? FIRST_QUEUE : LAST_QUEUE;

	look(queue);
	gcma_propose(victims, GCMA_ADOPTED, victims->nr_wanted);
	gcma_propose(victims, queue, victims->nr_wanted);
	if (!victims->nr)
		gcma_propose(victims, FIRST_QUEUE + LAST_QUEUE - queue,
			     victims->nr_wanted);
}

GCMA_POLICY
struct cleancache_policy_ops maximal = {
	.init		= (void *)maximal_init,
	.exit		= (void *)maximal_exit,
	.admit		= (void *)maximal_admit,
	.events		= (void *)maximal_events,
	.select_victims	= (void *)maximal_select_victims,
	.name		= "maximal",
};
