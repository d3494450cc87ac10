// SPDX-License-Identifier: GPL-2.0
/*
 * Taking memory of the guaranteed area back while it is full of cached pages.
 * Guards invariant 6 (an allocation fails only for want of a free range) and
 * that nobody writes to memory that was handed out. Fails when an allocation
 * does not wait for slots that are being filled (`hold`: the late copy lands
 * in the buffer), when a restore does not look at the slot's state again
 * (file content is the buffer's), and when a store may take a slot whose
 * range is allocated.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/area.h"
#include "lib/cache.h"
#include "lib/heap.h"
#include "lib/pattern.h"

#define FILES		12
#define WHOLE_ROUNDS	50
#define FULL_EVERY	10	/* rounds between two complete refills */
#define SECONDS		8

struct files {
	int fds[FILES];
	u32 pages;	/* of each */
};

/* Together half as large again as the area. */
static void make_files(struct files *files, const char *dir)
{
	u32 i;

	files->pages = area_size() / PAGE_SIZE * 3 / 2 / FILES;
	for (i = 0; i < FILES; i++) {
		files->fds[i] = pattern_file(dir, i + 1, files->pages, 1);
		forget(files->fds[i]);
	}
}

static void verify_file(struct files *files, u32 i)
{
	pattern_verify(files->fds[i], i + 1, files->pages, 1);
}

/* Read (and check) every file and evict it: fills every slot. */
static void fill_area(struct files *files)
{
	u32 i;

	for (i = 0; i < FILES; i++) {
		verify_file(files, i);
		evict(files->fds[i]);
	}
	check(cleancache_cached() >= cleancache_slots() * 95 / 100,
	      "only %llu of %llu slots could be filled",
	      (unsigned long long)cleancache_cached(),
	      (unsigned long long)cleancache_slots());
}

static void refill(struct files *files, u32 round)
{
	u64 cached = cleancache_cached();
	u32 i = round % FILES;

	if (round % FULL_EVERY == 0) {
		fill_area(files);
		return;
	}
	verify_file(files, i);
	evict(files->fds[i]);
	check(cleancache_cached() > cached, "released slots stay unused");
}

static void check_failures(u64 before)
{
	u64 failures = vmstat("gcma_alloc_fail") - before;

	check(!failures, "gcma_alloc_fail grew by %llu",
	      (unsigned long long)failures);
}

/* All of it at once, again and again. */
static void whole(const char *dir)
{
	u64 failures = vmstat("gcma_alloc_fail"), allocated;
	struct files files;
	u32 round;
	int buffer;

	cgroup_enter(0);
	make_files(&files, dir);
	for (round = 0; round < WHOLE_ROUNDS; round++) {
		refill(&files, round);
		allocated = vmstat("cleancache_allocated");
		buffer = heap_alloc(area_size());
		check(vmstat("cleancache_allocated") > allocated,
		      "round %u took no cached page", round);
		check(!area_figure("cached_pages"), "%llu pages stay cached",
		      (unsigned long long)area_figure("cached_pages"));
		check(area_figure("allocated_pages") ==
		      area_figure("total_pages"), "not all is allocated");
		close(buffer);
		check(!area_figure("allocated_pages"), "not all is released");
	}
	fill_area(&files);
	check_failures(failures);
}

/* Read and evict without end, checking everything. */
static void churn(void *arg)
{
	struct files *files = arg;
	u32 i;

	for (i = getpid() % FILES;; i = (i + 1) % FILES) {
		verify_file(files, i);
		cgroup_reclaim(files->pages * PAGE_SIZE);
	}
}

/* A quarter is held, written and checked while the rest is in use. */
static void hold(const char *dir)
{
	u64 until = seconds() + SECONDS, rounds = 0;
	struct files files;
	pid_t pid[2];
	size_t size;
	int buffer;
	void *map;

	cgroup_enter(0);
	make_files(&files, dir);
	fill_area(&files);
	size = area_size() / 4;
	pid[0] = spawn(churn, &files);
	pid[1] = spawn(churn, &files);
	for (; seconds() < until; rounds++) {
		buffer = heap_alloc(size);
		map = heap_fill(buffer, size, rounds);
		usleep(50000);
		heap_check(map, size, rounds);
		munmap(map, size);
		close(buffer);
		usleep(50000);
	}
	end(pid[0]);
	end(pid[1]);
	note("%llu buffers held", (unsigned long long)rounds);
	fill_area(&files);
}

