// SPDX-License-Identifier: GPL-2.0
/*
 * What must not outlive a mount, and what must survive everything short of
 * it: unmounting, dropping caches, read-only and back, and a block changed
 * on the device while it is not mounted. Guards the emptying of mappings at
 * inode eviction and unmount, which gives the slots back. Fails when inode
 * eviction leaves entries behind (`unmount`), and when a slot is found by
 * anything but its mapping (`beneath`).
 */
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/pattern.h"

#define PAGES		256
#define FILE_ID		9
#define BENEATH_PAGE	100

struct where {
	char device[128];
	char type[32];
};

static struct where find_mount(const char *dir)
{
	FILE *f = setmntent("/proc/self/mounts", "r");
	struct where where = { "", "" };
	struct mntent *m;

	check(f, "/proc/self/mounts: %m");
	while ((m = getmntent(f))) {
		if (strcmp(m->mnt_dir, dir))
			continue;
		snprintf(where.device, sizeof(where.device), "%s",
			 m->mnt_fsname);
		snprintf(where.type, sizeof(where.type), "%s", m->mnt_type);
	}
	endmntent(f);
	check(where.device[0], "%s is not a mount point", dir);
	return where;
}

static void remount(const char *dir, unsigned long flags)
{
	struct where where = find_mount(dir);

	check(!mount(where.device, dir, where.type, MS_REMOUNT | flags, NULL),
	      "remount of %s: %m", dir);
}

/* Invariant 1: buffered and direct reads agree, with what was written. */
static void verify(const char *dir, u32 generation)
{
	int fd = xopen(O_RDONLY, "%s/file%u", dir, FILE_ID);
	int direct_fd = xopen(O_RDONLY | O_DIRECT, "%s/file%u", dir, FILE_ID);

	pattern_verify(direct_fd, FILE_ID, PAGES, generation);
	pattern_verify(fd, FILE_ID, PAGES, generation);
	close(fd);
	close(direct_fd);
}

/* Close the file and unmount: its slots must be free then. */
static struct where unmount_cached(const char *dir, int fd)
{
	struct where where = find_mount(dir);
	u64 cached;

	close(fd);
	cached = cleancache_cached();
	check(!umount(dir), "umount of %s: %m", dir);
	check(cleancache_cached() + PAGES <= cached,
	      "unmounting gave back %lld slots, not %d",
	      (long long)(cached - cleancache_cached()), PAGES);
	return where;
}

static void mount_again(const struct where *where, const char *dir)
{
	check(!mount(where->device, dir, where->type, 0, NULL),
	      "mount of %s: %m", where->device);
}

static void unmount(const char *dir)
{
	int fd = cached_file(dir, FILE_ID, PAGES);
	struct where where = unmount_cached(dir, fd);

	mount_again(&where, dir);
	verify(dir, 1);
}

static void drop_caches(const char *dir)
{
	int fd = cached_file(dir, FILE_ID, PAGES);
	int drop = xopen(O_WRONLY, "/proc/sys/vm/drop_caches");

	xwrite_at(drop, "3", 1, 0);
	pattern_verify(fd, FILE_ID, PAGES, 1);
	only_in_cleancache(fd, PAGES);
	close(fd);
	xwrite_at(drop, "3", 1, 0);
	verify(dir, 1);
}

static void drop(const char *dir)
{
	u64 restored;
	int fd = cached_file(dir, FILE_ID, PAGES);

	cleancache_drop();
	check(!cleancache_cached(), "drop left %llu pages",
	      (unsigned long long)cleancache_cached());
	restored = vmstat("cleancache_restored");
	pattern_verify(fd, FILE_ID, PAGES, 1);
	check(vmstat("cleancache_restored") == restored,
	      "a dropped page was restored");
	only_in_cleancache(fd, PAGES);
	pattern_verify(fd, FILE_ID, PAGES, 1);
}

static void read_only(const char *dir)
{
	u8 page[PAGE_SIZE];
	int fd = cached_file(dir, FILE_ID, PAGES);

	close(fd);
	remount(dir, MS_RDONLY);
	verify(dir, 1);
	fd = xopen(O_RDONLY, "%s/file%u", dir, FILE_ID);
	evict(fd);
	close(fd);
	remount(dir, 0);
	fd = xopen(O_RDWR, "%s/file%u", dir, FILE_ID);
	pattern_fill(page, FILE_ID, 0, 1);
	xwrite_at(fd, page, PAGE_SIZE, 0);
	close(fd);
	verify(dir, 1);
}

/* Where on the device is this page of the file? */
static u64 device_offset(int fd, u32 index)
{
	struct {
		struct fiemap map;
		struct fiemap_extent extent;
	} request = { .map = {
		.fm_start = index * PAGE_SIZE,
		.fm_length = PAGE_SIZE,
		.fm_flags = FIEMAP_FLAG_SYNC,
		.fm_extent_count = 1,
	} };
	struct fiemap_extent *extent = request.map.fm_extents;

	check(!ioctl(fd, FS_IOC_FIEMAP, &request), "FIEMAP: %m");
	check(request.map.fm_mapped_extents == 1, "page %u is a hole", index);
	check(extent->fe_logical + extent->fe_length >=
	      (index + 1) * PAGE_SIZE, "page %u is split", index);
	return extent->fe_physical + index * PAGE_SIZE - extent->fe_logical;
}

static void beneath(const char *dir)
{
	u8 *page = xaligned(PAGE_SIZE), got[PAGE_SIZE];
	struct where where;
	u64 offset;
	int fd = cached_file(dir, FILE_ID, PAGES), device;

	offset = device_offset(fd, BENEATH_PAGE);
	where = unmount_cached(dir, fd);
	device = xopen(O_RDWR | O_DIRECT, "%s", where.device);
	xread_at(device, page, PAGE_SIZE, offset);
	pattern_check(page, FILE_ID, BENEATH_PAGE, 1);
	pattern_fill(page, FILE_ID, BENEATH_PAGE, 2);
	xwrite_at(device, page, PAGE_SIZE, offset);
	close(device);
	mount_again(&where, dir);
	fd = xopen(O_RDONLY, "%s/file%u", dir, FILE_ID);
	xread_at(fd, got, PAGE_SIZE, BENEATH_PAGE * PAGE_SIZE);
	pattern_check(got, FILE_ID, BENEATH_PAGE, 2);
}

static const struct test_case cases[] = {
	{ "unmount", unmount },
	{ "drop_caches", drop_caches },
	{ "drop", drop },
	{ "read_only", read_only },
	{ "beneath", beneath },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
