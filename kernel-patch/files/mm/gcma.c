// SPDX-License-Identifier: GPL-2.0
/*
 * Guaranteed CMA.
 *
 * The pages of a guaranteed area never enter the buddy allocator. They are lent
 * to the cleancache, which gives them up without a word, so that an allocation
 * that finds a free range in the area's bitmap cannot fail. They rest in the
 * state in which CMA users expect to get them, with a reference count of one,
 * so that nothing has to be written per page.
 */

#define pr_fmt(fmt) "gcma: " fmt

#include <linux/cleancache.h>
#include <linux/cma.h>
#include <linux/ctype.h>
#include <linux/dma-map-ops.h>
#include <linux/gcma.h>
#include <linux/highmem.h>
#include <linux/init.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <linux/vmstat.h>

#include "cma.h"

#define CREATE_TRACE_POINTS
#include <trace/events/gcma.h>

/**
 * struct gcma_spec - an area asked for on the command line
 * @name: its name
 * @size: its size in bytes
 * @base: its physical address, 0 for anywhere
 */
struct gcma_spec {
	char name[CMA_MAX_NAME];
	phys_addr_t size;
	phys_addr_t base;
};

static struct gcma_spec specs[MAX_CMA_AREAS] __initdata;
static unsigned int nr_specs __initdata;
static bool default_guaranteed __initdata;

static bool __init valid_name(const char *name)
{
	const char *c;

	for (c = name; isalnum(*c) || *c == '_' || *c == '-'; c++)
		;
	return c > name && !*c;
}

static bool __init parse_spec(const char *text, struct gcma_spec *spec)
{
	size_t len = strcspn(text, ":");
	char *rest;

	if (!text[len] || len >= sizeof(spec->name))
		return false;
	strscpy(spec->name, text, len + 1);
	spec->size = memparse(text + len + 1, &rest);
	if (*rest == '@')
		spec->base = memparse(rest + 1, &rest);
	return valid_name(spec->name) && spec->size && !*rest;
}

static void __init add_spec(const char *text)
{
	struct gcma_spec spec = {};

	if (nr_specs == ARRAY_SIZE(specs))
		pr_err("too many areas, '%s' left out\n", text);
	else if (!parse_spec(text, &spec))
		pr_err("'%s' left out: expected NAME:SIZE[@BASE]\n", text);
	else
		specs[nr_specs++] = spec;
}

/* "gcma" alone means the default area. */
static int __init early_gcma(char *areas)
{
	char *text;

	if (!areas)
		default_guaranteed = true;
	while (areas && (text = strsep(&areas, ",")))
		add_spec(text);
	return 0;
}
early_param("gcma", early_gcma);

static void __init reserve_spec(const struct gcma_spec *spec, phys_addr_t limit)
{
	struct cma *cma;
	int err;

	err = cma_declare_contiguous(spec->base, spec->size, limit, 0, 0,
				     spec->base != 0, spec->name, &cma);
	if (err)
		pr_err("area '%s' left out: error %d\n", spec->name, err);
	else
		cma->guaranteed = true;
}

/**
 * gcma_reserve() - set aside the areas asked for on the command line
 * @limit: end of the memory that devices can address
 *
 * Context: Early boot, after the default CMA area is set up.
 */
void __init gcma_reserve(phys_addr_t limit)
{
	struct cma *cma = dev_get_cma_area(NULL);
	unsigned int i;

	if (default_guaranteed && cma)
		cma->guaranteed = true;
	else if (default_guaranteed)
		pr_err("no default area to guarantee: add cma=SIZE\n");

	for (i = 0; i < nr_specs; i++)
		reserve_spec(&specs[i], limit);
}

/**
 * gcma_activate() - lend an area to the cleancache
 * @cma: the guaranteed area
 *
 * If the cleancache cannot manage it, the area is a carve-out: allocations work
 * as well as ever, and the memory idles between them.
 *
 * CmaTotal and CmaFree are about pages in the buddy allocator: these pages are
 * in neither.
 *
 * Context: Initialisation. May sleep.
 */
void __init gcma_activate(struct cma *cma)
{
	unsigned long pfn;

	for (pfn = cma->base_pfn; pfn < cma->base_pfn + cma->count; pfn++)
		__ClearPageReserved(pfn_to_page(pfn));
	totalcma_pages -= cma->count;

	cma->region = cleancache_add_region(cma->base_pfn, cma->count);
	if (!cma->region)
		pr_warn("area %s is not lent to the cleancache\n", cma->name);
	pr_info("area %s: %lu MiB guaranteed\n", cma->name,
		cma_get_size(cma) / SZ_1M);
}

/**
 * gcma_alloc_range() - take pages of a guaranteed area into use
 * @cma: the area
 * @pfn: the first page
 * @count: how many; the caller has marked them in the area's bitmap
 * @align: the alignment asked for, as an order; for the trace only
 * @gfp: as for CMA
 *
 * Context: Any in which the area's bitmap may be changed. Does not sleep.
 *
 * Return: 0, or -EOPNOTSUPP for a compound page.
 */
int gcma_alloc_range(struct cma *cma, unsigned long pfn, unsigned long count,
		     unsigned int align, gfp_t gfp)
{
	unsigned long dropped = 0, waited = 0, i;

	if (gfp & __GFP_COMP)
		return -EOPNOTSUPP;

	trace_gcma_alloc_start(cma->name, count, align);
	if (cma->region)
		dropped = cleancache_take(cma->region, pfn, count, &waited);
	if (want_init_on_alloc(gfp))
		for (i = 0; i < count; i++)
			clear_highpage(pfn_to_page(pfn + i));
	count_vm_event(GCMA_ALLOC);
	trace_gcma_alloc_finish(cma->name, pfn, count, dropped, waited);
	return 0;
}

static void give(struct cma *cma, unsigned long pfn, unsigned long count)
{
	if (cma->region && count)
		cleancache_give(cma->region, pfn, count);
}

/**
 * gcma_free_range() - lend pages of a guaranteed area again
 * @cma: the area
 * @pfn: the first page
 * @count: how many; the caller clears them in the area's bitmap afterwards
 *
 * A page that somebody still refers to is a driver's mistake. It is kept from
 * the cleancache until it is next allocated and released.
 *
 * Context: Any in which the area's bitmap may be changed.
 */
void gcma_free_range(struct cma *cma, unsigned long pfn, unsigned long count)
{
	unsigned long end = pfn + count, start = pfn, in_use = 0;

	for (; pfn < end; pfn++) {
		if (likely(page_count(pfn_to_page(pfn)) == 1))
			continue;
		give(cma, start, pfn - start);
		start = pfn + 1;
		in_use++;
	}
	give(cma, start, end - start);
	WARN(in_use, "%lu pages are still in use!\n", in_use);
}

/**
 * gcma_count_failure() - note an allocation that found no range or was refused
 * @cma: the area, guaranteed or not
 *
 * Context: Any.
 */
void gcma_count_failure(struct cma *cma)
{
	if (cma->guaranteed)
		count_vm_event(GCMA_ALLOC_FAIL);
}

#ifdef CONFIG_CMA_SYSFS
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

		if (!cma->guaranteed || !cma->cma_kobj)
			continue;
		err = sysfs_create_group(&cma->cma_kobj->kobj, &gcma_group);
		if (err)
			return err;
	}
	return 0;
}
late_initcall(gcma_sysfs_init);
#endif /* CONFIG_CMA_SYSFS */
