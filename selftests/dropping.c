// SPDX-License-Identifier: GPL-2.0
/*
 * What a user can do to have cached content forgotten, and what comes of it.
 *
 * drop_caches: writing to /proc/sys/vm/drop_caches empties the cleancache of
 * every mapping that can be dropped, also of those without a resident page
 * (mutant drop-caches: only those with one are looked at).
 * dontneed: POSIX_FADV_DONTNEED drops entries in its range and no others;
 * afterwards a block changed beneath the mount is seen (mutant blind).
 * flush_device: BLKFLSBUF on the device of a mounted file system writes back
 * and drops the device's own pages; those of its files stay, in memory as in
 * the cleancache (mutant no-copy: what comes back is not what was stored).
 * drop: the drop file empties every slot (mutant drop: it does nothing).
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/mount.h"
#include "lib/pattern.h"

#define PAGES		256
#define FILE_ID		10
#define FIRST		64	/* of the pages that are not needed */
#define NR		100

static void expect_given_back(u64 before, u64 pages, const char *by)
{
	u64 now = cleancache_cached();

	check(now + pages == before, "%s gave back %lld slots, not %llu", by,
	      (long long)(before - now), (unsigned long long)pages);
}

/* Read everything, as single pages: so many of them must be hits. */
static void expect_hits(int fd, u64 hits)
{
	u64 restored = vmstat("cleancache_restored");

	check(!posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), "fadvise");
	pattern_verify(fd, FILE_ID, PAGES, 1);
	restored = vmstat("cleancache_restored") - restored;
	check(restored == hits, "%llu hits, not %llu",
	      (unsigned long long)restored, (unsigned long long)hits);
}

static void drop_caches(const char *dir)
{
	int drop = xopen(O_WRONLY, "/proc/sys/vm/drop_caches");
	int fd = cached_file(dir, FILE_ID, PAGES);
	u64 cached = cleancache_cached();

	xwrite_at(drop, "1", 1, 0);
	check(cleancache_cached() + PAGES <= cached,
	      "dropping caches left %llu of %llu slots in use",
	      (unsigned long long)cleancache_cached(),
	      (unsigned long long)cached);
	expect_hits(fd, 0);
	only_in_cleancache(fd, PAGES);
	close(fd);
	xwrite_at(drop, "3", 1, 0);
	fd = xopen(O_RDONLY, "%s/file%u", dir, FILE_ID);
	expect_hits(fd, 0);
}

static void drop(const char *dir)
{
	int fd = cached_file(dir, FILE_ID, PAGES);

	cleancache_drop();
	check(!cleancache_cached(), "drop left %llu pages",
	      (unsigned long long)cleancache_cached());
	expect_hits(fd, 0);
	only_in_cleancache(fd, PAGES);
	expect_hits(fd, PAGES);
}

static void change_beneath(const char *dir, int fd, u32 index)
{
	struct where where = find_mount(dir);
	u8 page[PAGE_SIZE];

	pattern_fill(page, FILE_ID, index, 2);
	write_beneath(where.device, device_offset(fd, index), page);
}

static void expect_generation(int fd, u32 index, u32 generation)
{
	u8 page[PAGE_SIZE];

	xread_at(fd, page, PAGE_SIZE, index * PAGE_SIZE);
	pattern_check(page, FILE_ID, index, generation);
}

static void dontneed(const char *dir)
{
	int fd = cached_file(dir, FILE_ID, PAGES);
	u64 cached = cleancache_cached();

	check(!posix_fadvise(fd, FIRST * PAGE_SIZE, NR * PAGE_SIZE,
			     POSIX_FADV_DONTNEED), "fadvise");
	expect_given_back(cached, NR, "POSIX_FADV_DONTNEED");
	expect_hits(fd, PAGES - NR);
	only_in_cleancache(fd, PAGES);
	change_beneath(dir, fd, FIRST);
	check(!posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), "fadvise");
	check(!posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), "fadvise");
	expect_generation(fd, FIRST - 1, 1);
	expect_generation(fd, FIRST, 2);
}

static void flush_device(const char *dir)
{
	struct where where = find_mount(dir);
	int fd = cached_file(dir, FILE_ID, PAGES);
	int device = xopen(O_RDONLY, "%s", where.device);
	u64 cached = cleancache_cached();

	check(!ioctl(device, BLKFLSBUF, 0), "BLKFLSBUF: %m");
	expect_given_back(cached, 0, "BLKFLSBUF");
	expect_hits(fd, PAGES);
}

static const struct test_case cases[] = {
	{ "drop_caches", drop_caches },
	{ "drop", drop },
	{ "dontneed", dontneed },
	{ "flush_device", flush_device },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
