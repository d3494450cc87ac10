// SPDX-License-Identifier: GPL-2.0
/*
 * Which pages to keep: asks the policy in force, checks what it says, and
 * stands in for it where it says nothing of use.
 *
 * The built-in order is that of the slots: a hand goes round over them and
 * empties what it meets, the oldest first as long as slots are filled in turn.
 * It keeps no state that a policy could upset, so it can stand in at any time.
 */

#include <linux/cleanup.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/vmstat.h>
#include <trace/events/cleancache.h>

#include "internal.h"

/* Making room for many costs little more than making room for one. */
#define EVICT_BATCH	CLEANCACHE_VICTIMS_MAX

DEFINE_STATIC_KEY_FALSE(cleancache_policy_key);
static DEFINE_MUTEX(policy_mutex);
static struct cleancache_policy_ops __rcu *policy;
static unsigned long enable_seq;

/* Where the built-in order goes on; two CPUs may set it back a little. */
static u32 hand;

/*
 * The callbacks below come for each page. They run with preemption off, which
 * keeps the policy in place as RCU does and costs less; the choice of victims,
 * which may take longer, runs under RCU.
 */

/**
 * cleancache_admit() - ask whether a page is worth keeping
 * @page: the page
 *
 * Like the calls below, not for use under the locks of a mapping: a policy may
 * take its time.
 *
 * Context: Process context, interrupts on.
 *
 * Return: what the policy says; true if it does not care.
 */
bool cleancache_admit(const struct cleancache_page *page)
{
	struct cleancache_policy_ops *ops;

	if (!cleancache_policy_active())
		return true;

	guard(preempt)();
	ops = rcu_dereference_sched(policy);
	return !ops || !ops->admit || ops->admit(page);
}

/**
 * cleancache_note_stored() - tell the policy that a page went into a slot
 * @slot: the slot
 * @page: the page
 *
 * Context: Process context, interrupts on.
 */
void cleancache_note_stored(u32 slot, const struct cleancache_page *page)
{
	struct cleancache_policy_ops *ops;

	if (!cleancache_policy_active())
		return;

	guard(preempt)();
	ops = rcu_dereference_sched(policy);
	if (ops && ops->stored)
		ops->stored(slot, page);
	else if (ops)
		cleancache_queue_insert(0, slot, false);
}

/**
 * cleancache_note_restored() - tell the policy that a page was read again
 * @slot: the slot, which is free now
 *
 * Context: Process context, interrupts on.
 */
void cleancache_note_restored(u32 slot)
{
	struct cleancache_policy_ops *ops;

	if (!cleancache_policy_active())
		return;

	guard(preempt)();
	ops = rcu_dereference_sched(policy);
	if (ops && ops->restored)
		ops->restored(slot);
}

/**
 * cleancache_note_removed() - tell the policy that a slot was emptied
 * @slot: the slot, which is free now
 *
 * Context: Process context, interrupts on.
 */
void cleancache_note_removed(u32 slot)
{
	struct cleancache_policy_ops *ops;

	if (!cleancache_policy_active())
		return;

	guard(preempt)();
	ops = rcu_dereference_sched(policy);
	if (ops && ops->removed)
		ops->removed(slot);
}

static bool evict(u32 slot, bool builtin)
{
	if (!cleancache_slot_evict(slot))
		return false;
	count_vm_event(CLEANCACHE_EVICTED);
	trace_cleancache_evict(slot, builtin);
	cleancache_note_removed(slot);
	return true;
}

/* Empty the run a slot is part of. Return how many pages that cost. */
static unsigned int evict_run(u32 slot, unsigned int order, bool builtin)
{
	u32 first = cleancache_slot_run(slot, order);
	unsigned int i, evicted = 0;

	if (first == CLEANCACHE_NO_SLOT)
		return 0;
	for (i = 0; i < 1U << order; i++)
		evicted += evict(first + i, builtin);
	return evicted;
}

static unsigned int evict_proposed(unsigned int order)
{
	struct cleancache_victims victims = { .nr_wanted = EVICT_BATCH };
	struct cleancache_policy_ops *ops;
	unsigned int i, evicted = 0;

	scoped_guard(rcu) {
		ops = rcu_dereference(policy);
		if (ops && ops->select_victims)
			ops->select_victims(&victims);
	}
	for (i = 0; i < victims.nr && evicted < EVICT_BATCH; i++)
		if (cleancache_slot_cached(victims.slots[i]))
			evicted += evict_run(victims.slots[i], order, false);
	return evicted;
}

static u32 advance_hand(void)
{
	u32 slot = cleancache_next_cached(READ_ONCE(hand));

	if (slot == CLEANCACHE_NO_SLOT)
		slot = cleancache_next_cached(0);
	WRITE_ONCE(hand, slot == CLEANCACHE_NO_SLOT ? 0 : slot + 1);
	return slot;
}

