// SPDX-License-Identifier: GPL-2.0
/*
 * Taking memory of the guaranteed area back while it is full of cached pages.
 * Guards invariant 6 (an allocation fails only for want of a free range) and
 * that nobody writes to memory that was handed out. Fails when a store may take
 * a slot whose range is allocated (mutant taken), and when what was allocated
 * looks cached still (mutant take-cached). What happens if an allocation does
 * not wait for slots that are being filled takes a moment that slots_kunit
 * chooses (mutant slot-wait).
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/area.h"
#include "lib/cache.h"
#include "lib/files.h"
#include "lib/heap.h"

#define WHOLE_ROUNDS	50
#define FULL_EVERY	10	/* rounds between two complete refills */
#define SECONDS		8

/* Read (and check) every file and evict it: fills every slot. */
static void fill_area(const struct file_set *files)
{
	files_fill(files, area_pages_left(AREA));
}

/* Files half as large again as the area, and every slot of it in use. */
static void start(struct file_set *files, const char *dir)
{
	u32 i;

	cgroup_enter(0);
	files_create(files, dir, area_size() / PAGE_SIZE * 3 / 2);
	/* Read ahead, as programs do: several pages come back at a time. */
	for (i = 0; i < files->files; i++)
		check(!posix_fadvise(files->fds[i], 0, 0, POSIX_FADV_NORMAL),
		      "fadvise");
	fill_area(files);
}

static void refill(struct file_set *files, u32 round)
{
	u64 cached = cleancache_cached();
	u32 i = round % files->files;

	if (round % FULL_EVERY == 0) {
		fill_area(files);
		return;
	}
	files_verify_one(files, i);
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
	struct file_set files;
	u32 round;
	int buffer;

	start(&files, dir);
	for (round = 0; round < WHOLE_ROUNDS; round++) {
		allocated = vmstat("cleancache_allocated");
		buffer = heap_alloc_whole();
		check(vmstat("cleancache_allocated") > allocated,
		      "round %u took no cached page", round);
		check(!area_stat(AREA, "cached_pages"), "%llu pages stay cached",
		      (unsigned long long)area_stat(AREA, "cached_pages"));
		check(area_stat(AREA, "allocated_pages") ==
		      area_stat(AREA, "total_pages"), "not all is allocated");
		heap_free_whole(buffer);
		area_expect_allocated(AREA, 0);
		refill(&files, round + 1);
	}
	check_failures(failures);
}

/* A quarter is held, written and checked while the rest is in use. */
static void hold(const char *dir)
{
	u64 until = seconds() + SECONDS, rounds = 0;
	struct file_set files;
	pid_t pid[2];
	size_t size;
	int buffer;
	void *map;

	start(&files, dir);
	size = area_size() / 4;
	pid[0] = spawn(files_churn, &files);
	pid[1] = spawn(files_churn, &files);
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
	struct file_set files;
	pid_t pid[2], reader;
	u32 seed = 1;

	start(&files, dir);
	reader = spawn(files_churn, &files);
	pid[0] = spawn(allocate_sizes, &seed);
	pid[1] = spawn(allocate_sizes, &seed);
	join(pid[0]);
	join(pid[1]);
	end(reader);
	check_failures(failures);
	area_expect_allocated(AREA, 0);
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
	struct file_set files;
	size_t size;
	int buffer;
	void *map;

	start(&files, dir);
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
	area_expect_allocated(AREA, 0);
	fill_area(&files);
}

/* An in-kernel user: cma_alloc() and cma_release() called by CMA's debugfs. */
static void in_kernel(const char *dir)
{
	struct file_set files;
	u32 round;
	u64 total;

	start(&files, dir);
	total = area_pages_left(AREA);
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
	struct file_set files;
	int buffer;
	void *map;
	u32 i;

	start(&files, dir);
	buffer = heap_alloc_whole();
	map = heap_fill(buffer, area_size(), 2);
	check(!cleancache_cached(), "pages stay cached");
	files_store(&files);
	check(!cleancache_cached(), "pages were stored in an allocated area");
	heap_check(map, area_size(), 2);
	munmap(map, area_size());
	heap_free_whole(buffer);
	fill_area(&files);
	restored = vmstat("cleancache_restored");
	cached = cleancache_cached();
	/* The newest pages first: reading must not push them out. */
	for (i = files.files; i--;)
		files_verify_one(&files, i);
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
