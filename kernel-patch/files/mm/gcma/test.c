// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of guaranteed areas, mostly on the first one of which nothing is
 * allocated; included from alloc.c. Nobody else may allocate meanwhile.
 */

#include <kunit/test.h>
#include <linux/completion.h>
#include <linux/hrtimer.h>
#include <linux/string.h>

#define FOLIO_ORDER	4
#define NR_TICKS	256
#define TICK_NS		(200 * NSEC_PER_USEC)

static bool can_be_tested(struct cma *cma)
{
	return cma->guaranteed && cma->bitmap &&
	       bitmap_empty(cma->bitmap, cma_bitmap_maxno(cma));
}

static struct cma *tested_area(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < cma_area_count; i++)
		if (can_be_tested(&cma_areas[i]))
			return &cma_areas[i];
	kunit_skip(test, "no empty guaranteed area: boot with gcma=t:64M");
	return NULL;
}

/* Pages rest, and are handed out, with one reference and nothing else. */
static void expect_at_rest(struct kunit *test, struct page *page,
			   unsigned long count)
{
	unsigned long i;

	for (i = 0; i < count; i++) {
		KUNIT_EXPECT_EQ(test, page_count(page + i), 1);
		KUNIT_EXPECT_EQ(test, atomic_read(&page[i]._mapcount), -1);
		KUNIT_EXPECT_PTR_EQ(test, page[i].mapping, NULL);
		KUNIT_EXPECT_EQ(test, page_private(page + i), 0UL);
		KUNIT_EXPECT_FALSE(test, PageCompound(page + i));
		KUNIT_EXPECT_EQ(test, page[i].flags & PAGE_FLAGS_CHECK_AT_PREP,
				0UL);
	}
}

static void test_atomic(struct kunit *test)
{
	struct cma *cma = tested_area(test);
	unsigned long flags, count = 3;
	struct page *page;

	local_irq_save(flags);
	page = gcma_alloc_atomic(cma, count, 0);
	local_irq_restore(flags);

	KUNIT_ASSERT_NOT_NULL(test, page);
	expect_at_rest(test, page, count);

	local_irq_save(flags);
	KUNIT_EXPECT_TRUE(test, cma_release(cma, page, count));
	local_irq_restore(flags);
	expect_at_rest(test, page, count);
}

/**
 * struct ticker - a user of an area that knows nothing but interrupts
 * @timer: calls it
 * @done: that it has been called often enough
 * @cma: the area
 * @page: what it has of it, if anything
 * @count: how many pages that is
 * @ticks: how often it is still to be called
 * @refused: how often it did not get what it asked for
 * @spoiled: how often it found something else there than what it had written
 */
struct ticker {
	struct hrtimer timer;
	struct completion done;
	struct cma *cma;
	struct page *page;
	unsigned long count;
	unsigned int ticks;
	unsigned int refused;
	unsigned int spoiled;
};

static void ticker_release(struct ticker *ticker)
{
	if (!ticker->page)
		return;
	if (memchr_inv(page_address(ticker->page), 1 + ticker->ticks % 255,
		       ticker->count * PAGE_SIZE))
		ticker->spoiled++;
	if (!cma_release(ticker->cma, ticker->page, ticker->count))
		ticker->refused++;
	ticker->page = NULL;
}

static void ticker_alloc(struct ticker *ticker)
{
	unsigned int align = ticker->ticks % 5;

	ticker->count = 1 + ticker->ticks % 17;
	ticker->page = gcma_alloc_atomic(ticker->cma, ticker->count, align);
	if (ticker->page && !(page_to_pfn(ticker->page) % BIT(align)))
		memset(page_address(ticker->page), 1 + ticker->ticks % 255,
		       ticker->count * PAGE_SIZE);
	else
		ticker->refused++;
}

static enum hrtimer_restart tick(struct hrtimer *timer)
{
	struct ticker *ticker = container_of(timer, struct ticker, timer);

	ticker_release(ticker);
	if (!ticker->ticks--) {
		complete(&ticker->done);
		return HRTIMER_NORESTART;
	}
	ticker_alloc(ticker);
	hrtimer_forward_now(timer, ns_to_ktime(TICK_NS));
	return HRTIMER_RESTART;
}

/*
 * From an interrupt, whatever that interrupts: a store or a restore of the same
 * CPU among others, if files are read meanwhile.
 */
static void test_interrupt(struct kunit *test)
{
	struct ticker *ticker = kunit_kzalloc(test, sizeof(*ticker),
					      GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ticker);
	ticker->cma = tested_area(test);
	ticker->ticks = NR_TICKS;
	init_completion(&ticker->done);
	hrtimer_init(&ticker->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_HARD);
	ticker->timer.function = tick;
	hrtimer_start(&ticker->timer, ns_to_ktime(TICK_NS),
		      HRTIMER_MODE_REL_HARD);
	wait_for_completion(&ticker->done);
	hrtimer_cancel(&ticker->timer);
	KUNIT_EXPECT_EQ(test, ticker->refused, 0);
	KUNIT_EXPECT_EQ(test, ticker->spoiled, 0);
}

static void expect_aligned(struct kunit *test, struct cma *cma,
			   struct page *page, unsigned int align)
{
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, page_to_pfn(page) % BIT(align), 0UL);
	KUNIT_EXPECT_TRUE(test, cma_release(cma, page, 1));
}

/* Areas may begin anywhere, and alignment is that of the address. */
static void test_alignment(struct kunit *test)
{
	struct cma *cma = tested_area(test);
	unsigned int align;

	for (; cma < cma_areas + cma_area_count; cma++) {
		if (!can_be_tested(cma))
			continue;
		for (align = 0; BIT(align) <= cma->count / 2; align++) {
			expect_aligned(test, cma,
				       gcma_alloc_atomic(cma, 1, align), align);
			expect_aligned(test, cma,
				       cma_alloc(cma, 1, align, true), align);
		}
	}
}