static unsigned int evict_by_hand(unsigned int order)
{
	unsigned int i, evicted = 0;
	u32 slot;

	for (i = 0; i < EVICT_BATCH && evicted < EVICT_BATCH; i++) {
		slot = advance_hand();
		if (slot == CLEANCACHE_NO_SLOT)
			break;
		evicted += evict_run(slot, order, true);
	}
	return evicted;
}

/**
 * cleancache_make_room() - free some slots
 * @order: how long a run of them is needed, as an order
 *
 * Context: Process context, interrupts on, no lock of a mapping held.
 *
 * Return: whether there was anything to free.
 */
bool cleancache_make_room(unsigned int order)
{
	unsigned int evicted;

	if (!cleancache_policy_active())
		return evict_by_hand(order);

	if (evict_proposed(order))
		return true;
	evicted = evict_by_hand(order);
	count_vm_events(CLEANCACHE_FALLBACK, evicted);
	return evicted;
}

static struct cleancache_policy_ops *current_policy(void)
{
	return rcu_dereference_protected(policy,
					 lockdep_is_held(&policy_mutex));
}

/* After this nobody calls @ops any more; the built-in order is in force. */
static void retire(struct cleancache_policy_ops *ops)
{
	rcu_assign_pointer(policy, NULL);
	synchronize_rcu();
	if (ops->exit)
		ops->exit();
}

/*
 * Put @ops in the place of @old, which may be NULL. What is stored while no
 * policy is in force is on no queue until the second look.
 */
static int install(struct cleancache_policy_ops *ops,
		   struct cleancache_policy_ops *old)
{
	int err;

	err = cleancache_queues_alloc();
	if (err)
		return err;
	err = ops->init ? ops->init() : 0;
	if (err)
		return err > 0 ? -EINVAL : err;

	if (old)
		retire(old);
	cleancache_queues_merge();
	cleancache_queues_append();
	rcu_assign_pointer(policy, ops);
	WRITE_ONCE(enable_seq, enable_seq + 1);
	cleancache_queues_append();
	return 0;
}

/**
 * cleancache_policy_enable() - put a policy in force
 * @ops: the policy
 *
 * Cached pages stay, and are handed to the policy on queue 0.
 *
 * Context: Process context. May sleep.
 *
 * Return: 0, -EBUSY if there is one already, -ENODEV without a region, -ENOMEM,
 * or what its init() said.
 */
int cleancache_policy_enable(struct cleancache_policy_ops *ops)
{
	int err;

	guard(mutex)(&policy_mutex);
	if (current_policy())
		return -EBUSY;
	static_branch_enable(&cleancache_policy_key);
	err = install(ops, NULL);
	if (err)
		static_branch_disable(&cleancache_policy_key);
	return err;
}

/**
 * cleancache_policy_replace() - put a policy in the place of another
 * @ops: the policy
 * @old: the one it replaces
 *
 * Cached pages stay, and are handed to the new policy on queue 0. If that
 * refuses to start, the old one stays in force.
 *
 * Context: Process context. May sleep.
 *
 * Return: 0, -ESTALE if @old is not in force, -EINVAL if @ops is @old, or what
 * init() of @ops said.
 */
int cleancache_policy_replace(struct cleancache_policy_ops *ops,
			      struct cleancache_policy_ops *old)
{
	guard(mutex)(&policy_mutex);
	if (current_policy() != old)
		return -ESTALE;
	if (ops == old)
		return -EINVAL;
	return install(ops, old);
}

/**
 * cleancache_policy_disable() - return to the built-in order
 * @ops: the policy in force
 *
 * Context: Process context. May sleep.
 */
void cleancache_policy_disable(struct cleancache_policy_ops *ops)
{
	guard(mutex)(&policy_mutex);
	if (current_policy() != ops)
		return;
	static_branch_disable(&cleancache_policy_key);
	retire(ops);
}

/**
 * cleancache_policy_name() - tell which policy is in force
 * @name: set to its name; %CLEANCACHE_POLICY_NAME_LEN bytes
 *
 * Without the mutex, so that a policy that is slow to come or go blocks no one.
 *
 * Context: Any.
 */
void cleancache_policy_name(char *name)
{
	struct cleancache_policy_ops *ops;

	guard(rcu)();
	ops = rcu_dereference(policy);
	strscpy(name, ops ? ops->name : CLEANCACHE_BUILTIN,
		CLEANCACHE_POLICY_NAME_LEN);
}

/**
 * cleancache_policy_enable_seq() - how often a policy was put in force
 *
 * Context: Any.
 *
 * Return: the number of times since boot.
 */
unsigned long cleancache_policy_enable_seq(void)
{
	return READ_ONCE(enable_seq);
}
