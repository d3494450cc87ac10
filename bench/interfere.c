// SPDX-License-Identifier: GPL-2.0
/*
 * What makes contiguous memory hard to get back, one kind a process, until
 * killed.
 *
 * usage: interfere KIND FILE [MIB]
 *
 *	pin	anonymous pages that pipes refer to, others all the time
 *	keep	the same, for good, with one pipe a MiB
 *	direct	direct reads of the file into anonymous pages
 *	dirty	writes to a mapping of the file
 *	fork	children that copy the parent's pages by writing to them
 *	read	the first MIB of the file, over and over
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "util.h"

#define CHUNK		1048576
#define NR_PIPES	8
#define MAX_PIPES	64
#define PIN_MS		50
#define FORK_SIZE	(16 << 20)

static void *new_pages(size_t size)
{
	void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (pages == MAP_FAILED)
		die("mmap: %s", strerror(errno));
	memset(pages, 1, size);
	return pages;
}

static int open_file(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	if (fd < 0)
		die("%s: %s", path, strerror(errno));
	return fd;
}

/* The pipe's reference outlives the mapping. */
static void pin_once(int fd)
{
	void *pages = new_pages(CHUNK);
	struct iovec iov = { .iov_base = pages, .iov_len = CHUNK };

	if (vmsplice(fd, &iov, 1, SPLICE_F_NONBLOCK) < 0 && errno != EAGAIN)
		die("vmsplice: %s", strerror(errno));
	munmap(pages, CHUNK);
}

static void open_pipes(int pipes[][2], int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		if (pipe2(pipes[i], O_NONBLOCK) ||
		    fcntl(pipes[i][1], F_SETPIPE_SZ, CHUNK) < 0)
			die("pipe: %s", strerror(errno));
}

static void pin(const char *file, uint64_t mib)
{
	static char drain[CHUNK];
	int pipes[NR_PIPES][2], i;

	open_pipes(pipes, NR_PIPES);
	for (i = 0;; i = (i + 1) % NR_PIPES) {
		while (read(pipes[i][0], drain, sizeof(drain)) > 0)
			;
		pin_once(pipes[i][1]);
		sleep_ns(PIN_MS * NSEC_PER_MSEC / NR_PIPES);
	}
}

static void keep(const char *file, uint64_t mib)
{
	int pipes[MAX_PIPES][2], i;

	if (mib > MAX_PIPES)
		die_usage("keep takes at most %d MiB", MAX_PIPES);
	open_pipes(pipes, mib);
	for (i = 0; i < mib; i++)
		pin_once(pipes[i][1]);
	for (;;)
		pause();
}

static void direct(const char *file, uint64_t mib)
{
	int fd = open_file(file, O_RDONLY | O_DIRECT);
	uint64_t at;
	void *pages;

	for (at = 0;; at = (at + CHUNK) % (16 * CHUNK)) {
		pages = new_pages(CHUNK);
		if (pread(fd, pages, CHUNK, at) < 0)
			die("%s: %s", file, strerror(errno));
		munmap(pages, CHUNK);
	}
}

static void dirty(const char *file, uint64_t mib)
{
	int fd = open_file(file, O_RDWR);
	size_t i, size = mib << 20;
	char *map;

	map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		die("%s: %s", file, strerror(errno));
	for (;;) {
		for (i = 0; i < size; i += 4096)
			map[i]++;
		if (msync(map, size, MS_SYNC))
			die("%s: %s", file, strerror(errno));
	}
}

static void fork_for_ever(const char *file, uint64_t mib)
{
	void *pages = new_pages(FORK_SIZE);
	pid_t pid;

	for (;;) {
		pid = fork();
		if (!pid) {
			memset(pages, 2, FORK_SIZE);
			_exit(0);
		}
		if (pid < 0)
			die("fork: %s", strerror(errno));
		waitpid(pid, NULL, 0);
	}
}

static void read_for_ever(const char *file, uint64_t mib)
{
	static char buffer[128 << 10];
	int fd = open_file(file, O_RDONLY);
	uint64_t at, size = mib << 20;

	for (at = 0;; at = (at + sizeof(buffer)) % size)
		if (pread(fd, buffer, sizeof(buffer), at) < 0)
			die("%s: %s", file, strerror(errno));
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(const char *file, uint64_t mib);
	} kinds[] = {
		{ "pin", pin }, { "keep", keep }, { "direct", direct },
		{ "dirty", dirty },
		{ "fork", fork_for_ever }, { "read", read_for_ever },
	};
	uint64_t mib = 0;
	size_t i;

	set_label("interfere", NULL);
	if (argc < 3 || argc > 4 || (argc == 4 && !parse_u64(argv[3], &mib)))
		die_usage("usage: interfere KIND FILE [MIB]");
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcmp(argv[1], kinds[i].name))
			kinds[i].run(argv[2], mib ? mib : 1);
	die_usage("no interference is called '%s'", argv[1]);
}
