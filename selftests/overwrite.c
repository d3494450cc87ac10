// SPDX-License-Identifier: GPL-2.0
/*
 * Buffered writes over pages that are only in the cleancache: whole pages
 * without reading, parts of pages, through a mapping, at the end. Guards the
 * replacing of an entry by filemap_add_folio() (a page and an entry never
 * share an index), which gives the slot back (`whole_pages`, `parts`: mutants
 * write-forget and, on XFS, large-conflict), and that a restored page is as
 * good as one read (`mapped`, `append`: mutant no-copy).
 */
#include <fcntl.h>

#include "lib/cache.h"
#include "lib/model.h"

#define PAGES		24

static void start(struct model *m, const char *dir, u64 seed)
{
	cgroup_enter(0);
	model_create(m, dir, "model", PAGES * PAGE_SIZE, 2 * PAGES * PAGE_SIZE,
		     seed);
	model_evict(m);
}

/* What was written must be there now, after writeback, and from the disk. */
static void finish(struct model *m)
{
	model_read(m, 0, m->size);
	forget(m->fd);
	model_read(m, 0, m->size);
	model_verify(m);
}

/* A page that is in memory has no slot. */
static void expect_given_back(u64 before, u64 pages)
{
	u64 now = cleancache_cached();

	check(now + pages == before, "writing to %llu pages gave back %lld",
	      (unsigned long long)pages, (long long)(before - now));
}

static void whole_pages(const char *dir)
{
	struct model m;
	u64 cached;

	start(&m, dir, 1);
	cached = cleancache_cached();
	model_write(&m, 2 * PAGE_SIZE, 9 * PAGE_SIZE);
	expect_given_back(cached, 9);
	finish(&m);
}

static void parts(const char *dir)
{
	struct model m;
	u64 cached;
	size_t i;

	start(&m, dir, 2);
	cached = cleancache_cached();
	for (i = 0; i < PAGES; i++)
		model_write(&m, i * PAGE_SIZE + 37 * i, 1 + 101 * i);
	expect_given_back(cached, PAGES);
	finish(&m);
}

static void mapped(const char *dir)
{
	u64 restored = vmstat("cleancache_restored");
	struct model m;
	size_t i;

	start(&m, dir, 3);
	for (i = 0; i < PAGES; i += 2)
		model_mmap_write(&m, i * PAGE_SIZE + 11 * i, 50);
	check(vmstat("cleancache_restored") > restored,
	      "no fault was a hit");
	finish(&m);
}

static void append(const char *dir)
{
	struct model m;

	start(&m, dir, 4);
	model_write(&m, m.size, 1000);
	model_evict(&m);
	model_write(&m, m.size, 2 * PAGE_SIZE);
	finish(&m);
}

static const struct test_case cases[] = {
	{ "whole_pages", whole_pages },
	{ "parts", parts },
	{ "mapped", mapped },
	{ "append", append },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
