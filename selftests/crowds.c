// SPDX-License-Identifier: GPL-2.0
/*
 * Pathological loads must cost neither correctness nor slots: eight threads on
 * one file, thousands of small files, one huge file of which hardly any page
 * exists. Guards that what comes back is what was stored, however many ask for
 * it (`readers`: mutant no-copy), that a page is kept however few others its
 * node of the index leads to, and that a slot is given back when its entry
 * goes, wherever in the index that was (`small_files`, `sparse`: mutants
 * shadow-none, forget).
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/pattern.h"

#define READERS		8
#define READ_PAGES	4096
#define READ_LIMIT	(10 * MIB)
#define READ_SECONDS	5
#define FILE_ID		15

#define SMALL_FILES	2000
#define SMALL_SIZE	5000	/* the second page is cut short */

#define SPARSE_PAGES	400
#define SPARSE_STEP	1117	/* odd, so that nodes are filled unevenly */

struct reader {
	int fd;
	u32 nr;
	u64 until;
};

/* Each reader has its own way through the file. */
static u32 next_page(struct reader *reader, u32 step, u64 *seed)
{
	switch (reader->nr % 4) {
	case 0:
		return step;
	case 1:
		return READ_PAGES - 1 - step;
	case 2:
		return step * 64 + step / 64;
	default:
		return next_random(seed);
	}
}

static void *read_file(void *arg)
{
	struct reader *reader = arg;
	u64 seed = reader->nr;
	u8 page[PAGE_SIZE];
	u32 step, index;

	for (step = 0; seconds() < reader->until;
	     step = (step + 1) % READ_PAGES) {
		index = next_page(reader, step, &seed) % READ_PAGES;
		xread_at(reader->fd, page, PAGE_SIZE, index * PAGE_SIZE);
		pattern_check(page, FILE_ID, index, 1);
	}
	return NULL;
}

static void readers(const char *dir)
{
	u64 until, restored = vmstat("cleancache_restored");
	struct reader readers[READERS];
	pthread_t threads[READERS];
	int shared;
	u32 i;

	cgroup_enter(READ_LIMIT);
	close(pattern_file(dir, FILE_ID, READ_PAGES, 1));
	shared = xopen(O_RDONLY, "%s/file%u", dir, FILE_ID);
	until = seconds() + READ_SECONDS * slowness();
	for (i = 0; i < READERS; i++) {
		/*
		 * The first half have a file of their own each, and share the
		 * mapping alone; the others share the readahead state, too.
		 */
		readers[i].fd = i < READERS / 2 ?
			xopen(O_RDONLY, "%s/file%u", dir, FILE_ID) : shared;
		readers[i].nr = i;
		readers[i].until = until;
		check(!pthread_create(&threads[i], NULL, read_file,
				      &readers[i]), "no thread %u", i);
	}
	for (i = 0; i < READERS; i++)
		check(!pthread_join(threads[i], NULL), "no thread %u", i);
	restored = vmstat("cleancache_restored") - restored;
	note("%llu hits", (unsigned long long)restored);
	check(restored > READ_PAGES, "hardly any read was a hit");
}

static void small_fill(u8 *buf, u32 i)
{
	pattern_fill(buf, FILE_ID, 2 * i, 1);
	pattern_fill(buf + PAGE_SIZE, FILE_ID, 2 * i + 1, 1);
}

static void small_write(const char *dir)
{
	u8 buf[2 * PAGE_SIZE];
	u32 i;
	int fd;

	for (i = 0; i < SMALL_FILES; i++) {
		fd = xopen(O_RDWR | O_CREAT, "%s/small%u", dir, i);
		small_fill(buf, i);
		xwrite_at(fd, buf, SMALL_SIZE, 0);
		close(fd);
	}
	fd = xopen(O_RDONLY, "%s", dir);
	check(!syncfs(fd), "syncfs: %m");
	close(fd);
}

static void small_verify(const char *dir)
{
	u8 want[2 * PAGE_SIZE], got[SMALL_SIZE];
	u32 i;
	int fd;

	for (i = 0; i < SMALL_FILES; i++) {
		fd = xopen(O_RDONLY, "%s/small%u", dir, i);
		small_fill(want, i);
		/* One page at a time, on every file system. */
		check(!posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), "fadvise");
		xread_at(fd, got, SMALL_SIZE, 0);
		pattern_compare(got, want, SMALL_SIZE, 0, "small file");
		close(fd);
	}
}

