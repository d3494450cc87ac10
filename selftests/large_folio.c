// SPDX-License-Identifier: GPL-2.0
/*
 * Large folios (XFS makes them when it reads ahead and writes) over ranges of
 * which single pages are only in the cleancache. Guards the dropping of every
 * entry under a large folio that is added, and that a folio is restored whole
 * or not at all. Fails when adding a large folio drops the first entry only
 * (the rest comes back after the folio was changed and evicted), and when its
 * first entry alone makes it uptodate.
 */
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/cache.h"
#include "lib/model.h"

#define PAGES		1024
#define CAPACITY	((PAGES + 64) * PAGE_SIZE)
#define TRACING		"/sys/kernel/tracing/"
#define ADDED		TRACING "events/filemap/mm_filemap_add_to_page_cache/"

static void control(const char *path, const char *text)
{
	int fd = xopen(O_WRONLY | O_TRUNC, "%s", path);

	check(write(fd, text, strlen(text)) == (ssize_t)strlen(text),
	      "%s: %m", path);
	close(fd);
}

static void trace_off(void)
{
	control(ADDED "enable", "0");
	control(ADDED "filter", "0");
}

/* Have the kernel note every large folio that enters the page cache. */
static void trace_on(void)
{
	control(TRACING "trace", "");
	control(ADDED "filter", "order > 0");
	control(ADDED "enable", "1");
	atexit(trace_off);
}

/* No large folio since trace_on(): then the test has tested nothing. */
static void expect_large(void)
{
	int fd = xopen(O_RDONLY, TRACING "trace");
	char buf[16384];
	ssize_t n = read(fd, buf, sizeof(buf) - 1);

	check(n > 0, TRACING "trace: %m");
	buf[n] = 0;
	check(strstr(buf, "mm_filemap_add_to_page_cache:"),
	      "no large folio was made");
	close(fd);
}

static void read_ahead(struct model *m)
{
	check(!posix_fadvise(m->fd, 0, 0, POSIX_FADV_SEQUENTIAL), "fadvise");
	model_read(m, 0, m->size);
}

/* Single pages of the whole file are only in the cleancache. */
static void start(struct model *m, const char *dir, u64 seed)
{
	cgroup_enter(0);
	model_create(m, dir, "model", PAGES * PAGE_SIZE, CAPACITY, seed);
	model_evict(m);
	trace_on();
}

static void again(const char *dir)
{
	struct model m;
	int round;

	start(&m, dir, 1);
	for (round = 0; round < 4; round++) {
		read_ahead(&m);
		evict(m.fd);
		model_mmap_read(&m, 0, m.size);
		evict(m.fd);
	}
	expect_large();
	model_verify(&m);
}

/* Written as large folios over entries, then evicted, then read as pages. */
static void written(const char *dir)
{
	struct model m;
	size_t i;

	start(&m, dir, 2);
	model_write(&m, 3 * PAGE_SIZE, 500 * PAGE_SIZE);
	expect_large();
	evict(m.fd);
	check(!posix_fadvise(m.fd, 0, 0, POSIX_FADV_RANDOM), "fadvise");
	for (i = PAGES; i--;)
		model_read(&m, i * PAGE_SIZE, PAGE_SIZE);
	model_verify(&m);
}

/* Parts of large folios overwritten in every way, evicted between. */
static void partial(const char *dir)
{
	struct model m;
	size_t i;

	start(&m, dir, 3);
	read_ahead(&m);
	expect_large();
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

static void cut(const char *dir)
{
	struct model m;

	start(&m, dir, 4);
	read_ahead(&m);
	expect_large();
	model_zero(&m, 100 * PAGE_SIZE + 5, 3 * PAGE_SIZE,
		   FALLOC_FL_PUNCH_HOLE);
	model_zero(&m, 300 * PAGE_SIZE, PAGE_SIZE, FALLOC_FL_PUNCH_HOLE);
	model_truncate(&m, (PAGES - 10) * PAGE_SIZE + 99);
	model_truncate(&m, PAGES * PAGE_SIZE);
	evict(m.fd);
	read_ahead(&m);
	model_truncate(&m, 500 * PAGE_SIZE + 1);
	model_write(&m, m.size, 20 * PAGE_SIZE);
	model_verify(&m);
}

/* Some pages in memory, the others only in the cleancache: one read ahead. */
static void mixed(const char *dir)
{
	struct model m;
	size_t i;

	start(&m, dir, 5);
	check(!posix_fadvise(m.fd, 0, 0, POSIX_FADV_RANDOM), "fadvise");
	for (i = 0; i < PAGES; i += 1 + i % 23)
		model_read(&m, i * PAGE_SIZE, PAGE_SIZE);
	read_ahead(&m);
	expect_large();
	model_verify(&m);
}

static const struct test_case cases[] = {
	{ "again", again },
	{ "written", written },
	{ "partial", partial },
	{ "cut", cut },
	{ "mixed", mixed },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
