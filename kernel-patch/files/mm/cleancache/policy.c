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
#include <linux/preempt.h>
#include <linux/vmstat.h>
#include <trace/events/cleancache.h>

#include "call.h"
#include "internal.h"

/* Making room for many costs little more than making room for one. */
#define EVICT_BATCH	CLEANCACHE_VICTIMS_MAX

/* Where the built-in order goes on; two CPUs may set it back a little. */
static u32 hand;

static bool evict(u32 slot, bool builtin)
{
	if (!cleancache_slot_evict(slot))
		return false;
	count_vm_event(CLEANCACHE_EVICTED);
	trace_cleancache_evict(slot, builtin);
	cleancache_note(CLEANCACHE_EV_EVICTED, slot, 1);
	return true;
}

/*
 * Empty the run a slot is part of, and add to @evicted how many pages that
 * cost. The next search for a run begins at the first of those emptied, so that
 * it finds the others as well.
 */
static void evict_run(u32 slot, unsigned int order, bool builtin,
		      unsigned int *evicted)
{
	u32 first = cleancache_slot_run(slot, order);
	bool leads = !*evicted;
	unsigned int i;

	if (first == CLEANCACHE_NO_SLOT)
		return;
	for (i = 0; i < 1U << order; i++)
		*evicted += evict(first + i, builtin);
	if (order && leads)
		cleancache_slot_run_freed(first);
}

static void call_select_victims(struct cleancache_policy *policy,
				struct cleancache_victims *victims)
{
	u64 start = policy_watch_start();

	policy->ops->select_victims(victims);
	cleancache_policy_took(policy, CLEANCACHE_OP_SELECT_VICTIMS,
			       policy_watch_read(start));
}

/* Return whom was asked: to be compared, as it may be gone. */
static const struct cleancache_policy *
ask_for_victims(struct cleancache_victims *victims)
{
	struct cleancache_policy *policy;

	guard(preempt)();
	policy = policy_call_begin();
	if (policy && policy->ops->select_victims)
		call_select_victims(policy, victims);
	policy_call_end();
	return policy;
}

/* A slot that a policy named is on none of its queues any more. */
static void put_back(const struct cleancache_victims *victims)
{
	u32 i;

	for (i = 0; i < victims->nr; i++)
		if (cleancache_slot_cached(victims->slots[i]))
			cleancache_queue_adopt(victims->slots[i]);
}

/*
 * Each victim may cost its whole run. A slot that holds a page is a good
 * answer, even if that run cannot be had.
 */
static unsigned int evict_proposed(unsigned int order,
				   const struct cleancache_policy **asked,
				   bool *answered)
{
	struct cleancache_victims victims = {
		.nr_wanted = max(EVICT_BATCH >> order, 1),
	};
	unsigned int i, evicted = 0;

	*asked = ask_for_victims(&victims);
	for (i = 0; i < victims.nr; i++) {
		if (!cleancache_slot_cached(victims.slots[i]))
			continue;
		*answered = true;
		evict_run(victims.slots[i], order, false, &evicted);
	}
	if (order)
		put_back(&victims);
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
		evict_run(slot, order, true, &evicted);
	}
	return evicted;
}

/*
 * What other CPUs have stored the policy may not have been told, and some of it
 * may have been lost. It gets all of that before its answer counts as none.
 */
static unsigned int evict_by_policy(unsigned int order)
{
	const struct cleancache_policy *asked;
	unsigned int evicted, fallback;
	bool answered = false, told;

	cleancache_tell();
	evicted = evict_proposed(order, &asked, &answered);
	if (!answered) {
		told = cleancache_tell_all();
		evicted = evict_proposed(order, &asked, &answered);
	}
	if (evicted) {
		cleancache_policy_answered(asked);
		return evicted;
	}
	fallback = evict_by_hand(order);
	count_vm_events(CLEANCACHE_FALLBACK, fallback);
	if (fallback && !answered && told)
		cleancache_policy_fell_short(asked);
	return fallback;
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
	if (policy_has(CLEANCACHE_OP_SELECT_VICTIMS))
		return evict_by_policy(order);
	return evict_by_hand(order);
}
