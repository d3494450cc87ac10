// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cache.h"
#include "disk.h"
#include "mount.h"

#define INTERVAL	"/sys/module/cleancache/parameters/verify_interval"

static u64 interval;

static void put_back(void)
{
	write_number(INTERVAL, interval);
}

void disk_verify_off(void)
{
	if (access(INTERVAL, F_OK))
		return;
	interval = read_number(INTERVAL);
	check(!atexit(put_back), "atexit");
	write_number(INTERVAL, 0);
}

/* Not that of a file, which is no device's on btrfs. */
struct disk_reads disk_reads(const char *dir)
{
	struct where where = find_mount(dir);
	unsigned long long requests, sectors;
	struct stat st;
	char path[64];
	FILE *f;

	check(!stat(where.device, &st), "%s: %m", where.device);
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/stat",
		 major(st.st_rdev), minor(st.st_rdev));
	f = fopen(path, "r");
	check(f && fscanf(f, "%llu %*u %llu", &requests, &sectors) == 2,
	      "%s: no figures", path);
	fclose(f);
	return (struct disk_reads){ requests, sectors };
}

struct disk_reads disk_reads_since(const char *dir, struct disk_reads before)
{
	struct disk_reads now = disk_reads(dir);

	now.requests -= before.requests;
	now.sectors -= before.sectors;
	return now;
}
