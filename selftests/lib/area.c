// SPDX-License-Identifier: GPL-2.0
/* Any CMA area: its figures, and allocations inside the kernel. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "area.h"
#include "cache.h"

#define SYSFS		"/sys/kernel/mm/cma"
#define DEBUGFS		"/sys/kernel/debug/cma"

u64 area_stat(const char *area, const char *figure)
{
	char path[320];

	snprintf(path, sizeof(path), SYSFS "/%s/%s", area, figure);
	return read_number(path);
}

u64 area_debug(const char *area, const char *figure)
{
	char path[320];

	snprintf(path, sizeof(path), DEBUGFS "/%s/%s", area, figure);
	return read_number(path);
}

bool area_has(const char *area, const char *figure)
{
	char path[320];

	snprintf(path, sizeof(path), SYSFS "/%s/%s", area, figure);
	return !access(path, F_OK);
}

u64 area_pages(const char *area)
{
	check(area_has(area, "guaranteed"), "there is no guaranteed area %s",
	      area);
	check(area_stat(area, "guaranteed") == 1, "area %s is not guaranteed",
	      area);
	return area_stat(area, "total_pages");
}

/* The guest's script looked before it ran the first test, and says it here. */
u64 area_pages_at_boot(const char *area)
{
	const char *pages = getenv("GCMA_PAGES_AT_BOOT");

	if (!pages || strcmp(area, DEFAULT_AREA))
		return 0;
	return strtoull(pages, NULL, 0);
}

u64 area_pages_left(const char *area)
{
	return area_pages(area) - area_pages_at_boot(area);
}

static int debugfs_write(const char *area, const char *file, u64 value)
{
	int fd = xopen(O_WRONLY, DEBUGFS "/%s/%s", area, file);
	char text[32];
	int len = snprintf(text, sizeof(text), "%llu",
			   (unsigned long long)value);
	int err = write(fd, text, len) == len ? 0 : -errno;

	close(fd);
	return err;
}

int area_try_alloc(const char *area, u64 pages)
{
	return debugfs_write(area, "alloc", pages);
}

void area_alloc(const char *area, u64 pages)
{
	int err = area_try_alloc(area, pages);

	check(!err, "allocation of %llu pages of area %s: %s",
	      (unsigned long long)pages, area, strerror(-err));
}

void area_free(const char *area, u64 pages)
{
	int err = debugfs_write(area, "free", pages);

	check(!err, "release of %llu pages of area %s: %s",
	      (unsigned long long)pages, area, strerror(-err));
}

void area_expect_allocated(const char *area, u64 pages)
{
	u64 got = area_stat(area, "allocated_pages");

	pages += area_pages_at_boot(area);
	check(got == pages, "%llu pages of area %s are allocated, not %llu",
	      (unsigned long long)got, area, (unsigned long long)pages);
}

/* In ever smaller parts: the area may have bad pages. */
static void take_all(const char *area)
{
	u64 part;

	for (part = area_pages(area); part; part /= 2)
		while (!area_try_alloc(area, part))
			;
}

static void free_all(const char *area)
{
	area_free(area, area_pages(area));
	area_expect_allocated(area, 0);
}

static bool among(const char *name, const char *const *names, size_t nr)
{
	while (nr--)
		if (!strcmp(name, names[nr]))
			return true;
	return false;
}

static void for_others(const char *const *keep, size_t nr,
		       void (*act)(const char *area))
{
	DIR *dir = opendir(SYSFS);
	struct dirent *entry;

	check(dir, SYSFS ": %m");
	while ((entry = readdir(dir)))
		if (area_has(entry->d_name, "guaranteed") &&
		    !among(entry->d_name, keep, nr))
			act(entry->d_name);
	closedir(dir);
}

void areas_take_others(const char *const *keep, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		free_all(keep[i]);
	for_others(keep, nr, take_all);
}

void areas_free_others(const char *const *keep, size_t nr)
{
	for_others(keep, nr, free_all);
}

void area_check_balance(const char *when)
{
	u64 left = vmstat("cleancache_restored") +
		   vmstat("cleancache_evicted") +
		   vmstat("cleancache_invalidated") +
		   vmstat("cleancache_allocated");
	u64 stored = vmstat("cleancache_stored");

	check(stored - left == cleancache_cached(),
	      "%s: %llu stored, %llu left, but %llu cached", when,
	      (unsigned long long)stored, (unsigned long long)left,
	      (unsigned long long)cleancache_cached());
}
