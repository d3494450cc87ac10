// SPDX-License-Identifier: GPL-2.0
/*
 * Which areas are guaranteed ones: those of the kernel's command line, those of
 * reserved memory, and those that are named there but declared elsewhere.
 */

#define pr_fmt(fmt) "gcma: " fmt

#include <linux/cma.h>
#include <linux/ctype.h>
#include <linux/dma-map-ops.h>
#include <linux/gcma.h>
#include <linux/init.h>
#include <linux/kmemleak.h>
#include <linux/log2.h>
#include <linux/memblock.h>
#include <linux/string.h>

#include "../cma.h"

/**
 * struct gcma_spec - an area asked for on the command line
 * @name: its name
 * @size: its size in bytes, 0 for an area that is declared elsewhere
 * @base: its physical address, 0 for anywhere
 * @found: whether such an area was declared elsewhere
 */
struct gcma_spec {
	char name[CMA_MAX_NAME];
	phys_addr_t size;
	phys_addr_t base;
	bool found;
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

	if (len >= sizeof(spec->name))
		return false;
	strscpy(spec->name, text, len + 1);
	if (!valid_name(spec->name) || !text[len])
		return valid_name(spec->name);
	spec->size = memparse(text + len + 1, &rest);
	if (*rest == '@')
		spec->base = memparse(rest + 1, &rest);
	return spec->size && !*rest;
}

static bool __init known_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < nr_specs; i++)
		if (!strcmp(specs[i].name, name))
			return true;
	return false;
}

