// SPDX-License-Identifier: GPL-2.0
/*
 * Ways to read that do not suit a cache, where the time stamp counter counts
 * instructions: more than the cgroup it runs in can hold, again and again, as
 *
 *   loop		one file in order
 *   small_files	thousands of files of a page each
 *   sparse		a huge file with hardly any page
 *   readers		one file by eight threads at once
 *
 * usage: pathological CASE DIR ROUNDS
 *
 * Prints "CASE INSTRUCTIONS PAGES" for each round. Makes the files it reads,
 * but for DIR/data, which is there, and removes them.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <x86intrin.h>

#include "util.h"

#define PAGE_SIZE	4096
#define READ_SIZE	(128 << 10)
#define READERS		8
#define NR_PAGES	3000
#define GAP		(64ull << 20)
/* Before the counting starts: what will be cached is. */
#define WARMUP		2

struct access_case {
	const char *name;
	void (*make)(void);
	uint64_t (*read)(void);	/* the pages that were read */
	void (*remove)(void);
};

static int open_file(const char *name, int flags)
{
	int fd = open(name, flags | O_CLOEXEC, 0600);

	if (fd < 0)
		die("%s: %s", name, strerror(errno));
	return fd;
}

static void write_page(int fd, uint64_t at)
{
	static const char page[PAGE_SIZE] = "not a hole";

	if (pwrite(fd, page, PAGE_SIZE, at) != PAGE_SIZE)
		die("write: %s", strerror(errno));
}

static uint64_t read_whole(void)
{
	int fd = open_file("data", O_RDONLY);
	char buffer[READ_SIZE];
	uint64_t bytes = 0;
	ssize_t got;

	while ((got = read(fd, buffer, sizeof(buffer))) > 0)
		bytes += got;
	if (got < 0)
		die("read: %s", strerror(errno));
	close(fd);
	return bytes / PAGE_SIZE;
}

static void small_name(char *name, size_t len, unsigned int i)
{
	snprintf(name, len, "small.%u", i);
}

static void make_small(void)
{
	char name[32];
	unsigned int i;
	int fd;

	for (i = 0; i < NR_PAGES; i++) {
		small_name(name, sizeof(name), i);
		fd = open_file(name, O_CREAT | O_EXCL | O_WRONLY);
		write_page(fd, 0);
		close(fd);
	}
}

static uint64_t read_small(void)
{
	char name[32], page[PAGE_SIZE];
	unsigned int i;
	int fd;

	for (i = 0; i < NR_PAGES; i++) {
		small_name(name, sizeof(name), i);
		fd = open_file(name, O_RDONLY);
		if (read(fd, page, PAGE_SIZE) != PAGE_SIZE)
			die("%s: %s", name, strerror(errno));
		close(fd);
	}
	return NR_PAGES;
}

static void remove_small(void)
{
	char name[32];
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++) {
		small_name(name, sizeof(name), i);
		unlink(name);
	}
}

static void make_sparse(void)
{
	int fd = open_file("sparse", O_CREAT | O_EXCL | O_WRONLY);
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++)
		write_page(fd, i * GAP);
	close(fd);
}

static uint64_t read_sparse(void)
{
	int fd = open_file("sparse", O_RDONLY);
	char page[PAGE_SIZE];
	unsigned int i;

	for (i = 0; i < NR_PAGES; i++)
		if (pread(fd, page, PAGE_SIZE, i * GAP) != PAGE_SIZE)
			die("sparse: %s", strerror(errno));
	close(fd);
	return NR_PAGES;
}

static void remove_sparse(void)
{
	unlink("sparse");
}

static void *read_too(void *arg)
{
	*(uint64_t *)arg = read_whole();
	return NULL;
}

static uint64_t read_at_once(void)
{
	pthread_t readers[READERS];
	uint64_t pages[READERS], all = 0;
	int i;

	for (i = 0; i < READERS; i++)
		if (pthread_create(&readers[i], NULL, read_too, &pages[i]))
			die("no thread");
	for (i = 0; i < READERS; i++) {
		pthread_join(readers[i], NULL);
		all += pages[i];
	}
	return all;
}

static const struct access_case cases[] = {
	{ "loop", NULL, read_whole, NULL },
	{ "small_files", make_small, read_small, remove_small },
	{ "sparse", make_sparse, read_sparse, remove_sparse },
	{ "readers", NULL, read_at_once, NULL },
};

static void count(const struct access_case *access, uint64_t rounds)
{
	uint64_t i, start, pages;

	if (access->make)
		access->make();
	sync();
	for (i = 0; i < WARMUP + rounds; i++) {
		_mm_lfence();
		start = __rdtsc();
		pages = access->read();
		start = __rdtsc() - start;
		if (i >= WARMUP)
			printf("%s %" PRIu64 " %" PRIu64 "\n", access->name,
			       start, pages);
	}
	if (access->remove)
		access->remove();
}

int main(int argc, char **argv)
{
	uint64_t rounds;
	size_t i;

	set_label("pathological", NULL);
	if (argc != 4 || !parse_u64(argv[3], &rounds))
		die_usage("usage: pathological CASE DIR ROUNDS");
	if (chdir(argv[2]))
		die("%s: %s", argv[2], strerror(errno));
	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		if (!strcmp(cases[i].name, argv[1])) {
			count(&cases[i], rounds);
			return 0;
		}
	die_usage("no case %s; there are loop, small_files, sparse and readers",
		  argv[1]);
}
