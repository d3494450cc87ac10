// SPDX-License-Identifier: GPL-2.0
/*
 * The area is allocated and released in a tight loop, whole and in parts, by
 * two processes, while others reclaim and refault. Guards invariants 1 and 6
 * and the accounting: every byte read is right, no buffer is written to by
 * others, an allocation fails only while the other process holds part of the
 * area, and every page that entered left exactly once. Fails when a store
 * does not mind that a slot is allocated (mutant taken).
 *
 * usage: area_storm DIR SECONDS
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/area.h"
#include "lib/cache.h"
#include "lib/files.h"
#include "lib/heap.h"

#define MAX_PART	64

struct storm {
	u64 until;
	u32 whole;	/* allocations of all of it */
	u32 refused;	/* and how many found it in use */
	u32 parts;
};

/* Inside the kernel, so without the time to clear the pages. */
static void take_whole(void *arg)
{
	struct storm *storm = arg;
	u64 total = area_pages_left(AREA);
	int err;

	while (seconds() < storm->until) {
		err = area_try_alloc(AREA, total);
		check(!err || err == -ENOMEM, "allocation: %s",
		      strerror(-err));
		if (err) {
			storm->refused++;
			/* Each time the kernel says so: spare its log. */
			usleep(50000);
			continue;
		}
		storm->whole++;
		area_free(AREA, total);
	}
}

static void take_part(struct storm *storm, u32 pages)
{
	size_t size = pages * PAGE_SIZE;
	int buffer = heap_try_alloc(size);
	void *map;

	check(buffer >= 0 || buffer == -ENOMEM, "buffer: %s",
	      strerror(-buffer));
	if (buffer < 0)
		return;
	map = heap_fill(buffer, size, storm->parts);
	heap_check(map, size, storm->parts);
	munmap(map, size);
	close(buffer);
	storm->parts++;
}

static void take_parts(void *arg)
{
	struct storm *storm = arg;
	u64 seed = 1;

	while (seconds() < storm->until) {
		take_part(storm, 1 + next_random(&seed) % MAX_PART);
		/* Room for the other one. */
		usleep(next_random(&seed) % 2000);
	}
}

int main(int argc, char **argv)
{
	struct storm *storm = xshared(sizeof(*storm));
	pid_t takers[2], readers[2];
	struct file_set set;
	u64 restored;
	size_t i;

	if (argc != 3) {
		fprintf(stderr, "usage: area_storm DIR SECONDS\n");
		return 2;
	}
	cgroup_enter(0);
	files_create(&set, argv[1], cleancache_slots() * 5 / 4);
	files_fill(&set, cleancache_slots());
	restored = vmstat("cleancache_restored");
	storm->until = seconds() + strtoul(argv[2], NULL, 0);
	for (i = 0; i < 2; i++)
		readers[i] = spawn(files_churn, &set);
	takers[0] = spawn(take_whole, storm);
	takers[1] = spawn(take_parts, storm);
	for (i = 0; i < 2; i++)
		join(takers[i]);
	for (i = 0; i < 2; i++)
		end(readers[i]);
	restored = vmstat("cleancache_restored") - restored;
	note("the whole %u times (%u times in use), %u parts, %llu hits",
	     storm->whole, storm->refused, storm->parts,
	     (unsigned long long)restored);
	check(storm->whole && storm->parts && restored,
	      "one of these never happened");
	area_expect_allocated(AREA, 0);
	area_check_balance("after the storm");
	files_fill(&set, cleancache_slots());
	files_verify(&set);
	return TEST_PASS;
}
