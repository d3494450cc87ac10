// SPDX-License-Identifier: GPL-2.0
/*
 * Queues: ordered sets of slots, for policies.
 *
 * A slot is on one queue or on none. Nothing takes it off when it loses its
 * page, since an allocation that takes thousands could not afford that; a slot
 * that holds nothing is dropped when its turn comes, and moved when it is
 * queued anew.
 *
 * The links of all slots are one array, followed by a head for each queue.
 */

#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/vmalloc.h>

#include "call.h"

#define NOT_QUEUED	CLEANCACHE_NO_SLOT

/* How many slots are looked at before others get at the lock. */
#define LOCK_BATCH	64

/**
 * struct link - a slot's place on its queue
 * @next: the slot behind it, or a queue's head
 * @prev: the slot before it, or a queue's head; NOT_QUEUED if on none
 */
struct link {
	u32 next;
	u32 prev;
};

/* Nanoseconds that a callback spent on slots that lost their page. */
DEFINE_PER_CPU(u64, cleancache_unbilled_ns);

static DEFINE_RAW_SPINLOCK(queue_lock);
static struct link *links;
static u8 *queue_of;
static u32 nr_links;
static u32 lengths[CLEANCACHE_NR_QUEUES];

static u32 queue_head(u32 queue)
{
	return nr_links + queue;
}

static bool is_queued(u32 slot)
{
	return links[slot].prev != NOT_QUEUED;
}

static void unlink_slot(u32 slot)
{
	struct link *link = &links[slot];

	links[link->prev].next = link->next;
	links[link->next].prev = link->prev;
	link->prev = NOT_QUEUED;
	WRITE_ONCE(lengths[queue_of[slot]], lengths[queue_of[slot]] - 1);
}

static void link_behind(u32 slot, u32 before, u32 queue)
{
	struct link *link = &links[slot];

	link->prev = before;
	link->next = links[before].next;
	links[link->next].prev = slot;
	links[before].next = slot;
	queue_of[slot] = queue;
	WRITE_ONCE(lengths[queue], lengths[queue] + 1);
}

static bool valid(u32 queue, u32 slot)
{
	/* Pairs with the release in cleancache_queues_alloc(). */
	return smp_load_acquire(&links) && queue < CLEANCACHE_NR_QUEUES &&
	       slot < nr_links;
}

static void insert(u32 queue, u32 slot, bool head)
{
	u32 at = queue_head(queue);

	if (is_queued(slot))
		unlink_slot(slot);
	link_behind(slot, head ? at : links[at].prev, queue);
}

/**
 * cleancache_queue_insert() - put a slot on a queue, off the one it was on
 * @queue: which queue
 * @slot: the slot
 * @head: at the head instead of the tail
 *
 * Context: Any.
 *
 * Return: 0, or -EINVAL if there is no such queue or slot.
 */
int cleancache_queue_insert(u32 queue, u32 slot, bool head)
{
	unsigned long flags;

	if (!valid(queue, slot))
		return -EINVAL;
	raw_spin_lock_irqsave(&queue_lock, flags);
	insert(queue, slot, head);
	raw_spin_unlock_irqrestore(&queue_lock, flags);
	return 0;
}

/**
 * cleancache_queue_insert_run() - put slots on queue 0, off those they were on
 * @slot: the first; there are so many slots
 * @nr: how many
 *
 * Context: Any.
 */
void cleancache_queue_insert_run(u32 slot, u32 nr)
{
	unsigned long flags;
	u32 end = slot + nr, stop;

	while (slot < end) {
		stop = min(end, slot + LOCK_BATCH);
		raw_spin_lock_irqsave(&queue_lock, flags);
		while (slot < stop)
			insert(0, slot++, false);
		raw_spin_unlock_irqrestore(&queue_lock, flags);
	}
}

/**
 * cleancache_queue_adopt() - put a slot that is on no queue on queue 0
 * @slot: the slot
 *
 * Context: Any.
 */
void cleancache_queue_adopt(u32 slot)
{
	unsigned long flags;

	if (!valid(0, slot))
		return;
	raw_spin_lock_irqsave(&queue_lock, flags);
	if (!is_queued(slot))
		insert(0, slot, false);
	raw_spin_unlock_irqrestore(&queue_lock, flags);
}

/**
 * cleancache_queue_remove() - take a slot off its queue
 * @slot: the slot
 *
 * Context: Any.
 *
 * Return: 0, -ENOENT if it was on none, -EINVAL if there is no such slot.
 */
int cleancache_queue_remove(u32 slot)
{
	unsigned long flags;
	int err = -ENOENT;

	if (!valid(0, slot))
		return -EINVAL;
	raw_spin_lock_irqsave(&queue_lock, flags);
	if (is_queued(slot)) {
		unlink_slot(slot);
		err = 0;
	}
	raw_spin_unlock_irqrestore(&queue_lock, flags);
	return err;
}

/* Take slots off the head until one holds a page or the batch is used up. */
static int take_head_in_batch(u32 queue)
{
	unsigned int i;
	u32 first;

	for (i = 0; i < LOCK_BATCH; i++) {
		first = links[queue_head(queue)].next;
		if (first == queue_head(queue))
			return -ENOENT;
		unlink_slot(first);
		if (cleancache_slot_cached(first))
			return first;
	}
	return -EAGAIN;
}

