// SPDX-License-Identifier: GPL-2.0
/*
 * What must not outlive a mount: unmounting, read-only and back, and a block
 * changed on the device while it is not mounted. Guards the emptying of
 * mappings at inode eviction, which gives the slots back (`unmount`,
 * `beneath`: mutant forget), and that entries which lived through a read-only
 * time are found by the writes after it (`read_only`: mutant blind).
 */
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/mount.h"
#include "lib/pattern.h"

#define PAGES		256
#define FILE_ID		9
#define BENEATH_PAGE	100

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
	unmount_at(dir);
	check(cleancache_cached() + PAGES <= cached,
	      "unmounting gave back %lld slots, not %d",
	      (long long)(cached - cleancache_cached()), PAGES);
	return where;
}

static void unmount(const char *dir)
{
	int fd = cached_file(dir, FILE_ID, PAGES);
	struct where where = unmount_cached(dir, fd);

	mount_at(&where, dir);
	verify(dir, 1);
}

/* A direct write after the return to read-write must find the entries. */
static void read_only(const char *dir)
{
	u8 *page = xaligned(PAGE_SIZE);
	int fd = cached_file(dir, FILE_ID, PAGES);

	close(fd);
	remount(dir, MS_RDONLY);
	verify(dir, 1);
	fd = xopen(O_RDONLY, "%s/file%u", dir, FILE_ID);
	only_in_cleancache(fd, PAGES);
	remount(dir, 0);
	close(fd);
	fd = xopen(O_RDWR | O_DIRECT, "%s/file%u", dir, FILE_ID);
	pattern_fill(page, FILE_ID, 0, 2);
	xwrite_at(fd, page, PAGE_SIZE, 0);
	close(fd);
	fd = xopen(O_RDONLY, "%s/file%u", dir, FILE_ID);
	xread_at(fd, page, PAGE_SIZE, 0);
	pattern_check(page, FILE_ID, 0, 2);
	xread_at(fd, page, PAGE_SIZE, PAGE_SIZE);
	pattern_check(page, FILE_ID, 1, 1);
}

static void beneath(const char *dir)
{
	int fd = cached_file(dir, FILE_ID, PAGES);
	u8 page[PAGE_SIZE];
	struct where where;
	u64 offset;

	offset = device_offset(fd, BENEATH_PAGE);
	where = unmount_cached(dir, fd);
	pattern_fill(page, FILE_ID, BENEATH_PAGE, 2);
	write_beneath(where.device, offset, page);
	mount_at(&where, dir);
	fd = xopen(O_RDONLY, "%s/file%u", dir, FILE_ID);
	xread_at(fd, page, PAGE_SIZE, BENEATH_PAGE * PAGE_SIZE);
	pattern_check(page, FILE_ID, BENEATH_PAGE, 2);
}

static const struct test_case cases[] = {
	{ "unmount", unmount },
	{ "read_only", read_only },
	{ "beneath", beneath },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
