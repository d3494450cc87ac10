// SPDX-License-Identifier: GPL-2.0
/*
 * Memory offline: the memory of a guaranteed area stays online. In a movable
 * zone this would come out only when every attempt to move the pages has
 * failed, which is never.
 */

#include <linux/cma.h>
#include <linux/init.h>
#include <linux/memory.h>
#include <linux/notifier.h>

#include "../cma.h"

static bool overlaps_guaranteed(unsigned long start, unsigned long end)
{
	unsigned int i;

	for (i = 0; i < cma_area_count; i++) {
		struct cma *cma = &cma_areas[i];

		/* One that could not be set up has no pages. */
		if (cma->guaranteed && cma->count &&
		    start < cma->base_pfn + cma->count && cma->base_pfn < end)
			return true;
	}
	return false;
}

static int on_memory_event(struct notifier_block *block, unsigned long event,
			   void *data)
{
	struct memory_notify *memory = data;

	if (event == MEM_GOING_OFFLINE &&
	    overlaps_guaranteed(memory->start_pfn,
				memory->start_pfn + memory->nr_pages))
		return notifier_from_errno(-EBUSY);
	return NOTIFY_OK;
}

static int __init gcma_offline_init(void)
{
	return hotplug_memory_notifier(on_memory_event, 0);
}
subsys_initcall(gcma_offline_init);
