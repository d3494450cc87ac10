// SPDX-License-Identifier: GPL-2.0
/*
 * Direct I/O over pages that are only in the cleancache. Guards the
 * invalidation before a direct write (mutant blind: `write`, `nowait`, `race`),
 * and the one after it: between the two, a buffered reader and reclaim can put
 * the old content into the cleancache. It must not return early because the
 * mapping holds no page (mutant direct-write: `window`), nor because the write
 * failed after a part of it had reached the disk (mutant half-write: `failed`),
 * and must look again where a page came back (mutant outrun: `neighbour`).
 * `read`: mutant no-copy.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/model.h"
#include "lib/pattern.h"

#define PAGES		32
#define FILE_ID		7

#define WINDOW_PAGES	2048
#define WINDOW_PROBES	2
#define WINDOW_NEEDED	10
/* The disk is not slower where the kernel is. */
#define WINDOW_NEEDED_SLOW 3
#define WINDOW_SECONDS	30

#define NEIGHBOURS	8
#define NEIGHBOUR_SECONDS 12

#define RACE_PAGES	128
#define RACE_SECONDS	8
#define RACE_NEEDED	50

static void start(struct model *m, const char *dir, u64 seed)
{
	cgroup_enter(0);
	model_create(m, dir, "model", PAGES * PAGE_SIZE, 2 * PAGES * PAGE_SIZE,
		     seed);
}

static void direct_write(const char *dir)
{
	struct model m;

	start(&m, dir, 1);
	model_evict(&m);
	model_direct_write(&m, 0, PAGES * PAGE_SIZE);
	model_verify(&m);
	model_evict(&m);
	model_direct_write(&m, 5 * PAGE_SIZE + 1024, 3 * PAGE_SIZE);
	model_direct_write(&m, 20 * PAGE_SIZE, 1024);
	model_verify(&m);
	model_evict(&m);
	model_direct_write(&m, (PAGES - 1) * PAGE_SIZE, 4 * PAGE_SIZE);
	model_verify(&m);
}

static void direct_read(const char *dir)
{
	struct model m;

	start(&m, dir, 2);
	model_evict(&m);
	model_direct_read(&m, 0, m.size);
	model_read(&m, 3 * PAGE_SIZE, 7 * PAGE_SIZE);
	model_direct_read(&m, 0, m.size);
	model_verify(&m);
}

/* Each page once without waiting; only what would wait is written again. */
static void nowait_write(const char *dir)
{
	int fd, direct_fd, flags, accepted = 0;
	u8 *page = xaligned(PAGE_SIZE);
	struct iovec iov = { page, PAGE_SIZE };
	ssize_t n;
	u32 i;

	cgroup_enter(0);
	fd = pattern_file(dir, FILE_ID, PAGES, 1);
	direct_fd = xopen(O_RDWR | O_DIRECT, "%s/file%u", dir, FILE_ID);
	only_in_cleancache(fd, PAGES);
	for (i = 0; i < PAGES; i++) {
		pattern_fill(page, FILE_ID, i, 2);
		for (flags = RWF_NOWAIT;; flags = 0) {
			n = pwritev2(direct_fd, &iov, 1, i * PAGE_SIZE, flags);
			if (n == (ssize_t)PAGE_SIZE || !flags)
				break;
			check(n < 0 && errno == EAGAIN, "RWF_NOWAIT: %m");
		}
		check(n == (ssize_t)PAGE_SIZE, "direct write: %m");
		accepted += !!flags;
	}
	note("%d of %d writes did not have to wait", accepted, PAGES);
	pattern_verify(fd, FILE_ID, PAGES, 2);
	only_in_cleancache(fd, PAGES);
	pattern_verify(fd, FILE_ID, PAGES, 2);
}

static aio_context_t aio_start(void)
{
	aio_context_t ctx = 0;

	check(!syscall(SYS_io_setup, 8, &ctx), "io_setup: %m");
	return ctx;
}

static void aio_write(aio_context_t ctx, int fd, const void *buf, size_t len)
{
	struct iocb cb = {
		.aio_lio_opcode = IOCB_CMD_PWRITE,
		.aio_fildes = fd,
		.aio_buf = (unsigned long)buf,
		.aio_nbytes = len,
	}, *list = &cb;

	check(syscall(SYS_io_submit, ctx, 1, &list) == 1, "io_submit: %m");
}

