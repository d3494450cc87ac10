// SPDX-License-Identifier: GPL-2.0
/*
 * Large folios (XFS makes them when it reads ahead and writes) and the
 * cleancache: over ranges of which single pages are only there, and stored and
 * brought back whole. Guards the dropping of every entry under a large folio
 * that is added, that a folio is restored whole or not at all, and that an
 * entry for many pages goes when one of them changes. Fails when adding a large
 * folio drops the first entry only (the rest comes back after the folio was
 * changed and evicted), when its first entry alone makes it uptodate, when
 * readahead takes no heed of what can come back, and when the search for room
 * passes over the places that were emptied for it.
 */
#include <fcntl.h>
#include <linux/falloc.h>
#include <string.h>
#include <unistd.h>

#include "lib/area.h"
#include "lib/cache.h"
#include "lib/model.h"
#include "lib/trace.h"

#define PAGES		1024
#define CAPACITY	((PAGES + 64) * PAGE_SIZE)
#define ADDED		"filemap/mm_filemap_add_to_page_cache"
#define RESTORED	"cleancache/cleancache_restore"
#define STORED		"cleancache/cleancache_store"

/* Folios of so many pages, where there is little room for them. */
#define FOLIO_PAGES	4
#define NR_CROWDED	64

/* Nothing since trace_start(): then the test has tested nothing. */
static void expect_traced(const char *event, const char *what)
{
	check(trace_count(strchr(event, '/') + 1), "%s", what);
	trace_stop(event);
}

static void read_ahead(struct model *m)
{
	check(!posix_fadvise(m->fd, 0, 0, POSIX_FADV_SEQUENTIAL), "fadvise");
	model_read(m, 0, m->size);
}

static void read_singly(struct model *m)
{
	size_t i;

	check(!posix_fadvise(m->fd, 0, 0, POSIX_FADV_RANDOM), "fadvise");
	for (i = 0; i < PAGES; i++)
		model_read(m, i * PAGE_SIZE, PAGE_SIZE);
}

/* Single pages of the whole file are only in the cleancache. */
static void start(struct model *m, const char *dir, u64 seed)
{
	cgroup_enter(0);
	model_create(m, dir, "model", PAGES * PAGE_SIZE, CAPACITY, seed);
	model_evict(m);
}

/* The whole file is in memory, in large folios read from disk. */
static void start_large(struct model *m, const char *dir, u64 seed)
{
	start(m, dir, seed);
	cleancache_drop();
	trace_start(ADDED, "order > 0");
	read_ahead(m);
	expect_traced(ADDED, "no large folio was read");
}

static void again(const char *dir)
{
	struct model m;
	int round;

	start_large(&m, dir, 1);
	trace_start(RESTORED, "order > 0 && hit == 1");
	for (round = 0; round < 4; round++) {
		evict(m.fd);
		read_ahead(&m);
		evict(m.fd);
		model_mmap_read(&m, 0, m.size);
	}
	expect_traced(RESTORED, "no large folio came back");
	model_verify(&m);
}

/* Written as large folios over entries, then evicted, then read as pages. */
static void written(const char *dir)
{
	struct model m;
	size_t i;

	start(&m, dir, 2);
	trace_start(ADDED, "order > 0");
	model_write(&m, 3 * PAGE_SIZE, 500 * PAGE_SIZE);
	expect_traced(ADDED, "no large folio was made");
	evict(m.fd);
	check(!posix_fadvise(m.fd, 0, 0, POSIX_FADV_RANDOM), "fadvise");
	for (i = PAGES; i--;)
		model_read(&m, i * PAGE_SIZE, PAGE_SIZE);
	model_verify(&m);
}

/* Written over parts of what is only in the cleancache as large folios. */
static void overwritten(const char *dir)
{
	struct model m;
	size_t i;

	start_large(&m, dir, 6);
	evict(m.fd);
	for (i = 5; i < PAGES; i += 37)
		model_write(&m, i * PAGE_SIZE, PAGE_SIZE);
	evict(m.fd);
	for (i = 9; i < PAGES; i += 61)
		model_direct_write(&m, i * PAGE_SIZE, PAGE_SIZE);
	for (i = 3; i < PAGES; i += 53)
		model_mmap_write(&m, i * PAGE_SIZE, 2 * PAGE_SIZE);
	evict(m.fd);
	model_verify(&m);
}

/* Parts of large folios overwritten in every way, evicted between. */
static void partial(const char *dir)
{
	struct model m;
	size_t i;

	start_large(&m, dir, 3);
	for (i = 5; i < PAGES; i += 37)
		model_write(&m, i * PAGE_SIZE + 3 * i % PAGE_SIZE, 100);
	evict(m.fd);
	read_ahead(&m);
	for (i = 9; i < PAGES; i += 61)
		model_direct_write(&m, i * PAGE_SIZE, PAGE_SIZE);
	evict(m.fd);
	read_ahead(&m);
	for (i = 3; i < PAGES; i += 53)
		model_mmap_write(&m, i * PAGE_SIZE, 2 * PAGE_SIZE);
	model_verify(&m);
}

static void cut_up(struct model *m)
{
	model_zero(m, 100 * PAGE_SIZE + 5, 3 * PAGE_SIZE, FALLOC_FL_PUNCH_HOLE);
	model_zero(m, 300 * PAGE_SIZE, PAGE_SIZE, FALLOC_FL_PUNCH_HOLE);
	model_truncate(m, (PAGES - 10) * PAGE_SIZE + 99);
	model_truncate(m, PAGES * PAGE_SIZE);
}

