// SPDX-License-Identifier: GPL-2.0
/*
 * Several areas side by side: two guaranteed ones, one of a single page and
 * the plain default area. Guards that an allocation takes from its own area
 * and nothing else, that it does not wait for one from another area (mutant
 * cma-mutex), and that each area's figures are its own. Fails when the
 * take-back works on another region than the area's (the cached pages of the
 * wrong one go), and when an area's end is off by a page (`tiny`).
 *
 * usage: area DIR CASE, booted with cma=SIZE gcma=a:SIZE,b:SIZE,tiny:4K
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/area.h"
#include "lib/cache.h"
#include "lib/files.h"
#include "lib/heap.h"
#include "lib/trace.h"

#define ROUNDS		30
#define PART_SIZE	(4ul << 20)

static const char *const areas[] = { "a", "b", "tiny" };

static u64 all_pages(void)
{
	u64 pages = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(areas); i++)
		pages += area_pages(areas[i]);
	return pages;
}

/* Half as much again as all areas hold, and every slot filled. */
static void fill_all(struct file_set *set, const char *dir)
{
	u64 pages = all_pages();

	areas_take_others(areas, ARRAY_SIZE(areas));
	cgroup_enter(0);
	files_create(set, dir, pages * 3 / 2);
	files_fill(set, pages);
}

struct figures {
	u64 cached[ARRAY_SIZE(areas)];
	u64 allocated[ARRAY_SIZE(areas)];
};

static void get_figures(struct figures *f)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(areas); i++) {
		f->cached[i] = area_stat(areas[i], "cached_pages");
		f->allocated[i] = area_stat(areas[i], "allocated_pages");
	}
}

/* Nothing but area @except may have changed since @before. */
static void check_others(const struct figures *before, size_t except)
{
	struct figures now;
	size_t i;

	get_figures(&now);
	for (i = 0; i < ARRAY_SIZE(areas); i++) {
		if (i == except)
			continue;
		check(now.cached[i] == before->cached[i] &&
		      now.allocated[i] == before->allocated[i],
		      "area %s went from %llu cached and %llu allocated pages to %llu and %llu",
		      areas[i], (unsigned long long)before->cached[i],
		      (unsigned long long)before->allocated[i],
		      (unsigned long long)now.cached[i],
		      (unsigned long long)now.allocated[i]);
	}
}

/* Half, then all of one area; more than all fails. */
static void take_one(size_t i)
{
	const char *area = areas[i];
	u64 total = area_pages(area), half = total / 2, allocated;
	struct figures before;

	get_figures(&before);
	check(area_try_alloc(area, total + 1) == -ENOMEM,
	      "area %s gave more than it has", area);
	check_others(&before, ARRAY_SIZE(areas));
	allocated = vmstat("cleancache_allocated");
	if (half) {
		area_alloc(area, half);
		area_expect_allocated(area, half);
		check_others(&before, i);
	}
	area_alloc(area, total - half);
	area_expect_allocated(area, total);
	check_others(&before, i);
	allocated = vmstat("cleancache_allocated") - allocated;
	check(allocated == before.cached[i],
	      "area %s had %llu pages cached, the allocation dropped %llu",
	      area, (unsigned long long)before.cached[i],
	      (unsigned long long)allocated);
	check(!area_stat(area, "cached_pages"), "area %s still has pages",
	      area);
	check(area_try_alloc(area, 1) == -ENOMEM,
	      "area %s gave a page too many", area);
	area_free(area, total);
	area_expect_allocated(area, 0);
	check_others(&before, i);
}

static void separate(const char *dir)
{
	struct file_set set;
	size_t i;

	fill_all(&set, dir);
	for (i = 0; i < ARRAY_SIZE(areas); i++) {
		take_one(i);
		files_fill(&set, all_pages());
		area_check_balance(areas[i]);
	}
	files_verify(&set);
	areas_free_others(areas, ARRAY_SIZE(areas));
}

/* A line of /proc/meminfo, in pages. */
static u64 meminfo(const char *key)
{
	FILE *f = fopen("/proc/meminfo", "r");
	unsigned long long value;
	char line[128], name[64];

	check(f, "/proc/meminfo: %m");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63[^:]: %llu", name, &value) != 2 ||
		    strcmp(name, key))
			continue;
		fclose(f);
		return value * 1024 / PAGE_SIZE;
	}
	fail("/proc/meminfo has no %s", key);
}

