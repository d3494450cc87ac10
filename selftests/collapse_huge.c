// SPDX-License-Identifier: GPL-2.0
/*
 * A mapped file is collapsed into huge pages, of which some pages are in
 * memory and the others only in the cleancache: those must come back, not be
 * taken for holes. Afterwards the file is opened for writing, which drops huge
 * pages of file systems that know none, and changed. (Mutant no-copy: what
 * comes back is not what was stored.)
 *
 * usage: collapse_huge DIR
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/pattern.h"

#define HUGE_PAGES	2
#define PAGES		(HUGE_PAGES * HUGE_SIZE / PAGE_SIZE)
#define FILE_ID		14
#define IN_MEMORY	3	/* every third page is */

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

/*
 * A huge page is made all the same, but not mapped, and the call fails, where
 * the upper levels of the page table are missing: with random addresses, now
 * and then. Pages that are not in memory are left alone.
 */
static void make_tables(const u8 *map)
{
	u32 i;

	for (i = 0; i < PAGES; i += IN_MEMORY)
		(void)*(const volatile u8 *)(map + i * PAGE_SIZE);
}

static u64 collapsed(void)
{
	return vmstat("thp_collapse_alloc");
}

/* Pages that somebody holds for a moment can be in the way. */
static void collapse(u8 *map)
{
	int try, err;

	for (try = 0; try < 20; try++) {
		err = madvise(map, PAGES * PAGE_SIZE, MADV_COLLAPSE);
		if (!err || errno != EAGAIN)
			break;
		usleep(100000);
	}
	check(!err, "MADV_COLLAPSE: %m");
}

static void verify_map(const u8 *map)
{
	u32 i;

	for (i = 0; i < PAGES; i++)
		pattern_check(map + i * PAGE_SIZE, FILE_ID, i, 1);
}

static void change(const char *dir)
{
	int fd = xopen(O_RDWR, "%s/file%u", dir, FILE_ID);
	u8 page[PAGE_SIZE];
	u32 i;

	for (i = 0; i < PAGES; i++) {
		pattern_fill(page, FILE_ID, i, 2);
		xwrite_at(fd, page, PAGE_SIZE, i * PAGE_SIZE);
	}
	pattern_verify(fd, FILE_ID, PAGES, 2);
	only_in_cleancache(fd, PAGES);
	pattern_verify(fd, FILE_ID, PAGES, 2);
	close(fd);
}

/* Every third page in memory, the others only in the cleancache. */
static void mix(int fd)
{
	u8 page[PAGE_SIZE];
	u32 i;

	only_in_cleancache(fd, PAGES);
	check(!posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), "fadvise");
	for (i = 0; i < PAGES; i += IN_MEMORY)
		xread_at(fd, page, PAGE_SIZE, i * PAGE_SIZE);
	check(!posix_fadvise(fd, 0, 0, POSIX_FADV_NORMAL), "fadvise");
}

int main(int argc, char **argv)
{
	u64 before, restored;
	u8 *map;
	int fd;

	if (argc != 2) {
		fprintf(stderr, "usage: collapse_huge DIR\n");
		return 2;
	}
	cgroup_enter(0);
	close(pattern_file(argv[1], FILE_ID, PAGES, 1));
	fd = xopen(O_RDONLY, "%s/file%u", argv[1], FILE_ID);
	mix(fd);
	before = collapsed();
	restored = vmstat("cleancache_restored");
	map = map_aligned(fd, PAGES * PAGE_SIZE, PROT_READ | PROT_EXEC);
	make_tables(map);
	collapse(map);
	check(collapsed() >= before + HUGE_PAGES, "no huge page was made");
	restored = vmstat("cleancache_restored") - restored;
	check(restored >= PAGES / 2, "%llu hits while collapsing",
	      (unsigned long long)restored);
	verify_map(map);
	munmap(map, PAGES * PAGE_SIZE);
	evict(fd);
	pattern_verify(fd, FILE_ID, PAGES, 1);
	close(fd);
	change(argv[1]);
	return TEST_PASS;
}
