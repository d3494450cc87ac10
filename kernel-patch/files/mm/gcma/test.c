// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests of guaranteed areas, on the first one of which nothing is
 * allocated; included from alloc.c. Nobody else may allocate from it meanwhile.
 */

#include <kunit/test.h>

#define FOLIO_ORDER	4

static struct cma *tested_area(struct kunit *test)
{
	unsigned int i;

	for (i = 0; i < cma_area_count; i++)
		if (cma_areas[i].guaranteed && cma_areas[i].bitmap &&
		    bitmap_empty(cma_areas[i].bitmap,
				 cma_bitmap_maxno(&cma_areas[i])))
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
		KUNIT_EXPECT_FALSE(test, PageReserved(page + i));
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

static void test_atomic_alignment(struct kunit *test)
{
	struct cma *cma = tested_area(test);
	unsigned int align;
	struct page *page;

	for (align = 0; align <= FOLIO_ORDER; align++) {
		page = gcma_alloc_atomic(cma, 1, align);
		KUNIT_ASSERT_NOT_NULL(test, page);
		KUNIT_EXPECT_EQ(test, page_to_pfn(page) % BIT(align), 0UL);
		KUNIT_EXPECT_TRUE(test, cma_release(cma, page, 1));
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
	KUNIT_CASE(test_atomic_alignment),
	KUNIT_CASE(test_atomic_whole),
	KUNIT_CASE(test_atomic_refused),
	KUNIT_CASE(test_folio),
	KUNIT_CASE(test_folio_referenced),
	{}
};

static struct kunit_suite gcma_suite = {
	.name = "gcma",
	.test_cases = gcma_cases,
};

kunit_test_suite(gcma_suite);
