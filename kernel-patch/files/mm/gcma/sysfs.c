// SPDX-License-Identifier: GPL-2.0
/*
 * /sys/kernel/mm/cma/AREA: what is particular to guaranteed areas.
 */

#include <linux/bitmap.h>
#include <linux/cleancache.h>
#include <linux/cma.h>
#include <linux/init.h>
#include <linux/kobject.h>
#include <linux/sysfs.h>

#include "../cma.h"

static struct cma *kobj_to_cma(struct kobject *kobj)
{
	return container_of(kobj, struct cma_kobject, kobj)->cma;
}

static unsigned long allocated_pages(struct cma *cma)
{
	unsigned long bits;

	spin_lock_irq(&cma->lock);
	bits = bitmap_weight(cma->bitmap, cma_bitmap_maxno(cma));
	spin_unlock_irq(&cma->lock);
	return bits << cma->order_per_bit;
}

static ssize_t guaranteed_show(struct kobject *kobj,
			       struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%d\n", kobj_to_cma(kobj)->guaranteed);
}

static ssize_t cached_pages_show(struct kobject *kobj,
				 struct kobj_attribute *attr, char *buf)
{
	struct cma *cma = kobj_to_cma(kobj);

	return sysfs_emit(buf, "%lu\n", cleancache_region_cached(cma->region));
}

static ssize_t allocated_pages_show(struct kobject *kobj,
				    struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%lu\n", allocated_pages(kobj_to_cma(kobj)));
}

static ssize_t total_pages_show(struct kobject *kobj,
				struct kobj_attribute *attr, char *buf)
{
	return sysfs_emit(buf, "%lu\n", kobj_to_cma(kobj)->count);
}

static struct kobj_attribute guaranteed_attr = __ATTR_RO(guaranteed);
static struct kobj_attribute cached_pages_attr = __ATTR_RO(cached_pages);
static struct kobj_attribute allocated_pages_attr = __ATTR_RO(allocated_pages);
static struct kobj_attribute total_pages_attr = __ATTR_RO(total_pages);

static struct attribute *gcma_attrs[] = {
	&guaranteed_attr.attr,
	&cached_pages_attr.attr,
	&allocated_pages_attr.attr,
	&total_pages_attr.attr,
	NULL,
};

static const struct attribute_group gcma_group = {
	.attrs = gcma_attrs,
};

static int __init gcma_sysfs_init(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < cma_area_count; i++) {
		struct cma *cma = &cma_areas[i];

		/* One that could not be set up has no pages, and no lock. */
		if (!cma->guaranteed || !cma->count || !cma->cma_kobj)
			continue;
		err = sysfs_create_group(&cma->cma_kobj->kobj, &gcma_group);
		if (err)
			return err;
	}
	return 0;
}
late_initcall(gcma_sysfs_init);
