// SPDX-License-Identifier: GPL-2.0
/*
 * What btrfs does to blocks behind the back of files that are only in the
 * cleancache: it shares them with a snapshot, moves them (balance), writes
 * them anew (defragmenting) and reads them all (scrub). The content of the
 * files must be the same afterwards, along every way of reading, and what is
 * then written must not show in the snapshot. Fails when hits are not what was
 * stored (mutant no-copy).
 *
 * A page of a compressed file brings others with it. What is cut off the file
 * meanwhile must not be among them: nobody would look for it any more
 * (`cut_ahead`; mutant cut-ahead).
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/model.h"
#include "lib/pattern.h"

#define PAGES		64
#define FILES		8

/* A compressed extent, and how often it is cut while it is read. */
#define EXTENT_PAGES	32
#define CUTS		400

__printf(1, 2) static void run(const char *fmt, ...)
{
	char command[512];
	va_list args;
	int status;

	va_start(args, fmt);
	vsnprintf(command, sizeof(command), fmt, args);
	va_end(args);
	status = system(command);
	check(!status, "%s: status %#x", command, status);
}

static void make_files(struct model *models, const char *dir)
{
	char name[16];
	int i;

	cgroup_enter(0);
	for (i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "model%d", i);
		model_create(&models[i], dir, name, PAGES * PAGE_SIZE,
			     2 * PAGES * PAGE_SIZE, i + 1);
	}
	for (i = 0; i < FILES; i++)
		model_evict(&models[i]);
}

static void verify_files(struct model *models)
{
	int i;

	for (i = 0; i < FILES; i++)
		model_verify(&models[i]);
}

/* Compare the copy of a file in the snapshot with what the file held then. */
static void verify_copy(const char *path, const struct model *then)
{
	struct model copy = *then;

	copy.fd = xopen(O_RDONLY, "%s", path);
	copy.direct_fd = xopen(O_RDONLY | O_DIRECT, "%s", path);
	model_verify(&copy);
	close(copy.fd);
	close(copy.direct_fd);
}

static void snapshot(const char *dir)
{
	struct model models[FILES], then;
	char path[512];

	run("btrfs -q subvolume create %s/sub", dir);
	snprintf(path, sizeof(path), "%s/sub", dir);
	make_files(models, path);
	run("btrfs -q subvolume snapshot %s/sub %s/snap", dir, dir);
	then = models[0];
	then.want = xmalloc(then.capacity);
	memcpy(then.want, models[0].want, then.capacity);
	model_write(&models[0], 3 * PAGE_SIZE, PAGE_SIZE + 7);
	model_direct_write(&models[0], 9 * PAGE_SIZE, 4 * PAGE_SIZE);
	snprintf(path, sizeof(path), "%s/snap/model0", dir);
	verify_copy(path, &then);
	verify_files(models);
	run("btrfs -q subvolume delete %s/snap", dir);
	run("btrfs -q subvolume delete %s/sub", dir);
	verify_files(models);
}

static void after(const char *dir, const char *command)
{
	struct model models[FILES];

	make_files(models, dir);
	run("btrfs %s %s >/dev/null", command, dir);
	verify_files(models);
	model_direct_write(&models[1], 5 * PAGE_SIZE, 9 * PAGE_SIZE);
	model_truncate(&models[2], 7 * PAGE_SIZE + 123);
	model_truncate(&models[2], 20 * PAGE_SIZE);
	verify_files(models);
}

static void balance(const char *dir)
{
	after(dir, "-q balance start --full-balance");
}

static void defragment(const char *dir)
{
	after(dir, "-q filesystem defragment -r");
}

static void scrub(const char *dir)
{
	after(dir, "scrub start -B");
}

static int compressed_file(const char *dir)
{
	int fd = xopen(O_RDWR | O_CREAT, "%s/compressed", dir);
	int flags = FS_COMPR_FL;

	check(!ioctl(fd, FS_IOC_SETFLAGS, &flags), "FS_COMPR_FL: %m");
	return fd;
}

static void *touch(void *page)
{
	volatile u8 *byte = page;

	check(*byte, "the first page is empty");
	return NULL;
}

/* Read the first page, and cut off all others at some moment of that. */
static void read_and_cut(int fd, u64 *seed)
{
	size_t size = EXTENT_PAGES * PAGE_SIZE;
	void *map = map_file(fd, size, PROT_READ);
	u64 until;
	pthread_t reader;

	check(!madvise(map, size, MADV_RANDOM), "madvise: %m");
	check(!pthread_create(&reader, NULL, touch, map), "no thread");
	until = microseconds() + next_random(seed) % 2000;
	while (microseconds() < until)
		;
	check(!ftruncate(fd, PAGE_SIZE), "ftruncate: %m");
	check(!pthread_join(reader, NULL), "no thread");
	check(!munmap(map, size), "munmap: %m");
}

static void cut_ahead(const char *dir)
{
	static u8 full[EXTENT_PAGES * PAGE_SIZE], got[sizeof(full)];
	static const u8 zeros[sizeof(full)];
	int fd = compressed_file(dir);
	u64 seed = 7;
	u32 i;

	cgroup_enter(0);
	memset(full, 0x5a, sizeof(full));
	for (i = 0; i < CUTS; i++) {
		xwrite_at(fd, full, sizeof(full), 0);
		forget(fd);
		read_and_cut(fd, &seed);
		check(!ftruncate(fd, sizeof(full)), "ftruncate: %m");
		xread_at(fd, got, sizeof(got), 0);
		pattern_compare(got + PAGE_SIZE, zeros,
				sizeof(got) - PAGE_SIZE, PAGE_SIZE,
				"cut off and extended");
	}
}

static const struct test_case cases[] = {
	{ "snapshot", snapshot },
	{ "balance", balance },
	{ "defragment", defragment },
	{ "scrub", scrub },
	{ "cut_ahead", cut_ahead },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
