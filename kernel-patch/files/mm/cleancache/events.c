// SPDX-License-Identifier: GPL-2.0
/*
 * Telling the policy what happens to slots.
 *
 * A call costs more than what most policies do in it, so events are noted in a
 * ring of each CPU and told some dozens at a time. Noting takes no lock and is
 * done anywhere; telling is done where the policy may be called. The CPU alone
 * adds to its ring; whoever holds the ring's bit takes from it.
 */

#include <linux/bitops.h>
#include <linux/irqflags.h>
#include <linux/math64.h>
#include <linux/percpu.h>
#include <linux/workqueue.h>

#include "call.h"

#define RING_SIZE	128

/* That many events are worth a call. */
#define TELL_AT		64

/**
 * struct event_ring - what happened on a CPU and was not told yet
 * @telling: bit 0 is held while events are told
 * @head: how many events were ever noted; the last is before this
 * @tail: how many of them were told
 * @lost: how many found no room
 * @lost_told: how many of those the policy knows of
 * @events: those from @tail to @head
 */
struct event_ring {
	unsigned long telling;
	u32 head;
	u32 tail;
	u32 lost;
	u32 lost_told;
	struct cleancache_event events[RING_SIZE];
};

/**
 * struct telling - what is being told, as events() sees it and the ring behind
 * @batch: the part the policy reads
 * @ring: where the events are
 * @tail: of the ring; the first event
 */
struct telling {
	struct cleancache_events batch;
	struct event_ring *ring;
	u32 tail;
};

static struct event_ring __percpu *rings;

/* Set on a CPU that should tell what happened, once it can. */
DEFINE_PER_CPU(bool, cleancache_tell_due);

/*
 * Make room for an event and return whether there is some; otherwise the event
 * is lost. For use with interrupts off, until commit().
 */
static __always_inline bool reserve(struct event_ring *ring,
				    struct cleancache_event **event)
{
	u32 waiting;

	/* Pairs with the release in take_events(): what is there was read. */
	waiting = ring->head - smp_load_acquire(&ring->tail);
	*event = &ring->events[ring->head % RING_SIZE];
	if (likely(waiting < TELL_AT))
		return true;
	__this_cpu_write(cleancache_tell_due, true);
	if (waiting < RING_SIZE)
		return true;
	WRITE_ONCE(ring->lost, ring->lost + 1);
	return false;
}

static __always_inline void commit(struct event_ring *ring)
{
	/* Pairs with the acquire in take_events(): the event is there. */
	smp_store_release(&ring->head, ring->head + 1);
}

/**
 * __cleancache_note() - note an event for the policy
 * @type: what happened
 * @slot: the first slot it happened to
 * @nr: how many slots
 *
 * Context: Any, while the policy takes events.
 */
void __cleancache_note(enum cleancache_event_type type, u32 slot, u32 nr)
{
	struct cleancache_event *event;
	struct event_ring *ring;
	unsigned long flags;

	local_irq_save(flags);
	ring = this_cpu_ptr(rings);
	if (reserve(ring, &event)) {
		event->slot = slot;
		event->nr = nr;
		event->type = type;
		commit(ring);
	}
	local_irq_restore(flags);
}

/* What a page is called is cheap to tell; the rest is not. */
static __always_inline void name_folio(struct cleancache_page *page,
				       const struct folio *folio)
{
	const struct inode *inode = folio->mapping->host;

	page->ino = inode->i_ino;
	page->index = folio->index;
	page->dev = inode->i_sb->s_dev;
}

/**
 * cleancache_note_restored() - note that a folio was restored
 * @folio: the folio
 * @slot: the first slot
 *
 * Context: Process context, interrupts on, while the policy takes events.
 */
void cleancache_note_restored(const struct folio *folio, u32 slot)
{
	struct cleancache_event *event;
	struct event_ring *ring;

	local_irq_disable();
	ring = this_cpu_ptr(rings);
	if (reserve(ring, &event)) {
		name_folio(&event->page, folio);
		event->slot = slot;
		event->nr = folio_nr_pages(folio);
		event->type = CLEANCACHE_EV_RESTORED;
		commit(ring);
	}
	local_irq_enable();
	cleancache_tell_if_due();
}

/**
 * cleancache_note_stored() - note that pages were stored
 * @page: the first, which tells how many there are
 * @slot: its slot
 *
 * Context: Interrupts off, while the policy takes events.
 */
void cleancache_note_stored(const struct cleancache_page *page, u32 slot)
{
	struct event_ring *ring = this_cpu_ptr(rings);
	struct cleancache_event *event;

	if (!reserve(ring, &event))
		return;
	event->page = *page;
	event->slot = slot;
	event->nr = 1U << page->order;
	event->type = CLEANCACHE_EV_STORED;
	commit(ring);
}

/**
 * cleancache_event_of() - one of the events being told
 * @batch: what events() was given
 * @i: which
 *
 * Context: In events().
 *
 * Return: the event, or NULL if there are not so many.
 */
