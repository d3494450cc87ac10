// SPDX-License-Identifier: GPL-2.0
/*
 * After a write error a page is clean and differs from the disk. It must not
 * be stored: once it is evicted, a read returns what the disk has. Nor is what
 * was stored before restored: an error may be noted after the page it is about
 * was evicted. Guards the looks at the mapping's error (mutant write-error:
 * pages are stored all the same, and the file reads as if the write had
 * succeeded; mutant write-error-restore: what was stored before comes back).
 */
#include <fcntl.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/fault.h"
#include "lib/pattern.h"

#define PAGES		64
#define FILE_ID		12

static void overwrite(int fd, u32 pages, u32 generation)
{
	u8 page[PAGE_SIZE];
	u32 i;

	for (i = 0; i < pages; i++) {
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
	overwrite(fd, PAGES, 2);
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
	overwrite(fd, PAGES, 3);
	evict(fd);
	pattern_verify(fd, FILE_ID, PAGES, 3);
}

static void entries(const char *dir)
{
	u8 page[PAGE_SIZE];
	u64 restored;
	u32 i;
	int fd;

	cgroup_enter(0);
	fd = pattern_file(dir, FILE_ID, PAGES, 1);
	only_in_cleancache(fd, PAGES);
	overwrite(fd, PAGES / 2, 2);
	fail_writeback(dir, fd);
	restored = vmstat("cleancache_restored");
	for (i = PAGES / 2; i < PAGES; i++) {
		xread_at(fd, page, PAGE_SIZE, i * PAGE_SIZE);
		pattern_check(page, FILE_ID, i, 1);
	}
	restored = vmstat("cleancache_restored") - restored;
	check(!restored, "%llu pages came from the cleancache",
	      (unsigned long long)restored);
}

static const struct test_case cases[] = {
	{ "writeback", writeback },
	{ "entries", entries },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
