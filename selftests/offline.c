// SPDX-License-Identifier: GPL-2.0
/*
 * Taking memory blocks offline. The block that holds a guaranteed area must
 * refuse, as its pages cannot move, and nothing of what is cached or allocated
 * may be lost by the attempt; a block without one goes and comes back. The
 * area lies in the movable zone, where everything but the area can move.
 * Fails when the area's pages look movable or free to the kernel.
 *
 * usage: offline DIR CASE, booted with kernelcore= and an area n1
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/area.h"
#include "lib/cache.h"
#include "lib/files.h"

#define AREA_NAME	"n1"
#define BLOCKS		"/sys/devices/system/memory"
#define TRIES		3

static u64 block_of_area(void)
{
	FILE *f = fopen(BLOCKS "/block_size_bytes", "r");
	unsigned long long size;

	check(f && fscanf(f, "%llx", &size) == 1,
	      "the size of memory blocks is not known");
	fclose(f);
	return area_debug(AREA_NAME, "base_pfn") * PAGE_SIZE / size;
}

static void block_text(u64 block, const char *file, char *text, size_t len)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), BLOCKS "/memory%llu/%s",
		 (unsigned long long)block, file);
	f = fopen(path, "r");
	check(f && fgets(text, len, f), "%s: %m", path);
	fclose(f);
	text[strcspn(text, "\n")] = 0;
}

static void expect_movable(u64 block)
{
	char zones[128];

	block_text(block, "valid_zones", zones, sizeof(zones));
	check(!strcmp(zones, "Movable"), "block %llu is in zone %s",
	      (unsigned long long)block, zones);
}

static int set_state(u64 block, const char *state)
{
	char path[128];
	int err = 0;
	FILE *f;

	snprintf(path, sizeof(path), BLOCKS "/memory%llu/state",
		 (unsigned long long)block);
	f = fopen(path, "w");
	check(f, "%s: %m", path);
	setbuf(f, NULL);
	if (fputs(state, f) < 0)
		err = -errno;
	fclose(f);
	return err;
}

static void expect_state(u64 block, const char *want)
{
	char state[32];

	block_text(block, "state", state, sizeof(state));
	check(!strcmp(state, want), "block %llu is %s",
	      (unsigned long long)block, state);
}

/* Refused, and quickly; what is cached and allocated stays. */
static void refuse(u64 block)
{
	u64 cached = area_stat(AREA_NAME, "cached_pages");
	u64 start = seconds();
	int err = set_state(block, "offline");

	check(err == -EBUSY, "taking the area's block offline: %s",
	      err ? strerror(-err) : "succeeded");
	check(seconds() - start < 10, "that took %llu s",
	      (unsigned long long)(seconds() - start));
	expect_state(block, "online");
	check(area_stat(AREA_NAME, "cached_pages") == cached,
	      "the attempt cost %lld cached pages",
	      (long long)(cached - area_stat(AREA_NAME, "cached_pages")));
}

static void guaranteed(const char *dir)
{
	u64 block = block_of_area(), half = area_pages(AREA_NAME) / 2;
	struct file_set set;
	int i;

	expect_movable(block);
	cgroup_enter(0);
	files_create(&set, dir, cleancache_slots() * 5 / 4);
	for (i = 0; i < TRIES; i++) {
		files_fill(&set, cleancache_slots());
		refuse(block);
		area_alloc(AREA_NAME, half);
		refuse(block);
		area_expect_allocated(AREA_NAME, half);
		area_free(AREA_NAME, half);
		refuse(block);
		files_verify(&set);
	}
	area_alloc(AREA_NAME, area_pages(AREA_NAME));
	refuse(block);
	area_free(AREA_NAME, area_pages(AREA_NAME));
	files_fill(&set, cleancache_slots());
	area_check_balance("at the end");
}

/* The next block is as movable and has no area. */
static void other(const char *dir)
{
	u64 block = block_of_area() + 1, cached;
	struct file_set set;
	int i, err;

	expect_movable(block);
	cgroup_enter(0);
	files_create(&set, dir, cleancache_slots() * 5 / 4);
	files_fill(&set, cleancache_slots());
	cached = cleancache_cached();
	for (i = 0; i < TRIES; i++) {
		err = set_state(block, "offline");
		check(!err, "taking block %llu offline: %s",
		      (unsigned long long)block, strerror(-err));
		expect_state(block, "offline");
		files_verify_one(&set, i);
		evict(set.fds[i]);
		err = set_state(block, "online_movable");
		check(!err, "taking block %llu online: %s",
		      (unsigned long long)block, strerror(-err));
		expect_state(block, "online");
	}
	note("%llu pages were cached before, %llu are after",
	     (unsigned long long)cached,
	     (unsigned long long)cleancache_cached());
	files_verify(&set);
	files_fill(&set, cleancache_slots());
	area_check_balance("at the end");
}

static const struct test_case cases[] = {
	{ "guaranteed", guaranteed },
	{ "other", other },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
