// SPDX-License-Identifier: GPL-2.0
/* Pressing pages into the cleancache, and seeing that they are there. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cache.h"
#include "pattern.h"

#ifndef SYS_cachestat
#define SYS_cachestat	451
#endif

#define CGROUP_ROOT	"/sys/fs/cgroup"
#define CLEANCACHE	"/sys/kernel/mm/cleancache"

static char cgroup[64];
static pid_t cgroup_owner;

u64 vmstat(const char *name)
{
	FILE *f = fopen("/proc/vmstat", "r");
	unsigned long long value;
	char key[64];

	check(f, "/proc/vmstat: %m");
	while (fscanf(f, "%63s %llu", key, &value) == 2) {
		if (strcmp(key, name))
			continue;
		fclose(f);
		return value;
	}
	fail("/proc/vmstat has no %s: not a kernel with the cleancache", name);
}

u64 read_number(const char *path)
{
	FILE *f = fopen(path, "r");
	unsigned long long value;

	check(f, "%s: %m", path);
	check(fscanf(f, "%llu", &value) == 1, "%s holds no number", path);
	fclose(f);
	return value;
}

void write_number(const char *path, u64 value)
{
	int fd = xopen(O_WRONLY, "%s", path), len;
	char text[24];

	len = snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	check(write(fd, text, len) == len, "%s: %m", path);
	close(fd);
}

static int write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

u64 cleancache_slots(void)
{
	return read_number(CLEANCACHE "/slots");
}

u64 cleancache_cached(void)
{
	return read_number(CLEANCACHE "/cached");
}

void cleancache_drop(void)
{
	int err = write_text(CLEANCACHE "/drop", "1");

	check(!err, CLEANCACHE "/drop: %s", strerror(err));
}

static void cgroup_write(const char *dir, const char *file, const char *text)
{
	char path[128];
	int err;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	err = write_text(path, text);
	check(!err, "%s: %s", path, strerror(err));
}

static void cgroup_leave(void)
{
	if (getpid() != cgroup_owner)
		return;
	write_text(CGROUP_ROOT "/cgroup.procs", "0");
	rmdir(cgroup);
}

void cgroup_enter(size_t limit)
{
	char text[32];

	cgroup_write(CGROUP_ROOT, "cgroup.subtree_control", "+memory");
	cgroup_owner = getpid();
	snprintf(cgroup, sizeof(cgroup), CGROUP_ROOT "/gcma-test.%d",
		 cgroup_owner);
	check(!mkdir(cgroup, 0755), "%s: %m", cgroup);
	atexit(cgroup_leave);
	if (limit) {
		snprintf(text, sizeof(text), "%zu", limit);
		cgroup_write(cgroup, "memory.high", text);
	}
	cgroup_write(cgroup, "cgroup.procs", "0");
}

void cgroup_reclaim(size_t bytes)
{
	char path[128], text[32];
	int err;

	snprintf(path, sizeof(path), "%s/memory.reclaim", cgroup);
	snprintf(text, sizeof(text), "%zu", bytes);
	err = write_text(path, text);
	check(!err || err == EAGAIN || err == EINTR, "%s: %s", path,
	      strerror(err));
}

/* Half of the time: a page that is evicted before it is read is read again. */
void reclaim_for_ever(void *arg)
{
	u64 start;

	for (;;) {
		start = microseconds();
		cgroup_reclaim(*(size_t *)arg);
		usleep(1000 + microseconds() - start);
	}
}

/* Unlike fstat(2), this knows the size of a block device, too. */
size_t file_size(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);

	check(size >= 0, "lseek: %m");
	return size;
}

void *map_file(int fd, size_t len, int prot)
{
	void *map = mmap(NULL, len, prot, MAP_SHARED, fd, 0);

	check(map != MAP_FAILED, "mmap of %zu bytes: %m", len);
	return map;
}

void *map_aligned(int fd, size_t len, int prot)
{
	u8 *area = mmap(NULL, len + HUGE_SIZE, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *map;

	check(area != MAP_FAILED, "mmap: %m");
	area += -(uintptr_t)area % HUGE_SIZE;
	map = mmap(area, len, prot, MAP_SHARED | MAP_FIXED, fd, 0);
	check(map != MAP_FAILED, "mmap: %m");
	return map;
}

struct cache_stats cache_stats(int fd, u64 first, u64 pages)
{
	u64 range[] = { first * PAGE_SIZE, pages * PAGE_SIZE };
	struct cache_stats stats;

	check(!syscall(SYS_cachestat, fd, range, &stats, 0), "cachestat: %m");
	return stats;
}

size_t resident_pages(int fd)
{
	size_t size = file_size(fd), count = 0, i;
	size_t pages = (size + PAGE_SIZE - 1) / PAGE_SIZE;
	u8 *in_core;
	void *map;

	if (!pages)
		return 0;
	map = map_file(fd, size, PROT_READ);
	in_core = xmalloc(pages);
	check(!mincore(map, size, in_core), "mincore: %m");
	for (i = 0; i < pages; i++)
		count += in_core[i] & 1;
	free(in_core);
	munmap(map, size);
	return count;
}

/* A file system that is always read-only knows no fsync(). */
static void write_back(int fd)
{
	check(!fsync(fd) || errno == EINVAL, "fsync: %m");
}

void forget(int fd)
{
	int err;

	write_back(fd);
	err = posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	check(!err, "fadvise: %s", strerror(err));
}

/*
 * More is asked for than there can be: the kernel then drains the per-CPU
 * lists that hide pages from reclaim before it gives up.
 */
void evict(int fd)
{
	size_t left = 0;
	int try;

	write_back(fd);
	for (try = 0; try < 10; try++) {
		cgroup_reclaim(file_size(fd) + 64 * MIB);
		left = resident_pages(fd);
		if (!left)
			return;
	}
	fail("%zu pages could not be evicted", left);
}

/* Without readahead each page is a folio of its own on every file system. */
static void read_single_pages(int fd, size_t pages)
{
	u8 page[PAGE_SIZE];
	size_t i;

	posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM);
	for (i = 0; i < pages; i++)
		check(pread(fd, page, PAGE_SIZE, i * PAGE_SIZE) > 0,
		      "read of page %zu: %m", i);
	posix_fadvise(fd, 0, 0, POSIX_FADV_NORMAL);
}

void only_in_cleancache(int fd, size_t pages)
{
	u64 stored;

	forget(fd);
	read_single_pages(fd, pages);
	check(resident_pages(fd) == pages, "%zu pages are cached, not %zu",
	      resident_pages(fd), pages);
	stored = vmstat("cleancache_stored");
	evict(fd);
	stored = vmstat("cleancache_stored") - stored;
	check(stored >= pages, "%llu pages of %zu went to the cleancache",
	      (unsigned long long)stored, pages);
	check(cleancache_cached() >= pages, "the cleancache holds %llu pages",
	      (unsigned long long)cleancache_cached());
}

int cached_file(const char *dir, u32 file, u32 pages)
{
	int fd;

	cgroup_enter(0);
	fd = pattern_file(dir, file, pages, 1);
	only_in_cleancache(fd, pages);
	return fd;
}

void page_out(void *addr)
{
	(void)*(volatile u8 *)addr;
	check(!madvise(addr, PAGE_SIZE, MADV_PAGEOUT), "MADV_PAGEOUT: %m");
}