static void cut(const char *dir)
{
	struct model m;

	start_large(&m, dir, 4);
	cut_up(&m);
	evict(m.fd);
	read_ahead(&m);
	evict(m.fd);
	cut_up(&m);
	read_ahead(&m);
	model_truncate(&m, 500 * PAGE_SIZE + 1);
	model_write(&m, m.size, 20 * PAGE_SIZE);
	model_verify(&m);
}

/* How many pages reading ahead finds on disk only. */
static u64 read_ahead_missing(struct model *m)
{
	u64 missed = vmstat("cleancache_missed");

	read_ahead(m);
	return vmstat("cleancache_missed") - missed;
}

/*
 * Some pages in memory, the others only in the cleancache, the remains of large
 * folios among them: read ahead without a page from disk.
 */
static void mixed(const char *dir)
{
	struct model m;
	u64 missed;
	size_t i;

	start_large(&m, dir, 5);
	evict(m.fd);
	check(!posix_fadvise(m.fd, 0, 0, POSIX_FADV_RANDOM), "fadvise");
	for (i = 0; i < PAGES; i += 1 + i % 23)
		model_read(&m, i * PAGE_SIZE, PAGE_SIZE);
	missed = read_ahead_missing(&m);
	check(missed < PAGES / 16, "%llu of %d pages were read from disk",
	      (unsigned long long)missed, PAGES);
	model_verify(&m);
}

/* Where single pages went, large folios would find nothing. */
static void singles(const char *dir)
{
	struct model m;
	u64 missed;

	start_large(&m, dir, 8);
	evict(m.fd);
	cleancache_drop();
	read_singly(&m);
	evict(m.fd);
	missed = read_ahead_missing(&m);
	check(missed < PAGES / 16, "%llu of %d pages were read from disk",
	      (unsigned long long)missed, PAGES);
	model_verify(&m);
}

/*
 * Have all pages in slots from @most on, and allocate so many of these slots.
 * Returns how many pages are read from disk afterwards.
 */
static u64 evict_and_take(struct model *m, u64 most, u32 cut)
{
	area_alloc(DEFAULT_AREA, most);
	evict(m->fd);
	area_free(DEFAULT_AREA, most);
	area_alloc(DEFAULT_AREA, most + cut);
	area_free(DEFAULT_AREA, most + cut);
	return read_ahead_missing(m);
}

/*
 * An allocation takes the first slots of what large folios went to, here and
 * there in one of them. All but the end of the area is taken at first, so that
 * they have to go there. The search for room may begin behind the first slots;
 * then it comes to them when it is through with the others.
 */
static void taken(const char *dir)
{
	static const u32 cuts[] = { 3, 77, 333, 701 };
	u64 most = area_pages_left(DEFAULT_AREA) - 2 * PAGES, missed;
	struct model m;
	u32 i, tries;

	start_large(&m, dir, 9);
	for (i = 0; i < ARRAY_SIZE(cuts); i++) {
		missed = 0;
		for (tries = 0; !missed && tries < 4; tries++)
			missed = evict_and_take(&m, most, cuts[i]);
		note("%llu pages read for %u taken", (unsigned long long)missed,
		     cuts[i]);
		check(missed, "nothing was lost");
		model_verify(&m);
	}
}

/* Holes in what can come back: what is left of it is not read from disk. */
static void gaps(const char *dir)
{
	struct model m;
	u64 missed, want = 0;
	size_t i;

	start_large(&m, dir, 7);
	evict(m.fd);
	for (i = 1; i < PAGES; i += 41, want++)
		model_direct_write(&m, i * PAGE_SIZE, PAGE_SIZE);
	missed = read_ahead_missing(&m);
	note("%llu pages read for %llu gaps", (unsigned long long)missed,
	     (unsigned long long)want);
	check(missed >= want, "what was written was not read");
	model_verify(&m);
}

/*
 * The area is full of single pages but for one in each place for a large folio.
 * What is emptied for the first of those has to serve the next ones as well;
 * when the search for room passes it over, each folio costs a batch of pages.
 */
static void crowded(const char *dir)
{
	u64 most = area_pages_left(DEFAULT_AREA) - PAGES, evicted;
	struct model m, large;
	size_t i;

	start(&m, dir, 10);
	model_create(&large, dir, "large", 0, CAPACITY, 11);
	cleancache_drop();
	area_alloc(DEFAULT_AREA, most);
	read_singly(&m);
	evict(m.fd);
	for (i = 0; i < PAGES; i += FOLIO_PAGES)
		model_direct_write(&m, i * PAGE_SIZE, PAGE_SIZE);
	for (i = 0; i < NR_CROWDED; i++)
		model_write(&large, large.size, FOLIO_PAGES * PAGE_SIZE);
	check(!fsync(large.fd), "fsync");
	evicted = vmstat("cleancache_evicted");
	trace_start(STORED, "order == 2");
	evict(large.fd);
	expect_traced(STORED, "no large folio was stored");
	evicted = vmstat("cleancache_evicted") - evicted;
	note("%llu pages evicted for %d", (unsigned long long)evicted,
	     NR_CROWDED * FOLIO_PAGES);
	check(evicted, "there was room from the start");
	check(evicted < 2 * NR_CROWDED * FOLIO_PAGES,
	      "%llu pages were evicted for %d", (unsigned long long)evicted,
	      NR_CROWDED * FOLIO_PAGES);
	area_free(DEFAULT_AREA, most);
	model_verify(&m);
	model_verify(&large);
}

static const struct test_case cases[] = {
	{ "again", again },
	{ "written", written },
	{ "overwritten", overwritten },
	{ "partial", partial },
	{ "cut", cut },
	{ "mixed", mixed },
	{ "gaps", gaps },
	{ "singles", singles },
	{ "taken", taken },
	{ "crowded", crowded },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