/* The inodes stay in memory, so their entries do. */
static void small_files(const char *dir)
{
	u64 cached = cleancache_cached(), restored, held;
	char path[512];
	u32 i;

	cgroup_enter(0);
	small_write(dir);
	cgroup_reclaim(SMALL_FILES * 2 * PAGE_SIZE + 64 * MIB);
	held = cleancache_cached();
	check(held >= cached + SMALL_FILES, "only %lld pages were stored",
	      (long long)(held - cached));
	restored = vmstat("cleancache_restored");
	small_verify(dir);
	restored = vmstat("cleancache_restored") - restored;
	check(restored >= SMALL_FILES, "only %llu hits",
	      (unsigned long long)restored);
	cgroup_reclaim(SMALL_FILES * 2 * PAGE_SIZE + 64 * MIB);
	for (i = 0; i < SMALL_FILES; i++) {
		snprintf(path, sizeof(path), "%s/small%u", dir, i);
		check(!unlink(path), "unlink: %m");
	}
	check(cleancache_cached() <= cached,
	      "removed files hold on to %lld slots",
	      (long long)(cleancache_cached() - cached));
}

/* Further and further apart, up to hundreds of GiB. */
static u64 sparse_index(u32 i)
{
	return (u64)i * i * SPARSE_STEP;
}

static void sparse_verify(int fd, u32 nr)
{
	static const u8 zeros[PAGE_SIZE];
	u8 page[PAGE_SIZE];
	u64 pos;
	u32 i;

	for (i = 0; i < nr; i++) {
		pos = sparse_index(i) * PAGE_SIZE;
		xread_at(fd, page, PAGE_SIZE, pos);
		pattern_check(page, FILE_ID, i, 1);
		/* The hole behind it, if that is inside the file. */
		if (i + 1 == nr)
			continue;
		xread_at(fd, page, PAGE_SIZE, pos + PAGE_SIZE);
		pattern_compare(page, zeros, PAGE_SIZE, pos + PAGE_SIZE,
				"hole");
	}
}

/* mincore() on the whole file would take too long: count what is stored. */
static void sparse_evict(int fd, u32 nr)
{
	u64 stored = vmstat("cleancache_stored");

	check(!fsync(fd), "fsync: %m");
	cgroup_reclaim(2 * nr * PAGE_SIZE + 64 * MIB);
	stored = vmstat("cleancache_stored") - stored;
	check(stored >= nr, "%llu pages of %u were stored",
	      (unsigned long long)stored, nr);
}

static void sparse(const char *dir)
{
	int fd = xopen(O_RDWR | O_CREAT, "%s/sparse", dir);
	u64 restored, cached;
	u8 page[PAGE_SIZE];
	u32 i;

	cgroup_enter(0);
	cached = cleancache_cached();
	check(!posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), "fadvise");
	for (i = 0; i < SPARSE_PAGES; i++) {
		pattern_fill(page, FILE_ID, i, 1);
		xwrite_at(fd, page, PAGE_SIZE, sparse_index(i) * PAGE_SIZE);
	}
	sparse_evict(fd, SPARSE_PAGES);
	restored = vmstat("cleancache_restored");
	sparse_verify(fd, SPARSE_PAGES);
	restored = vmstat("cleancache_restored") - restored;
	check(restored >= SPARSE_PAGES, "only %llu hits",
	      (unsigned long long)restored);
	sparse_evict(fd, SPARSE_PAGES);
	check(!ftruncate(fd, (sparse_index(SPARSE_PAGES / 2 - 1) + 1) *
			 PAGE_SIZE), "truncate: %m");
	sparse_verify(fd, SPARSE_PAGES / 2);
	sparse_evict(fd, SPARSE_PAGES / 2);
	check(!ftruncate(fd, 0), "truncate: %m");
	check(cleancache_cached() <= cached, "an empty file holds %lld slots",
	      (long long)(cleancache_cached() - cached));
}

static const struct test_case cases[] = {
	{ "readers", readers },
	{ "small_files", small_files },
	{ "sparse", sparse },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