struct cleancache_event *cleancache_event_of(struct cleancache_events *batch,
					     u32 i)
{
	struct telling *telling = container_of(batch, struct telling, batch);

	if (i >= batch->nr)
		return NULL;
	return &telling->ring->events[(telling->tail + i) % RING_SIZE];
}

/* What happens if there is no events(): queue 0 is all the policy has. */
static void tell_queue(struct cleancache_events *batch)
{
	struct cleancache_event *event;
	u32 i;

	for (i = 0; i < batch->nr; i++) {
		event = cleancache_event_of(batch, i);
		if (event->type == CLEANCACHE_EV_STORED)
			cleancache_queue_insert_run(event->slot, event->nr);
	}
}

/*
 * What a call took, as if it had been told of no more pages than there can be
 * events: each page of a large folio may be worth as much work as a small one.
 */
static u64 time_for_small(struct cleancache_events *batch, u64 ns)
{
	struct cleancache_event *event;
	u32 i, pages = 0;

	for (i = 0; i < batch->nr; i++) {
		event = cleancache_event_of(batch, i);
		pages += event->type == CLEANCACHE_EV_STORED ||
			 event->type == CLEANCACHE_EV_RESTORED ? event->nr : 1;
	}
	return pages > RING_SIZE ? div_u64(ns * RING_SIZE, pages) : ns;
}

static void call_events(struct cleancache_policy *policy,
			struct cleancache_events *batch)
{
	u64 start = policy_watch_start(), ns;

	policy->ops->events(batch);
	ns = policy_watch_read(start);
	if (policy_slow(ns))
		ns = time_for_small(batch, ns);
	cleancache_policy_took(policy, CLEANCACHE_OP_EVENTS, ns);
}

static void tell_policy(struct cleancache_events *batch)
{
	struct cleancache_policy *policy = policy_call_begin();

	if (policy && policy->ops->events)
		call_events(policy, batch);
	else if (policy)
		tell_queue(batch);
	policy_call_end();
}

/* A slot whose event was lost is on no queue. */
static void find_lost(struct work_struct *work)
{
	cleancache_queues_append();
}

static DECLARE_WORK(find_lost_work, find_lost);

/*
 * Take what a ring holds, and call @tell with it. Return false if somebody else
 * is at it; whoever comes second need not wait. For use with preemption off.
 */
static bool take_events(struct event_ring *ring,
			void (*tell)(struct cleancache_events *batch))
{
	struct telling telling = { .ring = ring };
	u32 lost;

	if (test_and_set_bit_lock(0, &ring->telling))
		return false;
	lost = READ_ONCE(ring->lost);
	telling.tail = ring->tail;
	/* Pairs with the release in commit(): the events are there. */
	telling.batch.nr = smp_load_acquire(&ring->head) - ring->tail;
	telling.batch.nr_lost = lost - ring->lost_told;
	if (tell && (telling.batch.nr || telling.batch.nr_lost))
		tell(&telling.batch);
	if (tell && telling.batch.nr_lost)
		queue_work(system_unbound_wq, &find_lost_work);
	ring->lost_told = lost;
	/* Pairs with the acquire in reserve(): they have been read. */
	smp_store_release(&ring->tail, telling.tail + telling.batch.nr);
	clear_bit_unlock(0, &ring->telling);
	return true;
}

/**
 * cleancache_tell() - tell the policy what happened on this CPU
 *
 * Context: Process context, interrupts on, once a policy was in force.
 */
void cleancache_tell(void)
{
	guard(preempt)();
	__this_cpu_write(cleancache_tell_due, false);
	take_events(this_cpu_ptr(rings), tell_policy);
}

/**
 * cleancache_tell_all() - tell the policy what happened on all CPUs
 *
 * Context: Process context, interrupts on, once a policy was in force.
 *
 * Return: whether it knows all that now; somebody may be about to tell it.
 */
bool cleancache_tell_all(void)
{
	bool told = true;
	int cpu;

	for_each_possible_cpu(cpu) {
		guard(preempt)();
		told &= take_events(per_cpu_ptr(rings, cpu), tell_policy);
	}
	return told;
}

/**
 * cleancache_events_clear() - forget what was not told
 *
 * What is noted meanwhile may stay, and be told to the next policy.
 *
 * Context: Process context. No policy is in force.
 */
void cleancache_events_clear(void)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		guard(preempt)();
		take_events(per_cpu_ptr(rings, cpu), NULL);
	}
}

/**
 * cleancache_events_alloc() - make the rings, the first time they are needed
 *
 * Context: Process context, one caller at a time. May sleep.
 *
 * Return: 0 or -ENOMEM.
 */
int cleancache_events_alloc(void)
{
	if (!rings)
		rings = alloc_percpu(struct event_ring);
	return rings ? 0 : -ENOMEM;
}
