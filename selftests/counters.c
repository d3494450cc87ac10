// SPDX-License-Identifier: GPL-2.0
/*
 * The figures agree with each other and with what was done. Guards the
 * accounting: every page that enters leaves exactly once (mutant count: an
 * invalidation is not counted; `identities`. Mutant count-evicted: an eviction
 * is not; `overflow`), that an allocation says what it cost (mutant
 * count-dropped; `identities`), that cachestat(2) looks through an entry at the
 * shadow behind it (mutant cachestat: it takes the entry for the shadow), and
 * that a hit counts as the refault it is (mutant shadow-lost: the shadow is not
 * handed on; `cachestat`).
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/area.h"
#include "lib/cache.h"
#include "lib/heap.h"
#include "lib/pattern.h"
#include "lib/trace.h"

#define ALLOCATED	"gcma/gcma_alloc_finish"
#define PAGES		512
#define FILE_ID		11

/* The only area agrees with the cleancache, and that with its counters. */
static void check_balance(const char *when)
{
	area_check_balance(when);
	check(area_stat(AREA, "cached_pages") == cleancache_cached(),
	      "%s: the area says %llu, the cleancache %llu", when,
	      (unsigned long long)area_stat(AREA, "cached_pages"),
	      (unsigned long long)cleancache_cached());
	check(area_stat(AREA, "total_pages") == cleancache_slots(),
	      "%s: the area has %llu pages, the cleancache %llu slots", when,
	      (unsigned long long)area_stat(AREA, "total_pages"),
	      (unsigned long long)cleancache_slots());
}

static void identities(const char *dir)
{
	u64 restored, allocs, cached, stale;
	int fd, buffer;

	check_balance("before");
	fd = cached_file(dir, FILE_ID, PAGES);
	check_balance("stored");
	restored = vmstat("cleancache_restored");
	/* Else XFS would make large folios, which are read anew. */
	check(!posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), "fadvise");
	pattern_verify(fd, FILE_ID, PAGES, 1);
	restored = vmstat("cleancache_restored") - restored;
	check(restored == PAGES, "%llu hits for %d pages",
	      (unsigned long long)restored, PAGES);
	check_balance("restored");
	only_in_cleancache(fd, PAGES);
	check(!ftruncate(fd, PAGES / 2 * PAGE_SIZE), "truncate: %m");
	check_balance("truncated");
	allocs = vmstat("gcma_alloc");
	cached = cleancache_cached();
	trace_start(ALLOCATED, NULL);
	buffer = heap_alloc(area_size());
	check(vmstat("gcma_alloc") == allocs + 1, "gcma_alloc grew by %llu",
	      (unsigned long long)(vmstat("gcma_alloc") - allocs));
	check(trace_take("dropped") == cached, "not all of %llu pages dropped",
	      (unsigned long long)cached);
	trace_stop(ALLOCATED);
	check_balance("allocated");
	close(buffer);
	check_balance("released");
	check(!posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), "fadvise");
	stale = vmstat("cleancache_stale");
	pattern_verify(fd, FILE_ID, PAGES / 2, 1);
	stale = vmstat("cleancache_stale") - stale;
	check(stale == PAGES / 2, "%llu stale entries, not %d",
	      (unsigned long long)stale, PAGES / 2);
	only_in_cleancache(fd, PAGES / 2);
	cleancache_drop();
	check_balance("dropped");
}

/* More is stored than there are slots. */
static void overflow(const char *dir)
{
	u32 pages = cleancache_slots() / 4, i;
	u64 evicted = vmstat("cleancache_evicted");
	int fd;

	cgroup_enter(0);
	for (i = 0; i < 6; i++) {
		fd = pattern_file(dir, i + 1, pages, 1);
		evict(fd);
		check_balance("filling");
		close(fd);
	}
	check(vmstat("cleancache_evicted") > evicted, "nothing was evicted");
}

static bool is_resident(void *page)
{
	unsigned char in_core;

	check(!mincore(page, PAGE_SIZE, &in_core), "mincore: %m");
	return in_core & 1;
}

/*
 * Evict page by page: reclaim as a whole would age the page lists meanwhile,
 * and with them what counts as evicted recently. One that is busy is tried
 * again, and may leave without being stored. Pages that were just read wait for
 * their place on the lists on each CPU, where the other one cannot get at them.
 */
static void evict_recently(int fd)
{
	u8 *map = map_file(fd, PAGES * PAGE_SIZE, PROT_READ);
	u64 stored = vmstat("cleancache_stored");
	int try;
	u32 i;

	stay_on_cpu(0);
	check(!madvise(map, PAGES * PAGE_SIZE, MADV_RANDOM),
	      "MADV_RANDOM: %m");
	for (try = 0; try < 5; try++)
		for (i = 0; i < PAGES; i++)
			if (!try || is_resident(map + i * PAGE_SIZE))
				page_out(map + i * PAGE_SIZE);
	stored = vmstat("cleancache_stored") - stored;
	check(stored >= PAGES * 95 / 100 && stored <= PAGES,
	      "%llu pages were stored, not %d", (unsigned long long)stored,
	      PAGES);
	munmap(map, PAGES * PAGE_SIZE);
}

static void expect_stats(int fd, u64 cached, u64 evicted)
{
	struct cache_stats stats = cache_stats(fd, 0, PAGES);

	check(stats.cache == cached && !stats.dirty,
	      "cachestat: %llu pages cached, %llu dirty, not %llu and 0",
	      (unsigned long long)stats.cache, (unsigned long long)stats.dirty,
	      (unsigned long long)cached);
	check(stats.evicted == evicted && stats.recently_evicted == evicted,
	      "cachestat: %llu pages evicted, %llu recently, not %llu",
	      (unsigned long long)stats.evicted,
	      (unsigned long long)stats.recently_evicted,
	      (unsigned long long)evicted);
	check(resident_pages(fd) == cached, "mincore: %zu pages, not %llu",
	      resident_pages(fd), (unsigned long long)cached);
}

/* With what each CPU has counted for itself. */
static u64 refaults(void)
{
	write_number("/proc/sys/vm/stat_refresh", 1);
	return vmstat("workingset_refault_file");
}

static void cachestat_mincore(const char *dir)
{
	u8 page[PAGE_SIZE];
	u64 refaulted;
	int fd, i;

	cgroup_enter(0);
	fd = pattern_file(dir, FILE_ID, PAGES, 1);
	forget(fd);
	evict_recently(fd);
	expect_stats(fd, 0, PAGES);
	refaulted = refaults();
	check(!posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), "fadvise");
	for (i = 0; i < PAGES / 2; i++)
		xread_at(fd, page, PAGE_SIZE, i * PAGE_SIZE);
	expect_stats(fd, PAGES / 2, PAGES / 2);
	pattern_verify(fd, FILE_ID, PAGES, 1);
	expect_stats(fd, PAGES, 0);
	refaulted = refaults() - refaulted;
	check(refaulted >= PAGES, "%llu refaults for %d pages",
	      (unsigned long long)refaulted, PAGES);
}

static const struct test_case cases[] = {
	{ "identities", identities },
	{ "overflow", overflow },
	{ "cachestat", cachestat_mincore },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
