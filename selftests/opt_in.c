// SPDX-License-Identifier: GPL-2.0
/*
 * Only file systems that opted in use the cleancache. Guards the flag of the
 * file system type: pages of 9p files and of block devices never enter, though
 * reclaim evicts them like others. Fails when the store does not look at the
 * flag. (tmpfs pages never get that far: reclaim moves them to swap.)
 *
 * usage: opt_in FILE
 */
#include <fcntl.h>
#include <stdio.h>

#include "lib/cache.h"

#define PAGES		256

int main(int argc, char **argv)
{
	size_t before, after, pages, i;
	u8 page[PAGE_SIZE];
	u64 stored;
	int fd;

	if (argc != 2) {
		fprintf(stderr, "usage: opt_in FILE\n");
		return 2;
	}
	fd = xopen(O_RDONLY, "%s", argv[1]);
	cgroup_enter(0);
	pages = min_size(file_size(fd) / PAGE_SIZE, PAGES);
	forget(fd);
	before = resident_pages(fd);
	for (i = 0; i < pages; i++)
		xread_at(fd, page, PAGE_SIZE, i * PAGE_SIZE);
	check(resident_pages(fd) >= before + pages / 2,
	      "reading %zu pages left only %zu of them in memory", pages,
	      resident_pages(fd) - before);
	before = resident_pages(fd);
	stored = vmstat("cleancache_stored");
	cgroup_reclaim(64 * MIB);
	after = resident_pages(fd);
	check(after + pages / 2 <= before, "of %zu pages %zu were not evicted",
	      before, after);
	stored = vmstat("cleancache_stored") - stored;
	check(!stored, "%llu pages went to the cleancache",
	      (unsigned long long)stored);
	return TEST_PASS;
}
