// SPDX-License-Identifier: GPL-2.0
/*
 * Reclaim unmaps a page at once, but puts off the flush of the TLBs: for a
 * while, a thread on another CPU can go on reading the old page. If the page
 * comes back in that time and is written to, and a flag is set after that, then
 * who sees the flag must see what was written. Fails if pages are stored while
 * a flush is due (mutant no-flush).
 *
 * On one CPU, reclaim is at work until the page has gone; then a thread takes
 * that CPU away, writes to the page, and holds reclaim up until the thread on
 * the other CPU, which had read the page before, has read it again.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/cache.h"

/* One is written and read; the others keep reclaim busy, in whatever order. */
#define PAGES		256
#define HOT		(PAGES / 2)
#define ROUNDS		100
/* The fewest rounds that count. */
#define LEAST		(ROUNDS / 10)

struct race {
	int fd;
	int gone[2];	/* a pipe that wakes who writes */
	u8 *map;
	u64 *word;	/* the first of the hot page */
	/* How many rounds have come so far. */
	u64 mapped;	/* the pages are mapped */
	u64 read;	/* and the hot one has been read */
	u64 written;	/* the hot one has gone and been written to */
	u64 seen;	/* and read again */
	u64 evicted;	/* reclaim is through */
	u32 held_up;	/* rounds in which it was not when it was written to */
};

static u64 get(const u64 *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

static void set(u64 *word, u64 value)
{
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
}

static void wait_for(const u64 *rounds, u64 least)
{
	while (get(rounds) < least)
		usleep(100);
}

/*
 * Read the page when it has just been mapped, so that its address is in the
 * TLB, and when it has just been written to; not in between, as a page that is
 * wanted all the time is not evicted.
 */
static void *read_page(void *arg)
{
	struct race *race = arg;
	u64 round, value;
	u8 byte = 0;

	stay_on_cpu(1);
	for (round = 1; round <= ROUNDS; round++) {
		wait_for(&race->mapped, round);
		get(race->word);
		set(&race->read, round);
		while (cache_stats(race->fd, HOT, 1).cache &&
		       get(&race->evicted) < round)
			;
		check(write(race->gone[1], &byte, 1) == 1, "pipe: %m");
		while (get(&race->written) < round)
			;
		value = get(race->word);
		check(value >= round, "%llu is read after %llu was written",
		      (unsigned long long)value, (unsigned long long)round);
		set(&race->seen, round);
	}
	return NULL;
}

/* Take the CPU away from reclaim, until the page has been read. */
static void *write_page(void *arg)
{
	const struct sched_param first = { .sched_priority = 1 };
	struct race *race = arg;
	u64 round;
	u8 byte;

	stay_on_cpu(0);
	check(!sched_setscheduler(0, SCHED_FIFO, &first), "SCHED_FIFO: %m");
	for (round = 1; round <= ROUNDS; round++) {
		check(read(race->gone[0], &byte, 1) == 1, "pipe: %m");
		set(race->word, round);
		set(&race->written, round);
		while (get(&race->seen) < round)
			;
		race->held_up += get(&race->evicted) < round;
	}
	return NULL;
}

/*
 * Map all pages. What was just added can be in a list of the CPU that did it,
 * where reclaim does not find it: the kernel empties those lists when it is
 * asked to forget a page and cannot, since it is mapped. The others are dirty:
 * they are unmapped and not evicted, so that no batch is full before the last.
 */
static void map_pages(struct race *race)
{
	u32 i;

	for (i = 0; i < PAGES; i++)
		if (i != HOT)
			set((u64 *)(race->map + i * PAGE_SIZE), i);
	get(race->word);
	check(!posix_fadvise(race->fd, HOT * PAGE_SIZE, PAGE_SIZE,
			     POSIX_FADV_DONTNEED), "fadvise");
}

static void reclaim_pages(struct race *race)
{
	u64 round;

	stay_on_cpu(0);
	for (round = 1; round <= ROUNDS; round++) {
		map_pages(race);
		set(&race->mapped, round);
		wait_for(&race->read, round);
		check(!madvise(race->map, PAGES * PAGE_SIZE, MADV_PAGEOUT),
		      "MADV_PAGEOUT: %m");
		set(&race->evicted, round);
		wait_for(&race->seen, round);
		check(!msync(race->word, PAGE_SIZE, MS_SYNC), "msync: %m");
	}
}

static void play(struct race *race)
{
	void *(*others[])(void *arg) = { read_page, write_page };
	pthread_t threads[ARRAY_SIZE(others)];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		check(!pthread_create(&threads[i], NULL, others[i], race),
		      "no thread");
	reclaim_pages(race);
	for (i = 0; i < ARRAY_SIZE(others); i++)
		check(!pthread_join(threads[i], NULL), "no thread");
}

int main(int argc, char **argv)
{
	struct race race = { 0 };
	u64 restored;

	if (argc != 2) {
		fprintf(stderr, "usage: unmapped_seen DIR\n");
		return 2;
	}
	cgroup_enter(0);
	race.fd = xopen(O_RDWR | O_CREAT, "%s/file", argv[1]);
	check(!posix_fallocate(race.fd, 0, PAGES * PAGE_SIZE), "no space");
	check(!pipe(race.gone), "pipe: %m");
	race.map = map_aligned(race.fd, PAGES * PAGE_SIZE,
			       PROT_READ | PROT_WRITE);
	race.word = (u64 *)(race.map + HOT * PAGE_SIZE);
	check(!madvise(race.map, PAGES * PAGE_SIZE, MADV_RANDOM),
	      "MADV_RANDOM: %m");
	restored = vmstat("cleancache_restored");
	play(&race);
	note("reclaim was held up in %u of %u rounds", race.held_up, ROUNDS);
	check(race.held_up >= LEAST, "too few rounds to count");
	check(vmstat("cleancache_restored") - restored >= LEAST,
	      "the page did not come from the cleancache");
	return TEST_PASS;
}