/* The default area is plain: it has no figures of guaranteed ones. */
static void plain(const char *dir)
{
	u64 total = area_debug("reserved", "count"), size = total / 2;
	struct figures before;
	struct file_set set;
	u64 failures;
	int buffer;
	void *map;

	check(!area_has("reserved", "guaranteed"),
	      "the default area says that it is guaranteed");
	check(meminfo("CmaTotal") == total,
	      "CmaTotal is %llu pages, the plain area has %llu",
	      (unsigned long long)meminfo("CmaTotal"),
	      (unsigned long long)total);
	fill_all(&set, dir);
	get_figures(&before);
	failures = vmstat("gcma_alloc_fail");
	buffer = heap_alloc(size * PAGE_SIZE);
	check_others(&before, ARRAY_SIZE(areas));
	check(area_debug("reserved", "used") >= size,
	      "the plain area does not have the buffer");
	map = heap_fill(buffer, size * PAGE_SIZE, 3);
	files_store(&set);
	heap_check(map, size * PAGE_SIZE, 3);
	check(heap_try_alloc((total + 1) * PAGE_SIZE) == -ENOMEM,
	      "the plain area gave more than it has");
	check(vmstat("gcma_alloc_fail") == failures,
	      "gcma_alloc_fail counts what a plain area refused");
	close(buffer);
	areas_free_others(areas, ARRAY_SIZE(areas));
}

/* One page: stored, restored, evicted, allocated and released like others. */
static void tiny(const char *dir)
{
	const char *area = "tiny";
	struct file_set set;
	u64 used = 0;
	u32 i;

	check(area_pages(area) == 1, "area %s has %llu pages", area,
	      (unsigned long long)area_pages(area));
	fill_all(&set, dir);
	/* Its one slot is the only one left. */
	area_alloc("a", area_pages("a"));
	area_alloc("b", area_pages("b"));
	for (i = 0; i < ROUNDS; i++) {
		files_verify_one(&set, i % set.files);
		evict(set.fds[i % set.files]);
		used += area_stat(area, "cached_pages");
		check(cleancache_cached() <= 1, "%llu pages in one slot",
		      (unsigned long long)cleancache_cached());
		area_alloc(area, 1);
		area_expect_allocated(area, 1);
		check(!cleancache_cached(), "the page stays cached");
		check(area_try_alloc(area, 1) == -ENOMEM,
		      "area %s gave its page twice", area);
		area_free(area, 1);
	}
	check(used == ROUNDS, "the slot was used in %llu rounds of %d",
	      (unsigned long long)used, ROUNDS);
	area_free("a", area_pages("a"));
	area_free("b", area_pages("b"));
	area_check_balance("at the end");
	files_fill(&set, all_pages());
	areas_free_others(areas, ARRAY_SIZE(areas));
}

/*
 * Take memory until half of what is free in the plain area is among it. Page
 * cache that is in there would not be moved but dropped. Other memory is what
 * is taken first: half of it all is given back, as the place to move to.
 */
static void hold_memory(void)
{
	size_t all = sysconf(_SC_PHYS_PAGES) * PAGE_SIZE, taken = 0;
	u64 half;
	u8 *map;

	sync();
	write_number("/proc/sys/vm/drop_caches", 1);
	half = vmstat("nr_free_cma") / 2;
	map = mmap(NULL, all, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	check(map != MAP_FAILED, "mmap: %m");
	/* One page is moved at a time. */
	check(!madvise(map, all, MADV_NOHUGEPAGE), "madvise: %m");
	for (; vmstat("nr_free_cma") > half; taken += PART_SIZE) {
		check(taken + PART_SIZE <= all, "nothing comes from there");
		memset(map + taken, 1, PART_SIZE);
	}
	check(!munmap(map, taken / 2), "munmap: %m");
}

/*
 * Has to move what is there; whether that succeeds does not matter. A device
 * may have some of the area, so not all of it can be asked for.
 */
static void take_plain(void *arg)
{
	u64 size = area_debug(DEFAULT_AREA, "maxchunk");
	bool *done = arg;
	int err = area_try_alloc(DEFAULT_AREA, size);

	__atomic_store_n(done, true, __ATOMIC_SEQ_CST);
	if (!err)
		area_free(DEFAULT_AREA, size);
}

/*
 * While most of the plain area is allocated, under a mutex of plain areas,
 * guaranteed memory comes and goes. An allocation that ends between two pages
 * being moved did not wait for the mutex.
 */
static void beside(const char *dir)
{
	bool *done = xshared(sizeof(*done));
	u64 moved, meanwhile;
	pid_t taker;

	hold_memory();
	trace_start("migrate/mm_migrate_pages", NULL);
	trace_start("gcma/gcma_alloc_finish", NULL);
	taker = spawn(take_plain, done);
	while (!__atomic_load_n(done, __ATOMIC_SEQ_CST)) {
		area_alloc("a", 1);
		area_free("a", 1);
	}
	join(taker);
	trace_stop("migrate/mm_migrate_pages");
	trace_stop("gcma/gcma_alloc_finish");
	moved = trace_count("reason=contig_range");
	meanwhile = trace_between("gcma_alloc_finish:", "reason=contig_range");
	note("%llu allocations while pages were moved %llu times",
	     (unsigned long long)meanwhile, (unsigned long long)moved);
	check(moved > 1, "no page of the plain area had to be moved");
	check(meanwhile, "guaranteed areas wait for plain ones");
}

static const struct test_case cases[] = {
	{ "separate", separate },
	{ "plain", plain },
	{ "tiny", tiny },
	{ "beside", beside },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
