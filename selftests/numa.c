// SPDX-License-Identifier: GPL-2.0
/*
 * A guaranteed area on each of two nodes. Guards that slots of both are used,
 * that a slot number leads back to the right area, and that an allocation from
 * the one leaves the other alone, and that what is stored stays near. Fails
 * when a slot's place is computed from the first area only: content is then
 * that of other pages; and when slots are looked for in the order of the areas
 * (mutants numa-near, numa-near-large).
 *
 * usage: numa DIR CASE, booted with two nodes and
 *	  gcma=n0:SIZE@BASE,n1:SIZE@BASE
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "lib/area.h"
#include "lib/cache.h"
#include "lib/files.h"
#include "lib/pattern.h"
#include "lib/trace.h"

#define FILE_ID		51
#define NODES		2
#define STORE		"cleancache/cleancache_store"
#define SYSTEM		"/sys/devices/system"

static const char *const areas[NODES] = { "n0", "n1" };

/* The node of the memory block in which the area begins. */
static u32 node_of(const char *area)
{
	char path[128];
	u64 block, size;
	FILE *f;
	u32 node;

	f = fopen(SYSTEM "/memory/block_size_bytes", "r");
	check(f && fscanf(f, "%llx", (unsigned long long *)&size) == 1,
	      "the size of memory blocks is not known");
	fclose(f);
	block = area_debug(area, "base_pfn") * PAGE_SIZE / size;
	for (node = 0; node < NODES; node++) {
		snprintf(path, sizeof(path), SYSTEM "/node/node%u/memory%llu",
			 node, (unsigned long long)block);
		if (!access(path, F_OK))
			return node;
	}
	fail("area %s is on no node", area);
}

/* From now on the caller runs on the CPUs of one node; here, one CPU each. */
static void run_on(u32 node)
{
	char path[64];

	snprintf(path, sizeof(path), SYSTEM "/node/node%u/cpu%u", node, node);
	check(!access(path, F_OK), "CPU %u is not on node %u", node, node);
	stay_on_cpu(node);
}

static void start(struct file_set *set, const char *dir)
{
	u64 pages = 0;
	u32 i;

	for (i = 0; i < NODES; i++) {
		pages += area_pages(areas[i]);
		check(node_of(areas[i]) == i, "area %s is on node %u",
		      areas[i], node_of(areas[i]));
	}
	check(pages == cleancache_slots(), "%llu slots for %llu pages",
	      (unsigned long long)cleancache_slots(),
	      (unsigned long long)pages);
	for (i = 0; i < NODES; i++)
		area_free(areas[i], pages);
	cgroup_enter(0);
	files_create(set, dir, pages * 5 / 4);
	files_fill(set, pages);
}

/* With one area taken, what is stored and what hits is the other's. */
static void only_one(struct file_set *set, u32 node)
{
	const char *area = areas[node], *other = areas[!node];
	u64 restored;

	area_alloc(other, area_pages(other));
	check(!area_stat(other, "cached_pages"), "area %s still has pages",
	      other);
	check(cleancache_cached() == area_stat(area, "cached_pages"),
	      "area %s lost pages to an allocation from %s", area, other);
	files_fill_exactly(set, area_pages(area));
	check(area_stat(area, "cached_pages") == area_pages(area),
	      "area %s has %llu of the cached pages", area,
	      (unsigned long long)area_stat(area, "cached_pages"));
	restored = vmstat("cleancache_restored");
	files_verify_one(set, 0);
	restored = vmstat("cleancache_restored") - restored;
	check(restored == set->pages, "%llu hits among %u pages of area %s",
	      (unsigned long long)restored, set->pages, area);
	area_free(other, area_pages(other));
	area_expect_allocated(other, 0);
}

static void both(const char *dir)
{
	struct file_set set;
	u32 node;

	start(&set, dir);
	for (node = 0; node < NODES; node++) {
		check(area_stat(areas[node], "cached_pages") >=
		      area_pages(areas[node]) * 95 / 100,
		      "area %s is not used", areas[node]);
		run_on(node);
		only_one(&set, node);
		files_fill(&set, cleancache_slots());
		area_check_balance(areas[node]);
	}
	files_verify(&set);
}

/* While a node has free slots, what is evicted there is stored there. */
static void store_near(int fd, u32 pages, u32 node)
{
	u64 cached;

	cleancache_drop();
	run_on(node);
	pattern_verify(fd, FILE_ID, pages, 1);
	evict(fd);
	cached = area_stat(areas[node], "cached_pages");
	check(cached >= pages * 95 / 100, "%llu of %u pages are in area %s",
	      (unsigned long long)cached, pages, areas[node]);
	check(!area_stat(areas[!node], "cached_pages"), "area %s has some",
	      areas[!node]);
}

/* Reading at random makes single pages, reading ahead large folios, on XFS. */
static void near(const char *dir, int advice)
{
	u32 pages = area_pages(areas[0]) / 2, node;
	int fd;

	cgroup_enter(0);
	fd = pattern_file(dir, FILE_ID, pages, 1);
	check(!posix_fadvise(fd, 0, 0, advice), "fadvise");
	for (node = NODES; node--;) {
		forget(fd);
		store_near(fd, pages, node);
	}
}

static void near_pages(const char *dir)
{
	near(dir, POSIX_FADV_RANDOM);
}

static void near_large(const char *dir)
{
	trace_start(STORE, "order > 0");
	near(dir, POSIX_FADV_SEQUENTIAL);
	check(trace_count("cleancache_store:"), "no large folio was stored");
}

/* Two readers, each on the CPU of another node, share the files. */
static void read_on(void *arg)
{
	struct { struct file_set *set; u32 node; } *reader = arg;

	run_on(reader->node);
	files_churn(reader->set);
}

static void across(const char *dir)
{
	struct { struct file_set *set; u32 node; } readers[NODES];
	struct file_set set;
	pid_t pids[NODES];
	u64 restored, until;
	u32 i;

	start(&set, dir);
	restored = vmstat("cleancache_restored");
	until = seconds() + 5;
	for (i = 0; i < NODES; i++) {
		readers[i].set = &set;
		readers[i].node = i;
		pids[i] = spawn(read_on, &readers[i]);
	}
	for (i = 0; i < 50 || seconds() < until; i++) {
		area_alloc(areas[i % NODES], area_pages(areas[i % NODES]));
		usleep(20000);
		area_free(areas[i % NODES], area_pages(areas[i % NODES]));
	}
	for (i = 0; i < NODES; i++)
		end(pids[i]);
	check(vmstat("cleancache_restored") > restored, "no hit");
	area_check_balance("at the end");
	files_fill(&set, cleancache_slots());
}

static const struct test_case cases[] = {
	{ "both", both },
	{ "near", near_pages },
	{ "near_large", near_large },
	{ "across", across },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
