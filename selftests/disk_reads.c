// SPDX-License-Identifier: GPL-2.0
/*
 * What is read from disk when some of a file's pages come back from the
 * cleancache and others do not: those, each once, a run of them by one read,
 * and by reads as long as ever. The device counts. Guards that a page that came
 * back is not read once more, by readahead or by a fault (mutants hits-read,
 * hits-forgotten: the sectors of pages that came back are read), and that
 * readahead goes on behind it, in the window it is in (mutant ra-window: it
 * ends there; `ahead`) and in later ones (mutant ra-off; `window`).
 *
 * usage: disk_reads DIR CASE
 */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/disk.h"
#include "lib/pattern.h"

#define PAGES		1024
#define FILE_ID		31
#define SECTORS		(PAGE_SIZE / 512)
#define RUN		8
/* What readahead reads at once if all goes well: read_ahead_kb. */
#define WINDOW		32

/* What reading the whole file costs in reads of the device. */
static struct disk_reads read_all(const char *dir, int fd, int advice)
{
	struct disk_reads reads = disk_reads(dir);

	check(!posix_fadvise(fd, 0, 0, advice), "fadvise");
	pattern_verify(fd, FILE_ID, PAGES, 1);
	reads = disk_reads_since(dir, reads);
	note("%llu sectors by %llu reads", (unsigned long long)reads.sectors,
	     (unsigned long long)reads.requests);
	return reads;
}

static void expect_sectors(struct disk_reads reads, u64 pages)
{
	check(reads.sectors == pages * SECTORS,
	      "%llu sectors were read for %llu pages that were missing",
	      (unsigned long long)reads.sectors, (unsigned long long)pages);
}

static void lose(int fd, u32 first, u32 nr)
{
	check(!posix_fadvise(fd, first * PAGE_SIZE, nr * PAGE_SIZE,
			     POSIX_FADV_DONTNEED), "fadvise");
}

/* Every other run of pages is on disk only. */
static int file_with_gaps(const char *dir)
{
	int fd = cached_file(dir, FILE_ID, PAGES);
	u32 i;

	for (i = RUN; i < PAGES; i += 2 * RUN)
		lose(fd, i, RUN);
	return fd;
}

static void none(const char *dir)
{
	int fd = cached_file(dir, FILE_ID, PAGES);

	expect_sectors(read_all(dir, fd, POSIX_FADV_SEQUENTIAL), 0);
	evict(fd);
	expect_sectors(read_all(dir, fd, POSIX_FADV_NORMAL), 0);
	evict(fd);
	expect_sectors(read_all(dir, fd, POSIX_FADV_RANDOM), 0);
}

/* A window may end inside a run, which then takes two reads. */
static void runs(const char *dir)
{
	int fd = file_with_gaps(dir);
	u64 nr = PAGES / RUN / 2, most = nr + PAGES / WINDOW + WINDOW / 4;
	struct disk_reads reads = read_all(dir, fd, POSIX_FADV_NORMAL);

	expect_sectors(reads, PAGES / 2);
	check(reads.requests <= most, "%llu reads for %llu runs of misses",
	      (unsigned long long)reads.requests, (unsigned long long)nr);
}

/* Behind pages that came back, reads are as long as behind ones read. */
static void window(const char *dir)
{
	int fd = cached_file(dir, FILE_ID, PAGES);
	u64 usual, most;
	struct disk_reads reads;

	forget(fd);
	usual = read_all(dir, fd, POSIX_FADV_NORMAL).requests;
	evict(fd);
	lose(fd, PAGES / 2, PAGES / 2);
	reads = read_all(dir, fd, POSIX_FADV_NORMAL);
	expect_sectors(reads, PAGES / 2);
	most = usual / 2 + 2;
	check(reads.requests <= most,
	      "%llu reads for half of the file, %llu for all of it",
	      (unsigned long long)reads.requests, (unsigned long long)usual);
}

/*
 * Pages that came back do not end the window they are in: what is behind them
 * is read before anybody asks for it.
 */
static void ahead(const char *dir)
{
	u8 *pages = xaligned(RUN * PAGE_SIZE);
	int fd = file_with_gaps(dir), tries = 1000;
	struct disk_reads before = disk_reads(dir), reads = { 0 };

	check(!posix_fadvise(fd, 0, 0, POSIX_FADV_NORMAL), "fadvise");
	xread_at(fd, pages, RUN * PAGE_SIZE, 0);
	while (!reads.sectors && tries--) {
		usleep(10000);
		reads = disk_reads_since(dir, before);
	}
	note("%llu sectors read ahead", (unsigned long long)reads.sectors);
	check(reads.sectors >= RUN * SECTORS, "the window ends at a hit");
	free(pages);
}

/* One page at a time, past readahead. */
static void faults(const char *dir)
{
	int fd = file_with_gaps(dir);
	u8 *map = map_file(fd, PAGES * PAGE_SIZE, PROT_READ);
	struct disk_reads before;
	u32 i;

	check(!madvise(map, PAGES * PAGE_SIZE, MADV_RANDOM), "madvise: %m");
	before = disk_reads(dir);
	for (i = 0; i < PAGES; i++)
		pattern_check(map + i * PAGE_SIZE, FILE_ID, i, 1);
	expect_sectors(disk_reads_since(dir, before), PAGES / 2);
}

static const struct test_case cases[] = {
	{ "none", none },
	{ "runs", runs },
	{ "window", window },
	{ "ahead", ahead },
	{ "faults", faults },
};

int main(int argc, char **argv)
{
	disk_verify_off();
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