static void __init add_spec(const char *text)
{
	struct gcma_spec spec = {};

	if (!parse_spec(text, &spec))
		pr_err("'%s' left out: expected NAME:SIZE[@BASE] or NAME\n",
		       text);
	else if (known_name(spec.name))
		pr_err("'%s' left out: there is an area of that name\n", text);
	else if (nr_specs == ARRAY_SIZE(specs))
		pr_err("'%s' left out: no more than %u areas\n", text,
		       nr_specs);
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

/**
 * gcma_init_reserved_mem() - make a guaranteed area of reserved memory
 * @base: address of the memory
 * @size: its size in bytes
 * @name: name of the area
 * @res_cma: set to the area
 *
 * Nothing is asked of the alignment but whole pages, as no page of the area
 * ever enters the buddy allocator.
 *
 * Context: Early boot.
 *
 * Return: 0, -EINVAL if that is no whole number of pages, -ENOSPC if there are
 * too many areas.
 */
int __init gcma_init_reserved_mem(phys_addr_t base, phys_addr_t size,
				  const char *name, struct cma **res_cma)
{
	struct cma *cma;

	if (!size || !PAGE_ALIGNED(base | size)) {
		pr_err("area '%s' left out: %pa bytes at %pa are not whole pages\n",
		       name, &size, &base);
		return -EINVAL;
	}
	if (cma_area_count == ARRAY_SIZE(cma_areas)) {
		pr_err("area '%s' left out: no more than %u areas\n", name,
		       cma_area_count);
		return -ENOSPC;
	}

	cma = &cma_areas[cma_area_count++];
	strscpy(cma->name, name, sizeof(cma->name));
	cma->base_pfn = PFN_DOWN(base);
	cma->count = PFN_DOWN(size);
	cma->guaranteed = true;
	totalcma_pages += cma->count;
	*res_cma = cma;
	return 0;
}

/* Return the address, or 0 after saying what is wrong. */
static phys_addr_t __init reserve_at(const struct gcma_spec *spec,
				     phys_addr_t size, phys_addr_t limit)
{
	phys_addr_t end = spec->base + size;

	if (!PAGE_ALIGNED(spec->base))
		pr_err("area '%s' left out: %pa is not the address of a page\n",
		       spec->name, &spec->base);
	else if (end < spec->base || end > limit ||
		 !memblock_is_region_memory(spec->base, size))
		pr_err("area '%s' left out: no memory for it at %pa\n",
		       spec->name, &spec->base);
	else if (memblock_is_region_reserved(spec->base, size))
		pr_err("area '%s' left out: memory at %pa is in use\n",
		       spec->name, &spec->base);
	else if (!memblock_reserve(spec->base, size))
		return spec->base;
	return 0;
}

/* Aligned so that allocations as large as the area can be aligned as well. */
static phys_addr_t __init reserve_anywhere(const struct gcma_spec *spec,
					   phys_addr_t size, phys_addr_t limit)
{
	phys_addr_t align = min_t(phys_addr_t, CMA_MIN_ALIGNMENT_BYTES,
				  rounddown_pow_of_two(size));
	phys_addr_t base = memblock_phys_alloc_range(size, align, 0, limit);

	if (!base)
		pr_err("area '%s' left out: no %pa bytes of memory in a row\n",
		       spec->name, &size);
	return base;
}

static void __init reserve_spec(const struct gcma_spec *spec, phys_addr_t limit)
{
	phys_addr_t size = PAGE_ALIGN(spec->size), base;
	struct cma *cma;

	base = spec->base ? reserve_at(spec, size, limit) :
			    reserve_anywhere(spec, size, limit);
	if (!base)
		return;
	kmemleak_ignore_phys(base);
	if (gcma_init_reserved_mem(base, size, spec->name, &cma))
		memblock_phys_free(base, size);
}

/**
 * gcma_reserve() - set aside the areas asked for on the command line
 * @limit: end of the memory that devices can address
 *
 * Context: Early boot, when the memory is known.
 */
void __init gcma_reserve(phys_addr_t limit)
{
	unsigned int i;

	for (i = 0; i < nr_specs; i++)
		if (specs[i].size)
			reserve_spec(&specs[i], limit);
}

static bool __init other_has_name(const struct cma *cma)
{
	unsigned int i;

	for (i = 0; i < cma_area_count; i++)
		if (&cma_areas[i] != cma &&
		    !strcmp(cma_areas[i].name, cma->name))
			return true;
	return false;
}

/* Two areas of one name would cost all areas their place in sysfs. */
static void __init settle_name(struct cma *cma)
{
	char name[CMA_MAX_NAME];
	unsigned int i;

	strscpy(name, cma->name);
	for (i = 1; other_has_name(cma); i++)
		snprintf(cma->name, sizeof(cma->name), "%.*s.%u",
			 CMA_MAX_NAME - 4, name, i);
	if (i > 1)
		pr_warn("area '%s' is called '%s': there is another of that name\n",
			name, cma->name);
}

/*
 * When all areas are declared and none is set up, only those are guaranteed
 * that were declared so: others keep the names by which they are asked for.
 */
static int __init gcma_settle_names(void)
{
	unsigned int i;

	for (i = 0; i < cma_area_count; i++)
		if (cma_areas[i].guaranteed)
			settle_name(&cma_areas[i]);
	return 0;
}
pure_initcall(gcma_settle_names);

/**
 * gcma_wanted() - whether an area is to be a guaranteed one
 * @cma: the area, however it was declared
 *
 * Context: Initialisation.
 *
 * Return: true if it was declared so, or is named on the command line.
 */
bool __init gcma_wanted(struct cma *cma)
{
	unsigned int i;

	if (default_guaranteed && cma == dev_get_cma_area(NULL))
		cma->guaranteed = true;
	for (i = 0; i < nr_specs; i++) {
		if (specs[i].size || strcmp(specs[i].name, cma->name))
			continue;
		cma->guaranteed = true;
		specs[i].found = true;
	}
	return cma->guaranteed;
}

/* Say which areas were never declared. */
static int __init gcma_report_missing(void)
{
	unsigned int i;

	if (default_guaranteed && !dev_get_cma_area(NULL))
		pr_err("no default area to guarantee: add cma=SIZE\n");
	for (i = 0; i < nr_specs; i++)
		if (!specs[i].size && !specs[i].found)
			pr_err("no area '%s' to guarantee: add its size\n",
			       specs[i].name);
	return 0;
}
late_initcall(gcma_report_missing);
