// SPDX-License-Identifier: GPL-2.0
/*
 * An area of 4 GiB, in which the place of a byte needs all 32 bits. Guards
 * that a slot's place is right anywhere in it: all but a window is allocated,
 * so that the cleancache has to use the window, across the middle and at the
 * end. Fails when the place is computed in 31 bits (mutant area-address).
 *
 * usage: area_big DIR CASE, booted with gcma=big:4G
 */
#include <errno.h>
#include <stdio.h>

#include "lib/area.h"
#include "lib/cache.h"
#include "lib/files.h"

#define AREA_NAME	"big"
#define PAGES		(4096 * MIB / PAGE_SIZE)
#define WINDOW		(16 * MIB / PAGE_SIZE)

static const char *const area[] = { AREA_NAME };

/* Fill, empty, take and give back what is left of the area. */
static void use_window(struct file_set *set, u64 pages)
{
	u64 restored, allocated;

	area_expect_allocated(AREA_NAME, PAGES - pages);
	files_fill_exactly(set, pages);
	check(area_stat(AREA_NAME, "cached_pages") == pages,
	      "%llu pages are cached in a window of %llu",
	      (unsigned long long)area_stat(AREA_NAME, "cached_pages"),
	      (unsigned long long)pages);
	restored = vmstat("cleancache_restored");
	files_verify_one(set, 0);
	restored = vmstat("cleancache_restored") - restored;
	check(restored == set->pages, "%llu hits among %u pages",
	      (unsigned long long)restored, set->pages);
	files_fill_exactly(set, pages);
	allocated = vmstat("cleancache_allocated");
	area_alloc(AREA_NAME, pages);
	allocated = vmstat("cleancache_allocated") - allocated;
	check(allocated == pages, "%llu pages were dropped of %llu",
	      (unsigned long long)allocated, (unsigned long long)pages);
	check(area_try_alloc(AREA_NAME, 1) == -ENOMEM,
	      "the area gave a page too many");
	area_expect_allocated(AREA_NAME, PAGES);
	area_free(AREA_NAME, pages);
}

static void start(struct file_set *set, const char *dir)
{
	check(area_pages(AREA_NAME) == PAGES, "the area has %llu pages",
	      (unsigned long long)area_pages(AREA_NAME));
	areas_take_others(area, 1);
	cgroup_enter(0);
	files_create(set, dir, WINDOW * 3 / 2);
}

/* The window is where the area was not allocated: at its end. */
static void end_of_area(const char *dir)
{
	struct file_set set;

	start(&set, dir);
	area_alloc(AREA_NAME, PAGES - WINDOW);
	use_window(&set, WINDOW);
	area_free(AREA_NAME, PAGES);
	areas_free_others(area, 1);
	area_check_balance("at the end");
}

/* A release gives back the first pages of the latest allocation. */
static void middle_of_area(const char *dir)
{
	struct file_set set;

	start(&set, dir);
	area_alloc(AREA_NAME, PAGES / 2 - WINDOW / 2);
	area_alloc(AREA_NAME, PAGES / 2 + WINDOW / 2);
	area_free(AREA_NAME, WINDOW);
	use_window(&set, WINDOW);
	area_free(AREA_NAME, PAGES);
	area_expect_allocated(AREA_NAME, 0);
	areas_free_others(area, 1);
	area_check_balance("at the end");
}

/* All of it and large parts, over and over, with pages cached everywhere. */
static void whole(const char *dir)
{
	struct file_set set;
	u32 i;

	start(&set, dir);
	for (i = 0; i < 10; i++) {
		files_verify_one(&set, i);
		evict(set.fds[i]);
		area_alloc(AREA_NAME, PAGES >> i);
		area_expect_allocated(AREA_NAME, PAGES >> i);
		area_free(AREA_NAME, PAGES >> i);
		area_alloc(AREA_NAME, PAGES);
		check(!area_stat(AREA_NAME, "cached_pages"),
		      "pages stay cached");
		area_free(AREA_NAME, PAGES);
	}
	areas_free_others(area, 1);
	files_verify(&set);
	area_check_balance("at the end");
}

static const struct test_case cases[] = {
	{ "end", end_of_area },
	{ "middle", middle_of_area },
	{ "whole", whole },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