static int take_head_locked(u32 queue)
{
	unsigned long flags;
	int slot;

	raw_spin_lock_irqsave(&queue_lock, flags);
	slot = take_head_in_batch(queue);
	raw_spin_unlock_irqrestore(&queue_lock, flags);
	return slot;
}

/* An allocation took many at once, which is no fault of the policy's. */
static noinline int take_head_behind_many(u32 queue)
{
	u64 start = local_clock();
	int slot;

	do {
		slot = take_head_locked(queue);
	} while (slot == -EAGAIN);
	this_cpu_add(cleancache_unbilled_ns, local_clock() - start);
	return slot;
}

/**
 * cleancache_queue_take_head() - take the first slot that holds a page
 * @queue: which queue
 *
 * Slots that have lost their page are dropped on the way.
 *
 * Context: In a callback.
 *
 * Return: the slot, -ENOENT if there is none, -EINVAL if no such queue.
 */
int cleancache_queue_take_head(u32 queue)
{
	int slot;

	if (!valid(queue, 0))
		return -EINVAL;
	slot = take_head_locked(queue);
	return unlikely(slot == -EAGAIN) ? take_head_behind_many(queue) : slot;
}

/**
 * cleancache_queue_length() - how many slots are on a queue
 * @queue: which queue
 *
 * Context: Any.
 *
 * Return: that number, with those that lost their page; -EINVAL if no such
 * queue.
 */
int cleancache_queue_length(u32 queue)
{
	return valid(queue, 0) ? READ_ONCE(lengths[queue]) : -EINVAL;
}

/* What a link leads to, if it is a slot. */
static u32 slot_or_none(u32 at)
{
	return at < nr_links ? at : CLEANCACHE_NO_SLOT;
}

/**
 * cleancache_queue_first() - the first slot on a queue
 * @queue: which queue
 *
 * Context: Any.
 *
 * Return: the slot, whether or not it holds a page, or %CLEANCACHE_NO_SLOT.
 */
u32 cleancache_queue_first(u32 queue)
{
	unsigned long flags;
	u32 slot;

	if (!valid(queue, 0))
		return CLEANCACHE_NO_SLOT;
	raw_spin_lock_irqsave(&queue_lock, flags);
	slot = slot_or_none(links[queue_head(queue)].next);
	raw_spin_unlock_irqrestore(&queue_lock, flags);
	return slot;
}

/**
 * cleancache_queue_next() - the slot behind another on a queue
 * @queue: which queue
 * @slot: the other
 *
 * Context: Any.
 *
 * Return: the slot, whether or not it holds a page, or %CLEANCACHE_NO_SLOT if
 * there is none or @slot is not on the queue.
 */
u32 cleancache_queue_next(u32 queue, u32 slot)
{
	u32 next = CLEANCACHE_NO_SLOT;
	unsigned long flags;

	if (!valid(queue, slot))
		return CLEANCACHE_NO_SLOT;
	raw_spin_lock_irqsave(&queue_lock, flags);
	if (is_queued(slot) && queue_of[slot] == queue)
		next = slot_or_none(links[slot].next);
	raw_spin_unlock_irqrestore(&queue_lock, flags);
	return next;
}

/**
 * cleancache_queues_alloc() - make the queues, the first time they are needed
 *
 * All slots are known before the first policy can be loaded.
 *
 * Context: Process context, one caller at a time. May sleep.
 *
 * Return: 0, -ENODEV without a region, or -ENOMEM.
 */
int cleancache_queues_alloc(void)
{
	u32 nr = cleancache_nr_slots();
	struct link *new;
	u32 i;

	if (links)
		return 0;
	if (!nr || nr > INT_MAX - CLEANCACHE_NR_QUEUES)
		return -ENODEV;
	if (!queue_of)
		queue_of = vcalloc(nr, sizeof(*queue_of));
	new = vcalloc(nr + CLEANCACHE_NR_QUEUES, sizeof(*new));
	if (!queue_of || !new) {
		vfree(new);
		return -ENOMEM;
	}

	for (i = 0; i < nr; i++)
		new[i].prev = NOT_QUEUED;
	for (; i < nr + CLEANCACHE_NR_QUEUES; i++)
		new[i] = (struct link){ .next = i, .prev = i };
	nr_links = nr;
	smp_store_release(&links, new); /* nr_links and queue_of come first */
	return 0;
}

/* Move the first slots of a queue to queue 0's tail; false if it was empty. */
static bool merge_one_batch(u32 queue)
{
	unsigned int i;
	u32 first;

	for (i = 0; i < LOCK_BATCH; i++) {
		first = links[queue_head(queue)].next;
		if (first == queue_head(queue))
			return false;
		insert(0, first, false);
	}
	return true;
}

/**
 * cleancache_queues_merge() - gather all queues on queue 0
 *
 * The order that a previous policy left is kept.
 *
 * Context: Process context, interrupts on.
 */
void cleancache_queues_merge(void)
{
	u32 queue = 1;

	while (queue < CLEANCACHE_NR_QUEUES) {
		raw_spin_lock_irq(&queue_lock);
		if (!merge_one_batch(queue))
			queue++;
		raw_spin_unlock_irq(&queue_lock);
	}
}

/**
 * cleancache_queues_append() - queue what is cached but on no queue
 *
 * It goes to the tail of queue 0.
 *
 * Context: Process context, interrupts on.
 */
void cleancache_queues_append(void)
{
	u32 slot = 0;

	while ((slot = cleancache_next_cached(slot)) < nr_links) {
		cleancache_queue_adopt(slot++);
		cond_resched();
	}
}
