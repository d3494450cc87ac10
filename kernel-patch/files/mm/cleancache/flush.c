// SPDX-License-Identifier: GPL-2.0
/*
 * Dropping: of a file what the disk may not have; everything, on request and
 * before hibernation. The image takes all pages of a region for used; those
 * that are zero cost it next to nothing.
 */

#include <linux/init.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
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
 * A page that is being evicted is found before that, and stays because of the
 * reference; or afterwards, as an entry.
 */
void __cleancache_forget_from(struct address_space *mapping, loff_t pos)
{
	invalidate_inode_pages2_range(mapping, pos >> PAGE_SHIFT, -1);
}

/*
 * A dirty page cannot be dropped, and where blocks are smaller than pages, not
 * all of it is written when it is written back.
 */
void __cleancache_change_failed(struct address_space *mapping, loff_t pos,
				loff_t len)
{
	if (!cleancache_mapping_eligible(mapping))
		return;
	filemap_write_and_wait_range(mapping, pos, pos + len - 1);
	invalidate_inode_pages2_range(mapping, pos >> PAGE_SHIFT,
				      (pos + len - 1) >> PAGE_SHIFT);
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
