// SPDX-License-Identifier: GPL-2.0
/*
 * Allocation from guaranteed areas.
 *
 * The pages of a guaranteed area never enter the buddy allocator. They are lent
 * to the cleancache, which gives them up without a word, so that an allocation
 * that finds a free range of good memory in the area's bitmap cannot fail,
 * unless a driver released memory that somebody still refers to. They rest in
 * the state in which CMA users expect to get them, with a reference count of
 * one, so that nothing has to be written per page.
 */

#define pr_fmt(fmt) "gcma: " fmt

#include <linux/bitmap.h>
#include <linux/cleancache.h>
#include <linux/cma.h>
#include <linux/delay.h>
#include <linux/gcma.h>
#include <linux/highmem.h>
#include <linux/init.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/vmstat.h>

#include "../cma.h"
#include "../internal.h"

/*
 * A reference by page number is gone after a few instructions, unless its
 * holder loses the CPU. Microseconds to wait for that.
 */
#define FREEZE_ATTEMPTS		1000

#define CREATE_TRACE_POINTS
#include <trace/events/gcma.h>

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
	pr_info("area %s: %lu KiB guaranteed\n", cma->name,
		cma_get_size(cma) / SZ_1K);
}

/* Those who look at a page by its number hold a reference for a moment. */
static bool freeze_page(struct page *page)
{
	int attempts = FREEZE_ATTEMPTS;

	while (!page_ref_freeze(page, 1)) {
		if (!--attempts)
			return false;
		udelay(1);
	}
	return true;
}

/*
 * Compound pages are what a caller of cma_alloc_folio() wants: one reference to
 * the first page, none to the others.
 */
static bool freeze_tails(struct page *page, unsigned long count)
{
	unsigned long i;

	for (i = 1; i < count; i++) {
		if (freeze_page(page + i))
			continue;
		while (--i)
			page_ref_unfreeze(page + i, 1);
		return false;
	}
	return true;
}

/* Single pages again, each of which is laid to rest by itself. */
static void unmake_compound(struct folio *folio)
{
	unsigned long i, count = folio_nr_pages(folio);
	struct page *page = &folio->page;

	WARN(folio_ref_count(folio) != 1 || folio_mapped(folio),
	     "folio at pfn 0x%lx is still in use!\n", folio_pfn(folio));
	folio->_flags_1 &= ~PAGE_FLAGS_SECOND;
	__ClearPageHead(page);
	for (i = 1; i < count; i++) {
		clear_compound_head(page + i);
		INIT_LIST_HEAD(&page[i].lru);
		page[i].index = 0;
		atomic_set(&page[i]._mapcount, -1);
		set_page_count(page + i, 1);
	}
}

static void clear_range(unsigned long pfn, unsigned long count)
{
	unsigned long i;

	for (i = 0; i < count; i++)
		clear_highpage(pfn_to_page(pfn + i));
}

/* What its user noted in a page is gone; mostly that is nothing. */
static void lay_to_rest(struct page *page)
{
	if (unlikely(page->flags & PAGE_FLAGS_CHECK_AT_PREP))
		set_mask_bits(&page->flags, PAGE_FLAGS_CHECK_AT_PREP, 0);
	if (unlikely(page->mapping))
		page->mapping = NULL;
	if (unlikely(page_private(page)))
		set_page_private(page, 0);
}

/*
 * Whether those who referred to a page of the range when it was released have
 * let go of it. Such a page was not lent; one that was is nobody's. Without a
 * region nobody knows, and each page has to be looked at.
 */
static bool range_let_go(struct cma *cma, unsigned long pfn,
			 unsigned long count)
{
	unsigned long end = pfn + count;

	for (; pfn < end; pfn++) {
		if (cma->region)
			pfn = cleancache_next_taken(cma->region, pfn, end);
		if (pfn == end)
			break;
		if (page_count(pfn_to_page(pfn)) != 1 ||
		    PageHWPoison(pfn_to_page(pfn)))
			return false;
		lay_to_rest(pfn_to_page(pfn));
		if (want_init_on_free())
			clear_range(pfn, 1);
	}
	return true;
}

/**
 * gcma_alloc_range() - take pages of a guaranteed area into use
 * @cma: the area
 * @pfn: the first page
 * @count: how many; the caller has marked them in the area's bitmap
 * @align: the alignment asked for, as an order; for the trace only
 * @gfp: as for CMA; with %__GFP_COMP, @count is a power of two
 *
 * Context: Any in which the area's bitmap may be changed. Does not sleep.
 *
 * Return: 0, or -EBUSY if memory of the range has failed, or somebody refers to
 * a page that was released all the same, or a compound page is asked for and
 * somebody will not let go of one of its pages.
 */
