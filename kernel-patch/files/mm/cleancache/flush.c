// SPDX-License-Identifier: GPL-2.0
/*
 * Dropping everything: of one file, on request, and before hibernation. The
 * image takes all pages of a region for used; those that are zero cost it next
 * to nothing.
 */

#include <linux/init.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/suspend.h>

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
		if (cleancache_slot_evict(slot))
			cleancache_dropped(slot, 1, CLEANCACHE_DROP_FLUSHED);
		cleancache_tell_if_due();
		slot++;
		cond_resched();
	}
}

/*
 * The first call waits for pages that are being evicted; the second one drops
 * what they left behind.
 */
void __cleancache_forget_file(struct address_space *mapping)
{
	invalidate_inode_pages2(mapping);
	invalidate_mapping_pages(mapping, 0, -1);
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
