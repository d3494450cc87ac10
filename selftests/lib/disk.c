// SPDX-License-Identifier: GPL-2.0
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cache.h"
#include "disk.h"

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

struct disk_reads disk_reads(int fd)
{
	unsigned long long requests, sectors;
	struct stat st;
	char path[64];
	FILE *f;

	check(!fstat(fd, &st), "fstat: %m");
	snprintf(path, sizeof(path), "/sys/dev/block/%u:%u/stat",
		 major(st.st_dev), minor(st.st_dev));
	f = fopen(path, "r");
	check(f && fscanf(f, "%llu %*u %llu", &requests, &sectors) == 2,
	      "%s: no figures", path);
	fclose(f);
	return (struct disk_reads){ requests, sectors };
}

struct disk_reads disk_reads_since(int fd, struct disk_reads before)
{
	struct disk_reads now = disk_reads(fd);

	now.requests -= before.requests;
	now.sectors -= before.sectors;
	return now;
}
