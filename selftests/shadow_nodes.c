// SPDX-License-Identifier: GPL-2.0
/*
 * The shrinker that frees nodes of the index which hold nothing but shadows
 * gives the slots back that entries in such a node name. Guards that: a slot
 * whose entry is gone can never be found again, and would be lost until it is
 * evicted (mutant shadow-nodes: after the shrinker ran, more slots are in use
 * than pages can be read from them).
 *
 * Nodes are freed oldest first, and as many are kept as nodes.c says; that this
 * is more than none is for crowds.c to notice (mutant shadow-none). So a file
 * with one entry a node comes first, and then one with plain shadows in more
 * nodes than that: pages after a write error are not stored.
 *
 * And they must not be so many that a small cgroup has no memory left for
 * anything else (mutant shadow-limit: it is killed by its own shadows).
 *
 * usage: shadow_nodes DIR CASE
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/fault.h"
#include "lib/pattern.h"

#define NODE_PAGES	64
#define NODES		1500	/* with one entry each */
#define FILE_ID		16
#define SMALL		(8 * MIB)

/* Pages of one node each, all of them read, and evicted. */
static void read_apart(int fd, u32 nodes)
{
	u8 page[PAGE_SIZE];
	u32 i;

	check(!posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), "fadvise");
	for (i = 0; i < nodes; i++)
		xread_at(fd, page, PAGE_SIZE, (u64)i * NODE_PAGES * PAGE_SIZE);
}

static void reclaim_all(u32 pages)
{
	cgroup_reclaim(pages * PAGE_SIZE + 64 * MIB);
}

/* @strays: set to how many pages of other files went along. */
static int make_entries(const char *dir, u64 *strays)
{
	int fd = xopen(O_RDWR | O_CREAT, "%s/entries", dir);
	u8 page[PAGE_SIZE];
	u64 stored;
	u32 i;

	for (i = 0; i < NODES; i++) {
		pattern_fill(page, FILE_ID, i, 1);
		xwrite_at(fd, page, PAGE_SIZE, (u64)i * NODE_PAGES * PAGE_SIZE);
	}
	check(!fsync(fd), "fsync: %m");
	stored = vmstat("cleancache_stored");
	reclaim_all(NODES);
	stored = vmstat("cleancache_stored") - stored;
	check(stored >= NODES, "%llu pages of %d were stored",
	      (unsigned long long)stored, NODES);
	*strays = stored - NODES;
	return fd;
}

/* A file of holes, in which plain shadows remain of all that was read. */
static void make_shadows(const char *dir, u32 nodes)
{
	int fd = xopen(O_RDWR | O_CREAT, "%s/shadows", dir);
	u8 page[PAGE_SIZE] = { 1 };
	u64 stored;

	check(!ftruncate(fd, (off_t)nodes * NODE_PAGES * PAGE_SIZE),
	      "truncate: %m");
	xwrite_at(fd, page, PAGE_SIZE, 0);
	check(!fsync(fd), "fsync: %m");
	xwrite_at(fd, page, PAGE_SIZE, 0);
	fail_writeback(dir, fd);
	stored = vmstat("cleancache_stored");
	read_apart(fd, nodes);
	reclaim_all(nodes);
	stored = vmstat("cleancache_stored") - stored;
	check(stored < nodes / 4, "%llu pages after a write error were stored",
	      (unsigned long long)stored);
}

/* Those pages that come from the cleancache. All of them must be right. */
static u64 count_hits(int fd)
{
	u64 restored = vmstat("cleancache_restored");
	u8 page[PAGE_SIZE];
	u32 i;

	check(!posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), "fadvise");
	for (i = 0; i < NODES; i++) {
		xread_at(fd, page, PAGE_SIZE, (u64)i * NODE_PAGES * PAGE_SIZE);
		pattern_check(page, FILE_ID, i, 1);
	}
	return vmstat("cleancache_restored") - restored;
}

static void freed(const char *dir)
{
	u64 freed = vmstat("workingset_nodereclaim"), cached, hits, others;
	u64 strays;
	int fd, drop = xopen(O_WRONLY, "/proc/sys/vm/drop_caches");

	cgroup_enter(0);
	others = cleancache_cached();
	fd = make_entries(dir, &strays);
	cached = cleancache_cached();
	/* The shrinker may well run before it is asked to. */
	make_shadows(dir, cleancache_slots() + 6 * NODES);
	xwrite_at(drop, "2", 1, 0);
	freed = vmstat("workingset_nodereclaim") - freed;
	check(freed >= NODES, "only %llu nodes were freed",
	      (unsigned long long)freed);
	note("%llu nodes freed, %lld of %lld slots given back",
	     (unsigned long long)freed, (long long)(cached -
	     cleancache_cached()), (long long)(cached - others));
	check(cleancache_cached() < cached, "no node gave its slots back");
	cached = cleancache_cached();
	hits = count_hits(fd);
	check(hits + others + strays >= cached, "%llu slots are in use, %llu are found",
	      (unsigned long long)cached, (unsigned long long)hits);
}

/* A page here and there of a file larger than all: each leaves a node. */
static void crowd(const char *dir)
{
	u64 freed = vmstat("workingset_nodereclaim");
	u32 nodes = cleancache_slots() + 6 * NODES;
	int fd = xopen(O_RDWR | O_CREAT, "%s/holes", dir);

	check(!ftruncate(fd, (off_t)nodes * NODE_PAGES * PAGE_SIZE),
	      "truncate: %m");
	cgroup_enter(SMALL);
	read_apart(fd, nodes);
	freed = vmstat("workingset_nodereclaim") - freed;
	note("%llu of %u nodes freed", (unsigned long long)freed, nodes);
	check(freed > nodes / 2, "only %llu of %u nodes were freed",
	      (unsigned long long)freed, nodes);
}

static const struct test_case cases[] = {
	{ "freed", freed },
	{ "crowd", crowd },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