/* Collect the write's end: waiting for it, or only if it is there. */
static bool aio_end(aio_context_t ctx, bool wait, s64 result)
{
	struct timespec now = { 0 };
	struct io_event event;
	long n;

	n = syscall(SYS_io_getevents, ctx, wait, 1, &event,
		    wait ? NULL : &now);
	check(n >= 0, "io_getevents: %m");
	if (n)
		check(event.res == result, "the write ended with %lld, not %lld",
		      (long long)event.res, (long long)result);
	return n;
}

static void fill(u8 *buf, u32 pages, u32 generation)
{
	u32 i;

	for (i = 0; i < pages; i++)
		pattern_fill(buf + i * PAGE_SIZE, FILE_ID, i, generation);
}

/* A file that is written by direct I/O, and read through the page cache. */
struct window {
	aio_context_t ctx;
	int fd;
	int direct_fd;
	u8 *map;
	u8 *buf;	/* WINDOW_PAGES to be written */
	size_t len;	/* asked of the kernel to write; may exceed them */
	s64 result;	/* what the write must end with */
};

/*
 * While an asynchronous write is on its way, read pages at the end of its
 * range and have them evicted at once. With those pages gone again the mapping
 * is empty when the write ends, and what was stored may be old.
 * Returns true if the write was still under way after that.
 */
static bool window_round(struct window *w, u32 generation)
{
	bool ended;
	u32 i;

	fill(w->buf, WINDOW_PAGES, generation);
	aio_write(w->ctx, w->direct_fd, w->buf, w->len);
	for (i = 0; i < WINDOW_PROBES; i++)
		page_out(w->map + (WINDOW_PAGES - 1 - i) * PAGE_SIZE);
	ended = aio_end(w->ctx, false, w->result);
	if (!ended)
		aio_end(w->ctx, true, w->result);
	for (i = 0; i < WINDOW_PROBES; i++) {
		u32 index = WINDOW_PAGES - 1 - i;
		u8 page[PAGE_SIZE];

		xread_at(w->fd, page, PAGE_SIZE, index * PAGE_SIZE);
		pattern_check(page, FILE_ID, index, generation);
	}
	check(!madvise(w->map, WINDOW_PAGES * PAGE_SIZE, MADV_DONTNEED),
	      "MADV_DONTNEED: %m");
	forget(w->fd);
	return !ended;
}

static u8 *map_at_random(int fd, size_t len)
{
	u8 *map = map_file(fd, len, PROT_READ);

	check(!madvise(map, len, MADV_RANDOM), "MADV_RANDOM: %m");
	check(!posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM), "fadvise");
	return map;
}

/* A buffer of so many pages, with nothing mapped behind them. */
static u8 *map_before_hole(size_t pages)
{
	u8 *buf = xshared((pages + 1) * PAGE_SIZE);

	check(!munmap(buf + pages * PAGE_SIZE, PAGE_SIZE), "munmap: %m");
	return buf;
}

/* Write @beyond pages more than there are in memory. */
static void window_open(struct window *w, const char *dir, u32 beyond)
{
	cgroup_enter(0);
	w->ctx = aio_start();
	w->len = (WINDOW_PAGES + beyond) * PAGE_SIZE;
	w->result = beyond ? -EFAULT : (s64)w->len;
	w->buf = map_before_hole(WINDOW_PAGES);
	w->fd = pattern_file(dir, FILE_ID, WINDOW_PAGES + beyond, 1);
	w->direct_fd = xopen(O_RDWR | O_DIRECT, "%s/file%u", dir, FILE_ID);
	w->map = map_at_random(w->fd, WINDOW_PAGES * PAGE_SIZE);
	forget(w->fd);
}

static void race_window(const char *dir, u32 beyond)
{
	u32 needed = slowness() > 1 ? WINDOW_NEEDED_SLOW : WINDOW_NEEDED;
	u64 until = seconds() + WINDOW_SECONDS * slowness();
	u32 round = 0, hits = 0;
	struct window w;

	window_open(&w, dir, beyond);
	while (hits < needed && seconds() < until) {
		u64 stored = vmstat("cleancache_stored");

		if (window_round(&w, ++round + 1) &&
		    vmstat("cleancache_stored") > stored)
			hits++;
	}
	note("%u of %u rounds stored a page during the write", hits, round);
	check(hits >= needed, "the race was hit too rarely");
}

static void window(const char *dir)
{
	race_window(dir, 0);
}

/* The write finds nothing in memory for its last page, and fails. */
static void failed(const char *dir)
{
	race_window(dir, 1);
}

