// SPDX-License-Identifier: GPL-2.0
/* A set of files of the pattern, to fill areas with. */
#include <fcntl.h>
#include <unistd.h>

#include "cache.h"
#include "files.h"
#include "pattern.h"

void files_create(struct file_set *set, const char *dir, u64 pages)
{
	u32 i;

	set->files = MAX_FILES;
	set->pages = (pages + MAX_FILES - 1) / MAX_FILES;
	for (i = 0; i < set->files; i++) {
		set->fds[i] = pattern_file(dir, i + 1, set->pages, 1);
		forget(set->fds[i]);
		/* One page at a time, so that each finds a slot. */
		check(!posix_fadvise(set->fds[i], 0, 0, POSIX_FADV_RANDOM),
		      "fadvise");
	}
}

void files_verify_one(const struct file_set *set, u32 file)
{
	pattern_verify(set->fds[file], file + 1, set->pages, 1);
}

void files_verify(const struct file_set *set)
{
	u32 i;

	for (i = 0; i < set->files; i++)
		files_verify_one(set, i);
}

static void store_first(const struct file_set *set, u64 pages)
{
	u32 i, n;

	for (i = 0; pages; i++, pages -= n) {
		check(i < set->files, "there are %llu pages too few",
		      (unsigned long long)pages);
		n = min_size(pages, set->pages);
		pattern_verify(set->fds[i], i + 1, n, 1);
		evict(set->fds[i]);
	}
}

void files_store(const struct file_set *set)
{
	store_first(set, (u64)set->files * set->pages);
}

void files_fill(const struct file_set *set, u64 slots)
{
	u64 cached;

	cleancache_drop();
	files_store(set);
	cached = cleancache_cached();
	check(cached <= slots && cached >= slots * 95 / 100,
	      "%llu pages are cached, in %llu slots",
	      (unsigned long long)cached, (unsigned long long)slots);
}

/*
 * No more than fits, as room is made for several pages at once. A page that is
 * busy when it is to be stored leaves a slot empty; once more fills it.
 */
void files_fill_exactly(const struct file_set *set, u64 slots)
{
	u64 cached = 0;
	int try;
	u32 i;

	for (i = 0; i < set->files; i++)
		forget(set->fds[i]);
	cleancache_drop();
	for (try = 0; try < 5 && cached != slots; try++) {
		store_first(set, slots);
		cached = cleancache_cached();
		check(cached <= slots, "%llu pages are cached in %llu slots",
		      (unsigned long long)cached, (unsigned long long)slots);
	}
	check(cached == slots, "%llu of %llu slots stay empty",
	      (unsigned long long)(slots - cached), (unsigned long long)slots);
}

void files_churn(void *arg)
{
	const struct file_set *set = arg;
	u32 i;

	for (i = getpid() % set->files;; i = (i + 1) % set->files) {
		files_verify_one(set, i);
		cgroup_reclaim(set->pages * PAGE_SIZE);
	}
}
