// SPDX-License-Identifier: GPL-2.0
/*
 * Parts of a guaranteed area: allocations of every size, released whole, in
 * part and in another order, with CMA's debugfs figures after each step.
 * Guards that what is released is exactly what was, that a place is where it
 * should be aligned, and that the cleancache has what is left and no more.
 * Fails when a release gives back a page too many or too few (`release`: a
 * slot of an allocated page is used, or one stays unused), and when the area
 * ignores the alignment (`align`).
 *
 * usage: area_parts DIR CASE
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/area.h"
#include "lib/cache.h"
#include "lib/files.h"
#include "lib/heap.h"
#include "lib/trace.h"

#define EVENT		"gcma/gcma_alloc_finish"
/* CONFIG_CMA_ALIGNMENT: beyond it, devices are promised nothing. */
#define MAX_ALIGN	8

/* What debugfs says of the bitmap. */
struct bitmap {
	u64 set;
	u64 longest_free;
};

static void read_bitmap(const char *area, u64 pages, struct bitmap *map)
{
	FILE *f;
	char path[128];
	u64 run = 0, bit;
	u32 word = 0;

	snprintf(path, sizeof(path), "/sys/kernel/debug/cma/%s/bitmap", area);
	f = fopen(path, "r");
	check(f, "%s: %m", path);
	memset(map, 0, sizeof(*map));
	for (bit = 0; bit < pages; bit++) {
		if (bit % 32 == 0)
			check(fscanf(f, "%u", &word) == 1, "%s is short", path);
		if (word >> bit % 32 & 1) {
			map->set++;
			run = 0;
		} else if (++run > map->longest_free) {
			map->longest_free = run;
		}
	}
	fclose(f);
}

/* All that is said about the area fits together, and says @used pages. */
static void check_figures(const char *area, u64 used)
{
	u64 pages = area_pages(area), said;
	struct bitmap map;

	area_expect_allocated(area, used);
	used += area_pages_at_boot(area);
	said = area_debug(area, "used");
	check(said == used, "used is %llu, not %llu", (unsigned long long)said,
	      (unsigned long long)used);
	read_bitmap(area, pages, &map);
	check(map.set == used, "%llu bits are set for %llu pages",
	      (unsigned long long)map.set, (unsigned long long)used);
	said = area_debug(area, "maxchunk");
	check(said == map.longest_free, "maxchunk is %llu, not %llu",
	      (unsigned long long)said, (unsigned long long)map.longest_free);
}

static void check_constants(const char *area)
{
	u64 pages = area_pages(area), base = area_debug(area, "base_pfn");

	check(area_debug(area, "count") == pages, "count is %llu of %llu",
	      (unsigned long long)area_debug(area, "count"),
	      (unsigned long long)pages);
	check(!area_debug(area, "order_per_bit"), "a bit is not a page");
	check(base, "base_pfn is 0");
}

static void one_size(const char *area, u64 pages)
{
	area_alloc(area, pages);
	check_figures(area, pages);
	area_free(area, pages);
	check_figures(area, 0);
}

static void start(struct file_set *set, const char *dir, const char *area)
{
	cgroup_enter(0);
	check_constants(area);
	/* What an earlier case that failed has left. */
	area_free(area, area_pages(area));
	files_create(set, dir, cleancache_slots() * 5 / 4);
	files_fill(set, cleancache_slots());
}

/* Every power of two, and the sizes beside it. */
static void sizes(const char *dir)
{
	static const char area[] = "reserved";
	u64 total = area_pages_left(area), size;
	struct file_set set;

	start(&set, dir, area);
	for (size = 1; size <= total; size *= 2) {
		one_size(area, size);
		if (size > 2)
			one_size(area, size - 1);
		if (size < total)
			one_size(area, size + 1);
		files_verify_one(&set, __builtin_ctzll(size) % set.files);
		evict(set.fds[__builtin_ctzll(size) % set.files]);
	}
	one_size(area, total - 1);
	check(area_try_alloc(area, total + 1) == -ENOMEM,
	      "more than there is was had");
	check_figures(area, 0);
	files_fill_exactly(&set, total);
	area_check_balance("at the end");
}

/* The cleancache fills what is left, to the page. */
static void expect_rest_used(struct file_set *set, const char *area, u64 used)
{
	check_figures(area, used);
	files_fill_exactly(set, area_pages_left(area) - used);
}

/* Blocks given back bit by bit, from their first page on. */
static void release(const char *dir)
{
	static const char area[] = "reserved";
	static const u32 parts[] = { 1, 62, 1, 64, 65, 3, 500, 1, 1, 326 };
	u64 total = area_pages_left(area), used = 0;
	struct file_set set;
	size_t i;

	start(&set, dir, area);
	for (i = 0; used + 1024 <= total / 2; i++, used += 1024)
		area_alloc(area, 1024);
	check(i, "the area is too small");
	expect_rest_used(&set, area, used);
	/* Not one after the other: the whole of the last block but a page. */
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		area_free(area, parts[i]);
		used -= parts[i];
		check_figures(area, used);
		if (i % 3 == 0)
			expect_rest_used(&set, area, used);
	}
	/* Single pages, allocated between what is left and given back. */
	for (i = 0; i < 100; i++)
		area_alloc(area, 1);
	expect_rest_used(&set, area, used + 100);
	for (i = 0; i < 100; i++) {
		area_free(area, 1);
		check_figures(area, used + 99 - i);
	}
	area_free(area, total);
	check_figures(area, 0);
	files_fill_exactly(&set, total);
	area_check_balance("at the end");
}

static u32 order_of(u64 pages)
{
	u32 order = 0;

	while (1ULL << order < pages)
		order++;
	return order < MAX_ALIGN ? order : MAX_ALIGN;
}

/* Devices get buffers aligned to their size, up to a limit. */
static void align(const char *dir)
{
	static const char area[] = "reserved";
	static const u32 sizes[] = { 1, 2, 3, 4, 7, 8, 9, 31, 32, 33, 64, 100,
				     128, 255, 256, 257, 1000 };
	u64 base = area_debug(area, "base_pfn"), pfn;
	int buffers[ARRAY_SIZE(sizes)];
	struct file_set set;
	size_t i;

	start(&set, dir, area);
	trace_start(EVENT, NULL);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		/* An odd page first, so that it does not fit by chance. */
		area_alloc(area, 1);
		trace_take("pfn");
		buffers[i] = heap_alloc(sizes[i] * PAGE_SIZE);
		pfn = trace_take("pfn");
		check(pfn >= base && pfn + sizes[i] <= base + area_pages(area),
		      "%u pages at %#llx are not in the area", sizes[i],
		      (unsigned long long)pfn);
		check(!(pfn & ((1ULL << order_of(sizes[i])) - 1)),
		      "%u pages at %#llx are not aligned to %u", sizes[i],
		      (unsigned long long)pfn, 1U << order_of(sizes[i]));
	}
	trace_stop(EVENT);
	for (i = 0; i < ARRAY_SIZE(sizes); i++)
		close(buffers[i]);
	area_free(area, area_pages(area));
	check_figures(area, 0);
	files_fill(&set, cleancache_slots());
}

static const struct test_case cases[] = {
	{ "sizes", sizes },
	{ "release", release },
	{ "align", align },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
