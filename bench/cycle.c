// SPDX-License-Identifier: GPL-2.0
/*
 * How many instructions it takes to evict a file's pages and to read them
 * again, where the time stamp counter counts instructions.
 *
 * usage: cycle FILE CGROUP ROUNDS
 *
 * Prints "evict INSTRUCTIONS PAGES" and "refault INSTRUCTIONS PAGES" for each
 * round. The file is left evicted.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

#include "util.h"

#define READ_SIZE	(128 << 10)
#define PAGE_SIZE	4096
#define SYS_CACHESTAT	451
#define MAX_TRIES	64
/* Before the counting starts, so that every structure is as it stays. */
#define WARMUP		1

struct range {
	uint64_t off, len;
};

struct cachestat_counts {
	uint64_t cache, dirty, writeback, evicted, recently_evicted;
};

static char buffer[READ_SIZE];
static int reclaim_fd;

static uint64_t instructions(void)
{
	_mm_lfence();
	return __rdtsc();
}

static uint64_t resident_pages(int fd)
{
	struct range range = { };
	struct cachestat_counts counts;

	if (syscall(SYS_CACHESTAT, fd, &range, &counts, 0))
		die("cachestat: %s", strerror(errno));
	return counts.cache;
}

static void join(const char *cgroup)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/cgroup.procs", cgroup);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1)
		die("%s: %s", path, strerror(errno));
	close(fd);
	snprintf(path, sizeof(path), "%s/memory.reclaim", cgroup);
	reclaim_fd = open(path, O_WRONLY | O_CLOEXEC);
	if (reclaim_fd < 0)
		die("%s: %s", path, strerror(errno));
}

/* Less than asked for is no failure: the caller looks what is left. */
static uint64_t reclaim(uint64_t pages)
{
	char text[32];
	int len = snprintf(text, sizeof(text), "%" PRIu64, pages * PAGE_SIZE);
	uint64_t start = instructions();

	if (write(reclaim_fd, text, len) < 0 && errno != EAGAIN)
		die("memory.reclaim: %s", strerror(errno));
	return instructions() - start;
}

static uint64_t evict(int fd)
{
	uint64_t left, took = 0;
	int tries = 0;

	while ((left = resident_pages(fd))) {
		if (++tries > MAX_TRIES)
			die("%" PRIu64 " pages cannot be evicted", left);
		took += reclaim(left);
	}
	return took;
}

static uint64_t refault(int fd, uint64_t size)
{
	uint64_t at, start = instructions();

	for (at = 0; at < size; at += READ_SIZE)
		if (pread(fd, buffer, READ_SIZE, at) < 0)
			die("read: %s", strerror(errno));
	return instructions() - start;
}

static void round_trip(int fd, uint64_t size, int counted)
{
	uint64_t pages, in, out;

	in = refault(fd, size);
	pages = resident_pages(fd);
	if (pages != size / PAGE_SIZE)
		die("%" PRIu64 " of %" PRIu64 " pages are resident", pages,
		    size / PAGE_SIZE);
	out = evict(fd);
	if (!counted)
		return;
	printf("refault %" PRIu64 " %" PRIu64 "\n", in, pages);
	printf("evict %" PRIu64 " %" PRIu64 "\n", out, pages);
}

int main(int argc, char **argv)
{
	uint64_t rounds, i;
	struct stat st;
	int fd;

	set_label("cycle", NULL);
	if (argc != 4 || !parse_u64(argv[3], &rounds))
		die_usage("usage: cycle FILE CGROUP ROUNDS");
	fd = open(argv[1], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		die("%s: %s", argv[1], strerror(errno));
	join(argv[2]);
	evict(fd);
	for (i = 0; i < WARMUP + rounds; i++)
		round_trip(fd, st.st_size, i >= WARMUP);
	return 0;
}
