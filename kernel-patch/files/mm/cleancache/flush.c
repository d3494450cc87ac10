// SPDX-License-Identifier: GPL-2.0
/*
 * Dropping everything: on request, and before hibernation. The image takes all
 * pages of a region for used; those that are zero cost it next to nothing.
 */

#include <linux/init.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/suspend.h>
#include <linux/vmstat.h>
#include <trace/events/cleancache.h>

#include "internal.h"

DEFINE_STATIC_KEY_FALSE(cleancache_paused_key);

/**
 * cleancache_flush() - drop all that is cached
 *
 * What is stored meanwhile may stay.
 *
 * Context: Process context. May sleep.
 */
void cleancache_flush(void)
{
	u32 slot = 0;

	while ((slot = cleancache_next_cached(slot)) != CLEANCACHE_NO_SLOT) {
		if (cleancache_slot_evict(slot)) {
			count_vm_event(CLEANCACHE_INVALIDATED);
			trace_cleancache_drop(slot, CLEANCACHE_DROP_FLUSHED);
			cleancache_note(CLEANCACHE_EV_INVALIDATED, slot, 1);
		}
		cleancache_tell_if_due();
		slot++;
		cond_resched();
	}
}

static int on_pm_event(struct notifier_block *block, unsigned long event,
		       void *data)
{
	switch (event) {
	case PM_HIBERNATION_PREPARE:
		static_branch_enable(&cleancache_paused_key);
		cleancache_flush();
		cleancache_clear_unused();
		break;
	case PM_POST_HIBERNATION:
		static_branch_disable(&cleancache_paused_key);
		break;
	}
	return NOTIFY_DONE;
}

static int __init cleancache_flush_init(void)
{
	pm_notifier(on_pm_event, 0);
	return 0;
}
subsys_initcall(cleancache_flush_init);