/* Sizes from a page to 2 MiB; together they never exceed half the area. */
static void allocate_sizes(void *arg)
{
	enum { HELD = 8 };
	u64 until = seconds() + SECONDS, seed = *(u32 *)arg + getpid();
	struct { int fd; void *map; size_t size; u32 seed; } held[HELD] = { 0 };
	u32 i, n = 0;

	for (i = 0; seconds() < until; i = (i + 1) % HELD) {
		if (held[i].map) {
			heap_check(held[i].map, held[i].size, held[i].seed);
			munmap(held[i].map, held[i].size);
			close(held[i].fd);
		}
		held[i].size = PAGE_SIZE * (1 + next_random(&seed) % 512);
		held[i].fd = heap_alloc(held[i].size);
		held[i].seed = next_random(&seed);
		held[i].map = heap_fill(held[i].fd, held[i].size,
					held[i].seed);
		n++;
	}
	note("%u allocations", n);
}

static void sizes(const char *dir)
{
	u64 failures = vmstat("gcma_alloc_fail");
	struct files files;
	pid_t pid[2], reader;
	u32 seed = 1;

	cgroup_enter(0);
	make_files(&files, dir);
	fill_area(&files);
	reader = spawn(churn, &files);
	pid[0] = spawn(allocate_sizes, &seed);
	pid[1] = spawn(allocate_sizes, &seed);
	join(pid[0]);
	join(pid[1]);
	end(reader);
	check_failures(failures);
	check(!area_figure("allocated_pages"), "pages were lost");
	fill_area(&files);
}

static void must_not_fit(size_t size)
{
	int buffer = heap_try_alloc(size);

	check(buffer == -ENOMEM, "%zu KiB more than there is: %s", size / 1024,
	      buffer < 0 ? strerror(-buffer) : "succeeded");
}

/* Too much fails cleanly, and costs neither cached pages nor held ones. */
static void too_large(const char *dir)
{
	u64 failures = vmstat("gcma_alloc_fail"), cached;
	struct files files;
	size_t size;
	int buffer;
	void *map;

	cgroup_enter(0);
	make_files(&files, dir);
	fill_area(&files);
	size = area_size();
	cached = cleancache_cached();
	must_not_fit(size + MIB);
	check(cleancache_cached() == cached, "a failure cost cached pages");
	buffer = heap_alloc(size / 4 * 3);
	map = heap_fill(buffer, size / 4 * 3, 1);
	cached = cleancache_cached();
	must_not_fit(size / 2);
	must_not_fit(size);
	check(cleancache_cached() == cached, "a failure cost cached pages");
	check(vmstat("gcma_alloc_fail") > failures,
	      "gcma_alloc_fail did not count");
	heap_check(map, size / 4 * 3, 1);
	munmap(map, size / 4 * 3);
	close(buffer);
	check(!area_figure("allocated_pages"), "pages were lost");
	fill_area(&files);
}

/* An in-kernel user: cma_alloc() and cma_release() called by CMA's debugfs. */
static void in_kernel(const char *dir)
{
	struct files files;
	u32 round;
	u64 total;

	cgroup_enter(0);
	make_files(&files, dir);
	fill_area(&files);
	total = area_figure("total_pages");
	for (round = 0; round < 10; round++) {
		area_alloc(AREA, total);
		area_expect_allocated(AREA, total);
		area_free(AREA, total);
		area_expect_allocated(AREA, 0);
		refill(&files, round + 1);
	}
	fill_area(&files);
}

/* Released memory is lent to the cleancache again, and its content is right. */
static void released(const char *dir)
{
	u64 restored, cached;
	struct files files;
	int buffer;
	void *map;
	u32 i;

	cgroup_enter(0);
	make_files(&files, dir);
	fill_area(&files);
	buffer = heap_alloc(area_size());
	map = heap_fill(buffer, area_size(), 2);
	check(!cleancache_cached(), "pages stay cached");
	for (i = 0; i < FILES; i++) {
		verify_file(&files, i);
		evict(files.fds[i]);
	}
	check(!cleancache_cached(), "pages were stored in an allocated area");
	heap_check(map, area_size(), 2);
	munmap(map, area_size());
	close(buffer);
	fill_area(&files);
	restored = vmstat("cleancache_restored");
	cached = cleancache_cached();
	/* The newest pages first: reading must not push them out. */
	for (i = FILES; i--;)
		verify_file(&files, i);
	restored = vmstat("cleancache_restored") - restored;
	check(restored >= cached / 2, "%llu of %llu cached pages were hits",
	      (unsigned long long)restored, (unsigned long long)cached);
}

static const struct test_case cases[] = {
	{ "whole", whole },
	{ "hold", hold },
	{ "sizes", sizes },
	{ "too_large", too_large },
	{ "in_kernel", in_kernel },
	{ "released", released },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