int gcma_alloc_range(struct cma *cma, unsigned long pfn, unsigned long count,
		     unsigned int align, gfp_t gfp)
{
	unsigned long dropped = 0, waited = 0;
	struct page *page = pfn_to_page(pfn);

	if (cma->region && cleancache_range_poisoned(cma->region, pfn, count))
		return -EBUSY;
	if (!range_let_go(cma, pfn, count))
		return -EBUSY;
	if ((gfp & __GFP_COMP) && !freeze_tails(page, count))
		return -EBUSY;

	trace_gcma_alloc_start(cma->name, count, align);
	if (cma->region)
		dropped = cleancache_take(cma->region, pfn, count, &waited);
	trace_gcma_alloc_finish(cma->name, pfn, count, dropped, waited);
	if (want_init_on_alloc(gfp))
		clear_range(pfn, count);
	if (gfp & __GFP_COMP)
		prep_compound_page(page, ilog2(count));
	count_vm_event(GCMA_ALLOC);
	return 0;
}

static void give(struct cma *cma, unsigned long pfn, unsigned long count)
{
	if (want_init_on_free())
		clear_range(pfn, count);
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
 * the cleancache, and cannot be allocated until it has been let go of. A folio
 * is to be released by the last who refers to it.
 *
 * Context: Any in which the area's bitmap may be changed.
 */
void gcma_free_range(struct cma *cma, unsigned long pfn, unsigned long count)
{
	unsigned long end = pfn + count, start = pfn, in_use = 0;

	if (PageHead(pfn_to_page(pfn)))
		unmake_compound(page_folio(pfn_to_page(pfn)));
	for (; pfn < end; pfn++) {
		if (likely(page_count(pfn_to_page(pfn)) == 1)) {
			lay_to_rest(pfn_to_page(pfn));
			continue;
		}
		give(cma, start, pfn - start);
		start = pfn + 1;
		in_use++;
	}
	give(cma, start, end - start);
	WARN(in_use, "%lu pages are still in use!\n", in_use);
}

/* Mark a free range in the area's bitmap. Return its first bit, or @nr_bits. */
static unsigned long claim_bits(struct cma *cma, unsigned long start,
				unsigned long bits, unsigned int align)
{
	unsigned long nr_bits = cma_bitmap_maxno(cma), mask, offset, flags, bit;
	unsigned int order = max(align, cma->order_per_bit);

	mask = BIT(order - cma->order_per_bit) - 1;
	offset = (cma->base_pfn & (BIT(order) - 1)) >> cma->order_per_bit;

	spin_lock_irqsave(&cma->lock, flags);
	bit = bitmap_find_next_zero_area_off(cma->bitmap, nr_bits, start, bits,
					     mask, offset);
	if (bit < nr_bits)
		bitmap_set(cma->bitmap, bit, bits);
	spin_unlock_irqrestore(&cma->lock, flags);
	return min(bit, nr_bits);
}

static void unclaim_bits(struct cma *cma, unsigned long bit, unsigned long bits)
{
	unsigned long flags;

	spin_lock_irqsave(&cma->lock, flags);
	bitmap_clear(cma->bitmap, bit, bits);
	spin_unlock_irqrestore(&cma->lock, flags);
}

/**
 * gcma_alloc_atomic() - allocate from a guaranteed area in atomic context
 * @cma: the area
 * @count: how many pages
 * @align: their alignment, as an order
 *
 * What cma_alloc() does, for those who must not sleep. Released by
 * cma_release(), which does not sleep either for a guaranteed area.
 *
 * Context: Any but NMI. The time it takes is bounded: a search of the area's
 * bitmap with interrupts off, and one page copy for each slot in use. Memory
 * that cannot be had although it is free makes it search again.
 *
 * Return: the first page, or NULL if the area has no free range of that size
 * and alignment, or is not a guaranteed one.
 */
struct page *gcma_alloc_atomic(struct cma *cma, unsigned long count,
			       unsigned int align)
{
	unsigned long bits, bit = 0, pfn;

	if (!cma || !cma->guaranteed || !cma->bitmap || !count ||
	    count > cma->count)
		return NULL;

	bits = DIV_ROUND_UP(count, BIT(cma->order_per_bit));
	while ((bit = claim_bits(cma, bit, bits, align)) <
	       cma_bitmap_maxno(cma)) {
		pfn = cma->base_pfn + (bit << cma->order_per_bit);
		if (!gcma_alloc_range(cma, pfn, count, align, GFP_ATOMIC)) {
			count_vm_event(CMA_ALLOC_SUCCESS);
			cma_sysfs_account_success_pages(cma, count);
			return pfn_to_page(pfn);
		}
		unclaim_bits(cma, bit++, bits);
	}
	count_vm_event(CMA_ALLOC_FAIL);
	gcma_count_failure(cma);
	cma_sysfs_account_fail_pages(cma, count);
	return NULL;
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

#ifdef CONFIG_GCMA_KUNIT_TEST
#include "test.c"
#endif
