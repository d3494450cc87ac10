// SPDX-License-Identifier: GPL-2.0
/*
 * tinylfu - a page is let in only if it is wanted more than one that is here.
 *
 * After TinyLFU (Einziger, Friedman and Manes, ACM Transactions on Storage
 * 2017). A sketch counts how often each page was offered lately. When there is
 * no room, a page that is offered has to have a higher count than the page at
 * the head of the queue. If it has not, that page goes to the tail, and the
 * next one is up.
 *
 * State: 4 bytes a slot to know its page by, and the sketch, 8 bytes a slot.
 * The queue is the kernel's.
 * Limit: there is no window that lets new pages prove themselves, as later
 * versions have. A page that is read in one burst and then never again keeps
 * its count until it has been halved away.
 */
#include <gcma/policy.h>
#include <gcma/room.h>
#include <gcma/sketch.h>

char LICENSE[] SEC("license") = "GPL";

/*
 * One in how many pages is let in whatever its count, so that free slots are
 * found; default 256.
 */
const volatile __u32 let_in_one_in = 256;

/* Half a hash will do for the sketch. */
GCMA_SLOT_STATE(names, __u32)

static __u32 name_of(const struct cleancache_page *page)
{
	return gcma_page_hash(page);
}

static __u32 estimate(__u32 name)
{
	return gcma_sketch_estimate(gcma_mix(name));
}

/* The first on a queue, or a negative number. */
static int head_of(__u32 queue)
{
	int *slot, head = -1;

	bpf_for_each(cleancache_queue, slot, queue) {
		head = *slot;
		break;
	}
	return head;
}

/* Whether a page is wanted more than the one that would be evicted. */
static bool wins(__u32 name)
{
	int head = head_of(GCMA_ADOPTED);
	__u32 *other;

	if (head < 0)
		return true;
	other = names_of(head);
	if (!other || estimate(name) > estimate(*other))
		return true;
	cleancache_queue_add_tail(GCMA_ADOPTED, head);
	return false;
}

static void store(const struct cleancache_event *event)
{
	__u32 *name;
	__u32 i;

	bpf_for(i, 0, event->nr) {
		name = names_of(event->slot + i);
		if (name)
			*name = name_of(&event->page);
		cleancache_queue_add_tail(GCMA_ADOPTED, event->slot + i);
	}
}

GCMA_CALLBACK(admit)
bool BPF_PROG(tinylfu_admit, const struct cleancache_page *page)
{
	__u32 name = name_of(page);

	gcma_sketch_add(gcma_mix(name));
	return gcma_room_for(page, wins(name), let_in_one_in);
}

GCMA_CALLBACK(events)
void BPF_PROG(tinylfu_events, struct cleancache_events *events)
{
	struct cleancache_event *event;
	__u32 i;

	gcma_for_each_event(event, i, events) {
		gcma_room_event(event);
		if (event->type == CLEANCACHE_EV_STORED)
			store(event);
	}
}

/* One at a time, since it is one page that has lost. */
GCMA_CALLBACK(select_victims)
void BPF_PROG(tinylfu_select_victims, struct cleancache_victims *victims)
{
	gcma_room_none(1);
	gcma_propose(victims, GCMA_ADOPTED, 1);
}

GCMA_POLICY
struct cleancache_policy_ops tinylfu = {
	.admit		= (void *)tinylfu_admit,
	.events		= (void *)tinylfu_events,
	.select_victims	= (void *)tinylfu_select_victims,
	.name		= "tinylfu",
};