static void read_for_ever(int fd, u32 first, u32 nr, bool from_disk)
{
	u8 page[PAGE_SIZE];
	u32 i;

	for (i = 0;; i = (i + 1) % nr) {
		off_t pos = (first + i) * PAGE_SIZE;

		if (from_disk)
			posix_fadvise(fd, pos, PAGE_SIZE, POSIX_FADV_DONTNEED);
		xread_at(fd, page, PAGE_SIZE, pos);
	}
}

static void read_neighbours(void *arg)
{
	read_for_ever(*(int *)arg, WINDOW_PAGES - WINDOW_PROBES - NEIGHBOURS,
		      NEIGHBOURS, true);
}

static void read_probes(void *arg)
{
	read_for_ever(*(int *)arg, WINDOW_PAGES - WINDOW_PROBES, WINDOW_PROBES,
		      false);
}

/*
 * The invalidation after a write waits for pages that are being read, and
 * deletes the entries it found before it waited only afterwards. Meanwhile a
 * page can come back by its entry, with its old content. Fails when the
 * invalidation does not look again then.
 */
static void neighbour(const char *dir)
{
	u64 restored = vmstat("cleancache_restored"), until;
	u32 round = 0, during = 0;
	struct window w;
	pid_t cold, hot;

	window_open(&w, dir, 0);
	cold = spawn(read_neighbours, &w.fd);
	hot = spawn(read_probes, &w.fd);
	for (until = seconds() + NEIGHBOUR_SECONDS; seconds() < until;) {
		round++;
		during += window_round(&w, round + 1);
	}
	end(cold);
	end(hot);
	restored = vmstat("cleancache_restored") - restored;
	note("%u of %u writes were still under way, %llu hits", during, round,
	     (unsigned long long)restored);
	check(during && restored, "nothing was read during a write");
}

/* What writer and readers of the race tell each other. */
struct race {
	const char *dir;
	u32 started;
	u32 done;
	u32 during;	/* checks made while a write was under way */
};

static void race_writer(void *arg)
{
	struct race *race = arg;
	size_t len = RACE_PAGES * PAGE_SIZE;
	int fd = xopen(O_RDWR | O_DIRECT, "%s/file%u", race->dir, FILE_ID);
	u8 *buf = xaligned(len);
	u32 generation;

	for (generation = 2;; generation++) {
		fill(buf, RACE_PAGES, generation);
		__atomic_store_n(&race->started, generation, __ATOMIC_SEQ_CST);
		xwrite_at(fd, buf, len, 0);
		__atomic_store_n(&race->done, generation, __ATOMIC_SEQ_CST);
		usleep(500);
	}
}

/* A read that began after a write ended must see that write, or a later one. */
static void race_read(struct race *race, int fd, u8 *map, u32 index)
{
	u32 oldest, newest;
	u8 page[PAGE_SIZE];

	oldest = __atomic_load_n(&race->done, __ATOMIC_SEQ_CST);
	xread_at(fd, page, PAGE_SIZE, index * PAGE_SIZE);
	newest = __atomic_load_n(&race->started, __ATOMIC_SEQ_CST);
	pattern_check_between(page, FILE_ID, index, oldest, newest);
	page_out(map + index * PAGE_SIZE);
	race->during += newest > oldest;
}

static void race(const char *dir)
{
	struct race *race = xshared(sizeof(*race));
	u64 until, restored, seed = 3;
	size_t reclaim = PAGE_SIZE;
	pid_t writer, reclaimer;
	int fd;
	u8 *map;

	cgroup_enter(0);
	fd = pattern_file(dir, FILE_ID, RACE_PAGES, 1);
	map = map_at_random(fd, RACE_PAGES * PAGE_SIZE);
	forget(fd);
	race->dir = dir;
	race->started = 1;
	race->done = 1;
	restored = vmstat("cleancache_restored");
	writer = spawn(race_writer, race);
	reclaimer = spawn(reclaim_for_ever, &reclaim);
	for (until = seconds() + RACE_SECONDS; seconds() < until;)
		race_read(race, fd, map, next_random(&seed) % 4 +
			  RACE_PAGES - 4);
	end(writer);
	end(reclaimer);
	restored = vmstat("cleancache_restored") - restored;
	note("%u writes, %u reads during one, %llu hits", race->done,
	     race->during, (unsigned long long)restored);
	check(race->during >= RACE_NEEDED, "reads hardly met writes");
	check(restored, "no read was a hit");
}

static const struct test_case cases[] = {
	{ "write", direct_write },
	{ "read", direct_read },
	{ "nowait", nowait_write },
	{ "window", window },
	{ "failed", failed },
	{ "neighbour", neighbour },
	{ "race", race },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
