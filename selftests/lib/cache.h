/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pressing pages into the cleancache, and seeing that they really are there
 * and nowhere else.
 */
#ifndef GCMA_CACHE_H
#define GCMA_CACHE_H

#include "test.h"

/* A counter of /proc/vmstat; fails if the kernel does not have it. */
u64 vmstat(const char *name);

/* A number in a file; fails if it cannot be read. */
u64 read_number(const char *path);

/* Write a number to a file; fails if it is not taken. */
void write_number(const char *path, u64 value);

u64 cleancache_slots(void);
u64 cleancache_cached(void);
void cleancache_drop(void);

/*
 * Move the caller into a memory cgroup of its own (@limit 0: no limit). What is
 * above the limit is reclaimed by whoever has added to it. At a memory.max, the
 * kernel would now and then kill a process instead: see the limits in
 * docs/design.md.
 */
void cgroup_enter(size_t limit);

/*
 * Reclaim from that cgroup. Reclaiming less than asked for is no failure: it
 * may hold nothing more.
 */
void cgroup_reclaim(size_t bytes);

/* spawn() with this: reclaim @arg bytes again and again. */
void reclaim_for_ever(void *arg);

size_t file_size(int fd);

/* What cachestat(2) says of some of the file's pages; it takes no reference. */
struct cache_stats {
	u64 cache;
	u64 dirty;
	u64 writeback;
	u64 evicted;
	u64 recently_evicted;
};

struct cache_stats cache_stats(int fd, u64 first, u64 pages);

/* Pages of the file that are in the page cache. */
size_t resident_pages(int fd);

/* Have the kernel forget the file's pages without storing them. */
void forget(int fd);

/* Reclaim until no page of the file is in the page cache. */
void evict(int fd);

/*
 * Bring the file's pages in one at a time (so as single pages), then evict
 * them, and fail unless every one of them went to the cleancache.
 */
void only_in_cleancache(int fd, size_t pages);

/*
 * A new file of the pattern in a memory cgroup of its own, with all its pages
 * only in the cleancache.
 */
int cached_file(const char *dir, u32 file, u32 pages);

/*
 * Evict one page, by its mapping at @addr, which is read first. The kernel
 * may leave a page it cannot isolate now: the caller counts what was stored.
 */
void page_out(void *addr);

/* A mapping of the whole file. */
void *map_file(int fd, size_t len, int prot);

/* The same, at a multiple of what a page table, or a huge page, maps. */
#define HUGE_SIZE	(2 * MIB)
void *map_aligned(int fd, size_t len, int prot);

#endif
