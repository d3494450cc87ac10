// SPDX-License-Identifier: GPL-2.0
/*
 * What goes on while policies come and go: read a file set that does not fit,
 * checking every byte, reclaim, and allocate from the area, for a while.
 *
 * usage: worker DIR SECONDS
 * Prints the pages checked, hits, allocations and stores as key=value.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/heap.h"
#include "lib/pattern.h"

#define FILES		8
#define RUN		32
#define LIMIT		(24 * MIB)

static u32 *allocations;

/* Small and seldom, so that the area stays full and victims are needed. */
static void allocate_for_ever(void *arg)
{
	u64 seed = *(u64 *)arg;
	int buffer;

	for (;;) {
		buffer = heap_alloc(PAGE_SIZE * (1 + next_random(&seed) % 512));
		(*allocations)++;
		usleep(20000);
		close(buffer);
		usleep(300000);
	}
}

/* Half of the reads go to one file, so that a policy has what to learn. */
static u64 read_until(u64 until, const int *fds, u32 pages)
{
	u8 *buf = xaligned(RUN * PAGE_SIZE);
	u64 seed = 7, count = 0;

	for (; seconds() < until; count += RUN) {
		u32 file = next_random(&seed) % (2 * FILES) % (FILES + 1);
		u32 index = next_random(&seed) % (pages - RUN), i;

		file = file == FILES ? 0 : file;
		xread_at(fds[file], buf, RUN * PAGE_SIZE, index * PAGE_SIZE);
		for (i = 0; i < RUN; i++)
			pattern_check(buf + i * PAGE_SIZE, file + 1, index + i,
				      1);
	}
	return count;
}

static u64 grown(const char *counter, u64 before)
{
	return vmstat(counter) - before;
}

int main(int argc, char **argv)
{
	u64 restored, stored, checked, seed = 5;
	size_t reclaim = MIB;
	int fds[FILES];
	pid_t pid[2];
	u32 pages, i;

	if (argc != 3) {
		fprintf(stderr, "usage: worker DIR SECONDS\n");
		return 2;
	}
	cgroup_enter(LIMIT);
	/* More than the cgroup and the area can hold together. */
	pages = (area_size() + LIMIT + 64 * MIB) / FILES / PAGE_SIZE;
	for (i = 0; i < FILES; i++) {
		fds[i] = pattern_file(argv[1], i + 1, pages, 1);
		forget(fds[i]);
	}
	allocations = xshared(sizeof(*allocations));
	restored = vmstat("cleancache_restored");
	stored = vmstat("cleancache_stored");
	pid[0] = spawn(reclaim_for_ever, &reclaim);
	pid[1] = spawn(allocate_for_ever, &seed);
	checked = read_until(seconds() + strtoul(argv[2], NULL, 0), fds,
			     pages);
	end(pid[0]);
	end(pid[1]);
	printf("checked=%llu restored=%llu stored=%llu allocations=%u\n",
	       (unsigned long long)checked,
	       (unsigned long long)grown("cleancache_restored", restored),
	       (unsigned long long)grown("cleancache_stored", stored),
	       *allocations);
	return *allocations ? TEST_PASS : TEST_FAIL;
}
