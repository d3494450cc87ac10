// SPDX-License-Identifier: GPL-2.0
/*
 * An operation that changes a part of a page in memory, and then fails before
 * the disk knows of it, leaves a page that is clean and not what the disk has.
 * That page must not be kept: once it is evicted, a read returns what the disk
 * has. Guards the looks at a failure in ext4_fallocate() (`zero_range`; mutant
 * failed-fallocate) and in btrfs_setsize() (`truncate`; mutant
 * failed-truncate); what becomes of a write whose data cannot be read to its
 * end (`short_write`: there is nothing where it should have gone; mutant
 * short-write) or at times not at all (`rejected`; mutant short-rejected).
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/falloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/pattern.h"

#define FILE_ID		61
#define PAGES		16
#define EXTENTS		4	/* as many as an inode of ext4 has room for */
#define EXTENT_PAGES	8
#define EXTENT_STEP	16
#define FILE_PAGES	((EXTENTS - 1) * EXTENT_STEP + EXTENT_PAGES)

/* Of what is being changed; the pages at both ends are changed in part. */
#define FROM		(2 * PAGE_SIZE + 100)
#define TO		(5 * PAGE_SIZE + 100)

/* What is freed before a test is likely to be what it gets. */
#define GARBAGE		(64 * MIB)

#define REJECTED_SECONDS	5

static int quota_fd = -1;

/* What is in memory now must not matter once it is evicted. */
static void expect_disk(const char *dir, int fd, u32 pages)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/file%u", dir, FILE_ID);
	evict(fd);
	pattern_same_as_disk(fd, path, pages);
}

/* A file of extents that are apart: one more needs a block for the index. */
static int file_of_extents(const char *dir)
{
	int fd = pattern_file(dir, FILE_ID, 0, 1);
	u8 page[PAGE_SIZE];
	u32 i, index;

	for (i = 0; i < EXTENTS * EXTENT_PAGES; i++) {
		index = i / EXTENT_PAGES * EXTENT_STEP + i % EXTENT_PAGES;
		pattern_fill(page, FILE_ID, index, 1);
		xwrite_at(fd, page, PAGE_SIZE, index * PAGE_SIZE);
	}
	check(!fsync(fd), "fsync: %m");
	return fd;
}

static void fill_disk(const char *dir)
{
	int fd = xopen(O_RDWR | O_CREAT, "%s/fill", dir);
	off_t size = 0, len;

	for (len = 1 << 30; len >= 1024; len /= 2)
		while (!fallocate(fd, 0, size, len))
			size += len;
	check(errno == ENOSPC, "%s is not full: %m", dir);
	check(!syncfs(fd), "syncfs: %m");
	close(fd);
}

static void zero_range(const char *dir)
{
	int fd;

	cgroup_enter(0);
	fd = file_of_extents(dir);
	fill_disk(dir);
	check(fallocate(fd, FALLOC_FL_ZERO_RANGE, FROM, TO - FROM) &&
	      errno == ENOSPC, "on a full disk, a range is zeroed: %m");
	expect_disk(dir, fd, FILE_PAGES);
}

static void quota_off(void)
{
	struct btrfs_ioctl_quota_ctl_args off = {
		.cmd = BTRFS_QUOTA_CTL_DISABLE,
	};

	ioctl(quota_fd, BTRFS_IOC_QUOTA_CTL, &off);
}

/* What is there is more than is allowed: nothing can be changed any more. */
static void exceed_quota(const char *dir)
{
	struct btrfs_ioctl_quota_ctl_args on = {
		.cmd = BTRFS_QUOTA_CTL_ENABLE,
	};
	struct btrfs_ioctl_qgroup_limit_args limit = {
		.lim.flags = BTRFS_QGROUP_LIMIT_MAX_RFER,
		.lim.max_rfer = PAGE_SIZE,
	};

	quota_fd = xopen(O_RDONLY | O_DIRECTORY, "%s", dir);
	check(!ioctl(quota_fd, BTRFS_IOC_QUOTA_CTL, &on), "quota: %m");
	check(!atexit(quota_off), "atexit");
	check(!ioctl(quota_fd, BTRFS_IOC_QUOTA_RESCAN_WAIT), "rescan: %m");
	check(!syncfs(quota_fd), "syncfs: %m");
	check(!ioctl(quota_fd, BTRFS_IOC_QGROUP_LIMIT, &limit), "limit: %m");
}

static void truncate_file(const char *dir)
{
	int fd;

	cgroup_enter(0);
	fd = pattern_file(dir, FILE_ID, PAGES, 1);
	pattern_verify(fd, FILE_ID, PAGES, 1);
	exceed_quota(dir);
	check(ftruncate(fd, FROM) && errno == EDQUOT,
	      "without quota, a file is cut: %m");
	check(file_size(fd) == PAGES * PAGE_SIZE, "the size is %zu",
	      file_size(fd));
	expect_disk(dir, fd, PAGES);
	pattern_verify(fd, FILE_ID, PAGES, 1);
}

static void leave_garbage(void *arg)
{
	memset(xmalloc(GARBAGE), 0xaa, GARBAGE);
}

/* Two pages, of which the second one cannot be read. */
static u8 *half_readable(void)
{
	u8 *pages = mmap(NULL, 2 * PAGE_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	check(pages != MAP_FAILED, "mmap: %m");
	memset(pages, 0x5a, 2 * PAGE_SIZE);
	check(!mprotect(pages + PAGE_SIZE, PAGE_SIZE, PROT_NONE),
	      "mprotect: %m");
	return pages;
}

/* Into a hole, from inside a block to the end of some folio. */
static void short_write(const char *dir)
{
	u8 *pages = half_readable();
	int fd;

	cgroup_enter(0);
	join(spawn(leave_garbage, NULL));
	fd = pattern_file(dir, FILE_ID, 0, 1);
	check(!ftruncate(fd, PAGES * PAGE_SIZE), "ftruncate: %m");
	check(pwrite(fd, pages + PAGE_SIZE - 50, 3 * PAGE_SIZE, 100) == 50,
	      "more was written than could be read: %m");
	expect_disk(dir, fd, PAGES);
}

/* Readable for a moment, and not when it matters. */
static void *come_and_go(void *page)
{
	for (;;) {
		check(!mprotect(page, PAGE_SIZE, PROT_READ), "mprotect: %m");
		check(!mprotect(page, PAGE_SIZE, PROT_NONE), "mprotect: %m");
	}
	return NULL;
}

/* To the start of a page that has to be read first. */
static void rejected(const char *dir)
{
	u64 until, tried = 0, failed = 0;
	u8 *pages = half_readable(), page[PAGE_SIZE];
	pthread_t thread;
	int fd;

	cgroup_enter(0);
	fd = pattern_file(dir, FILE_ID, 1, 1);
	pattern_fill(page, FILE_ID, 0, 1);
	check(!pthread_create(&thread, NULL, come_and_go, pages), "no thread");
	until = seconds() + REJECTED_SECONDS * slowness();
	for (; seconds() < until; tried++) {
		forget(fd);
		if (pwrite(fd, pages + PAGE_SIZE - 50, 100, 0) >= 0) {
			xwrite_at(fd, page, PAGE_SIZE, 0);
			continue;
		}
		failed++;
		pattern_verify(fd, FILE_ID, 1, 1);
	}
	note("%llu of %llu writes failed", (unsigned long long)failed,
	     (unsigned long long)tried);
	check(failed, "no write failed");
}

static const struct test_case cases[] = {
	{ "zero_range", zero_range },
	{ "truncate", truncate_file },
	{ "short_write", short_write },
	{ "rejected", rejected },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
