// SPDX-License-Identifier: GPL-2.0
/* The mounted file system a test was given, and the device beneath it. */
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "mount.h"

struct where find_mount(const char *dir)
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

void remount_with(const char *dir, unsigned long flags, const char *options)
{
	struct where where = find_mount(dir);

	check(!mount(where.device, dir, where.type, MS_REMOUNT | flags,
		     options), "remount of %s: %m", dir);
}

void remount(const char *dir, unsigned long flags)
{
	remount_with(dir, flags, NULL);
}

void unmount_at(const char *dir)
{
	check(!umount(dir), "umount of %s: %m", dir);
}

void mount_at(const struct where *where, const char *dir)
{
	check(!mount(where->device, dir, where->type, 0, NULL),
	      "mount of %s: %m", where->device);
}

u64 device_offset(int fd, u32 index)
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

void write_beneath(const char *device, u64 offset, const void *page)
{
	int fd = xopen(O_WRONLY | O_DIRECT, "%s", device);
	u8 *aligned = xaligned(PAGE_SIZE);

	memcpy(aligned, page, PAGE_SIZE);
	xwrite_at(fd, aligned, PAGE_SIZE, offset);
	free(aligned);
	close(fd);
}