static void test_atomic_whole(struct kunit *test)
{
	struct cma *cma = tested_area(test);
	struct page *page;

	KUNIT_EXPECT_NULL(test, gcma_alloc_atomic(cma, cma->count + 1, 0));
	page = gcma_alloc_atomic(cma, cma->count, 0);
	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_NULL(test, gcma_alloc_atomic(cma, 1, 0));
	KUNIT_EXPECT_TRUE(test, cma_release(cma, page, cma->count));
}

static void test_atomic_refused(struct kunit *test)
{
	struct cma plain = { .count = 1 };

	KUNIT_EXPECT_NULL(test, gcma_alloc_atomic(NULL, 1, 0));
	KUNIT_EXPECT_NULL(test, gcma_alloc_atomic(&plain, 1, 0));
	KUNIT_EXPECT_NULL(test, gcma_alloc_atomic(tested_area(test), 0, 0));
}

/* What users leave in a page must not be found by the next one. */
static void test_left_behind(struct kunit *test)
{
	struct cma *cma = tested_area(test);
	unsigned long i, count = 3;
	struct page *page;

	page = gcma_alloc_atomic(cma, count, 0);
	KUNIT_ASSERT_NOT_NULL(test, page);
	for (i = 0; i < count; i++) {
		SetPageUptodate(page + i);
		SetPagePrivate(page + i);
		set_page_private(page + i, 1);
		page[i].mapping = (void *)page;
	}
	KUNIT_EXPECT_TRUE(test, cma_release(cma, page, count));
	expect_at_rest(test, page, count);
}

/*
 * A page that was released although somebody refers to it goes to nobody until
 * they let go of it. The release itself would warn, so this does its part.
 */
static void test_released_referenced(struct kunit *test)
{
	struct cma *cma = tested_area(test);
	struct page *page, *other;

	page = gcma_alloc_atomic(cma, 1, 0);
	KUNIT_ASSERT_NOT_NULL(test, page);
	get_page(page);
	unclaim_bits(cma, (page_to_pfn(page) - cma->base_pfn) >>
			  cma->order_per_bit, 1);

	KUNIT_EXPECT_NULL(test, gcma_alloc_atomic(cma, cma->count, 0));
	other = cma_alloc(cma, 1, 0, true);
	KUNIT_EXPECT_NOT_NULL(test, other);
	KUNIT_EXPECT_PTR_NE(test, other, page);
	if (other)
		KUNIT_EXPECT_TRUE(test, cma_release(cma, other, 1));

	SetPageUptodate(page);
	put_page(page);
	other = gcma_alloc_atomic(cma, cma->count, 0);
	KUNIT_ASSERT_NOT_NULL(test, other);
	expect_at_rest(test, other, 1);
	KUNIT_EXPECT_TRUE(test, cma_release(cma, other, cma->count));
}

static void test_folio(struct kunit *test)
{
	struct cma *cma = tested_area(test);
	struct folio *folio;
	unsigned long i;

	folio = cma_alloc_folio(cma, FOLIO_ORDER, GFP_KERNEL | __GFP_COMP);
	KUNIT_ASSERT_NOT_NULL(test, folio);
	KUNIT_EXPECT_EQ(test, folio_order(folio), (unsigned int)FOLIO_ORDER);
	KUNIT_EXPECT_EQ(test, folio_ref_count(folio), 1);
	for (i = 1; i < folio_nr_pages(folio); i++) {
		KUNIT_EXPECT_TRUE(test, PageTail(folio_page(folio, i)));
		KUNIT_EXPECT_EQ(test,
				page_ref_count(folio_page(folio, i)), 0);
	}
	KUNIT_EXPECT_TRUE(test, cma_free_folio(cma, folio));
	expect_at_rest(test, &folio->page, BIT(FOLIO_ORDER));
}

/* A page that somebody looks at has no place in a folio. */
static void test_folio_referenced(struct kunit *test)
{
	struct cma *cma = tested_area(test);
	struct folio *folio, *other;
	struct page *page;

	folio = cma_alloc_folio(cma, FOLIO_ORDER, GFP_KERNEL | __GFP_COMP);
	KUNIT_ASSERT_NOT_NULL(test, folio);
	page = folio_page(folio, BIT(FOLIO_ORDER) - 1);
	KUNIT_EXPECT_TRUE(test, cma_free_folio(cma, folio));

	get_page(page);
	other = cma_alloc_folio(cma, FOLIO_ORDER, GFP_KERNEL | __GFP_COMP);
	KUNIT_EXPECT_NOT_NULL(test, other);
	KUNIT_EXPECT_PTR_NE(test, other, folio);
	KUNIT_EXPECT_EQ(test, page_ref_count(page), 2);
	put_page(page);
	expect_at_rest(test, &folio->page, BIT(FOLIO_ORDER));
	if (other)
		KUNIT_EXPECT_TRUE(test, cma_free_folio(cma, other));
}

static struct kunit_case gcma_cases[] = {
	KUNIT_CASE(test_atomic),
	KUNIT_CASE(test_interrupt),
	KUNIT_CASE(test_alignment),
	KUNIT_CASE(test_atomic_whole),
	KUNIT_CASE(test_atomic_refused),
	KUNIT_CASE(test_left_behind),
	KUNIT_CASE(test_released_referenced),
	KUNIT_CASE(test_folio),
	KUNIT_CASE(test_folio_referenced),
	{}
};

static struct kunit_suite gcma_suite = {
	.name = "gcma",
	.test_cases = gcma_cases,
};

kunit_test_suite(gcma_suite);
