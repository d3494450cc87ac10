// SPDX-License-Identifier: GPL-2.0
/*
 * Huge pages of 1 GiB from a guaranteed area: `hugetlb_cma=1G gcma=hugetlb0`.
 * Guards cma_alloc_folio() and its release, and that an area declared
 * elsewhere can be made a guaranteed one by its name. Each round a huge page
 * is allocated while its memory is full of cached pages, used by two
 * processes, and released; then the cleancache has the memory again. Fails
 * when a compound page is refused, is not taken apart on release (the next
 * round warns of bad pages), or when a store uses an allocated slot.
 *
 * usage: hugetlb DIR CASE
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/mman.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/area.h"
#include "lib/cache.h"
#include "lib/files.h"

#define AREA_NAME	"hugetlb0"
#define HUGE		(1024 * MIB)
#define POOL		"/sys/kernel/mm/hugepages/hugepages-1048576kB"
#define ROUNDS		2
/* Touching every page of it takes its time in an emulated guest. */
#define STEP		(PAGE_SIZE * 17)

static const char *const area[] = { AREA_NAME };

static u64 pool_size(void)
{
	return read_number(POOL "/nr_hugepages");
}

static void set_pool_size(u32 pages)
{
	write_number(POOL "/nr_hugepages", pages);
}

static u64 word_at(size_t pos, u32 round)
{
	return (u64)round << 48 | pos;
}

static void check_words(const u8 *map, u32 round)
{
	size_t pos;

	for (pos = 0; pos < HUGE; pos += STEP)
		check(*(const u64 *)(map + pos) == word_at(pos, round),
		      "%#llx at %zu of the huge page",
		      (unsigned long long)*(const u64 *)(map + pos), pos);
}

static u8 *map_huge(u32 round)
{
	u8 *map = mmap(NULL, HUGE, PROT_READ | PROT_WRITE, MAP_SHARED |
		       MAP_ANONYMOUS | MAP_HUGETLB | MAP_HUGE_1GB, -1, 0);
	size_t pos;

	check(map != MAP_FAILED, "mmap of a huge page: %m");
	for (pos = 0; pos < HUGE; pos += STEP) {
		check(!*(u64 *)(map + pos), "a new huge page holds %#llx",
		      (unsigned long long)*(u64 *)(map + pos));
		*(u64 *)(map + pos) = word_at(pos, round);
	}
	return map;
}

struct use {
	const u8 *map;
	u32 round;
};

static void check_in_child(void *arg)
{
	struct use *use = arg;

	check_words(use->map, use->round);
}

/* A direct read pins the page: it goes to the huge page from the disk. */
static void read_into(u8 *map, const struct file_set *set)
{
	u8 buf[PAGE_SIZE];
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", set->fds[0]);
	fd = xopen(O_RDONLY | O_DIRECT, "%s", path);
	xread_at(fd, map + PAGE_SIZE, PAGE_SIZE, PAGE_SIZE);
	xread_at(set->fds[0], buf, PAGE_SIZE, PAGE_SIZE);
	check(!memcmp(buf, map + PAGE_SIZE, PAGE_SIZE),
	      "a direct read into the huge page differs");
	close(fd);
}

static void use_page(const struct file_set *set, u32 round)
{
	struct use use = { .round = round };
	u8 *map = map_huge(round);

	use.map = map;
	join(spawn(check_in_child, &use));
	files_store(set);
	read_into(map, set);
	check_words(map, round);
	check(!area_stat(AREA_NAME, "cached_pages"),
	      "pages were stored in the huge page");
	munmap(map, HUGE);
}

/* Only this area has slots to fill. */
static void start(struct file_set *set, const char *dir)
{
	check(area_pages(AREA_NAME) == HUGE / PAGE_SIZE, "the area has %llu pages",
	      (unsigned long long)area_pages(AREA_NAME));
	check(!pool_size(), "there are huge pages already");
	areas_take_others(area, 1);
	cgroup_enter(0);
	files_create(set, dir, 32 * MIB / PAGE_SIZE);
}

static void finish(void)
{
	areas_free_others(area, 1);
	area_check_balance("at the end");
}

static void rounds(const char *dir)
{
	u64 total = HUGE / PAGE_SIZE, failures;
	struct file_set set;
	u32 round;

	start(&set, dir);
	failures = vmstat("gcma_alloc_fail");
	for (round = 1; round <= ROUNDS; round++) {
		files_store(&set);
		check(area_stat(AREA_NAME, "cached_pages") >=
		      set.files * set.pages * 95 / 100,
		      "released memory is not used");
		set_pool_size(1);
		check(pool_size() == 1, "no huge page was had");
		area_expect_allocated(AREA_NAME, total);
		check(!area_stat(AREA_NAME, "cached_pages"),
		      "the huge page holds cached pages");
		use_page(&set, round);
		set_pool_size(0);
		check(!pool_size(), "the huge page was not released");
		area_expect_allocated(AREA_NAME, 0);
	}
	check(vmstat("gcma_alloc_fail") == failures,
	      "gcma_alloc_fail grew");
	files_store(&set);
	files_verify(&set);
	finish();
}

/* While a little of the area is allocated, a huge page cannot be had. */
static void refused(const char *dir)
{
	u64 little = 1ULL << area_debug(AREA_NAME, "order_per_bit");
	struct file_set set;

	start(&set, dir);
	files_store(&set);
	area_alloc(AREA_NAME, little);
	set_pool_size(1);
	check(!pool_size(), "a huge page was had without room for it");
	area_expect_allocated(AREA_NAME, little);
	area_free(AREA_NAME, little);
	set_pool_size(1);
	check(pool_size() == 1, "no huge page was had");
	set_pool_size(0);
	area_expect_allocated(AREA_NAME, 0);
	files_verify(&set);
	finish();
}

static const struct test_case cases[] = {
	{ "rounds", rounds },
	{ "refused", refused },
};

int main(int argc, char **argv)
{
	return run_case(argc, argv, cases, ARRAY_SIZE(cases));
}
