// SPDX-License-Identifier: GPL-2.0
/*
 * Pages of a memory cgroup that is no more. Guards that they stay cached when
 * the cgroup is removed, and come back to whoever reads them. Fails when
 * removing a cgroup drops its pages (mutant cgroup-drop). That a page is
 * charged to the reader's cgroup is the page cache's doing, whether it comes
 * back or is read; it is looked at all the same.
 *
 * usage: memcg DIR
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/area.h"
#include "lib/cache.h"
#include "lib/pattern.h"

#define PAGES		512
#define FILE_ID		21
#define ROUNDS		10
/*
 * A cgroup is charged in batches of 64 pages for each CPU, so what it uses is
 * known no better than that. Half of the pages is more than that, and none is
 * less.
 */
#define CHARGED_AT_LEAST	(PAGES / 2)

static void group_path(char *path, size_t len, pid_t pid, const char *file)
{
	snprintf(path, len, "/sys/fs/cgroup/gcma-test.%d/%s", pid, file);
}

/* What is charged to the caller's cgroup, in pages. */
static u64 charged(void)
{
	char path[128];

	group_path(path, sizeof(path), getpid(), "memory.current");
	return read_number(path) / PAGE_SIZE;
}

/* The cgroup goes with the process. */
static void store_and_leave(void *arg)
{
	int fd = *(int *)arg;

	cgroup_enter(0);
	pattern_verify(fd, FILE_ID, PAGES, 1);
	evict(fd);
}

static void store_in_child(int fd)
{
	char path[128];
	pid_t pid = spawn(store_and_leave, &fd);

	join(pid);
	group_path(path, sizeof(path), pid, "");
	check(access(path, F_OK), "%s is still there", path);
}

int main(int argc, char **argv)
{
	u64 restored, cached, before;
	int fd, i;

	if (argc != 2) {
		fprintf(stderr, "usage: memcg DIR\n");
		return 2;
	}
	fd = pattern_file(argv[1], FILE_ID, PAGES, 1);
	check(!posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), "fadvise");
	cgroup_enter(0);
	for (i = 0; i < ROUNDS; i++) {
		forget(fd);
		store_in_child(fd);
		cached = cleancache_cached();
		check(cached >= PAGES, "%llu of %u pages are left",
		      (unsigned long long)cached, PAGES);
		before = charged();
		restored = vmstat("cleancache_restored");
		pattern_verify(fd, FILE_ID, PAGES, 1);
		restored = vmstat("cleancache_restored") - restored;
		check(restored == PAGES, "%llu hits for %u pages",
		      (unsigned long long)restored, PAGES);
		check(charged() >= before + CHARGED_AT_LEAST,
		      "%llu pages are charged to the reader",
		      (unsigned long long)(charged() - before));
	}
	area_check_balance("at the end");
	return TEST_PASS;
}
