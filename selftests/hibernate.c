// SPDX-License-Identifier: GPL-2.0
/*
 * Hibernation with a full cleancache and an allocated buffer. Guards that the
 * cached pages are dropped before the image is made, that nothing is stored
 * while it is, though it pushes page cache out to become small, that what is
 * allocated comes back as it was, and that the cleancache is used as before
 * afterwards. Fails when cached pages survive (nothing dropped them), when
 * pages are stored meanwhile, or when stores are not allowed again. That the
 * dropped pages are zero in the image hibernate.sh sees from its messages.
 *
 * Runs in a machine without a network root, see hibernate.sh.
 *
 * usage: hibernate DIR MODE
 * MODE is what goes to /sys/power/disk.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/area.h"
#include "lib/cache.h"
#include "lib/files.h"
#include "lib/heap.h"
#include "lib/pattern.h"

/* Page cache in the way of a small image. */
#define RESIDENT	4096
#define RESIDENT_ID	99

static void power(const char *file, const char *text)
{
	int fd = xopen(O_WRONLY, "/sys/power/%s", file);

	check(write(fd, text, strlen(text)) == (ssize_t)strlen(text),
	      "/sys/power/%s: %m", file);
	close(fd);
}

int main(int argc, char **argv)
{
	u64 slots, dropped, stored;
	struct file_set set;
	int buffer, resident;
	size_t size;
	void *map;

	if (argc != 3) {
		fprintf(stderr, "usage: hibernate DIR MODE\n");
		return 2;
	}
	cgroup_enter(0);
	slots = cleancache_slots();
	size = area_size() / 4;
	files_create(&set, argv[1], slots);
	buffer = heap_alloc(size);
	map = heap_fill(buffer, size, 5);
	files_fill(&set, slots - size / PAGE_SIZE);

	resident = pattern_file(argv[1], RESIDENT_ID, RESIDENT, 1);
	power("image_size", "0");
	power("disk", argv[2]);
	dropped = vmstat("cleancache_invalidated");
	stored = vmstat("cleancache_stored");
	power("state", "disk");
	dropped = vmstat("cleancache_invalidated") - dropped;
	stored = vmstat("cleancache_stored") - stored;

	note("back again: %llu pages dropped, %llu cached",
	     (unsigned long long)dropped,
	     (unsigned long long)cleancache_cached());
	check(resident_pages(resident) < RESIDENT / 2,
	      "%zu pages of %d are resident still", resident_pages(resident),
	      RESIDENT);
	/* What runs since may have stored a few pages. */
	check(stored < RESIDENT / 8, "%llu pages were stored",
	      (unsigned long long)stored);
	check(dropped >= (slots - size / PAGE_SIZE) * 95 / 100,
	      "only %llu pages were dropped", (unsigned long long)dropped);
	check(cleancache_cached() < slots / 8, "%llu pages are cached still",
	      (unsigned long long)cleancache_cached());
	area_expect_allocated("reserved", size / PAGE_SIZE);
	heap_check(map, size, 5);
	files_verify(&set);
	area_check_balance("after hibernation");
	files_fill(&set, slots - size / PAGE_SIZE);
	munmap(map, size);
	close(buffer);
	files_fill(&set, slots);
	files_verify(&set);
	return TEST_PASS;
}
