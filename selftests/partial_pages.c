// SPDX-License-Identifier: GPL-2.0
/*
 * Truncation and every mode of fallocate(2) that changes content, with all
 * pages of the file only in the cleancache. Guards the dropping of entries in
 * truncate_inode_pages_range() and __clear_shadow_entry(), above all that of
 * pages that are cut in two: a resident page would have been zeroed in part,
 * an entry must be dropped. Every case ends by comparing the whole file along
 * every way of reading. Mutant partial-pages (the two partial pages are not
 * dropped): `truncate`, `punch`, `zero_range`. Mutant blind (truncation does
 * not see entries): `truncate_rewrite`, `collapse`, `insert`, and the others
 * again. Mutant forget (entries keep their slots): `unlink_reuse`.
 */
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/model.h"
#include "lib/pattern.h"

#define PAGES		24
#define CAPACITY	(64 * PAGE_SIZE)
#define REUSE_FILES	32
#define REUSE_PAGES	8
#define REUSE_TRIES	1000

/* Offsets into a page: within a sector, a small block, and at its edges. */
static const size_t offsets[] = { 1, 100, 512, 1000, 1024, 2048, 3073, 4095 };

static void start(struct model *m, const char *dir, u64 seed)
{
	cgroup_enter(0);
	model_create(m, dir, "model", PAGES * PAGE_SIZE, CAPACITY, seed);
}

static void truncate_inside(const char *dir)
{
	struct model m;
	size_t i, size;

	start(&m, dir, 1);
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		model_evict(&m);
		size = (PAGES - 2 - i) * PAGE_SIZE + offsets[i];
		model_truncate(&m, size);
		model_truncate(&m, PAGES * PAGE_SIZE);
		model_verify(&m);
		model_write(&m, 0, PAGES * PAGE_SIZE);
	}
}

static void truncate_rewrite(const char *dir)
{
	struct model m;

	start(&m, dir, 2);
	model_evict(&m);
	model_truncate(&m, 0);
	model_truncate(&m, PAGES * PAGE_SIZE);
	model_verify(&m);
	model_write(&m, 0, PAGES * PAGE_SIZE);
	model_evict(&m);
	model_truncate(&m, 0);
	model_write(&m, 0, PAGES * PAGE_SIZE / 2 + 77);
	model_verify(&m);
}

static void zero_inside(const char *dir, int mode, u64 seed)
{
	struct model m;
	size_t i, pos;

	start(&m, dir, seed);
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		/* Inside one page, then from one into the next but one. */
		pos = 2 * i * PAGE_SIZE + offsets[i];
		model_evict(&m);
		model_zero(&m, pos, PAGE_SIZE - offsets[i] / 2, mode);
		model_verify(&m);
		model_write(&m, 0, PAGES * PAGE_SIZE);
		model_evict(&m);
		model_zero(&m, pos, 2 * PAGE_SIZE, mode);
		model_verify(&m);
		model_write(&m, 0, PAGES * PAGE_SIZE);
	}
	model_evict(&m);
	model_zero(&m, 3 * PAGE_SIZE, 9 * PAGE_SIZE, mode);
	model_verify(&m);
}

static void punch(const char *dir)
{
	zero_inside(dir, FALLOC_FL_PUNCH_HOLE, 3);
}

static void zero_range(const char *dir)
{
	zero_inside(dir, FALLOC_FL_ZERO_RANGE, 4);
}

static void collapse(const char *dir)
{
	struct model m;

	start(&m, dir, 5);
	model_evict(&m);
	model_collapse(&m, 4 * PAGE_SIZE, 3 * PAGE_SIZE);
	model_verify(&m);
	model_evict(&m);
	model_collapse(&m, 0, PAGE_SIZE);
	model_verify(&m);
}

static void insert(const char *dir)
{
	struct model m;

	start(&m, dir, 6);
	model_evict(&m);
	model_insert(&m, 5 * PAGE_SIZE, 2 * PAGE_SIZE);
	model_verify(&m);
	model_evict(&m);
	model_insert(&m, 0, PAGE_SIZE);
	model_verify(&m);
}

static ino_t inode_of(int fd)
{
	struct stat st;

	check(!fstat(fd, &st), "fstat: %m");
	return st.st_ino;
}

/* Was the inode number one of the removed files'? */
static bool reused(const ino_t *old, ino_t ino)
{
	int i;

	for (i = 0; i < REUSE_FILES; i++)
		if (old[i] == ino)
			return true;
	return false;
}

/* A new file has nothing but zeros; returns its inode number. */
static ino_t new_file(const char *dir, u32 n)
{
	static const u8 zeros[PAGE_SIZE];
	u8 page[PAGE_SIZE];
	ino_t ino;
	u32 i;
	int fd;

	fd = xopen(O_RDWR | O_CREAT | O_EXCL, "%s/new%u", dir, n);
	ino = inode_of(fd);
	check(!ftruncate(fd, REUSE_PAGES * PAGE_SIZE), "truncate: %m");
	for (i = 0; i < REUSE_PAGES; i++) {
		xread_at(fd, page, PAGE_SIZE, i * PAGE_SIZE);
		pattern_compare(page, zeros, PAGE_SIZE, i * PAGE_SIZE,
				"hole of a new file");
	}
	close(fd);
	return ino;
}

/* What a removed file left in the cleancache must not appear in a new one. */
static void unlink_reuse(const char *dir)
{
	ino_t old[REUSE_FILES];
	char path[512];
	int fd, again = 0;
	u64 cached;
	u32 i;

	cgroup_enter(0);
	for (i = 0; i < REUSE_FILES; i++) {
		fd = pattern_file(dir, i + 1, REUSE_PAGES, 1);
		only_in_cleancache(fd, REUSE_PAGES);
		old[i] = inode_of(fd);
		close(fd);
	}
	cached = cleancache_cached();
	for (i = 0; i < REUSE_FILES; i++) {
		snprintf(path, sizeof(path), "%s/file%u", dir, i + 1);
		check(!unlink(path), "unlink %s: %m", path);
	}
	check(cleancache_cached() + REUSE_FILES * REUSE_PAGES <= cached,
	      "removed files keep their slots: %llu before, %llu after",
	      (unsigned long long)cached,
	      (unsigned long long)cleancache_cached());
	for (i = 0; i < REUSE_FILES; i++)
		again += reused(old, new_file(dir, i));
	/* XFS gives the numbers back in the background, a moment later. */
	for (; !again && i < REUSE_FILES + REUSE_TRIES; i++) {
		usleep(10000);
		again += reused(old, new_file(dir, i));
	}
	check(again, "no inode number was used again");
}

static const struct test_case cases[] = {
	{ "truncate", truncate_inside },
	{ "truncate_rewrite", truncate_rewrite },
	{ "punch", punch },
	{ "zero_range", zero_range },
	{ "collapse", collapse },
	{ "insert", insert },
	{ "unlink_reuse", unlink_reuse },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
