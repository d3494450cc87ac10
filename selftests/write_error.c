// SPDX-License-Identifier: GPL-2.0
/*
 * After a write error a page is clean and differs from the disk. It must not
 * be stored: once it is evicted, a read returns what the disk has. Guards the
 * look at the mapping's error (mutant write-error: pages are stored all the
 * same, and the file reads as if the write had succeeded).
 */
#include <fcntl.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/fault.h"
#include "lib/pattern.h"

#define PAGES		64
#define FILE_ID		12

static void overwrite(int fd, u32 generation)
{
	u8 page[PAGE_SIZE];
	u32 i;

	for (i = 0; i < PAGES; i++) {
		pattern_fill(page, FILE_ID, i, generation);
		xwrite_at(fd, page, PAGE_SIZE, i * PAGE_SIZE);
	}
}

static void writeback(const char *dir)
{
	u64 stored;
	int fd;

	cgroup_enter(0);
	fd = pattern_file(dir, FILE_ID, PAGES, 1);
	only_in_cleancache(fd, PAGES);
	overwrite(fd, 2);
	fail_writeback(dir, fd);
	check(resident_pages(fd) == PAGES, "%zu pages are in memory, not %d",
	      resident_pages(fd), PAGES);
	pattern_verify(fd, FILE_ID, PAGES, 2);
	stored = vmstat("cleancache_stored");
	evict(fd);
	stored = vmstat("cleancache_stored") - stored;
	pattern_verify(fd, FILE_ID, PAGES, 1);
	check(!stored, "%llu pages went to the cleancache",
	      (unsigned long long)stored);
	/* What is written successfully must be there, of course. */
	overwrite(fd, 3);
	evict(fd);
	pattern_verify(fd, FILE_ID, PAGES, 3);
}

static const struct test_case cases[] = {
	{ "writeback", writeback },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
