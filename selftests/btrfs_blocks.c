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
 * meanwhile, or becomes a hole, must not be among them: nobody would look for
 * it any more (`cut_ahead`, mutant cut-ahead; `punch_ahead` and `zero_ahead`,
 * mutant ahead-of-lock).
 */
#include <fcntl.h>
#include <linux/falloc.h>
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
#define EXTENT_SIZE	(32 * PAGE_SIZE)
#define HOLE_FROM	(EXTENT_SIZE / 2)	/* beyond what is asked for */
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

/*
 * The file, how its first page is read, how the rest of it goes away and from
 * where on, and within how many microseconds each of the two begins.
 */
struct ahead {
	int fd;
	void *map;
	void *(*read)(void *ahead);
	void (*cut)(int fd);
	size_t from;
	u32 read_within, cut_within;
	u64 read_delay, seed;
	bool done;
};

static void idle(u64 us)
{
	u64 until = microseconds() + us;

	while (microseconds() < until)
		;
}

static void *touch(void *arg)
{
	const struct ahead *ahead = arg;
	const volatile u8 *byte = ahead->map;

	check(*byte, "the first page is empty");
	return NULL;
}

/* Unlike a touch at random, this reads some more pages. */
static void *read_on(void *arg)
{
	const struct ahead *ahead = arg;
	u8 byte;

	idle(ahead->read_delay);
	xread_at(ahead->fd, &byte, 1, 0);
	check(byte, "the first page is empty");
	return NULL;
}

static void cut_off(int fd)
{
	check(!ftruncate(fd, PAGE_SIZE), "ftruncate: %m");
	check(!ftruncate(fd, EXTENT_SIZE), "ftruncate: %m");
}

static void make_zeros(int fd, int mode)
{
	check(!fallocate(fd, mode | FALLOC_FL_KEEP_SIZE, HOLE_FROM,
			 EXTENT_SIZE - HOLE_FROM), "fallocate: %m");
}

static void punch(int fd)
{
	make_zeros(fd, FALLOC_FL_PUNCH_HOLE);
}

static void zero(int fd)
{
	make_zeros(fd, FALLOC_FL_ZERO_RANGE);
}

/* Read the first page, and cut off what is behind it at some moment of that. */
static void read_and_cut(struct ahead *ahead)
{
	u64 *seed = &ahead->seed;
	pthread_t reader;

	ahead->read_delay = next_random(seed) % ahead->read_within;
	ahead->map = map_file(ahead->fd, EXTENT_SIZE, PROT_READ);
	check(!madvise(ahead->map, EXTENT_SIZE, MADV_RANDOM), "madvise: %m");
	check(!pthread_create(&reader, NULL, ahead->read, ahead), "no thread");
	idle(next_random(seed) % ahead->cut_within);
	ahead->cut(ahead->fd);
	check(!pthread_join(reader, NULL), "no thread");
	check(!munmap(ahead->map, EXTENT_SIZE), "munmap: %m");
}

/* Who makes a hole waits for this with the range locked, and empty. */
static void *commit(void *arg)
{
	struct ahead *ahead = arg;

	while (!__atomic_load_n(&ahead->done, __ATOMIC_RELAXED))
		check(!syncfs(ahead->fd), "syncfs: %m");
	return NULL;
}

static void check_ahead(struct ahead *ahead)
{
	static u8 full[EXTENT_SIZE], got[EXTENT_SIZE];
	static const u8 zeros[EXTENT_SIZE];
	u32 i;

	cgroup_enter(0);
	memset(full, 0x5a, sizeof(full));
	for (i = 0; i < CUTS; i++) {
		xwrite_at(ahead->fd, full, sizeof(full), 0);
		forget(ahead->fd);
		read_and_cut(ahead);
		xread_at(ahead->fd, got, sizeof(got), 0);
		pattern_compare(got + ahead->from, zeros,
				sizeof(got) - ahead->from, ahead->from,
				"cut off while it was read ahead");
	}
}

static void cut_ahead(const char *dir)
{
	struct ahead ahead = {
		.fd = compressed_file(dir),
		.read = touch,
		.cut = cut_off,
		.from = PAGE_SIZE,
		.read_within = 1,
		.cut_within = 2000,
	};

	check_ahead(&ahead);
}

static void hole_ahead(const char *dir, void (*cut)(int fd))
{
	struct ahead ahead = {
		.fd = compressed_file(dir),
		.read = read_on,
		.cut = cut,
		.from = HOLE_FROM,
		.read_within = 8000,
		.cut_within = 1,
	};
	pthread_t committer;

	check(!pthread_create(&committer, NULL, commit, &ahead), "no thread");
	check_ahead(&ahead);
	__atomic_store_n(&ahead.done, true, __ATOMIC_RELAXED);
	check(!pthread_join(committer, NULL), "no thread");
}

static void punch_ahead(const char *dir)
{
	hole_ahead(dir, punch);
}

static void zero_ahead(const char *dir)
{
	hole_ahead(dir, zero);
}

static const struct test_case cases[] = {
	{ "snapshot", snapshot },
	{ "balance", balance },
	{ "defragment", defragment },
	{ "scrub", scrub },
	{ "cut_ahead", cut_ahead },
	{ "punch_ahead", punch_ahead },
	{ "zero_ahead", zero_ahead },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
